"""The dashboard: the day's figures of what a person may see, by a constant number of queries."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.configuration.commands import CreateProjectLike
from app.controls.commands import door, perform
from app.transactions.commands import CreditBonus, Deposit, Transfer, Withdraw
from app.transactions.kinds import Particulars
from app.transactions.reversal import ReverseTransaction
from app.transactions.wallets import CreditEarning, Payout
from tests import factories
from tests.factories import House
from tests.pages import token_of
from tests.sent import statements_sent

DASHBOARD = "/admin/dashboard"


@pytest.fixture
def house(app: Flask) -> House:
    return factories.a_house()


def _words(client: FlaskClient, path: str = DASHBOARD) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, f"{path} answers {answer.status_code}"
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def _as(client: FlaskClient, house: House, role: str, **more: str) -> FlaskClient:
    _actor, email, password = factories.a_user(house, role, **more)
    factories.signed_in(client, email, password)
    return client


def test_the_figures_are_those_of_the_business_date_by_currency(client: FlaskClient, house: House):
    shillings = factories.a_funded_asset(house, 1_000_00)
    factories.a_funded_asset(house, 12_345, "JPY")
    perform(Withdraw(shillings, 250_00), house.administrator)
    mistaken = perform(Deposit(shillings, 70_00), house.administrator)
    perform(ReverseTransaction(mistaken, "Booked in error"), house.administrator)
    page = _words(_as(client, house, "Branch Manager"))
    assert f"{house.name} on 20 Nov 2026" in page
    assert "Posted today 3 2 deposits, 1 withdrawal" in page
    assert "KES 2 posted In +1,000.00 Out −250.00 Net +750.00" in page
    assert "JPY 1 posted In +12,345 Out 0 Net +12,345" in re.sub(r"−0\b", "0", page)
    assert "20 Nov 2026: in 11,709.29, out 250.00 KES" in page
    assert "19 Nov 2026: in 0.00, out 0.00 KES" in page


def test_all_that_comes_into_the_house_and_leaves_it_is_counted_and_nothing_else(
    client: FlaskClient, house: House
):
    asset_id = factories.a_funded_asset(house, 1_000_00)
    other_id = factories.a_funded_asset(house, 1_00)
    source_id = factories.a_funding_source(house, asset_id)
    for command in (
        CreditEarning(asset_id, 40_00),
        CreditBonus(asset_id, 7_00),
        Withdraw(asset_id, 30_00),
        Payout(asset_id, 200_00, source_id),
        Transfer(asset_id, other_id, 60_00),
    ):
        perform(command, house.administrator)
    page = _words(_as(client, house, "Branch Manager"))
    assert (
        "In are deposits and earnings; out are withdrawals, payouts and invoice payments." in page
    )
    assert "In +1,041.00 Out −230.00 Net +811.00" in page
    assert "20 Nov 2026: in 1,041.00, out 230.00 KES" in page
    assert "Turnover this month 1,271.00 KES" in page
    assert re.search(r"Ada Achieng 2 2 \+1,041\.00 −230\.00", page)


def test_other_kinds_are_counted_in_words_and_nothing_has_no_sign(
    client: FlaskClient, house: House
):
    sender, receiver = factories.a_funded_asset(house), factories.a_funded_asset(house)
    perform(CreditBonus(sender, 20_00, Particulars()), house.administrator)
    here = _as(client, house, "Branch Manager")
    page = _words(here)
    assert "Posted today 1 1 of another kind" in page
    assert "In 0.00 Out 0.00" in page
    perform(Deposit(sender, 50_00), house.administrator)
    perform(Transfer(sender, receiver, 20_00, Particulars()), house.administrator)
    assert "Transfer out, TXN-" in _words(here)


def test_what_waits_is_counted_by_level_and_leads_to_the_inbox(client: FlaskClient, house: House):
    asset_id = factories.a_funded_asset(house, 1_000_00)
    factories.an_approval_rule(house, minimum_minor=100_00)
    factories.an_approval_rule(house, minimum_minor=300_00, levels=2)
    teller, _email, _password = factories.a_user(house)
    perform(Withdraw(asset_id, 150_00), teller)
    perform(Withdraw(asset_id, 400_00), teller)
    factories.a_client(house, actor=teller)
    manager = _as(client, house, "Branch Manager")
    assert "Waiting for approval 3 1 at L2, 2 at L1" in _words(manager)
    page = manager.get(DASHBOARD).get_data(as_text=True)
    assert re.search(r'<a class="stat[^"]*" href="/admin/approvals">', page)


def test_newest_transactions_and_last_sign_ins_are_listed(client: FlaskClient, house: House):
    factories.a_funded_asset(house, 1_000_00)
    page = _words(_as(client, house, "Branch Manager", first_name="Mercy", last_name="Mutua"))
    newest = page[page.index("Newest transactions") :]
    assert re.search(r"Amina Wanjiru Deposit, TXN-\d+ \+1,000\.00 KES Completed", newest)
    assert "Mercy Mutua" in page[page.index("Last sign-ins") :]


def test_the_numbers_follow_the_scope(app: Flask, house: House):
    elsewhere = factories.a_house()
    factories.a_funded_asset(elsewhere, 9_999_00)
    factories.a_funded_asset(house, 1_000_00)
    page = _words(_as(app.test_client(), house, "Auditor"))
    assert "Posted today 1" in page
    assert "9,999.00" not in page
    empty = factories.a_house()
    page = _words(_as(app.test_client(), empty, "Auditor"))
    assert "Posted today 0 nothing yet" in page
    assert "Nothing posted yet" in page


@pytest.mark.checks("M03.17")
def test_the_month_is_that_of_the_chosen_project_manager_by_manager(app: Flask, house: House):
    manager, email, _ = factories.a_user(
        house, "Branch Manager", first_name="Mercy", last_name="Mutua"
    )
    other = perform(CreateProjectLike("Other line", house.project_id), house.administrator)
    amounts = {house.project_id: (1_000_00, 50_00), other: (7_000_00,)}
    for project_id, deposits in amounts.items():
        client_id = factories.a_client(house, project_id=project_id, manager_id=manager.user_id)
        asset_id = factories.first_asset(factories.an_account(house, client_id))
        for minor in deposits:
            perform(Deposit(asset_id, minor), house.administrator)
    factories.a_client(house)
    browser = app.test_client()
    factories.signed_in(browser, email)
    page = _words(browser)
    assert "Turnover this month 8,050.00 KES" in page
    assert "Clients registered 3 in November 2026" in page
    assert "First-time deposits 2" in page
    assert re.search(r"Mercy Mutua 2 2 \+8,050\.00", page)
    token = token_of(browser)
    browser.post("/switch-project", data={"project": str(house.project_id), "csrf_token": token})
    page = _words(browser)
    assert "Turnover this month 1,050.00 KES" in page
    assert "Clients registered 2 " in page
    assert "First-time deposits 1" in page
    assert re.search(r"Mercy Mutua 1 1 \+1,050\.00", page)
    assert re.search(r"Ada Achieng 1 0 ", page)


def test_a_role_without_the_permission_is_refused(client: FlaskClient, house: House):
    assert _as(client, house, "Teller").get(DASHBOARD).status_code == 403


@pytest.mark.checks("E00.01", "E03.01")
def test_admin_leads_administrators_to_the_dashboard(client: FlaskClient, house: House):
    landed = factories.signed_in(client, house.administrator_email)
    assert landed.headers["Location"] == DASHBOARD
    assert client.get("/admin").headers["Location"] == DASHBOARD
    assert client.get(DASHBOARD).status_code == 200
    assert client.get("/").status_code == 200


@pytest.mark.checks("E01.03", "E05.02")
def test_theme_and_log_out_stand_in_the_user_menu_of_the_sidebar(client: FlaskClient, house: House):
    factories.signed_in(client, house.administrator_email)
    page = client.get(DASHBOARD).get_data(as_text=True)
    bottom = page[page.index('class="sidebar__bottom"') : page.index("</aside>")]
    assert 'popovertarget="user-menu"' in bottom
    for name in ("Light", "Dark", "System"):
        assert f'aria-label="{name}"' in bottom
    assert 'action="/theme"' in bottom
    assert 'action="/logout"' in bottom
    assert page.count("data-theme-form") == 1


def test_its_queries_do_not_grow_with_what_it_counts(client: FlaskClient, house: House):
    _as(client, house, "Branch Manager")
    factories.a_funded_asset(house, 100)
    client.get(DASHBOARD)
    few = _queries(client)
    for _number in range(6):
        factories.a_funded_asset(house, 100)
        factories.a_user(house)
    assert _queries(client) == few <= 12


def _queries(client: FlaskClient) -> int:
    with statements_sent() as sent:
        client.get(DASHBOARD)
    return len(sent)


def test_the_platform_sees_organisations_and_licences_that_end(app: Flask, house: House):
    soon, over = factories.a_house(currencies=()), factories.a_house(currencies=())
    today = door.clock().date()
    factories.license_anew(soon.organisation_id, expires_on=today + timedelta(days=9))
    factories.license_anew(over.organisation_id, expires_on=date(2001, 1, 1))
    client = app.test_client()
    factories.signed_in(client, factories.a_platform_person())
    page = _words(client)
    assert "The platform on" in page
    assert "Posted today" not in page
    assert re.search(r"Organisations [1-9]", page)
    assert re.search(r"Expiring soon [1-9]", page)
    assert re.search(r"Expired [1-9]", page)
    listed = page[page.index("Licences to look after") :]
    assert f"{over.name} 01 Jan 2001 expired" in listed
    assert re.search(rf"{soon.name} .*? 9 days left", listed)
    assert house.name not in listed
