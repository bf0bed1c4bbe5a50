"""A work day year is drafted with what its country knows, configured, approved, or deleted."""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from app.calendars.amending import demand_ahead, is_begun, take_effect, worked_days
from app.calendars.models import FIRST_YEAR, LAST_YEAR, MONTHS, WorkDayYear
from app.calendars.queries import USUAL_WEEKEND, amendment_of, public_holidays, usual_weekends
from app.controls.commands import STALE, handles
from app.controls.drafts import drafted
from app.controls.permissions import find
from app.controls.review import ReviewKind, demand_editable, in_use, review, step
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal

OWN_HOLIDAY = "Public holiday"
_WEEKDAYS = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class CreateWorkDayYear:
    """Draft a year with its country's weekends and public holidays (E14.01-02)."""

    year: int


@dataclass(frozen=True, slots=True)
class EditWorkDayYear:
    """Say for each month (1 to 12) which weekdays are its weekend, and which dates are holidays."""

    year_id: int
    version: int
    weekends: dict[int, tuple[int, ...]] = field(default_factory=dict)
    holidays: tuple[date, ...] = ()
    submit: bool = False


@dataclass(frozen=True, slots=True)
class AmendWorkDayYear:
    """Draft an amendment of a year in force: a holiday was gazetted when it had begun, say."""

    year_id: int


@dataclass(frozen=True, slots=True)
class DeleteWorkDayYear:
    """Delete a draft or rejected year; what waits or was approved stays (E40.24)."""

    year_id: int

    @property
    def action(self) -> str:
        """The name of the event (E40.31)."""
        return "work-day-year.delete"


def _demand_live(record: WorkDayYear) -> None:
    if record.retired_at is not None:
        raise Conflict("This work day year was deleted")


def _check(work: Work, record: WorkDayYear) -> None:
    _demand_live(record)
    demand_ahead(work, record)


WORK_DAY_YEAR = review(
    ReviewKind(
        key="work-day-year",
        model=WorkDayYear,
        name="Work day year",
        module="calendars",
        path="/admin/work-day-years",
        authorised=take_effect,
        check=_check,
    )
)


@handles(CreateWorkDayYear, permission="calendars.create")
def create_work_day_year(work: Work, command: CreateWorkDayYear) -> int:
    """Create the draft; a year that exists already is refused (E14.05). Returns its id.

    A public holiday that has begun is left out: that day was worked. A month of which a day of the
    country's weekend was worked keeps the usual one.
    """
    year = command.year
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refusal(f"Year must be from {FIRST_YEAR} to {LAST_YEAR}", field="year")
    query = select(WorkDayYear.id).where(
        WorkDayYear.organisation_id == work.actor.tenant_id,
        WorkDayYear.year == year,
        *in_use(WorkDayYear),
    )
    if work.session.scalar(query.limit(1)) is not None:
        raise Conflict(f"Work day year {year} already exists", field="year")
    country = work.organisation.country
    weekends = usual_weekends(country)
    for day in worked_days(work, year):
        if day.weekday() in weekends[str(day.month)]:
            weekends[str(day.month)] = list(USUAL_WEEKEND)
    record = work.add(
        WorkDayYear(
            organisation_id=work.actor.tenant_id,
            year=year,
            weekends=weekends,
            holidays={
                day: name
                for day, name in public_holidays(country, year).items()
                if not is_begun(work, date.fromisoformat(day))
            },
            maker_id=work.actor.user_id,
        )
    )
    step(work, WORK_DAY_YEAR, record, "created")
    return record.id


@handles(EditWorkDayYear, permission="calendars.edit")
def edit_work_day_year(work: Work, command: EditWorkDayYear) -> int:
    """Save the months of a draft or rejected year; a holiday keeps the name it has."""
    record = find(work.session, work.actor, WorkDayYear, command.year_id)
    _demand_live(record)
    demand_editable(record, WORK_DAY_YEAR.name)
    if record.version != command.version:
        raise Conflict(STALE)
    for month in MONTHS:
        weekend = command.weekends.get(month, ())
        if not _WEEKDAYS.issuperset(weekend):
            raise Refusal("Choose weekdays from the list")
        if len(set(weekend)) == len(_WEEKDAYS):
            raise Refusal("A month needs at least one weekday that is worked")
    if any(day.year != record.year for day in command.holidays):
        raise Refusal(f"Choose holidays of {record.year}")
    known = public_holidays(work.organisation.country, record.year) | record.holidays
    record.weekends = {str(month): sorted(set(command.weekends.get(month, ()))) for month in MONTHS}
    record.holidays = {
        day.isoformat(): known.get(day.isoformat(), OWN_HOLIDAY)
        for day in sorted(set(command.holidays))
    }
    _demand_worked(record)
    return drafted(work, WORK_DAY_YEAR, record, "edited", hand_in=command.submit)


def _demand_worked(record: WorkDayYear) -> None:
    """Refuse (422) a month of nothing but weekends and holidays."""
    for month in MONTHS:
        last = monthrange(record.year, month)[1]
        days = (date(record.year, month, number) for number in range(1, last + 1))
        if not any(record.is_working_day(day) for day in days):
            raise Refusal("A month needs at least one day that is worked")


@handles(AmendWorkDayYear, permission="calendars.edit")
def amend_work_day_year(work: Work, command: AmendWorkDayYear) -> int:
    """Copy the year into a draft that amends it; returns the draft's id.

    Refused (409): a year that is not in force, one that is being amended already.
    """
    original = find(work.session, work.actor, WorkDayYear, command.year_id)
    if not original.is_authorised or original.retired_at is not None:
        raise Conflict("Only a work day year in force is amended")
    if amendment_of(work.session, original) is not None:
        raise Conflict(f"Work day year {original.year} is being amended already")
    record = work.add(
        WorkDayYear(
            organisation_id=original.organisation_id,
            year=original.year,
            weekends=original.weekends,
            holidays=original.holidays,
            supersedes_id=original.id,
            maker_id=work.actor.user_id,
        )
    )
    step(work, WORK_DAY_YEAR, record, "created")
    return record.id


@handles(DeleteWorkDayYear, permission="calendars.delete")
def delete_work_day_year(work: Work, command: DeleteWorkDayYear) -> None:
    """Retire the draft: its number may be created anew."""
    record = find(work.session, work.actor, WorkDayYear, command.year_id)
    _demand_live(record)
    if not record.is_editable:
        raise Conflict("A work day year can only be deleted in Draft or Rejected")
    record.retired_at = work.now
