"""Capital adequacy: the ratios follow the books, by the weights and tiers that were said."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.books.capital_terms import SetCapitalTerms, terms_of
from app.controls.commands import perform
from app.db.session import database
from app.kernel.errors import Conflict, Refusal
from app.ledger.accounts import Product
from app.ledger.models import Asset
from app.transactions.commands import Withdraw
from tests import factories
from tests.factories import House
from tests.journals.scenes import codes, house_account, line, record
from tests.pages import form_of, send

PATH = "/admin/reports/capital-adequacy"
TERMS = f"{PATH}/terms"


@pytest.fixture
def house(app: Flask) -> House:
    """A bank with 3,000.00 of its own, 10,000.00 of a saver, and 1,000.00 lent to another."""
    house = factories.a_house(currencies=("KES",))
    codes(house)
    factories.a_funded_asset(house, 10_000_00)
    debtor = factories.a_funded_asset(house)
    factories.change(house, Asset, debtor, overdraft_minor=1_000_00)
    perform(Withdraw(debtor, 1_000_00), house.administrator)
    cash, shares = house_account(house, purpose="cash"), house_account(house)
    record(house, line("D", cash, 3_000_00), line("C", shares, 3_000_00), submit=True)
    return house


@pytest.fixture
def administrator(app: Flask, house: House) -> FlaskClient:
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    return browser


def product_of(house: House, name: str) -> Product:
    with database.reading() as session:
        mine = Product.organisation_id == house.organisation_id
        return session.scalars(select(Product).where(mine, Product.name == name)).one()


def weigh(house: House, version: int = 0, tier: str = "core", weight: int = 20) -> None:
    cash, shares = product_of(house, "Cash").code, product_of(house, "Clearing").code
    command = SetCapitalTerms(
        version, Decimal("10.5"), Decimal("14.5"), weights={cash: weight}, tiers={shares: tier}
    )
    perform(command, house.administrator)


def figures(browser: FlaskClient) -> dict[str, dict]:
    answer = browser.get(f"{PATH}.json")
    assert answer.status_code == 200
    return {row["name"]: row for row in json.loads(answer.get_data())["rows"]}


def minor(row: dict, column: str = "balance") -> int:
    return row[column]["minor"]


@pytest.mark.checks("W02.18")
def test_the_ratios_are_capital_over_what_is_risked(house: House, administrator: FlaskClient):
    weigh(house)
    found = figures(administrator)
    assert minor(found["Total core capital"]) == 3_000_00
    assert (minor(found["Cash"]), found["Cash"]["percent"]) == (12_000_00, 20)
    assert minor(found["Cash"], "weighted") == 2_400_00
    # The saver's balance does not make up for what the other customer owes.
    owed = found[name_of_savings(house)]
    assert (minor(owed), minor(owed, "weighted")) == (1_000_00, 1_000_00)
    assert minor(found["Total risk-weighted assets"], "weighted") == 3_400_00
    assert found["Core capital ratio, at least 10.5 %"]["percent"] == "88.23"
    assert found["Total capital ratio, at least 14.5 %"]["percent"] == "88.23"


def name_of_savings(house: House) -> str:
    with database.reading() as session:
        return session.get_one(Product, house.product_id).name


def test_supplementary_capital_counts_up_to_the_core_and_too_little_is_said(
    house: House, administrator: FlaskClient
):
    weigh(house, tier="supplementary", weight=100)
    found = figures(administrator)
    assert minor(found["Total that counts, at most the core capital"]) == 0
    assert found["Total capital ratio, at least 14.5 %"]["percent"] == "0.00"
    page = administrator.get(PATH).get_data(as_text=True)
    assert "The core capital ratio is below the 10.5 % asked for." in page
    assert "The total capital ratio is below the 14.5 % asked for." in page


def test_what_nobody_weighed_counts_in_full_and_it_is_said(
    house: House, administrator: FlaskClient
):
    found = figures(administrator)
    assert minor(found["Total risk-weighted assets"], "weighted") == 13_000_00
    page = administrator.get(PATH).get_data(as_text=True)
    assert "Nobody has said yet what counts as capital" in page


def test_an_administrator_says_how_capital_is_measured(house: House, administrator: FlaskClient):
    cash, shares = product_of(house, "Cash"), product_of(house, "Clearing")
    names = {f"weight_{cash.id}": "0", f"tier_{shares.id}": "core"}
    wrong = send(administrator, TERMS, **names, least_core="nine")
    assert wrong.status_code == 422
    assert "must be a percentage such as 1.5" in wrong.get_data(as_text=True)
    more = send(administrator, TERMS, **names, least_core="9", least_total="8")
    assert "cannot be above that of all capital" in more.get_data(as_text=True)
    much = send(administrator, TERMS, **names | {f"weight_{cash.id}": "1251"})
    assert "A weight is a whole percentage from 0 to 1,250" in much.get_data(as_text=True)
    assert send(administrator, TERMS, **names).status_code == 303
    again = form_of(administrator, TERMS)
    assert again[f"weight_{cash.id}"] == ["0"]
    assert again[f"tier_{shares.id}"] == ["core"]
    assert figures(administrator)["Core capital ratio, at least 6 %"]["percent"] == "300.00"


def test_terms_that_were_changed_meanwhile_are_refused(house: House):
    weigh(house)
    with pytest.raises(Conflict):
        weigh(house)
    with database.reading() as session:
        kept = terms_of(session, house.administrator)
        assert kept is not None
        weigh(house, kept.version, weight=50)


@pytest.mark.parametrize(
    ("weights", "tiers"),
    [({"no such": 5}, {}), ({"cash": -1}, {}), ({}, {"cash": "core"}), ({}, {"shares": "gold"})],
)
def test_what_is_no_weight_of_a_product_is_refused(house: House, weights: dict, tiers: dict):
    known = {"cash": product_of(house, "Cash").code, "shares": product_of(house, "Clearing").code}
    command = SetCapitalTerms(
        0,
        Decimal(1),
        Decimal(2),
        weights={known.get(one, one): value for one, value in weights.items()},
        tiers={known[one]: value for one, value in tiers.items()},
    )
    with pytest.raises(Refusal):
        perform(command, house.administrator)


def test_a_teller_neither_sees_nor_says_it(app: Flask, house: House):
    _actor, email, _password = factories.a_user(house, "Teller")
    browser = app.test_client()
    factories.signed_in(browser, email)
    assert browser.get(PATH).status_code == 403
    assert browser.get(TERMS).status_code == 403
