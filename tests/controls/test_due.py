"""A row of due work belongs to one worker at a time, and none that fails holds up the others."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.controls import due, leases
from app.controls.commands import door, handles, perform
from app.controls.due import MAXIMUM_ATTEMPTS, UNFINISHED, Job, SettleWork, does, enqueue
from app.controls.due_work import DueWork
from app.controls.leases import ClaimWork, KeepLease, ReportProgress
from app.controls.work import Work
from app.db.session import database
from app.notices.models import Notice
from tests import factories
from tests.due import work_of

KIND = "chore"


@dataclass(frozen=True, slots=True)
class GiveChores:
    """Leave as many chores to the worker."""

    names: tuple[str, ...]


@handles(GiveChores, permission=None)
def give_chores(work: Work, command: GiveChores) -> list[int]:
    return [enqueue(work, KIND, name, {"name": name}) for name in command.names]


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house()


def chores(house: factories.House, count: int = 1) -> list[int]:
    names = tuple(factories.unique("chore") for _ in range(count))
    found: list[int] = perform(GiveChores(names), house.administrator)
    return found


def row(work_id: int) -> DueWork:
    with database.reading() as session:
        return session.get_one(DueWork, work_id)


def done_by(do: Callable[[Job], None]) -> None:
    does(KIND)(do)


def later(monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    now = door.clock
    monkeypatch.setattr(door, "clock", lambda: now() + timedelta(seconds=seconds))


def test_a_worker_that_wakes_after_another_took_its_work_changes_nothing_of_it(house, monkeypatch):
    (work_id,) = chores(house)
    assert perform(ClaimWork(work_id, "slow"), house.system)
    later(monkeypatch, leases.LEASE_SECONDS + 1)
    assert perform(ClaimWork(work_id, "quick"), house.system)
    mine = row(work_id).leased_until
    later(monkeypatch, 5)
    perform(ReportProgress(work_id, "slow", 80), house.system)
    perform(KeepLease(work_id, "slow"), house.system)
    perform(SettleWork(work_id, "slow", "failed", UNFINISHED), house.system)
    kept = row(work_id)
    assert (kept.state, kept.progress_percent, kept.leased_until) == ("running", 0, mine)
    perform(ReportProgress(work_id, "quick", 40), house.system)
    assert row(work_id).progress_percent == 40
    perform(SettleWork(work_id, "quick", "done"), house.system)
    perform(SettleWork(work_id, "slow", "waiting", UNFINISHED, door.clock()), house.system)
    assert (row(work_id).state, row(work_id).message) == ("done", "")


def test_a_sign_of_life_lets_the_lease_be_renewed_for_another_hour(house, monkeypatch):
    monkeypatch.setattr(leases, "_RENEW_SECONDS", 0.01)
    monkeypatch.setattr(leases, "_LONGEST_SILENCE_SECONDS", 0.2)
    (work_id,) = chores(house)
    seen: list[bool] = []

    def is_renewed() -> bool:
        """Tell whether the lease moves on without a word from the work."""
        first, until = row(work_id).leased_until, time.monotonic() + 1
        while row(work_id).leased_until == first and time.monotonic() < until:
            time.sleep(0.02)
        return row(work_id).leased_until != first

    def slow(job: Job) -> None:
        time.sleep(0.3)
        seen.append(is_renewed())
        job.report(50)
        seen.append(is_renewed())

    done_by(slow)
    work_of(house.organisation_id)
    assert seen == [False, True]


def test_work_that_fails_keeps_no_other_from_its_turn(house, caplog):
    first, second = chores(house, 2)

    def fail_once(job: Job) -> None:
        if job.id == first:
            raise RuntimeError("nobody foresaw this")

    done_by(fail_once)
    work_of(house.organisation_id)
    assert (row(first).state, row(second).state) == ("waiting", "done")
    assert "nobody foresaw this" in caplog.text


def test_work_that_every_worker_dies_of_is_given_up_and_told(house, monkeypatch):
    (work_id,) = chores(house)
    tries: list[int] = []
    done_by(lambda job: tries.append(job.id))
    for _ in range(MAXIMUM_ATTEMPTS):
        # Who claims and is heard of no more was killed by it.
        assert perform(ClaimWork(work_id, "dead"), house.system)
        later(monkeypatch, leases.LEASE_SECONDS + 1)
    work_of(house.organisation_id)
    assert work_id not in tries
    assert (row(work_id).state, row(work_id).message) == ("failed", UNFINISHED)
    assert _told(house) == ["Chore could not be finished"]


def test_work_is_claimed_by_nobody_before_it_is_due(house, monkeypatch):
    (work_id,) = chores(house)
    assert perform(ClaimWork(work_id, "first"), house.system)
    retry_at = door.clock() + timedelta(seconds=30)
    perform(SettleWork(work_id, "first", "waiting", UNFINISHED, retry_at), house.system)
    # The second worker looked at the queue before the first one failed.
    assert not perform(ClaimWork(work_id, "second"), house.system)
    assert (row(work_id).state, row(work_id).attempts) == ("waiting", 1)
    later(monkeypatch, 31)
    assert perform(ClaimWork(work_id, "second"), house.system)


@pytest.mark.parametrize("looked_at", [400, 5])
def test_a_long_queue_of_one_house_leaves_the_others_their_turn(house, monkeypatch, looked_at):
    monkeypatch.setattr(due, "_LOOKED_AT", looked_at)
    work_of(house.organisation_id)
    done: list[tuple[int, str]] = []
    done_by(lambda job: done.append((job.organisation_id, job.occurrence_key)))
    many = [row(work_id).occurrence_key for work_id in chores(house, 40)]
    other = factories.a_house()
    theirs = [row(work_id).occurrence_key for work_id in chores(other, 2)]
    while not set(theirs) <= {key for _, key in done}:
        assert due.sweep(), "their turn never came"
    mine = [key for organisation_id, key in done if organisation_id == house.organisation_id]
    assert mine == many[: len(mine)], "each one's own is done in its order"
    assert len(mine) < len(many)


def _told(house: factories.House) -> list[str]:
    query = select(Notice.title).where(Notice.user_id == house.administrator.user_id)
    with database.reading() as session:
        return list(session.scalars(query))
