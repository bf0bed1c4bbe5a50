"""Exchange of one currency for another through the base currency, exact to the minor unit.

The house buys what a client gives at its buy rate and sells what the client receives at its sell
rate. What the client receives is rounded down and what the client gives is rounded up, so that no
chain of exchanges makes money; what the rounding leaves is told apart from the spread.
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from math import ceil, floor

from app.kernel.errors import Refusal
from app.kernel.money import MAXIMUM_MINOR, convert_minor

RATE_DECIMALS = 12
_DIGITS = 80
_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Quote:
    """What one unit of a currency is bought, sold and valued at, in base units, since a date."""

    code: str
    exponent: int
    buy: Decimal
    sell: Decimal
    mid: Decimal
    on: date
    source: str


@dataclass(frozen=True, slots=True)
class Conversion:
    """An exchange worked out: both amounts in their minor units, the rest in base minor units.

    `rate` is units received for one unit given, to twelve decimals. What is given is worth what
    is received, the spread and the rounding together; none of them is below zero.
    """

    given_minor: int
    received_minor: int
    rate: Decimal
    given_base_minor: int
    received_base_minor: int
    spread_minor: int
    rounding_minor: int


def convert_given(given_minor: int, source: Quote, target: Quote, base_exponent: int) -> Conversion:
    """Work out what is received for an amount given; refused (422) where that is nothing."""
    exact = given_minor * _cross(source, target) * _shift(target.exponent - source.exponent)
    return _worked_out(given_minor, floor(exact), source, target, base_exponent=base_exponent)


def convert_received(
    received_minor: int, source: Quote, target: Quote, base_exponent: int
) -> Conversion:
    """Work out what must be given for an amount to be received."""
    exact = received_minor / _cross(source, target) * _shift(source.exponent - target.exponent)
    return _worked_out(ceil(exact), received_minor, source, target, base_exponent=base_exponent)


def cross_rate(source: Quote, target: Quote) -> Decimal:
    """Return how many units of the target one unit of the source buys."""
    return rounded_rate(_cross(source, target))


def rounded_rate(exact: Fraction) -> Decimal:
    """Return a rate as it is kept: twelve decimals, half to even."""
    with localcontext(prec=_DIGITS):
        rate = Decimal(exact.numerator) / Decimal(exact.denominator)
        return rate.quantize(Decimal(1).scaleb(-RATE_DECIMALS), rounding=ROUND_HALF_EVEN)


def _worked_out(
    given_minor: int, received_minor: int, source: Quote, target: Quote, *, base_exponent: int
) -> Conversion:
    if received_minor <= 0 or given_minor <= 0:
        raise Refusal(
            f"This amount is too small: it buys less than the smallest unit of {target.code}",
            field="amount",
        )
    if max(given_minor, received_minor) > MAXIMUM_MINOR:
        raise Refusal("Amount is larger than can be processed", field="amount")
    given_base = _in_base(given_minor, source, base_exponent)
    received_base = _in_base(received_minor, target, base_exponent)
    # What the client would have at mid if the smallest unit could be split: all above is spread.
    entitled = given_minor * _cross(source, target) * Fraction(target.mid)
    entitled_base = floor(entitled * _shift(base_exponent - source.exponent) + _HALF)
    return Conversion(
        given_minor=given_minor,
        received_minor=received_minor,
        rate=cross_rate(source, target),
        given_base_minor=given_base,
        received_base_minor=received_base,
        spread_minor=given_base - entitled_base,
        rounding_minor=entitled_base - received_base,
    )


def _in_base(minor: int, quote: Quote, base_exponent: int) -> int:
    return convert_minor(minor, quote.mid, exponent=quote.exponent, base_exponent=base_exponent)


def _cross(source: Quote, target: Quote) -> Fraction:
    return Fraction(source.buy) / Fraction(target.sell)


def _shift(places: int) -> Fraction:
    return Fraction(10) ** places
