"""What each decision asks, what it leads to, and who may be asked at all."""

from dataclasses import dataclass
from typing import Any

from flask import request

from app.controls.approvals import (
    FINALIZED,
    NOT_SUBMITTED,
    ApproveRecord,
    DenyRecord,
    RejectRecord,
    SubmitRecord,
    obstacle_to,
)
from app.controls.deciding import may_submit, obstacle_to_decision
from app.controls.permissions import holds
from app.controls.review import (
    AUTHORIZED,
    DENIED,
    LEVEL_OF,
    PENDING,
    REJECTED,
    STATUS_NAMES,
    ReviewKind,
)
from app.kernel.errors import Conflict, Forbidden
from app.web.context import actor, organisation, read_session
from app.web.pages import posted_version


@dataclass(frozen=True, slots=True)
class Decision:
    """How a decision is asked about and what it says when it is done."""

    title: str
    body: str
    verb: str
    done: str
    danger: bool = False
    asks_reason: bool = False


DECISIONS = {
    "submit": Decision("Submit for approval", "", "Submit", "submitted"),
    "approve": Decision("Approve Record", "", "Approve", "approved"),
    "reject": Decision(
        "Reject Record",
        "This record will be returned to the maker for correction. A reason is required.",
        "Confirm",
        "rejected",
        danger=True,
        asks_reason=True,
    ),
    "deny": Decision(
        "Deny Record Permanently",
        "This record will be permanently denied and cannot be resubmitted. A reason is required.",
        "Confirm",
        "denied",
        danger=True,
        asks_reason=True,
    ),
}


def demand_askable(kind: ReviewKind, record: Any, verb: str) -> None:
    """Refuse to ask about a decision that this person cannot take; the command refuses again."""
    session, who = read_session(), actor()
    if verb == "submit":
        if not may_submit(who, kind):
            raise Forbidden("You do not have permission to submit this record.")
        if not record.is_editable:
            raise Conflict("This record was submitted already")
        return
    obstacle = obstacle_to(session, who, kind, record)
    if verb == "approve" and obstacle:
        raise Forbidden(obstacle) if record.is_pending else Conflict(obstacle)
    if not record.is_pending and (verb == "reject" or record.record_status != REJECTED):
        raise Conflict(NOT_SUBMITTED if record.is_editable else FINALIZED)
    if refused := obstacle_to_decision(session, who, kind, record):
        raise Forbidden(refused)


def command_of(verb: str, kind: ReviewKind, record: Any) -> Any:
    version, reason = posted_version(), request.form.get("reason", "")
    if verb == "submit":
        return SubmitRecord(kind.key, record.id, version)
    if verb == "approve":
        return ApproveRecord(kind.key, record.id, version)
    asked = RejectRecord if verb == "reject" else DenyRecord
    return asked(kind.key, record.id, version, reason)


def status_after(record: Any, verb: str) -> str:
    """Return the status a decision leads to, or nothing where the rules will say."""
    if verb in {"reject", "deny"}:
        return REJECTED if verb == "reject" else DENIED
    level = LEVEL_OF.get(record.record_status)
    if verb == "approve" and level:
        return PENDING[level - 1] if level > 1 else AUTHORIZED
    tenant = organisation()
    alone = holds(actor(), "approvals.self-authorise") and tenant and tenant.may_self_authorise
    return AUTHORIZED if verb == "submit" and alone else ""


def consequence_of(kind: ReviewKind, record: Any, following: str) -> str:
    name = kind.name.lower()
    if not following:
        return f"The {name} is handed in; the approval rules say who must approve it."
    if following == AUTHORIZED:
        return f"{record.title()} becomes Authorized at once. This is the last step."
    return f"{record.title()} goes on to {STATUS_NAMES[following]}: another level must approve it."
