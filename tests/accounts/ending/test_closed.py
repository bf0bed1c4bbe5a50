"""A closed account takes nothing new, and its pages offer nothing that would be refused."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.accounts.commands import EditAccount
from app.accounts.ending.commands import CloseAccount
from app.assets.commands import AddAsset
from app.cards.commands import AddCard, CardTerms
from app.controls.commands import perform
from app.counter.commands import MoveAtCounter
from app.db.session import database
from app.funding.commands import LinkFundingSource
from app.kernel.errors import Conflict
from app.ledger.accounts import Account
from app.ledger.models import Asset, Transaction
from app.mandates.models import Mandate
from app.transactions.commands import Deposit, Withdraw
from tests import factories
from tests.pages import send, token_of

ACCOUNTS, ASSETS = "/admin/accounts", "/admin/assets"
CLOSED = "This account is closed and stays closed"


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES", "USD", "BTC"))


@pytest.fixture
def here(house: factories.House, client: FlaskClient) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


@pytest.fixture
def closed(house: factories.House) -> int:
    """Return the id of an account on which money was before it was closed."""
    boss = house.administrator
    account_id = factories.an_account(house, factories.a_client(house))
    asset_id = factories.first_asset(account_id)
    perform(Deposit(asset_id, 10_00), boss)
    with database.reading() as session:
        signed = session.scalars(select(Mandate.id).where(Mandate.account_id == account_id)).all()
    perform(MoveAtCounter(Withdraw(asset_id, 10_00), tuple(signed)), boss)
    perform(CloseAccount(account_id, "Moved abroad"), boss)
    return account_id


def text(answer: TestResponse, status: int = 200) -> str:
    assert answer.status_code == status
    return answer.get_data(as_text=True)


@pytest.mark.checks("W01.02")
def test_no_asset_is_added_to_a_closed_account(house, here, closed):
    path = f"{ACCOUNTS}/{closed}/assets/new"
    answer = send(here, path, currency="USD", balance="100.00")
    assert CLOSED in text(answer, 409)
    with database.reading() as session:
        assets = session.scalars(select(Asset).where(Asset.account_id == closed)).all()
        waiting = select(Transaction.id).where(
            Transaction.account_id == closed, Transaction.processing == "Pending"
        )
        assert [one.currency for one in assets] == ["KES"]
        assert session.scalars(waiting).all() == []
    for page in (f"{ACCOUNTS}/{closed}", f"{ACCOUNTS}/{closed}/assets", ACCOUNTS):
        assert path not in text(here.get(page))


@pytest.mark.checks("W01.02")
def test_no_mandate_is_added_to_a_closed_account(here, closed):
    tab = f"{ACCOUNTS}/{closed}/mandates"
    assert "Add Mandate" not in text(here.get(tab))
    answer = send(here, f"{tab}/new", name="Baraka Otieno", kind="JOINT_HOLDER")
    assert CLOSED in text(answer, 409)
    assert "Baraka Otieno" not in text(here.get(tab))


@pytest.mark.checks("W01.02")
def test_an_asset_of_a_closed_account_is_not_switched_on_again(here, closed):
    asset_id = factories.first_asset(closed)
    data = {"value": "on", "csrf_token": token_of(here)}
    here.post(f"{ASSETS}/{asset_id}/status", data=data)
    with database.reading() as session:
        assert not session.get_one(Asset, asset_id).is_active
    for page in (f"{ACCOUNTS}/{closed}/assets", ASSETS):
        assert f"{ASSETS}/{asset_id}/status" not in text(here.get(page))
    assert f"{ACCOUNTS}/{closed}/status" not in text(here.get(ACCOUNTS))


@pytest.mark.checks("W01.02")
def test_a_closed_account_and_its_assets_offer_only_what_can_be_done(house, here, closed):
    asset_id = factories.first_asset(closed)
    for page in (f"{ACCOUNTS}/{closed}", ACCOUNTS):
        shown = text(here.get(page))
        for end in ("deposit", "withdraw", "exchange", "qr-payment", "edit", "delete", "close"):
            assert f"{ACCOUNTS}/{closed}/{end}" not in shown
    for page in (f"{ACCOUNTS}/{closed}", f"{ACCOUNTS}/{closed}/assets", f"{ASSETS}/{asset_id}"):
        shown = text(here.get(page))
        for end in ("deposit", "withdraw", "transfer", "exchange", "top-up", "payout", "bonus",
                    "holds/new"):  # fmt: skip
            assert f"{ASSETS}/{asset_id}/{end}" not in shown
    open_one = factories.an_account(house, factories.a_client(house))
    assert f"{ACCOUNTS}/{open_one}/qr-payment" in text(here.get(f"{ACCOUNTS}/{open_one}"))


@pytest.mark.checks("W01.02")
def test_who_comes_by_an_old_address_is_told_that_the_account_is_closed(here, closed):
    asset = f"{ASSETS}/{factories.first_asset(closed)}"
    for path in (f"{asset}/deposit", f"{ACCOUNTS}/{closed}/deposit"):
        shown = text(here.get(path), 409)
        assert "is closed: nothing can be booked on it any more" in shown
        assert "until it is activated" not in shown
    shown = text(here.get(f"{ACCOUNTS}/{closed}/delete"))
    assert "It is closed, and its history stays." in shown
    assert "Deactivate" not in shown


@pytest.mark.checks("W01.02")
def test_a_closed_account_is_neither_edited_nor_linked_to_anything_new(house, closed):
    boss, asset_id = house.administrator, factories.first_asset(closed)
    with database.reading() as session:
        account = session.get_one(Account, closed)
        version, client_id = account.version, account.client_id
    for command in (
        EditAccount(closed, version, None, "EXT-1"),
        AddAsset(closed, "BTC"),
        LinkFundingSource(asset_id, "Equity Bank", "checking", "0011223344"),
        AddCard(client_id, "4111111111111111", CardTerms(closed, asset_id)),
    ):
        with pytest.raises(Conflict, match=CLOSED):
            perform(command, boss)


@pytest.mark.checks("W07.45")
def test_a_closed_account_on_which_nothing_ever_was_is_still_deleted(house, here):
    account_id = factories.an_account(house, factories.a_client(house))
    perform(CloseAccount(account_id, "Opened by mistake"), house.administrator)
    path = f"{ACCOUNTS}/{account_id}"
    assert f"{path}/delete" in text(here.get(path))
    assert send(here, f"{path}/delete").status_code == 303
    assert here.get(path).status_code == 404
