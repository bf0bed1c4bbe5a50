"""“What would this cost?” answers by the code that charges, and says why."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from app.clients.fee_groups import AssignFeeGroup
from app.clients.models import Client
from app.controls.commands import perform
from app.fees.commands import Threshold
from tests import factories
from tests.fees.books import a_commission, a_fee, a_group, percent
from tests.ledger.books import row

PATH = "/admin/company-fees/simulator"


@pytest.mark.checks("W01.15")
def test_the_simulator_names_the_rule_that_applies_and_why_others_do_not(app):
    house = factories.a_house(currencies=("KES", "USD"))
    general = a_group(house, "General", is_default=True)
    a_fee(
        house,
        general,
        Threshold(Decimal(5), None, Decimal(100)),
        Threshold(Decimal(9), Decimal(100)),
    )
    a_fee(house, general, "3", label="exchange", currency="KES", counter_currency="USD")
    a_commission(house, percent(0, None, "1", currency="USD"), currency="USD")
    developers = a_group(house, "Developers")
    a_fee(house, developers, "0", label=None)
    _actor, email, password = factories.a_user(house, "Teller")
    browser = app.test_client()
    factories.signed_in(browser, email, password)

    def told(**query: str) -> str:
        whole = {"project_id": str(house.project_id), "kind": "withdrawal", "currency": "KES"}
        answer = browser.get(PATH, query_string=whole | query)
        assert answer.status_code == 200
        return re.sub(r"<[^>]+>|\s+", " ", answer.get_data(as_text=True).split("simulated")[-1])

    shown = told(amount="500")
    assert re.search("Fee amount +9.00", shown)
    five = "General · Withdrawal · KES · 5"
    assert re.search(f"{five} +Does not apply +The amount is above 100", shown)
    assert re.search(r"General · Withdrawal · KES · 9 +Applies", shown)
    assert "It is for Exchange" in shown
    assert "It is for USD" in shown
    exchange = told(kind="exchange", counter_currency="USD", amount="500")
    assert re.search("Fee amount +3.00", exchange)
    assert re.search("Fee amount +0.00", told(kind="exchange", amount="500"))
    client_id = factories.a_client(house)
    client = row(Client, client_id)
    perform(AssignFeeGroup(client_id, client.version, developers), house.administrator)
    free = told(client=client.number, amount="500")
    assert re.search("Fee amount +0.00", free)
    assert "It exempts from the company" in free
    for query, sentence in (
        ({"amount": "ten"}, "Amount must be a number"),
        ({"amount": "1", "client": "CUS-9"}, "There is no customer with this number"),
        ({"amount": "1", "currency": "XXX"}, "Choose a currency from the list"),
        ({"amount": "1", "project_id": ""}, "Choose a project or a customer"),
    ):
        assert sentence in told(**query)
    theirs = str(factories.a_house(currencies=("KES",)).project_id)
    query = {"amount": "1", "currency": "KES", "project_id": theirs}
    assert "Fee amount" not in browser.get(PATH, query_string=query).get_data(as_text=True)
