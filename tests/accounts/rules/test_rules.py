"""Activity rules on their pages, and the accounts that approved ones move."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.rules import applying
from app.accounts.rules.applying import ApplyActivityRules
from app.accounts.rules.commands import CreateActivityRule
from app.accounts.rules.models import ActivityRule
from app.accounts.statuses import SetAccountStatus
from app.charges.commands import CreateCharge
from app.controls.closing_steps import Closing, closing_step
from app.controls.commands import perform
from app.controls.tenant import Organisation
from app.db.session import database
from app.ledger.accounts import Account
from app.records.commands import CreateCode
from app.reference.codes import AccountStatus
from app.transactions.commands import Deposit, Withdraw
from tests import factories
from tests.closing import scenes
from tests.due import work_of
from tests.facilities.scenes import a_borrower, a_class, a_facility, a_link
from tests.interest import books
from tests.pages import form_of, send

LIST = "/admin/activity-rules"


@pytest.fixture
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def person(client: FlaskClient, house: factories.House) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def status(house, code: str) -> int:
    with database.reading() as session:
        query = select(AccountStatus.id).where(
            AccountStatus.organisation_id == house.organisation_id, AccountStatus.code == code
        )
        return session.scalars(query).one()


def status_of(account_id: int) -> int | None:
    with database.reading() as session:
        return session.get_one(Account, account_id).account_status_id


def newest(house) -> ActivityRule:
    with database.reading() as session:
        query = select(ActivityRule).where(ActivityRule.organisation_id == house.organisation_id)
        return session.scalars(query.order_by(ActivityRule.id.desc())).first()


@pytest.mark.checks("E22.01", "E22.02", "E22.03", "E22.04", "E22.05", "E22.06")
def test_a_rule_is_drafted_with_type_threshold_target_and_priority(person, house):
    dormant = status(house, "DORMANT")
    page = text(person, "/admin/account-statuses")
    assert f'href="{LIST}"' in page
    assert ">Activity Rules</a>" in page
    page = text(person, f"{LIST}/new")
    for name in ("No transactions for X days", "Balance is zero", "Balance below a threshold"):
        assert f">{name}</option>" in page
    assert ">Dormant</option>" in page
    for kind, typed, kept, shown in (
        ("idle", "180", 180, "180 days"),
        ("below", "1,500.50", 1_500_50, "1,500.50"),
        ("zero", "", None, "Balance is zero"),
    ):
        values = {"kind": kind, "threshold": typed, "status_id": str(dormant), "priority": "2"}
        assert send(person, f"{LIST}/new", **values, draft="1").status_code == 303
        rule = newest(house)
        assert (rule.kind, rule.threshold, rule.status_id, rule.priority) == (
            kind, kept, dormant, 2,
        )  # fmt: skip
        assert rule.record_status == "CAPTURED"
        detail = text(person, f"{LIST}/{rule.id}")
        assert shown in detail
        assert "DORMANT" in detail
        assert "Draft" in detail
    for typed, sentence in (
        ({"kind": ""}, "Rule type is required"),
        ({"threshold": "0"}, "Threshold must be 1 to 36,500 days"),
        ({"threshold": "1.5"}, "Threshold must be a whole number such as 90"),
        ({"kind": "below", "threshold": "0"}, "Threshold must be greater than 0"),
        ({"kind": "below", "threshold": ""}, "Threshold is required"),
        ({"priority": "0"}, "Priority must be 1 to 999"),
        ({"status_id": ""}, "Target status is required"),
    ):
        values = {"kind": "idle", "threshold": "7", "status_id": str(dormant), "priority": "1"}
        answer = send(person, f"{LIST}/new", **(values | typed))
        assert answer.status_code == 422, typed
        assert sentence in answer.get_data(as_text=True)
    assert newest(house).id == rule.id
    form = form_of(person, f"{LIST}/{rule.id}/edit")
    assert form["status_id"] == [str(dormant)]
    sent = send(person, f"{LIST}/{rule.id}/edit", kind="below", threshold="9.00", draft="1")
    assert sent.status_code == 303
    assert newest(house).threshold == 9_00
    assert form_of(person, f"{LIST}/{rule.id}/edit")["threshold"] == ["9.00"]


@pytest.mark.checks("E40.23")
def test_a_rule_is_deleted_only_in_draft_or_rejected(app, person, house):
    dormant = status(house, "DORMANT")
    maker, email, _ = factories.a_user(house, "Branch Manager")
    draft, waiting = (
        perform(CreateActivityRule("idle", 30, dormant, submit=hand_in), maker)
        for hand_in in (False, True)
    )
    approved = perform(CreateActivityRule("zero", None, dormant, submit=True), house.administrator)
    for rule_id in (waiting, approved):
        page = text(person, f"{LIST}/{rule_id}")
        assert f"{LIST}/{rule_id}/delete" not in page
        assert "Activity rule can be deleted only in Draft or Rejected" in page
        assert send(person, f"{LIST}/{rule_id}/delete").status_code == 409
    version = form_of(person, f"/admin/approvals/activity-rule/{waiting}/reject")["version"]
    refused = send(person, f"/admin/approvals/activity-rule/{waiting}/reject",
                   reason="The days are too few", version=version)  # fmt: skip
    assert refused.status_code == 303
    for rule_id in (draft, waiting):
        assert f"{LIST}/{rule_id}/delete" in text(person, f"{LIST}/{rule_id}")
        assert send(person, f"{LIST}/{rule_id}/delete").status_code == 303
        assert f'href="{LIST}/{rule_id}"' not in text(person, LIST)
        assert f'href="{LIST}/{rule_id}"' in text(person, f"{LIST}?status=inactive")
    browser = app.test_client()
    factories.signed_in(browser, email)
    path = f"/admin/approvals/activity-rule/{draft}/submit"
    assert send(browser, path).status_code == 409
    assert browser.get(f"{LIST}/apply").status_code == 403


@pytest.mark.checks("E22.06", "E22.07")
def test_approved_rules_move_accounts_and_a_draft_moves_none(person, house, monkeypatch):
    dormant, frozen = status(house, "DORMANT"), status(house, "FROZEN")
    active = status(house, "ACTIVE")
    perform(CreateActivityRule("idle", 40, dormant, priority=2), house.administrator)
    idle, emptied, rich = (factories.a_funded_asset(house, minor) for minor in (5_00, 5_00, 900_00))
    perform(Withdraw(emptied, 5_00), house.administrator)
    accounts = [account_of(asset_id) for asset_id in (idle, emptied, rich)]
    assert perform(ApplyActivityRules(), house.administrator) == 0
    assert [status_of(one) for one in accounts] == [active] * 3

    perform(CreateActivityRule("below", 10_00, dormant, priority=2, submit=True),
            house.administrator)  # fmt: skip
    approved = perform(
        CreateActivityRule("zero", None, frozen, priority=1, submit=True), house.administrator
    )
    # Each batch is of one account, so that the worker does the rest.
    monkeypatch.setattr(applying, "BATCH", 1)
    assert f'href="{LIST}/apply"' in text(person, f"{LIST}/{approved}")
    assert send(person, f"{LIST}/apply").status_code == 303
    assert [status_of(one) for one in accounts] == [dormant, active, active]
    work_of(house.organisation_id)
    assert [status_of(one) for one in accounts] == [dormant, frozen, active]
    log = text(person, f"/admin/activity?entity=account&search={number_of(accounts[1])}")
    assert "Apply activity rules" in log

    # Days pass without a transaction; what is dormant takes no part in end-of-day work.
    perform(CreateActivityRule("idle", 40, dormant, priority=3, submit=True), house.administrator)
    factories.change(house, Organisation, house.organisation_id, business_date=date(2026, 12, 29))
    perform(ApplyActivityRules(), house.administrator)
    assert status_of(accounts[2]) == active
    factories.change(house, Organisation, house.organisation_id, business_date=date(2026, 12, 30))
    monkeypatch.setattr(applying, "BATCH", 200)
    assert perform(ApplyActivityRules(), house.administrator) == 1
    assert [status_of(one) for one in accounts] == [dormant, frozen, dormant]


def account_of(asset_id: int) -> int:
    with database.reading() as session:
        query = select(applying.Asset.account_id).where(applying.Asset.id == asset_id)
        return session.scalars(query).one()


def number_of(account_id: int) -> str:
    with database.reading() as session:
        return session.get_one(Account, account_id).number


@pytest.mark.checks("E22.02", "E22.07")
def test_what_the_bank_books_by_itself_keeps_no_account_from_becoming_dormant(house):
    dormant, active = status(house, "DORMANT"), status(house, "ACTIVE")
    perform(CreateActivityRule("idle", 10, dormant, submit=True), house.administrator)
    condition = books.a_condition(
        house, books.a_ledger(house), accrual_frequency="DAILY", posting_frequency="DAILY"
    )
    books.follow_product(house, condition)
    terms = books.charge_terms(house, frequency="DAILY", amount_minor=1_00)
    perform(CreateCharge("FEE", terms, submit=True), house.administrator)
    idle, used = (factories.a_funded_asset(house, 900_000_00) for _ in range(2))
    books.close_until(house, date(2026, 11, 25))
    perform(Withdraw(used, 1_00), house.administrator)
    books.close_until(house, date(2026, 11, 30))
    assert books.postings(idle), "interest is posted each day"
    perform(ApplyActivityRules(), house.administrator)
    assert status_of(account_of(idle)) == dormant
    assert status_of(account_of(used)) == active


@pytest.mark.checks("E22.07")
def test_a_rule_overwrites_no_freeze_of_a_person_but_moves_on_what_a_rule_moved(person, house):
    dormant, frozen, gone = status(house, "DORMANT"), status(house, "FROZEN"), a_status(house)
    assets = [factories.a_funded_asset(house, 5_00) for _ in range(3)]
    by_person, by_rule, unfrozen = (account_of(asset_id) for asset_id in assets)
    for account_id in (by_person, unfrozen):
        perform(SetAccountStatus(account_id, frozen), house.administrator)
    rule = CreateActivityRule("below", 10_00, frozen, priority=2, submit=True)
    rule_id = perform(rule, house.administrator)
    assert perform(ApplyActivityRules(), house.administrator) == 1
    perform(CreateActivityRule("below", 9_00, gone, submit=True), house.administrator)
    perform(SetAccountStatus(unfrozen, None), house.administrator)
    assert perform(ApplyActivityRules(), house.administrator) == 2
    assert [status_of(one) for one in (by_person, by_rule, unfrozen)] == [frozen, gone, gone]
    perform(SetAccountStatus(by_rule, frozen), house.administrator)
    perform(CreateActivityRule("below", 8_00, dormant, submit=True), house.administrator)
    assert perform(ApplyActivityRules(), house.administrator) == 0
    assert status_of(by_rule) == frozen, "the status is a person's now"
    assert "One that a person put into a status that forbids either is left alone" in text(
        person, f"{LIST}/{rule_id}"
    )


@pytest.mark.checks("E22.07")
def test_the_close_of_business_applies_the_rules_once_unless_it_is_left_out(house, monkeypatch):
    monkeypatch.setattr(applying, "BATCH", 2)
    dormant, active = status(house, "DORMANT"), status(house, "ACTIVE")
    perform(CreateActivityRule("below", 10_00, dormant, submit=True), house.administrator)
    scenes.configured(house, left_out=("APPLY_ACTIVITY_RULES",))
    assets = [factories.a_funded_asset(house, minor) for minor in (5_00, 900_00, 5_00, 5_00)]
    friday, monday = factories.BUSINESS_DATE, scenes.NEXT_DATE
    scenes.close(house, friday)
    assert scenes.taken(house, friday)["APPLY_ACTIVITY_RULES"].state == "left out"
    assert {status_of(account_of(one)) for one in assets} == {active}
    scenes.configured(house)
    with scenes.at(datetime(2026, 11, 23, 19, tzinfo=UTC)):
        scenes.close(house, monday)
    step = scenes.taken(house, monday)["APPLY_ACTIVITY_RULES"]
    assert (step.state, step.sentence) == ("done", "3 accounts were moved to another status")
    now = [status_of(account_of(one)) for one in assets]
    assert now == [dormant, active, dormant, dormant]
    again = Closing(house.organisation_id, 1, monday, date(2026, 11, 24), lambda _percent: None)
    taken = closing_step("APPLY_ACTIVITY_RULES").take(again)
    assert taken == step.sentence, "a step that is done again does and says the same"


def a_status(house) -> int:
    """Return a status that forbids everything but the close of business."""
    flags = {"allow_debit": False, "allow_credit": False, "allow_cob": True}
    command = CreateCode("account-status", "GONE", "Gone", flags)
    return perform(command, house.administrator)


@pytest.mark.checks("E22.02", "E22.07")
def test_who_owes_on_a_facility_is_not_inactive_by_a_small_balance(person, house):
    dormant, active = status(house, "DORMANT"), status(house, "ACTIVE")
    client_id, account_id, asset_id = a_borrower(house)
    a_link(house, a_facility(house, client_id, a_class(house)), account_id, 800_00)
    perform(Withdraw(asset_id, 100_00), house.administrator)
    idle = factories.a_funded_asset(house, 5_00)
    perform(CreateActivityRule("below", 10_00, dormant, submit=True), house.administrator)
    assert perform(ApplyActivityRules(), house.administrator) == 1
    assert (status_of(account_id), status_of(account_of(idle))) == (active, dormant)
    perform(Deposit(asset_id, 105_00), house.administrator)
    assert perform(ApplyActivityRules(), house.administrator) == 1
    assert status_of(account_id) == dormant
    assert "An account that is overdrawn owes money" in text(person, f"{LIST}/new")
    assert "what is owed is to be repaid" in text(person, f"{LIST}/{newest(house).id}")
