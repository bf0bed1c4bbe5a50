"""What each decision asks, what it leads to, and who may be asked at all."""

from dataclasses import dataclass
from typing import Any

from app.controls.approvals import (
    ApproveRecord,
    DenyRecord,
    RejectRecord,
    SubmitRecord,
    status_when_approved,
)
from app.controls.deciding import authorises_alone
from app.controls.review import (
    AUTHORIZED,
    DENIED,
    REJECTED,
    STATUS_NAMES,
    ReviewKind,
)
from app.web.context import actor, organisation, read_session


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


def command_of(verb: str, key: str, record_id: int, *, version: int, reason: str) -> Any:
    """Return the command of one of the decisions."""
    if verb == "submit":
        return SubmitRecord(key, record_id, version)
    if verb == "approve":
        return ApproveRecord(key, record_id, version)
    asked = RejectRecord if verb == "reject" else DenyRecord
    return asked(key, record_id, version, reason)


def status_after(kind: ReviewKind, record: Any, verb: str) -> str:
    """Return the status a decision leads to, or nothing where the rules will say."""
    if verb in {"reject", "deny"}:
        return REJECTED if verb == "reject" else DENIED
    if verb == "approve" and record.is_pending:
        return status_when_approved(record)
    if verb == "submit" and kind.least_levels(read_session(), record):
        return ""
    tenant = organisation()
    alone = tenant is not None and authorises_alone(actor(), tenant)
    return AUTHORIZED if verb == "submit" and alone else ""


def consequence_of(kind: ReviewKind, record: Any, following: str) -> str:
    name = kind.name.lower()
    if not following:
        return f"The {name} is handed in; the approval rules say who must approve it."
    if following == AUTHORIZED:
        return f"{record.title()} becomes Authorized at once. This is the last step."
    return f"{record.title()} goes on to {STATUS_NAMES[following]}: another level must approve it."
