"""The weekdays of the demonstration's story."""

from datetime import date, timedelta

SATURDAY = 5


def business_days(before: date, count: int) -> list[date]:
    """Return the last `count` weekdays before a date, in order."""
    days: list[date] = []
    day = before
    while len(days) < count:
        day -= timedelta(days=1)
        if day.weekday() < SATURDAY:
            days.append(day)
    return days[::-1]
