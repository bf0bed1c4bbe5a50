"""A day is closed by the steps of all slices together: what is due is done, once, or stops it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from app.accounts.commands import SetAccountActive
from app.charges.commands import CreateCharge
from app.closing.commands import ResumeClose
from app.controls.approvals import ApproveRecord
from app.controls.commands import perform
from app.controls.tenant import Organisation
from app.kernel.errors import Conflict
from app.reports.snapshot import snapshot
from app.reports.verify import breaches
from tests import factories
from tests.closing import scenes
from tests.due import work_of
from tests.interest import books as interest
from tests.journals.scenes import codes, number_of
from tests.ledger import books
from tests.pages import send
from tests.schedules.scenes import FORWARD, forward, plan

FRIDAY, MONDAY, TUESDAY = date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 24)


@pytest.mark.checks("E43.45", "E43.46")
def test_a_payment_is_executed_when_a_close_opens_its_day(app):
    house = factories.a_house(currencies=("KES",))
    codes(house)
    scenes.configured(house)
    payer, payee = factories.a_funded_asset(house, 900_00), factories.a_funded_asset(house)
    key = plan(house, number_of(payer), number_of(payee), 100_00, on=MONDAY)
    assert scenes.close(house, FRIDAY).state == "completed"
    work_of(house.organisation_id)
    assert forward(key).status == "EXECUTED"
    assert scenes.transaction(forward(key).transaction_id).posting_date == MONDAY
    assert scenes.organisation(house).business_date == MONDAY


@pytest.mark.checks("E43.52", "E43.53")
def test_a_failure_that_somebody_looked_into_blocks_no_longer(app):
    house = factories.a_house(currencies=("KES",))
    codes(house)
    scenes.configured(house)
    payer, payee = factories.a_funded_asset(house, 900_00), factories.a_funded_asset(house)
    key = plan(house, number_of(payer), number_of(payee), 100_00, on=MONDAY)
    account_id = books.asset(payee).account_id
    perform(SetAccountActive(account_id, is_active=False), house.administrator)
    scenes.close(house, FRIDAY)
    work_of(house.organisation_id)
    told = f"1 forward-dated transaction due on 2026-11-23 failed: {forward(key).reference}"
    with scenes.at(datetime(2026, 11, 23, 19, tzinfo=UTC)), pytest.raises(Conflict, match=told):
        scenes.close(house, MONDAY)
    here = app.test_client()
    factories.signed_in(here, house.administrator_email)
    path = f"{FORWARD}/{key}/acknowledge"
    assert path in here.get(f"{FORWARD}/{key}").get_data(as_text=True)
    assert send(here, path, reason="no").status_code == 422
    assert send(here, path, reason="Paid in cash at the counter").status_code == 303
    page = here.get(f"{FORWARD}/{key}").get_data(as_text=True)
    assert "Paid in cash at the counter" in page
    assert path not in page
    assert send(here, path, reason="Paid in cash at the counter").status_code == 409
    with scenes.at(datetime(2026, 11, 23, 20, tzinfo=UTC)):
        assert scenes.close(house, MONDAY).state == "completed"
    assert forward(key).status == "FAILED"


@pytest.mark.checks("E43.53", "E43.54", "W02.06")
def test_a_failed_payment_of_the_day_stops_its_close_until_it_is_seen_to(app, database_url):
    house = factories.a_house(currencies=("KES",))
    codes(house)
    scenes.configured(house)
    payer, payee = factories.a_funded_asset(house, 900_00), factories.a_funded_asset(house)
    numbers = number_of(payer), number_of(payee)
    approver, *_ = factories.a_user(house, "Approver L1")
    factories.change(house, Organisation, house.organisation_id, may_self_authorise=False)
    good, bad = (plan(house, *numbers, 100_00, on=MONDAY) for _ in range(2))
    assert scenes.close(house, FRIDAY).state == "completed"
    assert scenes.run(house, FRIDAY).next_date == MONDAY
    account_id = books.asset(payee).account_id
    perform(SetAccountActive(account_id, is_active=False), house.administrator)
    for key in (good, bad):
        perform(ApproveRecord("forward-dated", key, forward(key).version), approver)
    assert forward(good).status == "SCHEDULED", "its day has only begun"
    factories.change(house, Organisation, house.organisation_id, may_self_authorise=True)
    with scenes.at(datetime(2026, 11, 23, 19, tzinfo=UTC)):
        blocked = scenes.close(house, MONDAY)
    assert blocked.state == "blocked"
    assert "2 forward-dated transactions due on 2026-11-23 failed" in blocked.refusal
    assert {forward(good).status, forward(bad).status} == {"FAILED"}
    assert scenes.organisation(house).business_date == MONDAY, "the day is still open"
    scenes.configured(house, blocks_on_failed_fdt=False)
    with scenes.at(datetime(2026, 11, 23, 20, tzinfo=UTC)):
        perform(ResumeClose(blocked.id), house.administrator)
        scenes.work_off(house)
    assert scenes.run(house, MONDAY).state == "completed"
    assert scenes.organisation(house).business_date == TUESDAY
    assert books.asset(payer).held_minor == 0
    books.seal(house.organisation_id)
    with snapshot(database_url) as view:
        assert [str(one) for one in breaches(view, house.organisation_id)] == []


def test_days_whose_closes_left_interest_and_charges_out_are_done_by_the_next(app):
    house = factories.a_house(currencies=("KES",))
    interest.follow_product(house, interest.a_condition(house, interest.a_ledger(house)))
    daily = interest.charge_terms(house, frequency="DAILY", amount_minor=1_00)
    perform(CreateCharge("DAILY", daily, submit=True), house.administrator)
    asset_id = factories.a_funded_asset(house, 1_000_00)
    left = ("ACCRUE_INTEREST", "CHARGE_FEES")
    for day, left_out in ((20, ()), (23, left), (24, ()), (25, ())):
        scenes.configured(house, left_out=left_out)
        with scenes.at(datetime(2026, 11, day, 20, tzinfo=UTC)):
            assert scenes.close(house, date(2026, 11, day)).state == "completed"
    assert [one.day.day for one in interest.accruals(asset_id)] == list(range(20, 26))
    assert books.asset(asset_id).balance_minor == 1_000_00 - 6 * 1_00
