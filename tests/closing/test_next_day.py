"""A close opens the next working day as the years say it when the day is cut off."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.calendars.commands import AmendWorkDayYear, CreateWorkDayYear, EditWorkDayYear
from app.calendars.models import WorkDayYear
from app.closing.commands import ResumeClose, StartClose
from app.controls.closing_steps import Closing
from app.controls.commands import door, perform
from app.kernel.errors import Refusal
from tests import factories
from tests.closing import scenes
from tests.journals.scenes import codes, number_of
from tests.ledger import books
from tests.schedules.scenes import forward, plan

FRIDAY, MONDAY, TUESDAY = date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 24)


@pytest.fixture(autouse=True)
def _clock(monkeypatch) -> None:
    monkeypatch.setattr(door, "clock", lambda: datetime(2026, 11, 20, 19, tzinfo=UTC))


@pytest.fixture
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


def rest(house: factories.House, year_id: int, *holidays: date) -> None:
    """Approve a year with its usual weekends and these holidays."""
    version = books.row(WorkDayYear, year_id).version
    weekends = dict.fromkeys(range(1, 13), (5, 6))
    perform(EditWorkDayYear(year_id, version, weekends, holidays, submit=True), house.administrator)


def resume(house: factories.House) -> None:
    perform(ResumeClose(scenes.run(house).id), house.administrator)
    scenes.work_off(house)


def test_a_blocked_close_opens_no_day_that_became_a_holiday(house):
    year_id = perform(CreateWorkDayYear(2026), house.administrator)
    rest(house, year_id)
    codes(house)
    payer, payee = factories.a_funded_asset(house, 900_00), factories.a_funded_asset(house)
    key = plan(house, number_of(payer), number_of(payee), 100_00, on=MONDAY)
    against = [1]
    with scenes.check("TILLS", lambda: len(against)):
        perform(StartClose(FRIDAY, is_automatic=True), house.system)
        scenes.work_off(house)
        assert (scenes.run(house).state, scenes.run(house).next_date) == ("blocked", MONDAY)
        rest(house, perform(AmendWorkDayYear(year_id), house.administrator), MONDAY)
        against.clear()
        resume(house)
    run = scenes.run(house)
    assert (run.state, run.next_date) == ("completed", TUESDAY)
    organisation = scenes.organisation(house)
    assert (organisation.business_date, organisation.closed_through) == (TUESDAY, MONDAY)
    assert scenes.taken(house)["OPEN_NEXT_DAY"].sentence == "2026-11-24 is open"
    assert (forward(key).execution_on, forward(key).status) == (TUESDAY, "EXECUTED")


def test_a_close_that_goes_on_while_a_day_becomes_a_holiday_does_not_open_it(house):
    year_id = perform(CreateWorkDayYear(2026), house.administrator)
    rest(house, year_id)
    broken = [1]

    def gazette(_closing: Closing) -> str:
        rest(house, perform(AmendWorkDayYear(year_id), house.administrator), MONDAY)
        return "Gazetted"

    def stumble(closing: Closing) -> str:
        if broken:
            raise Refusal("The power went")
        return f"{closing.next_date.isoformat()} comes next"

    with scenes.steps(("GAZETTE", 20, gazette), ("STUMBLE", 40, stumble)):
        assert scenes.close(house).state == "blocked"
        assert scenes.organisation(house).business_date == TUESDAY
        broken.clear()
        resume(house)
    assert (scenes.run(house).state, scenes.run(house).next_date) == ("completed", TUESDAY)
    taken = scenes.taken(house)
    assert taken["CUT_OFF"].sentence == "What is posted now is booked on 2026-11-24"
    assert taken["STUMBLE"].sentence == "2026-11-24 comes next"
