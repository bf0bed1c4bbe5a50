"""An agent gets another account after one was closed, and never widens their own bounds."""

from __future__ import annotations

from datetime import time

import pytest
from flask.testing import FlaskClient

from app.access.agents import Agent
from app.accounts.commands import OpenAccount
from app.accounts.ending.commands import CloseAccount
from app.agents.commands import CreateAgent, LinkAgentAccount, WorkingConfig
from app.controls.commands import perform
from app.db.session import database
from app.kernel.errors import Forbidden
from app.ledger.accounts import Account
from tests import factories
from tests.pages import send

LIST = "/admin/agents"
HOURS = WorkingConfig(start_time=time(0, 1), end_time=time(23, 59))


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


def agent(agent_id: int) -> Agent:
    with database.reading() as session:
        return session.get_one(Agent, agent_id)


def number_of(account_id: int) -> str:
    with database.reading() as session:
        return session.get_one(Account, account_id).number


def page_of(browser: FlaskClient, path: str) -> str:
    return browser.get(path).get_data(as_text=True)


def of_an_agent(house: factories.House) -> int:
    command = OpenAccount(house.product_id, "KES", is_agent=True)
    return perform(command, house.administrator)


@pytest.mark.checks("E26.11")
def test_an_agent_whose_account_was_closed_gets_another(house, client):
    factories.signed_in(client, house.administrator_email)
    boss = house.administrator
    who, _, _ = factories.a_user(house, "Teller")
    agent_id = perform(CreateAgent(who.user_id, house.branch_id, HOURS, submit=True), boss)
    first, second = of_an_agent(house), of_an_agent(house)
    perform(LinkAgentAccount(agent_id, first), boss)
    page = f"{LIST}/{agent_id}"
    assert "Link Account" not in page_of(client, page)
    perform(CloseAccount(first, "The agent moved"), boss)
    assert "(closed)" in page_of(client, page)
    assert "Link Account" in page_of(client, page)
    assert number_of(first) not in page_of(client, LIST)
    assert send(client, f"{page}/account", account_id=str(second)).status_code == 303
    assert agent(agent_id).account_id == second
    assert number_of(second) in page_of(client, LIST)
    assert "(closed)" not in page_of(client, page)


@pytest.mark.checks("E26.11")
def test_a_closed_account_is_not_offered_to_an_agent_and_not_linked(house, client):
    factories.signed_in(client, house.administrator_email)
    boss = house.administrator
    who, _, _ = factories.a_user(house, "Teller")
    agent_id = perform(CreateAgent(who.user_id, house.branch_id, HOURS, submit=True), boss)
    closed, ready = of_an_agent(house), of_an_agent(house)
    perform(CloseAccount(closed, "Opened by mistake"), boss)
    path = f"{LIST}/{agent_id}/account"
    offered = page_of(client, path)
    assert number_of(ready) in offered
    assert number_of(closed) not in offered
    answer = send(client, path, account_id=str(closed))
    assert answer.status_code == 409
    assert "This account is closed and stays closed" in answer.get_data(as_text=True)
    assert agent(agent_id).account_id is None


@pytest.mark.checks("E26.09")
def test_an_agent_who_configures_others_does_not_widen_their_own_hours(house, client):
    boss = house.administrator
    who, email, _ = factories.a_user(house, "Branch Manager")
    other, _, _ = factories.a_user(house, "Teller")
    own = perform(CreateAgent(who.user_id, house.branch_id, HOURS, submit=True), boss)
    others = perform(CreateAgent(other.user_id, house.branch_id, HOURS, submit=True), boss)
    factories.signed_in(client, email)
    assert "Edit Config" not in page_of(client, f"{LIST}/{own}")
    answer = send(client, f"{LIST}/{own}/config", start_time="", end_time="")
    assert answer.status_code == 403
    assert "You cannot act on your own work" in answer.get_data(as_text=True)
    assert agent(own).end_time == time(23, 59)
    assert "Edit Config" in page_of(client, f"{LIST}/{others}")
    assert send(client, f"{LIST}/{others}/config", end_time="17:00").status_code == 303


def test_an_agent_does_not_link_an_account_to_themselves(house):
    who, _, _ = factories.a_user(house, "Branch Manager")
    command = CreateAgent(who.user_id, house.branch_id, HOURS, submit=True)
    agent_id = perform(command, house.administrator)
    account_id = of_an_agent(house)
    with pytest.raises(Forbidden, match="You cannot act on your own work"):
        perform(LinkAgentAccount(agent_id, account_id), who)
    assert agent(agent_id).account_id is None
    perform(LinkAgentAccount(agent_id, account_id), house.administrator)
    assert agent(agent_id).account_id == account_id
