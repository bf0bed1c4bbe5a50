"""What exchanging earned, by pair of currencies, beside what the income account took in (W02.15).

The earned side is told by what clients gave and received, the booked side by the entries of the
income account: two figures that come from different entries and must agree.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, aliased

from app.db.sums import exact_sum
from app.ledger.accounts import Account
from app.ledger.models import Asset, Entry, Transaction

OTHER = ("", "")


@dataclass(slots=True)
class Pair:
    """One direction of exchange in a period: from a currency to another, in base minor units."""

    given: str
    received: str
    count: int = 0
    reversed: int = 0
    given_base_minor: int = 0
    received_base_minor: int = 0
    booked_minor: int = 0

    @property
    def earned_minor(self) -> int:
        """What clients gave less what they received, both at mid."""
        return self.given_base_minor - self.received_base_minor

    @property
    def difference_minor(self) -> int:
        """What the income account took in beyond that: none, where the books agree."""
        return self.booked_minor - self.earned_minor


@dataclass(slots=True)
class Income:
    """The pairs of a period and the account's own total."""

    pairs: list[Pair] = field(default_factory=list)
    account_minor: int = 0

    @property
    def earned_minor(self) -> int:
        """The sum of all pairs."""
        return sum(pair.earned_minor for pair in self.pairs)

    @property
    def difference_minor(self) -> int:
        """What stands on the account and is explained by no exchange."""
        return self.account_minor - self.earned_minor


def income_of(session: Session, organisation_id: int, first: date, last: date) -> Income:
    """Return what was earned from the first to the last posting date, both included."""
    pairs: dict[tuple[str, str], Pair] = {}
    for row in session.execute(_dealt(organisation_id, first, last)):
        pair = pairs.setdefault((row.given, row.received), Pair(row.given, row.received))
        sign = -1 if row.is_reversal else 1
        pair.count += row.count if sign > 0 else 0
        pair.reversed += row.count if sign < 0 else 0
        pair.given_base_minor += sign * row.given_base
        pair.received_base_minor += sign * row.received_base
    income = Income()
    for row in session.execute(_booked(organisation_id, first, last)):
        key = (row.given, row.received)
        pairs.setdefault(key, Pair(*key)).booked_minor += row.booked
        income.account_minor += row.booked
    income.pairs = [pairs[key] for key in sorted(pairs, key=lambda key: (key == OTHER, key))]
    return income


def _deals() -> tuple[Any, Any, Any]:
    """Return the exchange that a transaction is or reverses, as a join and as columns."""
    deal = aliased(Transaction)
    own = (deal.organisation_id == Transaction.organisation_id) & (
        deal.id == func.coalesce(Transaction.reverses_id, Transaction.id)
    )
    return deal, own, Transaction.reverses_id.is_not(None)


def _dealt(organisation_id: int, first: date, last: date) -> Any:
    deal, own, is_reversal = _deals()
    is_given = (Entry.asset_id == deal.asset_id) & (Entry.side == "D") & (Entry.line == 1)
    is_received = (Entry.asset_id == deal.counter_asset_id) & (Entry.side == "C")
    return (
        select(
            deal.currency.label("given"),
            deal.settled_currency.label("received"),
            is_reversal.label("is_reversal"),
            func.count(Transaction.id.distinct()).label("count"),
            exact_sum(case((is_given, Entry.base_minor), else_=0)).label("given_base"),
            exact_sum(case((is_received, Entry.base_minor), else_=0)).label("received_base"),
        )
        .join(deal, own)
        .join(Entry, Entry.transaction_id == deal.id)
        .where(
            Transaction.organisation_id == organisation_id,
            Transaction.posted_at.is_not(None),
            Transaction.posting_date.between(first, last),
            deal.kind == "exchange",
        )
        .group_by(deal.currency, deal.settled_currency, is_reversal)
    )


def _booked(organisation_id: int, first: date, last: date) -> Any:
    deal, own, _is_reversal = _deals()
    is_deal = deal.kind == "exchange"
    given = case((is_deal, deal.currency), else_="")
    received = case((is_deal, deal.settled_currency), else_="")
    signed = case((Entry.side == "C", Entry.base_minor), else_=-Entry.base_minor)
    return (
        select(given.label("given"), received.label("received"), exact_sum(signed).label("booked"))
        .select_from(Entry)
        .join(Asset, Asset.id == Entry.asset_id)
        .join(Account, Account.id == Asset.account_id)
        .join(Transaction, Transaction.id == Entry.transaction_id)
        .join(deal, own)
        .where(
            Entry.organisation_id == organisation_id,
            Entry.posting_date.between(first, last),
            Account.purpose == "exchange",
        )
        .group_by("given", "received")
    )
