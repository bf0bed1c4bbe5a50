"""Approvals: what waits for the key's owner, and their decisions."""

from typing import Any

from marshmallow import Schema, fields, validate

from app.api.fields import Text, Whole
from app.api.interface import Blueprint, carry_out
from app.approvals.decisions import DECISIONS, command_of
from app.approvals.queries import TABS, Waiting, inbox
from app.controls.deciding import find_reviewed
from app.controls.review import LEVEL_OF, kind_of
from app.kernel.errors import Missing
from app.web.context import actor, read_session
from app.web.guard import permit

blueprint = Blueprint("approvals", "Maker-checker: what waits, and who decides.")
MOST_PAGES = 1_000


class WaitingShown(Schema):
    """A record that waits for approval."""

    kind = fields.String()
    id = fields.Integer()
    title = fields.String()
    level = fields.Integer(metadata={"description": "The level it waits at"})
    maker = fields.String()
    submitted_at = fields.DateTime()
    version = fields.Integer()


class InboxShown(Schema):
    """A page of what waits, oldest first."""

    items = fields.List(fields.Nested(WaitingShown))
    next_cursor = fields.String(allow_none=True)


class InboxQuery(Schema):
    """Whose waiting records are asked for."""

    tab = fields.String(
        load_default="mine",
        validate=validate.OneOf(TABS),
        metadata={"description": "mine: for you to decide; by-me: made by you; others"},
    )
    cursor = Whole(low=1, high=MOST_PAGES, is_asked=True, load_default=1)


class DecisionGiven(Schema):
    """A decision: about which version, and why."""

    version = Whole(low=1, high=10**9, required=True)
    reason = Text(
        has_lines=True,
        longest=500,
        load_default="",
        metadata={"description": "Asked of reject and deny"},
    )


class DecisionShown(Schema):
    """Where the record stands now."""

    kind = fields.String()
    id = fields.Integer()
    record_status = fields.String()
    version = fields.Integer()


@blueprint.read("/approvals")
@permit("approvals.view")
@blueprint.arguments(InboxQuery, location="query")
@blueprint.response(200, InboxShown)
def list_waiting(asked: dict[str, Any]) -> dict[str, Any]:
    """List what waits for approval, fifty at a time."""
    found, has_more = inbox(read_session(), actor(), asked["tab"], asked["cursor"])
    more = str(asked["cursor"] + 1) if has_more else None
    return {"items": [_waiting(one) for one in found], "next_cursor": more}


@blueprint.write("/approvals/<kind>/<int:record_id>/<verb>")
@permit("approvals.view")
@blueprint.arguments(DecisionGiven)
@blueprint.response(200, DecisionShown)
def decide(given: dict[str, Any], kind: str, record_id: int, verb: str) -> dict[str, Any]:
    """Submit, approve, reject or deny a record.

    Nobody decides on what they made or edited, by a key as little as by hand.
    """
    if verb not in DECISIONS:
        raise Missing
    subject = kind_of(kind)
    find_reviewed(read_session(), actor(), subject, record_id)
    carry_out(command_of(verb, kind, record_id, **given))
    record = find_reviewed(read_session(), actor(), subject, record_id)
    names = ("id", "record_status", "version")
    return {"kind": kind} | {name: getattr(record, name) for name in names}


def _waiting(one: Waiting) -> dict[str, Any]:
    record = one.record
    return {
        "kind": one.kind.key,
        "id": record.id,
        "title": record.title(),
        "level": LEVEL_OF.get(record.record_status, 0),
        "maker": one.maker,
        "submitted_at": record.submitted_at,
        "version": record.version,
    }
