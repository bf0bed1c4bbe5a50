"""Home in a real browser: the theme, the network, and nothing left to see after log-out."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests import factories
from tests.factories import House
from tests.journeys.conftest import SignIn


@pytest.fixture(scope="module")
def house(app: object) -> House:
    return factories.a_house(currencies=())


@pytest.fixture
def teller(house: House, sign_in: SignIn) -> Page:
    _actor, email, _password = factories.a_user(house, "Teller")
    return sign_in(email, color_scheme="light")


def _canvas(page: Page) -> str:
    return page.evaluate("getComputedStyle(document.documentElement).backgroundColor")


@pytest.mark.checks("E01.01", "E01.02", "E01.04", "E01.05")
def test_the_theme_changes_at_once_and_is_remembered_without_a_flash(teller: Page):
    light = _canvas(teller)
    with teller.expect_response("**/theme"):
        teller.locator(".home__head").get_by_role("button", name="Dark").click()
    dark = _canvas(teller)
    assert dark != light
    teller.reload(wait_until="commit")
    teller.locator("html").wait_for(state="attached")
    assert teller.evaluate("document.documentElement.dataset.theme") == "dark"
    teller.wait_for_load_state()
    assert _canvas(teller) == dark
    with teller.expect_response("**/theme"):
        teller.get_by_role("button", name="System").click()
    assert _canvas(teller) == light
    teller.emulate_media(color_scheme="dark")
    assert _canvas(teller) == dark


@pytest.mark.checks("E01.03", "E01.04", "E05.02")
def test_the_dashboards_switcher_is_in_the_user_menu(house: House, sign_in: SignIn):
    page = sign_in(house.administrator_email, color_scheme="light")
    page.wait_for_url("**/admin/dashboard")
    light = _canvas(page)
    menu = page.locator("#user-menu")
    expect(menu).to_be_hidden()
    page.locator(".sidebar__bottom .user").click()
    expect(menu.get_by_role("button", name="Log out")).to_be_visible()
    with page.expect_response("**/theme"):
        menu.get_by_role("button", name="Dark").click()
    assert _canvas(page) != light
    page.reload()
    assert _canvas(page) != light


@pytest.mark.checks("E02.01", "E02.02", "E02.03")
def test_the_indicator_follows_the_network_and_the_page_stays(teller: Page):
    errors: list[str] = []
    teller.on("pageerror", lambda error: errors.append(str(error)))
    network = teller.locator("[data-network]")
    expect(network).to_contain_text("Online")
    teller.context.set_offline(True)
    expect(network).to_contain_text("Offline", timeout=2_000)
    expect(teller.get_by_role("heading", level=1)).to_be_visible()
    teller.get_by_role("button", name="Dark").click()
    teller.context.set_offline(False)
    expect(network).to_contain_text("Online")
    assert not errors


@pytest.mark.checks("E05.01", "E05.03", "E05.04", "E05.05")
def test_after_log_out_back_shows_nothing(teller: Page):
    teller.goto("/admin/clients")
    teller.goto("/")
    teller.locator(".home__head").get_by_role("button", name="Logout").click()
    teller.wait_for_url(re.compile("/login"))
    assert "Failed to log out" not in teller.content()
    for _step in range(2):
        teller.go_back()
        teller.wait_for_url(re.compile("/login"))
        expect(teller.get_by_role("button", name="Sign in")).to_be_visible()


def test_the_palette_finds_pages_and_records_by_keyboard(house: House, sign_in: SignIn):
    name = factories.unique("Zainabu")
    client_id = factories.a_client(house, first_name=name)
    _actor, email, _password = factories.a_user(house, "Branch Manager")
    page = sign_in(email)
    page.goto("/admin/clients")
    link = page.get_by_role("link", name="Create customer")
    link.focus()
    for keys in ("Control+k", "?"):
        link.press(keys)
        expect(link).not_to_be_focused()
        page.keyboard.press("Escape")
        expect(link).to_be_focused()
    page.locator("body").press("Control+k")
    palette = page.locator("#palette-input")
    expect(palette).to_be_focused()
    palette.fill(name)
    expect(page.locator("#palette-found").get_by_text(name)).to_be_visible()
    palette.press("Enter")
    page.wait_for_url(f"**/admin/clients/{client_id}")


def test_the_palette_moves_money_over_a_drawer_however_fast_one_types(app: object, sign_in: SignIn):
    house = factories.a_house(currencies=("KES",))
    name = factories.unique("Wambui")
    client_id = factories.a_client(house, first_name=name, surname="Ann", phone="0722 600 700")
    account_id = factories.an_account(house, client_id)
    _actor, email, _password = factories.a_user(house, "Branch Manager")
    page = sign_in(email)
    page.goto(f"/admin/accounts?open=/admin/accounts/{account_id}/deposit")
    expect(page.locator("#drawer").get_by_label("Amount", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    page.goto(f"/admin/accounts?open=/admin/clients/{client_id}")
    expect(page.locator("#drawer .panel__title")).to_be_visible()
    page.keyboard.press("Control+k")
    page.keyboard.type(f"deposit ann {name}")
    page.keyboard.press("Enter")
    expect(page.locator("#drawer").get_by_label("Amount", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("0722600700")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/admin/clients/{client_id}")
