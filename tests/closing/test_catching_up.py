"""What a close left out is done by the next one that does not: once, whole, and as if in time."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.controls.commands import perform
from app.db.session import database
from app.deliveries.commands import ConfigureStatement
from app.deliveries.models import StatementDelivery
from app.transactions.commands import Deposit
from app.transactions.kinds import Particulars
from tests import factories
from tests.closing import scenes
from tests.interest import books as interest
from tests.ledger import books

FRIDAY, MONDAY = date(2026, 11, 27), date(2026, 11, 30)
DECEMBER = [date(2026, 12, number) for number in (1, 2)]


@pytest.fixture
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",), business_date=FRIDAY)


def close(house: factories.House, day: date, *left_out: str) -> dict[str, str]:
    """Close a day by a configuration of its own; returns what its steps say."""
    scenes.configured(house, left_out=left_out)
    with scenes.at(datetime(day.year, day.month, day.day, 20, tzinfo=UTC)):
        assert scenes.close(house, day).state == "completed"
    return {key: step.sentence for key, step in scenes.taken(house, day).items()}


def a_monthly_ledger(house: factories.House, **terms: object) -> interest.Ledger:
    """Let the house's product bear 12 % a year, booked and posted once a month."""
    ledger = interest.a_ledger(house)
    often = {"accrual_frequency": "MONTHLY", "posting_frequency": "MONTHLY"}
    interest.follow_product(house, interest.a_condition(house, ledger, **(often | terms)))
    return ledger


@pytest.mark.parametrize("also", [(), ("POST_INTEREST",)])
def test_a_month_whose_end_was_not_accrued_is_booked_and_posted_once_by_the_next_close(house, also):
    ledger = a_monthly_ledger(house, tax_type="WITHHOLDING", tax_percent=factories.Decimal(15))
    asset_id = factories.a_funded_asset(house, 100_000_00)
    close(house, FRIDAY)
    close(house, MONDAY, "ACCRUE_INTEREST", *also)
    assert interest.postings(asset_id) == []
    assert interest.product_minor(house, ledger.liability) == 0
    for day in DECEMBER:
        close(house, day)
    (posted,) = interest.postings(asset_id)
    assert (posted.from_day, posted.to_day) == (FRIDAY, MONDAY)
    assert (posted.gross_minor, posted.tax_minor) == (131_51, 19_73)
    assert books.asset(asset_id).balance_minor == 100_000_00 + 131_51 - 19_73
    # What is booked beyond the month is the first of December, which was accrued with it.
    assert interest.product_minor(house, ledger.liability) == 32_87
    assert interest.product_minor(house, ledger.expense) == -131_51 - 32_87


def test_a_posting_left_out_alone_takes_what_was_booked(house):
    ledger = a_monthly_ledger(house)
    asset_id = factories.a_funded_asset(house, 100_000_00)
    close(house, FRIDAY)
    close(house, MONDAY, "POST_INTEREST")
    assert interest.product_minor(house, ledger.liability) == 131_51
    close(house, DECEMBER[0])
    (posted,) = interest.postings(asset_id)
    assert (posted.from_day, posted.to_day, posted.gross_minor) == (FRIDAY, MONDAY, 131_51)
    assert interest.product_minor(house, ledger.liability) == 0
    assert interest.product_minor(house, ledger.expense) == -131_51


def test_what_a_month_waives_is_not_judged_by_the_days_that_were_accrued_in_time(house):
    a_monthly_ledger(house, de_minimis_minor=100_00)
    asset_id = factories.a_funded_asset(house, 100_000_00)
    close(house, FRIDAY)
    close(house, MONDAY, "ACCRUE_INTEREST")
    close(house, DECEMBER[0])
    (posted,) = interest.postings(asset_id)
    assert (posted.gross_minor, posted.is_waived) == (131_51, False)


def test_what_came_late_on_a_day_that_was_left_out_is_accrued_again_by_the_next(house):
    ledger = interest.a_ledger(house)
    interest.follow_product(house, interest.a_condition(house, ledger))
    asset_id = factories.a_funded_asset(house, 1_000_00)
    close(house, FRIDAY)
    late = Particulars(value_date=date(2026, 11, 28))
    perform(Deposit(asset_id, 500_00, late), house.administrator)
    told = close(house, MONDAY, "ACCRUE_INTEREST")
    assert told["SNAPSHOT_BALANCES"].endswith("1 account restated for late entries")
    close(house, DECEMBER[0])
    worth = [one.balance_minor for one in interest.accruals(asset_id)]
    assert worth == [1_000_00, *[1_500_00] * 4]


def test_a_month_that_ended_while_statements_were_left_out_is_stated_by_the_next_close(house):
    asset_id = factories.a_funded_asset(house, 1_000_00)
    account_id = books.asset(asset_id).account_id
    monthly = ConfigureStatement(account_id, None, "MONTHLY", "PHYSICAL")
    perform(monthly, house.administrator)
    close(house, FRIDAY)
    assert close(house, MONDAY, "GENERATE_STATEMENTS")["GENERATE_STATEMENTS"] == ""
    told = [close(house, day)["GENERATE_STATEMENTS"] for day in DECEMBER]
    assert told == ["1 statement made", "0 statements made"]
    with database.reading() as session:
        query = select(StatementDelivery).where(StatementDelivery.account_id == account_id)
        (made,) = session.scalars(query)
        assert (made.first_day, made.last_day) == (date(2026, 11, 1), MONDAY)
