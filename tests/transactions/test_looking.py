"""The sign of a transaction as the asset, or the account, that one looks at sees it."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.controls.approvals import SubmitRecord
from app.controls.commands import perform
from app.transactions.reversal import ReverseTransaction
from tests.factories import House, a_funded_asset, a_house
from tests.journals.scenes import (
    OpenHouseAccount,
    codes,
    house_account,
    line,
    number_of,
    record,
)
from tests.transactions.scenes import LIST, asset, browser, deposit, transaction


def booked(house: House, *lines: tuple[str, str, int]) -> int:
    """Post a journal and return its id."""
    one = record(house, *(line(*given) for given in lines))
    perform(SubmitRecord("transaction", one), house.administrator)
    return one


def shown(browser: FlaskClient, path: str, transaction_id: int) -> str:
    """Return a transaction's amount as a page shows it: sign, digits, and its colour."""
    page = browser.get(path).get_data(as_text=True)
    reference = transaction(transaction_id).reference
    rows = re.split(r"<tr|<li", page)
    row = next(one for one in rows if f"{reference}<" in one)
    found = re.search(r'class="money([^"]*)"><span class="money__amount">([^<]*)<', row)
    assert found is not None, row
    return f"{found[1].rpartition('--')[2]} {found[2]}"


def everywhere(browser: FlaskClient, asset_id: int, transaction_id: int) -> set[str]:
    """Return what all lists of one asset's transactions show."""
    account_id = asset(asset_id).account_id
    paths = (
        f"/admin/assets/{asset_id}/transactions",
        f"/admin/assets/{asset_id}/recent",
        f"{LIST}?asset={asset_id}",
        f"{LIST}?account={account_id}",
    )
    return {shown(browser, path, transaction_id) for path in paths}


@pytest.mark.checks("V03.07", "W09.04")
def test_a_journal_and_its_reversal_have_the_sign_of_the_assets_own_lines(app: Flask):
    house = a_house()
    codes(house)
    asset_id = a_funded_asset(house)
    here = browser(app, house.administrator_email)
    one = booked(house, ("D", house_account(house), 10_000), ("C", number_of(asset_id), 10_000))
    assert asset(asset_id).balance_minor == 10_000
    assert everywhere(here, asset_id, one) == {"in +100.00"}
    back = perform(ReverseTransaction(one, "Booked on the wrong account"), house.administrator)
    assert everywhere(here, asset_id, back) == {"out −100.00"}, "what waits, by its planned lines"
    perform(SubmitRecord("transaction", back), house.administrator)
    assert asset(asset_id).balance_minor == 0
    assert everywhere(here, asset_id, back) == {"out −100.00"}


@pytest.mark.checks("V03.07", "W09.04")
def test_of_many_lines_the_net_of_the_assets_own_counts(app: Flask):
    house = a_house()
    codes(house)
    first, second = a_funded_asset(house), a_funded_asset(house, 5_000)
    mine, others, cash = number_of(first), number_of(second), house_account(house)
    lines = (("C", mine, 1_800_000), ("D", mine, 45_000), ("D", others, 1_000))
    one = booked(house, ("D", cash, 1_754_000), *lines)
    here = browser(app, house.administrator_email)
    assert asset(first).balance_minor == 1_755_000
    assert everywhere(here, first, one) == {"in +17,550.00"}
    assert everywhere(here, second, one) == {"out −10.00"}, "its header names other assets"
    reference = transaction(one).reference
    for value, is_found in (("in", True), ("out", False)):
        page = here.get(f"{LIST}?asset={first}&type={value}").get_data(as_text=True)
        assert (reference in page) is is_found, f"{value} is what the list shows"


@pytest.mark.checks("W09.04")
def test_the_house_s_cash_rises_by_what_is_debited(app: Flask):
    house = a_house()
    codes(house)
    cash = perform(OpenHouseAccount("cash", "KES", house.branch_id), house.system)
    customer = a_funded_asset(house)
    one = booked(house, ("D", number_of(cash), 7_500), ("C", number_of(customer), 7_500))
    put_in = deposit(house, customer, 1_200)
    here = browser(app, house.administrator_email)
    balance = here.get(f"/admin/assets/{cash}").get_data(as_text=True)
    assert ">87.00" in balance, "a debit raises the balance that is shown"
    assert everywhere(here, cash, one) == {"in +75.00"}
    assert everywhere(here, cash, put_in) == {"in +12.00"}
