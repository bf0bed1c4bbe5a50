"""A bank with rates that it buys and sells at, and a client with money in three currencies."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import case, func, select

from app.controls.commands import perform
from app.currencies.commands import EditCurrency
from app.currencies.rates import Rates
from app.db.session import database
from app.ledger.accounts import Account
from app.ledger.models import Asset, Entry, Transaction
from app.organisation.models import OrganisationCurrency
from app.reports.snapshot import snapshot
from app.reports.verify import breaches
from app.transactions.commands import Deposit
from tests import factories

RATES = {
    "USD": ("128.5", "130.1", "129.3"),
    "JPY": ("0.83", "0.86", "0.8421"),
    "BTC": ("11500000", "12100000", "11850000"),
}


@dataclass(frozen=True, slots=True)
class Scene:
    """The house, its client's account and the client's assets by currency."""

    house: factories.House
    client_id: int
    account_id: int
    assets: dict[str, int]


def a_scene(*currencies: str, funded: int = 10_000_00) -> Scene:
    """Make the bank; the client holds `funded` minor units of shillings and nothing else."""
    house = factories.a_house(currencies=("KES", *currencies))
    for code in currencies:
        set_rates(house, code, RATES[code])
    client_id = factories.a_client(house)
    account_id = factories.an_account(house, client_id)
    assets = {"KES": factories.first_asset(account_id)}
    for code in currencies:
        assets[code] = factories.an_asset(house, account_id, code)
    if funded:
        perform(Deposit(assets["KES"], funded), house.administrator)
    return Scene(house, client_id, account_id, assets)


def set_rates(house: factories.House, code: str, typed: tuple[str, str, str]) -> None:
    """Give a currency other rates from the business date on."""
    with database.reading() as session:
        query = select(OrganisationCurrency.id, OrganisationCurrency.version).where(
            OrganisationCurrency.organisation_id == house.organisation_id,
            OrganisationCurrency.code == code,
        )
        row = session.execute(query).one()
    rates = Rates(*map(Decimal, typed))
    perform(EditCurrency(row.id, row.version, rates), house.administrator)


def transaction(transaction_id: int) -> Transaction:
    with database.reading() as session:
        found = session.get_one(Transaction, transaction_id)
        session.expunge(found)
        return found


def balance(asset_id: int) -> int:
    with database.reading() as session:
        return session.get_one(Asset, asset_id).balance_minor


def lines(transaction_id: int) -> list[tuple[str, str, str, int, int]]:
    """Return side, purpose or client, currency, amount and base amount of each entry."""
    with database.reading() as session:
        query = (
            select(Entry, Account.purpose)
            .join(Asset, Asset.id == Entry.asset_id)
            .join(Account, Account.id == Asset.account_id)
            .where(Entry.transaction_id == transaction_id)
        )
        return [
            (row.Entry.side, row.purpose or "client", row.Entry.currency, row.Entry.amount_minor,
             row.Entry.base_minor)
            for row in session.execute(query.order_by(Entry.line))
        ]  # fmt: skip


def kept_for(house: factories.House, purpose: str) -> dict[str, tuple[int, int]]:
    """Return the signed sums of a purpose's entries by currency: in units and in base."""
    sign = Entry.side == "C"
    with database.reading() as session:
        query = (
            select(
                Entry.currency,
                func.sum(case((sign, Entry.amount_minor), else_=-Entry.amount_minor)),
                func.sum(case((sign, Entry.base_minor), else_=-Entry.base_minor)),
            )
            .join(Asset, Asset.id == Entry.asset_id)
            .join(Account, Account.id == Asset.account_id)
            .where(Entry.organisation_id == house.organisation_id, Account.purpose == purpose)
            .group_by(Entry.currency)
        )
        return {row[0]: (int(row[1]), int(row[2])) for row in session.execute(query)}


def broken(url: str, house: factories.House) -> list[Any]:
    """Return what the read-only check finds wrong in the organisation's books."""
    with snapshot(url) as view:
        return list(breaches(view, house.organisation_id))
