"""A report is asked for on a phone: its form is there without a button before it."""

from __future__ import annotations

from playwright.sync_api import expect

from tests import factories
from tests.journeys.conftest import SignIn


def test_a_report_is_asked_for_on_a_phone(sign_in: SignIn):
    house = factories.a_house()
    page = sign_in(house.administrator_email, viewport={"width": 390, "height": 844})
    page.goto("/admin/reports/trial-balance")
    page.get_by_label("As of").fill("2026-11-18")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".report__facts")).to_contain_text("2026-11-18")
