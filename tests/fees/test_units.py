"""An amount has a unit: a static fee names its currency, and what takes everything says so."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from app.controls.commands import perform
from app.db.session import database
from app.fees.commands import AddFees, EditFee, Fee, Threshold
from app.fees.models import CompanyFee
from app.fees.pricing import TAKES_ALL
from app.kernel.errors import Refusal
from app.transactions.commands import Deposit
from tests import factories
from tests.factories import House
from tests.fees.books import a_fee, a_group
from tests.pages import token_of
from tests.transactions.scenes import transaction


@pytest.fixture
def house(app: Flask) -> House:
    return factories.a_house(currencies=("KES", "USD"))


def _only(group_id: int) -> CompanyFee:
    with database.reading() as session:
        return session.scalars(select(CompanyFee).where(CompanyFee.group_id == group_id)).one()


def _text(page: str) -> str:
    return re.sub(r"<[^>]+>|\s+", " ", page)


@pytest.mark.checks("W04.10", "W04.11")
def test_a_fixed_amount_of_no_currency_is_refused_and_a_percentage_or_nothing_is_not(house):
    group, five = a_group(house), (Threshold(Decimal(5)),)
    with pytest.raises(Refusal, match="A static fee is an amount of one currency") as refused:
        perform(AddFees(group, Fee("static"), five), house.administrator)
    assert refused.value.field == "currency"
    perform(AddFees(group, Fee("percent"), five), house.administrator)
    fee = _only(group)
    with pytest.raises(Refusal, match="A static fee is an amount of one currency"):
        perform(EditFee(fee.id, fee.version, Fee("static"), five[0]), house.administrator)
    free = a_group(house)
    perform(AddFees(free, Fee("static"), (Threshold(Decimal(0)),)), house.administrator)


@pytest.mark.checks("W04.10", "W04.11")
def test_an_old_fee_that_names_no_currency_is_of_the_base_currency_and_the_breakdown_says_so(
    house, client
):
    group = a_group(house, "General", is_default=True)
    a_fee(house, group, "5", label="deposit")
    factories.change(house, CompanyFee, _only(group).id, currency="")
    factories.signed_in(client, house.administrator_email)
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    typed = {"preview": "1", "csrf_token": token_of(client), "amount": "100"}
    told = "Company fee · General names no currency: it is charged in KES alone"
    for currency, fee_minor in (("KES", 5_00), ("USD", 0)):
        asset_id = factories.a_funded_asset(house, 1_00, currency)
        assert transaction(perform(Deposit(asset_id, 100_00), house.administrator)).fee_minor == (
            fee_minor
        )
        path = f"/admin/assets/{asset_id}/deposit"
        page = _text(client.post(path, data=typed, headers=headers).get_data(as_text=True))
        assert (told in page) == (currency == "USD")
    page = client.get(f"/admin/company-fees/{group}").get_data(as_text=True)
    assert "No currency: charged in the base currency alone" in page


@pytest.mark.checks("W04.02", "L05.02")
def test_a_fee_that_takes_the_whole_amount_is_a_warning_before_and_after(house, client):
    a_fee(house, a_group(house, is_default=True), "50", label="deposit")
    asset_id = factories.a_funded_asset(house)
    factories.signed_in(client, house.administrator_email)
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    typed = {"preview": "1", "csrf_token": token_of(client)}
    for amount, is_warned in (("50", True), ("50.01", False)):
        data = typed | {"amount": amount}
        answer = client.post(f"/admin/assets/{asset_id}/deposit", data=data, headers=headers)
        assert (TAKES_ALL in answer.get_data(as_text=True)) == is_warned
    made = perform(Deposit(asset_id, 50_00), house.administrator)
    assert TAKES_ALL in client.get(f"/admin/transactions/{made}").get_data(as_text=True)
    query = {"project_id": str(house.project_id), "kind": "deposit", "currency": "KES"}
    path = "/admin/company-fees/simulator"
    asked = client.get(path, query_string=query | {"amount": "20"}).get_data(as_text=True)
    assert TAKES_ALL in asked
