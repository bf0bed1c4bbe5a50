"""Which company fees of a group never apply, or not from end to end: one before them fits first."""

from collections.abc import Sequence
from decimal import Decimal

from app.fees.pricing import told_rule
from app.fees.rules import CompanyRule

_INFINITE = Decimal("Infinity")


def shadows(rules: Sequence[CompanyRule]) -> dict[int, str]:
    """Say of each rule that stands behind another which one that is, and from and to where.

    `rules` are a group's in the order in which they are tried. Where two only touch, the amount
    belongs to the lower one, as it is meant (design, section 6): that is not told.
    """
    told = {}
    for place, rule in enumerate(rules):
        before = [one for one in rules[:place] if _is_as_wide(one, rule)]
        whole = next((one for one in before if _hides(one, rule)), None)
        parts = ((one, overlap) for one in before if (overlap := _overlap(one, rule)))
        if whole is not None:
            told[rule.id] = f"Never applies: {told_rule(whole)} stands before it"
        elif part := next(parts, None):
            one, overlap = part
            told[rule.id] = f"Does not apply {overlap}: {told_rule(one)} stands before it"
    return told


def _is_as_wide(one: CompanyRule, other: CompanyRule) -> bool:
    """Tell whether a rule is for all types and currencies that another is for."""
    return (
        one.kind in {"", other.kind}
        and one.currency in {"", other.currency}
        and one.counter_currency in {"", other.counter_currency}
    )


def _ends(rule: CompanyRule) -> tuple[Decimal, Decimal]:
    low = rule.minimum if rule.minimum is not None else Decimal(0)
    return low, rule.maximum if rule.maximum is not None else _INFINITE


def _hides(one: CompanyRule, other: CompanyRule) -> bool:
    (low, high), (from_low, to_high) = _ends(one), _ends(other)
    return low <= from_low and to_high <= high


def _overlap(one: CompanyRule, other: CompanyRule) -> str:
    """Say from and to where both apply; "" where they do not."""
    (low, high), (from_low, to_high) = _ends(one), _ends(other)
    first, last = max(low, from_low), min(high, to_high)
    if first >= last:
        return ""
    return f"from {first:,f}" + ("" if last == _INFINITE else f" to {last:,f}")
