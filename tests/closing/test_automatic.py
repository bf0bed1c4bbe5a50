"""A close begins at its time of day, once a date, whatever clocks and workers do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from app.closing.commands import StartClose
from app.closing.models import ClosingRun
from app.closing.queries import closes_at
from app.closing.steps import closer
from app.closing.tasks import plan_closes
from app.controls.closing_steps import Closing
from app.controls.commands import door, perform
from app.controls.tenant import Organisation
from app.db.session import database
from app.kernel.errors import Conflict
from app.ledger.models import Asset
from app.reports.snapshot import snapshot
from app.reports.verify import breaches
from app.transactions.commands import Deposit
from tests import factories
from tests.closing import scenes
from tests.dying import in_a_process_that_dies
from tests.factories import BUSINESS_DATE

POINTS = (
    "work claimed",
    "closing step begun",
    "closing step taken",
    "closing step ended",
    "day cut off",
    "day sealed",
    "command logged",
    "after commit",
    "work settled",
)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a moment of November 2026 by the clocks of Nairobi, three hours ahead."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=3)


@pytest.fixture(autouse=True)
def _clock(monkeypatch) -> None:
    monkeypatch.setattr(door, "clock", lambda: local(20, 22))


@pytest.fixture
def house(app) -> factories.House:
    made = factories.a_house(currencies=("KES",))
    factories.change(made, Organisation, made.organisation_id, time_zone="Africa/Nairobi")
    return made


def dates(house: factories.House) -> list[str]:
    """Return the dates whose close was started, in order."""
    with database.reading() as session:
        query = select(ClosingRun.business_date).where(
            ClosingRun.organisation_id == house.organisation_id
        )
        return [one.isoformat() for one in session.scalars(query.order_by(ClosingRun.id))]


def test_it_begins_at_the_time_of_day_where_the_organisation_is_and_once(house):
    scenes.configured(house, is_automatic=True, closes_at="22:30")
    with scenes.steps():
        for moment, expected in (
            (local(20, 22, 29), []),
            (local(20, 22, 30), ["2026-11-20"]),
            (local(20, 22, 31), ["2026-11-20"]),
        ):
            with scenes.at(moment):
                plan_closes()
            assert dates(house) == expected
        run = scenes.run(house)
        assert (run.is_automatic, run.starter_name) == (True, "Close of business")
        # A clock that goes back, and one that jumps a day: the date has its close already.
        scenes.work_off(house, minutes=60)
        for moment in (local(20, 22, 30), local(21, 23), local(23, 22, 29)):
            with scenes.at(moment):
                plan_closes()
            assert dates(house) == ["2026-11-20"]


@pytest.mark.parametrize("following", [False, True])
def test_rules_that_come_into_force_after_their_time_close_nothing_before_it_comes_again(
    house, following
):
    # Approved at 22:00 by the clocks of the organisation: five in the morning is long past.
    scenes.configured(house, is_automatic=True, closes_at="05:00", is_on_following_day=following)
    with scenes.steps():
        for moment, expected in (
            (local(20, 22, 1), []),
            (local(21, 4, 59), []),
            (local(21, 5), ["2026-11-20"]),
        ):
            with scenes.at(moment):
                plan_closes()
            assert dates(house) == expected


def test_days_that_were_missed_are_closed_one_after_the_other(house):
    scenes.configured(house, is_automatic=True, closes_at="00:30", is_on_following_day=True)
    with scenes.steps(), scenes.at(local(26, 12)):
        for _minute in range(6):
            plan_closes()
            scenes.work_off(house)
    assert dates(house) == ["2026-11-20", "2026-11-23", "2026-11-24", "2026-11-25"]
    assert scenes.organisation(house).business_date == date(2026, 11, 26)


@pytest.mark.parametrize(
    ("on", "at", "expected"),
    [
        # 02:30 does not come in Berlin on 29 March, and comes twice on 25 October.
        (date(2026, 3, 28), "02:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (date(2026, 10, 24), "02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (date(2026, 12, 31), "00:05", datetime(2026, 12, 31, 23, 5, tzinfo=UTC)),
    ],
)
def test_nights_when_the_clocks_change_have_one_moment(on, at, expected):
    rules = SimpleNamespace(closes_at=at, is_on_following_day=True, authorised_at=None)
    assert closes_at(rules, SimpleNamespace(time_zone="Europe/Berlin"), on) == expected


def test_two_workers_and_a_person_start_it_once(house):
    barrier, refused = Barrier(3), []

    def start(actor) -> None:
        barrier.wait()
        try:
            perform(StartClose(BUSINESS_DATE), actor)
        except Conflict as conflict:
            refused.append(conflict.sentence)

    actors = [closer(house.organisation_id)] * 2 + [house.administrator]
    threads = [Thread(target=start, args=(one,)) for one in actors]
    with scenes.steps():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert dates(house) == ["2026-11-20"]
    assert len(refused) == 2
    assert all("The close of 2026-11-20 was started already" in one for one in refused)


def test_what_blocks_it_is_seen_in_its_first_step(house):
    found = [1]
    with scenes.at(local(20, 20)):
        scenes.configured(house, is_automatic=True, closes_at="21:00")
    with scenes.steps(), scenes.check("RATES", lambda: found[0]):
        plan_closes()
        scenes.work_off(house)
        assert scenes.run(house).refusal == "Check what stands against it: Rates: 1 found"
        assert scenes.organisation(house).business_date == BUSINESS_DATE
        with scenes.at(local(23, 22)):
            plan_closes()
        assert dates(house) == ["2026-11-20"]


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_that_dies_at_any_line_leaves_a_close_that_another_ends(
    house, database_url, point
):
    asset_id = factories.a_funded_asset(house, 100_00)

    def pay(closing: Closing) -> str:
        key = f"interest {closing.organisation_id} {closing.business_date}"
        perform(Deposit(asset_id, 5_00), house.administrator, key=key)
        return "5.00 paid"

    with scenes.steps(("PAY", 50, pay)):
        scenes.start(house)
        died = in_a_process_that_dies(point, lambda: scenes.work_off(house), database_url)
        assert died == 86
        scenes.work_off(house, minutes=10)
    assert scenes.run(house).state == "completed"
    assert {one.state for one in scenes.taken(house).values()} == {"done"}
    with database.reading() as session:
        assert session.get_one(Asset, asset_id).balance_minor == 105_00
    with snapshot(database_url) as view:
        assert list(breaches(view, house.organisation_id)) == []
