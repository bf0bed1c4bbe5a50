"""Nobody approves what they made, edited or handed in, in whichever round of the review."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from app.access.agents import Agent
from app.access.roles import CreateRole
from app.agents.commands import CreateAgent, WorkingConfig
from app.approvals.queries import waiting_for
from app.clients.commands import Document, EditClient, Person
from app.clients.models import Client
from app.controls.approvals import ApproveRecord, RejectRecord, SubmitRecord
from app.controls.commands import perform
from app.controls.deciding import OWN_WORK
from app.controls.identity import Actor
from app.db.session import database
from app.kernel.errors import Forbidden
from app.ledger.models import Transaction
from app.transactions.commands import Withdraw
from tests.factories import House, a_client, a_funded_asset, a_house, a_user, an_approval_rule

pytestmark = pytest.mark.usefixtures("app")


def _saved(model: type[Any], record_id: int) -> Any:
    with database.reading() as session:
        return session.get_one(model, record_id)


def _decide(command: type[Any], model: type[Any], record_id: int, who: Actor) -> None:
    kind, version = model.__tablename__, _saved(model, record_id).version
    more = ("not enough",) if command is RejectRecord else ()
    perform(command(kind, record_id, version, *more), who)


def _rejected_client(house: House, maker: Actor, checker: Actor) -> int:
    client_id = a_client(house, actor=maker)
    _decide(RejectRecord, Client, client_id, checker)
    return client_id


def _edit(house: House, client_id: int, who: Actor) -> None:
    perform(
        EditClient(
            client_id,
            _saved(Client, client_id).version,
            Person("Amina", "Edited"),
            (Document(house.identity_type_id, "12345678"),),
            desk_id=_saved(Client, client_id).desk_id,
            manager_id=None,
        ),
        who,
    )


@pytest.mark.checks("E42.11")
def test_who_corrected_a_rejected_record_cannot_approve_it_when_another_hands_it_in():
    house = a_house(currencies=("KES",))
    maker, _, _ = a_user(house, "Teller")
    checker, _, _ = a_user(house, "Approver L1")
    editor, _, _ = a_user(house, "Teller", "Approver L1")
    client_id = _rejected_client(house, maker, checker)
    _edit(house, client_id, editor)
    _decide(SubmitRecord, Client, client_id, maker)
    with database.reading() as session:
        assert waiting_for(session, editor) == 0
        assert waiting_for(session, checker) == 1
    with pytest.raises(Forbidden, match=OWN_WORK):
        _decide(ApproveRecord, Client, client_id, editor)
    _decide(ApproveRecord, Client, client_id, checker)
    assert _saved(Client, client_id).is_authorised


@pytest.mark.checks("E42.11")
def test_a_maker_cannot_approve_their_own_record_after_a_colleague_handed_it_in_again():
    house = a_house(currencies=("KES",))
    maker, _, _ = a_user(house, "Branch Manager")
    checker, _, _ = a_user(house, "Approver L1")
    colleague, _, _ = a_user(house, "Teller")
    asset_id = a_funded_asset(house, 900_00)
    an_approval_rule(house)
    transaction_id = perform(Withdraw(asset_id, 100_00), maker)
    _decide(RejectRecord, Transaction, transaction_id, checker)
    _decide(SubmitRecord, Transaction, transaction_id, colleague)
    with pytest.raises(Forbidden, match=OWN_WORK):
        _decide(ApproveRecord, Transaction, transaction_id, maker)
    with pytest.raises(Forbidden, match=OWN_WORK):
        _decide(ApproveRecord, Transaction, transaction_id, colleague)
    _decide(ApproveRecord, Transaction, transaction_id, checker)
    assert _saved(Transaction, transaction_id).processing == "Completed"


def test_nobody_approves_two_levels_of_one_record():
    house = a_house(currencies=("KES",))
    maker, _, _ = a_user(house, "Teller")
    twice, _, _ = a_user(house, "Approver L2", "Approver L1")
    an_approval_rule(house, "client", levels=2)
    client_id = a_client(house, actor=maker)
    _decide(ApproveRecord, Client, client_id, twice)
    with pytest.raises(Forbidden, match="another level"):
        _decide(ApproveRecord, Client, client_id, twice)
    assert _saved(Client, client_id).record_status == "PENDING_AUTH_L1"


def test_nobody_approves_what_is_about_themselves():
    house = a_house(currencies=())
    rights = ("agents.view", "agents.approve-l1", "approvals.view", "clients.view-all",
              "desks.view-all", "projects.view-all")  # fmt: skip
    perform(CreateRole("Approver of agents", rights), house.administrator)
    maker, _, _ = a_user(house, "Branch Manager")
    oneself, _, _ = a_user(house, "Approver of agents")
    other, _, _ = a_user(house, "Approver of agents")
    day = WorkingConfig(start_time=time(8), end_time=time(17))
    command = CreateAgent(oneself.user_id or 0, house.branch_id, day, submit=True)
    agent_id = perform(command, maker)
    with database.reading() as session:
        assert (waiting_for(session, oneself), waiting_for(session, other)) == (0, 1)
    for act in (ApproveRecord, RejectRecord):
        with pytest.raises(Forbidden, match=OWN_WORK):
            _decide(act, Agent, agent_id, oneself)
    _decide(ApproveRecord, Agent, agent_id, other)
    assert _saved(Agent, agent_id).is_authorised
