"""What a product holds at each branch: the sum of its assets there, a line a currency."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.sums import exact_sum
from app.ledger.accounts import CREDIT_NORMAL, Account, Product, ProductBalance
from app.ledger.models import Asset, Movement
from app.organisation.models import Branch


@dataclass(frozen=True, slots=True)
class BranchBalance:
    """A product's balance at a branch, in the sign that is natural for its type."""

    branch: str
    currency: str
    exponent: int
    minor: int


def balances_of(session: Session, product: Product) -> list[BranchBalance]:
    """Return the balance records by branch; one without money has no currency yet (E31.10).

    Bonus counts as what the house owes. Movements that are not rolled up yet are added.
    """
    sign = 1 if product.kind in CREDIT_NORMAL else -1
    found = {
        (row.branch, row.currency): BranchBalance(
            row.branch, row.currency, row.exponent, sign * int(row.minor or 0)
        )
        for row in session.execute(_sums(product))
    }
    kept = select(Branch.name).join(
        ProductBalance,
        (ProductBalance.branch_id == Branch.id) & (ProductBalance.product_id == product.id),
    )
    moved = {branch for branch, _ in found}
    empty = [
        BranchBalance(name, product.currency or "", 0, 0)
        for name in session.scalars(kept)
        if name not in moved
    ]
    return sorted([*found.values(), *empty], key=lambda one: (one.branch, one.currency))


def _sums(product: Product):  # noqa: ANN202  the row's types are those of its columns
    waiting = (
        select(Movement.asset_id, func.sum(Movement.amount_minor).label("minor"))
        .where(Movement.organisation_id == product.organisation_id)
        .group_by(Movement.asset_id)
        .subquery()
    )
    booked = Asset.balance_minor + Asset.bonus_minor + func.coalesce(waiting.c.minor, 0)
    return (
        select(
            Branch.name.label("branch"),
            Asset.currency,
            Asset.exponent,
            exact_sum(booked).label("minor"),
        )
        .select_from(Account)
        .join(Asset, Asset.account_id == Account.id)
        .join(Branch, Branch.id == Account.branch_id)
        .outerjoin(waiting, waiting.c.asset_id == Asset.id)
        .where(
            Account.organisation_id == product.organisation_id,
            Account.product_id == product.id,
        )
        .group_by(Branch.name, Asset.currency, Asset.exponent)
    )
