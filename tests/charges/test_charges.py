"""Charges on schedule: taken once when they fall due, later where the money is missing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from app.accounts.commands import DeleteAccount
from app.accounts.ending.commands import CloseAccount
from app.accounts.statuses import SetAccountStatus
from app.charges.commands import CreateCharge
from app.charges.ending import EndCharge
from app.charges.models import Charge, ChargeDue
from app.charges.waiving import WaiveCharges
from app.controls.approvals import ApproveRecord
from app.controls.audit import Activity
from app.controls.commands import perform
from app.controls.identity import Actor
from app.db.session import database
from app.fees import pricing
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.ledger.accounts import Account
from app.ledger.models import Asset, Transaction
from app.transactions.commands import Deposit, Withdraw
from app.transactions.reversal import ReverseTransaction
from tests import factories
from tests.fees.books import moves
from tests.interest import books
from tests.ledger.books import entries_of_asset
from tests.pages import form_of, send

PATH = "/admin/charges"
ONE_OFF = {"kind": "ONE_OFF", "effective_from": factories.BUSINESS_DATE}


@pytest.fixture
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


def dues(asset_id: int) -> list[ChargeDue]:
    with database.reading() as session:
        query = select(ChargeDue).where(ChargeDue.asset_id == asset_id).order_by(ChargeDue.id)
        return list(session.scalars(query))


def account_of(asset_id: int) -> Account:
    with database.reading() as session:
        return session.get_one(Account, session.get_one(Asset, asset_id).account_id)


def number_of(asset_id: int) -> str:
    return account_of(asset_id).number


def a_charge(house, code: str, **more: Any) -> int:
    terms = books.charge_terms(house, **more)
    return perform(CreateCharge(code, terms, submit=True), house.administrator)


def charge(charge_id: int) -> Charge:
    with database.reading() as session:
        return session.get_one(Charge, charge_id)


def approve(charge_id: int, who: Actor) -> str:
    return perform(ApproveRecord("charge", charge_id, charge(charge_id).version), who)


@pytest.mark.checks("W01.18", "W02.10")
def test_fees_and_charges_are_taken_when_they_fall_due_and_once(house):
    a_charge(house, "FEE", tax_percent=Decimal(16))
    a_charge(house, "OD", kind="OVERDRAFT", name="Overdraft charge", amount_minor=10_00)
    rich, poor, drawn = (factories.a_funded_asset(house, amount) for amount in (100_00, 5_00, 0))
    once = factories.a_funded_asset(house, 100_00)
    a_charge(
        house, "CARD", kind="ONE_OFF", name="Card replacement", amount_minor=7_50,
        product_id=None, account_number=number_of(once), effective_from=date(2026, 11, 24),
    )  # fmt: skip
    factories.change(house, Asset, drawn, overdraft_minor=500_00)
    perform(Withdraw(drawn, 50_00), house.administrator)
    books.close_until(house, date(2026, 11, 30))
    assert books.balance(rich) == 100_00
    (card,) = dues(once)
    assert moves(card.transaction_id) == [("D", 7_50, "customer"), ("C", 7_50, "fee")]
    told = books.close(house, date(2026, 12, 1))
    assert told["CHARGE_FEES"] == "4 charges taken, 1 wait for money"
    assert books.balance(rich) == 100_00 - 29_00
    assert books.balance(drawn) == -50_00 - 29_00 - 10_00
    (fee,) = dues(rich)
    kept = pricing.Charge("Ledger fee", 25_00, 4_00, is_on_top=True, code="FEE").as_text()
    with database.reading() as session:
        taken = session.get_one(Transaction, fee.transaction_id)
        assert list(taken.charges) == [kept], "as any movement keeps it"
    assert moves(fee.transaction_id) == [
        ("D", 25_00, "customer"), ("C", 25_00, "fee"), ("D", 4_00, "customer"), ("C", 4_00, "tax"),
    ]  # fmt: skip
    (waits,) = dues(poor)
    assert (waits.state, waits.reason) == ("due", "Insufficient available balance")
    perform(Deposit(poor, 30_00), house.administrator)
    books.close(house, date(2026, 12, 2), moves=False)
    assert books.balance(poor) == 6_00
    books.close(house, date(2026, 12, 2))
    assert books.balance(poor) == 6_00
    assert [len(dues(one)) for one in (rich, poor, drawn, once)] == [1, 1, 2, 2]


@pytest.mark.checks("W02.10")
@pytest.mark.parametrize(
    ("next_date", "terms", "days"),
    [
        (date(2026, 11, 23), {"frequency": "DAILY"}, [20, 21, 22]),
        (date(2026, 11, 23), {"frequency": "DAILY", "effective_to": date(2026, 11, 21)}, [20, 21]),
        (date(2026, 11, 23), {"frequency": "DAILY", "effective_from": date(2026, 11, 22)}, [22]),
        (date(2026, 11, 30), {"frequency": "WEEKLY"}, [22, 29]),
    ],
)
def test_a_close_of_several_days_takes_each_period_that_ends_in_them(house, next_date, terms, days):
    a_charge(house, "FEE", **terms)
    asset_id = factories.a_funded_asset(house, 200_00)
    books.close(house, next_date, moves=False)
    books.close(house, next_date)
    assert [one.due_on.day for one in dues(asset_id)] == days
    taken = [one for one in entries_of_asset(asset_id) if one.side == "D"]
    assert [one.narrative for one in taken] == [f"Ledger fee 2026-11-{day}" for day in days]
    assert books.balance(asset_id) == 200_00 - len(days) * 25_00


def test_what_was_reversed_is_not_counted_as_taken(app, house):
    charge_id = a_charge(house, "FEE", frequency="DAILY")
    one, _other = (factories.a_funded_asset(house, 100_00) for _ in range(2))
    books.close(house, date(2026, 11, 21))
    (due,) = dues(one)
    perform(ReverseTransaction(due.transaction_id, "Charged by mistake"), house.administrator)
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    page = browser.get(f"{PATH}/{charge_id}").get_data(as_text=True)
    assert "1 taken" in page
    assert "2 taken" not in page
    assert "1 reversed" in page


@pytest.mark.checks("E21.06")
def test_the_close_and_the_charge_say_why_a_charge_waits(app, house):
    charge_id = a_charge(house, "FEE", frequency="DAILY")
    factories.a_funded_asset(house, 5_00)
    frozen = books.an_account_status(house, "Frozen for a while", allow_debit=False)
    for _ in range(2):
        barred = account_of(factories.a_funded_asset(house, 100_00))
        perform(SetAccountStatus(barred.id, frozen), house.administrator)
    told = books.close(house, date(2026, 11, 21))
    sentence = "0 charges taken, 1 wait for money, 2 wait because a status forbids it"
    assert told["CHARGE_FEES"] == sentence
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    page = browser.get(f"{PATH}/{charge_id}").get_data(as_text=True)
    assert "1 wait for money" in page
    assert "2 wait because a status forbids it" in page


@pytest.mark.checks("W01.02")
def test_an_account_with_charges_that_wait_is_closed_once_they_are_waived(app, house):
    charge_id = a_charge(house, "FEE", frequency="DAILY")
    asset_id = factories.a_funded_asset(house)
    other_id = factories.a_funded_asset(house)
    for day in (21, 22):
        books.close(house, date(2026, 11, day))
    account = account_of(asset_id)
    closing = CloseAccount(account.id, "The customer moved away")
    with pytest.raises(Conflict, match="2 charges wait to be taken"):
        perform(closing, house.administrator)
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    path = f"/admin/accounts/{account.id}/waive-charges"
    assert f'href="{path}"' in browser.get(f"/admin/accounts/{account.id}").get_data(as_text=True)
    first, second = (str(one.id) for one in dues(asset_id))
    assert form_of(browser, path)["due_ids"] == [first, second]
    for wrong, sentence in (
        ({"reason": "no"}, "A reason of 5 to 500 characters is required"),
        ({"reason": ""}, "Reason is required"),
        ({"due_ids": None}, "Choose the charges to waive"),
        ({"due_ids": str(dues(other_id)[0].id)}, "does not wait any more"),
    ):
        answer = send(browser, path, **({"reason": "Never had money"} | wrong))
        assert answer.status_code in {409, 422}
        assert sentence in answer.get_data(as_text=True)
    page = send(browser, path, due_ids=None, reason="").get_data(as_text=True)
    assert "Reason is required" in page
    assert "Choose the charges to waive" in page
    teller, *_ = factories.a_user(house, "Teller")
    with pytest.raises(Forbidden):
        perform(WaiveCharges(account.id, (int(first),), "Because I can"), teller)
    assert send(browser, path, due_ids=first, reason="Never had money").status_code == 303
    page = browser.get(f"/admin/accounts/{account.id}").get_data(as_text=True)
    assert "waived: Never had money" in page
    assert "1 waived" in browser.get(f"{PATH}/{charge_id}").get_data(as_text=True)
    perform(Deposit(asset_id, 25_00), house.administrator)
    told = books.close(house, date(2026, 11, 23))
    assert told["CHARGE_FEES"] == "1 charge taken, 4 wait for money"
    assert [one.state for one in dues(asset_id)] == ["waived", "charged", "due"]
    assert send(browser, path, reason="Never had money").status_code == 303
    assert browser.get(path).status_code == 409
    perform(closing, house.administrator)
    with database.reading() as session:
        query = select(Activity).where(
            Activity.action == "Waive charges", Activity.status == "Success"
        )
        mine = query.where(Activity.organisation_id == house.organisation_id)
        logged = session.scalars(mine.order_by(Activity.id)).all()
    assert [(one.entity, one.entity_id, one.reason) for one in logged] == [
        ("account", account.id, "Never had money")
    ] * 2
    assert logged[0].changes == [
        {"field": "charge due 2026-11-20", "kind": "removed", "old": "FEE 25.00 KES", "new": None}
    ]


@pytest.mark.checks("E21.04")
def test_an_account_kept_from_the_close_is_not_charged_until_its_status_allows_it(app, house):
    a_charge(house, "FEE", frequency="DAILY")
    asset_id = factories.a_funded_asset(house)
    books.close(house, date(2026, 11, 21))
    perform(Deposit(asset_id, 200_00), house.administrator)
    account = account_of(asset_id)
    kept_out = books.an_account_status(house, allow_cob=False)
    perform(SetAccountStatus(account.id, kept_out), house.administrator)
    a_charge(house, "ONCE", kind="ONE_OFF", effective_from=date(2026, 11, 22))
    told = books.close_until(house, date(2026, 11, 23))
    assert told["CHARGE_FEES"].startswith("0 charges taken")
    waits, once = dues(asset_id)
    assert once.due_on.day == 22, "what is charged once is not lost, it waits"
    sentence = "has the status Kept out: the close of business books nothing on it"
    assert (waits.due_on.day, waits.reason) == (20, f"Account {account.number} {sentence}")
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    page = browser.get(f"/admin/accounts/{account.id}").get_data(as_text=True)
    assert f"waits: Account {account.number} {sentence}" in page
    perform(SetAccountStatus(account.id, None), house.administrator)
    books.close(house, date(2026, 11, 24))
    assert [one.due_on.day for one in dues(asset_id)] == [20, 22, 23]
    assert books.balance(asset_id) == 200_00 - 3 * 25_00


def test_a_one_off_charge_is_not_approved_after_its_day_was_closed(app, house):
    maker, _, _ = factories.a_user(house, "Branch Manager")
    checker, _, _ = factories.a_user(house, "Branch Manager")
    late, weekly = (
        perform(CreateCharge(code, books.charge_terms(house, **terms), submit=True), maker)
        for code, terms in (
            ("LATE", {"kind": "ONE_OFF", "effective_from": factories.BUSINESS_DATE}),
            ("WEEK", {"frequency": "WEEKLY"}),
        )
    )
    asset_id = factories.a_funded_asset(house, 100_00)
    books.close(house, date(2026, 11, 21))
    with pytest.raises(Refusal, match="to be taken on 2026-11-20, which is closed"):
        approve(late, checker)
    assert charge(late).record_status == "PENDING_AUTH_L1"
    assert approve(weekly, checker) == "AUTHORIZED"
    books.close(house, date(2026, 11, 23))
    assert [(one.charge_id, one.due_on.day) for one in dues(asset_id)] == [(weekly, 22)]


def test_a_charge_is_drafted_within_its_rules_and_shows_what_it_took(app, house):
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    assert ">Charges</a>" in browser.get("/admin/account-statuses").get_data(as_text=True)
    terms = books.charge_terms(house)
    asset_id = factories.a_funded_asset(house, 100_00)
    values = {
        "code": "fee", "name": "Ledger fee", "kind": "MAINTENANCE", "amount": "25",
        "currency": "KES", "effective_from": "2026-01-01", "frequency": "DAILY",
        "income_product_id": str(terms.income_product_id), "product_id": str(house.product_id),
    }  # fmt: skip
    for wrong, sentence in (
        ({"product_id": ""}, "Choose a product, or type the number of one account"),
        ({"account_number": number_of(asset_id)}, "Choose a product, or type the number"),
        ({"product_id": "", "account_number": "ACC-9"}, "There is no customer account"),
        ({"income_product_id": str(house.product_id)}, "authorized product of type INCOME"),
        ({"effective_to": "2025-01-01"}, "Effective To cannot be before Effective From"),
        ({"kind": "ONE_OFF"}, "cannot be before the business date"),
    ):
        answer = send(browser, f"{PATH}/new", **(values | wrong))
        assert answer.status_code == 422, wrong
        assert sentence in answer.get_data(as_text=True), wrong
    assert send(browser, f"{PATH}/new", **values, draft="1").status_code == 303
    with database.reading() as session:
        mine = Charge.organisation_id == house.organisation_id
        charge_id = session.scalars(select(Charge.id).where(mine)).one()
    kept = form_of(browser, f"{PATH}/{charge_id}/edit")
    assert kept["amount"] == ["25.00"]
    assert send(browser, f"{PATH}/{charge_id}/edit").status_code == 303
    books.close(house, factories.BUSINESS_DATE + timedelta(days=1))
    assert "1 taken" in browser.get(f"{PATH}/{charge_id}").get_data(as_text=True)
    account = browser.get(f"/admin/assets/{asset_id}")
    assert account.status_code == 200
    with database.reading() as session:
        account_id = session.get_one(Asset, asset_id).account_id
    page = browser.get(f"/admin/accounts/{account_id}").get_data(as_text=True)
    assert "Ledger fee" in page
    assert "25.00 KES" in page


def test_an_authorized_charge_is_ended_by_a_day_or_before_it_begins(app, house):
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    asset_id = factories.a_funded_asset(house, 500_00)
    daily = a_charge(house, "DAILY", frequency="DAILY")
    later = a_charge(house, "LATER", frequency="DAILY", effective_from=date(2026, 11, 22))
    for typed, sentence in (
        ({"last_day": ""}, "Last day is required"),
        ({"last_day": "2026-11-19"}, "Last day cannot be before the business date, 2026-11-20"),
    ):
        answer = send(browser, f"{PATH}/{daily}/end", **typed)
        assert answer.status_code == 422, typed
        assert sentence in answer.get_data(as_text=True)
    assert "is_never" not in form_of(browser, f"{PATH}/{daily}/end")
    labels = [
        browser.get(f"{PATH}/{one}/end").get_data(as_text=True).split("Last day")[1][:60]
        for one in (daily, later)
    ]
    assert ["optional" in one for one in labels] == [False, True]
    nothing = send(browser, f"{PATH}/{later}/end", last_day="")
    assert nothing.status_code == 422
    assert "Give the last day, or choose Never" in nothing.get_data(as_text=True)
    assert f'href="{PATH}/{daily}/end"' in browser.get(f"{PATH}/{daily}").get_data(as_text=True)
    assert send(browser, f"{PATH}/{daily}/end", last_day="2026-11-21").status_code == 303
    assert send(browser, f"{PATH}/{later}/end", is_never="y").status_code == 303
    page = browser.get(f"{PATH}/{later}").get_data(as_text=True)
    assert "Before it begins: it never falls due" in page
    books.close(house, date(2026, 11, 23))
    assert [(one.charge_id, one.due_on.day) for one in dues(asset_id)] == [(daily, 20), (daily, 21)]
    page = browser.get(f"{PATH}/{daily}").get_data(as_text=True)
    assert "2026-11-21" in page
    assert f"{PATH}/{daily}/end" not in page
    log = browser.get("/admin/activity?entity=charge&search=DAILY").get_data(as_text=True)
    assert "End charge" in log


def test_no_draft_is_ended_and_no_one_off_charge_that_fell_due(app, house):
    teller, _, _ = factories.a_user(house)
    terms = books.charge_terms(house, **ONE_OFF)
    draft = perform(CreateCharge("DRAFT", terms), house.administrator)
    once, ended = a_charge(house, "ONCE", **ONE_OFF), a_charge(house, "ENDED", **ONE_OFF)
    asset_id = factories.a_funded_asset(house, 500_00)
    perform(EndCharge(ended, charge(ended).version, None), house.administrator)
    with pytest.raises(Forbidden):
        perform(EndCharge(once, charge(once).version, None), teller)
    books.close(house, date(2026, 11, 21))
    assert [one.charge_id for one in dues(asset_id)] == [once]
    for charge_id, sentence in (
        (draft, "Only an authorized charge is ended"),
        (once, "This one-off charge fell due on 2026-11-20 already"),
        (ended, "This charge ended on 2026-11-19 already"),
    ):
        with pytest.raises(Conflict, match=sentence):
            perform(EndCharge(charge_id, charge(charge_id).version, None), house.administrator)


def test_an_account_that_could_never_pay_a_charge_is_refused_at_its_field(app):
    house = factories.a_house(currencies=("KES", "USD"))
    empty, dollars, gone, denied = (
        factories.a_funded_asset(house, currency=code) for code in ("KES", "USD", "KES", "KES")
    )
    closed = account_of(empty)
    perform(CloseAccount(closed.id, "The customer moved away"), house.administrator)
    deleted = account_of(gone)
    perform(DeleteAccount(deleted.id), house.administrator)
    factories.change(house, Account, account_of(denied).id, record_status="DENIED")
    for number, sentence in (
        (closed.number, "is closed"),
        (deleted.number, "There is no customer account with this number"),
        (number_of(denied), "was denied"),
        (number_of(dollars), "has no asset in KES"),
    ):
        with pytest.raises(Refusal, match=sentence) as refused:
            a_charge(house, "FEE", product_id=None, account_number=number)
        assert refused.value.field == "account_number"


def test_a_charge_of_a_foreign_product_is_refused(house):
    other = factories.a_house(currencies=("KES",))
    with pytest.raises(Refusal):
        a_charge(house, "FEE", product_id=other.product_id)
