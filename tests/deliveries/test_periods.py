"""When a period ends, and which days it has."""

from __future__ import annotations

from datetime import date

import pytest

from app.deliveries.periods import ended_period, ended_periods, period_of


@pytest.mark.checks("E35.02")
@pytest.mark.parametrize(
    ("frequency", "first", "last"),
    [
        ("DAILY", date(2026, 2, 18), date(2026, 2, 18)),
        ("WEEKLY", date(2026, 2, 16), date(2026, 2, 22)),
        ("MONTHLY", date(2026, 2, 1), date(2026, 2, 28)),
        ("QUARTERLY", date(2026, 1, 1), date(2026, 3, 31)),
        ("SEMI_ANNUALLY", date(2026, 1, 1), date(2026, 6, 30)),
        ("ANNUALLY", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_has_its_days(frequency, first, last):
    assert period_of(frequency, date(2026, 2, 18)) == (first, last)


def test_a_month_that_ends_on_a_weekend_ends_with_the_friday_before_it():
    friday, monday = date(2026, 1, 30), date(2026, 2, 2)
    assert ended_period("MONTHLY", friday, monday) == (date(2026, 1, 1), date(2026, 1, 31))
    assert ended_period("MONTHLY", date(2026, 1, 29), friday) is None
    assert ended_period("WEEKLY", friday, monday) == (date(2026, 1, 26), date(2026, 2, 1))
    assert ended_period("DAILY", friday, monday) == (friday, friday)
    assert period_of("SEMI_ANNUALLY", date(2024, 12, 31)) == (date(2024, 7, 1), date(2024, 12, 31))
    assert period_of("MONTHLY", date(2024, 2, 29))[1] == date(2024, 2, 29)


def test_days_that_are_caught_up_with_end_each_period_once():
    thursday, friday = date(2026, 1, 29), date(2026, 1, 30)
    monday, tuesday = date(2026, 2, 2), date(2026, 2, 3)
    days = [thursday, friday, monday]
    assert ended_periods("MONTHLY", days, tuesday) == [(date(2026, 1, 1), date(2026, 1, 31))]
    assert ended_periods("WEEKLY", days, tuesday) == [(date(2026, 1, 26), date(2026, 2, 1))]
    assert ended_periods("DAILY", days, tuesday) == [(day, day) for day in days]
    assert ended_periods("ANNUALLY", days, tuesday) == []
