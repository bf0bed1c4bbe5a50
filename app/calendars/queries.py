"""Which days are worked, and the public holidays that a country's calendar knows."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache

import holidays
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calendars.models import MONTHS, WorkDayYear
from app.controls.review import AUTHORIZED, in_use
from app.kernel.errors import Refusal

SATURDAY, SUNDAY = 5, 6
USUAL_WEEKEND = (SATURDAY, SUNDAY)
LONGEST_REST_DAYS = 366
NEVER_WORKED = "No working day follows {day} within a year: look at the work day years."


def is_working_day(session: Session, organisation_id: int, day: date) -> bool:
    """Tell whether an organisation works on a day.

    The year that was approved says it (E14.04); without one, Monday to Friday are worked.
    """
    return working_days(session, organisation_id)(day)


def working_days(session: Session, organisation_id: int) -> Callable[[date], bool]:
    """Return the test of many days, which reads each year once."""

    @cache
    def of_year(number: int) -> WorkDayYear | None:
        return year_in_force(session, organisation_id, number)

    def is_worked(day: date) -> bool:
        year = of_year(day.year)
        return day.weekday() not in USUAL_WEEKEND if year is None else year.is_working_day(day)

    return is_worked


def next_working_day(session: Session, organisation_id: int, day: date) -> date:
    """Return the first working day after a day; refused (422) where a year has none."""
    is_worked = working_days(session, organisation_id)
    later = (day + timedelta(days=number) for number in range(1, LONGEST_REST_DAYS + 1))
    found = next((one for one in later if is_worked(one)), None)
    if found is None:
        raise Refusal(NEVER_WORKED.format(day=day.isoformat()))
    return found


def year_in_force(session: Session, organisation_id: int, year: int) -> WorkDayYear | None:
    """Return the approved work day year, or None: a draft says nothing yet."""
    query = select(WorkDayYear).where(
        WorkDayYear.organisation_id == organisation_id,
        WorkDayYear.year == year,
        WorkDayYear.record_status == AUTHORIZED,
        WorkDayYear.retired_at.is_(None),
    )
    return session.scalars(query).one_or_none()


def years_in_force(session: Session, organisation_id: int) -> list[int]:
    """Return the years whose work day year is approved, in order."""
    query = select(WorkDayYear.year).where(
        WorkDayYear.organisation_id == organisation_id,
        WorkDayYear.record_status == AUTHORIZED,
        WorkDayYear.retired_at.is_(None),
    )
    return list(session.scalars(query.order_by(WorkDayYear.year)))


def amendment_of(session: Session, year: WorkDayYear) -> WorkDayYear | None:
    """Return the amendment of a year that is drafted or waits to be approved, or None."""
    query = select(WorkDayYear).where(
        WorkDayYear.organisation_id == year.organisation_id,
        WorkDayYear.supersedes_id == year.id,
        *in_use(WorkDayYear),
    )
    return session.scalars(query).one_or_none()


def public_holidays(country: str, year: int) -> dict[str, str]:
    """Return the names of a country's public holidays by date; none for one nobody knows."""
    if country not in holidays.list_supported_countries():
        return {}
    found = holidays.country_holidays(country, years=year, language=_language(country))
    return {day.isoformat(): name for day, name in sorted(found.items())}


def usual_weekends(country: str) -> dict[str, list[int]]:
    """Return the country's weekend for each month, Saturday and Sunday where nobody knows."""
    weekend = list(USUAL_WEEKEND)
    if country in holidays.list_supported_countries():
        weekend = sorted(holidays.country_holidays(country).weekend)
    return {str(month): list(weekend) for month in MONTHS}


def _language(country: str) -> str | None:
    """Return English where the country's calendar is written in it, else its own language."""
    known = holidays.country_holidays(country).supported_languages
    return next((one for one in ("en_US", "en_GB", "en") if one in known), None)
