"""What is held and owed in foreign currencies, branch by branch, in units and in base currency.

A balance's book value is what its entries were worth when they were posted. Income, expense and
the technical accounts of exchange and revaluation are not balances that anyone is paid from, so
they stand outside: what remains, less owed, is the branch's open position in the currency.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session, aliased

from app.controls.tenant import Organisation
from app.currencies.queries import rate_on
from app.db.sums import exact_sum
from app.kernel.exchange import Quote
from app.kernel.money import worth_minor
from app.ledger.accounts import Account, Product
from app.ledger.models import Asset, Entry, Transaction
from app.organisation.models import Branch

CONTRA = "revaluation:"
_TECHNICAL = ("position",)


@dataclass(frozen=True, slots=True)
class Holding:
    """A product's balance in a foreign currency at a branch; what is owed is below zero."""

    product: str
    units_minor: int
    book_minor: int
    value_minor: int


@dataclass(frozen=True, slots=True)
class Position:
    """A branch's open position in a currency, in its minor units and in those of the base.

    `adjusted_minor` is what revaluations up to the date wrote; `difference_minor` is what is
    missing from the books for the balances to stand at the rate: a gain above zero, else a loss.
    """

    branch_id: int
    branch: str
    quote: Quote
    holdings: tuple[Holding, ...]
    adjusted_minor: int

    @property
    def units_minor(self) -> int:
        """What is held less what is owed, in the currency."""
        return sum(one.units_minor for one in self.holdings)

    @property
    def book_minor(self) -> int:
        """The same at the rates of its entries."""
        return sum(one.book_minor for one in self.holdings)

    @property
    def value_minor(self) -> int:
        """The same at the rate of the date."""
        return sum(one.value_minor for one in self.holdings)

    @property
    def difference_minor(self) -> int:
        """What a revaluation would write now."""
        return self.value_minor - self.book_minor - self.adjusted_minor


def positions_on(session: Session, organisation_id: int, on: date) -> list[Position]:
    """Return the open positions at a date, by branch and currency.

    Refused (422) where a currency in which something is kept has no rate of its own by the date.
    """
    organisation = session.get_one(Organisation, organisation_id)
    held: dict[tuple[int, str], list[Any]] = defaultdict(list)
    for row in session.execute(_held(organisation, on)):
        held[row.branch_id, row.currency].append(row)
    adjusted = _adjusted(session, organisation_id, on)
    branches = select(Branch).where(Branch.organisation_id == organisation_id)
    names = {one.id: one.name for one in session.scalars(branches)}
    positions = []
    for branch_id, currency in sorted(held.keys() | adjusted.keys()):
        quote = rate_on(session, organisation_id, currency, on)
        rows = held[branch_id, currency]
        position = Position(
            branch_id,
            names.get(branch_id, ""),
            quote,
            tuple(_holding(row, quote, organisation.base_exponent) for row in rows),
            adjusted.get((branch_id, currency), 0),
        )
        positions.append(position)
    return positions


def fingerprint(positions: Iterable[Position]) -> str:
    """Return a short mark of the differences, so that what is confirmed is what was seen."""
    told = "|".join(f"{one.branch_id}:{one.quote.code}:{one.difference_minor}" for one in positions)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _holding(row: Any, quote: Quote, base_exponent: int) -> Holding:
    units = row.units
    value = worth_minor(units, quote.mid, exponent=quote.exponent, base_exponent=base_exponent)
    return Holding(row.product, units, row.book, value)


def _debits(column: Any) -> Any:
    return exact_sum(case((Entry.side == "D", column), else_=-column))


def _held(organisation: Organisation, on: date) -> Select[Any]:
    units = _debits(Entry.amount_minor)
    return (
        select(
            Asset.branch_id,
            Asset.currency,
            Product.name.label("product"),
            units.label("units"),
            _debits(Entry.base_minor).label("book"),
        )
        .join(Asset, Asset.id == Entry.asset_id)
        .join(Account, Account.id == Asset.account_id)
        .join(Product, Product.id == Account.product_id)
        .where(
            Entry.organisation_id == organisation.id,
            Entry.currency != organisation.base_currency,
            Entry.posting_date <= on,
            Product.kind.in_(("asset", "liability")),
            func.coalesce(Account.purpose, "").not_in(_TECHNICAL),
        )
        .group_by(Asset.branch_id, Asset.currency, Product.id, Product.name)
        .order_by(Asset.branch_id, Asset.currency, Product.id)
    )


def _adjusted(session: Session, organisation_id: int, on: date) -> dict[tuple[int, str], int]:
    """Return what the revaluations at rates up to a date wrote, by branch and currency.

    A revaluation has the date of its rates for its value date; its reversal counts with it.
    """
    undone = aliased(Transaction)
    rated_on = func.coalesce(undone.value_date, Transaction.value_date)
    base_minor = case((rated_on <= on, Entry.base_minor), else_=0)
    query = (
        select(Asset.branch_id, Account.purpose, _debits(base_minor))
        .join(Asset, Asset.id == Entry.asset_id)
        .join(Account, Account.id == Asset.account_id)
        .join(Transaction, Transaction.id == Entry.transaction_id)
        .outerjoin(undone, undone.id == Transaction.reverses_id)
        .where(
            Entry.organisation_id == organisation_id,
            Account.purpose.startswith(CONTRA),
        )
        .group_by(Asset.branch_id, Account.purpose)
    )
    return {
        (branch_id, str(purpose).removeprefix(CONTRA)): total
        for branch_id, purpose, total in session.execute(query)
    }
