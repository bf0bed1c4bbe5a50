"""What is typed is what is sent: no amount is guessed, and no day is dropped without a word."""

from __future__ import annotations

import contextlib
import re

from playwright.sync_api import Error, expect
from sqlalchemy import select

from app.db.session import database
from app.integrations.resource import SYSTEMS_PATH
from app.ledger.models import Transaction
from tests import factories
from tests.journeys.conftest import SignIn, enter


def test_what_is_no_amount_and_no_day_is_not_booked(app: object, sign_in: SignIn):
    house = factories.a_house(currencies=("KES",))
    account_id = factories.an_account(house, factories.a_client(house))
    page = sign_in(house.administrator_email)
    page.goto(f"/admin/accounts/{account_id}/deposit")
    amount = page.get_by_label("Amount", exact=True)
    for typed, shown in (("1234.5", "1,234.50"), ("1,234", "1,234.00"), ("1,00", "1,00")):
        amount.fill(typed)
        amount.blur()
        expect(amount).to_have_value(shown)
    save = page.get_by_role("button", name="Save")
    save.click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    expect(amount).to_have_value("1,00")
    amount.fill("1.25")
    day = page.get_by_label("Value date")
    day.press_sequentially("02302026")
    save.click()
    assert day.evaluate("field => field.matches(':focus') && field.validity.badInput")
    day.fill("2026-11-19")
    save.click()
    page.wait_for_url(lambda url: not url.endswith("/deposit"))
    with database.reading() as session:
        query = select(Transaction.amount_minor, Transaction.value_date).where(
            Transaction.organisation_id == house.organisation_id
        )
        ((minor, value_date),) = session.execute(query).all()
    assert (minor, value_date.isoformat()) == (1_25, "2026-11-19")


def test_what_was_refused_is_not_dropped_and_focus_comes_back(app: object, sign_in: SignIn):
    page = sign_in(factories.a_house().administrator_email)
    left: list[str] = []
    page.goto("/admin/titles")
    page.get_by_role("link", name="Create").first.click()
    drawer = page.locator("#drawer")
    drawer.locator("[name=code]").fill("REV")
    page.keyboard.press("Enter")
    expect(drawer.locator(".error-summary")).to_be_focused()
    page.keyboard.press("Escape")
    drawer.get_by_role("button", name="Keep editing").click()
    page.on("dialog", lambda asked: (left.append(asked.type), asked.dismiss()))
    with contextlib.suppress(Error):
        page.reload(timeout=2_000)
    assert left == ["beforeunload"]
    # What is wrong no more is not said any longer.
    expect(drawer.locator(".field--error")).to_have_count(1)
    drawer.locator("[name=name]").fill("Reverend")
    expect(drawer.locator(".field--error, .error-summary, [aria-invalid]")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.get_by_role("cell", name="Reverend")).to_be_visible()
    expect(page.get_by_role("link", name="Create").first).to_be_focused()


def test_what_was_typed_outlives_a_session_for_the_same_person_alone(app: object, sign_in: SignIn):
    house = factories.a_house(currencies=("KES",))
    account_id = factories.an_account(house, factories.a_client(house))
    _actor, other, _password = factories.a_user(house, "Branch Manager")
    page = sign_in(house.administrator_email)
    deposit = f"/admin/accounts/{account_id}/deposit"
    drawer, said = page.locator("#drawer"), page.locator(".toast", has_text="is back")
    amount = drawer.get_by_label("Amount", exact=True)
    page.goto(f"{SYSTEMS_PATH}?open={SYSTEMS_PATH}/new")
    drawer.get_by_label("Name").fill("Screening")
    drawer.locator("[name=credentials]").fill("sesame")
    drawer.get_by_role("button", name="Show password").click()
    page.context.clear_cookies()
    drawer.get_by_label("Name").press("Enter")
    page.wait_for_url("**/login?*")
    assert page.evaluate("sessionStorage.typed.includes('Screening')")
    assert not page.evaluate("sessionStorage.typed.includes('sesame')")
    enter(page, house.administrator_email)
    expect(drawer.get_by_label("Name")).to_have_value("Screening")
    page.goto(f"/admin/accounts/{account_id}?open={deposit}")
    for email, typed in ((house.administrator_email, "70.00"), (other, "")):
        drawer.get_by_label("Description").fill("Counted twice")
        amount.fill("70.00")
        page.context.clear_cookies()
        amount.press("Enter")
        page.wait_for_url("**/login?*")
        assert page.evaluate("sessionStorage.typed.includes('70.00')")
        assert not page.evaluate("sessionStorage.typed.includes('csrf')")
        enter(page, email)
        expect(amount).to_have_value(typed)
        expect(drawer.get_by_label("Description")).to_have_value("Counted twice" if typed else "")
        expect(said).to_have_count(1 if typed else 0)
        assert page.evaluate("sessionStorage.typed") is None
        if typed:
            amount.press("Escape")
            drawer.get_by_role("button", name="Keep editing").click()


def test_a_page_that_is_a_form_keeps_what_was_typed_as_a_drawer_does(app: object, sign_in: SignIn):
    house = factories.a_house(currencies=("KES",))
    account_id = factories.an_account(house, factories.a_client(house))
    page = sign_in(house.administrator_email)
    deposit = f"/admin/accounts/{account_id}/deposit"
    amount = page.get_by_label("Amount", exact=True)
    page.goto(deposit)
    expect(amount).to_be_focused()
    amount.fill("70.00")
    page.context.clear_cookies()
    amount.press("Enter")
    page.wait_for_url(re.compile("/login"))
    enter(page, house.administrator_email)
    page.wait_for_url(f"**{deposit}")
    expect(amount).to_have_value("70.00")
    expect(page.locator(".toast", has_text="before you were signed out is back")).to_be_visible()
    amount.press("Enter")
    page.wait_for_url(lambda url: not url.endswith("/deposit"))
    assert page.evaluate("sessionStorage.typed") is None
    with database.reading() as session:
        query = select(Transaction.amount_minor).where(
            Transaction.organisation_id == house.organisation_id
        )
        assert session.scalars(query).all() == [70_00]
    page.goto(deposit)
    expect(amount).to_have_value("")


def test_a_drawer_that_becomes_a_page_takes_along_what_was_typed(app: object, sign_in: SignIn):
    house = factories.a_house(currencies=("KES",))
    account_id = factories.an_account(house, factories.a_client(house))
    page = sign_in(house.administrator_email)
    deposit = f"/admin/accounts/{account_id}/deposit"
    page.goto(f"/admin/accounts/{account_id}?open={deposit}")
    page.locator("#drawer").get_by_label("Amount", exact=True).fill("55")
    page.get_by_role("link", name="Open as page").click()
    page.wait_for_url(f"**{deposit}")
    expect(page.get_by_label("Amount", exact=True)).to_have_value(re.compile(r"55(\.00)?"))
