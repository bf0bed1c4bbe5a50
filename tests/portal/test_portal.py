"""The clients' own area: balances, movements, statements, and nothing of anyone else."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader

from app.accounts.ending.commands import CloseAccount
from app.assets.commands import SetAssetActive
from app.controls.commands import perform
from app.controls.due import sweep
from app.controls.identity import Actor
from app.db.session import database
from app.ledger.models import Asset
from app.schedules.execution import CancelForwardDated
from app.transactions.commands import Deposit, Transfer, Withdraw
from app.transactions.kinds import Particulars
from tests import factories
from tests.factories import House
from tests.journals.scenes import codes, line, number_of
from tests.pages import token_of
from tests.schedules.scenes import plan
from tests.statements.books import text_of

STAFF_PAGES = (
    "/admin/dashboard",
    "/admin/clients",
    "/admin/accounts",
    "/admin/assets",
    "/admin/transactions",
    "/admin/statements",
    "/admin/approvals",
    "/admin/activity",
    "/admin/users",
    "/search?q=amina",
)


@dataclass(frozen=True, slots=True)
class Customer:
    """A client with a login and one funded asset."""

    client_id: int
    asset_id: int
    actor: Actor
    email: str


@pytest.fixture(scope="module")
def house(app: Flask) -> House:
    return factories.a_house()


def _customer(house: House, amount_minor: int = 1_000_00, first_name: str = "Amina") -> Customer:
    client_id = factories.a_client(house, first_name=first_name)
    asset_id = factories.first_asset(factories.an_account(house, client_id))
    if amount_minor:
        perform(Deposit(asset_id, amount_minor), house.administrator)
    actor, email, _password = factories.a_user(
        house, kind="client", client_id=client_id, first_name=first_name, last_name="Wanjiru"
    )
    return Customer(client_id, asset_id, actor, email)


@pytest.fixture
def amina(house: House) -> Customer:
    return _customer(house)


@pytest.fixture
def portal(client: FlaskClient, amina: Customer) -> FlaskClient:
    factories.signed_in(client, amina.email)
    return client


def _read(portal: FlaskClient, path: str) -> str:
    answer = portal.get(path)
    assert answer.status_code == 200, f"{path} answers {answer.status_code}"
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def _ask(portal: FlaskClient, of: str, period: str = "2026-11", **days: str) -> object:
    data = {"of": of, "period": period, "csrf_token": token_of(portal), **days}
    return portal.post("/portal/statements", data=data)


@pytest.mark.checks("M03.05")
def test_a_client_lands_on_their_balances(client: FlaskClient, house: House, amina: Customer):
    factories.an_approval_rule(house, minimum_minor=100_00)
    perform(Withdraw(amina.asset_id, 250_50), house.administrator)
    teller, _email, _password = factories.a_user(house)
    waiting = Particulars(beneficiary="Kenya Power")
    perform(Withdraw(amina.asset_id, 149_50, waiting), teller)
    landed = factories.signed_in(client, amina.email)
    assert landed.headers["Location"] == "/portal"
    page = _read(client, "/portal")
    assert "Hello, Amina" in page
    assert house.name in page
    assert "Available 600.00 KES" in page
    assert "On hold 149.50 KES" in page
    assert "Ledger balance 749.50 KES" in page
    movements = _read(client, f"/portal/assets/{amina.asset_id}")
    assert "Withdrawal to Kenya Power" in movements
    assert "149.50 KES reserved until decided" in movements


def test_the_page_of_an_asset_says_its_number_once_and_what_is_reserved_in_words(
    client: FlaskClient, house: House
):
    giver, taker = _customer(house, first_name="Halima"), _customer(house, 0, "Omari")
    factories.an_approval_rule(house, minimum_minor=400_00)
    teller, _email, _password = factories.a_user(house)
    perform(Transfer(giver.asset_id, taker.asset_id, 450_00, Particulars()), teller)
    factories.signed_in(client, giver.email)
    page = _read(client, f"/portal/assets/{giver.asset_id}")
    assert "Transfer out" in page
    head = client.get(f"/portal/assets/{giver.asset_id}").get_data(as_text=True)
    title = re.search(r"<h1[^>]*>(.*?)</h1>", head)
    assert title is not None
    assert "Halima" in title[1]
    assert "ACC-" not in title[1]


def test_movements_say_in_or_out_with_the_balance_after_each(
    portal: FlaskClient, house: House, amina: Customer
):
    perform(Withdraw(amina.asset_id, 30_00), house.administrator)
    other = _customer(house, 0, "Brian")
    perform(
        Transfer(amina.asset_id, other.asset_id, 20_00, Particulars(description="Rent")),
        house.administrator,
    )
    page = _read(portal, f"/portal/assets/{amina.asset_id}")
    assert re.search(
        r"Transfer to ACC-\d+ Brian .*? · Rent .*? Out −20\.00 KES Balance 950\.00", page
    )
    assert re.search(r"Withdrawal .*? Out −30\.00 KES Balance 970\.00", page)
    assert re.search(r"Deposit .*? In \+1,000\.00 KES Balance 1,000\.00", page)
    assert page.index("950.00") < page.index("Withdrawal TXN") < page.index("Deposit TXN")


def test_movements_come_fifty_a_page_and_lead_both_ways(
    portal: FlaskClient, house: House, amina: Customer
):
    for number in range(1, 60):
        perform(Deposit(amina.asset_id, number), house.administrator)
    path = f"/portal/assets/{amina.asset_id}"
    first = portal.get(path).get_data(as_text=True)
    assert first.count('class="move"') == 50
    assert "Newer" not in first
    older = re.search(r'href="([^"]+)" rel="next"', first)
    last = portal.get(older.group(1)).get_data(as_text=True)
    assert last.count('class="move"') == 10
    assert "Older" not in last
    newer = re.search(r'href="([^"]+)" rel="prev"', last)
    again = portal.get(newer.group(1)).get_data(as_text=True)
    assert re.findall(r"TXN-\d+", again) == re.findall(r"TXN-\d+", first)


@pytest.mark.checks("W08.11")
def test_a_deactivated_asset_is_hidden_from_its_client(
    portal: FlaskClient, house: House, amina: Customer
):
    path = f"/portal/assets/{amina.asset_id}"
    assert "1,000.00 KES" in _read(portal, "/portal")
    assert f"asset-{amina.asset_id}" in portal.get("/portal/statements").get_data(as_text=True)
    perform(SetAssetActive(amina.asset_id, is_active=False), house.administrator)
    assert "1,000.00" not in _read(portal, "/portal")
    assert portal.get(path).status_code == 404
    assert f"asset-{amina.asset_id}" not in portal.get("/portal/statements").get_data(as_text=True)
    assert _ask(portal, f"asset-{amina.asset_id}").status_code == 404


def test_a_statement_is_hidden_while_the_asset_it_is_of_is_deactivated(
    portal: FlaskClient, house: House, amina: Customer
):
    assert _ask(portal, f"asset-{amina.asset_id}").status_code == 303
    while sweep():
        pass
    page = portal.get("/portal/statements").get_data(as_text=True)
    path = re.search(r'href="([^"]+/download)"', page).group(1)
    assert portal.get(path).status_code == 200
    perform(SetAssetActive(amina.asset_id, is_active=False), house.administrator)
    assert portal.get(path).status_code == 404
    assert path not in portal.get("/portal/statements").get_data(as_text=True)
    perform(SetAssetActive(amina.asset_id, is_active=True), house.administrator)
    assert portal.get(path).status_code == 200


def test_the_statements_of_a_closed_account_stay_the_client_s_to_read_and_to_ask_for(
    portal: FlaskClient, house: House, amina: Customer
):
    assert _ask(portal, f"asset-{amina.asset_id}").status_code == 303
    perform(Withdraw(amina.asset_id, 1_000_00), house.administrator)
    with database.reading() as session:
        account_id = session.get_one(Asset, amina.asset_id).account_id
    perform(CloseAccount(account_id, "The customer moved away"), house.administrator)
    while sweep():
        pass
    page = portal.get("/portal/statements").get_data(as_text=True)
    path = re.search(r'href="([^"]+/download)"', page).group(1)
    assert portal.get(path).status_code == 200
    assert f'value="asset-{amina.asset_id}"' in page
    for of in (f"asset-{amina.asset_id}", f"client-{amina.client_id}"):
        assert _ask(portal, of).status_code == 303
    while sweep():
        pass
    made = portal.get("/portal/statements").get_data(as_text=True)
    assert len(set(re.findall(r'href="([^"]+/download)"', made))) == 3


def test_a_client_asks_for_a_month_leaves_and_comes_back_for_the_pdf(
    portal: FlaskClient, amina: Customer
):
    answer = _ask(portal, f"asset-{amina.asset_id}")
    assert answer.headers["Location"] == "/portal/statements"
    waiting = portal.get("/portal/statements").get_data(as_text=True)
    polled = re.search(r'data-poll="([^"]+)"', waiting).group(1)
    part = portal.get(polled, headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert "Being made" in part.get_data(as_text=True)
    assert "<html" not in part.get_data(as_text=True)
    while sweep():
        pass
    settled = portal.get(polled, headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert "data-poll" not in settled.get_data(as_text=True)
    made = portal.get("/portal/statements").get_data(as_text=True)
    assert "data-poll" not in made
    told = re.search(r'action="(/portal/notices/\d+)"', made).group(1)
    opened = portal.post(told, data={"csrf_token": token_of(portal)})
    assert opened.headers["Location"] == "/portal/statements"
    file = portal.get(re.search(r'href="([^"]+/download)"', made).group(1))
    assert file.mimetype == "application/pdf"
    assert file.headers["Content-Disposition"].startswith("attachment; filename=")
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    again = portal.get(re.search(r'href="([^"]+/download)"', made).group(1))
    assert again.data == file.data
    text = text_of(PdfReader(io.BytesIO(file.data)))
    assert "01 Nov 2026" in text
    assert "20 Nov 2026" in text
    assert "1,000.00" in text


def test_other_days_are_asked_for_and_refused_in_words(portal: FlaskClient, amina: Customer):
    of = f"client-{amina.client_id}"
    missing = _ask(portal, of, "days")
    assert missing.status_code == 422
    assert "First day is required" in missing.get_data(as_text=True)
    beyond = _ask(portal, of, "days", first_day="2026-11-01", last_day="2026-12-24")
    assert beyond.status_code == 422
    text = beyond.get_data(as_text=True)
    assert "The period cannot go beyond the business date, 20 Nov 2026." in text
    assert 'value="2026-12-24"' in text
    turned = _ask(portal, of, "days", first_day="2026-11-10", last_day="2026-11-01")
    assert "The last day cannot be before the first day." in turned.get_data(as_text=True)
    unknown = _ask(portal, of, "2031-01")
    assert unknown.status_code == 422
    assert "Choose a period from the list" in unknown.get_data(as_text=True)
    nonsense = _ask(portal, of, "days", first_day="yesterday", last_day="2026-11-01")
    assert "Enter a date such as 2026-11-20" in nonsense.get_data(as_text=True)
    assert (
        _ask(portal, of, "days", first_day="2026-11-01", last_day="2026-11-20").status_code == 303
    )


def test_nothing_of_another_client_can_be_reached(
    app: Flask, portal: FlaskClient, house: House, amina: Customer
):
    other = _customer(house, 5_000_00, "Brian")
    theirs = app.test_client()
    factories.signed_in(theirs, other.email)
    assert _ask(theirs, f"asset-{other.asset_id}").status_code == 303
    while sweep():
        pass
    made = theirs.get("/portal/statements").get_data(as_text=True)
    path = re.search(r'href="([^"]+)/download"', made).group(1)
    assert theirs.get(f"{path}/download").status_code == 200
    _read(portal, "/portal")
    for address in (f"/portal/assets/{other.asset_id}", path, f"{path}/download"):
        refused, missing = portal.get(address), portal.get("/portal/assets/999999999")
        assert refused.status_code == missing.status_code == 404
        assert _without_id(refused) == _without_id(missing)
    for of in (f"asset-{other.asset_id}", f"client-{other.client_id}", "account-1", "asset-x", ""):
        assert _ask(portal, of).status_code == 404
    assert "Brian" not in _read(portal, "/portal/statements")


def _without_id(answer) -> str:
    text = answer.get_data(as_text=True).replace(answer.headers["X-Request-Id"], "")
    return re.sub(r'X-CSRFToken": "[^"]+|value="[^"]{40,}"', "", text)


def test_staff_pages_refuse_a_client_and_the_portal_refuses_staff(
    app: Flask, portal: FlaskClient, house: House, amina: Customer
):
    for path in STAFF_PAGES:
        assert portal.get(path).status_code in {403, 404}, path
    for path in ("/admin/exports", "/admin/exports.csv", "/admin/approvals/count"):
        assert portal.get(path).status_code == 404, path
    staff = app.test_client()
    _actor, email, password = factories.a_user(house, "Branch Manager")
    factories.signed_in(staff, email, password)
    for path in ("/portal", "/portal/statements", f"/portal/assets/{amina.asset_id}"):
        assert staff.get(path).status_code == 403, path


def test_the_portal_offers_theme_account_and_log_out(portal: FlaskClient):
    page = portal.get("/portal").get_data(as_text=True)
    menu = page[page.index('id="user-menu"') :]
    assert 'action="/theme"' in menu
    assert 'href="/account"' in menu
    assert 'action="/logout"' in menu
    assert "Where you are signed in" in _read(portal, "/account")
    change = portal.get("/change-password").get_data(as_text=True)
    assert 'href="/portal/statements"' in change
    assert 'id="sidebar"' not in change


def test_a_client_sees_what_will_be_paid_from_their_accounts_and_nobody_elses(app, house):
    codes(house, "PLANNED")
    mine, other = _customer(house), _customer(house)
    numbers = number_of(mine.asset_id), number_of(other.asset_id)
    lines = tuple(
        line(side, number, 75_00, code="PLANNED", narrative="School fees")
        for side, number in zip("DC", numbers, strict=True)
    )
    key = plan(house, "", "", 0, on=date(2026, 12, 3), lines=lines)
    browser = app.test_client()
    factories.signed_in(browser, mine.email)
    page = browser.get("/portal").text
    upcoming = page[page.index("Upcoming payments") :]
    assert "School fees" in upcoming
    assert "75.00" in upcoming
    page = browser.get(f"/portal/assets/{mine.asset_id}").text
    assert "School fees" in page
    assert "reserved for 03 Dec 2026" in page
    receiver = app.test_client()
    factories.signed_in(receiver, other.email)
    assert "Upcoming payments" not in receiver.get("/portal").text
    perform(CancelForwardDated(key), house.administrator)
    assert "Upcoming payments" not in browser.get("/portal").text
