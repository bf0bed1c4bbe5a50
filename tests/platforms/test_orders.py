"""Money of linked assets moves at their platform: ordered once, believed when it answers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.assets.commands import AddAsset
from app.assets.terms import EditAsset
from app.controls.approvals import ApproveRecord, RejectRecord
from app.controls.commands import door, perform
from app.controls.due import sweep
from app.controls.due_work import DueWork
from app.controls.numbering import blocks
from app.db.session import database
from app.kernel import crash
from app.kernel.errors import Conflict, Refusal
from app.ledger.models import Asset, Transaction
from app.reference.models import TransactionStatus
from app.transactions.amendments import EditTransaction
from app.transactions.commands import CreditBonus, Deposit, Withdraw
from app.transactions.reversal import ReverseTransaction
from app.transactions.statuses import ChangeStatus
from app.transactions.wallets import CreditEarning, Payout
from tests import factories
from tests.pages import send
from tests.platforms.gateway import Gateway, a_gateway

DEPOSITS, WITHDRAWALS, BALANCE = "/v1/deposits", "/v1/withdrawals", "/v1/balances/bal-1"


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES", "USD"))


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    monkeypatch.setenv("COUNTINGHOUSE_OUTGOING_HOSTS", "127.0.0.1")
    with a_gateway() as served:
        served.answers[DEPOSITS] = served.answers[WITHDRAWALS] = {"status": "completed"}
        yield served


@pytest.fixture(autouse=True)
def clock() -> Iterator[Callable[[], None]]:
    """Work off what is due, a quarter of an hour later each time."""
    kept, passed = door.clock, timedelta()

    def later() -> None:
        nonlocal passed
        passed += timedelta(minutes=16)
        door.clock = lambda: kept() + passed
        while sweep():
            pass

    yield later
    door.clock = kept


def _linked(house: factories.House, gateway: Gateway, amount_minor: int = 0) -> int:
    """Return an asset that holds an amount here and is then linked to the platform."""
    asset_id = factories.a_funded_asset(house, amount_minor)
    _link(house, gateway, asset_id)
    return asset_id


def _link(house: factories.House, gateway: Gateway, asset_id: int) -> None:
    platform_id = factories.a_platform(house, base_url=gateway.url)
    version = _one(Asset, asset_id).version
    perform(
        EditAsset(asset_id, version, external_balance_id="bal-1", platform_id=platform_id),
        house.administrator,
    )


def _one(model: type[Any], record_id: int) -> Any:
    with database.reading() as session:
        found = session.get_one(model, record_id)
        session.expunge(found)
        return found


def _figures(asset_id: int) -> tuple[int, int, int | None]:
    """Return the balance and the holds of the books, and what the platform said is available."""
    asset = _one(Asset, asset_id)
    return asset.balance_minor, asset.held_minor, asset.platform_minor


def _status(house: factories.House, label: str) -> int:
    query = select(TransactionStatus.id).where(
        TransactionStatus.organisation_id == house.organisation_id,
        TransactionStatus.project_id == house.project_id,
        TransactionStatus.label == label,
    )
    with database.reading() as session:
        return session.scalars(query).one()


@pytest.mark.checks("W06.12", "W06.13", "W06.14", "W06.16")
def test_a_deposit_is_ordered_and_mirrored_once_the_platform_confirms(house, gateway, clock):
    own = factories.a_funded_asset(house, 40_00)
    assert _figures(own) == (40_00, 0, None), "without a platform the balance is kept here"
    asset_id = _linked(house, gateway)
    gateway.answers[BALANCE] = {"available": "1250.50", "currency": "KES"}
    key = perform(Deposit(asset_id, 1_250_50), house.administrator)
    one = _one(Transaction, key)
    assert (one.processing, one.is_final) == ("Pending", False)
    assert not gateway.posted, "no request is sent before the transaction is kept"
    gateway.answers[DEPOSITS] = {"status": "pending"}
    clock()
    assert _one(Transaction, key).processing == "Pending"
    assert _figures(asset_id) == (0, 0, None), "nothing is mirrored before it is confirmed"
    gateway.answers[DEPOSITS] = {"status": "completed"}
    clock()
    assert _one(Transaction, key).processing == "Completed"
    assert _figures(asset_id) == (1_250_50, 0, 1_250_50)
    assert gateway.orders == {
        one.public_id: {
            "reference": one.public_id, "account": "bal-1", "amount": "1250.50", "currency": "KES",
        }
    }  # fmt: skip
    assert gateway.asked[0] == (DEPOSITS, "Bearer a key")
    with pytest.raises(Conflict, match="record the opposite"):
        perform(ReverseTransaction(key, "Booked on the wrong one"), house.administrator)
    for amount in (CreditEarning(asset_id, 5_00), CreditBonus(asset_id, 5_00)):
        perform(amount, house.administrator)
    clock()
    assert len(gateway.orders) == 2, "a bonus stays here"


@pytest.mark.checks("W06.15", "W06.16")
def test_a_withdrawal_holds_its_money_until_the_platform_answers(house, gateway, clock, client):
    asset_id = _linked(house, gateway, 100_00)
    gateway.answers[BALANCE] = {"available": "69.50", "currency": "KES"}
    key = perform(Withdraw(asset_id, 30_00), house.administrator)
    assert _figures(asset_id) == (100_00, 30_00, None)
    for unclear in (500, b"not json", {"status": "who knows"}, ["a list"], 302):
        gateway.answers[WITHDRAWALS] = unclear
        clock()
        assert _figures(asset_id) == (100_00, 30_00, None)
    gateway.answers[WITHDRAWALS] = {"status": "completed"}
    clock()
    assert _figures(asset_id) == (70_00, 0, 69_50)
    assert len(gateway.posted) == 6
    assert list(gateway.orders) == [_one(Transaction, key).public_id], "one key, so one withdrawal"
    source_id = factories.a_funding_source(house, asset_id)
    paid_out = perform(Payout(asset_id, 10_00, source_id), house.administrator)
    gateway.answers[WITHDRAWALS] = {
        "status": "failed",
        "failure_code": "F1",
        "failure_reason": "No",
    }
    clock()
    one = _one(Transaction, paid_out)
    assert (one.processing, one.failure_code) == ("Failed", "F1")
    assert _figures(asset_id) == (70_00, 0, 69_50), "what failed frees what it held"
    client_id = _one(Asset, asset_id).client_id
    _, email, _ = factories.a_user(house, kind="client", client_id=client_id)
    factories.signed_in(client, email)
    assert "69.50" in client.get("/portal").get_data(as_text=True), "clients see the same"


def test_what_was_sent_is_ended_by_the_answer_alone(house, gateway, clock, client: FlaskClient):
    asset_id = _linked(house, gateway, 100_00)
    gateway.answers[BALANCE] = {"available": "60", "currency": "KES"}
    gateway.answers[WITHDRAWALS] = {"status": "pending"}
    first = perform(Withdraw(asset_id, 20_00), house.administrator)
    canceled = ChangeStatus(first, _status(house, "canceled"))
    perform(canceled, house.administrator)
    clock()
    assert not gateway.posted, "what was cancelled in time is never sent"
    key = perform(Withdraw(asset_id, 40_00), house.administrator)
    clock()
    for label in ("canceled", "completed"):
        with pytest.raises(Conflict, match="its answer alone"):
            perform(ChangeStatus(key, _status(house, label)), house.administrator)
    asset = _one(Asset, asset_id)
    for platform_id, balance_id in ((None, "bal-1"), (asset.platform_id, "bal-2")):
        moved = EditAsset(
            asset_id, asset.version, external_balance_id=balance_id, platform_id=platform_id
        )
        with pytest.raises(Conflict, match="still carries out"):
            perform(moved, house.administrator)
    factories.signed_in(client, house.administrator_email)
    public_id = _one(Transaction, key).public_id
    gateway.answers[f"/v1/transactions/{public_id}"] = {"status": "completed"}
    assert send(client, f"/admin/transactions/{key}/sync").status_code == 303
    clock()
    assert _figures(asset_id) == (60_00, 0, 60_00)
    assert "answered pending" in client.get(f"/admin/transactions/{key}/logs").get_data(
        as_text=True
    )


def test_the_books_take_the_answer_as_soon_as_they_can(house, gateway, clock):
    asset_id = _linked(house, gateway)
    gateway.answers[BALANCE] = {"available": "9", "currency": "KES"}
    key = perform(Deposit(asset_id, 9_00), house.administrator)
    factories.change(house, Asset, asset_id, is_active=False)
    clock()
    assert _one(Transaction, key).processing == "Pending"
    factories.change(house, Asset, asset_id, is_active=True)
    gateway.answers[BALANCE] = 500
    for _ in range(7):
        clock()
    assert _figures(asset_id) == (9_00, 0, None)
    gateway.answers[BALANCE] = {"available": "9", "currency": "KES"}
    clock()
    assert _figures(asset_id) == (9_00, 0, 9_00)
    assert len(gateway.orders) == 1


def test_an_order_is_sent_after_its_last_approval_as_it_was_corrected(app, gateway, clock):
    house = factories.a_house()
    factories.an_approval_rule(house, levels=1)
    teller, *_ = factories.a_user(house, "Teller")
    manager, *_ = factories.a_user(house, "Branch Manager")
    asset_id = _linked(house, gateway)
    gateway.answers[BALANCE] = {"available": "8", "currency": "KES"}
    key = perform(Deposit(asset_id, 7_00), teller)
    clock()
    version = _one(Transaction, key).version
    perform(RejectRecord("transaction", key, version, "One more"), manager)
    version = _one(Transaction, key).version
    perform(EditTransaction(key, version, 8_00, submit=True), teller)
    clock()
    assert not gateway.posted
    version = _one(Transaction, key).version
    perform(ApproveRecord("transaction", key, version), manager)
    clock()
    assert _one(Transaction, key).processing == "Completed"
    assert [body["amount"] for body in gateway.posted] == ["8.00"]
    # One that was handed in before the asset was linked becomes an order by its correction.
    asset_id = factories.a_funded_asset(house)
    key = perform(Deposit(asset_id, 5_00), teller)
    _link(house, gateway, asset_id)
    perform(RejectRecord("transaction", key, _one(Transaction, key).version, "Again"), manager)
    perform(EditTransaction(key, _one(Transaction, key).version, 6_00, submit=True), teller)
    perform(ApproveRecord("transaction", key, _one(Transaction, key).version), manager)
    clock()
    assert [body["amount"] for body in gateway.posted] == ["8.00", "6.00"]


def test_what_the_platform_could_not_name_or_keep_is_refused(house, gateway):
    asset_id = _linked(house, gateway)
    version = _one(Asset, asset_id).version
    platform_id = _one(Asset, asset_id).platform_id
    perform(EditAsset(asset_id, version, platform_id=platform_id), house.administrator)
    with pytest.raises(Conflict, match="no Entity balance id"):
        perform(Deposit(asset_id, 5_00), house.administrator)
    account_id = _one(Asset, asset_id).account_id
    with pytest.raises(Refusal, match="leave Balance empty"):
        perform(
            AddAsset(account_id, "USD", opening_minor=5_00, platform_id=platform_id),
            house.administrator,
        )


def test_a_worker_that_dies_orders_once(house, gateway, clock, database_url):
    gateway.answers[BALANCE] = {"available": "3", "currency": "KES"}
    points = ("before commit", "order marked", "order answered", "after commit", "work done")
    for sent, point in enumerate(points, start=1):
        asset_id = _linked(house, gateway)
        key = perform(Deposit(asset_id, 3_00), house.administrator)
        assert _dies(point, database_url) == 86, point
        clock()
        assert _one(Transaction, key).processing == "Completed", point
        assert _figures(asset_id) == (3_00, 0, 3_00), point
        assert _one(Transaction, key).public_id in gateway.orders
        assert len(gateway.orders) == sent, point
    with database.reading() as session:
        states = select(DueWork.state).where(
            DueWork.organisation_id == house.organisation_id, DueWork.kind == "platform-order"
        )
        assert set(session.scalars(states)) == {"done"}


def _dies(point: str, url: str) -> int:
    child = os.fork()
    if child == 0:
        try:
            database.engine.dispose(close=False)
            database.configure(url, durable=False)
            blocks.forget()
            crash._CRASH_AT = point
            sweep()
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
