"""Drafts of reviewed records: changed as their form found them, and handed in as they are saved."""

from typing import Any

from app.controls.approvals import submit
from app.controls.permissions import find
from app.controls.retiring import demand_current
from app.controls.review import ReviewKind, demand_editable, step
from app.controls.work import Work


def draft(work: Work, kind: ReviewKind, record_id: int, version: int) -> Any:
    """Return a draft, or a record that was sent back, to change; out of scope is 404.

    Refused (409): one that waits or is final, one that is inactive, one that was changed since its
    form was opened.
    """
    record = find(work.session, work.actor, kind.model, record_id)
    demand_editable(record, kind.name)
    demand_current(record, version)
    return record


def drafted(work: Work, kind: ReviewKind, record: Any, act: str, *, hand_in: bool) -> int:
    """Write down that a record was made or edited, hand it in where asked to; return its id."""
    step(work, kind, record, act)
    if hand_in:
        submit(work, kind, record)
    return int(record.id)
