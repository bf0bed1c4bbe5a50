"""A year takes effect: days that have not begun change, once it is approved."""

from collections.abc import Iterator
from datetime import date, timedelta

from app.calendars.models import WorkDayYear
from app.calendars.queries import USUAL_WEEKEND
from app.controls.tenant import calendar_date
from app.controls.work import Work
from app.kernel.errors import Conflict

BEGUN = "Days up to {day} have begun and stay as they were"


def changed_days(before: WorkDayYear, after: WorkDayYear) -> Iterator[date]:
    """Yield the days that one is worked by one of them and not by the other."""
    day = date(before.year, 1, 1)
    while day.year == before.year:
        if before.is_working_day(day) != after.is_working_day(day):
            yield day
        day += timedelta(days=1)


def is_begun(work: Work, day: date) -> bool:
    """Tell whether the organisation has seen a day begin: after it was set up, until today."""
    organisation = work.organisation
    set_up = min(calendar_date(organisation, organisation.created_at), work.business_date)
    return set_up < day <= work.business_date


def worked_days(work: Work, year: int) -> Iterator[date]:
    """Yield the days of a year without a calendar that have begun, Monday to Friday."""
    day = date(year, 1, 1)
    while day.year == year and day <= work.business_date:
        if day.weekday() not in USUAL_WEEKEND and is_begun(work, day):
            yield day
        day += timedelta(days=1)


def demand_ahead(work: Work, record: WorkDayYear) -> None:
    """Refuse (409) to change days that have begun: what was booked on them stays.

    The first year of its number turns none that was worked, Monday to Friday, into a holiday or
    a weekend.
    """
    if record.supersedes_id is None:
        days = worked_days(work, record.year)
        has_begun = not all(record.is_working_day(day) for day in days)
    else:
        original = work.session.get_one(WorkDayYear, record.supersedes_id)
        has_begun = any(day <= work.business_date for day in changed_days(original, record))
    if has_begun:
        raise Conflict(BEGUN.format(day=work.business_date.isoformat()))


def take_effect(work: Work, record: WorkDayYear) -> None:
    """Let an approved year count; what it amends is retired."""
    demand_ahead(work, record)
    if record.supersedes_id is None:
        return
    work.session.get_one(WorkDayYear, record.supersedes_id).retired_at = work.now
