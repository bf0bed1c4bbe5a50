"""A list on paper: every column that is shown, and what the sheet is a sheet of."""

from __future__ import annotations

import io

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from app.transactions.resource import TRANSACTIONS
from app.web.listing import Column
from tests import factories
from tests.factories import House, a_funded_asset
from tests.journeys.conftest import SignIn
from tests.transactions.scenes import deposit

_SHOWN = [one for one in TRANSACTIONS.columns if one.shown]


@pytest.fixture
def house() -> House:
    house = factories.a_house()
    asset_id = a_funded_asset(house)
    for number in range(40):
        deposit(house, asset_id, 1_00 + number, source="M-Pesa", source_email="payer@example.com")
    return house


def _sheets(page: Page, **paper: bool) -> list[str]:
    sheets = PdfReader(io.BytesIO(page.pdf(format="A4", **paper))).pages
    return [" ".join(one.extract_text().split()) for one in sheets]


@pytest.mark.parametrize("paper", [{}, {"landscape": True}], ids=["upright", "on its side"])
@pytest.mark.parametrize("columns", [_SHOWN, TRANSACTIONS.columns], ids=["usual", "all"])
def test_a_printed_list_says_what_it_is_and_loses_no_column(
    sign_in: SignIn, house: House, columns: list[Column], paper: dict[str, bool]
):
    page = sign_in(house.administrator_email)
    keys = ",".join(one.key for one in columns)
    page.goto(f"/admin/transactions?search=payer&status=completed&columns={keys}")
    first, *others = sheets = _sheets(page, **paper)
    for told in (house.name, "Business date", "Transactions", "Search: payer", "Status: Completed"):
        assert told in first, told
    assert others
    for sheet in sheets:
        heads = "".join(sheet.split())  # which break where they must
        assert [one.label for one in columns if "".join(one.label.split()) not in heads] == []
        assert not {"Actions", "Filters", "Export", "Share", "Log out"} & set(sheet.split())


def test_a_printed_list_says_which_rows_these_are_and_how_they_are_sorted(
    sign_in: SignIn, house: House
):
    asset_id = a_funded_asset(house)
    for number in range(11):
        deposit(house, asset_id, 2_00 + number)
    page = sign_in(house.administrator_email)
    page.goto("/admin/transactions")
    said = page.locator(".list__paper")
    assert not said.is_visible(), "on the screen the pager says it"
    assert "1 to 50 of 51, sorted by Reference, descending" in _sheets(page)[0]
    page.get_by_role("link", name="Next").click()
    page.wait_for_url("**after=**")
    page.get_by_role("link", name="Amount", exact=True).click()
    page.wait_for_url("**sort=amount**")
    assert "1 to 50 of 51, sorted by Amount, ascending" in _sheets(page)[0]
    page.get_by_role("link", name="Next").click()
    page.wait_for_url("**after=**")
    expect(page.locator(".pager__text")).to_have_text("51 to 51 of 51")
    assert "51 to 51 of 51, sorted by Amount, ascending" in _sheets(page)[0]


def test_a_printed_table_keeps_to_the_sheet(sign_in: SignIn, house: House):
    page = sign_in(house.administrator_email, viewport={"width": 1047, "height": 718})
    page.goto("/admin/transactions")
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    chrome = page.locator(".filters, .sidebar, table .select, table .actions, table .ident__copy")
    assert not any(one.is_visible() for one in chrome.all())
