"""Passwords and the account in a real browser: told before anything is sent, edited in place."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page, Request, expect

from tests import factories
from tests.access.scenes import OWN, invited, reset_link
from tests.factories import PASSWORD, House
from tests.journeys.conftest import SignIn

TOO_SHORT, DIFFERENT = "Password must be at least 8 characters", "Passwords do not match"


@pytest.fixture(scope="module")
def house(app: Flask) -> House:
    return factories.a_house(currencies=())


def _posts(page: Page) -> list[Request]:
    """Return the list that the page's writes are added to."""
    seen: list[Request] = []
    page.on("request", lambda one: seen.append(one) if one.method == "POST" else None)
    return seen


@pytest.mark.checks("E04.11", "E04.12", "E04.13", "E04.14", "E04.15")
def test_a_wrong_new_password_is_told_before_it_is_sent(
    app: Flask, house: House, page: Page, address: str
):
    _actor, email, _ = factories.a_user(house)
    page.goto(address + reset_link(app.test_client(), email))
    new = page.get_by_label("New Password", exact=True)
    again = page.get_by_label("Confirm New Password")
    button = page.get_by_role("button", name="Reset password")
    posts = _posts(page)
    button.click()
    expect(page.get_by_text("New password is required")).to_be_visible()
    expect(page.get_by_text("Confirm the new password")).to_be_visible()
    expect(new).to_be_focused()
    new.fill("short")
    again.fill("other")
    button.click()
    expect(page.get_by_text(TOO_SHORT)).to_be_visible()
    expect(page.get_by_text(DIFFERENT)).to_be_visible()
    page.get_by_role("button", name="Show password").first.click()
    assert new.get_attribute("type") == "text"
    assert posts == []
    new.fill(OWN)
    again.fill(OWN)
    button.click()
    page.wait_for_url("**/login")
    expect(page.get_by_text("Password reset successfully")).to_be_visible()


@pytest.mark.checks("E07.01", "E07.06", "E07.08", "E07.16", "E07.17", "E07.20", "E07.21")
def test_the_account_is_a_dialog_over_any_page(house: House, sign_in: SignIn):
    _actor, email, _ = factories.a_user(house, "Branch Manager")
    page = sign_in(email)
    page.goto("/admin/clients")
    page.locator(".sidebar__bottom .user").click()
    page.locator("#user-menu").get_by_role("link", name="Account").click()
    drawer = page.locator("#drawer")
    edit = drawer.get_by_role("link", name="Edit Personal Information")
    edit.click()
    drawer.get_by_label("Display Name").fill("Nobody")
    drawer.get_by_role("link", name="Cancel editing Personal Information").click()
    expect(drawer.locator(".account__name")).to_have_text("Tessa Otieno")
    edit.click()
    drawer.get_by_label("Display Name").fill("Tessa of the counter")
    drawer.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Personal information updated")).to_be_visible()
    expect(drawer.locator(".account__name")).to_have_text("Tessa of the counter")
    expect(edit).to_be_visible()
    drawer.get_by_role("link", name="Change password").click()
    dialog, posts = page.locator("#dialog"), _posts(page)
    dialog.get_by_label("Current Password").fill(PASSWORD)
    dialog.get_by_label("New Password", exact=True).fill("short")
    dialog.get_by_label("Confirm New Password").fill(OWN)
    change = dialog.get_by_role("button", name="Change Password")
    change.click()
    expect(dialog.get_by_text(TOO_SHORT)).to_be_visible()
    expect(dialog.get_by_text(DIFFERENT)).to_be_visible()
    assert posts == []
    dialog.get_by_label("New Password", exact=True).fill(OWN)
    change.click()
    expect(page.get_by_text("Password changed successfully")).to_be_visible()
    expect(dialog).to_be_hidden()
    expect(drawer).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(page.locator(".sidebar__bottom .user")).to_be_focused()


@pytest.mark.checks("E06.02", "E06.03", "E06.05")
def test_a_temporary_password_is_the_only_thing_to_do(house: House, page: Page, address: str):
    email, temporary = invited(house, "Tenant Administrator")
    page.goto(f"{address}/login")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(temporary)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/change-password")
    page.goto(f"{address}/admin/clients")
    page.wait_for_url("**/change-password")
    # What a page asks for in part leads back as well.
    with page.expect_navigation(url="**/change-password"):
        page.evaluate("htmx.ajax('GET', '/admin/approvals/count', { swap: 'none' })")
    expect(page.get_by_label("Current Password")).to_be_empty()
    page.get_by_label("Current Password").fill(temporary)
    page.get_by_label("New Password", exact=True).fill(OWN)
    page.get_by_label("Confirm New Password").fill(OWN)
    page.get_by_role("button", name="Change Password").click()
    page.wait_for_url("**/admin/dashboard")
