"""What a movement costs, worked out from price lists that are made up here."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fees.bands import Band
from app.fees.prices import precedence
from app.fees.pricing import price, verdicts
from app.fees.rules import Asked, CommissionRule, CompanyRule, PriceList

NONE = Decimal(0)


def rule(amount: str, **more: object) -> CompanyRule:
    values = {
        "id": 1, "group": "General", "kind": "", "kind_name": "", "currency": "",
        "counter_currency": "", "basis": "static", "minimum": None, "maximum": None,
        "tax_percent": NONE, "is_on_top": False,
    }  # fmt: skip
    return CompanyRule(amount=Decimal(amount), **(values | more))  # type: ignore[arg-type]


def commission(*bands: Band, **more: object) -> CommissionRule:
    values = {
        "id": 1, "name": "Commission", "kinds": frozenset({"withdrawal"}), "currency": "KES",
        "is_sliced": False, "tax_percent": NONE, "is_on_top": False, "product_id": 9,
        "code": "COM",
    }  # fmt: skip
    return CommissionRule(bands=bands, **(values | more))  # type: ignore[arg-type]


def asked(amount_minor: int, kind: str = "withdrawal", **more: object) -> Asked:
    values = {"currency": "KES", "exponent": 2, "project_id": 1}
    return Asked(kind=kind, amount_minor=amount_minor, **(values | more))  # type: ignore[arg-type]


def company(*rules: CompanyRule, own: dict[int, tuple[CompanyRule, ...]] | None = None):
    found = {(1, None): tuple(sorted(rules, key=precedence))}
    found |= {(1, group): listed for group, listed in (own or {}).items()}
    return PriceList(company=found)


def fees(prices: PriceList, one: Asked) -> list[int]:
    return [charge.amount_minor for charge in price(prices, one).charges]


def band(low: int, high: int | None, percent: str, **limits: int) -> Band:
    named = {f"{name}_charge_minor": value for name, value in limits.items()}
    return Band(low, high, "KES", percent=Decimal(percent), **named)


@pytest.mark.checks("W04.11", "W04.12", "W04.13", "W04.14", "W04.15")
def test_the_thresholds_of_the_manual():
    prices = company(
        rule("10", basis="percent", maximum=Decimal(100), id=1),
        rule("15", basis="percent", minimum=Decimal(100), maximum=Decimal(1000), id=2),
        rule("20", basis="percent", minimum=Decimal(1000), id=3),
    )
    examples = {
        50_00: 5_00, 100_00: 10_00, 100_01: 15_00, 1000_00: 150_00, 1000_01: 200_00,
        9_999_99: 2000_00,
    }  # fmt: skip
    assert {one: fees(prices, asked(one))[0] for one in examples} == examples
    lone = company(rule("7", minimum=Decimal(100), maximum=Decimal(200)))
    assert [fees(lone, asked(one)) for one in (99_99, 100_00, 200_00, 200_01)] == [
        [], [7_00], [7_00], [],
    ]  # fmt: skip
    assert fees(lone, asked(150, exponent=0, currency="JPY")) == [7]


@pytest.mark.checks("W04.10", "W04.09", "W01.15")
def test_a_fee_is_for_its_type_and_its_currencies():
    prices = company(
        rule("1", id=1),
        rule("2", kind="withdrawal", id=2),
        rule("3", kind="withdrawal", currency="USD", id=3),
        rule("4", kind="exchange", currency="KES", counter_currency="USD", id=4),
    )
    assert fees(prices, asked(1000_00, "deposit")) == [1_00]
    assert fees(prices, asked(1000_00)) == [2_00]
    assert fees(prices, asked(1000_00, currency="USD")) == [3_00]
    assert fees(prices, asked(1000_00, "exchange", counter_currency="USD")) == [4_00]
    assert fees(prices, asked(1000_00, "exchange", counter_currency="EUR")) == [1_00]
    whole = price(prices, asked(1000_00, "exchange", counter_currency="USD"))
    assert (whole.gross_minor, whole.net_minor) == (1004_00, 1000_00)
    assert fees(prices, asked(1000_00, "exchange", currency="USD", counter_currency="KES")) == [
        1_00
    ]


@pytest.mark.checks("W04.23")
def test_the_own_group_comes_before_the_general_one_and_may_exempt():
    charges = commission(band(0, None, "1"))
    prices = PriceList(
        network_fees={(1, "KES"): 30},
        company=company(
            rule("5"),
            own={
                7: (rule("0", basis="percent", group="Developers"),),
                8: (rule("2", group="Traders", kind="deposit"),),
            },
        ).company,
        commissions={"KES": (charges,)},
    )
    assert fees(prices, asked(1000_00)) == [30, 5_00, 10_00]
    assert fees(prices, asked(1000_00, group_id=8)) == [30, 5_00, 10_00]
    assert fees(prices, asked(1000_00, "deposit", group_id=8)) == [2_00]
    assert fees(prices, asked(1000_00, group_id=7)) == [30]  # the network's, not the company's
    assert fees(prices, asked(1000_00, "deposit", group_id=7)) == []
    told = {one.name: one for one in verdicts(prices, asked(1000_00, group_id=7))}
    assert told["Commission"].detail == "The customer's group is exempt"
    assert [one.is_applied for one in told.values()] == [True, True, False, False]


@pytest.mark.checks("E18.12", "E18.05")
def test_a_commission_is_that_of_the_band_that_holds_the_amount():
    flat = (
        Band(0, 500_00, "KES", charge_minor=5_00),
        Band(500_00, 1000_00, "KES", charge_minor=8_00),
    )
    prices = PriceList(commissions={"KES": (commission(*flat),)})
    examples = {1: [1], 500_00: [5_00], 500_01: [8_00], 1000_00: [8_00], 1000_01: []}
    assert {one: fees(prices, asked(one)) for one in examples} == examples
    clamped = commission(band(0, None, "1", min=10_00, max=25_00))
    prices = PriceList(commissions={"KES": (clamped,)})
    assert [fees(prices, asked(one))[0] for one in (100_00, 1500_00, 9000_00)] == [
        10_00, 15_00, 25_00,
    ]  # fmt: skip
    sliced = commission(band(0, 100_00, "10"), band(100_00, None, "1"), is_sliced=True)
    prices = PriceList(commissions={"KES": (sliced,)})
    assert fees(prices, asked(300_00)) == [10_00 + 2_00]
    assert fees(prices, asked(100_00)) == [10_00]


def test_what_is_deducted_is_never_more_than_the_amount():
    taxed = {"tax_percent": Decimal(16)}
    quote = price(company(rule("50", **taxed)), asked(30_00))
    assert (quote.fee_minor, quote.tax_minor, quote.net_minor) == (30_00, 0, 0)
    quote = price(company(rule("50", **taxed)), asked(55_00))
    assert (quote.fee_minor, quote.tax_minor, quote.net_minor) == (50_00, 5_00, 0)
    quote = price(company(rule("50", is_on_top=True, **taxed)), asked(30_00))
    assert (quote.gross_minor, quote.fee_minor, quote.tax_minor) == (88_00, 50_00, 8_00)
    assert quote.net_minor == 30_00


amounts = st.integers(1, 10**12)
percents = st.decimals(0, 100, places=4, allow_nan=False)
exponents = st.integers(0, 8)
rules = st.builds(
    lambda basis, amount, tax, top: rule(
        str(amount), basis=basis, tax_percent=tax, is_on_top=top
    ),
    st.sampled_from(["static", "percent"]), percents, percents, st.booleans(),
)  # fmt: skip


@st.composite
def ladders(draw: st.DrawFn) -> tuple[Band, ...]:
    """Contiguous bands of percentages, the last one open."""
    ends = sorted(draw(st.sets(st.integers(1, 10**9), max_size=5)))
    lows = [0, *ends]
    return tuple(
        Band(low, high, "KES", percent=draw(percents))
        for low, high in zip(lows, [*ends, None], strict=True)
    )


@pytest.mark.checks("L01.08")
@given(
    one=rules,
    bands=ladders(),
    shape=st.tuples(st.booleans(), st.booleans()),
    amount=amounts,
    exponent=exponents,
    kind=st.sampled_from(["deposit", "withdrawal", "transfer"]),
)
def test_gross_is_net_and_fees_and_tax(*, one, bands, shape, amount, exponent, kind):
    is_sliced, is_on_top = shape
    charges = commission(
        *bands, kinds=frozenset({kind}), is_sliced=is_sliced, is_on_top=is_on_top,
        tax_percent=Decimal(16),
    )  # fmt: skip
    prices = PriceList({(1, "KES"): 7}, {(1, None): (one,)}, {"KES": (charges,)})
    quote = price(prices, asked(amount, kind, exponent=exponent))
    assert quote.gross_minor == quote.net_minor + quote.fee_minor + quote.tax_minor
    assert 0 <= quote.net_minor <= amount
    assert all(charge.amount_minor > 0 and charge.tax_minor >= 0 for charge in quote.charges)
    if kind == "deposit":
        assert quote.gross_minor == amount


@given(percents, amounts)
def test_a_percentage_is_rounded_half_up_once(percent, amount):
    prices = company(rule(str(percent), basis="percent", is_on_top=True))
    exact = Fraction(amount) * Fraction(percent) / 100
    rounded = int((exact + Fraction(1, 2)).__floor__())
    assert sum(fees(prices, asked(amount))) == rounded
    assert abs(rounded - exact) <= Fraction(1, 2)


@given(ladders(), amounts)
def test_slices_add_up_to_the_exact_sum_of_their_parts(bands, amount):
    prices = PriceList(commissions={"KES": (commission(*bands, is_sliced=True,
                                                          is_on_top=True),)})  # fmt: skip
    exact = sum(
        (
            Fraction(min(amount, one.max_minor or amount) - one.min_minor)
            * Fraction(one.percent or 0) / 100
            for one in bands
            if amount > one.min_minor
        ),
        Fraction(0),
    )  # fmt: skip
    exact_decimal = Decimal(exact.numerator) / Decimal(exact.denominator)
    assert sum(fees(prices, asked(amount))) == int(exact_decimal.quantize(1, ROUND_HALF_UP))


@given(ladders(), amounts, st.integers(0, 10**10), st.integers(0, 10**10))
def test_a_commission_stays_between_its_least_and_its_most(bands, amount, one, other):
    least, most = sorted((one, other))
    limited = tuple(
        Band(b.min_minor, b.max_minor, "KES", None, b.percent, least, most) for b in bands
    )
    prices = PriceList(commissions={"KES": (commission(*limited, is_on_top=True),)})
    assert least <= sum(fees(prices, asked(amount))) <= most
