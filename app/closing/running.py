"""How a close goes from step to step: each is due work of its own, begun, ended, asked again.

A step is done in a transaction of its own before the next is asked for in the same one, so a
worker that dies at any line leaves a step that the next worker takes again.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select

from app.access.holders import holders_of
from app.calendars.queries import next_working_day
from app.closing.models import (
    BLOCKED,
    COMPLETED,
    DONE,
    RUNNING,
    UNDER_WAY,
    WAITING,
    ClosingConfiguration,
    ClosingRun,
    ClosingRunStep,
)
from app.controls.commands import follows, handles
from app.controls.due import enqueue, given_up
from app.controls.locking import find_locked
from app.controls.tenant import Organisation
from app.controls.work import Work
from app.db.session import database
from app.kernel.errors import Conflict
from app.ledger.days import POSTING_LOCK
from app.notices import models as notices
from app.notices.sending import notify

KIND = "close-of-business"
PATH = "/admin/closing-runs"
AGAIN_SECONDS = 5
DATE_MOVED = "The business date is {day}: another than the one that is being closed"


@dataclass(frozen=True, slots=True)
class BeginStep:
    """Take a step under way, if this is still the try that was asked for."""

    step_id: int
    tries: int


@dataclass(frozen=True, slots=True)
class EndStep:
    """Write what a step did, and ask for the next."""

    step_id: int
    sentence: str


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Let a step that waits for others be asked again in some seconds."""

    step_id: int
    sentence: str


@dataclass(frozen=True, slots=True)
class BlockStep:
    """Stop the close at a step, with the sentence that says why."""

    step_id: int
    sentence: str


@dataclass(frozen=True, slots=True)
class CutOff:
    """From now on everybody but the close books on the next working day."""

    run_id: int


@dataclass(frozen=True, slots=True)
class SealDay:
    """Close the date for good, with its last step and its run."""

    run_id: int
    key: str


def ask(work: Work, run: ClosingRun) -> None:
    """Put the run's first waiting step on the list of what is due."""
    query = select(ClosingRunStep).where(
        ClosingRunStep.organisation_id == run.organisation_id,
        ClosingRunStep.business_date == run.business_date,
        ClosingRunStep.state == WAITING,
    )
    step = work.session.scalars(query.order_by(ClosingRunStep.position).limit(1)).first()
    if step is not None:
        _enqueue(work, step, delay_seconds=0)


@handles(BeginStep, permission="closing.run")
def begin_step(work: Work, command: BeginStep) -> bool:
    """Begin it, or answer False where it was ended, stopped or asked anew meanwhile."""
    run, step = _locked(work, command.step_id)
    if run.state != RUNNING or step.tries != command.tries:
        return False
    if step.state not in {WAITING, UNDER_WAY}:
        return False
    step.state = UNDER_WAY
    step.started_at = step.started_at or work.now
    return True


@handles(EndStep, permission="closing.run")
def end_step(work: Work, command: EndStep) -> None:
    """End it and ask for the next; another worker that ended it first is left to have done so."""
    run, step = _locked(work, command.step_id)
    if step.state == UNDER_WAY:
        step.state, step.sentence, step.ended_at = DONE, command.sentence, work.now
        work.session.flush()  # the next that waits is looked for
        ask(work, run)


@handles(AskAgain, permission="closing.run")
def ask_again(work: Work, command: AskAgain) -> None:
    """Keep it under way and ask again in some seconds."""
    _run, step = _locked(work, command.step_id)
    if step.state == UNDER_WAY:
        step.sentence, step.tries = command.sentence, step.tries + 1
        _enqueue(work, step, delay_seconds=AGAIN_SECONDS)


@handles(BlockStep, permission="closing.run")
def block_step(work: Work, command: BlockStep) -> None:
    """Stop the run at it and tell those who can see to it."""
    _block(work, command.step_id, command.sentence)


@follows
def block_what_was_given_up(work: Work) -> None:
    """Block a step whose workers died of it, so that people see it and can resume the close."""
    row = given_up(work)
    if row is None or row.kind != KIND:
        return
    step_id = int(row.payload["step_id"])
    if work.session.get_one(ClosingRunStep, step_id).tries == row.payload["tries"]:
        _block(work, step_id, row.message)
        work.session.flush()  # the log is written next


@handles(CutOff, permission="closing.run")
def cut_off(work: Work, command: CutOff) -> date:
    """Move the business date and return it; done again it changes nothing.

    Postings that are on their way end first, and those that come after find the new date. It is
    the next working day as the years say it now: one may have been amended since the close began.
    """
    run = find_locked(work, ClosingRun, command.run_id)
    organisation = _locked_organisation(work)
    if organisation.business_date == run.next_date:
        return run.next_date
    if organisation.business_date != run.business_date:
        raise Conflict(DATE_MOVED.format(day=organisation.business_date.isoformat()))
    run.next_date = next_working_day(work.session, run.organisation_id, run.business_date)
    organisation.closed_through = run.business_date - timedelta(days=1)
    organisation.business_date = run.next_date
    return run.next_date


@handles(SealDay, permission="closing.run")
def seal_day(work: Work, command: SealDay) -> str:
    """Seal the days up to the one that is open now, and complete the run and its last step.

    Returns the step's sentence; done again it changes nothing.
    """
    run = find_locked(work, ClosingRun, command.run_id)
    sentence = f"{run.next_date.isoformat()} is open"
    if run.state != RUNNING:
        return sentence
    organisation = _locked_organisation(work)
    organisation.closed_through = run.next_date - timedelta(days=1)
    query = select(ClosingRunStep).where(
        ClosingRunStep.organisation_id == run.organisation_id,
        ClosingRunStep.business_date == run.business_date,
        ClosingRunStep.key == command.key,
    )
    step = work.session.scalars(query).one()
    step.state, step.sentence, step.ended_at = DONE, sentence, work.now
    run.state, run.ended_at = COMPLETED, work.now
    notify(
        work,
        _told(work, run),
        kind=notices.FINISHED,
        title=f"{run.title()} is completed",
        text=f"The books of {run.business_date.isoformat()} are closed. {sentence}.",
        href=f"{PATH}/{run.id}",
    )
    return sentence


def _block(work: Work, step_id: int, sentence: str) -> None:
    run, step = _locked(work, step_id)
    if step.state != UNDER_WAY:
        return
    step.state, step.sentence = BLOCKED, sentence
    run.state, run.refusal = BLOCKED, f"{step.name}: {sentence}"
    able = holders_of(work.session, run.organisation_id, "closing.resume")
    notify(
        work,
        [*_told(work, run), *able],
        kind=notices.FAILED,
        title=f"{run.title()} is blocked",
        text=run.refusal,
        href=f"{PATH}/{run.id}",
    )


def _locked(work: Work, step_id: int) -> tuple[ClosingRun, ClosingRunStep]:
    """Return a step with its run as they are now; the run is locked before it is looked at."""
    query = (
        select(ClosingRun.id)
        .join(
            ClosingRunStep,
            (ClosingRunStep.organisation_id == ClosingRun.organisation_id)
            & (ClosingRunStep.business_date == ClosingRun.business_date),
        )
        .where(ClosingRunStep.id == step_id)
    )
    run = find_locked(work, ClosingRun, work.session.scalars(query).one())
    return run, work.session.get_one(ClosingRunStep, step_id, populate_existing=True)


def _locked_organisation(work: Work) -> Organisation:
    """Take the organisation, then wait for the postings under way, whose guard shares the lock."""
    query = select(Organisation).where(Organisation.id == work.actor.tenant_id)
    query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    organisation = work.session.scalars(query).one()
    if database.is_postgresql:
        work.session.execute(select(func.pg_advisory_xact_lock(POSTING_LOCK, organisation.id)))
    return organisation


def _enqueue(work: Work, step: ClosingRunStep, *, delay_seconds: int) -> None:
    step.work_id = enqueue(
        work,
        KIND,
        f"{step.business_date.isoformat()} {step.key} {step.tries}",
        {"step_id": step.id, "tries": step.tries},
        due_at=work.now + timedelta(seconds=delay_seconds),
    )


def _told(work: Work, run: ClosingRun) -> list[int | None]:
    rules = None
    if run.configuration_id is not None:
        rules = work.session.get(ClosingConfiguration, run.configuration_id)
    return [run.started_by, *(rules.notified_ids if rules else ())]
