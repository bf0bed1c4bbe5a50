"""A command is tried again where that helps, and says no more of what it did than is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import OperationalError

from app.agents.commands import CreateAgent, WorkingConfig
from app.controls.bounds import OutOfBounds
from app.controls.commands import SYSTEM_ONLY, door, handles, perform
from app.controls.due_work import DueWork
from app.controls.saved_views import ChooseColumns, SaveView
from app.controls.work import Work
from app.db.channel import Channel
from app.db.session import database
from app.kernel.errors import Conflict, Forbidden, Unanswered, Unavailable
from app.ledger.models import Asset
from app.localisation.commands import ChooseLanguage
from app.notices.commands import ForgetOldNotices
from app.transactions.commands import Deposit
from tests import factories


class _Said(Exception):
    """An error of the driver with the state that the server answered by; "" is none."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def said(sqlstate: str) -> OperationalError:
    return OperationalError("", None, _Said(sqlstate))


@dataclass(frozen=True, slots=True)
class TakeName:
    """Meet one obstacle after the other, as the test has laid them."""

    name: str


@pytest.fixture
def obstacles() -> Iterator[list[str]]:
    """What each look meets: a SQLSTATE, or a key that another has taken meanwhile."""
    left: list[str] = []

    @handles(TakeName, permission=None)
    def take_name(work: Work, command: TakeName) -> int:
        met = left.pop(0)
        if met == "a key":
            values = {
                "organisation_id": work.actor.tenant_id, "kind": "name", "payload": {},
                "occurrence_key": command.name, "due_at": work.now, "state": "done",
                "attempts": 0, "progress_percent": 0, "message": "",
            }  # fmt: skip
            for _ in range(2):
                work.session.execute(insert(DueWork), values)
        if met == "a look":
            raise Conflict(f"{command.name} is taken already")
        raise said(met)

    yield left
    del door.entries[TakeName]


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


@pytest.mark.parametrize("before", [[], ["40P01"], ["40P01", "40001", "40P01"]])
def test_who_loses_a_race_looks_again_however_often_it_was_tried_before(house, obstacles, before):
    obstacles.extend([*before, "a key", "a look"])
    with pytest.raises(Conflict, match="Amina is taken already"):
        perform(TakeName("Amina"), house.administrator)
    assert obstacles == []


def test_what_breaks_a_key_twice_is_refused(house, obstacles):
    obstacles.extend(["a key", "40P01", "a key", "never reached"])
    with pytest.raises(Conflict, match="A record with the same key exists already"):
        perform(TakeName("Amina"), house.administrator)
    assert obstacles == ["never reached"]


def test_a_failure_before_the_commit_changed_nothing_and_says_so(house, obstacles):
    obstacles.append("08006")
    with pytest.raises(Unavailable, match="Nothing was changed"):
        perform(TakeName("Amina"), house.administrator)


@pytest.mark.parametrize("is_done", [True, False])
def test_a_connection_lost_in_the_commit_leaves_open_whether_it_was_done(
    house, monkeypatch, is_done
):
    asset_id, key = factories.a_funded_asset(house), factories.unique("key")
    commit = Channel.commit

    def lose(channel: Channel) -> None:
        if is_done:
            commit(channel)
        raise said("")

    with monkeypatch.context() as patch:
        patch.setattr(Channel, "commit", lose)
        with pytest.raises(Unanswered, match="It is not known whether this was done"):
            perform(Deposit(asset_id, 5_00), house.administrator, key=key)
    with database.reading() as session:
        assert session.get_one(Asset, asset_id).balance_minor == (5_00 if is_done else 0)
    perform(Deposit(asset_id, 5_00), house.administrator, key=key)
    with database.reading() as session:
        assert session.get_one(Asset, asset_id).balance_minor == 5_00


def test_a_commit_that_the_server_refuses_changed_nothing(house, monkeypatch):
    asset_id = factories.a_funded_asset(house)

    def refuse(_channel: Channel) -> None:
        raise said("53100")

    monkeypatch.setattr(Channel, "commit", refuse)
    with pytest.raises(Unavailable, match="Nothing was changed"):
        perform(Deposit(asset_id, 5_00), house.administrator)


def test_an_agent_outside_of_working_hours_does_what_is_about_them_alone(house):
    who, email, _ = factories.a_user(house, "Teller")
    now = door.clock().hour
    hours = WorkingConfig(start_time=time((now + 8) % 24), end_time=time((now + 9) % 24))
    if hours.start_time > hours.end_time:
        hours = WorkingConfig(start_time=time(0), end_time=time(1))
    command = CreateAgent(who.user_id, house.branch_id, hours, submit=True)
    perform(command, house.administrator)
    agent = factories.actor_of_address(email)
    perform(SaveView("clients", "Mine", "kind=individual"), agent)
    perform(ChooseColumns("clients", ("name",)), agent)
    perform(ChooseLanguage("en"), agent)
    with pytest.raises(OutOfBounds, match="outside of your working hours"):
        perform(Deposit(factories.a_funded_asset(house), 1_00), agent)


def test_what_is_the_houses_own_nobody_else_gives(house):
    assert door.entries[ForgetOldNotices].permission == SYSTEM_ONLY
    with pytest.raises(Forbidden, match="You do not have permission"):
        perform(ForgetOldNotices(), house.administrator)
    assert isinstance(perform(ForgetOldNotices(), house.system), int)


def test_what_follows_a_commit_takes_nothing_back(house, caplog):
    @dataclass(frozen=True, slots=True)
    class Ring:
        pass

    @handles(Ring, permission=None)
    def ring(work: Work, _command: Ring) -> int:
        work.after_commit.append(lambda: 1 // 0)
        return work.session.scalar(select(func.count()).select_from(Asset)) or 0

    try:
        assert perform(Ring(), house.administrator) >= 0
    finally:
        del door.entries[Ring]
    assert "ZeroDivisionError" in caplog.text
