"""How often something is done, from daily to annually: how two compare, where their periods end."""

from collections.abc import Iterator
from datetime import date, timedelta

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "QUARTERLY", "SEMI_ANNUALLY", "ANNUALLY")
_MONTHS = {"MONTHLY": 1, "QUARTERLY": 3, "SEMI_ANNUALLY": 6, "ANNUALLY": 12}
_WEEK = 7


def is_rarer(one: str, other: str) -> bool:
    """Tell whether `one` is less frequent than `other`; ValueError for an unknown frequency."""
    return FREQUENCIES.index(one) > FREQUENCIES.index(other)


def period_end(frequency: str, day: date) -> date:
    """Return the last day of the period that a day is in; weeks end on Sunday."""
    if frequency == "DAILY":
        return day
    if frequency == "WEEKLY":
        return day + timedelta(days=_WEEK - day.isoweekday())
    months = _MONTHS[frequency]
    last_month = -(-day.month // months) * months
    after = date(day.year + last_month // 12, last_month % 12 + 1, 1)
    return after - timedelta(days=1)


def last_period_end(frequency: str, day: date) -> date:
    """Return the newest end of a period that is not after a day."""
    end = period_end(frequency, day)
    if end == day:
        return end
    first = _first_day(frequency, day)
    return first - timedelta(days=1)


def period_ends(frequency: str, first: date, last: date) -> Iterator[date]:
    """Yield the ends of the periods that end from one day to another, both included."""
    end = period_end(frequency, first)
    while end <= last:
        yield end
        end = period_end(frequency, end + timedelta(days=1))


def _first_day(frequency: str, day: date) -> date:
    if frequency == "WEEKLY":
        return day - timedelta(days=day.isoweekday() - 1)
    months = _MONTHS[frequency]
    return date(day.year, (day.month - 1) // months * months + 1, 1)
