"""What an allocation permits and what is drawn of it: the arithmetic, and nothing else.

All amounts are minor units of the facility's currency.
"""

from dataclasses import dataclass

BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class Terms:
    """What a link may come to: `limit_minor` at most, and nothing more where it is not open."""

    limit_minor: int
    is_revolving: bool
    is_open: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """Where a link stands: permitted overdraft, what is drawn of it now, what ever was."""

    permitted_minor: int = 0
    outstanding_minor: int = 0
    drawn_minor: int = 0


@dataclass(frozen=True, slots=True)
class Balance:
    """The asset beside it; `other_minor` is what others than the link permit it."""

    balance_minor: int
    held_minor: int
    other_minor: int


def usable(allocation_minor: int, availability_basis_points: int) -> int:
    """Return the part of an allocation that its class lets be drawn, rounded down (E24.11)."""
    return allocation_minor * availability_basis_points // BASIS_POINTS


def settled(now: Drawing, terms: Terms, balance: Balance) -> Drawing:
    """Return where the link stands after its asset or its terms changed.

    What is drawn is the negative balance, as far as the link permits it. Of a revolving facility
    what is repaid may be drawn again; of a term facility, or one that is not open, it may not. What
    is drawn or held already is never taken back: it stays permitted until it is repaid or freed.
    """
    for _ in range(2):  # a wider permission may cover what another overdraft had carried
        now = _settled_once(now, terms, balance)
    return now


def _settled_once(now: Drawing, terms: Terms, balance: Balance) -> Drawing:
    outstanding = min(max(0, -balance.balance_minor), now.permitted_minor)
    drawn = now.drawn_minor + max(0, outstanding - now.outstanding_minor)
    spent = outstanding if terms.is_revolving else drawn
    drawable = max(0, terms.limit_minor - spent) if terms.is_open else 0
    taken = balance.held_minor - balance.balance_minor - balance.other_minor
    return Drawing(max(outstanding + drawable, taken), outstanding, drawn)
