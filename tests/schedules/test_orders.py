"""A standing order: activated with its first payment, the next after each, paused, ended."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.calendars.commands import AmendWorkDayYear, CreateWorkDayYear, EditWorkDayYear
from app.calendars.models import WorkDayYear
from app.calendars.queries import year_in_force
from app.controls.approvals import ApproveRecord, DenyRecord, RejectRecord, SubmitRecord
from app.controls.closing_steps import Closing, closing_steps
from app.controls.commands import perform
from app.controls.retiring import RetireRecord
from app.currencies.commands import EditCurrency
from app.currencies.rates import Rates
from app.db.session import database
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.ledger.accounts import Account
from app.organisation.models import OrganisationCurrency
from app.schedules import scheduling
from app.schedules.execution import CancelForwardDated, GenerateNextPayment, execute_one
from app.schedules.orders import (
    CancelStandingOrder,
    EditStandingOrder,
    PauseStandingOrder,
    ResumeStandingOrder,
)
from app.transactions.commands import Deposit, Withdraw
from tests.factories import BUSINESS_DATE, House, a_funded_asset, a_user, change
from tests.journals.scenes import codes, line, number_of
from tests.ledger import books
from tests.schedules.scenes import (
    FORWARD,
    ORDERS,
    active_holds,
    children,
    forward,
    order,
    plan,
    standing,
    told_of_failures,
    until,
)
from tests.transactions.scenes import browser


@pytest.fixture
def pair(house: House) -> tuple[int, int]:
    """A payer with 1,000.00 and a payee, in shillings."""
    codes(house)
    return a_funded_asset(house, 1_000_00), a_funded_asset(house)


def numbers(pair: tuple[int, int]) -> tuple[str, str]:
    return number_of(pair[0]), number_of(pair[1])


@pytest.mark.checks(
    "E44.02", "E44.05", "E44.16", "E44.26", "E44.29", "E44.30", "E44.34", "E44.52", "E44.60",
    "E43.56", "E43.58",
)  # fmt: skip
def test_approval_makes_the_first_payment_and_each_that_is_executed_the_next(house, pair):
    maker, *_ = a_user(house, "Teller")
    checker, *_ = a_user(house, "Branch Manager")
    key = order(house, *numbers(pair), 100_00, day=5, start=BUSINESS_DATE, actor=maker)
    assert (standing(key).record_status, standing(key).status) == ("PENDING_AUTH_L1", "DRAFT")
    assert not children(key)
    with pytest.raises(Forbidden, match="own work"):
        perform(ApproveRecord("standing-order", key, 1), maker)
    perform(ApproveRecord("standing-order", key, 1), checker)
    one = standing(key)
    assert (one.record_status, one.status) == ("AUTHORIZED", "ACTIVE")
    (child,) = children(key)
    assert (child.kind, child.source_type, child.standing_order_id) == (
        "STANDING_ORDER_INSTANCE", "STANDING_ORDER", key,
    )  # fmt: skip
    assert (child.record_status, child.status) == ("AUTHORIZED", "SCHEDULED")
    # The fifth is a Saturday.
    assert (child.scheduled_on, child.execution_on) == (date(2026, 12, 5), date(2026, 12, 7))
    assert (child.lines, child.total_minor, child.rated_on) == (one.lines, 100_00, one.rated_on)
    assert (one.generated_count, one.last_generated_on) == (1, date(2026, 12, 5))
    assert one.next_scheduled_on == date(2027, 1, 5)
    assert books.asset(pair[0]).held_minor == 100_00
    until(house, date(2026, 12, 7))
    first, second = children(key)
    assert (first.status, second.status) == ("EXECUTED", "SCHEDULED")
    assert second.scheduled_on == second.execution_on == date(2027, 1, 5)
    assert books.asset(pair[0]).held_minor == 100_00
    assert books.asset(pair[1]).balance_minor == 100_00
    assert standing(key).generated_count == 2


def _in_force(house: House) -> int:
    with database.reading() as session:
        year = year_in_force(session, house.organisation_id, 2026)
    assert year is not None
    return year.id


def test_a_year_that_takes_effect_moves_what_waits_for_its_days(house, pair):
    by, monday = house.administrator, date(2026, 12, 7)
    single = plan(house, *numbers(pair), 1_00, on=monday)
    earlier = plan(house, *numbers(pair), 2_00, on=monday, policy="back")
    (monthly,) = children(order(house, *numbers(pair), 3_00, day=7, start=date(2026, 12, 1)))

    def days() -> list[int]:
        return [forward(one).execution_on.day for one in (single, earlier, monthly.id)]

    def rest(year_id: int, *holidays: date) -> None:
        version = books.row(WorkDayYear, year_id).version
        weekends = dict.fromkeys(range(1, 13), (5, 6))
        perform(EditWorkDayYear(year_id, version, weekends, holidays, submit=True), by)

    assert days() == [7, 7, 7]
    year_id = perform(CreateWorkDayYear(2026), by)
    rest(year_id, monday)
    assert days() == [8, 4, 8]
    rest(perform(AmendWorkDayYear(year_id), by), monday, date(2026, 12, 8))
    assert days() == [9, 4, 9]
    until(house, date(2026, 12, 4), work=False)
    rest(perform(AmendWorkDayYear(_in_force(house)), by))
    assert days() == [7, 4, 7], "what is due today was asked for and stays"
    rest(perform(AmendWorkDayYear(_in_force(house)), by), monday, date(2026, 12, 8))
    until(house, date(2026, 12, 8))
    assert [forward(one).status for one in (single, earlier)] == ["SCHEDULED", "EXECUTED"]
    until(house, date(2026, 12, 9))
    assert forward(monthly.id).status == forward(single).status == "EXECUTED"


@pytest.mark.checks("E44.17", "E44.53", "E44.51")
def test_after_the_last_payment_before_its_end_it_is_completed(house, pair):
    end = date(2027, 1, 20)
    key = order(house, *numbers(pair), 100_00, day=10, start=BUSINESS_DATE, end=end)
    endless = order(house, *numbers(pair), 1_00, day=10, start=BUSINESS_DATE)
    until(house, date(2026, 12, 10))
    assert (standing(key).status, standing(key).next_scheduled_on) == ("ACTIVE", None)
    until(house, date(2027, 1, 11))
    assert [child.status for child in children(key)] == ["EXECUTED"] * 2
    assert standing(key).status == "COMPLETED"
    assert standing(endless).status == "ACTIVE"
    for command in (CancelStandingOrder(key), PauseStandingOrder(key), ResumeStandingOrder(key)):
        with pytest.raises(Conflict):
            perform(command, house.administrator)
    with pytest.raises(Refusal, match="No payment falls between"):
        order(house, *numbers(pair), 1_00, day=12, start=date(2027, 1, 13), end=date(2027, 2, 11))


@pytest.mark.parametrize("day", [5, 31])
def test_one_kept_with_a_day_that_has_no_successor_is_not_approved_but_can_be_sent_back(
    app, house, pair, monkeypatch, *, day
):
    maker, *_ = a_user(house, "Teller")
    checker, email, _ = a_user(house, "Branch Manager")
    here = browser(app, email)
    for command in (RejectRecord, DenyRecord):
        with monkeypatch.context() as earlier:
            earlier.setattr(scheduling, "MOST_YEARS", date.max.year)
            key = order(house, *numbers(pair), 1_00, day=day, start=date.max, actor=maker)
        assert here.get(f"{ORDERS}/{key}").status_code == 200
        version = standing(key).version
        with pytest.raises(Refusal, match="Start date can be at most 10 years ahead"):
            perform(ApproveRecord("standing-order", key, version), checker)
        perform(command("standing-order", key, version, "It begins too late"), checker)
        assert not standing(key).is_pending
        assert here.get(f"{ORDERS}/{key}").status_code == 200


@pytest.mark.checks("E44.40", "E44.41", "E44.42", "E44.43", "E44.44", "E44.45", "E44.46")
def test_while_paused_nothing_is_made_and_resuming_makes_exactly_one(house, pair):
    key = order(house, *numbers(pair), 100_00, day=10, start=BUSINESS_DATE)
    perform(PauseStandingOrder(key), house.administrator)
    with pytest.raises(Conflict, match="Only an active"):
        perform(PauseStandingOrder(key), house.administrator)
    until(house, date(2026, 12, 10))
    assert [child.status for child in children(key)] == ["EXECUTED"]
    assert books.asset(pair[0]).held_minor == 0
    until(house, date(2027, 3, 1))
    assert len(children(key)) == 1
    perform(ResumeStandingOrder(key), house.administrator)
    paid, following = children(key)
    assert (following.scheduled_on, following.status) == (date(2027, 3, 10), "SCHEDULED")
    assert following.record_status == "AUTHORIZED"
    one = standing(key)
    assert (one.status, one.generated_count) == ("ACTIVE", 2)
    assert one.next_scheduled_on == date(2027, 4, 10)
    until(house, date(2027, 3, 10))
    assert [child.scheduled_on.month for child in children(key)] == [12, 3, 4]
    # Resumed while one still waits: the one after it, and no third when the first is executed.
    perform(PauseStandingOrder(key), house.administrator)
    perform(ResumeStandingOrder(key), house.administrator)
    assert [child.scheduled_on.month for child in children(key)] == [12, 3, 4, 5]
    until(house, date(2027, 4, 12))
    assert [child.status for child in children(key)][2:] == ["EXECUTED", "SCHEDULED"]
    assert paid.status == "EXECUTED"


@pytest.mark.checks("E44.42", "E44.44")
def test_pausing_and_resuming_many_times_makes_one_payment_ahead(house, pair):
    key = order(house, *numbers(pair), 100_00, day=10, start=BUSINESS_DATE)
    for _ in range(3):
        perform(PauseStandingOrder(key), house.administrator)
        perform(ResumeStandingOrder(key), house.administrator)
    assert [child.scheduled_on.month for child in children(key)] == [12, 1]
    assert books.asset(pair[0]).held_minor == 200_00
    assert standing(key).status == "ACTIVE"
    until(house, date(2026, 12, 10))
    until(house, date(2027, 1, 11))
    assert [child.status for child in children(key)] == ["EXECUTED", "EXECUTED", "SCHEDULED"]


@pytest.mark.checks("E44.42", "E44.52")
def test_an_order_that_is_resumed_without_money_is_active_and_waits_for_it(house, pair):
    alone, beside = (
        order(house, *numbers(pair), minor, day=day, start=date(2026, 12, 1))
        for minor, day in ((300_00, 8), (350_00, 20))
    )
    perform(PauseStandingOrder(alone), house.administrator)
    until(house, date(2026, 12, 8))
    perform(Withdraw(pair[0], 100_00), house.administrator)
    for key, day in ((alone, date(2027, 1, 8)), (beside, date(2027, 1, 20))):
        if key == beside:
            perform(PauseStandingOrder(key), house.administrator)
        assert perform(ResumeStandingOrder(key), house.administrator) is None
        one = standing(key)
        assert (one.status, one.waiting_reason) == ("ACTIVE", "Insufficient available balance")
        assert one.next_scheduled_on == day
    perform(Deposit(pair[0], 900_00), house.administrator)
    until(house, date(2026, 12, 9))
    assert [child.status for child in children(alone)] == ["EXECUTED", "SCHEDULED"]
    assert [child.status for child in children(beside)] == ["SCHEDULED", "SCHEDULED"]
    assert not standing(alone).waiting_reason
    assert not standing(beside).waiting_reason


@pytest.mark.checks("E44.47", "E44.48")
def test_cancelling_ends_its_scheduled_payments_and_frees_their_money(house, pair):
    key = order(house, *numbers(pair), 100_00, day=10, start=BUSINESS_DATE)
    perform(PauseStandingOrder(key), house.administrator)
    perform(ResumeStandingOrder(key), house.administrator)
    assert books.asset(pair[0]).held_minor == 200_00
    assert perform(CancelStandingOrder(key), house.administrator) == 2
    assert standing(key).status == "CANCELLED"
    assert [child.status for child in children(key)] == ["CANCELLED"] * 2
    assert not active_holds(pair[0])
    until(house, date(2027, 1, 11))
    assert books.asset(pair[1]).balance_minor == 0
    assert len(children(key)) == 2


def test_cancelling_one_payment_leaves_the_next_to_come(house, pair):
    key = order(house, *numbers(pair), 100_00, day=10, start=BUSINESS_DATE)
    perform(CancelForwardDated(children(key)[0].id), house.administrator)
    assert [child.status for child in children(key)] == ["CANCELLED", "SCHEDULED"]
    assert standing(key).status == "ACTIVE"
    assert books.asset(pair[0]).held_minor == 100_00


@pytest.mark.checks("E44.18", "E44.36", "E44.54", "E44.27")
def test_a_draft_is_changed_or_deleted_and_its_rates_are_those_of_its_submission(house, pair):
    dollars = a_funded_asset(house, 100_00, "USD")
    sides = (
        line("D", number_of(dollars), 10_00),
        line("C", number_of(pair[1]), 10_00, currency="USD"),
    )
    key = order(house, "", "", 0, day=10, start=date(2026, 12, 1), lines=sides, submit=False)
    draft = standing(key)
    assert (draft.record_status, draft.status, draft.total_minor) == ("CAPTURED", "DRAFT", 1_300_00)
    values = (house.branch_id, 12, date(2026, 12, 1), None, sides)
    perform(EditStandingOrder(key, draft.version, *values), house.administrator)
    assert (standing(key).day_of_month, standing(key).version) == (12, draft.version + 1)
    with database.reading() as session:
        query = session.query(OrganisationCurrency).filter_by(
            organisation_id=house.organisation_id, code="USD"
        )
        currency = query.one()
    until(house, BUSINESS_DATE + timedelta(days=1))
    raised = EditCurrency(
        currency.id, currency.version, Rates.at(Decimal(150)), rate_date=BUSINESS_DATE
    )
    perform(raised, house.administrator)
    perform(SubmitRecord("standing-order", key), house.administrator)
    one = standing(key)
    assert (one.rated_on, one.total_minor) == (BUSINESS_DATE + timedelta(days=1), 1_500_00)
    assert children(key)[0].lines == one.lines
    late = order(house, *numbers(pair), 1_00, day=10, start=date(2026, 12, 1), submit=False)
    until(house, date(2026, 12, 2))
    with pytest.raises(Refusal, match="Start date must not be in the past"):
        perform(SubmitRecord("standing-order", late), house.administrator)
    perform(RetireRecord("standing-order", late), house.administrator)
    assert standing(late).retired_at is not None
    for command in (RetireRecord("standing-order", key), CancelStandingOrder(late)):
        with pytest.raises(Conflict):
            perform(command, house.administrator)


@pytest.mark.checks("E44.26", "E44.27")
def test_rates_that_changed_since_an_order_was_drafted_are_those_of_its_submission(house, pair):
    dollars = a_funded_asset(house, 100_00, "USD")
    typed = {"currency": "USD", "source": "MANUAL", "rate": Decimal("131.5")}
    sides = (
        line("D", number_of(dollars), 10_00),
        line("C", number_of(pair[1]), 10_00, currency="USD"),
    )
    by_hand = (line("D", number_of(pair[0]), 2_00, **typed), line("C", number_of(pair[1]), 263_00))
    first, second = (
        order(house, "", "", 0, day=10, start=date(2026, 12, 1), lines=lines, submit=False)
        for lines in (sides, by_hand)
    )
    assert standing(first).total_minor == 1_300_00
    with database.reading() as session:
        query = session.query(OrganisationCurrency).filter_by(
            organisation_id=house.organisation_id, code="USD"
        )
        currency = query.one()
    raised = EditCurrency(currency.id, currency.version, Rates.at(Decimal(140)))
    perform(raised, house.administrator)
    for key in (first, second):
        perform(SubmitRecord("standing-order", key), house.administrator)
    one, (child,) = standing(first), children(first)
    assert (one.total_minor, child.total_minor, child.lines) == (1_400_00, 1_400_00, one.lines)
    one, (child,) = standing(second), children(second)
    assert (one.total_minor, child.total_minor, child.lines) == (263_00, 263_00, one.lines)
    assert one.lines[0]["typed"]["rate"] == "131.5"


def test_without_money_the_next_payment_waits_and_fails_when_its_day_closes(house, pair):
    key = order(house, *numbers(pair), 600_00, day=10, start=BUSINESS_DATE)
    with pytest.raises(Conflict, match="Insufficient available balance"):
        order(house, *numbers(pair), 600_00, day=10, start=BUSINESS_DATE)
    until(house, date(2026, 12, 10))
    one = standing(key)
    assert (one.status, one.waiting_reason) == ("ACTIVE", "Insufficient available balance")
    assert len(children(key)) == 1
    perform(Deposit(pair[0], 300_00), house.administrator)
    until(house, date(2026, 12, 11))
    assert [child.status for child in children(key)] == ["EXECUTED", "SCHEDULED"]
    assert standing(key).waiting_reason == ""
    until(house, date(2027, 1, 11))
    assert standing(key).waiting_reason
    day = date(2027, 2, 10)
    until(house, day)
    assert len(children(key)) == 2
    close(house, day)
    third = children(key)[2]
    assert (third.status, third.failure_reason) == ("FAILED", "Insufficient available balance")
    title = f"{third.reference} could not be executed"
    told = told_of_failures(house.administrator)
    assert told == [(title, third.failure_reason, f"{FORWARD}/{third.id}")]
    one = standing(key)
    assert (one.status, one.next_scheduled_on) == ("ACTIVE", date(2027, 3, 10))
    perform(Deposit(pair[0], 600_00), house.administrator)
    perform(GenerateNextPayment(key), house.system)
    assert children(key)[3].status == "SCHEDULED"


def close(house: House, day: date) -> list[str]:
    """Run the steps of a close that look after what is due, and return what they say."""
    closing = Closing(house.organisation_id, 1, day, day + timedelta(days=1), lambda _percent: None)
    steps = [one for one in closing_steps() if one.key in {"TRIGGER_DUE_FDT", "WAIT_DUE_FDT"}]
    return [one.run(closing) for one in steps]


@pytest.mark.checks("E43.54")
def test_a_close_executes_what_is_due_before_it_goes_on(house, pair):
    day = date(2026, 12, 10)
    key = plan(house, *numbers(pair), 100_00, on=day)
    until(house, day, work=False)
    assert [one.order for one in closing_steps() if one.key.endswith("DUE_FDT")] == [10, 20]
    said = close(house, day)
    assert said[0] == "Executed 1 of 1 due forward-dated transactions"
    assert forward(key).status == "EXECUTED"
    assert close(house, day)[0] == "1 forward-dated transaction of the day ran before"
    assert books.asset(pair[1]).balance_minor == 100_00


@pytest.mark.checks("E43.54")
def test_a_close_tells_what_ran_when_its_day_was_opened(house, pair):
    day, following = date(2026, 12, 10), date(2026, 12, 11)
    assert close(house, day)[0] == "No forward-dated transaction was due"
    for minor in (100_00, 200_00):
        plan(house, *numbers(pair), minor, on=day)
    lost = plan(house, *numbers(pair), 300_00, on=day)
    change(house, Account, books.asset(pair[1]).account_id, is_active=False)
    until(house, day, work=False)
    execute_one(house.organisation_id, lost)
    change(house, Account, books.asset(pair[1]).account_id, is_active=True)
    until(house, day)
    said = close(house, day)
    assert said[0] == "3 forward-dated transactions of the day ran before, 1 of which failed"
    assert said[1] == "No forward-dated transaction of the day is left"
    until(house, following)
    assert close(house, following)[0] == "No forward-dated transaction was due"


def test_pausing_and_executing_at_once_never_makes_two_payments_of_a_month(house, pair):
    keys = [order(house, *numbers(pair), 10_00, day=10, start=BUSINESS_DATE) for _ in range(4)]
    until(house, date(2026, 12, 10), work=False)

    def pause(key: int) -> None:
        perform(PauseStandingOrder(key), house.administrator)

    with ThreadPoolExecutor(4) as pool:
        first = [children(key)[0].id for key in keys]
        work = [pool.submit(execute_one, house.organisation_id, one) for one in first * 2]
        work += [pool.submit(pause, key) for key in keys]
        for one in work:
            one.result()
    for key in keys:
        made = children(key)
        assert made[0].status == "EXECUTED"
        assert len(made) in {1, 2}
        assert standing(key).status == "PAUSED"
    assert books.asset(pair[1]).balance_minor == 40_00
    perform(Withdraw(pair[0], 1_00), house.administrator)
