"""What the drawers of the counter hold: Enter saves, whom money goes to is found, no dead end."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from app.db.session import database
from app.ledger.accounts import Account
from app.ledger.models import Asset
from tests import factories
from tests.pages import form_of, token_of

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES", "USD"))


@pytest.fixture
def here(house: factories.House, client: FlaskClient) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def _uid(asset_id: int) -> str:
    with database.reading() as session:
        return session.get_one(Asset, asset_id).uid


def _number(account_id: int) -> str:
    with database.reading() as session:
        return session.get_one(Account, account_id).number


def test_the_first_button_of_a_form_is_the_one_that_saves(house, here):
    asset_id = factories.a_funded_asset(house, 50_00)
    account_id = factories.an_account(house, factories.a_client(house))
    factories.an_asset(house, account_id, "USD")
    asset, account = f"/admin/assets/{asset_id}", f"/admin/accounts/{account_id}"
    paths = (
        *(f"{asset}/{one}" for one in ("deposit", "withdraw", "transfer", "top-up", "payout")),
        f"{account}/exchange", "/admin/clients/new", "/admin/accounts/new", "/admin/products/new",
        "/admin/transaction-codes/new",
    )  # fmt: skip
    for path in paths:
        for headers in ({}, PARTIAL):
            page = here.get(path, headers=headers).get_data(as_text=True)
            form = page[page.index("data-form") :]
            first = re.search(r"<button(?![^>]*type=.button)[^>]*>", form)
            assert first is not None
            assert "data-enter" in first[0], path
            assert "name=" not in first[0], path
    drawer = here.get(f"{asset}/deposit", headers=PARTIAL).get_data(as_text=True)
    assert 'name="preview"' not in drawer


def test_a_button_that_asks_for_the_price_gets_the_form_back_and_never_a_part_of_it(house, here):
    path = f"/admin/assets/{factories.a_funded_asset(house, 50_00)}/deposit"
    typed = form_of(here, path) | {"amount": "7", "preview": "page"}
    page = here.post(path, data=typed, headers=PARTIAL).get_data(as_text=True)
    assert "<form" in page
    assert 'value="7"' in page
    assert "There is a problem" not in page


def test_the_price_is_the_last_of_the_fields(house, here):
    asset_id = factories.a_funded_asset(house, 50_00)
    page = here.get(f"/admin/assets/{asset_id}/deposit").get_data(as_text=True)
    places = [page.index(one) for one in ('id="amount"', 'id="value_date"', "breakdown-title")]
    assert places == sorted(places)


def test_whom_a_transfer_goes_to_holds_the_currency_and_is_found_by_a_uid(house, here):
    source = factories.a_funded_asset(house, 50_00)
    client_id = factories.a_client(house, surname="Pangolin")
    shillings, dollars = (
        factories.an_account(house, client_id, currency) for currency in ("KES", "USD")
    )
    picker = f"/admin/assets/{source}/receivers"
    page = here.get(f"/admin/assets/{source}/transfer").get_data(as_text=True)
    assert f'data-combobox="{picker}"' in page
    found = here.get(f"{picker}?q=pangolin").get_data(as_text=True)
    assert _number(shillings) in found
    assert _number(dollars) not in found
    uid = _uid(factories.first_asset(shillings))
    found = here.get(f"{picker}?q={uid}").get_data(as_text=True)
    assert f'data-value="{uid}"' in found
    assert "Pangolin" in found
    uid = _uid(factories.first_asset(dollars))
    assert "No account found" in here.get(f"{picker}?q={uid}").get_data(as_text=True)


def test_what_is_half_typed_is_not_judged(house, here):
    path = f"/admin/assets/{factories.a_funded_asset(house, 50_00)}/transfer"
    asked = {"preview": "1", "csrf_token": token_of(here), "counter_asset_id": "pan"}
    shown = here.post(path, data=asked, headers=PARTIAL).get_data(as_text=True)
    assert "Receives" not in shown
    assert "Type an amount" in shown


def _between(text: str, opening: str, closing: str) -> str:
    return text.split(opening, 1)[1].split(closing, 1)[0]


def test_whom_the_money_goes_to_and_what_it_comes_to_stand_where_the_teller_looks(house, here):
    path = f"/admin/assets/{factories.a_funded_asset(house, 50_00)}/transfer"
    client_id = factories.a_client(house, first_name="Zawadi", surname="Mwangi")
    number = _number(factories.an_account(house, client_id))
    whole = f"Zawadi Mwangi · {number} · KES"
    asked = {"preview": "1", "csrf_token": token_of(here), "amount": "8"}
    shown = here.post(path, data={**asked, "counter_asset_id": number}, headers=PARTIAL)
    live = shown.get_data(as_text=True)
    assert _between(live, 'hx-target="#receives" hx-swap="innerHTML">', "<") == whole
    foot = _between(live, 'hx-target="#sums"', "</hx-partial>")
    for one in ("Gross", "8.00", "Fees and tax", "0.00", "Net", "Available after", "42.00"):
        assert one in foot
    short = here.post(path, data={**asked, "amount": "51"}, headers=PARTIAL)
    foot = _between(short.get_data(as_text=True), 'hx-target="#sums"', "</hx-partial>")
    assert "This is more than is available." in foot
    typed = form_of(here, path) | {"amount": "51", "counter_asset_id": number}
    for headers in ({}, PARTIAL):
        again = here.post(path, data=typed, headers=headers).get_data(as_text=True)
        assert _between(again, 'id="receives" aria-live="polite">', "<") == whole
        assert "51.00" in _between(again, "<footer", "</footer>")


def test_an_exchange_is_offered_to_whom_has_a_second_currency(house, here):
    account_id = factories.an_account(house, factories.a_client(house))
    page, link = f"/admin/accounts/{account_id}", f'href="/admin/accounts/{account_id}/exchange"'
    assert link not in here.get(page).get_data(as_text=True)
    factories.an_asset(house, account_id, "USD")
    assert link in here.get(page).get_data(as_text=True)


def test_an_exchange_starts_with_the_one_currency_there_is_and_asks_for_one_of_several(house, here):
    account_id = factories.an_account(house, factories.a_client(house))
    target = factories.an_asset(house, account_id, "USD")
    path = f"/admin/assets/{factories.first_asset(account_id)}/exchange"
    assert form_of(here, path)["counter_asset_id"] == [str(target)]
    account = f"/admin/accounts/{account_id}/exchange"
    asked = {"preview": "live", "amount": "1", "csrf_token": token_of(here)}
    assert "Choose an asset first" in here.post(account, data=asked).get_data(as_text=True)


def test_a_page_that_is_refused_leads_back_to_where_one_came_from(house, here):
    asset_id = factories.a_funded_asset(house)
    came = f"http://localhost/admin/assets/{asset_id}?tab=1"
    path = f"/admin/assets/{asset_id}/exchange"
    refused = here.get(path, headers={"Referer": came}).get_data(as_text=True)
    assert f'href="/admin/assets/{asset_id}?tab=1">Go back</a>' in refused
    assert 'href="/">Go to the home page</a>' in refused
    for elsewhere in ("http://elsewhere.example/x", f"http://localhost{path}", ""):
        refused = here.get(path, headers={"Referer": elsewhere}).get_data(as_text=True)
        assert "Go back" not in refused
