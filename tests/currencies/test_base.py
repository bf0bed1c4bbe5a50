"""What holds amounts in the base currency keeps it, before anything is posted (ADR 13)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.rules.commands import CreateActivityRule
from app.clients.credit_limits import SetCreditLimit
from app.clients.models import Client
from app.controls.commands import perform
from app.controls.tenant import Organisation
from app.currencies.commands import EditCurrency
from app.currencies.rates import rates_of
from app.db.session import database
from app.kernel.errors import Conflict
from app.organisation.models import OrganisationCurrency
from app.records.commands import CreateCode
from tests.facilities.scenes import a_class, a_facility
from tests.factories import BUSINESS_DATE, House, a_client, a_house, change, signed_in
from tests.journals.scenes import codes, house_account
from tests.ledger import books
from tests.payments.scenes import newest, upload
from tests.schedules.scenes import order, plan

LATER = BUSINESS_DATE + timedelta(days=5)


@pytest.fixture
def house(app: Flask) -> House:
    return a_house(currencies=("KES", "USD"))


def the_dollar_becomes_the_base(house: House) -> str:
    """Ask for it; returns the base that there is then, in the words of the refusal if any."""
    with database.reading() as session:
        query = select(OrganisationCurrency).where(
            OrganisationCurrency.organisation_id == house.organisation_id,
            OrganisationCurrency.code == "USD",
        )
        usd = session.scalars(query).one()
        command = EditCurrency(usd.id, usd.version, rates_of(usd), is_base=True)
    try:
        perform(command, house.administrator)
    except Conflict as refused:
        assert books.row(Organisation, house.organisation_id).base_currency == "KES"
        return refused.sentence
    return books.row(Organisation, house.organisation_id).base_currency


def a_forward_dated_payment(house: House, _app: Flask) -> None:
    codes(house)
    sides = house_account(house), house_account(house, purpose="cash")
    plan(house, *sides, 1_300_00, on=LATER)


def a_standing_order(house: House, _app: Flask) -> None:
    codes(house)
    sides = house_account(house), house_account(house, purpose="cash")
    order(house, *sides, 1_300_00, day=28, start=LATER, submit=False)


def a_payment_file(house: House, app: Flask) -> None:
    browser = app.test_client()
    signed_in(browser, house.administrator_email)
    sides = house_account(house), house_account(house, purpose="cash")
    upload(browser, [(*sides, "1300", "KES", "Salary", "S-1")])
    assert newest(house).state == "new"


def a_facility_asked_for(house: House, _app: Flask) -> None:
    a_facility(house, a_client(house), a_class(house), submit=False)


def a_credit_limit(house: House, _app: Flask) -> None:
    client = books.row(Client, a_client(house))
    perform(SetCreditLimit(client.id, client.version, 1_300_00), house.administrator)


def a_rule_with_an_amount(house: House, _app: Flask) -> None:
    command = CreateCode("account-status", "LOW", "Low")
    perform(CreateActivityRule("below", 1_300_00, perform(command, house.system)), house.system)


@pytest.mark.parametrize(
    ("recorded", "users"),
    [
        (a_forward_dated_payment, "forward-dated transactions"),
        (a_standing_order, "standing orders"),
        (a_payment_file, "payment files"),
        (a_facility_asked_for, "facilities"),
        (a_credit_limit, "credit limits of customers"),
        (a_rule_with_an_amount, "activity rules"),
    ],
)
def test_the_base_stays_while_amounts_in_it_are_recorded(
    app: Flask, house: House, recorded: Callable[[House, Flask], None], users: str
):
    recorded(house, app)
    assert the_dollar_becomes_the_base(house) == (
        f"The base currency cannot be changed: {users} have amounts in KES, which would mean "
        "others in USD"
    )


def test_a_limit_that_is_taken_away_lets_the_base_change(house: House):
    client = books.row(Client, a_client(house))
    change(house, Client, client.id, credit_limit_minor=1_300_00)
    assert the_dollar_becomes_the_base(house).startswith("The base currency cannot be changed")
    version = books.row(Client, client.id).version
    perform(SetCreditLimit(client.id, version, None), house.administrator)
    assert the_dollar_becomes_the_base(house) == "USD"


def test_what_may_be_rounded_stays_worth_the_same(house: House):
    change(house, Organisation, house.organisation_id, rounding_tolerance_minor=500_00)
    assert the_dollar_becomes_the_base(house) == "USD"
    # A dollar is 130 shillings in the tests' house, and 3.846 is rounded down.
    assert books.row(Organisation, house.organisation_id).rounding_tolerance_minor == 3_84
