"""An exchange never makes money: in no currency, by no rounding, in no chain."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import Refusal
from app.kernel.exchange import Quote, convert_given, convert_received, cross_rate
from app.kernel.money import convert_minor

DAY = date(2026, 11, 20)
BASE = Quote("KES", 2, Decimal(1), Decimal(1), Decimal(1), DAY, "SYSTEM")
USD = Quote("USD", 2, Decimal("128.5"), Decimal("130.1"), Decimal("129.3"), DAY, "MANUAL")
EUR = Quote("EUR", 2, Decimal("139.2"), Decimal(142), Decimal("140.6"), DAY, "MANUAL")
JPY = Quote("JPY", 0, Decimal("0.83"), Decimal("0.86"), Decimal("0.8421"), DAY, "MANUAL")

rates = st.decimals("0.000001", "9000000", places=9).filter(lambda rate: rate > 0)
amounts = st.integers(1, 10**12)


@st.composite
def quotes(draw: st.DrawFn) -> Quote:
    low, middle, high = sorted(draw(st.lists(rates, min_size=3, max_size=3)))
    return Quote("XXX", draw(st.integers(0, 8)), low, high, middle, DAY, "MANUAL")


def test_the_house_buys_what_is_given_and_sells_what_is_received():
    bought = convert_given(100_00, USD, BASE, 2)
    assert (bought.received_minor, bought.rate) == (12_850_00, Decimal("128.5"))
    assert (bought.given_base_minor, bought.spread_minor, bought.rounding_minor) == (
        12_930_00, 80_00, 0,
    )  # fmt: skip
    sold = convert_given(13_010_00, BASE, USD, 2)
    assert (sold.received_minor, sold.spread_minor) == (100_00, 80_00)


def test_two_foreign_currencies_cross_through_the_base():
    crossed = convert_given(100_00, USD, EUR, 2)
    assert crossed.received_minor == 90_49  # 12,850 / 142 = 90.4929…
    assert crossed.rate == Decimal("0.904929577465")
    # In base: 12,930.00 given, 12,722.89 received; the fraction of a cent is rounding.
    assert crossed.given_base_minor == 12_930_00
    assert crossed.received_base_minor == 12_722_89
    assert crossed.spread_minor == 12_930_00 - 12_723_31
    assert crossed.rounding_minor == 42


def test_what_is_received_rounds_down_and_what_is_given_rounds_up():
    assert convert_given(100_00, BASE, JPY, 2).received_minor == 116  # 116.27…
    wanted = convert_received(116, BASE, JPY, 2)
    assert (wanted.given_minor, wanted.received_minor) == (99_76, 116)
    assert wanted.spread_minor + wanted.rounding_minor == 99_76 - 97_68


@pytest.mark.parametrize(("amount", "source", "target"), [(1, BASE, USD), (1, JPY, EUR)])
def test_what_buys_nothing_is_refused(amount, source, target):
    with pytest.raises(Refusal, match="too small"):
        convert_given(amount, source, target, 2)


@given(amounts, quotes(), quotes(), st.integers(0, 8))
def test_given_is_received_and_spread_and_rounding_to_the_unit(amount, source, target, base):
    try:
        done = convert_given(amount, source, target, base)
    except Refusal:
        return
    earned = done.spread_minor + done.rounding_minor
    assert done.given_base_minor == done.received_base_minor + earned
    assert done.spread_minor >= 0
    assert done.rounding_minor >= 0
    # The base amounts are those that the books ask for: amount times mid, rounded half up.
    for minor, base_minor, quote in (
        (done.given_minor, done.given_base_minor, source),
        (done.received_minor, done.received_base_minor, target),
    ):
        exact = convert_minor(minor, quote.mid, exponent=quote.exponent, base_exponent=base)
        assert base_minor == exact


@given(amounts, quotes(), quotes(), st.integers(0, 8))
def test_going_there_and_back_never_makes_money(amount, source, target, base):
    try:
        there = convert_given(amount, source, target, base)
        back = convert_given(there.received_minor, target, source, base)
    except Refusal:
        return
    assert back.received_minor <= amount


@given(amounts, quotes(), quotes())
def test_what_must_be_given_buys_what_is_wanted_and_no_unit_less_does(amount, source, target):
    try:
        asked = convert_received(amount, source, target, 2)
    except Refusal:
        return
    exact = Fraction(source.buy) / Fraction(target.sell)
    scale = Fraction(10) ** (target.exponent - source.exponent)
    assert asked.given_minor * exact * scale >= amount
    assert (asked.given_minor - 1) * exact * scale < amount
    assert asked.spread_minor >= 0
    assert asked.rounding_minor >= 0


def test_a_rate_is_kept_to_twelve_decimals():
    assert cross_rate(JPY, USD) == Decimal("0.006379707917")
