"""Interest of an account that is closed or kept from the close, and of a facility that ended."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal

import pytest

from app.accounts.ending.commands import CloseAccount
from app.accounts.statuses import SetAccountStatus
from app.controls.commands import perform
from app.credit.facility import AUTOMATIC
from app.db.session import database
from app.interest import posting
from app.interest.due import Due
from app.interest.settling import SettleInterest
from app.kernel.errors import Conflict
from app.ledger.models import Asset
from app.transactions.commands import Deposit, Withdraw
from app.transactions.reversal import ReverseTransaction
from tests import factories
from tests.facilities.scenes import a_borrower, a_class, a_facility, a_link
from tests.interest import books
from tests.pages import send
from tests.treasury.scenes import broken

START = factories.BUSINESS_DATE


@pytest.fixture
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def condition_id(house) -> int:
    made = books.a_condition(house, books.a_ledger(house), books.tier("C", 0, None, "36.5"))
    books.follow_product(house, made)
    return made


def account_of(asset_id: int) -> int:
    with database.reading() as session:
        return session.get_one(Asset, asset_id).account_id


@pytest.mark.usefixtures("condition_id")
def test_an_account_is_closed_when_its_accrued_interest_was_posted_and_paid_out(app, house):
    asset_id = factories.a_funded_asset(house, 1_000_00)
    books.close(house, START + timedelta(days=3))
    perform(Withdraw(asset_id, 1_000_00), house.administrator)
    account_id = account_of(asset_id)
    closing = CloseAccount(account_id, "moved abroad")
    with pytest.raises(Conflict, match=r"interest of 3\.00 KES is accrued and not posted"):
        perform(closing, house.administrator)
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    path = f"/admin/accounts/{account_id}"
    assert "Post accrued interest" in browser.get(path).get_data(as_text=True)
    page = browser.get(f"{path}/settle-interest").get_data(as_text=True)
    assert "Accrued interest to date" in page
    assert ">3.00" in page
    assert send(browser, f"{path}/settle-interest").status_code == 303
    assert books.balance(asset_id) == 3_00
    (posted,) = books.postings(asset_id)
    assert (posted.from_day, posted.to_day) == (START, START + timedelta(days=2))
    assert send(browser, f"{path}/settle-interest").status_code == 409
    perform(Withdraw(asset_id, 3_00), house.administrator)
    perform(closing, house.administrator)
    # What is booked afterwards puts the ledger right: nothing of it is owed any more.
    books.close_until(house, START.replace(month=12, day=2))
    assert len(books.postings(asset_id)) == 1


@pytest.mark.usefixtures("condition_id")
def test_a_close_that_posts_while_interest_is_settled_finds_it_posted(house, monkeypatch):
    """Whoever comes second waits for the first (on SQLite one writes at a time)."""
    asset_id = factories.a_funded_asset(house, 1_000_00)
    last, opened = START.replace(day=30), START.replace(month=12, day=2)
    books.close_until(house, last)
    books.close(house, opened, keys=("SNAPSHOT_BALANCES", "ACCRUE_INTEREST"))
    told: list[str] = []

    def close() -> None:
        step = books.close(house, opened, keys=("POST_INTEREST",), moves=False, day=last)
        told.append(step["POST_INTEREST"])

    real, main, thread = (
        posting.read_due,
        threading.current_thread(),
        threading.Thread(target=close),
    )

    def read_slowly(*args: object, **more: object) -> list[Due]:
        due = real(*args, **more)
        if database.is_postgresql and threading.current_thread() is main:
            thread.start()
            thread.join(timeout=1)
        return due

    monkeypatch.setattr(posting, "read_due", read_slowly)
    perform(SettleInterest(account_of(asset_id)), house.administrator)
    if not database.is_postgresql:
        thread.start()
    thread.join(timeout=30)
    assert told == ["Interest of 0 accounts posted, 0 waived, 0 left for later"]
    assert [one.gross_minor for one in books.postings(asset_id)] == [11_00, 1_00]
    assert books.balance(asset_id) == 1_012_00


@pytest.mark.checks("E32.16", "E32.31")
@pytest.mark.parametrize(
    ("bounds", "posted"),
    [
        ({"credit_min_minor": 100_00}, [100_00, 0, 0, 0]),
        ({"credit_max_minor": 1_50}, [1_00, 50, 0, 0]),
        ({"de_minimis_minor": 2_00}, [0, 2_00, 1_00, 8_00]),
        ({"de_minimis_minor": 20_00}, [0, 0, 0, 0]),
    ],
)
def test_bounds_hold_for_the_period_however_often_its_interest_is_settled(house, bounds, posted):
    rate = books.tier("C", 0, None, "36.5")
    condition = books.a_condition(
        house, books.a_ledger(house), rate, capitalisation_frequency="ANNUALLY", **bounds
    )
    books.follow_product(house, condition)
    asset_id = factories.a_funded_asset(house, 1_000_00)
    for number in range(1, 4):
        books.close(house, START + timedelta(days=number))
        perform(SettleInterest(account_of(asset_id)), house.administrator)
    books.close_until(house, START.replace(month=12, day=2))
    found = books.postings(asset_id)
    assert [one.gross_minor for one in found] == posted
    assert [one.accrued_minor for one in found] == [1_00, 1_00, 1_00, 8_00]
    assert books.balance(asset_id) == 1_000_00 + sum(posted)


@pytest.mark.checks("E32.16", "E32.31")
@pytest.mark.parametrize(
    ("bounds", "posted"),
    [
        ({"credit_min_minor": 100_00}, [100_00, 0]),
        ({"credit_max_minor": 1_50}, [1_00, 50]),
        ({"de_minimis_minor": 2_00}, [0, 11_00]),
    ],
)
def test_bounds_hold_for_a_period_that_began_before_postings_told_theirs(
    house, database_url, bounds, posted
):
    rate = books.tier("C", 0, None, "36.5")
    condition = books.a_condition(
        house, books.a_ledger(house), rate, capitalisation_frequency="ANNUALLY", **bounds
    )
    books.follow_product(house, condition)
    asset_id = factories.a_funded_asset(house, 1_000_00)
    books.close(house, START + timedelta(days=1))
    perform(SettleInterest(account_of(asset_id)), house.administrator)
    books.forget_periods(asset_id)
    books.close_until(house, START.replace(month=12, day=2))
    assert [one.gross_minor for one in books.postings(asset_id)] == posted
    assert books.balance(asset_id) == 1_000_00 + sum(posted)
    # Of the next period nothing was posted before.
    perform(SettleInterest(account_of(asset_id)), house.administrator)
    assert books.postings(asset_id)[-1].accrued_minor == 1_00
    assert broken(database_url, house) == []


@pytest.mark.usefixtures("condition_id")
def test_posted_interest_is_not_reversed(app, house):
    asset_id = factories.a_funded_asset(house, 1_000_00)
    books.close_until(house, START.replace(month=12, day=1))
    (posted,) = books.postings(asset_id)
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    path = f"/admin/transactions/{posted.transaction_id}"
    assert f"{path}/reverse" not in browser.get(path).get_data(as_text=True)
    answer = browser.get(f"{path}/reverse")
    assert answer.status_code == 409
    assert "Interest is not reversed" in answer.get_data(as_text=True)
    reversing = ReverseTransaction(posted.transaction_id, "typed by mistake")
    with pytest.raises(Conflict, match="Interest is not reversed"):
        perform(reversing, house.administrator)


@pytest.mark.checks("E21.04")
def test_an_account_kept_from_the_close_neither_accrues_nor_is_posted_to(house, condition_id):
    assert condition_id
    kept_out = books.an_account_status(house, allow_cob=False)
    asset_id = factories.a_funded_asset(house, 1_000_00)
    books.close(house, START + timedelta(days=1))
    perform(SetAccountStatus(account_of(asset_id), kept_out), house.administrator)
    told = books.close_until(house, START.replace(month=12, day=1))
    assert [one.day for one in books.accruals(asset_id)] == [START]
    left = "1 left for later: 1 period of 1 account because a status forbids it"
    assert told["POST_INTEREST"] == f"Interest of 0 accounts posted, 0 waived, {left}"
    perform(SetAccountStatus(account_of(asset_id), None), house.administrator)
    books.close(house, START.replace(month=12, day=2))
    (posted,) = books.postings(asset_id)
    assert posted.gross_minor == 1_00


@pytest.mark.checks("W01.17")
def test_what_is_drawn_on_a_facility_that_ended_bears_the_penalty_until_it_is_repaid(house):
    condition = books.a_condition(
        house, books.a_ledger(house), books.tier("D", 0, None, "36.5"), penalty_percent=Decimal(73)
    )
    books.follow_product(house, condition)
    client_id, account_id, asset_id = a_borrower(house)
    last = START + timedelta(days=1)
    facility_id = a_facility(
        house, client_id, a_class(house), expires_on=last, expiry_mode=AUTOMATIC
    )
    a_link(house, facility_id, account_id, 800_00)
    perform(Withdraw(asset_id, 100_00), house.administrator)
    steps = (*books.OF_INTEREST, "EXPIRE_FACILITIES")
    for number in (1, 3, 4):
        books.close(house, START + timedelta(days=number), keys=steps)
    # A thousandth of 100.00 is a day's interest; the penalty is twice that.
    assert [one.whole_minor // 365 for one in books.accruals(asset_id)] == [10, 10, 30, 30]
    perform(Deposit(asset_id, 40_00), house.administrator)
    books.close(house, START + timedelta(days=5), keys=steps)
    assert books.accruals(asset_id)[-1].whole_minor // 365 == 18


@pytest.mark.checks("E21.02", "E21.03", "E21.04", "W02.11")
def test_tax_that_is_withheld_is_no_debit_of_a_frozen_account(house, database_url):
    ledger = books.a_ledger(house)
    taxed = {"tax_type": "WITHHOLDING", "tax_percent": Decimal(15)}
    books.follow_product(
        house, books.a_condition(house, ledger, books.tier("C", 0, None, "36.5"), **taxed)
    )
    asset_id = factories.a_funded_asset(house, 1_000_00)
    frozen = books.an_account_status(house, allow_debit=False)
    perform(SetAccountStatus(account_of(asset_id), frozen), house.administrator)
    told = books.close_until(house, START.replace(month=12, day=1))
    assert told["POST_INTEREST"] == "Interest of 1 account posted, 0 waived, 0 left for later"
    (posted,) = books.postings(asset_id)
    assert (posted.gross_minor, posted.tax_minor) == (11_00, 1_65)
    assert books.balance(asset_id) == 1_000_00 + 11_00 - 1_65
    assert books.product_minor(house, ledger.tax) == 1_65
    with pytest.raises(Conflict, match="no money can be taken out"):
        perform(Withdraw(asset_id, 1_00), house.administrator)
    assert broken(database_url, house) == []


@pytest.mark.checks("E21.03", "W02.11")
@pytest.mark.usefixtures("condition_id")
def test_the_page_of_an_account_says_why_its_interest_is_not_posted(app, house):
    asset_id = factories.a_funded_asset(house, 1_000_00)
    account_id = account_of(asset_id)
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)

    def page() -> str:
        return browser.get(f"/admin/accounts/{account_id}").get_data(as_text=True)

    books.close_until(house, START.replace(month=11, day=30))
    assert "waits:" not in page()
    shut = books.an_account_status(house, "Shut", allow_credit=False)
    perform(SetAccountStatus(account_id, shut), house.administrator)
    told = books.close(house, START.replace(month=12, day=1))
    because = "1 period of 1 account because a status forbids it"
    assert told["POST_INTEREST"].endswith(f"1 left for later: {because}")
    assert "has the status Shut: no money can be put in" in page()
    assert "11.00 KES waits: Account" in page()
    perform(SetAccountStatus(account_id, None), house.administrator)
    assert "11.00 KES waits: for the close of business" in page()
    books.close(house, START.replace(month=12, day=2))
    assert "waits:" not in page()
