"""A base rate approved wrongly is taken back before it begins, and no condition is without one."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.conditions.base_rates import CreateBaseRate
from app.conditions.checks import EXISTS
from app.conditions.models import AccountCondition, BaseRate
from app.conditions.withdrawing import WithdrawBaseRate
from app.controls.audit import Activity
from app.controls.commands import perform
from app.db.session import database
from app.kernel.errors import Conflict, Forbidden, Refusal
from tests import factories
from tests.factories import BUSINESS_DATE, House
from tests.interest import books
from tests.pages import send
from tests.treasury.scenes import broken

RATES = "/admin/base-rates"
LATER = BUSINESS_DATE + timedelta(days=2)
REASON = "Typed 20 for 12"


@pytest.fixture
def house(app) -> House:
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def person(client: FlaskClient, house: House) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def a_rate(house: House, percent: str, on: date, code: str = "CBR") -> int:
    command = CreateBaseRate(code, "Central bank rate", Decimal(percent), on, submit=True)
    return perform(command, house.administrator)


def rate(rate_id: int) -> BaseRate:
    with database.reading() as session:
        return session.get_one(BaseRate, rate_id)


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)


def test_a_mistyped_rate_is_withdrawn_and_its_day_is_given_again(house, person, database_url):
    a_rate(house, "7", BUSINESS_DATE)
    wrong = a_rate(house, "20", LATER)
    values = {"code": "CBR", "name": "Central bank rate", "rate": "12",
              "effective_from": LATER.isoformat()}  # fmt: skip
    refused = send(person, f"{RATES}/new", **values)
    assert refused.status_code == 409
    blank = send(person, f"{RATES}/new", **(values | {"rate": " "}))
    assert blank.status_code == 422
    assert "Rate is required" in blank.get_data(as_text=True)
    told = f"{EXISTS}: CBR from {LATER.isoformat()} is 20 % (Authorized)"
    assert told in refused.get_data(as_text=True)
    path = f"{RATES}/{wrong}"
    assert f"{path}/withdraw" in text(person, path)
    assert "7 % since" in text(person, f"{path}/withdraw")
    assert send(person, f"{path}/withdraw", reason="x").status_code == 422
    assert send(person, f"{path}/withdraw", reason=REASON).status_code == 303
    page = text(person, path)
    for shown in ("Withdrawn", REASON, "Inactive"):
        assert shown in page
    assert f"{path}/withdraw" not in page
    with database.reading() as session:
        logged = select(Activity.changes).where(
            Activity.entity == "base_rate", Activity.entity_id == wrong
        )
        changed = {one["field"] for row in session.scalars(logged) for one in row}
    assert "retired_at" in changed
    assert send(person, f"{RATES}/new", **values).status_code == 303
    condition = books.a_condition(
        house, books.a_ledger(house), books.tier("C", 0, None, "0"), base_rate_id=_newest(house)
    )
    books.follow_product(house, condition)
    asset_id = factories.a_funded_asset(house, 3_650_00)
    books.close(house, LATER + timedelta(days=1))
    assert [one.whole_minor for one in books.accruals(asset_id)] == [255_50, 255_50, 438_00]
    assert broken(database_url, house) == []


def _newest(house: House) -> int:
    with database.reading() as session:
        mine = BaseRate.organisation_id == house.organisation_id
        return session.scalars(select(BaseRate.id).where(mine).order_by(BaseRate.id.desc())).first()


def test_only_an_approved_rate_that_has_not_begun_is_withdrawn(house, person):
    begun = a_rate(house, "7", BUSINESS_DATE)
    coming = a_rate(house, "8", LATER)
    draft = perform(CreateBaseRate("OTHER", "Another", Decimal(9), LATER), house.administrator)
    assert f"{RATES}/{begun}/withdraw" not in text(person, f"{RATES}/{begun}")
    assert "This rate began on" in text(person, f"{RATES}/{begun}/withdraw")
    for rate_id, sentence in ((begun, "This rate began on"), (draft, "a draft is deleted")):
        with pytest.raises(Conflict, match=sentence):
            perform(WithdrawBaseRate(rate_id, rate(rate_id).version, REASON), house.administrator)
    with pytest.raises(Conflict):
        perform(WithdrawBaseRate(coming, rate(coming).version + 1, REASON), house.administrator)
    teller, *_ = factories.a_user(house, "Teller")
    with pytest.raises(Forbidden):
        perform(WithdrawBaseRate(coming, rate(coming).version, REASON), teller)
    assert rate(coming).retired_at is None


def test_a_rate_that_a_condition_would_begin_without_stays(house):
    first = a_rate(house, "7", LATER)
    ledger = books.a_ledger(house)
    condition = books.a_condition(
        house, ledger, books.tier("C", 0, None, "1"), base_rate_id=first, effective_from=LATER
    )
    command = WithdrawBaseRate(first, rate(first).version, REASON)
    with database.reading() as session:
        title = session.get_one(AccountCondition, condition).title()
    with pytest.raises(Conflict, match=f"{title} leans on this rate"):
        perform(command, house.administrator)
    a_rate(house, "8", BUSINESS_DATE)
    perform(command, house.administrator)
    assert rate(first).retired_at is not None


def test_a_condition_does_not_begin_before_its_base_rate(house):
    first = a_rate(house, "7", LATER)
    ledger = books.a_ledger(house)
    tier = books.tier("C", 0, None, "1")
    sentence = f"begins on {BUSINESS_DATE.isoformat()}, but its base rate CBR only on {LATER}"
    # A day that is closed already bears nothing any more: what counts is the business date.
    for begins in (BUSINESS_DATE, BUSINESS_DATE - timedelta(days=90)):
        with pytest.raises(Refusal, match=sentence):
            books.a_condition(house, ledger, tier, base_rate_id=first, effective_from=begins)
    a_rate(house, "6", BUSINESS_DATE)
    assert books.a_condition(
        house, ledger, tier, base_rate_id=first, effective_from=BUSINESS_DATE - timedelta(days=90)
    )


def test_the_approver_is_told_what_the_rate_is_until_then(house, client, app):
    a_rate(house, "7", BUSINESS_DATE)
    maker, *_ = factories.a_user(house, "Branch Manager")
    factories.an_approval_rule(house, kind="base-rate")
    command = CreateBaseRate("CBR", "Central bank rate", Decimal(20), LATER, submit=True)
    waiting = perform(command, maker)
    factories.signed_in(client, house.administrator_email)
    for path in (
        f"/admin/approvals/base-rate/{waiting}",
        f"/admin/approvals/base-rate/{waiting}/approve",
        f"{RATES}/{waiting}",
    ):
        assert f"7 % since {BUSINESS_DATE.isoformat()}" in text(client, path)
