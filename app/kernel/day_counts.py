"""Day counts: which part of a year lies between two dates, as an exact fraction.

The first day counts and the last does not. Each basis is that of the 2006 ISDA Definitions, 4.16.
"""

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction

_LAST = 31
_MONTH = 30
_YEAR_30 = 360


def year_fraction(start: date, end: date, basis: str) -> Fraction:
    """Return the part of a year from `start` to before `end`; KeyError for an unknown basis."""
    return DAY_COUNTS[basis](start, end)


def day_fraction(day: date, basis: str) -> tuple[int, int]:
    """Return a single day's part of a year as days and the year's days.

    The days of a month of thirty are counted so that any run of single days comes to what the
    basis says of whole months: of a 30th and 31st one counts, the last of February up to three.
    """
    after = day + timedelta(days=1)
    if basis in _OF_THIRTY:
        return _days_30(after, min(after.day, _MONTH)) - _days_30(day, min(day.day, _MONTH)), 360
    return 1, _year_days(day.year) if basis == "ACT/ACT ISDA" else 360 if "360" in basis else 365


def _act_365(start: date, end: date) -> Fraction:
    """ISDA 2006 4.16(d), Actual/365 (Fixed)."""
    return Fraction((end - start).days, 365)


def _act_360(start: date, end: date) -> Fraction:
    """ISDA 2006 4.16(e), Actual/360."""
    return Fraction((end - start).days, 360)


def _act_act(start: date, end: date) -> Fraction:
    """ISDA 2006 4.16(b), Actual/Actual: days of leap years over 366, the others over 365."""
    if start.year == end.year:
        return Fraction((end - start).days, _year_days(start.year))
    first = Fraction((date(start.year + 1, 1, 1) - start).days, _year_days(start.year))
    last = Fraction((end - date(end.year, 1, 1)).days, _year_days(end.year))
    return first + (end.year - start.year - 1) + last


def _thirty_us(start: date, end: date) -> Fraction:
    """ISDA 2006 4.16(f), 30/360 or Bond Basis: the last 31st counts where the first is not late."""
    first = min(start.day, _MONTH)
    last = _MONTH if end.day == _LAST and first == _MONTH else end.day
    return Fraction(_days_30(end, last) - _days_30(start, first), _YEAR_30)


def _thirty_e(start: date, end: date) -> Fraction:
    """ISDA 2006 4.16(g), 30E/360 or Eurobond Basis: every 31st is a 30th."""
    first, last = min(start.day, _MONTH), min(end.day, _MONTH)
    return Fraction(_days_30(end, last) - _days_30(start, first), _YEAR_30)


def _days_30(on: date, day: int) -> int:
    return _YEAR_30 * on.year + _MONTH * on.month + day


def _year_days(year: int) -> int:
    return (date(year + 1, 1, 1) - date(year, 1, 1)).days


DAY_COUNTS: dict[str, Callable[[date, date], Fraction]] = {
    "ACT/365F": _act_365,
    "ACT/360": _act_360,
    "ACT/ACT ISDA": _act_act,
    "30/360 US": _thirty_us,
    "30E/360": _thirty_e,
}
_OF_THIRTY = frozenset({"30/360 US", "30E/360"})
