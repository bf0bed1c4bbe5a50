"""What is typed line by line and takes what no single holder signs for is decided by another."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from app.accounts.commands import OpenAccount
from app.accounts.terms import Terms as AccountTerms
from app.controls.approvals import ApproveRecord, SubmitRecord
from app.controls.commands import perform
from app.db.session import database
from app.kernel.errors import Forbidden
from app.ledger.accounts import Account
from app.mandates.commands import AddMandate, RevokeMandate, Terms
from app.mandates.queries import jointly_signed, mandates_of
from app.mandates.rules import rule_in_words
from app.transactions.commands import Deposit
from tests import factories
from tests.factories import House
from tests.journals.scenes import codes, fill, house_account, line, number_of, post, record
from tests.ledger import books
from tests.program import a_program
from tests.schedules.scenes import FORWARD, ORDERS, forward, order, plan, standing, until
from tests.sent import statements_sent
from tests.transactions.scenes import LIST, browser

DAY = date(2026, 12, 2)
ALL_THREE = "asks that all 3 of its holders sign: Amina Wanjiru, Carl Dawo, Eve Fundi"


@pytest.fixture
def house(app) -> House:
    house = factories.a_house(currencies=("KES", "USD"))
    codes(house)
    for kind in ("forward-dated", "standing-order"):
        factories.an_approval_rule(house, kind, levels=0)
    return house


def an_account(house: House, rule: str, *names: str, **terms: object) -> int:
    """Open Amina's account with 1,000.00 on it and more people to sign; returns its asset."""
    opening = OpenAccount(
        house.product_id,
        "KES",
        client_id=factories.a_client(house),
        terms=AccountTerms(signing_rule=rule),
    )
    account_id = perform(opening, house.administrator)
    for name in names:
        add_holder(house, account_id, name, **terms)
    asset_id = factories.first_asset(account_id)
    perform(Deposit(asset_id, 1_000_00), house.administrator)
    return asset_id


def add_holder(house: House, account_id: int, name: str, **terms: object) -> int:
    begins = factories.BUSINESS_DATE
    command = AddMandate(account_id, name, "JOINT_HOLDER", begins, Terms(**terms))
    return perform(command, house.administrator)


def revoke_all(house: House, asset_id: int, *, but: int = 0) -> None:
    """End every mandate of an asset's account, but the one named."""
    with database.reading() as session:
        account = session.get_one(Account, books.asset(asset_id).account_id)
        running = [one for one in mandates_of(session, account) if one.revoked_at is None]
        ended = [(one.id, one.version) for one in running if one.id != but]
    for mandate_id, version in ended:
        perform(RevokeMandate(mandate_id, version, "Moved away"), house.administrator)


def taken(house: House, asset_id: int, minor: int = 100_00, **more: object) -> int:
    """Record a journal from an asset to another customer, handed in. Returns its id."""
    theirs = number_of(factories.a_funded_asset(house))
    lines = (line("D", number_of(asset_id), minor), line("C", theirs, minor))
    return record(house, *lines, **{"submit": True} | more)


def where(key: int) -> tuple[str, str]:
    one = books.transaction(key)
    return one.record_status, one.processing


WAITS = ("PENDING_AUTH_L1", "Pending")
POSTED = ("AUTHORIZED", "Completed")


def test_a_journal_from_an_account_of_three_waits_and_both_read_who_must_sign(app: Flask, house):
    asset_id = an_account(house, "all", "Carl Dawo", "Eve Fundi")
    number, theirs = number_of(asset_id), number_of(factories.a_funded_asset(house))
    _maker, email, _password = factories.a_user(house, "Teller")
    teller = browser(app, email)
    values = fill(teller, ("D", number, "100.00"), ("C", theirs, "100.00"))
    strip = post(teller, values | {"step": "check"}, **{"HX-Request": "true"}).text
    assert 'hx-target="#sheet-signing"' in strip
    assert f"Account {number} {ALL_THREE}. Another person decides on this" in strip
    assert ALL_THREE in post(teller, values | {"step": "check"}).text
    key = int(post(teller, values).headers["Location"].rsplit("/", 1)[1])
    assert where(key) == WAITS
    assert (books.asset(asset_id).balance_minor, books.asset(asset_id).held_minor) == (
        1_000_00,
        100_00,
    )
    checker, email, _password = factories.a_user(house, "Branch Manager")
    manager = browser(app, email)
    told = f"Account {number} {ALL_THREE}. See their written order before you approve."
    version = books.transaction(key).version
    for page in (
        f"/admin/approvals/transaction/{key}",
        f"/admin/approvals/transaction/{key}/approve?version={version}",
        f"{LIST}/{key}",
    ):
        assert told in manager.get(page).text, page
    perform(ApproveRecord("transaction", key, version), checker)
    assert where(key) == POSTED
    assert books.asset(asset_id).balance_minor == 900_00
    assert "See their written order" not in manager.get(f"{LIST}/{key}").text


def test_nobody_authorises_it_alone_also_as_a_draft(app: Flask, house):
    asset_id = an_account(house, "majority", "Carl Dawo")
    assert where(taken(house, asset_id)) == WAITS
    draft = taken(house, asset_id, submit=False)
    here = browser(app, house.administrator_email)
    asked = here.get(f"/admin/approvals/transaction/{draft}/submit").text
    assert "the approval rules say who must approve it" in asked
    assert "asks that 2 of its 2 holders, more than half, sign: Amina Wanjiru, Carl Dawo" in asked
    perform(SubmitRecord("transaction", draft), house.administrator)
    assert where(draft) == WAITS
    version = books.transaction(draft).version
    with pytest.raises(Forbidden, match="own work"):
        perform(ApproveRecord("transaction", draft, version), house.administrator)
    assert books.asset(asset_id).balance_minor == 1_000_00


def test_the_rules_may_ask_for_more_levels_and_what_comes_in_asks_for_none(house):
    asset_id = an_account(house, "two", "Carl Dawo", "Eve Fundi")
    incoming = (line("D", house_account(house), 50_00), line("C", number_of(asset_id), 50_00))
    assert where(record(house, *incoming, submit=True)) == POSTED
    there_and_back = (
        line("D", number_of(asset_id), 20_00),
        line("C", number_of(asset_id), 20_00),
    )
    assert where(record(house, *there_and_back, submit=True)) == POSTED
    factories.an_approval_rule(house, levels=2)
    assert where(taken(house, asset_id)) == ("PENDING_AUTH_L2", "Pending")


def test_what_one_holder_may_sign_for_stays_as_it_is(house):
    asset_id = an_account(house, "any", "Carl Dawo", limit_minor=500_00)
    # Amina has no limit: she alone may sign for it.
    assert where(taken(house, asset_id, 600_00)) == POSTED
    revoke_all(house, asset_id, but=_mandate_of(asset_id, "Carl Dawo"))
    assert where(taken(house, asset_id, 100_00)) == POSTED
    perform(Deposit(asset_id, 1_000_00), house.administrator)
    key = taken(house, asset_id, 500_01)
    assert where(key) == WAITS
    assert _told(asset_id, 500_01) == [
        "asks for more than any one of its holders may sign for: Carl Dawo (at most 500.00 KES)"
    ]
    revoke_all(house, asset_id)
    assert where(taken(house, asset_id, 1)) == WAITS
    assert _told(asset_id, 1) == ["has nobody who holds an active mandate"]


def test_a_limit_counts_what_is_taken_in_all_currencies_of_the_account(house):
    asset_id = an_account(house, "any", "Carl Dawo", limit_minor=500_00)
    account_id = books.asset(asset_id).account_id
    revoke_all(house, asset_id, but=_mandate_of(asset_id, "Carl Dawo"))
    dollars = factories.an_asset(house, account_id, "USD")
    perform(Deposit(dollars, 100_00), house.administrator)

    def found(shillings: int, cents: int) -> bool:
        lines = [(asset_id, "D", shillings), (dollars, "D", cents)]
        with database.reading() as session:
            return bool(jointly_signed(session, house.organisation_id, lines))

    # A dollar is some 129 shillings: each of both is below the limit of 500, together above.
    assert not found(400_00, 0)
    assert not found(0, 3_00)
    assert found(400_00, 3_00)


def test_a_forward_dated_transaction_waits_and_is_executed_after_its_approval(app: Flask, house):
    asset_id = an_account(house, "all", "Carl Dawo", "Eve Fundi")
    sole, payee = factories.a_funded_asset(house, 500_00), factories.a_funded_asset(house)
    number, theirs = number_of(asset_id), number_of(payee)
    plain = plan(house, number_of(sole), theirs, 10_00, on=DAY)
    assert (forward(plain).record_status, forward(plain).status) == ("AUTHORIZED", "SCHEDULED")
    key = plan(house, number, theirs, 400_00, on=DAY)
    assert (forward(key).record_status, forward(key).status) == ("PENDING_AUTH_L1", "DRAFT")
    checker, email, _password = factories.a_user(house, "Branch Manager")
    manager = browser(app, email)
    for page in (
        f"/admin/approvals/forward-dated/{key}",
        f"/admin/approvals/forward-dated/{key}/approve?version={forward(key).version}",
        f"{FORWARD}/{key}",
    ):
        assert f"Account {number} {ALL_THREE}. See their written order" in manager.get(page).text
    until(house, DAY)
    assert forward(key).status == "DRAFT"
    perform(ApproveRecord("forward-dated", key, forward(key).version), checker)
    until(house, DAY)
    assert forward(key).status == "EXECUTED"
    assert books.asset(asset_id).balance_minor == 600_00


def test_a_standing_order_waits_and_pays_after_its_approval(app: Flask, house):
    asset_id = an_account(house, "all", "Carl Dawo", "Eve Fundi")
    theirs = number_of(factories.a_funded_asset(house))
    key = order(house, number_of(asset_id), theirs, 10_00, day=2, start=DAY)
    assert standing(key).record_status == "PENDING_AUTH_L1"
    checker, email, _password = factories.a_user(house, "Branch Manager")
    told = f"{ALL_THREE}. See their written order"
    manager = browser(app, email)
    assert told in manager.get(f"/admin/approvals/standing-order/{key}").text
    sheet = manager.get(f"{ORDERS}/new").text
    assert 'id="sheet-signing"' in sheet
    perform(ApproveRecord("standing-order", key, standing(key).version), checker)
    assert standing(key).status == "ACTIVE"
    until(house, DAY)
    assert books.asset(asset_id).balance_minor == 990_00


def test_what_a_program_plans_waits_just_as_well(app: Flask, house):
    asset_id = an_account(house, "two", "Carl Dawo", "Eve Fundi")
    payee = factories.a_funded_asset(house)
    program = a_program(app, house.administrator)
    given = {"code": "GENERAL", "amount_minor": 10_00, "currency": "KES", "narrative": "Rent"}
    made = program.post(
        "/forward-dated-transactions",
        branch_id=house.branch_id,
        scheduled_on=DAY.isoformat(),
        lines=[
            given | {"side": "D", "account": number_of(asset_id)},
            given | {"side": "C", "account": number_of(payee)},
        ],
    )
    assert made.status_code == 201, made.text
    assert (made.json["record_status"], made.json["status"]) == ("PENDING_AUTH_L1", "DRAFT")
    assert books.asset(asset_id).held_minor == 0


def test_all_debited_accounts_are_judged_by_one_query(house):
    assets = [an_account(house, "all", "Carl Dawo") for _ in range(3)]
    with database.reading() as session, statements_sent() as seen:
        found = jointly_signed(session, house.organisation_id, [(one, "D", 1) for one in assets])
    assert len(found) == 3
    assert len([text for text in seen if "mandate" in text]) == 1


def _mandate_of(asset_id: int, name: str) -> int:
    with database.reading() as session:
        account = session.get_one(Account, books.asset(asset_id).account_id)
        return next(one.id for one in mandates_of(session, account) if one.name == name)


def _told(asset_id: int, minor: int) -> list[str]:
    with database.reading() as session:
        lines = [(asset_id, "D", minor)]
        found = jointly_signed(session, books.asset(asset_id).organisation_id, lines)
        return [rule_in_words(account.signing_rule, people) for account, people in found]
