"""Whatever people do, in whatever order, the books are as a plain model of them says.

The model keeps what each asset holds and what is held of it, in a few lines of its own; the
product is driven by its commands alone. After each run `verify` recomputes the books.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from app.controls.approvals import ApproveRecord, DenyRecord, RejectRecord, SubmitRecord
from app.controls.commands import perform
from app.controls.identity import Actor
from app.holds.commands import PlaceHold, ReleaseHold
from app.kernel.errors import Conflict
from app.ledger.rollup import roll_up
from app.reports.snapshot import snapshot
from app.reports.verify import breaches
from app.transactions.commands import CreditBonus, Deposit, Transfer, Withdraw
from app.transactions.deletion import DeleteTransaction
from app.transactions.exchange import Exchange
from app.transactions.reversal import ReverseTransaction
from app.transactions.statuses import ChangeStatus
from tests import factories
from tests.factories import House
from tests.fees.books import a_commission, percent
from tests.ledger import books
from tests.transactions.scenes import status_id

LIMIT_MINOR = 500_00
LEAST_CHARGE_MINOR = 1_00
REASON = "the papers are missing"
AMOUNTS = st.integers(min_value=1, max_value=900_00)
PLACES = st.integers(min_value=0, max_value=2)


@dataclass
class Purse:
    """What the model knows of an asset: money it has, what is held of it, what is expected."""

    balance: int = 0
    bonus: int = 0
    held: int = 0
    by_hand: int = 0
    expected: int = 0

    @property
    def available(self) -> int:
        return self.balance - self.held


@dataclass
class Wait:
    """A movement that waits: what it will take from one purse and bring to another."""

    transaction_id: int
    amount: int
    taken: int | None = None
    brought: int | None = None


@dataclass
class World:
    """The organisation of one run, made by the factories."""

    house: House
    teller: Actor
    approver: Actor
    asset_ids: list[int]
    dollars_id: int
    dollars: int = 0
    purses: list[Purse] = field(default_factory=lambda: [Purse(), Purse(), Purse()])


def charge_of(amount: int) -> int:
    """Return what a withdrawal costs on top: one percent, rounded half up, a shilling at least."""
    return max(LEAST_CHARGE_MINOR, (amount + 50) // 100)


class Books(RuleBasedStateMachine):
    """Tellers, an approver and an administrator at work on three clients' assets."""

    waiting = Bundle("waiting")
    returned = Bundle("returned")
    posted = Bundle("posted")
    held = Bundle("held")
    make: Callable[[], World]
    check: Callable[[int], None]

    @initialize()
    def open(self) -> None:
        self.world = type(self).make()

    @rule(target=waiting, place=PLACES, amount=AMOUNTS)
    def deposit(self, place: int, amount: int) -> object:
        return self._move(Deposit(self._id(place), amount), amount, brought=place)

    @rule(target=waiting, place=PLACES, amount=AMOUNTS)
    def withdraw(self, place: int, amount: int) -> object:
        costs = amount + charge_of(amount)
        return self._move(Withdraw(self._id(place), amount), costs, taken=place)

    @rule(target=waiting, one=PLACES, other=PLACES, amount=AMOUNTS)
    def transfer(self, one: int, other: int, amount: int) -> object:
        if one == other:
            return multiple()
        command = Transfer(self._id(one), self._id(other), amount)
        return self._move(command, amount, taken=one, brought=other)

    @rule(place=PLACES, amount=st.integers(min_value=1, max_value=LIMIT_MINOR))
    def give_bonus(self, place: int, amount: int) -> None:
        perform(CreditBonus(self._id(place), amount), self.world.teller)
        self.world.purses[place].bonus += amount

    @rule(target=posted, wait=consumes(waiting))
    def approve(self, wait: Wait) -> Wait:
        self._decide(wait, ApproveRecord)
        self._release(wait)
        self._book(wait.amount, wait.taken, wait.brought)
        return wait

    @rule(target=posted, place=PLACES, amount=st.integers(min_value=1, max_value=LIMIT_MINOR))
    def deposit_at_once(self, place: int, amount: int) -> Wait:
        transaction_id = perform(Deposit(self._id(place), amount), self.world.teller)
        self._book(amount, None, place)
        return Wait(transaction_id, amount, brought=place)

    @rule(wait=consumes(posted))
    def reverse(self, wait: Wait) -> None:
        """Undo what was posted; where the money is gone, the reversal is dropped again."""
        boss = self.world.house.administrator
        reversal_id = perform(ReverseTransaction(wait.transaction_id, REASON), boss)
        with pytest.raises(Conflict):
            perform(ReverseTransaction(wait.transaction_id, REASON), boss)
        if self._affords(wait.amount, wait.brought):
            perform(SubmitRecord("transaction", reversal_id), boss)
            self._book(wait.amount, wait.brought, wait.taken)
            return
        with pytest.raises(Conflict):
            perform(SubmitRecord("transaction", reversal_id), boss)
        version = books.transaction(reversal_id).version
        perform(DeleteTransaction(reversal_id, version), boss)
        assert books.transaction(wait.transaction_id).processing == "Completed"

    @rule(amount=st.integers(min_value=5_00, max_value=LIMIT_MINOR))
    def exchange(self, amount: int) -> None:
        """Sell shillings for dollars: nothing is made, and the client never gains by it."""
        command = Exchange(self._id(0), self.world.dollars_id, amount_minor=amount)
        if not self._affords(amount, 0):
            with pytest.raises(Conflict):
                perform(command, self.world.teller)
            return
        done = books.transaction(perform(command, self.world.teller))
        assert done.settled_minor * factories.RATES["USD"] <= amount + factories.RATES["USD"] / 2
        self.world.purses[0].balance -= amount
        self.world.dollars += done.settled_minor

    @rule(target=held, place=PLACES, amount=AMOUNTS)
    def hold(self, place: int, amount: int) -> object:
        command = PlaceHold(self._id(place), amount, REASON)
        if not self._affords(amount, place):
            with pytest.raises(Conflict):
                perform(command, self.world.house.administrator)
            return multiple()
        hold_id = perform(command, self.world.house.administrator)
        self.world.purses[place].held += amount
        self.world.purses[place].by_hand += amount
        return hold_id, place, amount

    @rule(one=consumes(held))
    def let_go(self, one: tuple[int, int, int]) -> None:
        hold_id, place, amount = one
        perform(ReleaseHold(hold_id, REASON), self.world.house.administrator)
        self.world.purses[place].held -= amount
        self.world.purses[place].by_hand -= amount

    @rule(target=returned, wait=consumes(waiting))
    def reject(self, wait: Wait) -> Wait:
        self._decide(wait, RejectRecord, REASON)
        self._release(wait)
        return wait

    @rule(wait=consumes(waiting))
    def deny(self, wait: Wait) -> None:
        self._decide(wait, DenyRecord, REASON)
        self._release(wait)

    @rule(wait=consumes(waiting))
    def cancel(self, wait: Wait) -> None:
        status = status_id(self.world.house, "canceled")
        perform(ChangeStatus(wait.transaction_id, status), self.world.house.administrator)
        self._release(wait)

    @rule(target=waiting, wait=consumes(returned))
    def hand_in_again(self, wait: Wait) -> object:
        command = SubmitRecord("transaction", wait.transaction_id)
        if not self._affords(wait.amount, wait.taken):
            with pytest.raises(Conflict):
                perform(command, self.world.teller)
            return multiple()
        perform(command, self.world.teller)
        self._reserve(wait)
        return wait

    @rule()
    def roll_up(self) -> None:
        roll_up()

    @invariant()
    def every_balance_is_the_models(self) -> None:
        for asset_id, purse in zip(self.world.asset_ids, self.world.purses, strict=True):
            asset = books.asset(asset_id)
            assert asset.balance_minor == purse.balance
            assert asset.bonus_minor == purse.bonus
            assert asset.held_minor == purse.held
            assert asset.available_minor == purse.available
            promised = purse.held - purse.by_hand
            assert asset.virtual_minor == purse.balance + purse.expected - promised

    @invariant()
    def the_dollars_are_the_models(self) -> None:
        assert books.asset(self.world.dollars_id).balance_minor == self.world.dollars

    def teardown(self) -> None:
        if hasattr(self, "world"):
            type(self).check(self.world.house.organisation_id)

    def _id(self, place: int) -> int:
        return self.world.asset_ids[place]

    def _move(
        self, command: object, amount: int, *, taken: int | None = None, brought: int | None = None
    ) -> object:
        """Carry a movement out, or see that it is refused where the model has too little."""
        if not self._affords(amount, taken):
            with pytest.raises(Conflict):
                perform(command, self.world.teller)
            return multiple()
        transaction_id = perform(command, self.world.teller)
        if amount > LIMIT_MINOR:
            wait = Wait(transaction_id, amount, taken, brought)
            self._reserve(wait)
            return wait
        self._book(amount, taken, brought)
        return multiple()

    def _affords(self, amount: int, taken: int | None) -> bool:
        return taken is None or self.world.purses[taken].available >= amount

    def _reserve(self, wait: Wait, sign: int = 1) -> None:
        if wait.taken is not None:
            self.world.purses[wait.taken].held += sign * wait.amount
        if wait.brought is not None:
            self.world.purses[wait.brought].expected += sign * wait.amount

    def _release(self, wait: Wait) -> None:
        self._reserve(wait, -1)

    def _book(self, amount: int, taken: int | None, brought: int | None) -> None:
        if taken is not None:
            self.world.purses[taken].balance -= amount
        if brought is not None:
            self.world.purses[brought].balance += amount

    def _decide(self, wait: Wait, decision: type, *reason: str) -> None:
        version = books.transaction(wait.transaction_id).version
        perform(decision("transaction", wait.transaction_id, version, *reason), self.world.approver)


def test_the_books_are_as_the_model_says(app: Flask, database_url: str):
    def make() -> World:
        house = factories.a_house(currencies=("KES", "USD"))
        one_percent = percent(0, None, "1", least=LEAST_CHARGE_MINOR)
        a_commission(house, one_percent, is_on_top=True)
        factories.an_approval_rule(house, minimum_minor=LIMIT_MINOR, levels=1)
        teller, *_ = factories.a_user(house)
        approver, *_ = factories.a_user(house, "Approver L1")
        assets = [factories.a_funded_asset(house) for _ in range(3)]
        account_id = books.asset(assets[0]).account_id
        dollars_id = factories.an_asset(house, account_id, "USD")
        return World(house, teller, approver, assets, dollars_id)

    def check(organisation_id: int) -> None:
        books.seal(organisation_id)
        with snapshot(database_url) as view:
            assert list(breaches(view, organisation_id)) == []

    class Run(Books):
        pass

    Run.make = staticmethod(make)
    Run.check = staticmethod(check)
    run_state_machine_as_test(
        Run,
        settings=settings(
            max_examples=8,
            stateful_step_count=30,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
