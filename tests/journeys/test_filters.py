"""A filter is cleared by itself, and a panel opened again says what is in force."""

from __future__ import annotations

from playwright.sync_api import expect

from app.controls.commands import perform
from app.transactions.commands import Deposit
from tests import factories
from tests.journeys.conftest import SignIn


def test_one_filter_is_cleared_and_what_was_refused_is_not_kept(sign_in: SignIn):
    house = factories.a_house(currencies=("KES", "USD"))
    factories.a_funded_asset(house, 50_00, "USD")
    for name in ("Amina", "Zawadi"):
        client_id = factories.a_client(house, first_name=name)
        asset_id = factories.first_asset(factories.an_account(house, client_id))
        perform(Deposit(asset_id, 900_00), house.administrator)
    page = sign_in(house.administrator_email)
    page.goto("/admin/transactions?currency=KES&owner=Zawadi")
    rows = page.locator("#list tbody tr[id]")
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="More filters").click()
    owner = page.get_by_role("combobox", name="Owner", exact=True)
    expect(owner).to_have_value("Zawadi")
    clear = page.get_by_role("button", name="Clear: Owner", exact=True)
    page.get_by_role("textbox", name="Asset ID").hover()
    owner.blur()
    expect(clear).to_have_css("opacity", "0")
    owner.hover()
    expect(clear).to_have_css("opacity", "1")
    clear.click()
    expect(rows).to_have_count(2)
    expect(clear).to_be_hidden()
    expect(owner).to_be_focused()
    assert "currency=KES" in page.url
    assert "owner" not in page.url
    owner.fill("x" * 201)
    owner.press("Enter")
    expect(page.get_by_text("can have at most 200 characters")).to_be_visible()
    assert "xxx" not in page.url
    page.get_by_role("heading", name="Transactions").click()
    expect(owner).to_be_hidden()
    page.get_by_role("button", name="More filters").click()
    expect(owner).to_have_value("")
    expect(rows).to_have_count(2)
