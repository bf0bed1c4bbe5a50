"""The list of transactions: what it shows, to whom, and how it is narrowed."""

from __future__ import annotations

import csv
import io
import itertools
import re

import pytest
from flask import Flask
from sqlalchemy import select

from app.controls.audit import Activity
from app.controls.commands import perform
from app.db.session import database
from app.organisation.commands import CreateDesk
from app.reference.commands import CreateProject
from app.transactions.commands import Transfer
from app.transactions.kinds import Particulars
from app.transactions.search import index_all
from tests.factories import (
    AddCurrencies,
    a_client,
    a_funded_asset,
    a_house,
    a_user,
    an_account,
    an_approval_rule,
    first_asset,
    unique,
)
from tests.sent import statements_sent
from tests.transactions.scenes import (
    LIST,
    AddStatus,
    GiveOnly,
    asset,
    browser,
    deposit,
    transaction,
    withdraw,
)

VIEW = ("transactions.view", "accounts.view", "assets.view")


def texts(page: str) -> str:
    """Return a page's text without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.checks(
    "W01.34", "W09.01", "W09.02", "W09.03", "W09.04", "W09.05", "W09.06", "W09.07", "W09.08",
)  # fmt: skip
def test_the_list_shows_signed_amounts_ids_and_links(app: Flask):
    house = a_house()
    asset_id = a_funded_asset(house)
    put_in = deposit(house, asset_id, 123_456, source="M-Pesa", source_email="payer@example.com")
    withdraw(house, asset_id, 3_000, beneficiary="Landlord")
    page = browser(app, house.administrator_email).get(LIST).get_data(as_text=True)
    for heading in (
        "Amount", "Type", "Project", "Account type", "ID", "UID", "Asset ID", "Account ID",
        "Source email", "Source", "Beneficiary", "Status",
    ):  # fmt: skip
        assert re.search(rf"<th[^>]*>(<a[^>]*>)?{heading}\b", page), heading
    first = re.search(r'<td class="key.*?</td>', page)
    assert first is not None
    assert transaction(put_in + 1).reference in first[0], "as toasts and dialogs name it"
    assert 'money--in"><span class="money__amount">+1,234.56' in page
    assert 'money--out"><span class="money__amount">−30.00' in page
    assert "⤵\N{NO-BREAK SPACE}Deposit" in page
    assert "⤴\N{NO-BREAK SPACE}Withdrawal" in page
    one = transaction(put_in)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", one.public_id)
    assert one.public_id in page
    assert one.uid in page
    assert one.uid.startswith("cbtr")
    for address in (f"/admin/assets/{asset_id}", f"/admin/accounts/{one.account_id}",
                    f"/admin/projects/{house.project_id}"):  # fmt: skip
        assert f'href="{address}"' in page
    assert "payer@example.com" in page
    _, auditor, _ = a_user(house, "Auditor")
    assert f'href="{LIST}/new"' not in browser(app, auditor).get(LIST).get_data(as_text=True)
    assert f'href="{LIST}"' in page


@pytest.mark.checks("W08.34", "W08.37")
def test_an_asset_s_list_holds_both_sides_seen_from_that_asset(app: Flask):
    house = a_house()
    sender, receiver = a_funded_asset(house, 50_000), a_funded_asset(house)
    perform(Transfer(sender, receiver, 20_000, Particulars()), house.administrator)
    here = browser(app, house.administrator_email)
    for key in (str(receiver), asset(receiver).public_id):
        page = here.get(f"{LIST}?asset={key}").get_data(as_text=True)
        assert "+200.00" in page
        assert "⤵\N{NO-BREAK SPACE}Transfer" in page
        assert "500.00" not in page
    assert "+200.00" in here.get(f"{LIST}?asset={receiver}&type=in").get_data(as_text=True)
    out = here.get(f"{LIST}?asset={receiver}&type=out").get_data(as_text=True)
    assert "Nothing matches" in out
    assert "−200.00" in here.get(f"{LIST}?asset={sender}&type=out").get_data(as_text=True)
    account = asset(receiver).account_id
    assert "+200.00" in here.get(f"{LIST}?account={account}").get_data(as_text=True)


@pytest.mark.checks(
    "W09.37", "W09.38", "W09.39", "W09.40", "W09.41", "W09.42", "W09.43", "W09.44", "W09.45",
    "W09.46", "W09.47", "W09.48", "W09.49", "W09.50", "W09.51", "W08.36",
)  # fmt: skip
def test_each_filter_narrows_the_list_and_they_apply_together(app: Flask):
    house = a_house()
    first, other = a_funded_asset(house), a_funded_asset(house, currency="USD")
    wanted = transaction(deposit(house, first, 111_00))
    withdrawn = transaction(withdraw(house, first, 11_00))
    unwanted = transaction(deposit(house, other, 222_00))
    here = browser(app, house.administrator_email)

    def rows(query: str) -> set[str]:
        page = here.get(f"{LIST}.csv?{query}&columns=reference").get_data(as_text=True)
        return set(page.split()[1:])

    everything = {wanted.reference, withdrawn.reference, unwanted.reference}
    own = {wanted.reference, withdrawn.reference}
    assert rows("") == everything
    for query, found in {
        f"project={house.project_id}": everything,
        "project=999999": set(),
        f"desk={wanted.desk_id}": everything,
        "desk=999999": set(),
        f"manager={wanted.manager_id}": everything,
        "manager=999999": set(),
        f"client={wanted.client_id}": own,
        f"account={_public_account(wanted.account_id)}": own,
        f"asset={asset(first).public_id}": own,
        "currency=USD": {unwanted.reference},
        "created_from=2000-01-01": everything,
        "created_to=2000-01-01": set(),
        "status=completed": everything,
        "status=pending": set(),
        "type=in": {wanted.reference, unwanted.reference},
        "type=out": {withdrawn.reference},
        "sub-type=withdrawal": {withdrawn.reference},
        "account-type=none": set(),
        "operator=ada": everything,
        "operator=nobody": set(),
        "record-status=AUTHORIZED": everything,
        "record-status=DENIED": set(),
        f"currency=KES&type=in&client={wanted.client_id}": {wanted.reference},
    }.items():
        assert rows(query) == found, query
    email = _client_email(wanted.client_id)
    assert rows(f"owner={email.split('@')[0].upper()}") == own
    page = here.get(f"{LIST}?filters=all").get_data(as_text=True)
    for label in ("Project", "Desks", "Owner Manager", "Owner", "Account", "Asset ID", "Currency",
                  "Created from", "Account Type", "Sub-type", "Status", "Type",
                  "Operation Manager"):  # fmt: skip
        assert f">{label}<" in page, label
    assert "Apply" in page


@pytest.mark.checks("W09.09", "W09.61", "W08.38")
def test_the_csv_holds_what_filters_and_columns_say(app: Flask):
    house = a_house()
    asset_id = a_funded_asset(house)
    deposit(house, asset_id, 123_456, description="=cmd()")
    withdraw(house, asset_id, 3_000)
    here = browser(app, house.administrator_email)
    text = here.get(f"{LIST}.csv?type=in&columns=amount,status,description")
    lines = list(csv.reader(io.StringIO(text.get_data(as_text=True))))
    heading = ["Amount", "Amount currency", "Status", "Description"]
    assert lines == [heading, ["1234.56", "KES", "Completed", "'=cmd()"]]
    with database.reading() as session:
        query = select(Activity).where(Activity.organisation_id == house.organisation_id)
        noted = session.scalars(query.order_by(Activity.id.desc()).limit(1)).one()
    assert (noted.action, noted.entity_label) == ("Export file", "transactions.csv")
    assert noted.changes[0]["new"] == "type=in&columns=amount,status,description"
    shown = here.get("/admin/activity").get_data(as_text=True)
    assert "transactions.csv" in shown
    text = here.get(f"{LIST}.csv?type=out&columns=amount").get_data(as_text=True)
    assert list(csv.reader(io.StringIO(text)))[1:] == [["-30.00", "KES"]]
    text = here.get(f"{LIST}.csv?type=out&columns=type").get_data(as_text=True)
    assert list(csv.reader(io.StringIO(text)))[1:] == [["Withdrawal"]]


@pytest.mark.checks("W09.11", "W09.13", "W09.14")
def test_the_status_badge_offers_the_project_s_statuses_to_those_who_may(app: Flask):
    house = a_house()
    teller, email, _ = a_user(house, "Teller")
    _, manager, _ = a_user(house, "Branch Manager")
    asset_id = a_funded_asset(house, 500_00)
    review = perform(AddStatus(house.project_id, "review", "Processing"), house.system)
    an_approval_rule(house, levels=1)
    waiting = withdraw(house, asset_id, 100_00, teller)
    page = browser(app, manager).get(LIST).get_data(as_text=True)
    assert "badge--c-amber" in page
    assert f'action="{LIST}/{waiting}/status"' in page
    assert f'value="{review}"' in page
    assert f'href="{LIST}/{waiting}/status/' in page
    assert f"{LIST}/{waiting}/status" not in browser(app, email).get(LIST).get_data(as_text=True)


def test_a_page_and_a_search_ask_six_questions_at_most_however_many_rows_there_are(app: Flask):
    house = a_house()
    _, email, _ = a_user(house, "Teller")
    asset_id = a_funded_asset(house)
    deposit(house, asset_id, 1_00)
    here = browser(app, email)
    found, searched = "search=1.00", "search=1.00&kind=deposit"
    here.get(LIST)  # The configuration is read once and kept.
    asked: dict[str, list[int]] = {"": [], found: [], searched: [], "manager=1": []}
    for rows in (2, 60):
        for _ in range(rows):
            deposit(house, asset_id, 1_00)
        index_all()
        for query, numbers in asked.items():
            with statements_sent() as statements:
                assert here.get(f"{LIST}?{query}").status_code == 200
            numbers.append(len(statements))
    assert asked == {"": [4, 5], found: [5, 6], searched: [5, 6], "manager=1": [5, 5]}


def test_what_the_other_filters_offer_is_read_when_somebody_opens_them(app: Flask):
    house = a_house()
    here = browser(app, house.administrator_email)
    page = here.get(f"{LIST}?manager=7&manager=8&created_from=2026-01-02&kind=deposit").text
    assert "Owner Manager</span>" not in page
    kept = re.findall(r'type="hidden" name="(manager|created_from)" value="([^"]*)"', page)
    assert sorted(kept) == [("created_from", "2026-01-02"), ("manager", "7"), ("manager", "8")]
    part = {"HX-Request": "true", "HX-Request-Type": "partial"}
    with statements_sent() as statements:
        panel = here.get(f"{LIST}?filters=all&created_from=2026-01-02", headers=part).text
    assert len(statements) <= 6
    assert "<tr" not in panel
    assert ">Owner Manager<" in panel
    assert 'name="created_from" value="2026-01-02"' in panel
    without_script = re.search(r'<noscript><a[^>]*href="([^"]*)"', page)
    assert without_script is not None
    whole = here.get(without_script[1].replace("&amp;", "&")).text
    assert ">Owner Manager<" in whole
    assert 'name="created_from" value="2026-01-02"' in whole
    assert "filters=all" not in whole


@pytest.mark.checks("W09.20", "W09.21", "W09.22", "W09.23", "W09.24", "W09.25", "W09.26", "W09.27")
def test_every_mix_of_scopes_shows_the_intersection_everywhere(app: Flask):
    house = a_house(currencies=("KES",))
    elsewhere = perform(CreateProject(unique("Other")), house.administrator)
    perform(AddCurrencies(elsewhere, ("KES",)), house.system)
    mine = perform(CreateDesk(house.project_id, unique("Desk")), house.administrator)
    theirs = perform(CreateDesk(house.project_id, unique("Desk")), house.administrator)
    away = perform(CreateDesk(elsewhere, unique("Desk")), house.administrator)
    person, email, _ = a_user(house, "Branch Manager", desk_ids=(mine, away))
    other, _, _ = a_user(house)
    places = ((house.project_id, mine), (house.project_id, theirs), (elsewhere, away))
    made = [
        _deposited(house, project, desk, manager.user_id or 0)
        for project, desk in places
        for manager in (person, other)
    ]
    index_all()
    keys = {key for key, *_ in made}
    for clients, projects, desks in itertools.product(("own", "all"), repeat=3):
        scope = (f"clients.view-{clients}", f"projects.view-{projects}", f"desks.view-{desks}")
        perform(GiveOnly(person.user_id or 0, (*VIEW, *scope)), house.system)
        seen = {
            key
            for key, project, desk, manager_id in made
            if (clients == "all" or manager_id == person.user_id)
            and (projects == "all" or project == house.project_id)
            and (desks == "all" or desk in {mine, away})
        }
        assert seen
        _assert_seen(app, email, keys, seen)


def _assert_seen(app: Flask, email: str, made: set[int], seen: set[int]) -> None:
    here = browser(app, email)
    page = here.get(LIST).get_data(as_text=True)
    exported = here.get(f"{LIST}.csv?columns=reference").get_data(as_text=True).split()[1:]
    assert set(exported) == {transaction(key).reference for key in seen}
    assert f"{len(seen)} result" in texts(page)
    for key in made:
        one = transaction(key)
        expected = 200 if key in seen else 404
        for part in ("", "/history", "/news"):
            assert here.get(f"{LIST}/{key}{part}").status_code == expected
        assert (one.uid in page) == (key in seen)
        found = here.get(f"{LIST}?search={one.public_id}").get_data(as_text=True)
        assert (f"/admin/transactions/{key}" in found) == (key in seen)
        filtered = here.get(f"{LIST}.csv?asset={one.asset_id}&columns=reference")
        assert (one.reference in filtered.get_data(as_text=True)) == (key in seen)


def _deposited(house, project_id: int, desk_id: int, manager_id: int):  # noqa: ANN202
    client = a_client(house, project_id=project_id, desk_id=desk_id, manager_id=manager_id)
    asset_id = first_asset(an_account(house, client))
    return deposit(house, asset_id, 5_00), project_id, desk_id, manager_id


def test_another_organisation_s_transactions_are_not_there(app: Flask):
    one, two = a_house(), a_house()
    key = deposit(one, a_funded_asset(one), 5_00)
    here = browser(app, two.administrator_email)
    for path in ("", "/history", "/news", "/edit", "/amend"):
        assert here.get(f"{LIST}/{key}{path}").status_code == 404
    assert transaction(key).uid not in here.get(LIST).get_data(as_text=True)


def _public_account(account_id: int) -> str:
    from app.ledger.accounts import Account

    with database.reading() as session:
        return session.get_one(Account, account_id).public_id


def _client_email(client_id: int | None) -> str:
    from app.clients.models import Client

    with database.reading() as session:
        return session.get_one(Client, client_id).email
