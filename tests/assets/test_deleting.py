"""An asset that wallets, cards or sources hang on says so, and is deleted once they are gone."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.addresses.commands import AddAddress
from app.addresses.models import Address
from app.cards.commands import AddCard, CardTerms, DeleteCard
from app.cards.models import Card
from app.controls.commands import perform
from app.db.session import database
from app.funding.commands import UnlinkFundingSource
from app.invoices.commands import InvoiceTerms, IssueInvoice
from app.ledger.accounts import Account
from app.ledger.models import Asset
from tests import factories
from tests.cards.scenes import a_card_number
from tests.pages import send

ASSETS, ADDRESSES = "/admin/assets", "/admin/addresses"
FIRST, SECOND = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"

NAME = "zubeda@pay.example"


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES", "USD", "BTC"))


@pytest.fixture
def here(house: factories.House, client: FlaskClient) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


@pytest.fixture
def holder(house: factories.House) -> tuple[int, int]:
    """Return the ids of a new customer and their account."""
    client_id = factories.a_client(house)
    return client_id, factories.an_account(house, client_id)


def refused(here: FlaskClient, path: str) -> str:
    answer = send(here, path)
    assert answer.status_code == 409
    return answer.get_data(as_text=True)


def gone(model: type, record_id: int) -> bool:
    with database.reading() as session:
        return session.get(model, record_id) is None


@pytest.mark.checks("W08.57", "W08.60", "W08.61")
def test_an_asset_is_deleted_once_its_wallets_are_removed(house, here, holder):
    coins = factories.an_asset(house, holder[1], "BTC")
    first = perform(AddAddress(coins, "Bitcoin", FIRST), house.administrator)
    second = perform(AddAddress(coins, "Bitcoin", SECOND), house.administrator)
    sentence = "cannot be deleted: it has wallet addresses"
    assert f"Asset {sentence}" in refused(here, f"{ASSETS}/{coins}/delete")
    told = refused(here, f"/admin/accounts/{holder[1]}/delete")
    assert "Account cannot be deleted: its BTC asset has wallet addresses" in told
    tab = f"{ASSETS}/{coins}/addresses"
    assert f"{ADDRESSES}/{first}/delete" in here.get(tab).get_data(as_text=True)
    assert f"{ADDRESSES}/{first}/delete" in here.get(ADDRESSES).get_data(as_text=True)
    asked = here.get(f"{ADDRESSES}/{first}/delete").get_data(as_text=True)
    assert "Remove wallet" in asked
    assert FIRST in asked
    assert send(here, f"{ADDRESSES}/{first}/delete").status_code == 303
    assert FIRST not in here.get(tab).get_data(as_text=True)
    with database.reading() as session:
        assert session.get_one(Address, second).is_default
    assert send(here, f"{ADDRESSES}/{second}/delete").status_code == 303
    assert send(here, f"{ASSETS}/{coins}/delete").status_code == 303
    assert gone(Asset, coins)


def test_a_wallet_is_removed_by_those_who_may_edit_it_and_not_while_an_invoice_waits(
    house, here, holder, app
):
    coins = factories.an_asset(house, holder[1], "BTC")
    address = perform(AddAddress(coins, "Lightning", NAME), house.administrator)
    terms = InvoiceTerms(amount_minor=1_000)
    perform(
        IssueInvoice(holder[0], "BTC", terms, network="Lightning", wallet_address=NAME),
        house.administrator,
    )
    told = refused(here, f"{ADDRESSES}/{address}/delete")
    assert "Wallet cannot be removed: it has invoices that wait for payment" in told
    _, email, _ = factories.a_user(house, "Auditor")
    reader = app.test_client()
    factories.signed_in(reader, email)
    assert f"{ADDRESSES}/{address}/delete" not in reader.get(ADDRESSES).get_data(as_text=True)
    assert reader.get(f"{ADDRESSES}/{address}/delete").status_code == 403
    assert not gone(Address, address)


@pytest.mark.checks("W08.57", "W08.60", "W08.61")
def test_an_asset_is_deleted_once_its_cards_are_deleted(house, here, holder):
    client_id, account_id = holder
    dollars = factories.an_asset(house, account_id, "USD")
    coins = factories.an_asset(house, account_id, "BTC")
    alone, both = (
        perform(AddCard(client_id, a_card_number(), terms), house.administrator)
        for terms in (
            CardTerms(account_id, dollars),
            CardTerms(account_id, dollars, coins, "crypto"),
        )
    )
    told = refused(here, f"{ASSETS}/{dollars}/delete")
    assert "Asset cannot be deleted: it has cards" in told
    for card_id in (alone, both):
        perform(DeleteCard(card_id), house.administrator)
    assert send(here, f"{ASSETS}/{dollars}/delete").status_code == 303
    assert gone(Asset, dollars)
    assert gone(Card, alone)
    with database.reading() as session:
        left = session.get_one(Card, both)
        assert (left.fiat_asset_id, left.crypto_asset_id) == (None, coins)
    assert send(here, f"/admin/accounts/{account_id}/delete").status_code == 303
    assert gone(Account, account_id)
    assert gone(Card, both)


@pytest.mark.checks("W08.57", "W08.60", "W08.61")
def test_an_asset_is_deleted_once_its_sources_are_unlinked(house, here, holder):
    dollars = factories.an_asset(house, holder[1], "USD")
    source_id = factories.a_funding_source(house, dollars)
    told = refused(here, f"{ASSETS}/{dollars}/delete")
    assert "Asset cannot be deleted: it has funding sources" in told
    perform(UnlinkFundingSource(source_id), house.administrator)
    assert send(here, f"{ASSETS}/{dollars}/delete").status_code == 303
    with database.reading() as session:
        kept = select(Asset.currency).where(Asset.account_id == holder[1])
        assert session.scalars(kept).all() == ["KES"]
