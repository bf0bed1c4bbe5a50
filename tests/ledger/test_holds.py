"""A movement that waits for approval holds its funds until it is posted, sent back or denied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from app.controls.approvals import ApproveRecord, DenyRecord, RejectRecord, SubmitRecord
from app.controls.commands import perform
from app.controls.identity import Actor
from app.controls.tenant import Organisation
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.reference.models import TransactionStatus
from app.transactions.commands import Deposit, Transfer, Withdraw
from app.transactions.kinds import Particulars
from app.transactions.statuses import ChangeStatus
from tests import factories
from tests.factories import House
from tests.ledger import books

REASON = "the papers are missing"


@dataclass(frozen=True, slots=True)
class Counter:
    """A teller whose movements wait, an approver, and a client's asset with 100.00."""

    house: House
    teller: Actor
    approver: Actor
    asset_id: int


@pytest.fixture
def counter(house: House) -> Counter:
    asset_id = factories.a_funded_asset(house, 100_00)
    factories.an_approval_rule(house, levels=1)
    teller, *_ = factories.a_user(house)
    approver, *_ = factories.a_user(house, "Approver L1")
    return Counter(house, teller, approver, asset_id)


def approve(transaction_id: int, actor: Actor) -> str:
    version = books.transaction(transaction_id).version
    return perform(ApproveRecord("transaction", transaction_id, version), actor)


def reject(transaction_id: int, actor: Actor) -> str:
    version = books.transaction(transaction_id).version
    return perform(RejectRecord("transaction", transaction_id, version, REASON), actor)


def deny(transaction_id: int, actor: Actor) -> str:
    version = books.transaction(transaction_id).version
    return perform(DenyRecord("transaction", transaction_id, version, REASON), actor)


@pytest.mark.checks("W08.53", "E37.04")
def test_a_waiting_withdrawal_holds_its_amount(counter: Counter):
    waiting = books.transaction(perform(Withdraw(counter.asset_id, 30_00), counter.teller))
    assert (waiting.record_status, waiting.processing) == ("PENDING_AUTH_L1", "Pending")
    assert books.entries_of(waiting.id) == []
    asset = books.asset(counter.asset_id)
    assert (asset.balance_minor, asset.held_minor, asset.available_minor) == (100_00, 30_00, 70_00)
    assert asset.virtual_minor == 70_00
    (hold,) = books.holds_of(counter.asset_id)
    assert (hold.state, hold.amount_minor, hold.transaction_id) == ("active", 30_00, waiting.id)


def test_what_is_held_cannot_be_spent(counter: Counter):
    perform(Withdraw(counter.asset_id, 70_00), counter.teller)
    with pytest.raises(Conflict, match="Insufficient available balance"):
        perform(Withdraw(counter.asset_id, 30_01), counter.teller)
    with pytest.raises(Conflict, match="Insufficient available balance"):
        perform(Withdraw(counter.asset_id, 30_01), counter.house.administrator)
    assert books.asset(counter.asset_id).held_minor == 70_00


@pytest.mark.checks("E37.05")
def test_approval_captures_the_hold_and_posts(counter: Counter):
    transaction_id = perform(Withdraw(counter.asset_id, 30_00), counter.teller)
    assert approve(transaction_id, counter.approver) == "AUTHORIZED"
    posted = books.transaction(transaction_id)
    assert (posted.record_status, posted.processing) == ("AUTHORIZED", "Completed")
    assert len(books.entries_of(transaction_id)) == 2
    asset = books.asset(counter.asset_id)
    assert (asset.balance_minor, asset.held_minor) == (70_00, 0)
    assert (asset.pending_in_minor, asset.pending_out_minor) == (0, 0)
    assert [hold.state for hold in books.holds_of(counter.asset_id)] == ["captured"]


@pytest.mark.checks("E37.06", "E42.17")
def test_rejection_releases_the_hold_and_a_resubmission_holds_again(counter: Counter):
    transaction_id = perform(Withdraw(counter.asset_id, 30_00), counter.teller)
    reject(transaction_id, counter.approver)
    rejected = books.transaction(transaction_id)
    assert (rejected.record_status, rejected.processing) == ("REJECTED", "Pending")
    assert rejected.rejection_reason == REASON
    asset = books.asset(counter.asset_id)
    assert (asset.held_minor, asset.pending_out_minor) == (0, 0)
    perform(SubmitRecord("transaction", transaction_id, rejected.version), counter.teller)
    assert books.asset(counter.asset_id).held_minor == 30_00
    approve(transaction_id, counter.approver)
    assert books.asset(counter.asset_id).balance_minor == 70_00
    states = [hold.state for hold in books.holds_of(counter.asset_id)]
    assert states == ["released", "captured"]


@pytest.mark.checks("E37.07")
def test_denial_releases_the_hold_and_cancels_for_good(counter: Counter):
    transaction_id = perform(Withdraw(counter.asset_id, 30_00), counter.teller)
    deny(transaction_id, counter.approver)
    denied = books.transaction(transaction_id)
    assert (denied.record_status, denied.processing) == ("DENIED", "Canceled")
    assert books.asset(counter.asset_id).held_minor == 0
    with pytest.raises(Conflict):
        approve(transaction_id, counter.approver)
    with pytest.raises(Conflict):
        perform(SubmitRecord("transaction", transaction_id), counter.teller)


def test_a_rejected_movement_that_is_denied_is_cancelled(counter: Counter):
    transaction_id = perform(Withdraw(counter.asset_id, 30_00), counter.teller)
    reject(transaction_id, counter.approver)
    deny(transaction_id, counter.approver)
    denied = books.transaction(transaction_id)
    assert (denied.record_status, denied.processing) == ("DENIED", "Canceled")
    asset = books.asset(counter.asset_id)
    assert (asset.held_minor, asset.pending_out_minor) == (0, 0)


def test_a_waiting_deposit_shows_as_expected_money_only(counter: Counter):
    transaction_id = perform(Deposit(counter.asset_id, 30_00), counter.teller)
    asset = books.asset(counter.asset_id)
    assert (asset.balance_minor, asset.available_minor) == (100_00, 100_00)
    assert asset.virtual_minor == 130_00
    deny(transaction_id, counter.approver)
    assert books.asset(counter.asset_id).virtual_minor == 100_00
    approve(perform(Deposit(counter.asset_id, 5_00), counter.teller), counter.approver)
    asset = books.asset(counter.asset_id)
    assert (asset.balance_minor, asset.virtual_minor) == (105_00, 105_00)


def test_a_waiting_transfer_holds_on_one_side_and_is_expected_on_the_other(counter: Counter):
    other = factories.a_funded_asset(counter.house)
    transaction_id = perform(Transfer(counter.asset_id, other, 30_00), counter.teller)
    assert books.asset(counter.asset_id).available_minor == 70_00
    assert books.asset(other).virtual_minor == 30_00
    assert books.asset(other).available_minor == 0
    approve(transaction_id, counter.approver)
    assert books.asset(counter.asset_id).balance_minor == 70_00
    assert books.asset(other).virtual_minor == books.asset(other).balance_minor == 30_00
    into = books.received(transaction_id)
    assert (into.kind, into.asset_id, into.processing) == ("transfer_in", other, "Completed")


def test_both_halves_of_a_transfer_that_was_clicked_done_say_the_same(counter: Counter):
    other = factories.a_funded_asset(counter.house)
    said = Particulars("Rent", source="Salary", beneficiary="Acacia Lettings")
    at_once = perform(Transfer(counter.asset_id, other, 10_00, said), counter.house.administrator)
    _default_status(counter.house, "pending")
    waited = perform(Transfer(counter.asset_id, other, 10_00, said), counter.teller)
    approve(waited, counter.approver)
    completed = books.transaction(at_once).status_id
    perform(ChangeStatus(waited, completed), counter.house.administrator)
    first, second = books.transaction(waited), books.received(waited)
    assert books.received(at_once).status_id == first.status_id == second.status_id == completed
    assert (first.maker_id, first.operator_name) == (second.maker_id, second.operator_name)
    assert second.maker_id == counter.teller.user_id
    assert (second.source, second.beneficiary) == (said.source, said.beneficiary)


@pytest.mark.checks("E37.08")
@pytest.mark.parametrize("command", [Deposit, Withdraw])
def test_an_administrator_s_movement_is_authorised_at_once(counter: Counter, command: type):
    transaction_id = perform(command(counter.asset_id, 30_00), counter.house.administrator)
    posted = books.transaction(transaction_id)
    assert (posted.record_status, posted.processing) == ("AUTHORIZED", "Completed")
    asset = books.asset(counter.asset_id)
    assert asset.held_minor == asset.pending_in_minor == asset.pending_out_minor == 0
    assert asset.balance_minor == (130_00 if command is Deposit else 70_00)


def test_the_organisation_may_forbid_self_authorisation(counter: Counter):
    house = counter.house
    factories.change(house, Organisation, house.organisation_id, may_self_authorise=False)
    transaction_id = perform(Withdraw(counter.asset_id, 30_00), house.administrator)
    assert books.transaction(transaction_id).record_status == "PENDING_AUTH_L1"
    with pytest.raises(Forbidden, match="own work"):
        approve(transaction_id, house.administrator)


@pytest.mark.parametrize("act", [approve, reject, deny])
def test_nobody_decides_on_their_own_movement(counter: Counter, act: Callable[[int, Actor], str]):
    both, *_ = factories.a_user(counter.house, "Teller", "Approver L1")
    transaction_id = perform(Withdraw(counter.asset_id, 30_00), both)
    with pytest.raises(Forbidden, match="own work"):
        act(transaction_id, both)


def test_levels_are_approved_from_the_highest_down_by_different_people(house: House):
    asset_id = factories.a_funded_asset(house, 100_00)
    factories.an_approval_rule(house, levels=2)
    teller, *_ = factories.a_user(house)
    first, *_ = factories.a_user(house, "Approver L2", "Approver L1")
    second, *_ = factories.a_user(house, "Approver L1")
    transaction_id = perform(Withdraw(asset_id, 30_00), teller)
    with pytest.raises(Forbidden, match="level 2"):
        approve(transaction_id, second)
    assert approve(transaction_id, first) == "PENDING_AUTH_L1"
    with pytest.raises(Forbidden, match="another level"):
        approve(transaction_id, first)
    assert books.asset(asset_id).balance_minor == 100_00
    assert approve(transaction_id, second) == "AUTHORIZED"
    assert books.asset(asset_id).balance_minor == 70_00


@pytest.mark.checks("E42.41")
def test_a_threshold_in_base_currency_decides_whether_a_movement_waits(house: House):
    factories.an_approval_rule(house, minimum_minor=1_000_00, levels=1)
    teller, *_ = factories.a_user(house)
    shillings = factories.a_funded_asset(house)
    dollars = factories.a_funded_asset(house, currency="USD")

    def status(asset_id: int, amount_minor: int) -> str:
        return books.transaction(perform(Deposit(asset_id, amount_minor), teller)).record_status

    assert status(shillings, 1_000_00) == "AUTHORIZED"
    assert status(shillings, 1_000_01) == "PENDING_AUTH_L1"
    assert status(dollars, 7_69) == "AUTHORIZED"
    assert status(dollars, 7_70) == "PENDING_AUTH_L1"


def test_a_decision_on_an_older_version_is_refused(counter: Counter):
    transaction_id = perform(Withdraw(counter.asset_id, 30_00), counter.teller)
    version = books.transaction(transaction_id).version
    approve(transaction_id, counter.approver)
    with pytest.raises(Conflict):
        perform(RejectRecord("transaction", transaction_id, version, REASON), counter.approver)
    assert books.transaction(transaction_id).record_status == "AUTHORIZED"


@pytest.mark.checks("E42.16", "E42.23")
@pytest.mark.parametrize("reason", ["", "1234", "    12    ", "x" * 501])
def test_a_reason_has_5_to_500_characters(counter: Counter, reason: str):
    transaction_id = perform(Withdraw(counter.asset_id, 30_00), counter.teller)
    version = books.transaction(transaction_id).version
    for command in (RejectRecord, DenyRecord):
        with pytest.raises(Refusal, match="5 to 500"):
            perform(command("transaction", transaction_id, version, reason), counter.approver)


def test_approval_is_refused_once_the_asset_is_inactive(counter: Counter):
    from app.assets.commands import SetAssetActive

    transaction_id = perform(Withdraw(counter.asset_id, 30_00), counter.teller)
    perform(SetAssetActive(counter.asset_id, is_active=False), counter.house.administrator)
    with pytest.raises(Conflict, match="inactive"):
        approve(transaction_id, counter.approver)
    assert books.asset(counter.asset_id).held_minor == 30_00


def test_a_project_whose_default_is_pending_lets_movements_wait_with_their_funds(house: House):
    asset_id = factories.a_funded_asset(house, 100_00)
    _default_status(house, "pending")
    transaction_id = perform(Withdraw(asset_id, 30_00), house.administrator)
    waiting = books.transaction(transaction_id)
    assert (waiting.record_status, waiting.processing) == ("AUTHORIZED", "Pending")
    assert books.asset(asset_id).available_minor == 70_00


def test_a_self_authorised_movement_that_waits_holds_its_funds_too(counter: Counter):
    _default_status(counter.house, "pending")
    perform(Withdraw(counter.asset_id, 30_00), counter.house.administrator)
    assert books.asset(counter.asset_id).available_minor == 70_00


def _default_status(house: House, label: str) -> None:
    from sqlalchemy import select

    from app.db.session import database

    with database.reading() as session:
        query = select(TransactionStatus.label, TransactionStatus.id).where(
            TransactionStatus.project_id == house.project_id
        )
        ids = {row.label: row.id for row in session.execute(query)}
    factories.change(house, TransactionStatus, ids["completed"], is_default=False)
    factories.change(house, TransactionStatus, ids[label], is_default=True)
