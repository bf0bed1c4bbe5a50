"""Statements of account: asked for, followed, downloaded."""

from collections.abc import Mapping
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from app.api.fields import key_of
from app.api.interface import Blueprint, carry_out
from app.clients.models import Client
from app.ledger.accounts import Account
from app.ledger.models import Asset
from app.statements.commands import MEDIA_TYPE, RequestStatement
from app.statements.models import SUBJECTS
from app.statements.queries import statement_page
from app.statements.views import send_statement
from app.web.context import actor, read_session
from app.web.guard import permit

blueprint = Blueprint("statements", "Statements of a customer, an account or an asset, as PDF.")
_MODELS: dict[str, type[Any]] = {"client": Client, "account": Account, "asset": Asset}


def _subject_of(given: Mapping[str, Any]) -> type[Any]:
    return _MODELS[given["subject"]]


class StatementGiven(Schema):
    """Of what, over which days, both included."""

    subject = fields.String(required=True, validate=validate.OneOf(SUBJECTS))
    subject_id = key_of("the customer, the account or the asset", _subject_of, required=True)
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)


class StatementShown(Schema):
    """How a statement stands; `state` is waiting, running, ready or failed."""

    id = fields.Integer()
    reference = fields.String()
    subject = fields.String()
    subject_id = fields.Integer()
    first_day = fields.Date()
    last_day = fields.Date()
    state = fields.String()
    progress_percent = fields.Integer()
    message = fields.String()
    file_name = fields.String()
    sha256 = fields.String()
    size_bytes = fields.Integer()


@blueprint.write("/statements")
@permit("statements.create")
@blueprint.arguments(StatementGiven)
@blueprint.response(202, StatementShown)
def ask(given: dict[str, Any]) -> dict[str, Any]:
    """Ask for a statement; read it until its state is ready, or let `statement.ready` tell you."""
    return _shown(carry_out(RequestStatement(**given)))


@blueprint.read("/statements/<int:statement_id>")
@permit("statements.view")
@blueprint.response(200, StatementShown)
def show_statement(statement_id: int) -> dict[str, Any]:
    """Read how a statement stands."""
    return _shown(statement_id)


@blueprint.read("/statements/<int:statement_id>/file")
@permit("statements.view")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type=MEDIA_TYPE)
def send_file(statement_id: int) -> Response:
    """Download a statement that is ready."""
    return send_statement(statement_id)


def _shown(statement_id: int) -> dict[str, Any]:
    page = statement_page(read_session(), actor(), statement_id)
    own = ("state", "progress_percent", "message")
    names = set(StatementShown().fields) - set(own)
    return {name: getattr(page.statement, name) for name in names} | {
        name: getattr(page, name) for name in own
    }
