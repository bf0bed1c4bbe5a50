"""Passkeys as a browser sees them, with a device that the browser itself plays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import delete

from app.access.passkeys import relying_party
from app.access.throttle import Attempts
from app.controls.commands import door
from app.db.session import database
from tests import factories
from tests.factories import PASSWORD


@pytest.fixture
def portal(address: str) -> Iterator[str]:
    """The portal under a name: browsers keep passkeys for names."""
    named = address.replace("127.0.0.1", "localhost")
    relying_party.configure(public_url=named, name="Countinghouse")
    yield named
    relying_party.configure(public_url="http://127.0.0.1:8000", name="Countinghouse")


@pytest.fixture
def page(portal: str, new_context: Callable[..., BrowserContext]) -> Iterator[Page]:
    """A browser with a device that knows its owner."""
    context = new_context(base_url=portal)
    context.set_default_timeout(30_000)
    page = context.new_page()
    devices = context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    yield page
    context.close()


def _password(page: Page, email: str) -> None:
    page.goto("/login")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def _leave(page: Page) -> None:
    # What the page still asks for by itself would bring its cookie back.
    page.goto("about:blank")
    page.context.clear_cookies()


def test_a_passkey_is_added_asked_for_and_enough_alone(
    page: Page, app: Flask, monkeypatch: pytest.MonkeyPatch
):
    # Other tests tried passkeys from this address as well, and it has a bound.
    with database.engine.begin() as connection:
        connection.execute(delete(Attempts))
    house = factories.a_house(currencies=())
    _actor, email, _known = factories.a_user(house)
    _password(page, email)
    page.wait_for_url(lambda url: "/login" not in url)
    page.goto("/account")
    page.get_by_role("link", name="Add passkey").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Name").fill("Work laptop")
    dialog.get_by_role("button", name="Add passkey").click()
    expect(dialog.get_by_role("listitem")).to_have_count(10)
    dialog.get_by_role("link", name="Go on").click()
    expect(page.get_by_text("Work laptop")).to_be_visible()

    _leave(page)
    _password(page, email)
    page.wait_for_url("**/login/second-factor")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(lambda url: "/login" not in url)

    _leave(page)
    page.goto("/login?next=/account")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(lambda url: url.endswith("/account") and "login" not in url)

    # Later on, what weighs heavily asks again inside its dialog and then goes on there.
    now = door.clock()
    monkeypatch.setattr(door, "clock", lambda: now + timedelta(minutes=6))
    page.get_by_role("link", name="Make new recovery codes").click()
    expect(dialog.get_by_role("heading")).to_have_text("Is it you?")
    dialog.get_by_role("button", name="Use a passkey").click()
    expect(dialog.get_by_role("heading")).to_have_text("New recovery codes")
    dialog.get_by_role("button", name="Make new codes").click()
    expect(dialog.get_by_role("listitem")).to_have_count(10)
