"""When something planned is due: its working day, and the due work that its day brings."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from app.calendars.models import WorkDayYear
from app.calendars.queries import working_days, years_in_force
from app.controls.commands import follows
from app.controls.due import enqueue
from app.controls.due_work import DueWork
from app.controls.numbering import take_from
from app.controls.review import AUTHORIZED
from app.controls.tenant import Organisation
from app.controls.usage import used_by
from app.controls.work import Work
from app.kernel.errors import Refusal
from app.kernel.portions import portions
from app.kernel.schedules import rolled
from app.ledger.models import Asset, Transaction
from app.schedules.models import ForwardDated, StandingOrder
from app.schedules.reserving import hold, lock_assets_of
from app.schedules.words import ACTIVE, EXECUTION, FAILED, LIVE, SCHEDULED, STEPS

EXECUTE, GENERATE = "forward-dated", "standing-order"
MOST_YEARS = 10
NO_CALENDAR = (
    "No calendar of {year} is in force yet: until one is, Monday to Friday count as worked. The "
    "day is found again when one is."
)
TOO_FAR = "{name} can be at most {years} years ahead."
_PORTION = 1_000
_REFERENCE_DIGITS = 5


@used_by(Asset, "standing orders")
def orders_of_asset(row: Asset) -> Select[int]:
    """Select the standing orders on either side of an asset, ended ones as well."""
    return _planned_on(StandingOrder, row)


@used_by(Asset, "forward-dated transactions")
def forwards_of_asset(row: Asset) -> Select[int]:
    """Select the forward-dated transactions on either side of an asset, whatever became of them."""
    return _planned_on(ForwardDated, row)


@used_by(Organisation, "standing orders")
def orders_of(row: Organisation) -> Select[int]:
    """Select the standing orders, whose lines were worked out in base currency."""
    return select(StandingOrder.id).where(
        StandingOrder.organisation_id == row.id, StandingOrder.retired_at.is_(None)
    )


@used_by(Organisation, "forward-dated transactions")
def forwards_of(row: Organisation) -> Select[int]:
    """Select the forward-dated transactions, whose lines were worked out in base currency."""
    return select(ForwardDated.id).where(ForwardDated.organisation_id == row.id)


def working_day(session: Session, organisation_id: int, day: date, policy: str) -> date:
    """Return the working day that a day is rolled to in the organisation's years (E43.30)."""
    return rolled(day, working_days(session, organisation_id), step=STEPS[policy])


def lacks_calendar(session: Session, organisation_id: int, *days: date) -> str:
    """Say that a day's year has no work day year in force yet, so that its rolling may change."""
    lacking = {day.year for day in days} - set(years_in_force(session, organisation_id))
    return NO_CALENDAR.format(year=min(lacking)) if lacking else ""


def demand_near(work: Work, day: date, *, name: str, field: str) -> None:
    """Refuse (422) a day beyond the tenth calendar year after that of the business date."""
    if day.year > work.business_date.year + MOST_YEARS:
        raise Refusal(TOO_FAR.format(name=name, years=MOST_YEARS), field=field)


def next_reference(work: Work, prefix: str) -> str:
    """Take the next number of the business date's year, such as "FWD-2026-00001" (E43.16)."""
    name = f"{prefix}-{work.business_date.year}"
    return take_from(work, name, prefix=f"{name}-", width=_REFERENCE_DIGITS)


def todays(work: Work) -> date:
    """Return the business date, which cannot move before this command ends.

    Whoever moves it sees what is scheduled here, or this sees where it has moved to: nothing that
    is due falls between the two.
    """
    work.session.refresh(work.organisation, with_for_update={"read": True})
    return work.business_date


def schedule(work: Work, one: ForwardDated) -> None:
    """Reserve its money and let it wait for its day; refused as `hold` refuses (E43.43).

    One whose day has come while it waited for its approval is due at once.
    """
    today = todays(work)
    of = one.organisation_id
    one.execution_on = working_day(work.session, of, one.scheduled_on, one.policy)
    one.status = SCHEDULED
    hold(work, one, lock_assets_of(work, one.lines))
    if one.execution_on <= today:
        _ask(work, one)


def due_ids(session: Session, organisation_id: int, on: date) -> Sequence[int]:
    """Return what is to be executed on or before a date and was not, oldest first."""
    query = select(ForwardDated.id).where(
        ForwardDated.organisation_id == organisation_id,
        ForwardDated.status.in_(LIVE),
        ForwardDated.execution_on <= on,
    )
    return session.scalars(query.order_by(ForwardDated.execution_on, ForwardDated.id)).all()


def waiting_order_ids(session: Session, organisation_id: int) -> Sequence[int]:
    """Return the standing orders whose next payment could not be reserved yet."""
    query = select(StandingOrder.id).where(
        StandingOrder.organisation_id == organisation_id,
        StandingOrder.status == ACTIVE,
        StandingOrder.waiting_reason != "",
    )
    return session.scalars(query.order_by(StandingOrder.id)).all()


def ran_on(session: Session, organisation_id: int, on: date) -> tuple[int, int]:
    """Return how many were executed on a business date, and how many were due on it and failed."""
    posted = select(func.count(Transaction.id)).where(
        Transaction.organisation_id == organisation_id,
        Transaction.posting_date == on,
        Transaction.context_kind == EXECUTION,
    )
    failed = select(func.count(ForwardDated.id)).where(
        ForwardDated.organisation_id == organisation_id,
        ForwardDated.status == FAILED,
        ForwardDated.execution_on == on,
    )
    return session.scalars(posted).one(), session.scalars(failed).one()


def failed_due(session: Session, organisation_id: int, on: date) -> Sequence[ForwardDated]:
    """Return those due on a date that failed: a close may be blocked by them (E43.52, E43.53).

    One that somebody looked into blocks no longer.
    """
    query = select(ForwardDated).where(
        ForwardDated.organisation_id == organisation_id,
        ForwardDated.status == FAILED,
        ForwardDated.execution_on == on,
        ForwardDated.acknowledged_at.is_(None),
    )
    return session.scalars(query.order_by(ForwardDated.id)).all()


@follows
def bring_due(work: Work) -> None:
    """Ask for what a new business date makes due, in the transaction that moves the date."""
    changed = [
        one.fields
        for one in work.changes
        if one.entity == "organisation" and one.operation == "modified"
    ]
    has_moved = any("business_date" in fields for fields in changed)
    if not has_moved or work.actor.organisation_id is None:
        return
    # The day that opens, also where a step of the close that is under way opens it.
    of, today = work.actor.organisation_id, work.organisation.business_date
    wanted = {
        f"{EXECUTE}-{one}": (EXECUTE, {"forward_dated_id": one})
        for one in due_ids(work.session, of, today)
    } | {
        f"{GENERATE}-{one}-{today.isoformat()}": (GENERATE, {"standing_order_id": one})
        for one in waiting_order_ids(work.session, of)
    }
    for key in sorted(wanted.keys() - _asked(work.session, of, wanted)):
        kind, payload = wanted[key]
        enqueue(work, kind, key, payload)


@follows
def roll_again(work: Work) -> None:
    """Move what waits for a day to come to where it rolls in a year that has taken effect.

    What is due already has been asked for and stays.
    """
    years = [one for one in work.changes if one.entity == WorkDayYear.__tablename__]
    if not any(one.status_after == AUTHORIZED for one in years):
        return
    today, of = todays(work), work.actor.tenant_id
    waiting = select(ForwardDated).where(
        ForwardDated.organisation_id == of,
        ForwardDated.status == SCHEDULED,
        ForwardDated.execution_on > today,
    )
    is_worked = working_days(work.session, of)
    for one in work.session.scalars(waiting.order_by(ForwardDated.id).with_for_update()):
        day = rolled(one.scheduled_on, is_worked, step=STEPS[one.policy])
        if day != one.execution_on:
            one.execution_on = day
            if day <= today:
                _ask(work, one)
    work.session.flush()  # the log is written right after the followers


def _ask(work: Work, one: ForwardDated) -> None:
    enqueue(work, EXECUTE, f"{EXECUTE}-{one.id}", {"forward_dated_id": one.id})


def _asked(session: Session, organisation_id: int, keys: Iterable[str]) -> set[str]:
    """Return the keys there is work for already, such as what was due before the date moved."""
    found: set[str] = set()
    for portion in portions(sorted(keys), _PORTION):
        query = select(DueWork.occurrence_key).where(
            DueWork.organisation_id == organisation_id,
            DueWork.kind.in_((EXECUTE, GENERATE)),
            DueWork.occurrence_key.in_(portion),
        )
        found |= set(session.scalars(query))
    return found


def _planned_on(model: type[StandingOrder] | type[ForwardDated], asset: Asset) -> Select[int]:
    return select(model.id).where(
        model.organisation_id == asset.organisation_id,
        or_(model.asset_id == asset.id, model.counter_asset_id == asset.id),
    )
