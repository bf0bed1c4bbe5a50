"""Amounts are read strictly, written plainly, split without loss and converted exactly."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.codes import uid
from app.kernel.currencies import known_currencies
from app.kernel.errors import Refusal
from app.kernel.money import (
    MAXIMUM_MINOR,
    Money,
    convert_minor,
    format_minor,
    parse_minor,
    parse_minor_or_zero,
    plain_decimal,
)

EXPONENTS = st.integers(0, 8)


@pytest.mark.parametrize(
    ("typed", "exponent", "minor"),
    [
        ("1,234.50", 2, 123_450),
        (" 7 ", 2, 700),
        ("0.00000001", 8, 1),
        ("1500", 0, 1_500),
        ("1.234", 3, 1_234),
        ("12,345,678.9", 2, 1_234_567_890),
    ],
)
def test_an_amount_is_read_as_people_type_it(typed, exponent, minor):
    assert parse_minor(typed, exponent) == minor


@pytest.mark.parametrize(
    "typed",
    [
        "1e999990", "NaN", "Infinity", "1_000", "１２", "-0", "-5", "+5", "0x10", "1,23",
        "12,34,567", "1.2.3", ".5", "5.", "", " ", "٣", "1 000", "9" * 40, "1" * 10_000,
        "0", "0.00", "1.005", "0,500", "000,500", "0,500.00",
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_a_sentence(typed):
    with pytest.raises(Refusal) as refused:
        parse_minor(typed, 2)
    assert refused.value.sentence.startswith("Amount ")


@pytest.mark.parametrize("typed", ["-5", "\N{MINUS SIGN}1,234.50"])
def test_a_negative_amount_is_called_one(typed):
    with pytest.raises(Refusal, match="Amount must not be negative"):
        parse_minor(typed, 2)


def test_more_than_can_be_processed_is_refused():
    with pytest.raises(Refusal, match="larger than can be processed"):
        parse_minor(str(MAXIMUM_MINOR), 2)


@given(st.integers(0, MAXIMUM_MINOR), EXPONENTS)
def test_what_is_written_is_read_back(minor, exponent):
    assert parse_minor_or_zero(format_minor(minor, exponent), exponent) == minor
    assert parse_minor_or_zero(plain_decimal(minor, exponent), exponent) == minor


def test_a_negative_amount_has_a_true_minus_and_grouping():
    assert str(Money(-123_450, "KES", 2)) == "\N{MINUS SIGN}1,234.50 KES"
    assert plain_decimal(-123_450, 2) == "-1234.50"
    assert format_minor(1_500, 0) == "1,500"


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 1_000), min_size=1, max_size=9))
def test_parts_sum_to_the_whole(minor, weights):
    whole = Money(minor, "KES", 2)
    if sum(weights) == 0:
        with pytest.raises(ValueError, match="positive sum"):
            whole.allocate(weights)
        return
    parts = whole.allocate(weights)
    assert sum(part.minor for part in parts) == minor
    assert len(parts) == len(weights)


def test_currencies_do_not_mix():
    with pytest.raises(TypeError):
        Money(1, "KES", 2) + Money(1, "USD", 2)
    with pytest.raises(TypeError):
        max(Money(1, "KES", 2), Money(2, "USD", 2))
    assert max(Money(1, "KES", 2), Money(2, "KES", 2)) == Money(2, "KES", 2)
    assert Money(2, "KES", 2) >= Money(1, "KES", 2)


@pytest.mark.parametrize(
    ("minor", "rate", "exponent", "base"),
    [
        (100, "129.35", 2, 12_935),
        (1, "0.5", 2, 1),
        (3, "0.5", 2, 2),
        (150_000, "0.8675", 0, 13_012_500),
        (1_234, "421.123456", 3, 51_967),
        (100_000_000, "8650000.5", 8, 865_000_050),
    ],
)
def test_a_base_amount_is_rounded_half_up_once(minor, rate, exponent, base):
    assert convert_minor(minor, Decimal(rate), exponent=exponent, base_exponent=2) == base


def test_codes_count_in_base_36():
    assert uid("cbas", 85) == "cbas00002d"
    assert uid("cbtr", 98) == "cbtr00002q"


def test_decimals_of_currencies_are_those_of_the_field():
    known = known_currencies()
    wanted = {"JPY": 0, "USD": 2, "KES": 2, "KWD": 3, "BTC": 8, "USDT": 6}
    assert {code: known[code].exponent for code in wanted} == wanted
