"""What is told of a work day year: what it amends, its weekends and its public holidays."""

from calendar import day_abbr, month_name
from typing import Any

from sqlalchemy.orm import Session

from app.calendars.amending import changed_days
from app.calendars.models import MONTHS, WorkDayYear
from app.calendars.queries import amendment_of
from app.calendars.resource import PATH
from app.web import cells
from app.web.pages import fact


def year_facts(session: Session, record: WorkDayYear) -> list[dict[str, Any]]:
    """Return which year it is, whether it counts, and what it has to do with an amendment."""
    return [
        fact("Year", cells.text(record.year)),
        fact("In force", cells.flag(is_set=record.is_authorised and record.retired_at is None)),
        *_amendment(session, record),
    ]


def weekend_facts(record: WorkDayYear) -> list[dict[str, Any]]:
    """Return for each month the weekdays that are not worked."""
    return [
        fact(
            month_name[month],
            cells.text(", ".join(day_abbr[day] for day in record.weekends.get(str(month), ()))),
        )
        for month in MONTHS
    ]


def holiday_facts(record: WorkDayYear) -> list[dict[str, Any]]:
    """Return the public holidays in their order."""
    return [fact(name, cells.text(day)) for day, name in sorted(record.holidays.items())]


def _amendment(session: Session, record: WorkDayYear) -> list[dict[str, Any]]:
    """Name the year that is amended and its days that change, or the amendment that is open."""
    if not record.is_amending:
        found = amendment_of(session, record)
        href = f"{PATH}/{found.id}" if found else None
        return [fact("Amendment", cells.text("Open", href=href))] if found else []
    original = session.get_one(WorkDayYear, record.supersedes_id or 0)
    facts = [fact("Amends", cells.text(original.title(), href=f"{PATH}/{original.id}"))]
    if record.retired_at is None:
        days = changed_days(original, record)
        told = ", ".join(
            f"{day.isoformat()} {'worked' if record.is_working_day(day) else 'off'}" for day in days
        )
        facts.append(fact("Days that change", cells.text(told or "None yet")))
    return facts
