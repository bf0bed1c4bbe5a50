"""A statement made in a drawer: the progress moves by itself, and the file is there."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.journeys.conftest import SignIn


@pytest.mark.usefixtures("worker")
def test_a_teller_makes_a_statement_without_leaving_the_drawer(app: object, sign_in: SignIn):
    house = factories.a_house(currencies=("KES",))
    asset_id = factories.a_funded_asset(house, 1_000_00)
    _actor, email, _password = factories.a_user(house, "Teller")
    page = sign_in(email)
    page.goto(f"/admin/assets/{asset_id}")
    page.locator(".page-head__actions").get_by_role("button", name="More actions").click()
    # By the keyboard: a driver that clicks scrolls the page first, and the menu goes with it.
    page.locator(".page-head__actions").get_by_role("link", name="Statement").press("Enter")
    drawer = page.locator("#drawer")
    first_day = drawer.get_by_label("First day")
    expect(first_day).to_be_hidden()
    drawer.get_by_label("Period").select_option(label="Other days")
    first_day.fill("2026-11-15")
    drawer.get_by_label("Last day").fill("2026-11-21")
    drawer.get_by_role("button", name="Make statement").click()
    expect(drawer.get_by_role("alert")).to_contain_text("beyond the business date, 20 Nov 2026.")
    drawer.get_by_label("Last day").fill("2026-11-20")
    drawer.get_by_role("button", name="Make statement").click()
    expect(drawer).to_contain_text("The statement is ready.")
    expect(drawer.locator(".panel__title")).to_contain_text("Ready")
    with page.expect_download() as download:
        drawer.get_by_role("link", name="Download PDF").click()
    assert download.value.suggested_filename.endswith("2026-11-15-to-2026-11-20.pdf")
