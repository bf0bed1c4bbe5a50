"""The receipt that a customer takes along: what it says, and what has none."""

from __future__ import annotations

import io

import pypdf
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.controls.approvals import SubmitRecord
from app.controls.commands import perform
from app.transactions.commands import Deposit, Withdraw
from app.transactions.kinds import Particulars
from app.transactions.reversal import ReverseTransaction
from tests import factories
from tests.factories import House
from tests.fees.books import a_commission, flat

LIST = "/admin/transactions"


@pytest.fixture(scope="module")
def house(app: Flask) -> House:
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def here(app: Flask, house: House) -> FlaskClient:
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    return browser


def _text(answer: object) -> str:
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    pages = pypdf.PdfReader(io.BytesIO(answer.data)).pages
    assert len(pages) == 1
    return pages[0].extract_text()


def test_a_receipt_says_whose_money_moved_and_what_it_cost(house: House, here: FlaskClient):
    a_commission(house, flat(0, None, 25_00))
    client_id = factories.a_client(house, first_name="Njeri", surname="Mutua")
    asset_id = factories.first_asset(factories.an_account(house, client_id))
    perform(Deposit(asset_id, 9_000_00), house.administrator)
    teller, *_ = factories.a_user(house, "Teller")
    text = Particulars(beneficiary="<b>Kenya Power</b>", description="x" * 500)
    key = perform(Withdraw(asset_id, 1_200_50, text), teller)
    assert f'href="{LIST}/{key}/receipt"' in here.get(f"{LIST}/{key}").text
    answer = here.get(f"{LIST}/{key}/receipt")
    assert "TXN-" in answer.headers["Content-Disposition"]
    told = _text(answer)
    for shown in (
        "Receipt · Withdrawal", "Njeri Mutua", "<b>Kenya Power</b>", "1,200.50 KES", "−25.00 KES",
        "1,175.50 KES", teller.name, house.name,
    ):  # fmt: skip
        assert shown in told, shown


def test_what_waits_was_reversed_or_is_the_houses_own_has_no_receipt(
    app: Flask, house: House, here: FlaskClient
):
    asset_id = factories.a_funded_asset(house, 500_00)
    undone = perform(Deposit(asset_id, 10_00), house.administrator)
    reversal = perform(ReverseTransaction(undone, "Typed for another one"), house.administrator)
    perform(SubmitRecord("transaction", reversal), house.administrator)
    factories.an_approval_rule(house, minimum_minor=400_00)
    teller, *_ = factories.a_user(house, "Teller")
    waiting = perform(Deposit(asset_id, 450_00), teller)
    for key in (undone, reversal, waiting):
        assert f"{LIST}/{key}/receipt" not in here.get(f"{LIST}/{key}").text
        refused = here.get(f"{LIST}/{key}/receipt")
        assert refused.status_code == 409
        assert "There is a receipt of what was moved for a customer" in refused.text
    stranger = app.test_client()
    factories.signed_in(stranger, factories.a_house(currencies=()).administrator_email)
    assert stranger.get(f"{LIST}/{undone}/receipt").status_code == 404
