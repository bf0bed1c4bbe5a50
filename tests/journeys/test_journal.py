"""A transaction typed line by line with scripts: accounts found, lines in place, the balance."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.journals.scenes import codes, house_account, number_of
from tests.journeys.conftest import SignIn
from tests.ledger import books


@pytest.mark.checks("E41.18", "E41.19", "E41.21", "E41.24", "E41.25", "E41.27")
def test_a_journal_is_typed_with_the_keyboard(app: object, sign_in: SignIn):
    house = factories.a_house(currencies=("KES", "USD"))
    codes(house)
    client_id = factories.a_client(house, first_name="Zawadi", surname="Quimby")
    account = factories.first_asset(factories.an_account(house, client_id))
    number, clearing = number_of(account), house_account(house)
    page = sign_in(house.administrator_email)
    page.goto("/admin/transactions/new")
    page.locator("#b1-code").select_option("GENERAL")
    page.locator("#b1-l1-account").fill(clearing)
    page.locator("#b1-l1-amount").fill("130")
    page.locator("#b1-l1-narrative").fill("Rent")
    page.locator("#b1-l2-account").press_sequentially("quimb")
    expect(page.get_by_role("option", name=re.compile("Zawadi Quimby"))).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#b1-l2-account")).to_have_value(number)
    expect(page.locator("#b1-l2-currency")).to_have_value("KES")
    page.locator("#b1-l2-amount").fill("129")
    page.locator("#b1-l2-narrative").fill("Rent")
    expect(page.locator("#balance-total")).to_contain_text("Not balanced by 1.00")
    page.get_by_role("button", name="Add credit line").click()
    line = page.locator("#b1-l3-account")
    expect(line).to_be_focused()
    line.press_sequentially(number)
    expect(page.locator("#combobox-list [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    page.locator("#b1-l3-amount").fill("1")
    page.locator("#b1-l3-narrative").fill("The rest")
    expect(page.locator("#balance-b1")).to_have_class(re.compile("balance-strip--even"))
    rate = page.locator("[data-line='3'] [data-rate]")
    expect(rate).to_be_hidden()
    page.locator("#b1-l3-currency").select_option("USD")
    expect(rate).to_be_visible()
    expect(page.locator("#balance-total")).to_contain_text("Not balanced by 129.00")
    page.locator("#b1-l3-currency").select_option("KES")
    expect(page.locator("#balance-total")).to_contain_text("Balanced")
    page.get_by_role("button", name="Save & Submit").click()
    expect(page.get_by_role("heading", name="Transaction Information")).to_be_visible()
    assert books.asset(account).balance_minor == 130_00


@pytest.mark.checks("E41.21", "E41.27")
def test_an_account_that_is_typed_out_brings_its_currency_as_one_that_is_chosen(
    app: object, sign_in: SignIn
):
    house = factories.a_house(currencies=("KES", "USD"))
    codes(house)
    own = house_account(house)
    foreign = house_account(house, "USD")
    page = sign_in(house.administrator_email)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto("/admin/transactions/new")
    account, currency = page.locator("#b1-l1-account"), page.locator("#b1-l1-currency")
    line = page.locator("#b1 [data-line='1']")
    rate = line.locator("[data-rate]")
    account.press_sequentially(own)
    expect(page.locator("#combobox-list [role=option]")).to_have_count(1)
    page.keyboard.press("Tab")
    expect(currency).to_have_value("KES")
    currency.select_option("USD")
    expect(rate).to_be_visible()
    account.fill(foreign.lower())
    page.keyboard.press("Tab")
    expect(line).to_have_attribute("data-own", "USD")
    expect(currency).to_have_value("USD")
    expect(rate).to_be_hidden()
    currency.select_option("KES")
    expect(rate).to_be_visible()
    account.fill("ACC-99999999")
    page.keyboard.press("Tab")
    expect(currency).to_have_value("")
    expect(rate).to_be_hidden()
    expect(line.locator("[data-owner]")).to_be_empty()
    account.fill(own)
    expect(page.locator("#combobox-list [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(currency).to_have_value("KES")
    assert wrong == []


def test_a_reversal_leads_from_the_dialog_to_its_own_page(app: object, sign_in: SignIn):
    house = factories.a_house(currencies=("KES",))
    asset_id = factories.a_funded_asset(house, 5_00)
    key = books.entries_of_asset(asset_id)[0].transaction_id
    page = sign_in(house.administrator_email)
    page.goto(f"/admin/transactions/{key}")
    page.get_by_role("link", name="Reverse", exact=True).click()
    page.get_by_label("Reversal Reason").fill("Too short")
    expect(page.get_by_role("button", name="Confirm Reversal")).to_be_disabled()
    page.get_by_label("Reversal Reason").fill("Booked on the wrong account")
    page.get_by_role("button", name="Confirm Reversal").click()
    page.wait_for_url(lambda url: not url.endswith(f"/{key}"))
    expect(page.get_by_role("heading", name="Reversal Chain")).to_be_visible()
    page.get_by_role("link", name="View", exact=True).click()
    page.wait_for_url(f"**/admin/transactions/{key}")


@pytest.mark.checks("E41.19")
def test_a_batch_is_added_and_removed_in_place(app: object, sign_in: SignIn):
    house = factories.a_house(currencies=("KES",))
    codes(house)
    page = sign_in(house.administrator_email)
    page.goto("/admin/transactions/new")
    page.locator("#b1-l1-amount").fill("7")
    page.get_by_role("button", name="Add batch").click()
    expect(page.locator("#b2-l2-account")).to_be_visible()
    page.locator("#b2").get_by_role("button", name="Add debit line").click()
    expect(page.locator("#b2-l3-account")).to_be_focused()
    page.locator("#b2").get_by_role("button", name="Remove this line").first.click()
    expect(page.locator("#b2-l1-account")).to_have_count(0)
    page.get_by_role("button", name="Remove batch 2").click()
    expect(page.locator("#b2")).to_have_count(0)
    expect(page.locator("#b1-l1-amount")).to_have_value("7.00")
