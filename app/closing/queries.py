"""What is known of an organisation's closes: rules in force, runs, what stands against one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.closing.models import (
    BLOCK,
    COMPLETED,
    DONE,
    LEFT_OUT,
    ClosingConfiguration,
    ClosingRun,
    ClosingRunStep,
)
from app.controls.closing_steps import (
    FAILED_DUE_FDT,
    VERIFY_BOOKS,
    ClosingCheck,
    Finding,
    closing_checks,
)
from app.controls.tenant import Organisation, calendar_date

PENDING_APPROVALS = "PENDING_APPROVALS"


@dataclass(frozen=True, slots=True)
class Found:
    """A check with what it found, and whether that blocks under the rules in force."""

    check: ClosingCheck
    finding: Finding
    is_blocking: bool


def in_force(session: Session, organisation_id: int) -> ClosingConfiguration | None:
    """Return the configuration in force; None is the house's own way: by hand, nothing left out."""
    query = select(ClosingConfiguration).where(
        ClosingConfiguration.organisation_id == organisation_id, ClosingConfiguration.is_in_force
    )
    return session.scalars(query).one_or_none()


def left_out_by(rules: ClosingConfiguration | None) -> frozenset[str]:
    """Return the keys of the steps that a configuration leaves out.

    The books are verified only where it blocks on what is not right with them.
    """
    chosen = frozenset(rules.left_out) if rules is not None else frozenset()
    blocks = rules is not None and rules.blocks_on_breaches
    return chosen - {VERIFY_BOOKS} if blocks else chosen | {VERIFY_BOOKS}


def open_run(session: Session, organisation_id: int) -> ClosingRun | None:
    """Return the close that is running or blocked, if there is one."""
    query = select(ClosingRun).where(
        ClosingRun.organisation_id == organisation_id, ClosingRun.state != COMPLETED
    )
    return session.scalars(query).one_or_none()


def standing(
    session: Session, organisation_id: int
) -> tuple[ClosingRun | None, ClosingConfiguration | None]:
    """Return the newest close and the configuration in force, by one query."""
    query = (
        select(ClosingRun, ClosingConfiguration)
        .select_from(Organisation)
        .outerjoin(ClosingRun, ClosingRun.organisation_id == Organisation.id)
        .outerjoin(
            ClosingConfiguration,
            (ClosingConfiguration.organisation_id == Organisation.id)
            & ClosingConfiguration.is_in_force,
        )
        .where(Organisation.id == organisation_id)
        .order_by(ClosingRun.business_date.desc())
        .limit(1)
    )
    run, rules = session.execute(query).one()
    return run, rules


def left_since(session: Session, step: ClosingRunStep) -> date | None:
    """Return the first of the days just before a step's own whose closes left the step out."""
    before = (
        ClosingRunStep.organisation_id == step.organisation_id,
        ClosingRunStep.key == step.key,
        ClosingRunStep.business_date < step.business_date,
    )
    done = select(func.max(ClosingRunStep.business_date)).where(
        *before, ClosingRunStep.state == DONE
    )
    since = session.scalar(done) or date.min
    query = select(func.min(ClosingRunStep.business_date)).where(
        *before, ClosingRunStep.state == LEFT_OUT, ClosingRunStep.business_date > since
    )
    return session.scalar(query)


def left_out_of(session: Session, run: ClosingRun) -> frozenset[str]:
    """Return the keys of the steps that a close leaves out."""
    query = select(ClosingRunStep.key).where(
        ClosingRunStep.organisation_id == run.organisation_id,
        ClosingRunStep.business_date == run.business_date,
        ClosingRunStep.state == LEFT_OUT,
    )
    return frozenset(session.scalars(query))


def run_of(session: Session, organisation_id: int, on: date) -> ClosingRun | None:
    """Return the close of a business date, if it was started."""
    query = select(ClosingRun).where(
        ClosingRun.organisation_id == organisation_id, ClosingRun.business_date == on
    )
    return session.scalars(query).one_or_none()


def last_completed(session: Session, organisation_id: int) -> ClosingRun | None:
    """Return the newest close that was completed."""
    query = select(ClosingRun).where(
        ClosingRun.organisation_id == organisation_id, ClosingRun.state == COMPLETED
    )
    return session.scalars(query.order_by(ClosingRun.business_date.desc()).limit(1)).first()


def steps_of(session: Session, run: ClosingRun) -> Sequence[ClosingRunStep]:
    """Return the steps of a close in their order."""
    query = select(ClosingRunStep).where(
        ClosingRunStep.organisation_id == run.organisation_id,
        ClosingRunStep.business_date == run.business_date,
    )
    return session.scalars(query.order_by(ClosingRunStep.position)).all()


def found_against(
    session: Session, organisation_id: int, on: date, rules: ClosingConfiguration | None
) -> list[Found]:
    """Ask every check, in order; what it found blocks or warns as the rules in force say."""
    asked = [(one, one.find(session, organisation_id, on)) for one in closing_checks()]
    return [
        Found(check, finding, is_blocking=finding.count > 0 and _blocks(check, rules))
        for check, finding in asked
    ]


def closes_at(rules: ClosingConfiguration, organisation: Organisation, on: date) -> datetime:
    """Return the instant at which a date is closed by itself.

    One that had passed when the rules came into force waits for the next time the clock shows it:
    a day is not closed by an approval.
    """
    moment = _at(rules, organisation, on)
    since = rules.authorised_at
    if since is None or moment > since:
        return moment
    today = calendar_date(organisation, since)
    days = (today + timedelta(days=number) for number in (-1, 0, 1))
    return next(at for day in days if (at := _at(rules, organisation, day)) > since)


def _at(rules: ClosingConfiguration, organisation: Organisation, on: date) -> datetime:
    """Return the instant of the rules' time on a date, or on the day after it where they say so.

    A time that a clock skips in spring counts as if it had not; of one that comes twice in
    autumn, the first.
    """
    hour, minute = (int(part) for part in rules.closes_at.split(":"))
    day = on + timedelta(days=1) if rules.is_on_following_day else on
    local = datetime.combine(day, time(hour, minute), ZoneInfo(organisation.time_zone))
    return local.astimezone(UTC)


def next_close(rules: ClosingConfiguration | None, organisation: Organisation) -> datetime | None:
    """Return when the business date is closed by itself, or None where it is closed by hand."""
    if rules is None or not rules.is_automatic:
        return None
    return closes_at(rules, organisation, organisation.business_date)


def _blocks(check: ClosingCheck, rules: ClosingConfiguration | None) -> bool:
    if check.key == FAILED_DUE_FDT:
        return rules is None or rules.blocks_on_failed_fdt
    if check.key == PENDING_APPROVALS:
        return rules is not None and rules.on_pending == BLOCK
    return check.blocks
