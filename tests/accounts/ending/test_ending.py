"""Accounts are suspended, closed for good, or closed for one that another customer gets."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.commands import SetAccountActive
from app.accounts.ending.commands import CloseAccount, ReassignAccount
from app.controls.commands import perform
from app.counter.commands import MoveAtCounter
from app.db.session import database
from app.kernel.errors import Conflict, Refusal
from app.ledger.accounts import Account
from app.mandates.models import Mandate
from app.transactions.commands import Deposit, Withdraw
from tests import factories
from tests.pages import send

ACCOUNTS = "/admin/accounts"


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def manager(house: factories.House, client: FlaskClient) -> FlaskClient:
    _actor, email, password = factories.a_user(house, "Branch Manager")
    factories.signed_in(client, email, password)
    return client


def account(account_id: int) -> Account:
    with database.reading() as session:
        return session.get_one(Account, account_id)


@pytest.mark.checks("W01.02")
def test_an_account_is_suspended_and_closed_when_it_is_empty(house, manager):
    boss = house.administrator
    account_id = factories.an_account(house, factories.a_client(house))
    asset_id = factories.first_asset(account_id)
    perform(Deposit(asset_id, 10_00), boss)
    perform(SetAccountActive(account_id, is_active=False), boss)
    with pytest.raises(Conflict, match="is inactive"):
        perform(Deposit(asset_id, 10_00), boss)
    perform(SetAccountActive(account_id, is_active=True), boss)
    path = f"{ACCOUNTS}/{account_id}"
    assert f"{path}/close" in manager.get(path).get_data(as_text=True)
    full = send(manager, f"{path}/close", reason="Moved abroad")
    assert full.status_code == 409
    assert "Account cannot be closed: it contains assets with balance" in full.get_data(
        as_text=True
    )
    with database.reading() as session:
        signed = session.scalars(select(Mandate.id).where(Mandate.account_id == account_id)).all()
    perform(MoveAtCounter(Withdraw(asset_id, 10_00), tuple(signed)), boss)
    assert send(manager, f"{path}/close", reason="no").status_code == 422
    assert send(manager, f"{path}/close", reason="Moved abroad").status_code == 303
    page = manager.get(path).get_data(as_text=True)
    for shown in ("Closed", "Moved abroad", str(factories.BUSINESS_DATE)):
        assert shown in page
    assert f"{path}/deposit" not in page
    with pytest.raises(Conflict, match="stays closed"):
        perform(SetAccountActive(account_id, is_active=True), boss)
    with pytest.raises(Conflict):
        perform(Deposit(asset_id, 10_00), boss)
    with pytest.raises(Conflict, match="closed already"):
        perform(CloseAccount(account_id, "Once more"), boss)


@pytest.mark.checks("W01.02", "W07.06")
def test_reassigning_opens_one_like_it_and_leaves_the_history_where_it_is(house, manager):
    first, second = factories.a_client(house), factories.a_client(house, first_name="Baraka")
    account_id = factories.an_account(house, first)
    path = f"{ACCOUNTS}/{account_id}"
    answer = send(manager, f"{path}/reassign", client_id=str(second), reason="Inherited by the son")
    assert answer.status_code == 303
    made = account(int(answer.headers["Location"].rpartition("/")[2]))
    old = account(account_id)
    assert (old.client_id, old.closed_on) == (first, factories.BUSINESS_DATE)
    assert (made.client_id, made.product_id, made.currency) == (
        second, old.product_id, old.currency,
    )  # fmt: skip
    assert made.record_status == "PENDING_AUTH_L1"
    assert "Baraka" in made.name
    held = factories.an_account(house, first)
    with pytest.raises(Refusal, match="Choose another customer"):
        perform(ReassignAccount(held, first, "Nobody else"), house.administrator)
    perform(Deposit(factories.first_asset(held), 10_00), house.administrator)
    with pytest.raises(Conflict, match="with balance"):
        perform(ReassignAccount(held, second, "Inherited"), house.administrator)
    assert account(held).closed_on is None
