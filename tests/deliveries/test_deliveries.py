"""Statements by themselves: configured per account, made at the close, mailed or printed."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.commands import DeleteAccount, OpenAccount
from app.accounts.ending.commands import CloseAccount
from app.assets.commands import SetAssetActive
from app.controls.closing_steps import Closing, closing_steps
from app.controls.commands import perform
from app.controls.due import sweep
from app.db.session import database
from app.deliveries.commands import ConfigureStatement
from app.deliveries.models import StatementConfig, StatementDelivery
from app.kernel.errors import Conflict
from app.ledger.models import Asset
from app.mail.models import Mail
from app.statements.commands import FailStatement
from tests import factories
from tests.pages import form_of, send
from tests.statements.books import Happening, post_happenings, work_until_settled

ACCOUNTS = "/admin/accounts"
QUEUE = "/admin/print-queue"
FRIDAY, MONDAY = date(2026, 10, 30), date(2026, 11, 2)
OCTOBER = (date(2026, 10, 1), date(2026, 10, 31))


@pytest.fixture
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def person(house: factories.House, client: FlaskClient) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def close(
    house: factories.House, day: date, following: date, *, left_since: date | None = None
) -> str:
    """Run the step as a close of business does."""
    (step,) = (one for one in closing_steps() if one.key == "GENERATE_STATEMENTS")
    assert step.order == 80
    of = house.organisation_id
    return step.run(Closing(of, 1, day, following, lambda _percent: None, left_since))


def a_booked_account(house: factories.House, **person: object) -> int:
    account_id = factories.an_account(house, factories.a_client(house, **person))
    asset_id = factories.first_asset(account_id)
    post_happenings(
        house, asset_id, Happening(500_00, date(2026, 9, 20)), Happening(250_00, FRIDAY),
        Happening(-100_00, date(2026, 11, 3)),
    )  # fmt: skip
    return account_id


def configure(house: factories.House, account_id: int, frequency: str, method: str) -> None:
    perform(ConfigureStatement(account_id, None, frequency, method), house.administrator)


def kept(model: type, account_id: int) -> list:
    with database.reading() as session:
        query = select(model).where(model.account_id == account_id).order_by(model.id)
        return list(session.scalars(query))


def letters(house: factories.House) -> list[Mail]:
    with database.reading() as session:
        query = select(Mail).where(
            Mail.organisation_id == house.organisation_id, Mail.letter == "statement-ready"
        )
        return list(session.scalars(query))


def finish() -> None:
    """Let the worker do what is left, so that no other test's worker meets it."""
    while sweep():
        pass


@pytest.mark.checks("E35.01", "E35.02", "E35.03", "E35.04", "E35.05", "E35.06")
def test_an_approved_accounts_statements_are_configured_on_their_tab(house, person):
    account_id = a_booked_account(house)
    tab = f"{ACCOUNTS}/{account_id}/statements"
    assert tab in person.get(f"{ACCOUNTS}/{account_id}").get_data(as_text=True)
    assert "Configure Statement" in person.get(tab).get_data(as_text=True)
    form = person.get(f"{tab}/configure").get_data(as_text=True)
    for value in ("DAILY", "WEEKLY", "MONTHLY", "QUARTERLY", "SEMI_ANNUALLY", "ANNUALLY",
                  "EMAIL", "PHYSICAL", "BOTH"):  # fmt: skip
        assert f'value="{value}"' in form
    typed = {"frequency": "QUARTERLY", "method": "BOTH"}
    assert send(person, f"{tab}/configure", **typed).status_code == 303
    page = person.get(tab).get_data(as_text=True)
    for shown in ("Quarterly", "Email and physical", "Last statement date",
                  "Last statement balance"):  # fmt: skip
        assert shown in page
    (config,) = kept(StatementConfig, account_id)
    assert (config.last_statement_on, config.last_balance_minor) == (None, None)
    assert send(person, f"{tab}/configure", frequency="DAILY").status_code == 303
    assert send(person, f"{tab}/configure", version="1").status_code == 409
    draft = perform(
        OpenAccount(house.product_id, "KES", client_id=factories.a_client(house), submit=False),
        house.administrator,
    )
    tab = f"{ACCOUNTS}/{draft}/statements"
    assert "Configure Statement" not in person.get(tab).get_data(as_text=True)
    refused = send(person, f"{tab}/configure", **typed)
    assert refused.status_code == 409
    assert "Can only add statement config to AUTHORIZED accounts" in refused.get_data(as_text=True)


@pytest.mark.checks("E35.05", "E35.07")
def test_the_close_makes_each_statement_once_and_mails_the_way_to_it(house, person):
    mailed = a_booked_account(house, email="amina@mail.example")
    configure(house, mailed, "MONTHLY", "EMAIL")
    untouched = factories.an_account(house, factories.a_client(house))
    configure(house, untouched, "DAILY", "EMAIL")
    later = a_booked_account(house)
    configure(house, later, "QUARTERLY", "EMAIL")
    told = "1 statement made, 1 account had nothing to state"
    assert close(house, FRIDAY, MONDAY) == told
    assert close(house, FRIDAY, MONDAY) == told
    (delivery,) = kept(StatementDelivery, mailed)
    assert (delivery.first_day, delivery.last_day) == OCTOBER
    assert delivery.balance_minor == 750_00
    assert kept(StatementDelivery, later) == []
    assert letters(house) == []
    assert kept(StatementConfig, mailed)[0].last_statement_on is None
    work_until_settled(house.administrator, delivery.statement_id)
    (config,) = kept(StatementConfig, mailed)
    assert (config.last_statement_on, config.last_balance_minor) == (OCTOBER[1], 750_00)
    (letter,) = letters(house)
    assert (letter.recipient, letter.subject) == (
        "amina@mail.example", "Your statement until 31 Oct 2026",
    )  # fmt: skip
    # The way to it, not the figures.
    assert "750" not in letter.content
    page = person.get(f"{ACCOUNTS}/{mailed}/statements").get_data(as_text=True)
    for shown in ("2026-10-31", "750.00", "01 Oct 2026 to 31 Oct 2026", "Mailed"):
        assert shown in page
    assert person.get(QUEUE).get_data(as_text=True).count("STM-") == 0
    assert close(house, date(2026, 11, 30), date(2026, 12, 1)).startswith("1 statement made")
    assert len(kept(StatementDelivery, mailed)) == 2


def test_what_the_client_could_not_read_is_not_mailed_and_a_closed_account_s_last_one_is(house):
    hidden, closed = a_booked_account(house), a_booked_account(house, email="last@mail.example")
    for account_id in (hidden, closed):
        configure(house, account_id, "MONTHLY", "EMAIL")
    asset_id = factories.first_asset(closed)
    with database.reading() as session:
        left_minor = session.get_one(Asset, asset_id).balance_minor
    post_happenings(house, asset_id, Happening(-left_minor, date(2026, 11, 3)))
    perform(SetAssetActive(factories.first_asset(hidden), is_active=False), house.administrator)
    perform(CloseAccount(closed, "The customer moved away"), house.administrator)
    close(house, FRIDAY, MONDAY)
    for account_id in (hidden, closed):
        (delivery,) = kept(StatementDelivery, account_id)
        work_until_settled(house.administrator, delivery.statement_id)
    assert [letter.recipient for letter in letters(house)] == ["last@mail.example"]


@pytest.mark.checks("E35.07")
def test_a_period_whose_last_close_left_statements_out_is_stated_by_the_next(house):
    monthly, daily = a_booked_account(house), a_booked_account(house)
    configure(house, monthly, "MONTHLY", "PHYSICAL")
    configure(house, daily, "DAILY", "PHYSICAL")
    tuesday = date(2026, 11, 3)
    for _again in range(2):
        assert close(house, MONDAY, tuesday, left_since=FRIDAY) == "3 statements made"
    (delivery,) = kept(StatementDelivery, monthly)
    assert (delivery.first_day, delivery.last_day) == OCTOBER
    assert delivery.balance_minor == 750_00
    assert [one.last_day for one in kept(StatementDelivery, daily)] == [FRIDAY, MONDAY]
    assert close(house, tuesday, date(2026, 11, 4)) == "1 statement made"
    finish()


@pytest.mark.checks("E35.03", "E35.07")
def test_what_goes_by_post_waits_in_the_print_queue_until_it_is_ticked(house, person):
    both = a_booked_account(house)
    configure(house, both, "MONTHLY", "BOTH")
    unreachable = a_booked_account(house, email="")
    configure(house, unreachable, "MONTHLY", "EMAIL")
    close(house, FRIDAY, MONDAY)
    (first,) = kept(StatementDelivery, both)
    (second,) = kept(StatementDelivery, unreachable)
    page = person.get(QUEUE).get_data(as_text=True)
    assert page.count("Being made") == 2
    for what in ("printed", "left"):
        assert send(person, f"{QUEUE}/{first.id}/{what}").status_code == 409
    for delivery in (first, second):
        work_until_settled(house.administrator, delivery.statement_id)
    page = person.get(QUEUE).get_data(as_text=True)
    assert page.count("To be printed</span>") == 2
    assert f"/admin/statements/{first.statement_id}/download" in page
    assert len(letters(house)) == 1
    assert send(person, f"{QUEUE}/{first.id}/printed").status_code == 303
    (ticked,) = kept(StatementDelivery, both)
    assert ticked.printed_by == house.administrator.user_id
    assert send(person, f"{QUEUE}/{first.id}/printed").status_code == 409
    form = form_of(person, f"{QUEUE}/printed?id={second.id}")
    answer = person.post(f"{QUEUE}/printed?id={second.id}", data=form)
    assert answer.status_code == 303
    assert "STM-" not in person.get(QUEUE).get_data(as_text=True)
    assert person.get(f"{QUEUE}?state=printed").get_data(as_text=True).count("Printed</span>") >= 2


@pytest.mark.checks("E35.07")
def test_the_close_counts_apart_what_is_too_long_for_one_statement(house, monkeypatch):
    monkeypatch.setattr("app.statements.commands.MOST_ENTRIES", 1)
    for _ in range(2):
        account_id = factories.an_account(house, factories.a_client(house))
        asset_id = factories.first_asset(account_id)
        post_happenings(house, asset_id, *(Happening(10_00, FRIDAY) for _ in range(2)))
        configure(house, account_id, "MONTHLY", "EMAIL")
    configure(house, a_booked_account(house), "MONTHLY", "EMAIL")
    configure(house, factories.an_account(house, factories.a_client(house)), "MONTHLY", "EMAIL")
    assert close(house, FRIDAY, MONDAY) == (
        "1 statement made, 1 account had nothing to state, "
        "2 have more movements than one statement holds: make them in parts"
    )
    finish()


@pytest.mark.checks("E35.03")
def test_a_statement_that_failed_is_told_in_the_queue_and_on_its_account(house, person):
    account_id = a_booked_account(house)
    configure(house, account_id, "MONTHLY", "BOTH")
    close(house, FRIDAY, MONDAY)
    (delivery,) = kept(StatementDelivery, account_id)
    failed = FailStatement(delivery.statement_id, "The printer ran out of words")
    perform(failed, house.administrator)
    page = person.get(QUEUE).get_data(as_text=True)
    for shown in ("Failed</span>", "The printer ran out of words"):
        assert shown in page
    assert "Being made" not in page
    tab = person.get(f"{ACCOUNTS}/{account_id}/statements").get_data(as_text=True)
    assert re.search(rf'/admin/statements/{delivery.statement_id}"[^>]*>Failed<', tab)
    assert send(person, f"{QUEUE}/{delivery.id}/printed").status_code == 409
    assert send(person, f"{QUEUE}/{delivery.id}/left").status_code == 303
    assert f"STM-{delivery.statement_id:08d}" not in person.get(QUEUE).get_data(as_text=True)
    tab = person.get(f"{ACCOUNTS}/{account_id}/statements").get_data(as_text=True)
    assert re.search(rf'/admin/statements/{delivery.statement_id}"[^>]*>Failed<', tab)
    assert send(person, f"{QUEUE}/{delivery.id}/left").status_code == 409
    finish()


@pytest.mark.checks("W07.42")
def test_an_account_with_statements_stays_and_a_configuration_alone_goes(house):
    stated = a_booked_account(house)
    plain = factories.an_account(house, factories.a_client(house))
    configure(house, plain, "DAILY", "PHYSICAL")
    perform(DeleteAccount(plain), house.administrator)
    assert kept(StatementConfig, plain) == []
    with pytest.raises(Conflict, match="it contains assets with transactions"):
        perform(DeleteAccount(stated), house.administrator)
