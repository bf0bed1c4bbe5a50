"""Amounts as integers of minor units: parse, compare, allocate, format. Floats never appear."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import total_ordering

from app.kernel.errors import Refusal

MAXIMUM_MINOR = 10**15
MAXIMUM_BASE_MINOR = 10**17
_DIGITS = 80
# A group that begins with zero is no thousand: "0,500" is how half of one is written elsewhere.
_AMOUNT = re.compile(r"(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?")
_LONGEST_TEXT = 40
TRUE_MINUS = "\N{MINUS SIGN}"


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An amount of minor units (cents, satoshi) in a currency of `exponent` decimals."""

    minor: int
    currency: str
    exponent: int

    def __add__(self, other: "Money") -> "Money":
        """Add an amount of the same currency; another currency is a programming error."""
        self._same(other)
        return Money(self.minor + other.minor, self.currency, self.exponent)

    def __sub__(self, other: "Money") -> "Money":
        """Subtract an amount of the same currency."""
        self._same(other)
        return Money(self.minor - other.minor, self.currency, self.exponent)

    def __lt__(self, other: "Money") -> bool:
        """Compare with an amount of the same currency."""
        self._same(other)
        return self.minor < other.minor

    def __neg__(self) -> "Money":
        """Return the same amount with the other sign."""
        return Money(-self.minor, self.currency, self.exponent)

    def __str__(self) -> str:
        """Write the amount with grouping, a true minus and the currency code."""
        return f"{self.text} {self.currency}"

    @property
    def text(self) -> str:
        """The amount with grouping and a true minus, without the currency code."""
        return format_minor(self.minor, self.exponent)

    @property
    def decimal(self) -> Decimal:
        """The amount as an exact decimal of whole units."""
        return Decimal(self.minor).scaleb(-self.exponent)

    def allocate(self, weights: list[int]) -> list["Money"]:
        """Split by integer weights; the parts sum to the whole, remainders go to the first parts.

        Raises ValueError when no weight is above zero.
        """
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise ValueError("weights must be non-negative with a positive sum")
        sign = -1 if self.minor < 0 else 1
        parts = [abs(self.minor) * weight // total for weight in weights]
        for index in range(abs(self.minor) - sum(parts)):
            parts[index] += 1
        return [Money(sign * part, self.currency, self.exponent) for part in parts]

    def _same(self, other: "Money") -> None:
        if (self.currency, self.exponent) != (other.currency, other.exponent):
            raise TypeError(f"cannot mix {self.currency} with {other.currency}")


def format_minor(minor: int, exponent: int) -> str:
    """Write minor units as a grouped decimal with a true minus: 123450, 2 → "1,234.50"."""
    sign = TRUE_MINUS if minor < 0 else ""
    whole, fraction = divmod(abs(minor), 10**exponent)
    decimals = f".{fraction:0{exponent}d}" if exponent else ""
    return f"{sign}{whole:,}{decimals}"


def plain_decimal(minor: int, exponent: int) -> str:
    """Write minor units for machines: 123450, 2 → "1234.50", with a hyphen for a minus."""
    return format_minor(minor, exponent).replace(",", "").replace(TRUE_MINUS, "-")


def parse_minor(text: str, exponent: int, *, name: str = "Amount") -> int:
    """Read a typed amount such as "1,234.50" into minor units above zero.

    Refuses signs, exponents, underscores, other digits than 0-9, more decimals than the
    currency has, zero, and anything above 10^15 minor units.
    """
    minor = parse_minor_or_zero(text, exponent, name=name)
    if minor == 0:
        raise Refusal(f"{name} must be greater than 0")
    return minor


def parse_minor_or_zero(text: str, exponent: int, *, name: str = "Amount") -> int:
    """Read a typed amount into minor units, zero included; otherwise as `parse_minor`."""
    typed = text.strip()
    if not typed:
        raise Refusal(f"{name} is required")
    if typed[0] in f"-{TRUE_MINUS}" and _AMOUNT.fullmatch(typed[1:]):
        raise Refusal(f"{name} must not be negative")
    if len(typed) > _LONGEST_TEXT or not _AMOUNT.fullmatch(typed):
        raise Refusal(f"{name} must be a number such as 1,234.50")
    whole, _, fraction = typed.replace(",", "").partition(".")
    if len(fraction) > exponent:
        allowed = f"at most {exponent} decimals" if exponent else "no decimals"
        raise Refusal(f"{name} can have {allowed} in this currency")
    minor = int(whole + fraction.ljust(exponent, "0"))
    if minor > MAXIMUM_MINOR:
        raise Refusal(f"{name} is larger than can be processed")
    return minor


def convert_minor(minor: int, rate: Decimal, *, exponent: int, base_exponent: int) -> int:
    """Convert as `worth_minor`; refuses what the books cannot hold in one transaction."""
    converted = worth_minor(minor, rate, exponent=exponent, base_exponent=base_exponent)
    if abs(converted) > MAXIMUM_BASE_MINOR:
        raise Refusal("Amount is larger than can be processed", field="amount")
    return converted


def worth_minor(minor: int, rate: Decimal, *, exponent: int, base_exponent: int) -> int:
    """Return what minor units come to at `rate` (base units for one unit), rounded half up.

    The one documented rounding of base amounts (safety 2), exact for sums of any size.
    """
    with localcontext(prec=_DIGITS):
        scaled = (Decimal(minor) * rate).scaleb(base_exponent - exponent)
        return int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_UP))
