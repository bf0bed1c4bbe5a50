"""The figures of a statement are those of the ledger, for every period and every bucket."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from app.cards.commands import AddCard, CardTerms
from app.cards.paying import PayByCard
from app.controls.commands import perform
from app.db.session import database
from app.invoices.commands import InvoiceTerms, IssueInvoice
from app.invoices.models import Invoice
from app.invoices.paying import PayInvoice
from app.ledger.models import Asset
from app.statements.figures import Section, sections_of
from app.transactions.commands import Transfer
from app.transactions.kinds import Particulars
from tests import factories
from tests.factories import BUSINESS_DATE, House
from tests.ledger import books
from tests.statements.books import Happening, balance_on, post_happenings

PERIOD = (date(2026, 3, 1), date(2026, 3, 31))


def sections(house: House, *asset_ids: int, period: tuple[date, date] = PERIOD) -> list[Section]:
    with database.reading() as session:
        found = sections_of(session, house.organisation_id, list(asset_ids), period=period)
    return list(found)


def test_opening_is_what_was_booked_before_the_first_day_and_closing_what_was_until_the_last(
    house: House,
):
    asset_id = factories.a_funded_asset(house)
    post_happenings(
        house,
        asset_id,
        Happening(1_000_00, date(2026, 2, 28)),
        Happening(200_00, date(2026, 3, 1)),
        Happening(-50_00, date(2026, 3, 31)),
        Happening(7_00, date(2026, 4, 1)),
    )
    (section,) = sections(house, asset_id)
    assert section.opening_minor == 1_000_00
    assert section.in_minor == 200_00
    assert section.out_minor == 50_00
    assert section.closing_minor == 1_150_00
    assert [entry.balance_minor for entry in section.entries] == [1_200_00, 1_150_00]
    assert [entry.posting_date for entry in section.entries] == [
        date(2026, 3, 1),
        date(2026, 3, 31),
    ]


@pytest.mark.parametrize("days", [1, 2, 5, 9])
def test_opening_and_movements_make_the_closing_that_the_ledger_holds(house: House, days: int):
    asset_id = factories.a_funded_asset(house)
    start = date(2026, 3, 1)
    happenings = [Happening(900_00, start), Happening(300_00, start, bucket="bonus")]
    for number in range(20):
        amount = (number + 1) * 137 * (-1 if number % 4 == 3 else 1)
        bucket = "bonus" if number % 5 == 0 else "real"
        happenings.append(Happening(amount, start + timedelta(days=number), bucket=bucket))
    post_happenings(house, asset_id, *happenings)
    ends = [start + timedelta(days=number) for number in range(-1, 22, days)]
    before: dict[str, int] = {}
    for first, last in pairwise(ends):
        period = (first + timedelta(days=1), last)
        for section in sections(house, asset_id, period=period):
            moved = section.in_minor - section.out_minor
            assert section.opening_minor + moved == section.closing_minor
            assert section.closing_minor == balance_on(asset_id, last, section.bucket)
            assert section.opening_minor == before.get(section.bucket, 0)
            before[section.bucket] = section.closing_minor
    assert before.keys() == {"real", "bonus"}


def test_bonus_is_stated_apart_from_real_money(house: House):
    asset_id = factories.a_funded_asset(house)
    post_happenings(
        house,
        asset_id,
        Happening(100_00, date(2026, 3, 2)),
        Happening(25_00, date(2026, 3, 3), bucket="bonus"),
    )
    real, bonus = sections(house, asset_id)
    assert (real.bucket, real.closing_minor) == ("real", 100_00)
    assert (bonus.bucket, bonus.closing_minor) == ("bonus", 25_00)
    assert [len(real.entries), len(bonus.entries)] == [1, 1]


def test_an_asset_without_bonus_has_one_section_and_a_quiet_month_none_of_movements(house: House):
    asset_id = factories.a_funded_asset(house)
    post_happenings(house, asset_id, Happening(100_00, date(2026, 1, 5)))
    (section,) = sections(house, asset_id)
    assert section.entries == []
    assert section.opening_minor == section.closing_minor == 100_00


def test_each_asset_has_its_own_section_in_its_own_currency(house: House):
    client_id = factories.a_client(house)
    account_id = factories.an_account(house, client_id)
    shillings = factories.first_asset(account_id)
    yen = factories.an_asset(house, account_id, "JPY")
    dinars = factories.first_asset(factories.an_account(house, client_id, "KWD"))
    for asset_id, amount in ((shillings, 1_00), (yen, 500), (dinars, 1_234)):
        post_happenings(house, asset_id, Happening(amount, date(2026, 3, 5)))
    found = sections(house, dinars, yen, shillings)
    assert [(section.currency, section.exponent) for section in found] == [
        ("KES", 2),
        ("JPY", 0),
        ("KWD", 3),
    ]
    assert [section.closing_minor for section in found] == [1_00, 500, 1_234]


def test_movements_stand_in_the_order_they_were_posted(house: House):
    asset_id = factories.a_funded_asset(house)
    happenings = [
        Happening(100 + number, date(2026, 3, 10), value_day=date(2026, 3, 20 - number))
        for number in range(9)
    ]
    post_happenings(house, asset_id, *happenings)
    (section,) = sections(house, asset_id)
    assert [entry.amount_minor for entry in section.entries] == list(range(100, 109))
    assert section.entries[8].value_date == date(2026, 3, 12)


def test_what_came_late_stands_on_its_day_with_one_balance_in_every_period(house: House):
    asset_id = factories.a_funded_asset(house)
    post_happenings(
        house,
        asset_id,
        Happening(100, date(2026, 3, 3)),
        Happening(70, date(2026, 3, 20)),
        Happening(5, date(2026, 3, 10)),
    )
    for first in (1, 5, 10):
        (section,) = sections(house, asset_id, period=(date(2026, 3, first), date(2026, 3, 31)))
        late, last = section.entries[-2:]
        assert (late.amount_minor, late.balance_minor) == (5, 105)
        assert (last.amount_minor, last.balance_minor) == (70, 175)
        assert section.closing_minor == 175


def test_a_transfer_names_the_other_account_on_both_statements(house: House):
    mine, theirs = (factories.a_funded_asset(house, 500_00) for _ in range(2))
    particulars = Particulars(description="Rent")
    perform(Transfer(mine, theirs, 120_00, particulars), house.administrator)
    period = (BUSINESS_DATE, BUSINESS_DATE)
    (out,) = sections(house, mine, period=period)
    (into,) = sections(house, theirs, period=period)
    sent, received = out.entries[-1], into.entries[-1]
    assert sent.side == "D"
    assert sent.text == f"Transfer to {into.account_number} {into.account_name} · Rent"
    assert received.side == "C"
    assert received.text == f"Transfer from {out.account_number} {out.account_name} · Rent"


def test_a_deposit_names_its_source_and_a_withdrawal_its_beneficiary(house: House):
    asset_id = factories.a_funded_asset(house)
    post_happenings(
        house,
        asset_id,
        Happening(100_00, date(2026, 3, 2), "Salary\n\tMarch", "Acme Ltd"),
        Happening(-10_00, date(2026, 3, 3), "", "KPLC"),
        Happening(5_00, date(2026, 3, 4)),
    )
    (section,) = sections(house, asset_id)
    assert [entry.text for entry in section.entries] == [
        "Deposit from Acme Ltd · Salary March",
        "Withdrawal to KPLC",
        "Deposit",
    ]


def test_a_card_payment_names_its_merchant_and_a_payment_of_an_invoice_its_number(house: House):
    asset_id = factories.a_funded_asset(house, 500_00)
    asset = books.row(Asset, asset_id)
    terms = CardTerms(asset.account_id, asset_id)
    card_id = perform(AddCard(asset.client_id, "4111111111111111", terms), house.administrator)
    perform(PayByCard(card_id, 20_00, "Naivas Westlands", "R-1"), house.administrator)
    numbers = []
    for description in ("", "Rent"):
        issued = IssueInvoice(asset.client_id, "KES", InvoiceTerms(5_00, description=description))
        invoice_id = perform(issued, house.administrator)
        perform(PayInvoice(invoice_id, asset_id, 5_00), house.administrator)
        numbers.append(books.row(Invoice, invoice_id).number)
    (section,) = sections(house, asset_id, period=(BUSINESS_DATE, BUSINESS_DATE))
    assert [entry.text for entry in section.entries][1:] == [
        "Card payment to Naivas Westlands · 411111••••••1111",
        f"Payment for Invoice {numbers[0]}",
        f"Payment for Invoice {numbers[1]} · Rent",
    ]
