"""Day counts by their published examples, tiers, and interest that is rounded once."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.day_counts import DAY_COUNTS, day_fraction, year_fraction
from app.kernel.errors import Refusal
from app.kernel.frequencies import (
    FREQUENCIES,
    is_rarer,
    last_period_end,
    period_end,
)
from app.kernel.interest import Settling, Tier, checked_tiers, parts_of, settle

DAYS = st.dates(date(1990, 1, 1), date(2060, 12, 31))
BASES = st.sampled_from(sorted(DAY_COUNTS))
OFTEN = st.sampled_from(FREQUENCIES)


# ISDA, "EMU and market conventions: recent developments", 1998, the actual/actual examples; the
# others from the worked table of 30/360 day counts that ISDA publishes with the 2006 Definitions.
@pytest.mark.parametrize(
    ("basis", "start", "end", "fraction"),
    [
        ("ACT/ACT ISDA", "2003-11-01", "2004-05-01", Fraction(61, 365) + Fraction(121, 366)),
        ("ACT/ACT ISDA", "1999-02-01", "1999-07-01", Fraction(150, 365)),
        ("ACT/ACT ISDA", "1999-07-01", "2000-07-01", Fraction(184, 365) + Fraction(182, 366)),
        ("ACT/ACT ISDA", "2002-08-15", "2003-07-15", Fraction(334, 365)),
        ("ACT/ACT ISDA", "2000-01-30", "2000-06-30", Fraction(152, 366)),
        ("ACT/365F", "2007-01-15", "2008-02-15", Fraction(396, 365)),
        ("ACT/360", "2007-01-15", "2007-01-30", Fraction(15, 360)),
        ("30/360 US", "2007-01-31", "2007-02-28", Fraction(28, 360)),
        ("30/360 US", "2007-02-28", "2007-03-31", Fraction(33, 360)),
        ("30/360 US", "2007-09-30", "2007-10-31", Fraction(30, 360)),
        ("30/360 US", "2007-08-31", "2008-02-28", Fraction(178, 360)),
        ("30E/360", "2007-02-28", "2007-03-31", Fraction(32, 360)),
        ("30E/360", "2007-09-30", "2007-10-31", Fraction(30, 360)),
        ("30E/360", "2006-08-31", "2007-02-28", Fraction(178, 360)),
    ],
)
def test_a_day_count_gives_what_is_published(basis, start, end, fraction):
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    assert year_fraction(first, last, basis) == fraction


@given(BASES, DAYS, st.integers(0, 800))
def test_the_days_of_a_run_come_to_the_whole(basis, start, length):
    end = start + timedelta(days=length)
    days = (start + timedelta(days=number) for number in range(length))
    total = sum((Fraction(*day_fraction(day, basis)) for day in days), Fraction(0))
    if basis == "30/360 US":
        # A month that ends on its 31st is a day longer from before its 30th; whole months are not.
        assert 0 <= year_fraction(start, end, basis) - total <= Fraction(1, 360)
    else:
        assert total == year_fraction(start, end, basis)


@given(OFTEN, DAYS)
def test_a_day_lies_in_the_period_that_its_end_closes(often, day):
    end = period_end(often, day)
    assert end >= day
    assert period_end(often, end) == end
    last = last_period_end(often, day)
    assert last <= day
    assert period_end(often, last) == last
    assert period_end(often, last + timedelta(days=1)) >= day


def test_frequencies_compare_and_end_where_calendars_do():
    assert is_rarer("QUARTERLY", "MONTHLY")
    assert not is_rarer("MONTHLY", "MONTHLY")
    assert not is_rarer("MONTHLY", "QUARTERLY")
    day = date(2028, 2, 10)
    ends = [period_end(often, day) for often in FREQUENCIES]
    assert ends == [
        day, date(2028, 2, 13), date(2028, 2, 29), date(2028, 3, 31), date(2028, 6, 30),
        date(2028, 12, 31),
    ]  # fmt: skip


TIERS = (
    Tier(0, 1_000_00, Decimal(2)),
    Tier(1_000_00, 5_000_00, Decimal(3)),
    Tier(5_000_00, None, Decimal("4.5")),
)


@pytest.mark.parametrize(
    ("balance", "whole", "sliced"),
    [
        (0, 0, 0),
        (1_000_00, 20_00, 20_00),
        (1_000_01, 30_00, 20_00),
        (5_000_00, 150_00, 140_00),
        (10_000_00, 450_00, 365_00),
    ],
)
def test_a_tier_holds_its_upper_end_and_bears_the_whole_or_its_slice(balance, whole, sliced):
    for is_sliced, expected in ((False, whole), (True, sliced)):
        parts = parts_of(balance, TIERS, Fraction(1), is_sliced=is_sliced)
        assert int(sum(part.interest for part in parts)) == expected


@given(st.integers(0, 10**15), st.fractions(0, 2, max_denominator=366))
def test_slices_share_the_balance_and_nothing_is_rounded_on_the_way(balance, fraction):
    parts = parts_of(balance, TIERS, fraction, is_sliced=True)
    assert sum(part.part_minor for part in parts) == balance
    exact = sum((part.interest for part in parts), Fraction(0))
    by_hand = sum(
        (Fraction(part.part_minor) * Fraction(part.tier.rate_percent) for part in parts),
        Fraction(0),
    )
    assert exact == by_hand / 100 * fraction


@given(st.fractions(0, 10**12, max_denominator=10**6), st.integers(0, 10**6))
def test_interest_is_rounded_half_up_once_and_waived_below_its_threshold(exact, threshold):
    settled = settle(exact, Settling(de_minimis_minor=threshold, tax_percent=Decimal(15)))
    assert abs(settled.accrued_minor - exact) <= Fraction(1, 2)
    assert settled.accrued_minor >= exact - Fraction(1, 2)
    assert settled.is_waived == (settled.accrued_minor < threshold)
    assert settled.gross_minor == (0 if settled.is_waived else settled.accrued_minor)
    assert 0 <= settled.tax_minor <= settled.gross_minor


def test_half_a_cent_is_a_cent_and_bounds_hold():
    assert settle(Fraction(5, 2), Settling()).gross_minor == 3
    assert settle(Fraction(1), Settling(minimum_minor=100)).gross_minor == 100
    assert settle(Fraction(0), Settling(minimum_minor=100)).gross_minor == 0
    assert settle(Fraction(999), Settling(maximum_minor=100)).gross_minor == 100


def test_tiers_are_put_in_order_and_neither_overlap_nor_leave_gaps():
    places = ("lines-0", "lines-1", "lines-2")
    assert checked_tiers(TIERS[::-1], places=places) == TIERS
    for tiers, sentence in (
        ((Tier(0, 5, Decimal(1)), Tier(6, None, Decimal(2))), "continuous"),
        ((Tier(0, 5, Decimal(1)), Tier(4, None, Decimal(2))), "continuous"),
        ((Tier(5, 5, Decimal(1)),), "Max Amount must be greater"),
    ):
        with pytest.raises(Refusal, match=sentence):
            checked_tiers(tiers, places=places[: len(tiers)])
