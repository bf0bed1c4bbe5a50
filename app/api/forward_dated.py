"""Forward-dated transactions: planned, read, cancelled; between two currencies, FX forwards."""

from decimal import Decimal
from typing import Any

from marshmallow import Schema, fields, validate

from app.api.fields import PageQuery, Text, amount, currency, key_of, page_of, paged
from app.api.interface import Blueprint, carry_out
from app.controls.permissions import find, scoped
from app.journals.lines import SOURCES, JournalLine
from app.kernel.errors import Refusal
from app.kernel.rates import parse_rate
from app.organisation.models import Branch
from app.schedules.forward import CancelForwardDated, RecordForwardDated
from app.schedules.models import ForwardDated
from app.schedules.words import CHOSEN_TYPES, FORWARD_STATUSES, LOCKED, POLICIES, SCHEDULED_PAYMENT
from app.web.context import actor, read_session
from app.web.guard import permit

MOST_LINES = 100
blueprint = Blueprint(
    "forward-dated",
    "Transactions of a later day, at rates that are locked when they are made. An FX forward names "
    "its agreed rate on the lines of the customer and of the house's positions.",
)


class LineGiven(Schema):
    """One side of the booking; each account by its number."""

    side = fields.String(
        required=True,
        validate=validate.OneOf(("D", "C")),
        metadata={"description": "D takes from the account, C gives to it"},
    )
    account = Text(shortest=1, required=True)
    amount_minor = amount(required=True)
    currency = currency(required=True)
    code = Text(shortest=1, required=True, metadata={"description": "A transaction code"})
    narrative = Text(has_lines=True, shortest=1, required=True)
    rate_source = fields.String(load_default="SYSTEM", validate=validate.OneOf(SOURCES))
    rate = Text(
        load_default=None,
        allow_none=True,
        metadata={"description": "Agreed with a source other than SYSTEM", "example": "131.5"},
    )
    rate_on = fields.Date(load_default=None, allow_none=True)


class ForwardDatedGiven(Schema):
    """A transaction that is posted on a later day."""

    kind = fields.String(load_default=SCHEDULED_PAYMENT, validate=validate.OneOf(CHOSEN_TYPES))
    branch_id = key_of("the branch that books it", Branch, required=True)
    scheduled_on = fields.Date(required=True)
    policy = fields.String(
        load_default="forward",
        validate=validate.OneOf(tuple(POLICIES)),
        metadata={"description": "Which working day takes the place of a day off"},
    )
    narrative = Text(has_lines=True, load_default="")
    lines = fields.List(
        fields.Nested(LineGiven), required=True, validate=validate.Length(2, MOST_LINES)
    )


class LineShown(Schema):
    """A line as it will be booked, with the rate that was locked."""

    side = fields.String()
    asset_id = fields.Integer()
    amount_minor = fields.Integer(metadata={"description": "In the currency of the asset"})
    base_minor = fields.Integer(metadata={"description": "In base currency"})
    rate = fields.String(metadata={"description": "Units of base currency for one unit"})
    rate_source = fields.String()


class ForwardDatedShown(Schema):
    """A forward-dated transaction; once executed it names the transaction it became."""

    id = fields.Integer()
    reference = fields.String()
    kind = fields.String()
    status = fields.String(metadata={"enum": list(FORWARD_STATUSES)})
    record_status = fields.String()
    scheduled_on = fields.Date()
    execution_on = fields.Date()
    rated_on = fields.Date()
    narrative = fields.String()
    total_minor = fields.Integer(metadata={"description": "All that is debited, base currency"})
    lines = fields.List(fields.Nested(LineShown))
    transaction_id = fields.Integer(allow_none=True)
    failure_reason = fields.String()
    version = fields.Integer()
    created_at = fields.DateTime()


@blueprint.read("/forward-dated-transactions")
@permit("forward-dated.view")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, paged(ForwardDatedShown))
def list_forward_dated(asked: dict[str, Any]) -> Any:
    """List forward-dated transactions, oldest first."""
    return page_of(read_session(), scoped(actor(), ForwardDated), ForwardDated.id, asked)


@blueprint.read("/forward-dated-transactions/<int:forward_dated_id>")
@permit("forward-dated.view")
@blueprint.response(200, ForwardDatedShown)
def show_forward_dated(forward_dated_id: int) -> ForwardDated:
    """Read a forward-dated transaction."""
    return _found(forward_dated_id)


@blueprint.write("/forward-dated-transactions")
@permit("forward-dated.create")
@blueprint.arguments(ForwardDatedGiven)
@blueprint.response(201, ForwardDatedShown)
def plan(given: dict[str, Any]) -> ForwardDated:
    """Plan a transaction and hand it in: rates are locked, money is reserved once approved.

    What no single holder of a mandate may sign for always waits for a person to approve it.
    """
    lines = tuple(_line(place, one) for place, one in enumerate(given["lines"]))
    return _found(carry_out(RecordForwardDated(**given | {"lines": lines}, submit=True)))


@blueprint.write("/forward-dated-transactions/<int:forward_dated_id>/cancellation")
@permit("forward-dated.cancel")
@blueprint.response(200, ForwardDatedShown)
def cancel(forward_dated_id: int) -> ForwardDated:
    """Cancel one before its day; what it reserved is free again."""
    carry_out(CancelForwardDated(forward_dated_id))
    return _found(forward_dated_id)


def _found(forward_dated_id: int) -> ForwardDated:
    return find(read_session(), actor(), ForwardDated, forward_dated_id)


def _line(place: int, given: dict[str, Any]) -> JournalLine:
    rate = _rate(given["rate"], f"lines.{place}.rate") if given["rate"] else None
    return JournalLine(
        batch=1,
        code=given["code"],
        side=given["side"],
        account=given["account"],
        currency=given["currency"],
        amount_minor=given["amount_minor"],
        narrative=given["narrative"],
        source=given["rate_source"],
        rate=rate,
        rate_on=given["rate_on"],
    )


def _rate(text: str, field: str) -> Decimal:
    try:
        return parse_rate(text)
    except Refusal as refusal:
        raise Refusal(LOCKED.bad_rate, field=field) from refusal
