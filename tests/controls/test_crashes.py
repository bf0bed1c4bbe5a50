"""A process that dies at any point loses nothing that was acknowledged and does nothing twice."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.controls.commands import door, handles, perform
from app.controls.due import Job, does, enqueue
from app.controls.due_work import DueWork
from app.controls.leases import KeepLease
from app.controls.work import Work
from app.db.session import database
from app.ledger.models import Asset, Movement, Transaction
from app.ledger.rollup import roll_up
from app.ledger.seals import seal_all
from app.transactions.commands import Deposit
from tests import factories
from tests.due import work_of
from tests.dying import in_a_process_that_dies

COMMAND_POINTS = (
    "command begun",
    "posting worked out",
    "posting written",
    "command handled",
    "command logged",
    "before commit",
    "after commit",
)


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


@pytest.mark.parametrize("point", COMMAND_POINTS)
def test_a_deposit_whose_process_dies_is_made_once_by_the_retry(house, database_url, point):
    asset_id = factories.a_funded_asset(house, 1_000)
    command, key = Deposit(asset_id, 500), factories.unique("key")
    died = in_a_process_that_dies(
        point, lambda: perform(command, house.administrator, key=key), database_url
    )
    assert died == 86
    first = perform(command, house.administrator, key=key)
    assert perform(command, house.administrator, key=key) == first
    with database.reading() as session:
        asset = session.get_one(Asset, asset_id)
        assert (asset.balance_minor, asset.sequence, asset.held_minor) == (1_500, 2, 0)
        made = select(func.count()).where(Transaction.asset_id == asset_id)
        assert session.scalar(made) == 2


@pytest.mark.parametrize("point", ["movements summed", "before commit", "after commit"])
def test_a_roll_up_that_dies_changes_no_figure(house, database_url, point):
    factories.a_funded_asset(house, 700)

    def figure() -> int:
        with database.reading() as session:
            cash = session.scalars(
                select(Asset).where(
                    Asset.organisation_id == house.organisation_id, ~Asset.is_limited
                )
            ).one()
            waiting = select(func.coalesce(func.sum(Movement.amount_minor), 0))
            return cash.balance_minor + int(
                session.scalar(waiting.where(Movement.asset_id == cash.id)) or 0
            )

    before = figure()
    assert in_a_process_that_dies(point, roll_up, database_url) == 86
    assert figure() == before
    roll_up()
    assert figure() == before


@pytest.mark.parametrize("point", ["link made", "before commit", "after commit"])
def test_a_sealer_that_dies_leaves_the_chain_whole(house, database_url, point):
    factories.a_funded_asset(house, 700)
    assert in_a_process_that_dies(point, seal_all, database_url) == 86
    seal_all()
    assert seal_all() == 0


@dataclass(frozen=True, slots=True)
class MakeErrand:
    """Leave a deposit to be made by the worker."""

    asset_id: int


@handles(MakeErrand, permission=None)
def make_errand(work: Work, command: MakeErrand) -> int:
    return enqueue(work, "errand", f"errand {command.asset_id}", {"asset": command.asset_id})


@pytest.mark.parametrize("point", ["work claimed", "work done", "work settled"])
def test_due_work_whose_worker_dies_is_done_once_by_another(house, database_url, point):
    @does("errand")
    def run(job: Job) -> None:
        command = Deposit(job.payload["asset"], 500)
        perform(command, house.administrator, key=job.occurrence_key)

    asset_id = factories.a_funded_asset(house)
    work_id = perform(MakeErrand(asset_id), house.administrator)
    mine = house.organisation_id
    assert in_a_process_that_dies(point, lambda: work_of(mine), database_url) == 86
    now = door.clock
    try:
        # The lease of the dead runs out within a minute; whoever is alive takes over.
        door.clock = lambda: now() + timedelta(seconds=50)
        work_of(mine)
        work_of(mine)
    finally:
        door.clock = now
    with database.reading() as session:
        assert session.get_one(Asset, asset_id).balance_minor == 500
        assert session.get_one(DueWork, work_id).state == "done"


def test_due_work_that_says_nothing_for_long_stays_with_whoever_does_it(house, monkeypatch):
    monkeypatch.setattr("app.controls.leases._RENEW_SECONDS", 0.01)
    asset_id = factories.a_funded_asset(house)
    work_id = perform(MakeErrand(asset_id), house.administrator)
    leases = []

    @does("errand")
    def run(job: Job) -> None:
        first = _lease(job.id)
        until = time.monotonic() + 10
        while _lease(job.id) == first and time.monotonic() < until:
            time.sleep(0.02)
        leases.extend((first, _lease(job.id)))

    work_of(house.organisation_id)
    assert leases[0] < leases[1]
    ended_at = _lease(work_id)
    with database.reading() as session:
        assert session.get_one(DueWork, work_id).state == "done"
    perform(KeepLease(work_id, "a worker that was thought dead"), house.system)
    assert _lease(work_id) == ended_at, "what has ended is nobody's any more"


def _lease(work_id: int) -> datetime:
    with database.reading() as session:
        until = session.get_one(DueWork, work_id).leased_until
    assert until is not None
    return until
