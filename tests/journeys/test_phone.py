"""What is done on a phone: a list is sorted and chosen from, a report is asked for."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests import factories
from tests.journeys.conftest import SignIn

_PHONE = {"width": 390, "height": 844}


def test_a_report_is_asked_for_on_a_phone(sign_in: SignIn):
    house = factories.a_house()
    page = sign_in(house.administrator_email, viewport=_PHONE)
    page.goto("/admin/reports/trial-balance")
    page.get_by_label("As of").fill("2026-11-18")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".report__facts")).to_contain_text("2026-11-18")


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


def _first_card(page: Page) -> Locator:
    return page.locator("#list tbody tr[id]").first
