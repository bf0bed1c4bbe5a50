"""Large transactions stay in the report while the customer has the money, however they came."""

from __future__ import annotations

import csv
import io

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.controls.approvals import SubmitRecord
from app.controls.commands import perform
from app.transactions.commands import Deposit, Transfer
from app.transactions.deletion import DeleteTransaction
from app.transactions.exchange import Exchange
from app.transactions.reversal import ReverseTransaction
from tests import factories
from tests.factories import House
from tests.fees.books import a_fee, a_group
from tests.journals.scenes import codes, house_account, line, number_of, record
from tests.ledger.books import asset, transaction
from tests.treasury.scenes import a_scene

PATH = "/admin/reports/aml-transactions.csv?threshold=1,000,000"
REASON = "Paid in twice by mistake"


@pytest.fixture
def house(app: Flask) -> House:
    return factories.a_house()


def reported(app: Flask, house: House) -> list[tuple[str, str, str, str, str]]:
    """Return what an auditor reads: whose account, which way, how much, in the day, and why."""
    browser: FlaskClient = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    rows = csv.DictReader(io.StringIO(browser.get(PATH).get_data(as_text=True)))
    return [
        (row["Account"], row["Transaction"], row["Amount"], row["Customer's day"],
         row["Reported for"])
        for row in rows
    ]  # fmt: skip


@pytest.mark.checks("W02.17")
def test_a_reversal_takes_out_what_it_undid_and_only_once_it_is_posted(app, house):
    asset_id = factories.a_funded_asset(house)
    made = perform(Deposit(asset_id, 5_000_000_00), house.administrator)
    told = [(number_of(asset_id), "Deposit", "5000000.00", "5000000.00", "Its amount")]
    assert reported(app, house) == told
    reversal = perform(ReverseTransaction(made, REASON), house.administrator)
    assert asset(asset_id).balance_minor == 5_000_000_00
    assert reported(app, house) == told
    perform(DeleteTransaction(reversal, transaction(reversal).version), house.administrator)
    assert reported(app, house) == told
    reversal = perform(ReverseTransaction(made, REASON), house.administrator)
    perform(SubmitRecord("transaction", reversal), house.administrator)
    assert asset(asset_id).balance_minor == 0
    assert reported(app, house) == []


def test_both_halves_of_a_transfer_stay_until_their_reversal_is_posted(app, house):
    mine, theirs = factories.a_funded_asset(house, 900_000_00), factories.a_funded_asset(house)
    perform(Deposit(mine, 99_999_99), house.administrator)
    made = perform(Transfer(mine, theirs, 999_999_99), house.administrator)
    perform(Deposit(theirs, 1), house.administrator)
    reversal = perform(ReverseTransaction(made, REASON), house.administrator)
    told = [
        (number_of(theirs), "Transfer in", "999999.99", "1000000.00", "The day's sum"),
        (number_of(theirs), "Deposit", "0.01", "1000000.00", "The day's sum"),
    ]
    assert reported(app, house) == told
    perform(SubmitRecord("transaction", reversal), house.administrator)
    assert reported(app, house) == []


@pytest.mark.checks("W02.17")
def test_what_was_typed_line_by_line_is_measured_by_each_customers_lines(app, house):
    codes(house)
    cash = house_account(house, purpose="cash")
    one, other = (factories.a_funded_asset(house) for _ in range(2))
    first, second = number_of(one), number_of(other)
    record(
        house,
        line("C", first, 1),
        line("C", first, 7_000_000_00),
        line("D", cash, 7_000_000_01),
        submit=True,
    )
    record(
        house,
        line("C", second, 8_000_000_00),
        line("C", first, 1),
        line("D", cash, 8_000_000_01),
        submit=True,
    )
    record(house, line("D", second, 1_000_000_00), line("C", cash, 1_000_000_00), submit=True)
    assert sorted(reported(app, house)) == sorted([
        (first, "Journal", "7000000.01", "7000000.02", "Its amount"),
        (first, "Journal", "0.01", "7000000.02", "The day's sum"),
        (second, "Journal", "8000000.00", "8000000.00", "Its amount"),
        (second, "Journal", "1000000.00", "1000000.00", "Its amount"),
    ])  # fmt: skip


def test_a_fee_of_what_comes_in_is_no_transaction_of_its_own(app, house):
    a_fee(house, a_group(house, is_default=True), "10", label="deposit")
    asset_id = factories.a_funded_asset(house)
    perform(Deposit(asset_id, 1_000_000_00), house.administrator)
    told = (number_of(asset_id), "Deposit", "1000000.00", "1000000.00", "Its amount")
    assert reported(app, house) == [told]


def test_an_exchange_is_reported_once_by_what_is_given(app):
    scene = a_scene("USD", funded=1_500_000_00)
    shillings, dollars = scene.assets["KES"], scene.assets["USD"]
    perform(Exchange(shillings, dollars, 1_301_000_00), scene.house.administrator)
    told = [row[1:] for row in reported(app, scene.house) if row[1] == "Exchange"]
    assert told == [("Exchange", "1301000.00", "1301000.00", "Its amount")]
