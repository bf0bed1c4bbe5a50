"""A year in force is amended: days that have not begun change, once that is approved."""

from collections.abc import Iterator
from datetime import date, timedelta

from app.calendars.models import WorkDayYear
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


def demand_ahead(work: Work, record: WorkDayYear) -> None:
    """Refuse (409) an amendment of days that have begun: what was booked on them stays."""
    if record.supersedes_id is None:
        return
    original = work.session.get_one(WorkDayYear, record.supersedes_id)
    if any(day <= work.business_date for day in changed_days(original, record)):
        raise Conflict(BEGUN.format(day=work.business_date.isoformat()))


def take_effect(work: Work, record: WorkDayYear) -> None:
    """Let an approved amendment count in place of what it amends, which is retired."""
    if record.supersedes_id is None:
        return
    demand_ahead(work, record)
    work.session.get_one(WorkDayYear, record.supersedes_id).retired_at = work.now
