"""Conditions, accounts that follow them, and closes of business, made by the real commands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select, text

from app.charges.commands import ChargeTerms
from app.conditions.checks import Terms, TierLine
from app.conditions.commands import CreateAccountCondition
from app.conditions.linking import LinkConditionProducts
from app.controls.closing_steps import Closing, closing_steps
from app.controls.commands import perform
from app.controls.tenant import Organisation
from app.db.session import database
from app.interest.models import BalanceSnapshot, InterestAccrual, InterestPosting
from app.kernel.interest import Tier
from app.ledger.accounts import Product
from app.ledger.models import Asset
from app.products.commands import CreateProduct
from app.products.queries import balances_of
from app.records.commands import CreateCode
from tests.factories import House, move_on, unique
from tests.fees.books import an_income

OF_INTEREST = ("SNAPSHOT_BALANCES", "ACCRUE_INTEREST", "POST_INTEREST", "CHARGE_FEES")


@dataclass(frozen=True, slots=True)
class Ledger:
    """The house's products that interest is booked on."""

    expense: int
    liability: int
    income: int
    receivable: int
    tax: int


def a_ledger(house: House) -> Ledger:
    def product(kind: str, name: str) -> int:
        return perform(CreateProduct(kind, unique(name), submit=True), house.administrator)

    return Ledger(
        product("expense", "Interest paid"),
        product("liability", "Interest payable"),
        product("income", "Interest earned"),
        product("asset", "Interest receivable"),
        product("liability", "Withholding tax"),
    )


def tier(side: str, low: int, high: int | None, rate: str) -> TierLine:
    return TierLine(side, Tier(low, high, Decimal(rate)))


def terms(ledger: Ledger, *tiers: TierLine, **more: Any) -> Terms:
    """Return terms that book on the ledger; 12 % a year on credit unless told otherwise."""
    values: dict[str, Any] = {
        "name": "Standard savings",
        "effective_from": date(2026, 1, 1),
        "tiers": tiers or (tier("C", 0, None, "12"),),
        "expense_product_id": ledger.expense,
        "liability_product_id": ledger.liability,
        "income_product_id": ledger.income,
        "receivable_product_id": ledger.receivable,
        "tax_product_id": ledger.tax,
    }
    return Terms(**values | more)


def a_condition(house: House, ledger: Ledger, *tiers: TierLine, code: str = "", **more: Any) -> int:
    """Return the id of an authorized condition in KES, linked to no product yet."""
    currency = more.pop("currency", "KES")
    command = CreateAccountCondition(
        code or unique("SAV").replace(" ", "-").upper(), currency, terms(ledger, *tiers, **more),
        submit=True,
    )  # fmt: skip
    return perform(command, house.administrator)


def charge_terms(house: House, **more: Any) -> ChargeTerms:
    """Return terms of a monthly fee of 25.00 KES on all accounts of the house's product."""
    values: dict[str, Any] = {
        "name": "Ledger fee",
        "kind": "MAINTENANCE",
        "currency": "KES",
        "amount_minor": 25_00,
        "income_product_id": an_income(house, "Fee income"),
        "product_id": house.product_id,
        "effective_from": date(2026, 1, 1),
    }
    return ChargeTerms(**values | more)


def an_account_status(house: House, name: str = "Kept out", **flags: bool) -> int:
    values = {"allow_debit": True, "allow_credit": True, "allow_cob": True} | flags
    code = name.replace(" ", "-").upper()
    return perform(CreateCode("account-status", code, name, values), house.administrator)


def follow_product(house: House, condition_id: int, product_id: int | None = None) -> None:
    command = LinkConditionProducts(condition_id, (product_id or house.product_id,))
    perform(command, house.administrator)


def business_date(house: House) -> date:
    with database.reading() as session:
        return session.get_one(Organisation, house.organisation_id).business_date


def close(
    house: House,
    next_date: date,
    *,
    keys: tuple[str, ...] = OF_INTEREST,
    moves: bool = True,
    day: date | None = None,
) -> dict[str, str]:
    """Run the steps of interest and charges for the business date, then move it.

    `day` is the one that is closed where the cut-off has moved the business date on already.
    """
    closed = day or business_date(house)
    closing = Closing(house.organisation_id, 1, closed, next_date, lambda _p: None)
    told = {step.key: step.run(closing) for step in closing_steps() if step.key in keys}
    if moves:
        move_on(house, next_date)
    return told


def close_until(house: House, last: date) -> dict[str, str]:
    """Close every day up to a date, which is the business date then."""
    told = {}
    while (day := business_date(house)) < last:
        told = close(house, day + timedelta(days=1))
    return told


def snapshots(asset_id: int) -> list[BalanceSnapshot]:
    with database.reading() as session:
        query = select(BalanceSnapshot).where(BalanceSnapshot.asset_id == asset_id)
        return list(session.scalars(query.order_by(BalanceSnapshot.day)))


def accruals(asset_id: int) -> list[InterestAccrual]:
    with database.reading() as session:
        query = select(InterestAccrual).where(InterestAccrual.asset_id == asset_id)
        return list(session.scalars(query.order_by(InterestAccrual.day)))


def postings(asset_id: int) -> list[InterestPosting]:
    with database.reading() as session:
        query = select(InterestPosting).where(InterestPosting.asset_id == asset_id)
        return list(session.scalars(query.order_by(InterestPosting.id)))


def forget_periods(asset_id: int) -> None:
    """Let an asset's postings tell no period, as those made before migration 0032."""
    kept = (
        "CREATE TRIGGER interest_posting_no_update BEFORE UPDATE ON interest_posting "
        "BEGIN SELECT RAISE(ABORT, 'interest_posting rows are immutable'); END"
    )
    before, after = "DROP TRIGGER interest_posting_no_update", kept
    if database.is_postgresql:
        trigger = "ALTER TABLE interest_posting {} TRIGGER interest_posting_immutable"
        before, after = trigger.format("DISABLE"), trigger.format("ENABLE")
    forget = text("UPDATE interest_posting SET period_end = NULL WHERE asset_id = :asset_id")
    with database.engine.execution_options(writing=True).begin() as connection:
        connection.execute(text(before))
        connection.execute(forget, {"asset_id": asset_id})
        connection.execute(text(after))


def balance(asset_id: int) -> int:
    with database.reading() as session:
        return session.get_one(Asset, asset_id).balance_minor


def product_minor(house: House, product_id: int) -> int:
    """Return what a product holds in all branches, credits above zero."""
    with database.reading() as session:
        product = session.get_one(Product, product_id)
        sign = 1 if product.kind in {"liability", "income"} else -1
        return sum(sign * one.minor for one in balances_of(session, product))
