"""Lines in other currencies: which rate is locked, what is kept, what rounding leaves over."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from app.controls.approvals import ApproveRecord, RejectRecord, SubmitRecord
from app.controls.commands import perform
from app.controls.tenant import Organisation
from app.currencies.commands import EditCurrency
from app.currencies.rates import Rates
from app.db.session import database
from app.kernel.errors import Conflict, Refusal
from app.ledger.accounts import Account
from app.organisation.models import OrganisationCurrency
from tests.factories import (
    BUSINESS_DATE,
    House,
    a_client,
    a_funded_asset,
    a_user,
    an_account,
    an_approval_rule,
    an_asset,
    change,
    first_asset,
)
from tests.journals.scenes import codes, fill, house_account, line, number_of, post, record
from tests.ledger import books
from tests.transactions.scenes import LIST, browser


def entry(transaction_id: int, place: int) -> tuple[int, str, Decimal, str, int]:
    one = books.entries_of(transaction_id)[place]
    return one.amount_minor, one.currency, one.rate, one.rate_source, one.base_minor


@pytest.mark.checks("E41.26", "E41.27", "E41.28")
def test_a_line_in_another_currency_is_booked_in_the_account_s_own_at_the_system_rate(
    app: Flask, house: House
):
    codes(house)
    number, clearing = number_of(a_funded_asset(house)), house_account(house)
    key = record(house, line("D", clearing, 13_000_00),
                 line("C", number, 100_00, currency="USD"), submit=True)  # fmt: skip
    assert entry(key, 1) == (13_000_00, "KES", Decimal(1), "SYSTEM", 13_000_00)
    kept = books.transaction(key).lines[1]["typed"]
    assert (kept["amount_minor"], kept["currency"], kept["source"]) == (100_00, "USD", "SYSTEM")
    here = browser(app, house.administrator_email)
    assert "100.00 USD at the system mid rate" in here.get(f"{LIST}/{key}").text
    values = fill(here, ("D", clearing, "13000"), ("C", number, "100"), b1__l2__currency="USD")
    page = post(here, values | {"step": "check"}).text
    first, second = page.split('name="b1-l2-side"')[:2]
    assert "data-rate hidden" in first
    assert "data-rate hidden" not in second.split("</fieldset>")[0]
    for word in ("System mid rate", "Manual rate", "Central bank (CBK)", "Third party"):
        assert word in second


@pytest.mark.checks("E41.29")
@pytest.mark.parametrize(
    ("of", "typed", "booked"),
    [
        ("KES", ("USD", 100_00, "129.35"), (12_935_00, "KES", "1", "MANUAL", 12_935_00)),
        ("USD", ("KES", 12_935_00, "129.35"), (100_00, "USD", "129.35", "MANUAL", 12_935_00)),
        ("JPY", ("USD", 10_00, "150"), (1_500, "JPY", "0.866666666667", "MANUAL", 1_300_00)),
        ("KWD", ("KES", 1_000_00, "421"), (2_375, "KWD", "421", "MANUAL", 999_88)),
    ],
)
def test_a_manual_rate_is_locked_and_kept_with_its_date(
    house: House, of: str, typed: tuple[str, int, str], booked: tuple
):
    codes(house)
    currency, minor, rate = typed
    number = number_of(first_asset(an_account(house, a_client(house), of)))
    given = {"currency": currency, "source": "MANUAL", "rate": Decimal(rate)}
    base_minor = booked[4]
    key = record(house, line("C", number, minor, **given),
                 line("D", house_account(house), base_minor), submit=True)  # fmt: skip
    amount, own, locked, source, base = entry(key, 0)
    assert (amount, own, format(locked, "f"), source, base) == booked
    assert books.transaction(key).lines[0]["typed"]["rate"] == rate
    late = line("C", number, minor, **given, rate_on=BUSINESS_DATE + timedelta(days=1))
    with pytest.raises(Refusal, match="Rate date cannot be after the posting date"):
        record(house, late, line("D", house_account(house), base_minor))


def test_an_account_of_several_currencies_takes_the_one_that_is_named(house: House):
    codes(house)
    account_id = an_account(house, a_client(house))
    dollars = an_asset(house, account_id, "USD")
    number = books.row(Account, account_id).number
    key = record(house, line("D", house_account(house, "USD"), 5_00),
                 line("C", number, 5_00, currency="USD"), submit=True)  # fmt: skip
    assert books.asset(dollars).balance_minor == 5_00
    assert "typed" not in books.transaction(key).lines[1]


@pytest.mark.checks("E41.35")
def test_a_currency_without_a_rate_is_refused_in_words(app: Flask, house: House):
    codes(house)
    number, clearing = number_of(a_funded_asset(house)), house_account(house)
    sentence = "Rate unavailable for {} → KES. Please configure tenant currencies first."
    for more, given in (
        ({"currency": "EUR"}, "EUR"),
        ({"currency": "USD", "source": "CBK"}, "USD"),
    ):
        with pytest.raises(Refusal) as refused:
            record(house, line("D", clearing, 5_00), line("C", number, 5_00, **more))
        assert refused.value.sentence == sentence.format(given)
    here = browser(app, house.administrator_email)
    values = fill(here, ("D", clearing, "5"), ("C", number, "5"), b1__l2__currency="EUR")
    assert sentence.format("EUR") in post(here, values).text
    values |= {"b1-l2-currency": "USD", "b1-l2-source": "MANUAL"}
    for typed, said in (("", "Enter the exchange rate"), ("-1", "Rate must be a number"),
                        ("0", "Rate must be greater than 0")):  # fmt: skip
        assert said in post(here, values | {"b1-l2-rate": typed}).text
    day = values | {"b1-l2-rate": "130", "b1-l2-on": "yesterday"}
    assert "Rate date must be a date" in post(here, day).text


@pytest.mark.checks("E41.26")
@pytest.mark.parametrize("currency", ["XYZ", "EUR", "usd", "X" * 900])
def test_a_rate_that_is_typed_makes_no_currency_of_what_the_organisation_does_not_keep(
    app: Flask, house: House, currency: str
):
    codes(house)
    number, clearing = number_of(a_funded_asset(house)), house_account(house)
    given = {"currency": currency, "source": "MANUAL", "rate": Decimal(1)}
    with pytest.raises(Refusal) as refused:
        record(house, line("D", clearing, 5_00), line("C", number, 5_00, **given))
    assert refused.value.sentence == "Choose a currency from the list"
    assert refused.value.field == "lines.1.currency"
    here = browser(app, house.administrator_email)
    typed = {f"b1__l2__{name}": str(value) for name, value in given.items()}
    values = fill(here, ("D", clearing, "5"), ("C", number, "5"), **typed)
    answer = post(here, values)
    assert answer.status_code == 422
    assert "Choose a currency from the list" in answer.text
    assert 'name="b1-l2-currency" data-currency aria-invalid="true"' in answer.text


def test_an_amount_that_comes_to_nothing_in_the_account_s_currency_is_told_apart_from_none(
    app: Flask, house: House
):
    codes(house)
    number = number_of(first_asset(an_account(house, a_client(house), "USD")))
    sentence = "The amount is too small: it comes to nothing in USD."
    with pytest.raises(Refusal) as refused:
        record(house, line("C", number, 64, currency="KES"), line("D", house_account(house), 64))
    assert (refused.value.sentence, refused.value.field) == (sentence, "lines.0.amount")
    here = browser(app, house.administrator_email)
    rows = ("D", house_account(house), "0.64"), ("C", number, "0.64")
    page = post(here, fill(here, *rows, b1__l2__currency="KES")).text
    assert sentence in page
    assert "All line amounts must be greater than zero." not in page
    # Half a cent at 130 to the dollar is a cent.
    key = record(house, line("C", number, 65, currency="KES"),
                 line("D", house_account(house), 1_30), submit=True)  # fmt: skip
    assert entry(key, 0) == (1, "USD", Decimal(130), "SYSTEM", 1_30)


def test_what_rounding_leaves_over_is_one_entry_of_its_own_within_the_tolerance(
    app: Flask, house: House
):
    codes(house)
    number = number_of(first_asset(an_account(house, a_client(house), "USD")))
    clearing = house_account(house)
    lines = (line("D", clearing, 1_000_00), line("C", number, 1_000_00, currency="KES"))
    change(house, Organisation, house.organisation_id, rounding_tolerance_minor=0)
    with pytest.raises(Refusal, match=r"not balanced in KES\. Debit total: 1,000\.00 — Credit"):
        record(house, *lines)
    change(house, Organisation, house.organisation_id, rounding_tolerance_minor=30)
    key = record(house, *lines, submit=True)
    entries = books.entries_of(key)
    assert [(one.side, one.base_minor) for one in entries] == [
        ("D", 1_000_00), ("C", 999_70), ("C", 30),
    ]  # fmt: skip
    assert entries[2].narrative == "Rounding between currencies"
    here = browser(app, house.administrator_email)
    assert "Rounding differences" in here.get(f"{LIST}/{key}").text
    even = (line("D", clearing, 10_30), line("C", house_account(house, purpose="cash"), 10_00))
    with pytest.raises(Refusal, match="not balanced"):
        record(house, *even)
    draft = record(house, *lines)
    assert here.get(f"{LIST}/{draft}/edit-lines").text.count('name="b1-l3-') == 0


def test_a_journal_that_waits_holds_what_it_takes_once_for_each_asset(house: House):
    codes(house)
    asset_id = a_funded_asset(house, 50_00)
    number, clearing = number_of(asset_id), house_account(house)
    an_approval_rule(house)
    manager, *_ = a_user(house, "Branch Manager")
    approver, *_ = a_user(house, "Approver L1")
    lines = (line("D", number, 20_00), line("D", number, 10_00), line("C", clearing, 30_00))
    key = record(house, *lines, actor=manager, submit=True)
    held = books.asset(asset_id)
    assert (held.held_minor, held.pending_out_minor) == (30_00, 30_00)
    assert len(books.holds_of(asset_id)) == 1
    too_much = (line("D", number, 21_00), line("C", clearing, 21_00))
    with pytest.raises(Conflict, match="Insufficient available balance"):
        record(house, *too_much, actor=manager, submit=True)
    perform(RejectRecord("transaction", key, books.transaction(key).version, "once more"), approver)
    freed = books.asset(asset_id)
    assert (freed.held_minor, freed.pending_out_minor) == (0, 0)
    other = record(house, *lines, actor=manager, submit=True)
    perform(ApproveRecord("transaction", other, books.transaction(other).version), approver)
    done = books.asset(asset_id)
    assert (done.balance_minor, done.held_minor, done.pending_out_minor) == (20_00, 0, 0)
    with pytest.raises(Conflict, match="Insufficient available balance"):
        record(house, *too_much, submit=True)


def test_a_rate_that_has_changed_since_does_not_change_a_draft(house: House):
    codes(house)
    number = number_of(first_asset(an_account(house, a_client(house), "USD")))
    dollars = house_account(house, "USD")
    draft = record(house, line("D", dollars, 5_00), line("C", number, 5_00))
    currency_id, version = usd(house)
    dearer = Rates.at(Decimal(140))
    perform(EditCurrency(currency_id, version, dearer, name="US Dollar"), house.administrator)
    perform(SubmitRecord("transaction", draft), house.administrator)
    assert entry(draft, 1) == (5_00, "USD", Decimal(130), "SYSTEM", 650_00)


@pytest.mark.checks("E41.28")
def test_the_central_bank_s_rate_is_taken_where_a_line_asks_for_it(house: House):
    codes(house)
    number = number_of(a_funded_asset(house))
    currency_id, version = usd(house)
    rates = Rates.at(Decimal("129.5"))
    perform(EditCurrency(currency_id, version, rates, name="US Dollar", source="CBK"),
            house.administrator)  # fmt: skip
    lines = [
        line("C", number, 10_00, currency="USD", source=source) for source in ("CBK", "SYSTEM")
    ]
    key = record(house, line("D", house_account(house), 2_595_00), *lines, submit=True)
    assert [entry(key, place)[3:] for place in (1, 2)] == [
        ("CBK", 1_295_00), ("SYSTEM", 1_300_00),
    ]  # fmt: skip


def usd(house: House) -> tuple[int, int]:
    """Return the id and version of the organisation's dollar."""
    with database.reading() as session:
        query = select(OrganisationCurrency.id, OrganisationCurrency.version).where(
            OrganisationCurrency.organisation_id == house.organisation_id,
            OrganisationCurrency.code == "USD",
        )
        row = session.execute(query).one()
        return row.id, row.version


def test_lines_that_add_up_to_more_than_the_books_can_hold_are_refused(house: House):
    codes(house)
    most = 10**15
    lines = [
        line(side, house_account(house, purpose=purpose), most, currency="USD", source="MANUAL",
             rate=Decimal(40))
        for side, purpose in (("D", "clearing"), ("C", "cash"))
    ]  # fmt: skip
    assert books.transaction(record(house, *lines * 2, submit=True)).processing == "Completed"
    with pytest.raises(Refusal, match="add up to more than one transaction can hold"):
        record(house, *lines * 3)
