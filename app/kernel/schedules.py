"""Recurring days: a day of each month, clamped to its last, and rolled to a day that is worked."""

from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import MAXYEAR, date, timedelta

from app.kernel.errors import Refusal

DECEMBER = 12
FIRST_DAY_OF_MONTH, LAST_DAY_OF_MONTH = 1, 31
FORWARD, BACK = 1, -1
_MOST_DAYS = 366
NO_LATER_DAY = "There is no day a month after {day}"
NO_WORKING_DAY = "There is no working day within a year of {day}"


def clamped(year: int, month: int, day_of_month: int) -> date:
    """Return the day of a month, or its last where it has fewer (E44.09)."""
    return date(year, month, min(day_of_month, monthrange(year, month)[1]))


def first_occurrence(day_of_month: int, start: date) -> date:
    """Return the nearest matching day on or after the start (E44.14, E44.15)."""
    same_month = clamped(start.year, start.month, day_of_month)
    return same_month if same_month >= start else occurrence_after(day_of_month, start)


def occurrence_after(day_of_month: int, last: date) -> date:
    """Return the day in the month after that of `last`: one occurrence a month.

    Refused (422) where the calendar ends before it.
    """
    if last.month < DECEMBER:
        return clamped(last.year, last.month + 1, day_of_month)
    if last.year == MAXYEAR:
        raise Refusal(NO_LATER_DAY.format(day=last.isoformat()))
    return clamped(last.year + 1, 1, day_of_month)


def occurrences(day_of_month: int, first: date, until: date) -> Iterator[date]:
    """Yield the days from an occurrence to a date, both included."""
    day = first
    while day <= until:
        yield day
        day = occurrence_after(day_of_month, day)


def month_of(day: date) -> str:
    """Return the month that an occurrence counts for, such as "2026-12"."""
    return f"{day.year:04d}-{day.month:02d}"


def rolled(day: date, is_worked: Callable[[date], bool], *, step: int = FORWARD) -> date:
    """Return the day itself where it is worked, else the next that is, or with BACK the one before.

    Refused (422) where no day is worked within a year: such a calendar is a mistake.
    """
    for number in range(_MOST_DAYS):
        found = day + timedelta(days=number * step)
        if is_worked(found):
            return found
    raise Refusal(NO_WORKING_DAY.format(day=day.isoformat()))
