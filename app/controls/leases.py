"""Who does a row of due work has a lease on it, which lasts as long as its process lives."""

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Self

from sqlalchemy import ColumnElement, and_, or_, update
from sqlalchemy.exc import DBAPIError

from app.controls.commands import SYSTEM_ONLY, handles, perform
from app.controls.due_work import DueWork
from app.controls.identity import Actor
from app.controls.work import Work
from app.kernel.errors import Refusal

# A worker that dies keeps its work from the others for this long; one that lives renews it.
LEASE_SECONDS = 45
_RENEW_SECONDS = 15
# One that hangs is not waited for longer than this after its last word.
_LONGEST_SILENCE_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class ClaimWork:
    """Take a lease on one due row; answers False when another has it."""

    work_id: int
    holder: str


@dataclass(frozen=True, slots=True)
class KeepLease:
    """Renew the lease that a holder still has."""

    work_id: int
    holder: str


@dataclass(frozen=True, slots=True)
class ReportProgress:
    """Write how far a holder's job is, in percent, and renew the lease they still have."""

    work_id: int
    holder: str
    percent: int


class Lease:
    """A holder's lease on one row, renewed from beside the block in which the work is done.

    Where a lease was lost, to one who thought this process dead, nothing is renewed or written. A
    database that does not answer for a while ends nothing: the next renewal comes soon.
    """

    def __init__(self, work_id: int, holder: str, keeper: Actor) -> None:
        """Take what was claimed by `ClaimWork`."""
        self._work_id, self._holder, self._keeper = work_id, holder, keeper
        self._heard_at = time.monotonic()
        self._ended = Event()

    def __enter__(self) -> Self:
        """Begin to renew it."""
        Thread(target=self._renew, daemon=True).start()
        return self

    def __exit__(self, *_failure: object) -> None:
        """Renew it no more."""
        self._ended.set()

    def report(self, percent: int) -> None:
        """Show how far the work is, which is a sign of life too."""
        self._heard_at = time.monotonic()
        perform(ReportProgress(self._work_id, self._holder, percent), self._keeper)

    def _renew(self) -> None:
        while not self._ended.wait(_RENEW_SECONDS):
            if time.monotonic() - self._heard_at < _LONGEST_SILENCE_SECONDS:
                with suppress(Refusal, DBAPIError):
                    perform(KeepLease(self._work_id, self._holder), self._keeper)


def held(work_id: int, holder: str) -> tuple[ColumnElement[bool], ...]:
    """Return what is true of a row for as long as the holder has not lost or settled it."""
    return (DueWork.id == work_id, DueWork.state == "running", DueWork.leased_by == holder)


def claimable(now: datetime) -> ColumnElement[bool]:
    """Return what is true of a row that is due and that no living worker has."""
    is_left = and_(DueWork.state == "running", DueWork.leased_until < now)
    return and_(DueWork.due_at <= now, or_(DueWork.state == "waiting", is_left))


@handles(ClaimWork, permission=SYSTEM_ONLY)
def claim_work(work: Work, command: ClaimWork) -> bool:
    """Lease the row by a conditional update: one winner, and none before it is due."""
    statement = (
        update(DueWork)
        .where(DueWork.id == command.work_id, claimable(work.now))
        .values(
            state="running",
            attempts=DueWork.attempts + 1,
            leased_by=command.holder,
            leased_until=_leased_until(work),
        )
        .returning(DueWork.id)
    )
    return work.session.execute(statement).one_or_none() is not None


@handles(KeepLease, permission=SYSTEM_ONLY)
def keep_lease(work: Work, command: KeepLease) -> None:
    """Renew it, unless the work ended or another took it over meanwhile."""
    work.session.execute(
        update(DueWork)
        .where(*held(command.work_id, command.holder))
        .values(leased_until=_leased_until(work))
    )


@handles(ReportProgress, permission=SYSTEM_ONLY)
def report_progress(work: Work, command: ReportProgress) -> None:
    """Write the percentage and renew the lease, unless another took the work over meanwhile."""
    work.session.execute(
        update(DueWork)
        .where(*held(command.work_id, command.holder))
        .values(progress_percent=command.percent, leased_until=_leased_until(work))
    )


def _leased_until(work: Work) -> datetime:
    return work.now + timedelta(seconds=LEASE_SECONDS)
