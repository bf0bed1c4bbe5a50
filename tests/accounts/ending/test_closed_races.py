"""An account is closed, saved, or something is added to it, when several ask for it at once."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.commands import EditAccount
from app.accounts.ending.commands import CloseAccount
from app.addresses.commands import AddAddress
from app.assets.commands import AddAsset
from app.controls.commands import STALE
from app.db.session import database
from app.ledger.accounts import Account
from app.ledger.models import Transaction
from tests import factories
from tests.ledger.contest import PROCESSES, at_once


@pytest.fixture(scope="module")
def house(app: Flask) -> factories.House:
    return factories.a_house(currencies=("KES", "USD", "BTC", "JPY"))


@pytest.mark.checks("W01.02")
@pytest.mark.parametrize("turn", range(4))
def test_a_closed_account_has_nothing_waiting_though_it_was_added_at_once(house, pool, turn):
    account_id = factories.an_account(house, factories.a_client(house))
    boss = house.administrator
    closing = (CloseAccount(account_id, "Moved abroad"), boss, None)
    adding = [
        (AddAsset(account_id, currency, opening_minor=100), boss, None)
        for currency in ("USD", "JPY")
    ]
    outcomes = at_once(pool, [[adding[0]], [closing], [adding[1]], [closing], [closing]])
    assert all(one.refusal or one.answer for one in outcomes)
    with database.reading() as session:
        is_closed = session.get_one(Account, account_id).is_closed
        waiting = session.scalars(
            select(Transaction.id).where(
                Transaction.account_id == account_id, Transaction.processing == "Pending"
            )
        ).all()
    assert is_closed is (not waiting)


def test_an_address_in_other_letters_is_added_once_when_many_add_it(house, pool):
    account_id = factories.an_account(house, factories.a_client(house))
    coins = factories.an_asset(house, account_id, "BTC")
    names = ("Pay@Lake.example", "pay@lake.example", "PAY@lake.example", "pay@LAKE.example",
             "pAy@lake.example")  # fmt: skip
    outcomes = at_once(
        pool, [[(AddAddress(coins, "Lightning", one), house.administrator, None)] for one in names]
    )
    refused = [one.refusal for one in outcomes if one.refusal]
    assert refused == ["This address belongs to an asset already"] * (PROCESSES - 1)


def test_of_many_who_save_an_account_at_once_one_does(house, pool):
    account_id = factories.an_account(house, factories.a_client(house))
    names = [f"EXT-{number}" for number in range(PROCESSES)]
    attempts = [
        [(EditAccount(account_id, 1, None, name), house.administrator, None)] for name in names
    ]
    outcomes = at_once(pool, attempts)
    assert [one.refusal for one in outcomes if one.refusal] == [STALE] * (PROCESSES - 1)
    with database.reading() as session:
        account = session.get_one(Account, account_id)
    kept = next(name for name, one in zip(names, outcomes, strict=True) if not one.refusal)
    assert (account.version, account.external_id) == (2, kept)
