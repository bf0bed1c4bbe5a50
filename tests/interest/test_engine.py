"""Interest at the close of business: kept, accrued, booked, posted; each once, to the cent."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from app.controls.commands import perform
from app.controls.tenant import Organisation
from app.transactions.commands import Deposit
from app.transactions.kinds import Particulars
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
    assert told["POST_INTEREST"] == "Interest of 1 account posted, 0 waived, 0 left for later"
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
    assert again["ACCRUE_INTEREST"] == "1 day of interest accrued, 1 booking in the ledger"
    assert twice["SNAPSHOT_BALANCES"] == "0 balances kept"
    assert twice["ACCRUE_INTEREST"] == "0 days of interest accrued, 0 bookings in the ledger"
    assert len(books.postings(asset_id)) == 1


def test_what_is_booked_after_the_cut_off_bears_no_interest_for_the_day_that_is_closed(house):
    ledger = books.a_ledger(house)
    books.follow_product(house, books.a_condition(house, ledger))
    asset_id = factories.a_funded_asset(house, 10_000_00)
    forward = Particulars(value_date=date(2026, 11, 24))
    perform(Deposit(asset_id, 1_000_00, forward), house.administrator)
    factories.change(
        house, Organisation, house.organisation_id, business_date=date(2026, 11, 23)
    )  # as the cut-off does, before the balances are kept
    perform(Deposit(asset_id, 5_000_00), house.administrator)
    late = Particulars(value_date=date(2026, 11, 22))
    perform(Deposit(asset_id, 2_000_00, late), house.administrator)
    books.close(house, date(2026, 11, 23), day=date(2026, 11, 20), moves=False)
    kept = books.snapshots(asset_id)
    assert [one.day.day for one in kept] == [20, 21, 22]
    assert {one.ledger_minor for one in kept} == {11_000_00}
    assert {one.value_minor for one in kept} == {10_000_00}
    books.close(house, date(2026, 11, 25))
    kept = books.snapshots(asset_id)
    assert [one.day.day for one in kept] == [20, 21, 22, 23, 24]
    assert [one.ledger_minor for one in kept[3:]] == [18_000_00, 18_000_00]
    assert [one.value_minor for one in kept] == [
        10_000_00, 10_000_00, 12_000_00, 17_000_00, 18_000_00,
    ]  # fmt: skip
