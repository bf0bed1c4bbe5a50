"""What a teller does in a drawer by the keyboard: Enter saves, focus is kept, the page follows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import quote

from playwright.sync_api import ConsoleMessage, Route, expect
from sqlalchemy import select

from app.db.session import database
from app.ledger.models import Transaction
from tests import factories
from tests.journeys.conftest import SignIn


def _kinds(house: factories.House) -> list[str]:
    with database.reading() as session:
        query = select(Transaction.kind).where(Transaction.organisation_id == house.organisation_id)
        return list(session.scalars(query.order_by(Transaction.id)))


def test_enter_saves_and_the_page_beneath_shows_it(app: object, sign_in: SignIn):
    house = factories.a_house(currencies=("KES", "USD"))
    account_id = factories.an_account(house, factories.a_client(house))
    factories.an_asset(house, account_id, "USD")
    page = sign_in(house.administrator_email)
    said: list[str] = []
    page.on("console", lambda message: said.append(_complaint(message)))
    page.goto(f"/admin/accounts/{account_id}")
    drawer, recent = page.locator("#drawer"), page.locator("#main .card", has_text="Newest")
    expect(recent).to_contain_text("Nothing was booked on this asset yet")
    page.get_by_role("link", name="Deposit").first.click()
    amount = drawer.get_by_label("Amount", exact=True)
    below = drawer.get_by_label("Description")
    amount.click()
    before = below.bounding_box()
    amount.press_sequentially("250.00")
    expect(drawer.locator(".breakdown")).to_contain_text("Available after")
    assert below.bounding_box() == before
    expect(drawer.locator("#sums")).to_be_in_viewport(ratio=1)
    expect(drawer.locator("#sums")).to_contain_text("250.00")
    amount.press("Enter")
    expect(page.locator(".toast").first).to_contain_text("Deposit completed")
    expect(drawer).to_contain_text("Deposit")
    page.keyboard.press("Escape")
    expect(recent).to_contain_text("250.00")
    assert _kinds(house) == ["deposit"]
    page.goto(f"/admin/accounts/{account_id}?open=/admin/accounts/{account_id}/exchange")
    drawer.get_by_label("Given").fill("10")
    expect(drawer.locator("#exchange-preview")).to_contain_text("Choose an asset first")
    drawer.get_by_label("Given").press("Enter")
    expect(drawer.get_by_text("There is a problem")).to_be_visible()
    assert [one for one in said if one] == []


def test_a_refused_drawer_closes_and_a_picker_has_the_focus(app: object, sign_in: SignIn):
    house = factories.a_house(currencies=("KES",))
    asset_id = factories.a_funded_asset(house, 5_00)
    page = sign_in(house.administrator_email)
    page.goto(f"/admin/assets?open=/admin/assets/{asset_id}/exchange")
    expect(page.locator(".toast")).to_contain_text("no active asset in another currency")
    expect(page.locator("#drawer")).not_to_be_visible()
    assert "open=" not in page.url
    page.goto("/admin/invoices")
    assert page.locator(".sidebar [aria-current=page]").evaluate(_IN_SIGHT)
    page.get_by_role("link", name="Add invoice").first.click()
    field = page.locator("#drawer").get_by_role("combobox").first
    expect(field).to_be_focused()
    expect(field).to_have_attribute("data-combobox", "/admin/clients/options")
    page.goto("/")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option", name="Accounts")).to_be_visible()


def test_a_lost_answer_is_told_as_that_and_books_once(app: object, sign_in: SignIn):
    house = factories.a_house(currencies=("KES",))
    account_id = factories.an_account(house, factories.a_client(house))
    page = sign_in(house.administrator_email)
    deposit = f"/admin/accounts/{account_id}/deposit"
    page.goto(f"/admin/accounts/{account_id}?open={deposit}")
    drawer = page.locator("#drawer")
    unknown = drawer.get_by_text("It is not known whether this arrived")
    amount = drawer.get_by_label("Amount", exact=True)
    amount.fill("70")
    page.route(f"**{deposit}", _but_previews(lambda route: (route.fetch(), route.abort())))
    amount.press("Enter")
    expect(unknown).to_be_visible()
    expect(drawer.get_by_text("it is done once")).to_be_visible()
    assert _kinds(house) == ["deposit"]
    page.unroute(f"**{deposit}")
    page.route(f"**{deposit}", _but_previews(lambda route: route.fulfill(status=502)))
    with page.expect_response(lambda answer: answer.status == 502):
        amount.press("Enter")
    expect(drawer.get_by_role("button", name="Save")).to_be_enabled()
    page.wait_for_timeout(_PROBED_AGAIN_MS)
    expect(unknown).to_be_visible()
    expect(drawer.get_by_text("You are offline")).to_be_hidden()
    expect(page.locator(".toast")).to_have_count(0)
    page.unroute(f"**{deposit}")
    amount.press("Enter")
    expect(page.locator(".toast").first).to_contain_text("Deposit completed")
    expect(unknown).to_be_hidden()
    assert _kinds(house) == ["deposit"]
    # What the answer says itself is not said twice.
    page.goto(f"/admin/accounts/{account_id}?open={deposit}")
    toast = {"kind": "error", "title": "Something went wrong", "text": "Nothing was changed."}
    told = {"X-Request-Id": "a1", "HX-Trigger": json.dumps({"toast": toast}), "HX-Reswap": "none"}
    page.route(f"**{deposit}", _but_previews(lambda route: route.fulfill(status=500, headers=told)))
    amount.fill("80")
    amount.press("Enter")
    expect(page.locator(".toast")).to_have_text(re.compile("Nothing was changed"))
    expect(page.locator(".toast")).to_have_count(1)


# A lost answer has the network tried at once, and again two seconds later.
_PROBED_AGAIN_MS = 2_500


def _but_previews(answer: Callable[[Route], object]) -> Callable[[Route], object]:
    """Answer what a form sends when it is saved; what it asks for while one types passes."""

    def sent(route: Route) -> object:
        is_preview = "preview" in (route.request.post_data or "")
        return route.continue_() if is_preview else answer(route)

    return sent


_IN_SIGHT = """one => { const {top, bottom} = one.getBoundingClientRect();
  return top >= 0 && bottom <= innerHeight; }"""


def _complaint(message: ConsoleMessage) -> str:
    return message.text if "Content Security Policy" in message.text else ""


def test_a_drawer_leads_back_to_the_one_before(app: object, sign_in: SignIn):
    house = factories.a_house(currencies=("KES",))
    account_id = factories.an_account(house, factories.a_client(house))
    account = f"/admin/accounts/{account_id}"
    page = sign_in(house.administrator_email)
    drawer = page.locator("#drawer")
    back = drawer.get_by_role("button", name="Back")
    page.goto(f"/admin/accounts?open={account}")
    expect(drawer).to_contain_text("Newest")
    expect(back).not_to_be_visible()
    drawer.get_by_role("link", name="Deposit").first.click()
    drawer.get_by_label("Amount", exact=True).fill("5")
    back.click()
    drawer.get_by_role("button", name="Drop changes").click()
    expect(drawer).to_contain_text("Newest")
    expect(back).not_to_be_visible()
    # What a form has changed is seen where the form was opened.
    drawer.get_by_role("button", name="More").click()
    drawer.get_by_role("link", name="Edit").click()
    drawer.get_by_label("External ID").fill("ROOF-12")
    drawer.get_by_role("button", name="Save").click()
    expect(drawer).to_contain_text("Newest")
    expect(drawer).to_contain_text("ROOF-12")
    assert page.url.endswith(f"open={quote(account, safe='')}")
    page.keyboard.press("Escape")
    expect(drawer).not_to_be_visible()
