"""What is done on a phone: a list is sorted and chosen from, a report is asked for."""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.sync_api import Locator, Page, expect

from app.controls.commands import perform
from app.db.session import database
from app.ledger.models import Asset
from app.schedules.orders import EditStandingOrder
from app.transactions.commands import Deposit
from app.transactions.kinds import Particulars
from tests import factories
from tests.journals.scenes import codes, line, number_of
from tests.journeys.conftest import SignIn
from tests.schedules.scenes import ORDERS, order

_PHONE = {"width": 390, "height": 844}


def test_a_report_is_asked_for_on_a_phone(sign_in: SignIn):
    house = factories.a_house()
    page = sign_in(house.administrator_email, viewport=_PHONE)
    page.goto("/admin/reports/trial-balance")
    page.get_by_label("As of").fill("2026-11-18")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".report__facts")).to_contain_text("2026-11-18")


@pytest.mark.parametrize("width", [820, 1024])
def test_every_column_of_the_journal_is_in_sight_on_a_tablet(sign_in: SignIn, width: int):
    house = factories.a_house()
    asset_id = factories.a_funded_asset(house)
    told = Particulars(description="Rent of November for the shop in Moi Avenue")
    perform(Deposit(asset_id, 102_222_217_20, told), house.administrator)
    page = sign_in(house.administrator_email, viewport={"width": width, "height": 900})
    page.goto("/admin/reports/journal")
    last = page.get_by_role("columnheader", name="In base currency")
    box = page.get_by_role("region", name="Transaction journal")
    assert last.bounding_box()["width"] > 0
    assert box.evaluate("one => one.scrollWidth <= one.clientWidth")


def test_what_the_search_of_the_header_is_for_fits_it(sign_in: SignIn):
    house = factories.a_house()
    for width, told in ((390, "Search"), (1440, "Search or jump to…")):
        page = sign_in(house.administrator_email, viewport={"width": width, "height": 844})
        field = page.get_by_label("Search or jump to").first
        hint = page.locator(".header__hint")
        expect(hint).to_have_text(told, use_inner_text=True)
        room = field.bounding_box()
        shown = hint.bounding_box()
        assert shown["x"] + shown["width"] <= room["x"] + room["width"]


def test_cards_of_a_list_are_sorted_and_chosen_on_a_phone(sign_in: SignIn):
    house = factories.a_house()
    for name in ("Musa", "Amina", "Zawadi"):
        factories.a_client(house, first_name=name)
    page = sign_in(house.administrator_email, viewport=_PHONE)
    page.goto("/admin/clients")
    by_name = page.get_by_role("link", name="Name", exact=True)
    by_name.click()
    expect(_first_card(page)).to_contain_text("Amina")
    by_name.click()
    expect(_first_card(page)).to_contain_text("Zawadi")
    page.get_by_label("Select all on this page").check()
    expect(page.locator(".bulk__count")).to_have_text("3 selected")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_what_another_saved_is_compared_within_the_width_of_a_phone(sign_in: SignIn):
    house = factories.a_house()
    codes(house)
    numbers = [number_of(factories.a_funded_asset(house, 9_00)) for _ in range(2)]
    start = date(2026, 12, 1)
    key = order(house, *numbers, 5_00, day=3, start=start, submit=False)
    page = sign_in(house.administrator_email, viewport=_PHONE)
    page.goto(f"{ORDERS}/{key}/edit")
    lines = tuple(line(side, one, 7_00) for side, one in zip("DC", numbers, strict=True))
    told = "As it was agreed with the customer " * 10
    theirs = EditStandingOrder(key, 1, house.branch_id, 4, start, None, lines, narrative=told)
    perform(theirs, house.administrator)
    page.get_by_role("button", name="Save as Draft").click()
    compared = page.get_by_role("region", name="Changed fields")
    expect(compared).to_contain_text("Batch 1, debit line 1")
    assert compared.evaluate("one => one.getBoundingClientRect().right <= innerWidth")


def test_the_tab_of_the_page_is_in_sight_on_a_phone(sign_in: SignIn):
    house = factories.a_house(currencies=("KES",))
    _who, email, _password = factories.a_user(
        house, kind="client", client_id=factories.a_client(house)
    )
    page = sign_in(email, viewport=_PHONE)
    page.goto("/portal/requests")
    tab = page.get_by_role("navigation", name="Main").get_by_role("link", name="Requests")
    expect(tab).to_have_attribute("aria-current", "page")
    expect(tab).to_be_in_viewport(ratio=0.9)


def _first_card(page: Page) -> Locator:
    return page.locator("#list tbody tr[id]").first


@pytest.mark.parametrize("width", [820, 1440])
def test_what_a_teller_does_most_is_one_tap_away_on_a_customer_s_page(sign_in: SignIn, width: int):
    house = factories.a_house()
    asset_id = factories.a_funded_asset(house, 500_00)
    with database.reading() as session:
        client_id = session.get_one(Asset, asset_id).client_id
    page = sign_in(house.administrator_email, viewport={"width": width, "height": 1180})
    page.goto(f"/admin/clients/{client_id}")
    for deed in ("Withdraw", "Transfer", "Deposit"):
        page.get_by_role("link", name=re.compile(f"^{deed} KES")).click()
        expect(page.get_by_role("heading", name=deed)).to_be_visible()
        page.get_by_role("button", name="Close").first.click()
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
