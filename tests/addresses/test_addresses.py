"""Wallets of crypto assets: on the networks of the project's configuration, found by address."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from app.addresses.commands import AddAddress, EditAddress
from app.addresses.models import Address
from app.controls.commands import perform
from app.db.session import database
from app.kernel.errors import Conflict, Refusal
from app.ledger.models import Asset
from tests import factories
from tests.pages import form_of, send

ETHER = "0x52908400098527886E0F7030069857D2E4169EE7"
BITCOIN = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES", "BTC"))


@pytest.fixture
def here(house: factories.House, client: FlaskClient) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


@pytest.fixture
def coins(house: factories.House) -> int:
    account_id = factories.an_account(house, factories.a_client(house))
    return factories.an_asset(house, account_id, "BTC")


def _addresses(asset_id: int) -> list[Address]:
    with database.reading() as session:
        found = session.query(Address).filter_by(asset_id=asset_id).order_by(Address.id).all()
        session.expunge_all()
        return found


@pytest.mark.checks("W01.33", "W03.17", "W07.29", "W07.30", "W07.31", "W07.32", "W07.33", "W08.33")
def test_a_wallet_is_added_found_by_its_address_and_keeps_its_network(here, coins):
    path = f"/admin/assets/{coins}/addresses"
    asset_list = here.get("/admin/assets?currency=BTC").get_data(as_text=True)
    assert f'href="{path}"' in asset_list
    assert "Show wallets" in asset_list
    assert "Refresh balance" in asset_list
    page = here.get(f"{path}/new").get_data(as_text=True)
    assert "Lightning" in page
    assert "ERC20" not in page
    assert send(here, f"{path}/new", network="Bitcoin", address=BITCOIN).status_code == 303
    (made,) = _addresses(coins)
    assert made.is_default
    found = here.get("/admin/addresses.csv?search=gtzzwf5").get_data(as_text=True)
    assert BITCOIN in found
    assert BITCOIN not in here.get("/admin/addresses.csv?search=nothing").get_data(as_text=True)
    edit = f"/admin/addresses/{made.id}/edit"
    assert "network" not in form_of(here, edit)
    other = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
    assert send(here, edit, address=other, network="Lightning").status_code == 303
    (kept,) = _addresses(coins)
    assert (kept.network, kept.address) == ("Bitcoin", other)
    tab = here.get(path).get_data(as_text=True)
    assert other in tab
    assert "Default" in tab


@pytest.mark.checks("W08.46")
def test_an_accounts_asset_row_offers_the_same_steps(here, coins):
    with database.reading() as session:
        account_id = session.get_one(Asset, coins).account_id
    page = here.get(f"/admin/accounts/{account_id}/assets").get_data(as_text=True)
    for end in ("addresses", "deposit", "withdraw"):
        assert f'href="/admin/assets/{coins}/{end}"' in page
    for label in ("Show transactions", "Show wallets", "Deposit", "Withdraw"):
        assert label in page


@pytest.mark.checks("W07.34")
def test_a_network_that_configurations_lacks_is_not_supported(here, coins):
    path = f"/admin/assets/{coins}/addresses/new"
    answer = send(here, path, network="ERC20", address=ETHER)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "The network ERC20 is not supported" in page
    assert ETHER in page


def test_an_address_is_of_its_network_and_of_one_asset(house, coins):
    with pytest.raises(Refusal, match="An address of Bitcoin begins with bc1"):
        perform(AddAddress(coins, "Bitcoin", ETHER), house.administrator)
    first = perform(AddAddress(coins, "Lightning", "amina@pay.example"), house.administrator)
    with pytest.raises(Conflict, match="belongs to an asset already"):
        perform(AddAddress(coins, "Lightning", "amina@pay.example"), house.administrator)
    second = perform(
        AddAddress(coins, "Lightning", "second@pay.example", is_default=True), house.administrator
    )
    assert [one.is_default for one in _addresses(coins)] == [False, True]
    perform(EditAddress(first, 2, "amina@pay.example", is_default=True), house.administrator)
    assert {one.id: one.is_default for one in _addresses(coins)} == {first: True, second: False}
    shillings = factories.a_funded_asset(house)
    with pytest.raises(Refusal, match="Only an asset of a cryptocurrency"):
        perform(AddAddress(shillings, "Bitcoin", BITCOIN), house.administrator)
