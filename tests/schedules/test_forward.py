"""A forward-dated transaction: planned, reserved when it is authorized, posted on its day, once."""

from __future__ import annotations

from datetime import date

import pytest

from app.controls.approvals import ApproveRecord
from app.controls.commands import perform
from app.kernel.errors import Conflict, Forbidden
from app.schedules.execution import execute_one
from app.schedules.forward import CancelForwardDated
from app.transactions.commands import Withdraw
from tests.factories import House, a_funded_asset, a_user, an_approval_rule
from tests.journals.scenes import codes, number_of
from tests.ledger import books
from tests.schedules.scenes import active_holds, forward, plan, until


@pytest.mark.checks(
    "E43.02", "E43.05", "E43.06", "E43.07", "E43.16", "E43.35", "E43.43", "E43.44", "E43.45",
    "E43.46", "W02.06",
)  # fmt: skip
def test_it_reserves_when_it_is_authorized_and_is_posted_on_its_day(house: House):
    codes(house)
    payer, payee = a_funded_asset(house, 1_000_00), a_funded_asset(house)
    maker, *_ = a_user(house, "Teller")
    checker, *_ = a_user(house, "Branch Manager")
    key = plan(house, number_of(payer), number_of(payee), 400_00, on=date(2026, 12, 2), actor=maker)
    one = forward(key)
    assert one.reference == "FWD-2026-00001"
    assert (one.record_status, one.status) == ("PENDING_AUTH_L1", "DRAFT")
    assert books.asset(payer).held_minor == 0
    with pytest.raises(Forbidden, match="own work"):
        perform(ApproveRecord("forward-dated", key, one.version), maker)
    perform(ApproveRecord("forward-dated", key, one.version), checker)
    one = forward(key)
    assert (one.record_status, one.status) == ("AUTHORIZED", "SCHEDULED")
    assert (books.asset(payer).held_minor, books.asset(payer).available_minor) == (400_00, 600_00)
    until(house, date(2026, 12, 1))
    assert forward(key).status == "SCHEDULED"
    until(house, date(2026, 12, 2))
    one = forward(key)
    assert one.status == "EXECUTED"
    posted = books.transaction(one.transaction_id)
    assert (posted.record_status, posted.processing) == ("AUTHORIZED", "Completed")
    assert (posted.context_kind, posted.context_id) == ("forward_dated_execution", key)
    assert posted.posting_date == date(2026, 12, 2)
    assert books.asset(payer).balance_minor == 600_00
    assert books.asset(payer).held_minor == 0
    assert books.asset(payee).balance_minor == 400_00
    execute_one(house.organisation_id, key)
    assert books.asset(payee).balance_minor == 400_00


def test_x(house: House):
    codes(house)
    payer, payee = a_funded_asset(house, 1_000_00), a_funded_asset(house)
    key = plan(house, number_of(payer), number_of(payee), 400_00, on=date(2026, 12, 2))
    perform(CancelForwardDated(key), house.administrator)
    assert forward(key).status == "CANCELLED"
    assert not active_holds(payer)
    with pytest.raises(Conflict, match="cancelled"):
        perform(CancelForwardDated(key), house.administrator)
    with pytest.raises(Conflict, match="Insufficient"):
        plan(house, number_of(payer), number_of(payee), 4000_00, on=date(2026, 12, 2))
