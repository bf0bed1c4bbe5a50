"""Reversals asked for at once, and a draft that is submitted, deleted and approved at once."""

from __future__ import annotations

from collections import Counter
from multiprocessing.pool import Pool

from app.controls.approvals import ApproveRecord, SubmitRecord
from app.controls.commands import STALE, perform
from app.transactions.commands import Deposit, Transfer
from app.transactions.deletion import DeleteTransaction
from app.transactions.originals import both_halves
from app.transactions.reversal import ALREADY, ReverseTransaction
from tests import factories
from tests.factories import House
from tests.ledger import books
from tests.ledger.contest import alike, at_once

REASON = "Booked on the wrong account"


def test_of_many_reversals_at_once_one_wins(house: House, pool: Pool):
    asset_id = factories.a_funded_asset(house, 10_00)
    deposit = perform(Deposit(asset_id, 5_00), house.administrator)
    outcomes = at_once(
        pool, alike(2, lambda: (ReverseTransaction(deposit, REASON), house.administrator, None))
    )
    assert Counter(one.refusal for one in outcomes) == {"": 1, ALREADY: 9}
    (reversal,) = [one.answer for one in outcomes if not one.refusal]
    version = books.transaction(reversal).version
    submit = (SubmitRecord("transaction", reversal, version), house.administrator, None)
    delete = (DeleteTransaction(reversal, version), house.administrator, None)
    outcomes = at_once(pool, [[submit], [delete], [submit], [delete], [submit]])
    assert Counter(one.refusal for one in outcomes) == {"": 1, STALE: 4}
    original = books.transaction(deposit).processing
    gone = books.transaction(reversal).retired_at is not None
    assert original == ("Completed" if gone else "Reversed")
    assert books.asset(asset_id).balance_minor == (15_00 if gone else 10_00)


def test_the_halves_of_a_transfer_are_reversed_once(house: House, pool: Pool):
    from app.db.session import database
    from app.ledger.models import Transaction

    one, other = factories.a_funded_asset(house, 50_00), factories.a_funded_asset(house)
    sent = perform(Transfer(one, other, 20_00), house.administrator)
    with database.reading() as session:
        halves = [half.id for half in both_halves(session, session.get_one(Transaction, sent))]
    first, second = (
        (ReverseTransaction(half, REASON), house.administrator, None) for half in halves
    )
    outcomes = at_once(pool, [[first], [second], [first], [second], [first]])
    assert Counter(one.refusal for one in outcomes) == {"": 1, ALREADY: 4}


def test_what_waits_is_approved_and_not_deleted(house: House, pool: Pool):
    deposit = perform(Deposit(factories.a_funded_asset(house, 10_00), 5_00), house.administrator)
    reversal = perform(ReverseTransaction(deposit, REASON), house.administrator)
    factories.an_approval_rule(house)
    manager, *_ = factories.a_user(house, "Branch Manager")
    approver, *_ = factories.a_user(house, "Approver L1")
    perform(SubmitRecord("transaction", reversal), manager)
    version = books.transaction(reversal).version
    approve = (ApproveRecord("transaction", reversal, version), approver, None)
    delete = (DeleteTransaction(reversal, version), house.administrator, None)
    outcomes = at_once(pool, [[delete], [approve], [delete], [approve], [delete]])
    assert [one.answer for one in outcomes if not one.refusal] == ["AUTHORIZED"]
    assert books.transaction(reversal).retired_at is None
