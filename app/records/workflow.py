"""The workflow panel and the history of any reviewed record."""

from typing import Any

from sqlalchemy.orm import Session

from app.controls.deciding import may_decide, may_submit, obstacle_to
from app.controls.identity import Actor
from app.controls.review import (
    LEVEL_OF,
    REJECTED,
    STATUS_NAMES,
    STATUS_TONES,
    ReviewKind,
    steps_of,
)
from app.web import cells

_ACTS = {
    "created": "Created",
    "edited": "Edited",
    "submitted": "Submitted for approval",
    "self-authorised": "Submitted and authorized",
    "approved": "Approved",
    "rejected": "Rejected",
    "denied": "Denied",
    "withdrawn": "Withdrawn",
}


def workflow_panel(
    session: Session, actor: Actor, kind: ReviewKind, record: Any
) -> dict[str, Any] | None:
    """Return the panel of E42.08: status, stage, and the buttons this person may use or see.

    What was deleted waits for nothing any more: it has none.
    """
    if getattr(record, "retired_at", None) is not None:
        return None
    return {
        "status": STATUS_NAMES[record.record_status],
        "tone": STATUS_TONES[record.record_status],
        "stage": _stage(record),
        "note": None if record.is_pending else obstacle_to(session, actor, kind, record),
        "buttons": _buttons(session, actor, kind, record),
        "info": _info(record),
    }


def review_timeline(session: Session, kind: ReviewKind, record: Any) -> list[dict[str, Any]]:
    """Return the review's acts, oldest first, as the timeline shows them."""
    return [
        {
            "title": _ACTS[act.act] + (f" at level {act.level}" if act.level else ""),
            "who": act.who,
            "when": cells.instant(act.at)["text"],
            "text": act.reason,
        }
        for act in steps_of(session, kind.key, record)
    ]


def _stage(record: Any) -> str:
    level = LEVEL_OF.get(record.record_status)
    return f"Waiting for Level {level} approval" if level else ""


def _buttons(session: Session, actor: Actor, kind: ReviewKind, record: Any) -> list[dict[str, Any]]:
    path, seen = f"/admin/approvals/{kind.key}/{record.id}", f"version={record.version}"
    may = record.is_editable and may_submit(actor, kind)
    submit = [_button("Submit", f"{path}/submit?{seen}", "primary", None)] if may else []
    if not may_decide(actor, kind):
        return submit
    if not record.is_pending and record.record_status != REJECTED:
        return submit
    # Who may refuse what waits may send it back as well.
    refused = obstacle_to(session, actor, kind, record, verb="deny")
    deny = _button("Deny", f"{path}/deny?{seen}", "danger", refused)
    if not record.is_pending:
        return [*submit, deny]
    obstacle = obstacle_to(session, actor, kind, record)
    return [
        _button("Approve", f"{path}/approve?{seen}", "primary", obstacle),
        _button("Reject", f"{path}/reject?{seen}", "secondary", refused),
        deny,
    ]


def _button(label: str, href: str, tone: str, disabled_reason: str | None) -> dict[str, Any]:
    return {"label": label, "href": href, "tone": tone, "disabled_reason": disabled_reason}


def _info(record: Any) -> list[dict[str, str]]:
    info = []
    if record.rejection_reason:
        info.append({"label": "Rejection Reason", "text": record.rejection_reason})
    if record.denial_reason:
        info.append({"label": "Denial Reason", "text": record.denial_reason})
    if record.submitted_at is not None:
        info.append({"label": "Submitted", "text": cells.instant(record.submitted_at)["text"]})
    if record.levels_required is not None:
        info.append({"label": "Levels asked for", "text": str(record.levels_required)})
    return info
