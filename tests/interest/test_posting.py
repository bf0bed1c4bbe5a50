"""What differs from account to account: overdrafts, late entries, bounds, waivers, versions."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from sqlalchemy import select

from app.conditions.commands import SupersedeAccountCondition
from app.conditions.linking import LinkConditionProducts
from app.conditions.models import AccountCondition
from app.controls.approvals import SubmitRecord
from app.controls.commands import perform
from app.db.session import database
from app.interest import snapshots
from app.interest.models import BalanceSnapshot
from app.interest.settling import SettleInterest
from app.ledger.models import Asset
from app.transactions.commands import Deposit, Withdraw
from app.transactions.kinds import Particulars
from app.transactions.reversal import ReverseTransaction
from tests import factories
from tests.fees.books import moves
from tests.interest import books

START = factories.BUSINESS_DATE


@pytest.fixture
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


def overdrawn(house, permitted: int, drawn: int) -> int:
    asset_id = factories.a_funded_asset(house)
    factories.change(house, Asset, asset_id, overdraft_minor=permitted)
    perform(Withdraw(asset_id, drawn), house.administrator)
    return asset_id


@pytest.mark.checks("W01.17", "W02.10")
def test_an_overdraft_bears_interest_and_a_penalty_beyond_what_is_permitted(house):
    ledger = books.a_ledger(house)
    condition = books.a_condition(
        house, ledger, books.tier("D", 0, None, "18.25"), penalty_percent=Decimal("7.3"),
        tax_type="EXCISE", tax_percent=Decimal(20), posting_frequency="DAILY",
    )  # fmt: skip
    books.follow_product(house, condition)
    within = overdrawn(house, 5_000_00, 1_000_00)
    beyond = overdrawn(house, 2_000_00, 2_000_00)
    factories.change(house, Asset, beyond, overdraft_minor=2_000_00)
    books.close(house, START + timedelta(days=1))
    (paid,) = books.postings(within)
    assert (paid.side, paid.gross_minor, paid.tax_minor) == ("D", 50, 10)
    assert books.balance(within) == -1_000_60
    assert moves(paid.transaction_id) == [
        ("D", 50, "customer"), ("C", 50, "interest"),
        ("D", 10, "customer"), ("C", 10, "withholding"),
    ]  # fmt: skip
    assert books.postings(beyond) == []
    assert len(books.accruals(beyond)) == 1
    perform(Deposit(beyond, 500_00), house.administrator)
    factories.change(house, Asset, beyond, overdraft_minor=1_600_00)
    told = books.close(house, START + timedelta(days=2))
    assert told["POST_INTEREST"].endswith("posted, 0 waived, 0 left for later")
    late = books.postings(beyond)
    days = [(one.from_day, one.to_day) for one in late]
    assert days == [(day, day) for day in (START, START + timedelta(days=1))]
    borne = [one.accrued_minor for one in late]
    assert borne == [round(Fraction(1825, 365) / 100 * minor / 100) for minor in (200_000, 150_000)]


def test_what_is_booked_late_is_worked_out_again_as_long_as_it_is_not_posted(house):
    ledger = books.a_ledger(house)
    books.follow_product(house, books.a_condition(house, ledger, books.tier("C", 0, None, "3.65")))
    asset_id = factories.a_funded_asset(house, 1_000_00)
    other = factories.a_funded_asset(house, 1_000_00)
    books.close_until(house, START + timedelta(days=3))
    back = Particulars(value_date=START + timedelta(days=1))
    perform(Deposit(asset_id, 500_00, back), house.administrator)
    ahead = Particulars(value_date=START + timedelta(days=4))
    perform(Deposit(other, 500_00, ahead), house.administrator)
    told = books.close(house, START + timedelta(days=5))
    assert told["SNAPSHOT_BALANCES"] == "4 balances kept, 1 account restated for late entries"
    worth = [one.balance_minor for one in books.accruals(asset_id)]
    assert worth == [1_000_00, *[1_500_00] * 4]
    assert [one.balance_minor for one in books.accruals(other)] == [*[1_000_00] * 4, 1_500_00]
    with database.reading() as session:
        query = select(BalanceSnapshot.ledger_minor).where(
            BalanceSnapshot.asset_id == asset_id, BalanceSnapshot.day == START
        )
        assert session.scalars(query).one() == 1_000_00
    assert books.product_minor(house, ledger.liability) == 10 + 15 * 4 + 10 * 4 + 15


def test_money_that_came_late_to_a_new_account_earns_from_its_value_date_on(house):
    ledger = books.a_ledger(house)
    books.follow_product(house, books.a_condition(house, ledger, books.tier("C", 0, None, "3.65")))
    factories.a_funded_asset(house, 1_00)
    empty, fresh = (
        factories.first_asset(factories.an_account(house, factories.a_client(house)))
        for _ in range(2)
    )
    books.close_until(house, START + timedelta(days=3))
    perform(Deposit(fresh, 1_000_00), house.administrator)
    back = Particulars(value_date=START + timedelta(days=1))
    perform(Deposit(empty, 1_000_00, back), house.administrator)
    told = books.close(house, START + timedelta(days=4))
    assert told["SNAPSHOT_BALANCES"] == "3 balances kept, 1 account restated for late entries"
    perform(Deposit(fresh, 500_00, back), house.administrator)
    books.close(house, START + timedelta(days=5))
    days = [START + timedelta(days=number) for number in range(1, 5)]
    assert [(one.day, one.balance_minor) for one in books.accruals(empty)] == [
        (day, 1_000_00) for day in days
    ]
    assert [(one.day, one.balance_minor) for one in books.accruals(fresh)] == [
        *((day, 500_00) for day in days[:2]), *((day, 1_500_00) for day in days[2:]),
    ]  # fmt: skip
    kept = [(one.ledger_minor, one.sequence) for one in books.snapshots(empty)]
    assert kept == [(0, 0), (0, 0), (1_000_00, 1), (1_000_00, 1)]


def test_what_is_reversed_earns_nothing_on_days_that_are_not_posted(house):
    ledger = books.a_ledger(house)
    books.follow_product(house, books.a_condition(house, ledger, books.tier("C", 0, None, "3.65")))
    asset_id = factories.a_funded_asset(house, 1_000_00)
    books.close(house, START + timedelta(days=1))
    wrong = perform(Deposit(asset_id, 500_00, Particulars(value_date=START)), house.administrator)
    books.close(house, START + timedelta(days=2))
    assert [one.balance_minor for one in books.accruals(asset_id)] == [1_500_00] * 2
    reversal = perform(ReverseTransaction(wrong, "Booked on another"), house.administrator)
    perform(SubmitRecord("transaction", reversal), house.administrator)
    books.close(house, START + timedelta(days=3))
    assert [one.balance_minor for one in books.accruals(asset_id)] == [1_000_00] * 3
    assert books.product_minor(house, ledger.liability) == 3 * 10


def test_more_late_accounts_than_a_statement_takes_are_worked_out_again_alike(house, monkeypatch):
    monkeypatch.setattr(snapshots, "ASSETS_AT_ONCE", 2)
    ledger = books.a_ledger(house)
    books.follow_product(house, books.a_condition(house, ledger, books.tier("C", 0, None, "3.65")))
    asset_ids = [factories.a_funded_asset(house, 1_000_00) for _ in range(5)]
    books.close_until(house, START + timedelta(days=2))
    back = Particulars(value_date=START + timedelta(days=1))
    for asset_id in asset_ids:
        perform(Deposit(asset_id, 500_00, back), house.administrator)
    told = books.close(house, START + timedelta(days=3))
    assert "5 accounts restated" in told["SNAPSHOT_BALANCES"]
    for asset_id in asset_ids:
        worth = [one.balance_minor for one in books.accruals(asset_id)]
        assert worth == [1_000_00, 1_500_00, 1_500_00]


def test_too_little_is_waived_and_bounds_hold(house):
    ledger = books.a_ledger(house)
    waiving = books.a_condition(
        house, ledger, books.tier("C", 0, None, "3.65"), posting_frequency="DAILY",
        de_minimis_minor=11, credit_min_minor=20, credit_max_minor=30,
    )  # fmt: skip
    books.follow_product(house, waiving)
    little, some, much = (
        factories.a_funded_asset(house, amount) for amount in (1_000_00, 1_500_00, 9_000_00)
    )
    told = books.close(house, START + timedelta(days=1))
    assert told["POST_INTEREST"] == "Interest of 2 accounts posted, 1 waived, 0 left for later"
    posted = [books.postings(one)[0] for one in (little, some, much)]
    assert [(one.accrued_minor, one.gross_minor) for one in posted] == [(10, 0), (15, 20), (90, 30)]
    assert books.balance(little) == 1_000_00
    books.close(house, START + timedelta(days=2))
    expense = -books.product_minor(house, ledger.expense)
    liability = books.product_minor(house, ledger.liability)
    given = sum(one.gross_minor for key in (some, much) for one in books.postings(key))
    assert (expense - liability, liability) == (given, given - 2 * 50 + liability)


@pytest.mark.checks("E32.16", "E32.31")
@pytest.mark.parametrize(
    ("bounds", "posted"),
    [({"credit_min_minor": 100_00}, 100_00), ({"credit_max_minor": 7_00}, 7_00),
     ({"de_minimis_minor": 6_00}, 11_00), ({"de_minimis_minor": 12_00}, 0)],
)  # fmt: skip
def test_bounds_hold_for_the_period_whose_versions_change(house, bounds, posted):
    ledger = books.a_ledger(house)
    first = books.a_condition(house, ledger, books.tier("C", 0, None, "36.5"), **bounds)
    books.follow_product(house, first)
    asset_id = factories.a_funded_asset(house, 1_000_00)
    new = perform(SupersedeAccountCondition(first, START + timedelta(days=5)), house.administrator)
    perform(SubmitRecord("account-condition", new), house.administrator)
    books.close_until(house, date(2026, 12, 2))
    found = books.postings(asset_id)
    assert [one.condition_id for one in found] == [first, new]
    assert sum(one.gross_minor for one in found) == posted
    assert books.balance(asset_id) == 1_000_00 + posted


def test_what_cannot_be_paid_of_a_period_keeps_the_rest_of_it_waiting(house):
    ledger = books.a_ledger(house)
    first = books.a_condition(
        house, ledger, books.tier("D", 0, None, "36.5"), debit_min_minor=50_00
    )
    books.follow_product(house, first)
    asset_id = overdrawn(house, 1_020_00, 1_000_00)
    new = perform(SupersedeAccountCondition(first, START + timedelta(days=5)), house.administrator)
    perform(SubmitRecord("account-condition", new), house.administrator)
    told = books.close_until(house, date(2026, 12, 1))
    assert told["POST_INTEREST"].endswith(
        "0 waived, 2 left for later: 2 periods of 1 account for want of money"
    )
    perform(Deposit(asset_id, 500_00), house.administrator)
    books.close(house, date(2026, 12, 2))
    assert [one.gross_minor for one in books.postings(asset_id)] == [50_00, 0]
    assert books.balance(asset_id) == -550_00


def test_a_later_version_begins_on_its_day_and_a_late_approval_stops_nothing(house):
    ledger = books.a_ledger(house)
    first = books.a_condition(house, ledger, books.tier("C", 0, None, "3.65"))
    books.follow_product(house, first)
    asset_id = factories.a_funded_asset(house, 1_000_00)
    new = perform(SupersedeAccountCondition(first, START + timedelta(days=1)), house.administrator)
    factories.change(house, AccountCondition, new,
                     tiers=[{"side": "C", "low_minor": 0, "high_minor": None,
                             "rate_percent": "7.3"}])  # fmt: skip
    books.close_until(house, START + timedelta(days=2))
    perform(SubmitRecord("account-condition", new), house.administrator)
    # What comes late for a day is borne as the day was for everybody else.
    texts = Particulars(value_date=START + timedelta(days=1))
    perform(Deposit(asset_id, 1_000_00, texts), house.administrator)
    books.close_until(house, START + timedelta(days=4))
    borne = [(one.condition_id, one.whole_minor) for one in books.accruals(asset_id)]
    assert borne == [(first, 36_50), (first, 73_00), (new, 146_00), (new, 146_00)]


@pytest.mark.parametrize("is_approved_before", [True, False])
def test_rules_that_came_after_a_day_was_closed_bear_nothing_on_it(house, is_approved_before):
    ledger = books.a_ledger(house)
    late, other = (factories.a_funded_asset(house, 1_000_00) for _ in range(2))
    if is_approved_before:
        condition = books.a_condition(house, ledger)
    books.close_until(house, START + timedelta(days=3))
    if not is_approved_before:
        condition = books.a_condition(house, ledger)
    books.follow_product(house, condition)
    perform(Deposit(late, 1, Particulars(value_date=START)), house.administrator)
    books.close(house, START + timedelta(days=4))
    for asset_id in (late, other):
        assert [one.day for one in books.accruals(asset_id)] == [START + timedelta(days=3)]


def test_a_period_that_was_posted_stays_for_accounts_that_held_nothing_as_well(house):
    ledger = books.a_ledger(house)
    books.follow_product(house, books.a_condition(house, ledger))
    held, emptied = (factories.a_funded_asset(house, 1_000_00) for _ in range(2))
    perform(Withdraw(emptied, 1_000_00), house.administrator)
    fresh = factories.first_asset(factories.an_account(house, factories.a_client(house)))
    books.close_until(house, date(2026, 12, 3))
    for asset_id in (held, emptied, fresh):
        back = Particulars(value_date=START + timedelta(days=1))
        perform(Deposit(asset_id, 1_000_00, back), house.administrator)
    books.close(house, date(2026, 12, 4))
    open_days = [date(2026, 12, number) for number in (1, 2, 3)]
    for asset_id in (emptied, fresh):
        assert [one.day for one in books.accruals(asset_id)] == open_days
        assert books.postings(asset_id) == []
    (posted,) = books.postings(held)
    assert {one.balance_minor for one in books.accruals(held) if one.posting_id} == {1_000_00}
    assert posted.to_day == date(2026, 11, 30)


def test_a_period_whose_posting_was_left_out_is_open_for_all_accounts_alike(house):
    books.follow_product(house, books.a_condition(house, books.a_ledger(house)))
    accounts = [factories.an_account(house, factories.a_client(house)) for _ in range(4)]
    held, ended, fresh, other = map(factories.first_asset, accounts)
    for asset_id in (held, ended):
        perform(Deposit(asset_id, 1_000_00), house.administrator)
    books.close_until(house, START + timedelta(days=2))
    # An account that is to be closed posts alone: the period is over for no other.
    perform(SettleInterest(accounts[1]), house.administrator)
    books.close_until(house, date(2026, 11, 30))
    left_out = tuple(key for key in books.OF_INTEREST if key != "POST_INTEREST")
    books.close(house, date(2026, 12, 1), keys=left_out)
    for asset_id in (held, fresh):
        back = Particulars(value_date=date(2026, 11, 29))
        perform(Deposit(asset_id, 1_000_00, back), house.administrator)
    books.close(house, date(2026, 12, 2))
    late = [date(2026, 11, 29), date(2026, 11, 30), date(2026, 12, 1)]
    assert [one.day for one in books.accruals(fresh)] == late
    assert [one.balance_minor for one in books.accruals(held)][-3:] == [2_000_00] * 3
    for asset_id in (held, fresh):
        (posted,) = books.postings(asset_id)
        assert posted.to_day == date(2026, 11, 30)
    perform(Deposit(other, 1_000_00, back), house.administrator)
    books.close(house, date(2026, 12, 3))
    assert [one.day for one in books.accruals(other)] == [date(2026, 12, 1), date(2026, 12, 2)]


def test_what_could_not_be_posted_is_worked_out_again_after_its_period(house):
    ledger = books.a_ledger(house)
    rate = books.tier("D", 0, None, "36.5")
    books.follow_product(house, books.a_condition(house, ledger, rate))
    asset_id = overdrawn(house, 1_000_00, 1_000_00)
    books.close_until(house, date(2026, 12, 2))
    assert books.postings(asset_id) == []
    back = Particulars(value_date=date(2026, 11, 30))
    perform(Deposit(asset_id, 500_00, back), house.administrator)
    books.close(house, date(2026, 12, 3))
    (posted,) = books.postings(asset_id)
    assert (posted.to_day, posted.gross_minor) == (date(2026, 11, 30), 10 * 1_00 + 50)


def test_a_product_that_is_unlinked_keeps_what_its_accounts_accrued(house):
    condition = books.a_condition(house, books.a_ledger(house))
    books.follow_product(house, condition)
    late, other = (factories.a_funded_asset(house, 1_000_00) for _ in range(2))
    books.close_until(house, START + timedelta(days=3))
    perform(LinkConditionProducts(condition, ()), house.administrator)
    perform(Deposit(late, 1_00, Particulars(value_date=START)), house.administrator)
    books.close(house, START + timedelta(days=4))
    assert [one.balance_minor for one in books.accruals(late)] == [1_001_00] * 3
    assert [one.balance_minor for one in books.accruals(other)] == [1_000_00] * 3


def test_interest_that_is_capitalised_later_bears_none_until_then(house):
    ledger = books.a_ledger(house)
    condition = books.a_condition(
        house, ledger, books.tier("C", 0, None, "36.5"), posting_frequency="DAILY",
        capitalisation_frequency="WEEKLY",
    )  # fmt: skip
    books.follow_product(house, condition)
    asset_id = factories.a_funded_asset(house, 1_000_00)
    # From Friday on; the week ends on Sunday the 22nd.
    books.close_until(house, START + timedelta(days=5))
    worth = [one.balance_minor for one in books.accruals(asset_id)]
    assert worth == [1_000_00, 1_000_00, 1_000_00, 1_003_00, 1_003_00]


def test_posted_interest_is_left_out_of_no_day_before_it_is_in_the_balance(house):
    ledger = books.a_ledger(house)
    rate = books.tier("C", 0, None, "36.5")
    books.follow_product(
        house, books.a_condition(house, ledger, rate, capitalisation_frequency="QUARTERLY")
    )
    asset_id = factories.a_funded_asset(house, 1_000_00)
    books.close_until(house, date(2026, 11, 30))
    books.close(house, date(2026, 12, 3))  # the interest is worth from then on
    for command in (Deposit, Withdraw):
        back = Particulars(value_date=date(2026, 12, 1))
        perform(command(asset_id, 1_00, back), house.administrator)
    books.close(house, date(2026, 12, 5))
    assert books.balance(asset_id) == 1_011_00
    assert {one.balance_minor for one in books.accruals(asset_id)} == {1_000_00}


@pytest.mark.checks("W01.16")
def test_screens_tell_what_is_accrued_and_what_was_posted(app, house):
    ledger = books.a_ledger(house)
    condition = books.a_condition(house, ledger, books.tier("C", 0, None, "3.65"), code="SAV-1")
    books.follow_product(house, condition)
    client_id = factories.a_client(house)
    account_id = factories.an_account(house, client_id)
    asset_id = factories.first_asset(account_id)
    perform(Deposit(asset_id, 1_000_00), house.administrator)
    books.close_until(house, date(2026, 12, 3))
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    page = browser.get(f"/admin/accounts/{account_id}").get_data(as_text=True)
    for shown in ("SAV-1", "Accrued interest to date", "0.20", "2026-11-20 to 2026-11-30", "1.10"):
        assert shown in page, shown
    listed = browser.get(f"/admin/interest-postings?account={account_id}").get_data(as_text=True)
    assert "2026-11-30" in listed
    assert "1.10" in listed
    _, email, _ = factories.a_user(house, kind="client", client_id=client_id)
    own = app.test_client()
    factories.signed_in(own, email)
    for path in ("/portal", f"/portal/assets/{asset_id}"):
        assert "Interest earned so far" in own.get(path).get_data(as_text=True)
