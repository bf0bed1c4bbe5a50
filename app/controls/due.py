"""Due work: rows that a lease claims and a sweeper finds again; Huey is only the bell.

A kind of work registers the function that does one row. The function performs commands under
the row's occurrence key, so that doing a row twice has the effect of once.
"""

import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, or_, select, update

from app.controls.commands import door, handles, perform
from app.controls.due_work import DueWork
from app.controls.identity import Actor, system_actor
from app.controls.leases import ClaimWork, ReportProgress, keeping
from app.controls.licensing import Standing, standing_of
from app.controls.tenant import Organisation
from app.controls.work import Work
from app.db.session import database
from app.kernel.crash import crash_point
from app.kernel.errors import Refusal, Unavailable

POSTPONED_MINUTES = 5
MAXIMUM_ATTEMPTS = 5
_BATCH = 20


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed row, as the function that does it sees it."""

    id: int
    organisation_id: int
    kind: str
    occurrence_key: str
    payload: dict[str, Any]
    requested_by: int | None

    def report(self, percent: int) -> None:
        """Show progress to those who wait, and keep the lease."""
        perform(ReportProgress(self.id, percent), _keeper(self.organisation_id))


@dataclass(frozen=True, slots=True)
class SettleWork:
    """End a claim: done, failed for good, or back to waiting after an error."""

    work_id: int
    state: str
    message: str = ""
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PostponeWork:
    """Let work that waits look again later, without counting as an attempt."""

    work_id: int
    message: str


_doers: dict[str, Callable[[Job], None]] = {}


class _Bell:
    """What is rung after a commit so that a worker looks at once; the worker installs it."""

    def __init__(self) -> None:
        self.ring: Callable[[], None] = lambda: None


bell = _Bell()


def _ring() -> None:
    bell.ring()


def does(kind: str) -> Callable[[Callable[[Job], None]], Callable[[Job], None]]:
    """Register the function that does a kind of due work."""

    def register(function: Callable[[Job], None]) -> Callable[[Job], None]:
        _doers[kind] = function
        return function

    return register


def enqueue(
    work: Work,
    kind: str,
    occurrence_key: str,
    payload: dict[str, Any],
    *,
    due_at: datetime | None = None,
) -> int:
    """Write a row of due work inside a command; returns its id."""
    values = {
        "organisation_id": work.actor.organisation_id or 0,
        "kind": kind,
        "occurrence_key": occurrence_key,
        "payload": payload,
        "due_at": due_at or work.now,
        "state": "waiting",
        "attempts": 0,
        "progress_percent": 0,
        "message": "",
        "requested_by": work.actor.user_id,
    }
    result = work.session.execute(insert(DueWork).returning(DueWork.id), values)
    work.after_commit.append(_ring)
    return int(result.scalar_one())


def sweep() -> int:
    """Do everything that is due and not leased by a living worker; returns how many were done.

    The work of an organisation without a good licence waits until it has one.
    """
    done = 0
    holder = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
    for work_id in _due_ids():
        standing = _standing_of(work_id)
        if standing is not Standing.GOOD:
            perform(PostponeWork(work_id, standing.value), _keeper(None))
            continue
        if perform(ClaimWork(work_id, holder), _keeper(None)):
            crash_point("work claimed")
            _do(work_id, holder)
            crash_point("work settled")
            done += 1
    return done


def _due_ids() -> list[int]:
    now = door.clock()
    query = (
        select(DueWork.id)
        .where(
            DueWork.due_at <= now,
            or_(
                DueWork.state == "waiting",
                (DueWork.state == "running") & (DueWork.leased_until < now),
            ),
        )
        .order_by(DueWork.due_at, DueWork.id)
        .limit(_BATCH)
    )
    with database.reading() as session:
        return list(session.scalars(query))


def _standing_of(work_id: int) -> Standing:
    """Judge the licence of the work's organisation; the platform's own work needs none."""
    query = select(Organisation).join(DueWork, DueWork.organisation_id == Organisation.id)
    with database.reading() as session:
        tenant = session.scalars(query.where(DueWork.id == work_id)).one_or_none()
        return Standing.GOOD if tenant is None else standing_of(tenant, door.clock())


def _do(work_id: int, holder: str) -> None:
    with database.reading() as session:
        row = session.get_one(DueWork, work_id)
        job = Job(
            row.id, row.organisation_id, row.kind, row.occurrence_key, row.payload, row.requested_by
        )
        attempts = row.attempts
    keeper = _keeper(job.organisation_id)
    try:
        with keeping(work_id, holder, keeper):
            _doers[job.kind](job)
        crash_point("work done")
    except Unavailable:
        _try_again(work_id, attempts, keeper)
    except Refusal as refusal:
        perform(SettleWork(work_id, "failed", refusal.sentence), keeper)
    except Exception:
        _try_again(work_id, attempts, keeper)
        raise
    else:
        perform(SettleWork(work_id, "done"), keeper)


def _try_again(work_id: int, attempts: int, keeper: Actor) -> None:
    """Put the row back to wait twice as long each time, and give up after the last attempt."""
    state = "failed" if attempts >= MAXIMUM_ATTEMPTS else "waiting"
    later = door.clock() + timedelta(seconds=2**attempts)
    sentence = "This could not be finished."
    again = " It will be tried again." if state == "waiting" else ""
    perform(SettleWork(work_id, state, f"{sentence}{again}", later), keeper)


@handles(SettleWork, permission=None)
def settle_work(work: Work, command: SettleWork) -> None:
    """Write how the claim ended."""
    values: dict[str, Any] = {"state": command.state, "message": command.message}
    if command.state == "done":
        values["progress_percent"] = 100
    if command.retry_at is not None:
        values["due_at"] = command.retry_at
    work.session.execute(update(DueWork).where(DueWork.id == command.work_id).values(**values))


@handles(PostponeWork, permission=None)
def postpone_work(work: Work, command: PostponeWork) -> None:
    """Say why the row waits and when it is looked at again; a row that another holds stays."""
    later = work.now + timedelta(minutes=POSTPONED_MINUTES)
    work.session.execute(
        update(DueWork)
        .where(DueWork.id == command.work_id, DueWork.due_at <= work.now)
        .where(DueWork.state.in_(("waiting", "running")))
        .where(or_(DueWork.state == "waiting", DueWork.leased_until < work.now))
        .values(due_at=later, message=command.message, state="waiting")
    )


def _keeper(organisation_id: int | None) -> Actor:
    return system_actor(organisation_id, frozenset(), "Worker")
