"""A day is closed step by step; nothing is posted into it afterwards, and nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.controls.closing_steps import Closing
from app.controls.commands import door, perform
from app.transactions.commands import Deposit
from tests import factories
from tests.closing import scenes
from tests.closing.scenes import NEXT_DATE
from tests.factories import BUSINESS_DATE

AFTERWARDS = datetime(2026, 11, 20, 19, tzinfo=UTC)


@pytest.fixture
def house(app, monkeypatch) -> factories.House:
    monkeypatch.setattr(door, "clock", lambda: AFTERWARDS)
    return factories.a_house(currencies=("KES",))


def test_a_friday_is_closed_in_order_and_monday_opens(house):
    asked: list[str] = []
    asset_id = factories.a_funded_asset(house, 100_00)
    posted: list[int] = []

    def early(closing: Closing) -> str:
        asked.append(f"early {scenes.organisation(house).business_date}")
        return "1 thing done"

    def late(closing: Closing) -> str:
        asked.append(f"late {scenes.organisation(house).business_date}")
        key = f"late {closing.business_date}"
        posted.append(perform(Deposit(asset_id, 5_00), house.administrator, key=key))
        closing.report(50)
        return "5.00 of interest posted"

    with scenes.steps(("EARLY", 10, early), ("LATE", 50, late)):
        run = scenes.close(house)
    assert (run.state, run.business_date, run.next_date) == ("completed", BUSINESS_DATE, NEXT_DATE)
    assert asked == ["early 2026-11-20", "late 2026-11-23"]
    taken = scenes.taken(house)
    assert list(taken) == ["CHECK", "EARLY", "CUT_OFF", "LATE", "OPEN_NEXT_DAY"]
    assert {one.state for one in taken.values()} == {"done"}
    assert taken["LATE"].sentence == "5.00 of interest posted"
    assert taken["OPEN_NEXT_DAY"].sentence == "2026-11-23 is open"
    tenant = scenes.organisation(house)
    assert (tenant.business_date, tenant.closed_through) == (NEXT_DATE, NEXT_DATE - timedelta(1))
    assert scenes.transaction(posted[0]).posting_date == BUSINESS_DATE
    after = perform(Deposit(asset_id, 1_00), house.administrator)
    assert scenes.transaction(after).posting_date == NEXT_DATE
