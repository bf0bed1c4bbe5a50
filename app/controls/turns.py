"""Turns: due work that asks an outside service until there is an answer, later each time.

Work that was given up may be begun anew by whoever looked into it.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from app.controls.due import bell, enqueue_once
from app.controls.due_work import DueWork
from app.controls.work import Work

_FIRST_SECONDS, _MOST_DOUBLINGS, _LONGEST_SECONDS = 5, 10, 900


def enqueue_turn(
    work: Work, kind: str, occurrence: str, payload: dict[str, Any], *, turn: int
) -> None:
    """Make one turn due: the first, 0, at once, each later one after twice the time.

    The turn is in the payload. Written twice, after a crash, a turn is due once.
    """
    doubled = _FIRST_SECONDS * 2 ** min(turn - 1, _MOST_DOUBLINGS) if turn else 0
    due_at = work.now + timedelta(seconds=min(doubled, _LONGEST_SECONDS))
    enqueue_once(work, kind, f"{occurrence}-{turn}", payload | {"turn": turn}, due_at=due_at)


def begin_anew(work: Work, work_id: int) -> bool:
    """Make due work that was given up due once more; answers False where it was not given up."""
    given_up = (
        DueWork.id == work_id,
        DueWork.organisation_id == work.actor.tenant_id,
        DueWork.state == "failed",
    )
    anew = {"state": "waiting", "attempts": 0, "message": "", "due_at": work.now}
    statement = update(DueWork).where(*given_up).values(**anew).returning(DueWork.id)
    found = work.session.scalar(statement) is not None
    if found:
        work.after_commit.append(bell.ring)
    return found
