"""Interest of a balance by tiers: exact until it is rounded, half up, once, when it is posted.

Amounts are minor units of one currency, balances without their sign; rates are percent a year.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from app.kernel.errors import Refusal

MOST_TIERS = 30
DUPLICATE = "Duplicate minAmount values"
UNLIMITED = "Only the last tier can have unlimited max amount"
NOT_CONTINUOUS = "Tiers must be continuous with no gaps or overlaps"
_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Tier:
    """A range of balances, its upper end included; None has no end. It bears a rate a year."""

    low_minor: int
    high_minor: int | None
    rate_percent: Decimal


@dataclass(frozen=True, slots=True)
class Part:
    """What one tier bears: the part of the balance in it, and its interest, exact."""

    tier: Tier
    part_minor: int
    interest: Fraction


@dataclass(frozen=True, slots=True)
class Settling:
    """How accrued interest becomes an amount: bounds, threshold below which it is waived, tax."""

    minimum_minor: int | None = None
    maximum_minor: int | None = None
    de_minimis_minor: int = 0
    tax_percent: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Settled:
    """Interest to post: as accrued, within its bounds, and its tax; waived interest is nothing."""

    accrued_minor: int
    gross_minor: int
    tax_minor: int
    is_waived: bool


def checked_tiers(tiers: Sequence[Tier], *, places: Sequence[str]) -> tuple[Tier, ...]:
    """Return tiers by their amounts; refused (422): what E32.14-15 name, gaps and overlaps.

    `places` names the form's line of each tier, for the refusal's field.
    """
    if len(tiers) > MOST_TIERS:
        raise Refusal(f"There can be at most {MOST_TIERS} tiers", field="lines")
    ordered = sorted(zip(tiers, places, strict=True), key=lambda one: one[0].low_minor)
    _demand_continuous(ordered)
    for tier, place in ordered:
        if tier.high_minor is not None and tier.high_minor <= tier.low_minor:
            sentence = "Max Amount must be greater than Min Amount"
            raise Refusal(sentence, field=f"{place}-maximum")
    return tuple(tier for tier, _ in ordered)


def _demand_continuous(ordered: Sequence[tuple[Tier, str]]) -> None:
    for (before, _), (after, place) in pairwise(ordered):
        if before.low_minor == after.low_minor:
            raise Refusal(DUPLICATE, field=f"{place}-minimum")
    for (before, where), (after, place) in pairwise(ordered):
        if before.high_minor is None:
            raise Refusal(UNLIMITED, field=f"{where}-maximum")
        if before.high_minor != after.low_minor:
            raise Refusal(NOT_CONTINUOUS, field=f"{place}-minimum")


def parts_of(
    balance_minor: int, tiers: Sequence[Tier], fraction: Fraction, *, is_sliced: bool
) -> list[Part]:
    """Return what each tier bears over a part of a year.

    Sliced, each bears its own slice of the balance; else the tier that holds the balance bears
    all of it, and an amount where two tiers meet belongs to the lower one.
    """
    found = []
    for tier in tiers:
        if balance_minor <= tier.low_minor:
            continue
        is_above = tier.high_minor is not None and balance_minor > tier.high_minor
        if is_sliced:
            top = tier.high_minor if is_above and tier.high_minor is not None else balance_minor
            part = top - tier.low_minor
        elif is_above:
            continue
        else:
            part = balance_minor
        interest = part * Fraction(tier.rate_percent) / 100 * fraction
        found.append(Part(tier, part, interest))
    return found


def round_half_up(exact: Fraction) -> int:
    """Round an exact amount that is not below zero to whole minor units."""
    return (exact + _HALF).__floor__()


def settle(
    exact: Fraction, by: Settling, *, before: Fraction = Fraction(0), posted_minor: int = 0
) -> Settled:
    """Return what is posted of accrued interest: waived below the threshold, else bounded, taxed.

    Threshold and bounds are those of a period: `before` is what accrued earlier in it, of which
    `posted_minor` is posted. The tax is of what is posted now, rounded half up.
    """
    accrued_minor, whole = round_half_up(exact), before + exact
    if round_half_up(whole) < by.de_minimis_minor:
        return Settled(accrued_minor, 0, 0, is_waived=True)
    gross_minor = round_half_up(whole)
    if by.minimum_minor is not None and whole:
        gross_minor = max(gross_minor, by.minimum_minor)
    if by.maximum_minor is not None:
        gross_minor = min(gross_minor, by.maximum_minor)
    gross_minor = max(0, gross_minor - posted_minor)
    tax_minor = round_half_up(gross_minor * Fraction(by.tax_percent) / 100)
    return Settled(accrued_minor, gross_minor, tax_minor, is_waived=False)
