"""Several ask at once, from real processes: for a desk that is deleted, for a key that is taken."""

from __future__ import annotations

from collections import Counter
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.access.commands import CreateUser
from app.access.models import UserDesk
from app.calendars.commands import CreateWorkDayYear
from app.clients.commands import CreateClient, Document, Person
from app.clients.models import Client
from app.controls.commands import perform
from app.controls.retiring import RetireRecord
from app.db.session import database
from app.kernel.errors import Refusal
from app.organisation.commands import CreateDesk
from app.organisation.models import Desk
from app.records.commands import CreateCode
from tests import factories
from tests.ledger.contest import PROCESSES, at_once


@pytest.fixture(scope="module")
def house(app: Flask) -> factories.House:
    return factories.a_house(currencies=())


def _on(house: factories.House, desk_id: int) -> list[object]:
    """Return commands that put a new person and a new customer on a desk."""
    document = (Document(house.identity_type_id, f"{uuid4().int % 10**8:08d}"),)
    person = CreateUser(
        "employee",
        factories.unique_email(),
        "A",
        "B",
        factories.PASSWORD,
        project_ids=(house.project_id,),
        desk_ids=(desk_id,),
    )
    client = Person("Amina", "Wanjiru")
    return [person, CreateClient(client, document, house.project_id, desk_id=desk_id)]


def test_nobody_is_put_on_a_desk_that_was_deleted(house):
    desk_id = perform(CreateDesk(house.project_id, "Outreach"), house.administrator)
    perform(RetireRecord("desk", desk_id), house.administrator)
    for command in _on(house, desk_id):
        with pytest.raises(Refusal, match="Outreach is inactive"):
            perform(command, house.administrator)


@pytest.mark.checks("M02.05")
@pytest.mark.parametrize("turn", range(3))
def test_a_desk_that_is_deleted_at_once_has_nobody_or_stays(house, pool, turn):
    desk_id = perform(CreateDesk(house.project_id, f"Desk {turn}"), house.administrator)
    putting = [*_on(house, desk_id), *_on(house, desk_id)]
    batches = [[(one, house.administrator, None)] for one in putting]
    retiring = [(RetireRecord("desk", desk_id), house.administrator, None)]
    at_once(pool, [*batches[:2], retiring, *batches[2:]])
    with database.reading() as session:
        is_retired = session.get_one(Desk, desk_id).retired_at is not None
        people = session.scalar(select(func.count()).where(UserDesk.desk_id == desk_id))
        clients = session.scalar(select(func.count()).where(Client.desk_id == desk_id))
    assert is_retired is ((people, clients) == (0, 0))


@pytest.mark.checks("E10.04", "E14.05")
@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (CreateCode("department", "OPS", "Operations"), "Department code OPS already exists"),
        (CreateWorkDayYear(2031), "Work day year 2031 already exists"),
    ],
)
def test_of_many_who_take_a_key_at_once_the_others_are_told_so(house, pool, command, sentence):
    attempts = [[(command, house.administrator, None)] for _ in range(PROCESSES)]
    refusals = Counter(one.refusal for one in at_once(pool, attempts))
    assert refusals == {"": 1, sentence: PROCESSES - 1}
