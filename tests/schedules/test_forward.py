"""A forward-dated transaction: reserved when it is authorized, posted on its day, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.accounts.commands import SetAccountActive
from app.controls.approvals import ApproveRecord, RejectRecord, SubmitRecord
from app.controls.commands import door, perform
from app.currencies.commands import EditCurrency
from app.currencies.rates import Rates
from app.db.session import database
from app.holds.commands import ReleaseHold
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.organisation.models import OrganisationCurrency
from app.schedules.execution import BeginExecution, CancelForwardDated, execute_one
from app.schedules.forward import EditForwardDated
from app.schedules.scheduling import failed_due
from app.transactions.commands import Withdraw
from tests.due import work_of
from tests.dying import in_a_process_that_dies
from tests.factories import BUSINESS_DATE, House, a_funded_asset, a_user
from tests.journals.scenes import codes, house_account, line, number_of
from tests.ledger import books
from tests.schedules.scenes import FORWARD, active_holds, forward, plan, told_of_failures, until

DAY = date(2026, 12, 2)


@pytest.mark.checks(
    "E43.02", "E43.05", "E43.06", "E43.07", "E43.16", "E43.35", "E43.43", "E43.44", "E43.45",
    "E43.46",
)  # fmt: skip
def test_it_reserves_when_it_is_authorized_and_is_posted_on_its_day(house: House):
    codes(house)
    payer, payee = a_funded_asset(house, 1_000_00), a_funded_asset(house)
    maker, *_ = a_user(house, "Teller")
    checker, *_ = a_user(house, "Branch Manager")
    key = plan(house, number_of(payer), number_of(payee), 400_00, on=DAY, actor=maker)
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
    (held,) = active_holds(payer)
    with pytest.raises(Conflict, match="ends with its transaction"):
        perform(ReleaseHold(held.id, "Not by hand"), house.administrator)
    until(house, DAY - timedelta(days=1))
    assert forward(key).status == "SCHEDULED"
    until(house, DAY)
    one = forward(key)
    assert one.status == "EXECUTED"
    posted = books.transaction(one.transaction_id)
    assert (posted.record_status, posted.processing) == ("AUTHORIZED", "Completed")
    assert (posted.context_kind, posted.context_id) == ("forward_dated_execution", key)
    assert (posted.posting_date, posted.branch_id) == (DAY, house.branch_id)
    assert (books.asset(payer).balance_minor, books.asset(payer).held_minor) == (600_00, 0)
    assert books.asset(payee).balance_minor == 400_00
    execute_one(house.organisation_id, key)
    assert books.asset(payee).balance_minor == 400_00


@pytest.mark.checks("W02.06")
def test_the_worker_posts_deposits_withdrawals_and_transfers_by_itself(house: House):
    codes(house)
    client, other = a_funded_asset(house, 100_00), a_funded_asset(house)
    mine, theirs, clearing = number_of(client), number_of(other), house_account(house)
    for debit, credit, minor in (
        (clearing, mine, 50_00), (mine, clearing, 20_00), (mine, theirs, 30_00),
    ):  # fmt: skip
        plan(house, debit, credit, minor, on=DAY)
    assert books.asset(client).held_minor == 50_00
    until(house, DAY)
    assert (books.asset(client).balance_minor, books.asset(client).held_minor) == (100_00, 0)
    assert books.asset(other).balance_minor == 30_00
    posted = books.entries_of_asset(client)[-1].transaction_id
    assert books.transaction(posted).operator_name == "Worker"


@pytest.mark.checks("E43.08", "E43.39")
def test_cancelling_frees_what_it_held_and_ends_it_for_good(house: House):
    codes(house)
    payer, payee = a_funded_asset(house, 1_000_00), a_funded_asset(house)
    numbers = number_of(payer), number_of(payee)
    maker, *_ = a_user(house, "Teller")
    scheduled = plan(house, *numbers, 400_00, on=DAY)
    draft = plan(house, *numbers, 400_00, on=DAY, submit=False)
    pending = plan(house, *numbers, 400_00, on=DAY, actor=maker)
    for key in (scheduled, draft, pending):
        perform(CancelForwardDated(key), house.administrator)
        assert forward(key).status == "CANCELLED"
        with pytest.raises(Conflict, match="is cancelled and can no longer be cancelled"):
            perform(CancelForwardDated(key), house.administrator)
    assert not active_holds(payer)
    assert books.asset(payer).available_minor == 1_000_00
    assert forward(pending).record_status == "DENIED"
    with pytest.raises(Conflict):
        perform(SubmitRecord("forward-dated", draft), house.administrator)
    until(house, DAY)
    assert forward(scheduled).status == "CANCELLED"
    assert books.asset(payee).balance_minor == 0


@pytest.mark.checks("E43.48")
def test_what_cannot_be_posted_fails_with_its_reason_and_is_not_tried_again(house: House):
    codes(house)
    payer, payee = a_funded_asset(house, 1_000_00), a_funded_asset(house)
    key = plan(house, number_of(payer), number_of(payee), 400_00, on=DAY)
    with pytest.raises(Conflict, match="Insufficient available balance"):
        plan(house, number_of(payer), number_of(payee), 601_00, on=DAY)
    account_id = books.asset(payee).account_id
    perform(SetAccountActive(account_id, is_active=False), house.administrator)
    until(house, DAY)
    one = forward(key)
    assert (one.status, one.transaction_id) == ("FAILED", None)
    assert "is inactive" in one.failure_reason
    title = f"{one.reference} could not be executed"
    told = told_of_failures(house.administrator)
    assert told == [(title, one.failure_reason, f"{FORWARD}/{key}")]
    assert (books.asset(payer).held_minor, books.asset(payer).balance_minor) == (0, 1_000_00)
    with database.reading() as session:
        assert [row.id for row in failed_due(session, house.organisation_id, DAY)] == [key]
        assert not failed_due(session, house.organisation_id, DAY + timedelta(days=1))
    perform(SetAccountActive(account_id, is_active=True), house.administrator)
    until(house, DAY + timedelta(days=1))
    execute_one(house.organisation_id, key)
    assert forward(key).status == "FAILED"
    assert books.asset(payee).balance_minor == 0


@pytest.mark.checks("E43.25")
def test_rates_are_those_of_its_making_whatever_they_are_on_its_day(house: House):
    codes(house)
    dollars, shillings = a_funded_asset(house, 100_00, "USD"), a_funded_asset(house)
    payer, central = a_funded_asset(house, 2_000_00), {"currency": "USD", "source": "CBK"}
    typed = line("D", number_of(payer), 10_00, rate=Decimal("131.5"),
                 rate_on=date(2026, 11, 18), **central)  # fmt: skip
    with pytest.raises(Refusal, match=r"^Transaction is not balanced in KES\.$"):
        plan(house, "", "", 0, on=DAY, lines=(typed, line("C", number_of(shillings), 1_300_00)))
    by_hand = plan(house, "", "", 0, on=DAY,
                   lines=(typed, line("C", number_of(shillings), 1_315_00)))  # fmt: skip
    own = (
        line("D", number_of(dollars), 10_00, currency="USD"),
        line("C", number_of(shillings), 10_00, currency="USD"),
    )
    key = plan(house, "", "", 0, on=DAY, lines=own)
    kept = forward(key).lines
    with database.reading() as session:
        query = session.query(OrganisationCurrency).filter_by(
            organisation_id=house.organisation_id, code="USD"
        )
        currency = query.one()
    raised = EditCurrency(currency.id, currency.version, Rates.at(Decimal(150)))
    perform(raised, house.administrator)
    until(house, DAY)
    one = forward(key)
    entries = books.entries_of(one.transaction_id)
    assert [entry.rate for entry in entries] == [Decimal(130), Decimal(1)]
    assert {entry.base_minor for entry in entries} == {1_300_00}
    assert books.transaction(one.transaction_id).lines == kept
    (first, _second) = books.entries_of(forward(by_hand).transaction_id)
    assert (first.amount_minor, first.rate_source) == (1_315_00, "CBK")
    told = forward(by_hand).lines[0]["typed"]
    assert (told["rate"], told["rate_on"]) == ("131.5", "2026-11-18")
    assert books.asset(shillings).balance_minor == 2_615_00


@pytest.mark.checks("E43.29", "E43.31", "E43.32", "E43.30")
def test_an_open_one_is_changed_and_its_execution_date_follows(house: House):
    codes(house)
    payer, payee = a_funded_asset(house, 1_000_00), a_funded_asset(house)
    numbers = number_of(payer), number_of(payee)
    maker, *_ = a_user(house, "Teller")
    checker, *_ = a_user(house, "Branch Manager")
    key = plan(house, *numbers, 400_00, on=DAY, actor=maker, submit=False)
    before = forward(key)
    saturday = date(2026, 12, 5)

    def edit(**changed: object) -> int:
        one = forward(key)
        values = {
            "kind": "SCHEDULED_PAYMENT", "branch_id": house.branch_id, "scheduled_on": saturday,
            "lines": (line("D", numbers[0], 50_00), line("C", numbers[1], 50_00)),
        }  # fmt: skip
        return perform(EditForwardDated(key, one.version, **(values | changed)), maker)

    edit(kind="POST_DATED_CHECK", narrative="Cheque 12")
    one = forward(key)
    assert one.version == before.version + 1
    assert (one.scheduled_on, one.execution_on) == (saturday, date(2026, 12, 7))
    assert (one.kind, one.narrative, one.total_minor) == ("POST_DATED_CHECK", "Cheque 12", 50_00)
    edit(kind="POST_DATED_CHECK", policy="back", submit=True)
    assert forward(key).execution_on == date(2026, 12, 4)
    with pytest.raises(Conflict, match="awaiting approval"):
        edit()
    version = forward(key).version
    perform(RejectRecord("forward-dated", key, version, "Wrong amount"), checker)
    with pytest.raises(Refusal, match="type stays"):
        edit()
    edit(kind="POST_DATED_CHECK", submit=True)
    version = forward(key).version
    perform(ApproveRecord("forward-dated", key, version), checker)
    assert forward(key).status == "SCHEDULED"
    with pytest.raises(Conflict, match="finalized"):
        edit(kind="POST_DATED_CHECK")


def test_one_that_is_approved_late_is_due_at_once_and_no_past_day_is_handed_in(house: House):
    codes(house)
    payer, payee = a_funded_asset(house, 1_000_00), a_funded_asset(house)
    numbers = number_of(payer), number_of(payee)
    maker, *_ = a_user(house, "Teller")
    checker, *_ = a_user(house, "Branch Manager")
    key = plan(house, *numbers, 400_00, on=DAY, actor=maker)
    draft = plan(house, *numbers, 1_00, on=DAY, submit=False)
    until(house, DAY)
    with pytest.raises(Refusal, match="Scheduled date must be a future working day"):
        perform(SubmitRecord("forward-dated", draft), house.administrator)
    perform(ApproveRecord("forward-dated", key, forward(key).version), checker)
    work_of(house.organisation_id)
    assert forward(key).status == "EXECUTED"


def test_cancel_and_execute_have_one_winner_and_the_other_reads_why(house: House):
    codes(house)
    payer, payee = a_funded_asset(house, 1_000_00), a_funded_asset(house)
    keys = [plan(house, number_of(payer), number_of(payee), 10_00, on=DAY) for _ in range(6)]
    until(house, DAY, work=False)

    def cancel(key: int) -> str:
        try:
            perform(CancelForwardDated(key), house.administrator)
        except Conflict as conflict:
            return conflict.sentence
        return ""

    with ThreadPoolExecutor(6) as pool:
        tries = [pool.submit(execute_one, house.organisation_id, key) for key in keys * 3]
        told = dict(zip(keys, pool.map(cancel, keys), strict=True))
        for one in tries:
            one.result()
    executed = [key for key in keys if forward(key).status == "EXECUTED"]
    for key in keys:
        assert forward(key).status in {"EXECUTED", "CANCELLED"}
        assert (key in executed) == ("can no longer be cancelled" in told[key])
    assert books.asset(payee).balance_minor == 10_00 * len(executed)
    assert books.asset(payer).held_minor == 0
    held = plan(house, number_of(payer), number_of(payee), 10_00, on=DAY + timedelta(days=1))
    until(house, DAY + timedelta(days=1), work=False)
    assert perform(BeginExecution(held), house.system)
    with pytest.raises(Conflict, match="is being executed and can no longer be cancelled"):
        perform(CancelForwardDated(held), house.administrator)
    execute_one(house.organisation_id, held)
    assert forward(held).status == "EXECUTED"


@pytest.mark.parametrize(
    "point", ["work claimed", "forward-dated begun", "forward-dated released", "posting written",
              "work done"],
)  # fmt: skip
def test_a_worker_that_dies_while_it_executes_leaves_it_to_be_executed_once(
    house: House, database_url: str, point: str, monkeypatch: pytest.MonkeyPatch
):
    codes(house)
    payer, payee = a_funded_asset(house, 1_000_00), a_funded_asset(house)
    key = plan(house, number_of(payer), number_of(payee), 400_00, on=DAY)
    until(house, DAY, work=False)
    mine = house.organisation_id
    assert in_a_process_that_dies(point, lambda: work_of(mine), database_url) == 86
    now = door.clock
    monkeypatch.setattr(door, "clock", lambda: now() + timedelta(minutes=10))
    work_of(mine)
    assert forward(key).status == "EXECUTED"
    assert books.asset(payee).balance_minor == 400_00
    assert books.asset(payer).held_minor == 0
    perform(Withdraw(payer, 600_00), house.administrator)
    assert BUSINESS_DATE < DAY
