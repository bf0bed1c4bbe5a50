"""A filter is cleared by itself, and a panel opened again says what is in force."""

from __future__ import annotations

import re

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


def test_a_view_is_a_tab_at_once_and_the_list_keeps_its_place(sign_in: SignIn):
    house = factories.a_house(currencies=("KES", "USD"))
    for currency in ("KES", "USD"):
        factories.a_funded_asset(house, 50_00, currency)
    page = sign_in(house.administrator_email)
    page.goto("/admin/transactions?currency=KES")
    page.evaluate("window.stayed = true")
    tabs, drawer, rows = (
        page.locator("#views"),
        page.locator("#drawer"),
        page.locator("tbody tr[id]"),
    )
    current = tabs.locator("[aria-current=page]")
    add = tabs.get_by_role("link", name="Create view")
    for name in ("Shillings", "Big deposits"):
        add.click()
        drawer.get_by_label("Name").fill(name)
        page.keyboard.press("Enter")
        expect(current).to_have_text(name)
        expect(drawer).to_be_hidden()
    expect(add).to_be_focused()
    assert re.search(r"/transactions\?currency=KES&view=\d+$", page.url)
    expect(page.locator("[data-filters] [name=view]")).to_have_value(page.url.split("=")[-1])
    menu = page.get_by_role("button", name="View Big deposits")
    menu.click()
    page.get_by_role("link", name="Rename or make default").click()
    drawer.get_by_label("Name").fill("SHILLINGS")
    page.keyboard.press("Enter")
    expect(drawer.get_by_text("You have a view of this name already").first).to_be_visible()
    drawer.get_by_label("Name").fill("Deposits")
    page.keyboard.press("Enter")
    expect(current).to_have_text("Deposits")
    page.get_by_role("button", name="View Deposits").click()
    page.get_by_role("link", name="Delete view").click()
    page.locator("#dialog").get_by_role("button", name="Delete view").click()
    expect(current).to_have_text("All")
    expect(tabs.get_by_role("listitem")).to_have_text(["All", "Shillings", "Create view"])
    expect(rows).to_have_count(1)
    assert page.url.endswith("/transactions?currency=KES&view=all")
    assert page.evaluate("window.stayed")
