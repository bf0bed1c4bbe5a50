"""Lines that are chosen freely are no way round the approval rules of a project or a branch."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from app.controls.commands import perform
from app.controls.identity import Actor
from app.controls.review import AUTHORIZED, PENDING
from app.db.session import database
from app.journals.commands import RecordJournal
from app.organisation.branches import CreateBranch
from app.reference.commands import CreateProject
from app.schedules.forward import CHOSEN_TYPES, ForwardDated, RecordForwardDated
from app.transactions.commands import Deposit
from tests import factories
from tests.factories import BUSINESS_DATE, House
from tests.journals.scenes import codes, house_account, line, number_of, record
from tests.ledger import books
from tests.transactions.scenes import AddStatus


@pytest.fixture
def house(app: Flask) -> House:
    made = factories.a_house(currencies=("KES",))
    codes(made)
    return made


@pytest.fixture
def manager(house: House) -> Actor:
    return factories.a_user(house, "Branch Manager")[0]


def _funded(house: House, project_id: int) -> str:
    client_id = factories.a_client(house, project_id=project_id)
    asset_id = factories.first_asset(factories.an_account(house, client_id))
    perform(Deposit(asset_id, 900_00), house.administrator)
    return number_of(asset_id)


def _status(house: House, manager: Actor, *credited: tuple[str, int], branch_id: int) -> str:
    lines = [line("C", account, minor) for account, minor in credited]
    cash = line("D", house_account(house, purpose="cash"), sum(minor for _, minor in credited))
    days = {"posting_date": BUSINESS_DATE, "value_date": BUSINESS_DATE}
    command = RecordJournal(branch_id=branch_id, lines=(cash, *lines), submit=True, **days)
    return books.transaction(perform(command, manager)).record_status


@pytest.mark.checks("E42.41")
def test_a_line_for_another_project_evades_no_projects_rule(house: House, manager: Actor):
    other = perform(CreateProject("Other"), house.administrator)
    perform(factories.AddCurrencies(other, ("KES",)), house.system)
    mine, theirs = (_funded(house, project_id) for project_id in (house.project_id, other))
    here = house.branch_id
    factories.an_approval_rule(house, levels=2, project_id=other)
    assert _status(house, manager, (mine, 10_00), branch_id=here) == AUTHORIZED
    assert _status(house, manager, (theirs, 10_00), branch_id=here) == PENDING[2]
    both = (theirs, 10_00), (mine, 1)
    assert _status(house, manager, *both, branch_id=here) == PENDING[2]
    # Nor does another day.
    cash = line("D", house_account(house, purpose="cash"), 10_01)
    lines = (cash, *(line("C", account, minor) for account, minor in both))
    day = BUSINESS_DATE + timedelta(days=5)
    command = RecordForwardDated(next(iter(CHOSEN_TYPES)), here, day, lines, submit=True)
    with database.reading() as session:
        later = session.get_one(ForwardDated, perform(command, manager))
        assert later.record_status == PENDING[2]


@pytest.mark.checks("W03.32")
def test_a_journal_starts_in_the_status_of_the_project_that_its_accounts_are_of(house: House):
    other = perform(CreateProject("Other"), house.administrator)
    perform(factories.AddCurrencies(other, ("KES",)), house.system)
    mine, theirs = (_funded(house, project_id) for project_id in (house.project_id, other))
    first = perform(AddStatus(other, "first", "Pending", is_default=True), house.system)
    cash = house_account(house, purpose="cash")

    def stands(*credited: str) -> tuple[str, int | None, int | None]:
        lines = [line("C", account, 10_00) for account in credited]
        whole = line("D", cash, 10_00 * len(credited))
        one = books.transaction(record(house, whole, *lines, submit=True))
        return one.processing, one.status_id if one.project_id == other else None, one.project_id

    assert stands(mine) == ("Completed", None, house.project_id)
    assert stands(theirs) == ("Pending", first, other)
    assert stands(mine, theirs) == ("Completed", None, None)


def test_another_branch_in_the_form_evades_no_branchs_rule(house: House, manager: Actor):
    elsewhere = perform(CreateBranch("Mombasa", "KE"), house.administrator)
    account = _funded(house, house.project_id)
    factories.an_approval_rule(house, levels=2, branch_id=house.branch_id)
    for chosen in (house.branch_id, elsewhere):
        assert _status(house, manager, (account, 10_00), branch_id=chosen) == PENDING[2]
