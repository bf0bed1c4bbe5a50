"""Due work: rows that a lease claims and a sweeper finds again; Huey is only the bell.

A kind of work registers the function that does one row. The function performs commands under
the row's occurrence key, so that doing a row twice has the effect of once.
"""

import os
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, insert, select, tuple_, update

from app.controls.apart import apart
from app.controls.commands import SYSTEM_ONLY, door, handles, perform
from app.controls.due_work import DueWork
from app.controls.identity import Actor, system_actor
from app.controls.leases import ClaimWork, Lease, claimable, held
from app.controls.licensing import Standing, standing_of
from app.controls.tenant import Organisation
from app.controls.work import Work
from app.db.session import database
from app.kernel.crash import crash_point
from app.kernel.errors import Refusal, Unavailable

POSTPONED_MINUTES = 5
UNFINISHED = "This could not be finished."
MAXIMUM_ATTEMPTS = 5
_BATCH = 20
_LOOKED_AT = 400
_SHOWN: tuple[Any, ...] = (DueWork.id, DueWork.organisation_id, DueWork.kind, DueWork.due_at)


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed row, as the function that does it sees it."""

    id: int
    organisation_id: int
    kind: str
    occurrence_key: str
    payload: dict[str, Any]
    requested_by: int | None
    lease: Lease

    def report(self, percent: int) -> None:
        """Show progress to those who wait, and keep the lease."""
        self.lease.report(percent)


@dataclass(frozen=True, slots=True)
class SettleWork:
    """End a holder's claim: done, failed for good, or back to waiting after an error."""

    work_id: int
    holder: str
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
    if due_at is None or due_at <= work.now:
        work.after_commit.append(_ring)
    return int(result.scalar_one())


def enqueue_once(
    work: Work,
    kind: str,
    occurrence_key: str,
    payload: dict[str, Any],
    *,
    due_at: datetime | None = None,
) -> bool:
    """Write a row of due work unless its occurrence is there; answers whether it was not.

    Whoever loses a race for it is handled again, and finds it there.
    """
    known = select(DueWork.id).where(
        DueWork.organisation_id == (work.actor.organisation_id or 0),
        DueWork.kind == kind,
        DueWork.occurrence_key == occurrence_key,
    )
    if work.session.scalar(known) is not None:
        return False
    enqueue(work, kind, occurrence_key, payload, due_at=due_at)
    return True


def sweep() -> int:
    """Do everything that is due and not leased by a living worker; returns how many were done.

    The work of an organisation without a good licence waits until it has one.
    """
    done = 0
    holder = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
    for work_id in _due_ids():
        with apart(f"due work {work_id}"):
            done += _take(work_id, holder)
    return done


def given_up(work: Work) -> DueWork | None:
    """Return the row that this command settled as failed for good, for those who tell of it."""
    command = work.command
    if not isinstance(command, SettleWork) or command.state != "failed":
        return None
    # One who lost the lease settled nothing.
    row = work.session.get_one(DueWork, command.work_id)
    is_theirs = (row.state, row.leased_by) == (command.state, command.holder)
    return row if is_theirs else None


def _due_ids() -> list[int]:
    """Return whose turn it is: the oldest of each organisation and kind, then each one's second.

    However long one's queue is, only its head is read, and what stands behind it is not missed.
    """
    now = door.clock()
    found: list[Row[Any]] = []
    kinds: set[tuple[int, str]] = set()
    with database.reading() as session:
        while len(kinds) < _BATCH:
            rows = session.execute(_oldest(now, kinds)).all()
            found += rows
            kinds |= {(row.organisation_id, row.kind) for row in rows}
            if len(rows) < _LOOKED_AT:
                break
    return _in_turn(found)[:_BATCH]


def _oldest(now: datetime, kinds: set[tuple[int, str]]) -> Select[Any]:
    """Select the head of the queue of all that is not of these organisations and kinds."""
    of = tuple_(DueWork.organisation_id, DueWork.kind)
    query = select(*_SHOWN).where(claimable(now), of.not_in(sorted(kinds)))
    return query.order_by(DueWork.due_at, DueWork.id).limit(_LOOKED_AT)


def _in_turn(rows: Iterable[Row[Any]]) -> list[int]:
    places: Counter[tuple[int, str]] = Counter()
    turns = []
    for row in rows:
        places[row.organisation_id, row.kind] += 1
        turns.append((places[row.organisation_id, row.kind], row.due_at, row.id))
    return [work_id for _place, _due_at, work_id in sorted(turns)]


def _standing_of(work_id: int) -> Standing:
    """Judge the licence of the work's organisation; the platform's own work needs none."""
    query = select(Organisation).join(DueWork, DueWork.organisation_id == Organisation.id)
    with database.reading() as session:
        tenant = session.scalars(query.where(DueWork.id == work_id)).one_or_none()
        return Standing.GOOD if tenant is None else standing_of(tenant, door.clock())


def _take(work_id: int, holder: str) -> bool:
    """Claim a row and do it; answers False where it waits for a licence, or another has it."""
    standing = _standing_of(work_id)
    if standing is not Standing.GOOD:
        perform(PostponeWork(work_id, standing.value), _keeper(None))
        return False
    if not perform(ClaimWork(work_id, holder), _keeper(None)):
        return False
    crash_point("work claimed")
    _do(work_id, holder)
    crash_point("work settled")
    return True


def _do(work_id: int, holder: str) -> None:
    with database.reading() as session:
        row = session.get_one(DueWork, work_id)
    keeper = _keeper(row.organisation_id)
    if row.attempts > MAXIMUM_ATTEMPTS:
        # Whoever took it died of it each time, and so would all who come.
        perform(SettleWork(work_id, holder, "failed", UNFINISHED), keeper)
        return
    lease = Lease(work_id, holder, keeper)
    job = Job(
        row.id, row.organisation_id, row.kind, row.occurrence_key, row.payload, row.requested_by,
        lease,
    )  # fmt: skip
    try:
        with lease:
            _doers[job.kind](job)
        crash_point("work done")
    except Unavailable:
        perform(_another_try(row, holder), keeper)
    except Refusal as refusal:
        perform(SettleWork(work_id, holder, "failed", refusal.sentence), keeper)
    except Exception:
        perform(_another_try(row, holder), keeper)
        raise
    else:
        perform(SettleWork(work_id, holder, "done"), keeper)


def _another_try(row: DueWork, holder: str) -> SettleWork:
    """Put the row back to wait twice as long each time, and give up after the last attempt."""
    if row.attempts >= MAXIMUM_ATTEMPTS:
        return SettleWork(row.id, holder, "failed", UNFINISHED)
    later = door.clock() + timedelta(seconds=2**row.attempts)
    return SettleWork(row.id, holder, "waiting", f"{UNFINISHED} It will be tried again.", later)


@handles(SettleWork, permission=SYSTEM_ONLY)
def settle_work(work: Work, command: SettleWork) -> None:
    """Write how the claim ended, unless another took it over meanwhile: theirs is the last word."""
    values: dict[str, Any] = {"state": command.state, "message": command.message}
    if command.state == "done":
        values["progress_percent"] = 100
    if command.retry_at is not None:
        values["due_at"] = command.retry_at
    claim = update(DueWork).where(*held(command.work_id, command.holder))
    work.session.execute(claim.values(**values))


@handles(PostponeWork, permission=SYSTEM_ONLY)
def postpone_work(work: Work, command: PostponeWork) -> None:
    """Say why the row waits and when it is looked at again; a row that another holds stays."""
    later = work.now + timedelta(minutes=POSTPONED_MINUTES)
    work.session.execute(
        update(DueWork)
        .where(DueWork.id == command.work_id, claimable(work.now))
        .values(due_at=later, message=command.message, state="waiting")
    )


def _keeper(organisation_id: int | None) -> Actor:
    return system_actor(organisation_id, frozenset(), "Worker")
