"""Who may sign for an account, and what goes out of it under their signatures."""

from typing import Any

from marshmallow import Schema, fields, validate

from app.accounts.terms import ANY_ONE
from app.api.fields import key_of
from app.api.interface import Blueprint
from app.controls.permissions import find
from app.controls.tenant import Organisation
from app.ledger.accounts import Account
from app.mandates.models import Mandate
from app.mandates.queries import active_mandates
from app.web.context import actor, read_session
from app.web.guard import permit

blueprint = Blueprint("mandates", "Who may sign for an account.")
_MOST_SIGNATURES = 20


class Signed(Schema):
    """A movement out of an account, signed for by those who hold its mandates."""

    signed_by = fields.List(
        key_of("a mandate", Mandate),
        load_default=list,
        validate=validate.Length(max=_MOST_SIGNATURES),
        metadata={
            "description": "The mandates of those who signed. May be left out where any one holder "
            "may sign; else the account's signing rule asks for so many"
        },
    )


class MandateShown(Schema):
    """One who may sign for an account on the business date; no limit is none."""

    id = fields.Integer()
    name = fields.String()
    kind = fields.String()
    effective_from = fields.Date()
    effective_to = fields.Date(allow_none=True)
    limit_minor = fields.Integer(allow_none=True)


class SigningShown(Schema):
    """How an account is signed for: any, all, two or majority of those who may sign."""

    signing_rule = fields.String()
    mandates = fields.List(fields.Nested(MandateShown))


@blueprint.read("/accounts/<int:account_id>/mandates")
@permit("mandates.view")
@blueprint.response(200, SigningShown)
def show_signing(account_id: int) -> dict[str, Any]:
    """Read who may sign for an account, and how many of them must."""
    session = read_session()
    account = find(session, actor(), Account, account_id)
    today = session.get_one(Organisation, account.organisation_id).business_date
    return {
        "signing_rule": account.signing_rule or ANY_ONE,
        "mandates": active_mandates(session, account, today),
    }
