"""Recurring days: clamped, one a month, rolled to what is worked, whatever the day."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.kernel.errors import Refusal
from app.kernel.schedules import (
    BACK,
    clamped,
    first_occurrence,
    month_of,
    occurrence_after,
    occurrences,
    rolled,
)

days = some.dates(date(2000, 1, 1), date(2150, 12, 31))
days_of_month = some.integers(1, 31)


def is_weekday(day: date) -> bool:
    return day.weekday() < 5


@pytest.mark.checks("E44.09", "E44.14", "E44.15", "E44.16")
def test_the_examples_of_the_documents():
    assert clamped(2027, 4, 31) == date(2027, 4, 30)
    assert clamped(2028, 2, 30) == date(2028, 2, 29)
    assert first_occurrence(20, date(2027, 3, 15)) == date(2027, 3, 20)
    assert first_occurrence(20, date(2027, 3, 25)) == date(2027, 4, 20)
    assert first_occurrence(20, date(2027, 3, 20)) == date(2027, 3, 20)
    assert first_occurrence(31, date(2027, 12, 31)) == date(2027, 12, 31)
    assert occurrence_after(31, date(2027, 1, 31)) == date(2027, 2, 28)
    assert occurrence_after(31, date(2027, 12, 31)) == date(2028, 1, 31)
    saturday = date(2026, 12, 5)
    assert rolled(saturday, is_weekday) == date(2026, 12, 7)
    assert rolled(saturday, is_weekday, step=BACK) == date(2026, 12, 4)
    assert month_of(date(2026, 7, 3)) == "2026-07"


@given(days_of_month, days)
def test_occurrences_are_one_a_month_each_the_clamped_day(day_of_month: int, start: date):
    first = first_occurrence(day_of_month, start)
    assert first >= start
    assert first - start <= timedelta(days=31)
    found = list(occurrences(day_of_month, first, first + timedelta(days=800)))
    months = [one.year * 12 + one.month for one in found]
    assert months == list(range(months[0], months[0] + len(months)))
    for one in found:
        assert one.day == min(day_of_month, monthrange(one.year, one.month)[1])
    # Clamping in a short month is forgotten in the next.
    assert all(one.day == day_of_month for one in found if monthrange(one.year, one.month)[1] == 31)


@given(days, some.sets(some.integers(0, 20)))
def test_rolling_ends_on_the_nearest_day_that_is_worked(day: date, holidays: set[int]):
    closed = {day + timedelta(days=number) for number in holidays}

    def is_worked(one: date) -> bool:
        return one not in closed and is_weekday(one)

    found = rolled(day, is_worked)
    assert found >= day
    assert is_worked(found)
    assert not any(is_worked(day + timedelta(days=n)) for n in range((found - day).days))
    assert rolled(found, is_worked) == found
    assert rolled(day, is_worked, step=BACK) <= day


def test_a_calendar_without_a_working_day_is_refused():
    with pytest.raises(Refusal, match="no working day"):
        rolled(date(2026, 1, 1), lambda _day: False)


def test_the_last_month_of_the_calendar_has_no_successor():
    assert occurrence_after(31, date(9999, 11, 30)) == date.max
    with pytest.raises(Refusal, match="no day a month after 9999-12-31"):
        occurrence_after(5, date.max)
