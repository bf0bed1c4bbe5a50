"""Who would approve this? The page judges as handing in and approving do."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from app.access.delegations import DelegateApproval
from app.access.roles import CreateRole
from app.controls.commands import perform
from app.db.session import database
from app.ledger.models import Transaction
from app.reference.commands import CreateProject
from app.transactions.commands import Deposit
from tests import factories

PATH = "/admin/approval-simulation"


@pytest.fixture
def house(app):
    return factories.a_house(currencies=("KES",))


def ask(client: FlaskClient, **asked: object) -> str:
    answer = client.get(PATH, query_string=asked)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def people(page: str) -> dict[str, list[str]]:
    """Return the names at each level as the cards show them."""
    cards = page.split('card__title">Level ')[1:]
    return {
        card[0]: re.findall(r'simulation__person"><strong>([^<]+)</strong>', card) for card in cards
    }


@pytest.mark.checks("E42.01")
def test_levels_rule_and_people_are_those_of_the_real_thing(client: FlaskClient, house):
    other_id = perform(CreateProject("Elsewhere"), house.administrator)
    factories.an_approval_rule(house, "transaction", minimum_minor=1_000_00, levels=2)
    teller, _, _ = factories.a_user(house, "Teller", first_name="Tom")
    factories.a_user(house, "Approver L2", first_name="Lea")
    factories.a_user(house, "Approver L1", first_name="Leo")
    both, _, _ = factories.a_user(house, "Approver L1", "Approver L2", first_name="Bo")
    narrow = ("transactions.view", "transactions.approve-l1", "projects.view-own")
    perform(CreateRole("Narrow", narrow), house.administrator)
    factories.a_user(house, "Narrow", first_name="Nell")
    deputy, _, _ = factories.a_user(house, "Auditor", first_name="Dee")
    days = (factories.today(), factories.today())
    perform(DelegateApproval(deputy.user_id, *days, (2,)), both)
    factories.signed_in(client, house.administrator_email)
    here = {"kind": "transaction", "project_id": house.project_id}

    page = ask(client, **here, amount="1,000.00", maker_id=teller.user_id)
    assert "No approval is asked for" in page
    page = ask(client, **here, amount="1,000.01", maker_id=teller.user_id)
    assert "2 levels of approval" in page
    assert "above 1,000.00 KES" in page
    names = people(page)
    assert set(names["2"]) == {"Lea Otieno", "Bo Otieno", "Dee Otieno", "Ada Achieng"}
    assert set(names["1"]) == {"Leo Otieno", "Bo Otieno", "Nell Otieno", "Ada Achieng"}
    assert "for Bo Otieno" in page
    asset_id = factories.a_funded_asset(house)
    transaction_id = perform(Deposit(asset_id, 1_000_01), teller)
    with database.reading() as session:
        assert session.get_one(Transaction, transaction_id).levels_required == 2

    # The maker approves nothing, nor does who stands in for the maker; scope leaves Nell out.
    page = ask(client, **here | {"project_id": other_id}, amount="2000", maker_id=both.user_id)
    names = people(page)
    assert set(names["2"]) == {"Lea Otieno", "Ada Achieng"}
    assert set(names["1"]) == {"Leo Otieno", "Ada Achieng"}
    page = ask(client, **here, amount="2000", maker_id=house.administrator.user_id)
    assert "Authorized at once" in page


def test_what_nobody_could_finish_is_said(client: FlaskClient, house):
    factories.an_approval_rule(house, "client", levels=2)
    factories.signed_in(client, house.administrator_email)
    page = ask(client, kind="client")
    assert people(page) == {"2": ["Ada Achieng"], "1": ["Ada Achieng"]}
    assert "Nobody can finish this" in page
    factories.a_user(house, "Approver L1")
    assert "Nobody can finish this" not in ask(client, kind="client")


def test_a_question_that_is_none_is_refused(client: FlaskClient, house):
    factories.signed_in(client, house.administrator_email)
    for asked in ({"kind": "sandwich"}, {"kind": "client", "amount": "1e9"},
                  {"kind": "client", "project_id": "x"}):  # fmt: skip
        assert client.get(PATH, query_string=asked).status_code == 422
