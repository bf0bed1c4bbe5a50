# ruff: noqa: S608  One statement is by hand, without values of anyone.
"""Fifty at once, from real processes: one winner, no overdraft, one effect of one key."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from multiprocessing.pool import Pool

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.controls.approvals import ApproveRecord, DenyRecord, RejectRecord
from app.controls.commands import STALE, door, handles, perform
from app.controls.work import Work
from app.db.session import database
from app.kernel.errors import Conflict
from app.ledger.models import Transaction
from app.transactions.commands import Deposit, Transfer, Withdraw, built
from app.transactions.movement import record
from app.transactions.statuses import ChangeStatus
from tests import factories
from tests.factories import House
from tests.ledger import books
from tests.ledger.contest import alike, at_once
from tests.transactions.scenes import AddStatus, status_id

REASON = "someone was quicker"


@dataclass(frozen=True, slots=True)
class _PostSlowly:
    asset_id: int


def test_fifty_withdrawals_at_once_take_what_is_there_and_no_more(house: House, pool: Pool):
    asset_id = factories.a_funded_asset(house, 20_00)
    outcomes = at_once(
        pool, alike(10, lambda: (Withdraw(asset_id, 1_00), house.administrator, None))
    )
    refusals = Counter(outcome.refusal for outcome in outcomes)
    assert refusals == {"": 20, "Insufficient available balance": 30}
    assert books.asset(asset_id).balance_minor == 0
    assert books.asset(asset_id).sequence == 21


def test_withdrawals_that_wait_never_hold_more_than_there_is(house: House, pool: Pool):
    asset_id = factories.a_funded_asset(house, 20_00)
    factories.an_approval_rule(house)
    teller, *_ = factories.a_user(house)
    outcomes = at_once(pool, alike(10, lambda: (Withdraw(asset_id, 1_00), teller, None)))
    assert sum(not outcome.refusal for outcome in outcomes) == 20
    asset = books.asset(asset_id)
    assert (asset.held_minor, asset.available_minor) == (20_00, 0)


def test_transfers_in_both_directions_do_not_lock_each_other_out(house: House, pool: Pool):
    one, other = (factories.a_funded_asset(house, 50_00) for _ in range(2))
    there = [(Transfer(one, other, 1_00), house.administrator, None)] * 5
    back = [(Transfer(other, one, 1_00), house.administrator, None)] * 5
    outcomes = at_once(pool, [there + back, back + there, there, back, there + back])
    assert {outcome.refusal for outcome in outcomes} == {""}
    assert books.asset(one).balance_minor + books.asset(other).balance_minor == 100_00
    assert books.base_sum(house.organisation_id) == 0


def test_one_key_from_many_processes_has_one_effect(house: House, pool: Pool):
    asset_id = factories.a_funded_asset(house, 1_00)
    before = books.count(Transaction, house.organisation_id)
    outcomes = at_once(
        pool, alike(10, lambda: (Deposit(asset_id, 5_00), house.administrator, "one key"))
    )
    assert {outcome.refusal for outcome in outcomes} == {""}
    assert len({outcome.answer for outcome in outcomes}) == 1
    assert books.asset(asset_id).balance_minor == 6_00
    assert books.count(Transaction, house.organisation_id) == before + 1


def test_one_key_of_the_last_money_answers_alike_to_all(house: House, pool: Pool):
    asset_id = factories.a_funded_asset(house, 5_00)
    outcomes = at_once(
        pool, alike(4, lambda: (Withdraw(asset_id, 5_00), house.administrator, "the last"))
    )
    assert {outcome.refusal for outcome in outcomes} == {""}
    assert len({outcome.answer for outcome in outcomes}) == 1


def test_approve_reject_and_deny_have_one_winner(house: House, pool: Pool):
    asset_id = factories.a_funded_asset(house, 100_00)
    factories.an_approval_rule(house)
    teller, *_ = factories.a_user(house)
    approver, *_ = factories.a_user(house, "Approver L1")
    transaction_id = perform(Withdraw(asset_id, 30_00), teller)
    version = books.transaction(transaction_id).version
    approve = (ApproveRecord("transaction", transaction_id, version), approver, None)
    reject = (RejectRecord("transaction", transaction_id, version, REASON), approver, None)
    deny = (DenyRecord("transaction", transaction_id, version, REASON), approver, None)
    outcomes = at_once(pool, [[approve], [reject], [deny], [approve], [reject]])
    (winner,) = [outcome.answer for outcome in outcomes if not outcome.refusal]
    assert {outcome.refusal for outcome in outcomes} == {"", STALE}
    found, asset = books.transaction(transaction_id), books.asset(asset_id)
    assert found.record_status == winner
    assert asset.held_minor == 0
    assert asset.balance_minor == (70_00 if winner == "AUTHORIZED" else 100_00)


def test_completing_and_cancelling_what_waits_have_one_winner(house: House, pool: Pool):
    perform(AddStatus(house.project_id, "review", "Pending", is_default=True), house.system)
    asset_id = factories.a_funded_asset(house)
    deposit_id = perform(Deposit(asset_id, 100_00), house.administrator)
    assert books.transaction(deposit_id).processing == "Pending"
    complete, cancel = (
        (ChangeStatus(deposit_id, status_id(house, label)), house.administrator, None)
        for label in ("completed", "canceled")
    )
    outcomes = at_once(pool, [[complete], [cancel], [complete], [cancel], [complete]])
    (winner,) = [outcome.answer for outcome in outcomes if not outcome.refusal]
    assert len({outcome.refusal for outcome in outcomes}) == 2
    found, asset = books.transaction(deposit_id), books.asset(asset_id)
    assert found.processing == winner
    assert (asset.balance_minor, asset.pending_in_minor) == (
        (100_00, 0) if winner == "Completed" else (0, 0)
    )


def test_the_first_deposits_of_a_branch_share_one_cash_account(house: House, pool: Pool):
    asset_ids = [factories.a_funded_asset(house, currency="KWD") for _ in range(5)]
    batches = [[(Deposit(asset_id, 1_000), house.administrator, None)] for asset_id in asset_ids]
    outcomes = at_once(pool, batches)
    assert {outcome.refusal for outcome in outcomes} == {""}
    assert books.house_balance(house.organisation_id, "KWD") == -5_000


@pytest.mark.parametrize(
    ("changed", "restored"),
    [
        ("is_active = false", "is_active = true"),
        (
            "account_status_id = (SELECT max(s.id) FROM account_status s "  # noqa: ISC004
            "WHERE s.code = 'DORMANT' AND s.organisation_id = account.organisation_id)",
            "account_status_id = null",
        ),
    ],
    ids=("deactivated", "dormant"),
)
def test_a_posting_that_waited_sees_what_became_of_the_account(
    house: House, changed: str, restored: str
):
    asset_id = factories.a_funded_asset(house, 5_00)
    account_id = books.asset(asset_id).account_id
    refused: list[Conflict] = []

    def deposit() -> None:
        try:
            perform(Deposit(asset_id, 1_00), house.administrator)
        except Conflict as conflict:
            refused.append(conflict)

    with Session(database.engine) as session:
        lock = " FOR UPDATE" if database.is_postgresql else ""
        session.execute(text(f"SELECT id FROM asset WHERE id = :id{lock}"), {"id": asset_id})
        session.execute(text(f"UPDATE account SET {changed} WHERE id = :id"), {"id": account_id})
        thread = threading.Thread(target=deposit)
        thread.start()
        _wait_until_someone_waits()
        session.commit()
    thread.join(timeout=30)
    with Session(database.engine) as session:
        session.execute(text(f"UPDATE account SET {restored} WHERE id = :id"), {"id": account_id})
        session.commit()
    assert [refusal.status for refusal in refused] == [409]
    assert books.asset(asset_id).balance_minor == 5_00


def test_an_asset_is_not_deleted_while_somebody_posts_to_it(house: House):
    """Whoever deletes waits for the posting, and then finds it (on SQLite one writes at a time)."""
    asset_id = factories.a_funded_asset(house)
    refused: list[DBAPIError] = []

    def delete() -> None:
        try:
            with database.engine.begin() as connection:
                connection.execute(text("DELETE FROM asset WHERE id = :id"), {"id": asset_id})
        except DBAPIError as error:
            refused.append(error)

    thread = threading.Thread(target=delete)

    @handles(_PostSlowly, permission=None)
    def _post_slowly(work: Work, command: _PostSlowly) -> None:
        record(work, *built(work, Deposit(command.asset_id, 1_00)))
        assert work.session.scalar(select(func.count()).select_from(Transaction))
        if database.is_postgresql:
            thread.start()
            _wait_until_someone_waits()

    try:
        perform(_PostSlowly(asset_id), house.administrator)
    finally:
        del door.entries[_PostSlowly]
    if not database.is_postgresql:
        thread.start()
    thread.join(timeout=30)
    assert len(refused) == 1
    assert books.asset(asset_id).balance_minor == 1_00


def _wait_until_someone_waits() -> None:
    """On SQLite whoever writes waits from the start; PostgreSQL tells when it does."""
    waiting = text(
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) "
        "WHERE NOT granted AND datname = current_database()"
    )
    while database.is_postgresql:
        with database.reading() as session:
            if session.scalar(waiting):
                return
