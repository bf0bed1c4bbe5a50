"""Turns: due work that asks an outside service until there is an answer, later each time."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.controls.due import DueWork, enqueue
from app.controls.work import Work

_FIRST_SECONDS, _MOST_DOUBLINGS, _LONGEST_SECONDS = 5, 10, 900


def enqueue_turn(
    work: Work, kind: str, occurrence: str, payload: dict[str, Any], *, turn: int
) -> None:
    """Make one turn due: the first, 0, at once, each later one after twice the time.

    The turn is in the payload. Written twice, after a crash, a turn is due once.
    """
    key = f"{occurrence}-{turn}"
    known = select(DueWork.id).where(
        DueWork.organisation_id == work.actor.tenant_id,
        DueWork.kind == kind,
        DueWork.occurrence_key == key,
    )
    if work.session.scalar(known) is not None:
        return
    doubled = _FIRST_SECONDS * 2 ** min(turn - 1, _MOST_DOUBLINGS) if turn else 0
    due_at = work.now + timedelta(seconds=min(doubled, _LONGEST_SECONDS))
    enqueue(work, kind, key, payload | {"turn": turn}, due_at=due_at)
