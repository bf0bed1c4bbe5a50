"""The periods that statements are made for: calendar days, weeks from Monday, months, years."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta

FREQUENCIES = {
    "DAILY": "Daily",
    "WEEKLY": "Weekly",
    "MONTHLY": "Monthly",
    "QUARTERLY": "Quarterly",
    "SEMI_ANNUALLY": "Semi-annually",
    "ANNUALLY": "Annually",
}
_MONTHS = {"MONTHLY": 1, "QUARTERLY": 3, "SEMI_ANNUALLY": 6, "ANNUALLY": 12}
_WEEK_DAYS = 7


def period_of(frequency: str, day: date) -> tuple[date, date]:
    """Return the first and the last day of the period that a day lies in."""
    if frequency == "DAILY":
        return day, day
    if frequency == "WEEKLY":
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=_WEEK_DAYS - 1)
    months = _MONTHS[frequency]
    first_month = (day.month - 1) // months * months + 1
    last_month = first_month + months - 1
    last_day = monthrange(day.year, last_month)[1]
    return date(day.year, first_month, 1), date(day.year, last_month, last_day)


def ended_period(frequency: str, business_date: date, next_date: date) -> tuple[date, date] | None:
    """Return the period that ends when the business date moves on to `next_date`, or None.

    A month that ends on a Saturday ends with the close of the Friday before, when Monday opens.
    """
    first, last = period_of(frequency, business_date)
    return (first, last) if last < next_date else None


def ended_periods(
    frequency: str, business_dates: Iterable[date], next_date: date
) -> list[tuple[date, date]]:
    """Return the periods of some business dates that have ended when `next_date` opens."""
    found = (ended_period(frequency, one, next_date) for one in business_dates)
    return list(dict.fromkeys(period for period in found if period is not None))
