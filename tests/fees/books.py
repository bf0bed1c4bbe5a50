"""Price lists for tests: codes, commissions and fees, made by the real commands."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.controls.approvals import SubmitRecord
from app.controls.commands import perform
from app.db.session import database
from app.fees.bands import Band
from app.fees.commands import (
    AddFees,
    Commission,
    CreateCommissionType,
    CreateFeeGroup,
    CreateTransactionCode,
    Fee,
    SetBands,
    Threshold,
)
from app.fees.models import CommissionType
from app.ledger.accounts import Account, Product
from app.ledger.models import Asset
from app.products.commands import CreateProduct
from app.reference.models import TransactionSubType
from tests.factories import House, unique
from tests.ledger.books import entries_of


def a_code(house: House, side: str = "both", *, code: str = "") -> int:
    """Return the id of an authorized transaction code."""
    command = CreateTransactionCode(code or unique("C")[:18], side, "Charges", submit=True)
    return perform(command, house.administrator)


def an_income(house: House, name: str = "Commission income") -> int:
    """Return the id of an authorized product of type INCOME."""
    return perform(CreateProduct("income", unique(name), submit=True), house.administrator)


def flat(low: int, high: int | None, charge: int, currency: str = "KES") -> Band:
    return Band(low, high, currency, charge_minor=charge)


def percent(
    low: int,
    high: int | None,
    rate: str,
    *,
    least: int | None = None,
    most: int | None = None,
    currency: str = "KES",
) -> Band:
    return Band(low, high, currency, None, Decimal(rate), least, most)


def a_commission(
    house: House,
    *bands: Band,
    kinds: tuple[str, ...] = ("withdrawal",),
    currency: str = "KES",
    submit: bool = True,
    **more: Any,
) -> int:
    """Return the id of a commission type with these bands, authorized unless told otherwise."""
    basis = "PERCENTAGE" if bands and bands[0].percent is not None else "FLAT"
    values = {
        "code": unique("CT")[:18],
        "name": "Counter commission",
        "currency": currency,
        "income_product_id": more.pop("income_product_id", None) or an_income(house),
        "transaction_code_id": more.pop("transaction_code_id", None) or a_code(house),
        "basis": basis,
        "kinds": kinds,
    }
    made = perform(CreateCommissionType(Commission(**(values | more))), house.administrator)
    if bands:
        perform(SetBands(made, 1, bands), house.administrator)
    if submit:
        perform(SubmitRecord("commission-type", made), house.administrator)
    return made


def a_group(house: House, name: str = "", *, is_default: bool = False) -> int:
    """Return the id of a fee group of the house's project."""
    command = CreateFeeGroup(house.project_id, name or unique("Group"), is_default=is_default)
    return perform(command, house.administrator)


def a_fee(
    house: House,
    group_id: int,
    *thresholds: Threshold | str,
    label: str | None = "withdrawal",
    basis: str = "static",
    **more: Any,
) -> None:
    """Add a fee for each threshold; a text is an amount without limits, a static one in KES."""
    lines = tuple(Threshold(Decimal(one)) if isinstance(one, str) else one for one in thresholds)
    sub_type_id = sub_type(house, label) if label else None
    if basis == "static" and any(one.amount for one in lines):
        more.setdefault("currency", "KES")
    perform(AddFees(group_id, Fee(basis, sub_type_id, **more), lines), house.administrator)


def sub_type(house: House, label: str) -> int:
    with database.reading() as session:
        query = select(TransactionSubType.id).where(
            TransactionSubType.project_id == house.project_id, TransactionSubType.label == label
        )
        return session.scalars(query).one()


def commission(type_id: int) -> CommissionType:
    with database.reading() as session:
        return session.get_one(CommissionType, type_id)


def moves(transaction_id: int) -> list[tuple[str, int, str]]:
    """Return a transaction's lines: side, amount, and whose: the customer's, or the purpose."""
    with database.reading() as session:
        found = []
        for entry in entries_of(transaction_id):
            query = (
                select(Account.holder, Account.purpose, Product.name)
                .join(Asset, Asset.account_id == Account.id)
                .join(Product, Product.id == Account.product_id)
                .where(Asset.id == entry.asset_id)
            )
            holder, purpose, name = session.execute(query).one()
            whose = "customer" if holder == "client" else purpose or ""
            if whose.startswith("product-"):
                whose = name.split()[0].lower()
            found.append((entry.side, entry.amount_minor, whose))
        return found


def texts(transaction_id: int) -> list[tuple[str, str]]:
    """Return the code and narrative of each line."""
    return [(one.code, one.narrative) for one in entries_of(transaction_id)]
