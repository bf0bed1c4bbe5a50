"""Who does a row of due work has a lease on it, which lasts as long as its process lives."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Thread

from sqlalchemy import or_, update
from sqlalchemy.exc import DBAPIError

from app.controls.commands import handles, perform
from app.controls.due_work import DueWork
from app.controls.identity import Actor
from app.controls.work import Work
from app.kernel.errors import Refusal

# A worker that dies keeps its work from the others for this long; one that lives renews it.
LEASE_SECONDS = 45
_RENEW_SECONDS = 15
# One that hangs is not waited for longer than this after its last word.
_RENEWALS = 3_600 // _RENEW_SECONDS


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
    """Write how far a job is, in percent, and renew its lease."""

    work_id: int
    percent: int


@contextmanager
def keeping(work_id: int, holder: str, keeper: Actor) -> Iterator[None]:
    """Renew a lease from beside the block while it runs.

    A database that does not answer for a while ends nothing: the next renewal comes soon.
    """
    ended = Event()

    def renew() -> None:
        for _ in range(_RENEWALS):
            if ended.wait(_RENEW_SECONDS):
                return
            with suppress(Refusal, DBAPIError):
                perform(KeepLease(work_id, holder), keeper)

    Thread(target=renew, daemon=True).start()
    try:
        yield
    finally:
        ended.set()


@handles(ClaimWork, permission=None)
def claim_work(work: Work, command: ClaimWork) -> bool:
    """Lease the row by a conditional update: one winner."""
    statement = (
        update(DueWork)
        .where(
            DueWork.id == command.work_id,
            or_(
                DueWork.state == "waiting",
                (DueWork.state == "running") & (DueWork.leased_until < work.now),
            ),
        )
        .values(
            state="running",
            attempts=DueWork.attempts + 1,
            leased_by=command.holder,
            leased_until=_leased_until(work),
        )
        .returning(DueWork.id)
    )
    return work.session.execute(statement).one_or_none() is not None


@handles(KeepLease, permission=None)
def keep_lease(work: Work, command: KeepLease) -> None:
    """Renew it, unless the work ended or another took it over meanwhile."""
    work.session.execute(
        update(DueWork)
        .where(
            DueWork.id == command.work_id,
            DueWork.state == "running",
            DueWork.leased_by == command.holder,
        )
        .values(leased_until=_leased_until(work))
    )


@handles(ReportProgress, permission=None)
def report_progress(work: Work, command: ReportProgress) -> None:
    """Write the percentage and renew the lease."""
    work.session.execute(
        update(DueWork)
        .where(DueWork.id == command.work_id, DueWork.state == "running")
        .values(
            progress_percent=command.percent,
            leased_until=_leased_until(work),
        )
    )


def _leased_until(work: Work) -> datetime:
    return work.now + timedelta(seconds=LEASE_SECONDS)
