"""The demonstration is a bank that is alive, made by the commands, once."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import demonstration
from app.access.commands import SignIn
from app.access.models import Role, User, UserRole
from app.allocations.models import FacilityAccount
from app.clients.models import Client
from app.closing.models import ClosingConfiguration, ClosingRun
from app.closing.queries import last_completed
from app.collateral.models import Collateral
from app.controls.audit import Activity
from app.controls.commands import door, perform
from app.controls.identity import ANONYMOUS, RequestContext
from app.controls.tenant import Organisation
from app.credit.facility import Facility
from app.db.session import database
from app.demonstration.cast import ADMINISTRATOR
from app.demonstration.script import address
from app.ledger.accounts import Account
from app.ledger.models import Asset, Transaction
from app.organisation.models import Branch, Desk, Project
from app.reports.snapshot import snapshot
from app.reports.verify import breaches
from app.web.listing import listings
from tests import factories
from tests.configuration.files import apply, exported, preview_of, read_errors

PASSWORD = "a password for everybody"


@pytest.fixture(scope="module")
def bank(app: Flask) -> Iterator[int]:
    """The demonstration's organisation, whose making was once interrupted in the middle."""

    def stop(*_: object) -> None:
        raise InterruptedError

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COUNTINGHOUSE_DEMO_PASSWORD", PASSWORD)
        with pytest.MonkeyPatch.context() as broken:
            broken.setattr(demonstration, "live_today", stop)
            with pytest.raises(InterruptedError):
                demonstration.ensure()
        demonstration.ensure()
        with database.reading() as session:
            yield session.scalars(
                select(Organisation.id).where(Organisation.name == "Savanna Savings")
            ).one()


def count(bank: int, model: type, *clauses: object) -> int:
    with database.reading() as session:
        query = select(func.count()).where(model.organisation_id == bank, *clauses)
        return session.scalar(query)


def test_it_has_what_a_bank_of_two_countries_has(bank: int):
    with database.reading() as session:
        branches = {
            row.name: row.country
            for row in session.scalars(select(Branch).where(Branch.organisation_id == bank))
        }
    assert branches == {"Nairobi HQ": "KE", "Mombasa": "KE", "Kampala": "UG"}
    assert count(bank, Project) == 2
    assert count(bank, Desk) == 6
    assert count(bank, Client, Client.kind == "individual") == 60
    assert count(bank, Client, Client.kind == "corporate") == 4
    assert count(bank, Account, Account.holder == "client") == 123


def test_its_past_is_three_thousand_transactions_over_ninety_business_days(bank: int):
    history = Transaction.external_id.like("SAV-T%")
    assert count(bank, Transaction, history) == 3_000
    with database.reading() as session:
        query = select(Transaction.posting_date).where(Transaction.organisation_id == bank, history)
        days = set(session.scalars(query.distinct()))
    assert len(days) == 90
    assert {day.weekday() for day in days} == set(range(5))


def test_six_currencies_hold_money_and_none_is_overdrawn_further_than_permitted(bank: int):
    with database.reading() as session:
        query = (
            select(
                Asset.currency,
                func.min(Asset.balance_minor + Asset.overdraft_minor),
                func.max(Asset.balance_minor),
            )
            .where(Asset.organisation_id == bank, Asset.is_limited)
            .group_by(Asset.currency)
        )
        found = {row[0]: (row[1], row[2]) for row in session.execute(query)}
    assert found.keys() == {"KES", "USD", "EUR", "JPY", "KWD", "BTC"}
    assert all(least >= 0 and most > 0 for least, most in found.values())


def test_transactions_and_customers_wait_at_every_level_and_in_every_state(bank: int):
    with database.reading() as session:
        for model, expected in (
            (Transaction, {"PENDING_AUTH_L1", "PENDING_AUTH_L2", "PENDING_AUTH_L3"}),
            (Client, {"PENDING_AUTH_L1", "CAPTURED"}),
        ):
            query = select(model.record_status).where(model.organisation_id == bank)
            statuses = set(session.scalars(query))
            assert statuses >= expected | {"AUTHORIZED", "REJECTED", "DENIED"}
        query = select(Client.rejection_reason).where(
            Client.organisation_id == bank, Client.record_status == "REJECTED"
        )
        assert all(session.scalars(query))


def test_the_file_of_a_list_names_each_currency_that_the_list_shows(bank: int, app: Flask):
    browser = app.test_client()
    factories.signed_in(browser, address(ADMINISTRATOR.login), PASSWORD)
    amounts = re.compile(
        r'data-label="([^"]+)"><span class="money[^>]*><span[^>]*>[^<]*</span> <abbr'
    )
    shown: set[str] = set()
    for listing in listings.values():
        columns = ",".join(column.key for column in listing.columns)
        page = browser.get(f"{listing.path}?columns={columns}").text
        found = {html.unescape(label) for label in amounts.findall(page)}
        assert found <= {one.label for one in listing.columns if one.money}, listing.name
        shown |= found
    assert shown >= {"Amount", "Total LCY", "Balance after", "Approved Amount", "Above"}


def test_everybody_signs_in_with_the_one_password_and_has_their_role(bank: int):
    logins = demonstration.logins()
    assert len(logins) == 13
    for email, role in logins:
        assert perform(SignIn(email, PASSWORD, RequestContext()), ANONYMOUS)
        with database.reading() as session:
            user = session.scalars(select(User).where(User.email == email)).one()
            roles = session.scalars(
                select(Role.name)
                .join(UserRole, UserRole.role_id == Role.id)
                .where(UserRole.user_id == user.id)
            ).all()
        expected = {"employee": [role], "platform": [], "client": []}
        assert roles == expected[user.kind]


def test_a_second_start_does_nothing(bank: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("COUNTINGHOUSE_DEMO_PASSWORD", raising=False)
    before = count(bank, Activity)
    demonstration.ensure()
    assert count(bank, Activity) == before
    assert demonstration.is_present()


def test_money_was_exchanged_at_rates_that_the_bank_earns_on(bank: int):
    exchanges = Transaction.kind == "exchange", Transaction.posted_at.is_not(None)
    assert count(bank, Transaction, *exchanges) == 6
    with database.reading() as session:
        query = select(Transaction.settled_currency).where(
            Transaction.organisation_id == bank, *exchanges
        )
        assert set(session.scalars(query)) >= {"KES", "USD"}


def test_its_books_are_right(bank: int, database_url: str):
    with snapshot(database_url) as view:
        assert list(breaches(view, bank)) == []


def test_days_were_closed_before_the_present_one(bank: int):
    assert count(bank, ClosingRun, ClosingRun.state == "completed") == 2
    assert count(bank, ClosingConfiguration, ClosingConfiguration.is_in_force) == 1
    with database.reading() as session:
        tenant = session.get_one(Organisation, bank)
        last = last_completed(session, bank)
    assert last is not None
    assert last.next_date == tenant.business_date <= door.clock().date()


def test_firms_draw_on_facilities_that_collateral_secures(bank: int):
    assert count(bank, Facility, Facility.status == "ACTIVE") == 3
    assert count(bank, Facility, Facility.status == "SUSPENDED") == 1
    assert count(bank, Facility, Facility.record_status == "PENDING_AUTH_L1") == 1
    assert count(bank, Collateral) == 3
    assert count(bank, FacilityAccount, FacilityAccount.outstanding_minor > 0) == 2


def test_its_configuration_comes_out_of_an_empty_organisation_as_it_went_in(app, bank: int):
    with database.reading() as session:
        known = session.get_one(Organisation, bank)
        base, today = known.base_currency, known.business_date
    browser = app.test_client()
    factories.signed_in(browser, address(ADMINISTRATOR.login), PASSWORD)
    text = exported(browser)
    house = factories.a_house(currencies=(), base=base, business_date=today)
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    answer = apply(browser, text)
    assert answer.status_code == 303, read_errors(answer)
    mine, theirs = json.loads(text)["tables"], json.loads(exported(browser))["tables"]
    assert {key for key, rows in mine.items() if not rows} == {"custom_reports", "password_rules"}
    for key, rows in mine.items():
        assert [one for one in rows if one not in theirs[key]] == [], key
    assert "There is nothing to do" in preview_of(browser, text)
