"""Interest Preview: what a condition would bear on a balance over some days (E32.27-30)."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from app.conditions.models import AccountCondition
from app.kernel.day_counts import year_fraction
from app.kernel.interest import Part, Settled, Tier, parts_of, settle

MOST_DAYS = 36_600
_PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Preview:
    """Interest worked out: the parts of the tiers, what is posted, and the rate that applied."""

    side: str
    parts: tuple[Part, ...]
    settled: Settled
    applied_percent: Decimal
    net_minor: int


def preview(
    condition: AccountCondition,
    balance_minor: int,
    *,
    start: date,
    days: int,
    base_percent: Decimal,
) -> Preview:
    """Work it out from `start` on; the net is after withheld tax, or with added duty."""
    side = "C" if balance_minor >= 0 else "D"
    tiers = [
        Tier(one.low_minor, one.high_minor, one.rate_percent + base_percent)
        for one in condition.tiers_of(side)
    ]
    fraction = year_fraction(start, start + timedelta(days=days), condition.day_count)
    parts = parts_of(abs(balance_minor), tiers, fraction, is_sliced=condition.is_sliced(side))
    exact = sum((part.interest for part in parts), Fraction(0))
    settled = settle(exact, condition.settling(side))
    tax_minor = settled.tax_minor if side == "C" else -settled.tax_minor
    return Preview(
        side,
        tuple(parts),
        settled,
        _applied(parts, abs(balance_minor)),
        settled.gross_minor - tax_minor,
    )


def _applied(parts: list[Part], balance_minor: int) -> Decimal:
    """Return the rate of the whole balance, in percent a year to six decimals."""
    if not balance_minor:
        return Decimal(0)
    borne = sum((part.part_minor * Fraction(part.tier.rate_percent) for part in parts), Fraction(0))
    rate = borne / balance_minor
    return (Decimal(rate.numerator) / Decimal(rate.denominator)).quantize(_PLACES)
