"""A customer is chosen by typing: any of them, not only the newest that a list would hold."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.db.session import database
from app.ledger.accounts import Account
from tests import factories
from tests.journeys.conftest import SignIn


def test_a_customer_is_found_by_typing_and_stays_chosen(
    app: object, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("app.clients.choices.OFFERED", 1)
    house = factories.a_house(currencies=("KES",))
    client_id = factories.a_client(house, first_name="Zawadi", surname="Mwangi")
    factories.a_client(house, first_name="Newest", surname="Of All")
    _actor, email, _password = factories.a_user(house, "Teller")
    page = sign_in(email)
    page.goto("/admin/accounts/new")
    field = page.get_by_label("Customer", exact=False).first
    expect(field).to_have_role("combobox")
    field.click()
    expect(page.locator(".combobox [role=option]")).to_have_count(2)
    field.press_sequentially("zawa")
    field.press("Enter")
    expect(field).to_have_value("zawa")
    expect(page.locator(".combobox [role=option]")).to_have_count(1)
    field.press("Enter")
    expect(field).to_have_value("Zawadi Mwangi · CUS-00000001")
    field.fill("nobody of that name")
    expect(page.locator(".combobox")).to_contain_text("No customer found.")
    field.press("Tab")
    page.get_by_label("Currency").select_option("KES")
    expect(field).to_have_value("Zawadi Mwangi · CUS-00000001")
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    expect(field).to_have_value("Zawadi Mwangi · CUS-00000001")
    page.get_by_label("Product").select_option(str(house.product_id))
    page.get_by_role("button", name="Save as Draft").click()
    page.wait_for_url(lambda url: "/new" not in url)
    with database.reading() as session:
        query = select(Account.client_id).where(
            Account.organisation_id == house.organisation_id, Account.client_id.is_not(None)
        )
        assert list(session.scalars(query)) == [client_id]


def test_whom_a_transfer_goes_to_is_found_by_name_and_named_before_it_is_saved(sign_in: SignIn):
    house = factories.a_house(currencies=("KES",))
    source = factories.a_funded_asset(house, 50_00)
    client_id = factories.a_client(house, first_name="Zawadi", surname="Mwangi")
    account_id = factories.an_account(house, client_id)
    with database.reading() as session:
        number = session.get_one(Account, account_id).number
    page = sign_in(house.administrator_email)
    page.goto(f"/admin/assets/{source}/transfer")
    page.get_by_label("To", exact=True).press_sequentially("zawadi")
    expect(page.locator(".combobox [role=option]")).to_have_count(1)
    page.get_by_label("To", exact=True).press("Enter")
    expect(page.get_by_label("To", exact=True)).to_have_value(number)
    expect(page.locator(".breakdown")).to_contain_text(f"Zawadi Mwangi · {number}")
    expect(page.locator("#receives")).to_have_text(f"Zawadi Mwangi · {number} · KES")
