"""What was debited and credited, in base currency, by account or by product."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, Subquery, case, func, select
from sqlalchemy.orm import Session

from app.books.parameters import Parameters
from app.controls.permissions import visible
from app.db.sums import exact_sum, exact_sum_of_parts, parts_of, reaches
from app.ledger.accounts import CREDIT_NORMAL, Account, Product
from app.ledger.models import Asset, Entry

_DEBITED = case((Entry.side == "D", Entry.base_minor), else_=0)
_CREDITED = case((Entry.side == "C", Entry.base_minor), else_=0)
DEBIT, CREDIT = exact_sum(_DEBITED), exact_sum(_CREDITED)


@dataclass(frozen=True, slots=True)
class ProductSum:
    """What a product's accounts took in and gave, in minor units of base currency."""

    product_id: int
    code: str
    name: str
    kind: str
    is_contract: bool
    debit_minor: int
    credit_minor: int

    @property
    def net_minor(self) -> int:
        """Credits less debits."""
        return self.credit_minor - self.debit_minor

    @property
    def balance_minor(self) -> int:
        """The balance on the product's own side: what it has, owes, earned or spent."""
        return self.net_minor if self.kind in CREDIT_NORMAL else -self.net_minor


def product_sums(
    session: Session, asked: Parameters, *, since: date | None = None
) -> list[ProductSum]:
    """Return the sums of every product up to the last day, or of a period, by code."""
    columns = (Product.id, Product.code, Product.name, Product.kind, Product.is_contract)
    query = _joined(asked, since, *columns).group_by(*columns).order_by(Product.code)
    return [ProductSum(*row) for row in session.execute(query)]


def overdrawn_sums(session: Session, asked: Parameters) -> dict[int, int]:
    """Return what customers owe by product: assets in debit alone, each for itself."""
    by_asset = _by_asset(asked, None)
    high = by_asset.c.debit_high - by_asset.c.credit_high
    low = by_asset.c.debit_low - by_asset.c.credit_low
    query = (
        _of(by_asset, asked, Product.id, exact_sum_of_parts(high, low).label("owed"))
        .where(Product.is_contract, reaches(high, low, 1))
        .group_by(Product.id)
    )
    return {row.id: row.owed for row in session.execute(query)}


def account_sums(session: Session, asked: Parameters, *, most: int) -> list[Row[Any]]:
    """Return the sums of a product's accounts up to the last day, by number."""
    query = (
        _joined(asked, None, Account.id, Account.number, Account.name)
        .where(Product.id == asked.product_id)
        .group_by(Account.id, Account.number, Account.name)
        .order_by(Account.number)
        .limit(most)
    )
    return list(session.execute(query))


def _joined(asked: Parameters, since: date | None, *columns: Any) -> Select[Any]:
    by_asset = _by_asset(asked, since)
    return _of(
        by_asset,
        asked,
        *columns,
        exact_sum_of_parts(by_asset.c.debit_high, by_asset.c.debit_low).label("debit"),
        exact_sum_of_parts(by_asset.c.credit_high, by_asset.c.credit_low).label("credit"),
    )


def _by_asset(asked: Parameters, since: date | None) -> Subquery:
    """Add up by asset first: the joins then meet each asset once, not each of its entries."""
    parts = [func.sum(part) for one in (_DEBITED, _CREDITED) for part in parts_of(one)]
    names = ("debit_high", "debit_low", "credit_high", "credit_low")
    moved = select(
        Entry.asset_id, *(part.label(name) for part, name in zip(parts, names, strict=True))
    ).where(Entry.organisation_id == asked.actor.tenant_id, Entry.posting_date <= asked.last)
    if since is not None:
        moved = moved.where(Entry.posting_date >= since)
    return moved.group_by(Entry.asset_id).subquery()


def _of(by_asset: Subquery, asked: Parameters, *columns: Any) -> Select[Any]:
    query = (
        select(*columns)
        .select_from(by_asset)
        .join(Asset, Asset.id == by_asset.c.asset_id)
        .join(Account, Account.id == Asset.account_id)
        .join(Product, Product.id == Account.product_id)
        .where(*visible(asked.actor, Asset))
    )
    if asked.branch_id is not None:
        query = query.where(Account.branch_id == asked.branch_id)
    return query
