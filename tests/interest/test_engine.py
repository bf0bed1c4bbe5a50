"""Interest at the close of business: kept, accrued, booked, posted; each once, to the cent."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from app.controls.commands import perform
from app.transactions.commands import Deposit
from tests import factories
from tests.fees.books import moves
from tests.interest import books


@pytest.fixture
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


@pytest.mark.checks("W01.16", "W02.08", "W02.09", "W02.11", "E32.09")
def test_a_month_of_daily_balances_is_posted_at_its_end(house):
    ledger = books.a_ledger(house)
    condition = books.a_condition(
        house, ledger, tax_type="WITHHOLDING", tax_percent=factories.Decimal(15)
    )
    books.follow_product(house, condition)
    asset_id = factories.a_funded_asset(house, 10_000_00)
    books.close(house, date(2026, 11, 23))
    assert [one.day.day for one in books.accruals(asset_id)] == [20, 21, 22]
    perform(Deposit(asset_id, 5_000_00), house.administrator)
    told = books.close_until(house, date(2026, 12, 1))
    assert told["POST_INTEREST"] == "Interest of 1 accounts posted, 0 waived, 0 left for later"
    exact = Fraction(12, 100 * 365) * (10_000_00 * 3 + 15_000_00 * 8)
    (posting,) = books.postings(asset_id)
    assert posting.accrued_minor == posting.gross_minor == round(exact) == 49_32
    assert posting.tax_minor == 7_40
    assert (posting.from_day, posting.to_day) == (date(2026, 11, 20), date(2026, 11, 30))
    assert books.balance(asset_id) == 15_000_00 + 49_32 - 7_40
    assert moves(posting.transaction_id) == [
        ("D", 49_32, "interest"), ("C", 49_32, "customer"),
        ("D", 7_40, "customer"), ("C", 7_40, "withholding"),
    ]  # fmt: skip
    assert books.product_minor(house, ledger.liability) == 0
    assert books.product_minor(house, ledger.expense) == -49_32
    again = books.close(house, date(2026, 12, 2), moves=False)
    twice = books.close(house, date(2026, 12, 2))
    assert again["ACCRUE_INTEREST"] == "1 days of interest accrued, 1 bookings in the ledger"
    assert twice["SNAPSHOT_BALANCES"] == "0 balances kept"
    assert twice["ACCRUE_INTEREST"] == "0 days of interest accrued, 0 bookings in the ledger"
    assert len(books.postings(asset_id)) == 1
