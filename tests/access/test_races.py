"""Many at once, from real processes: one wins, and the others read the sentence of who is late."""

from __future__ import annotations

from collections import Counter

import pytest
from flask import Flask
from sqlalchemy import select

from app.access.administrators import NOBODY_LEFT
from app.access.commands import CreateRole, CreateUser, EditRole, SetUserActive
from app.access.models import Role, User
from app.access.people import EMAIL_TAKEN
from app.access.roles import NAME_TAKEN
from app.agents.commands import IS_AGENT, CreateAgent, WorkingConfig
from app.banks.commands import BankTerms, CreateBank
from app.banks.models import Bank
from app.controls.commands import perform
from app.db.session import database
from tests import factories
from tests.access.test_administrators import KEEPING, the
from tests.ledger.contest import PROCESSES, at_once

NO_LONGER = "You do not have permission to do this."


@pytest.fixture
def house(app: Flask) -> factories.House:
    return factories.a_house(currencies=())


def test_administrators_who_deactivate_each_other_at_once_leave_one(house, pool):
    everyone = [house.administrator]
    everyone += [factories.a_user(house, "Tenant Administrator")[0] for _ in range(PROCESSES - 1)]
    everyone = [factories.actor_of_address(the(User, one.user_id).email) for one in everyone]
    circle = zip(everyone, [*everyone[1:], everyone[0]], strict=True)
    attempts = [[(SetUserActive(to.user_id, is_active=False), one, None)] for one, to in circle]
    refusals = Counter(outcome.refusal for outcome in at_once(pool, attempts))
    left = sum(the(User, one.user_id).is_active for one in everyone)
    assert left == refusals[NO_LONGER] >= 1
    assert set(refusals) == {"", NO_LONGER}


def test_roles_that_are_stripped_at_once_leave_one_who_can_administer_people(house, pool):
    keys, keepers = [], []
    for number in range(PROCESSES):
        name = f"Half {number}"
        keys.append(perform(CreateRole(name, KEEPING), house.administrator))
        keepers.append(factories.a_user(house, name)[0])
    perform(SetUserActive(house.administrator.user_id, is_active=False), house.system)
    attempts = [
        [(EditRole(key, the(Role, key).version, the(Role, key).name, ("users.view",)), one, None)]
        for key, one in zip(keys, keepers, strict=True)
    ]
    refusals = Counter(outcome.refusal for outcome in at_once(pool, attempts))
    assert refusals == {"": PROCESSES - 1, NOBODY_LEFT: 1}


@pytest.mark.checks("W10.07")
def test_of_banks_that_are_made_the_default_at_once_one_is(house, pool):
    perform(CreateBank(BankTerms("First", "KE", is_default=True)), house.administrator)
    attempts = [
        [
            (
                CreateBank(BankTerms(f"Bank {number}", "KE", is_default=True)),
                house.administrator,
                None,
            )
        ]
        for number in range(PROCESSES)
    ]
    outcomes = at_once(pool, attempts)
    assert Counter(outcome.refusal for outcome in outcomes) == {"": PROCESSES}
    with database.reading() as session:
        query = select(Bank.id).where(
            Bank.organisation_id == house.organisation_id, Bank.is_default
        )
        (default,) = session.scalars(query)
    assert default in [outcome.answer for outcome in outcomes]


def test_one_address_name_or_agent_is_there_once_and_the_others_read_why(house, pool):
    email = factories.unique_email("twice")
    person = CreateUser("employee", email, "Mary", "Twice", factories.PASSWORD)
    names = ["Cashier", "cashier", "CASHIER", "CaShIeR", "cashieR"]
    teller = factories.a_user(house)[0].user_id
    agent = CreateAgent(teller, house.branch_id, WorkingConfig())
    for commands, sentence in (
        ([person] * PROCESSES, EMAIL_TAKEN),
        ([CreateRole(name, ("assets.view",)) for name in names], NAME_TAKEN),
        ([agent] * PROCESSES, IS_AGENT),
    ):
        outcomes = at_once(pool, [[(one, house.administrator, None)] for one in commands])
        refusals = Counter(outcome.refusal for outcome in outcomes)
        assert refusals == {"": 1, sentence: PROCESSES - 1}


def test_of_banks_that_are_added_at_once_under_one_name_one_is_kept(house, pool):
    attempts = [
        [(CreateBank(BankTerms(name, "KE")), house.administrator, None)]
        for name in ("Lake Bank", "LAKE BANK", "Lake bank", "lake bank", "lake BANK")
    ]
    refusals = Counter(outcome.refusal for outcome in at_once(pool, attempts))
    taken = "A bank of this name in this country is on the list already"
    assert refusals == {"": 1, taken: PROCESSES - 1}
