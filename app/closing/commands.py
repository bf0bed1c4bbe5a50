"""A close is started, by a person or at its time, and resumed after its cause is mended."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.calendars.queries import next_working_day
from app.closing.models import (
    BLOCKED,
    LEFT_OUT,
    RUNNING,
    WAITING,
    ClosingConfiguration,
    ClosingRun,
    ClosingRunStep,
)
from app.closing.queries import found_against, in_force, left_out_by, open_run, run_of
from app.closing.running import ask
from app.controls.closing_steps import ClosingStep, closing_steps
from app.controls.commands import handles
from app.controls.locking import find_locked
from app.controls.tenant import Organisation, calendar_date
from app.controls.work import Work
from app.kernel.errors import Conflict

STARTED = "The close of {day} was started already, by {name}."
OPEN = "The close of {day} has not ended: it is {state}. Only one is run at a time."
MOVED = "The business date is {day} meanwhile. Look at it again before you close it."
NOT_COME = "{day} has not come yet: a day is closed on it or after it."
NOT_BLOCKED = "The close of {day} is not blocked."


@dataclass(frozen=True, slots=True)
class StartClose:
    """Start to close the business date `on`; `is_automatic` where its time has come."""

    on: date
    is_automatic: bool = False


@dataclass(frozen=True, slots=True)
class ResumeClose:
    """Go on with a blocked close from the step that stopped it."""

    run_id: int


@handles(StartClose, permission="closing.run")
def start_close(work: Work, command: StartClose) -> int:
    """Write the run with its steps and let the worker take the first. Returns the run's id.

    Refused (409): a date that was started already or is not the business date, a day that has
    not come, while another close has not ended, and where a check blocks a person's start; one
    that begins by itself is blocked in its first step instead, so that it is seen.
    """
    # One start at a time: the second finds the run of the first.
    query = select(Organisation).where(Organisation.id == work.actor.tenant_id)
    organisation = work.session.scalars(query.with_for_update(key_share=True)).one()
    rules = in_force(work.session, organisation.id)
    _demand_turn(work, organisation, command.on)
    if not command.is_automatic:
        _demand_nothing_against(work, rules, command.on)
    run = work.add(
        ClosingRun(
            organisation_id=organisation.id,
            business_date=command.on,
            next_date=next_working_day(work.session, organisation.id, command.on),
            is_automatic=command.is_automatic,
            started_by=work.actor.user_id,
            starter_name=work.actor.name,
            started_at=work.now,
            configuration_id=rules.id if rules else None,
        )
    )
    for position, step in enumerate(closing_steps(), start=1):
        work.session.add(_step_of(run, step, position, rules))
    work.session.flush()  # the first of them is looked for
    ask(work, run)
    return run.id


@handles(ResumeClose, permission="closing.resume")
def resume_close(work: Work, command: ResumeClose) -> int:
    """Let the worker take the blocked step again; refused (409) where none is blocked."""
    run = find_locked(work, ClosingRun, command.run_id)
    if run.state != BLOCKED:
        raise Conflict(NOT_BLOCKED.format(day=run.business_date.isoformat()))
    blocked = select(ClosingRunStep).where(
        ClosingRunStep.organisation_id == run.organisation_id,
        ClosingRunStep.business_date == run.business_date,
        ClosingRunStep.state == BLOCKED,
    )
    for step in work.session.scalars(blocked):
        step.state, step.sentence, step.tries = WAITING, "", step.tries + 1
    run.state, run.refusal = RUNNING, ""
    # What is in force now judges what is left of it.
    rules = in_force(work.session, run.organisation_id)
    run.configuration_id = rules.id if rules else None
    work.session.flush()  # the step that waits again is looked for
    ask(work, run)
    return run.id


def _demand_turn(work: Work, organisation: Organisation, on: date) -> None:
    known = run_of(work.session, organisation.id, on)
    if known is not None:
        raise Conflict(STARTED.format(day=on.isoformat(), name=known.starter_name))
    running = open_run(work.session, organisation.id)
    if running is not None:
        day = running.business_date.isoformat()
        raise Conflict(OPEN.format(day=day, state=running.state))
    if on != organisation.business_date:
        raise Conflict(MOVED.format(day=organisation.business_date.isoformat()))
    if on > calendar_date(organisation, work.now):
        raise Conflict(NOT_COME.format(day=on.isoformat()))


def _demand_nothing_against(work: Work, rules: ClosingConfiguration | None, on: date) -> None:
    for one in found_against(work.session, work.actor.tenant_id, on, rules):
        if one.is_blocking:
            raise Conflict(f"{one.check.name}: {one.finding.sentence}.")


def _step_of(
    run: ClosingRun, step: ClosingStep, position: int, rules: ClosingConfiguration | None
) -> ClosingRunStep:
    is_left_out = not step.is_essential and step.key in left_out_by(rules)
    return ClosingRunStep(
        organisation_id=run.organisation_id,
        business_date=run.business_date,
        key=step.key,
        name=step.name,
        position=position,
        state=LEFT_OUT if is_left_out else WAITING,
    )
