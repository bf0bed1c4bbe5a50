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
