"""Reports: their figures are the ledger's, on the screen and in every file."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import zipfile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from app.books.commands import CreateCustomReport, DeleteCustomReport
from app.controls.approvals import SubmitRecord
from app.controls.commands import perform
from app.db.session import database
from app.exports.models import Export
from app.ledger.accounts import Account
from app.ledger.models import Asset
from app.notices.models import Notice
from app.transactions.commands import Deposit, Transfer, Withdraw
from app.transactions.kinds import Particulars
from app.transactions.reversal import ReverseTransaction
from tests import due, factories
from tests.factories import BUSINESS_DATE, House
from tests.pages import send

PATH = "/admin/reports"
MONEY = ("debit", "credit")


@pytest.fixture
def house(app: Flask) -> House:
    return factories.a_house()


@pytest.fixture
def auditor(app: Flask, house: House) -> FlaskClient:
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    return browser


@pytest.fixture
def short_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a page of the journal hold two transactions."""
    monkeypatch.setattr("app.books.daily_journal.PAGE_TRANSACTIONS", 2)


def number_of(asset_id: int) -> str:
    with database.reading() as session:
        asset = session.get_one(Asset, asset_id)
        return session.get_one(Account, asset.account_id).number


def cash_number(house: House) -> str:
    with database.reading() as session:
        query = select(Account.number).where(
            Account.organisation_id == house.organisation_id,
            Account.purpose == "cash",
            Account.currency == "KES",
        )
        return session.scalars(query).one()


def lines(browser: FlaskClient, path: str) -> list[dict[str, str]]:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))


def as_json(browser: FlaskClient, path: str) -> dict:
    return json.loads(browser.get(path).get_data())


def test_the_trial_balance_has_equal_sides_and_leads_to_the_entries(house, auditor):
    asset_id = factories.a_funded_asset(house, 1_500_00)
    perform(Withdraw(asset_id, 200_00), house.administrator)
    page = auditor.get(f"{PATH}/trial-balance").get_data(as_text=True)
    assert "Trial balance" in page
    assert page.count("1,300.00") >= 4
    rows = as_json(auditor, f"{PATH}/trial-balance.json")["rows"]
    total = rows[-1]
    assert total["level"] == "total"
    assert total["debit"] == total["credit"] == {"minor": 130000, "currency": "KES", "exponent": 2}
    drill = page.split(f'href="{PATH}/trial-balance?')[1].split('"')[0].replace("&amp;", "&")
    behind = auditor.get(f"{PATH}/trial-balance?{drill}").get_data(as_text=True)
    assert f"{PATH}/general-ledger?" in behind


def test_the_trial_balance_of_a_day_leaves_out_what_came_later(house, auditor):
    asset_id = factories.a_funded_asset(house)
    early = Particulars(posting_date=BUSINESS_DATE.replace(day=2))
    perform(Deposit(asset_id, 70_00, early), house.administrator)
    perform(Deposit(asset_id, 30_00), house.administrator)
    path = f"{PATH}/trial-balance.json"
    assert as_json(auditor, f"{path}?last=2026-11-02")["rows"][-1]["debit"]["minor"] == 70_00
    assert as_json(auditor, f"{path}?last=2026-11-01")["rows"][-1]["debit"]["minor"] == 0
    assert as_json(auditor, path)["rows"][-1]["debit"]["minor"] == 100_00


@pytest.mark.checks("W01.21", "W01.22")
def test_balance_sheet_and_result_add_up(house, auditor):
    asset_id = factories.a_funded_asset(house, 900_00)
    perform(Deposit(asset_id, 100_00, bonus_minor=40_00), house.administrator)
    sheet = as_json(auditor, f"{PATH}/balance-sheet.json")["rows"]
    found = {row["name"]: row["balance"]["minor"] for row in sheet if row["balance"]}
    assert found["Total assets"] == 1_000_00 == found["Total liabilities and equity"]
    assert found["Result so far"] == -40_00
    result = as_json(auditor, f"{PATH}/profit-and-loss.json")["rows"]
    assert result[-1] == {
        "level": "total",
        "code": None,
        "name": "Loss",
        "balance": {"minor": -40_00, "currency": "KES", "exponent": 2},
    }


def test_the_general_ledger_runs_from_opening_to_closing(house, auditor):
    asset_id = factories.a_funded_asset(house)
    early = Particulars(posting_date=BUSINESS_DATE.replace(month=10, day=5))
    perform(Deposit(asset_id, 500_00, early), house.administrator)
    perform(Withdraw(asset_id, 120_00, Particulars(description="Rent")), house.administrator)
    address = f"{PATH}/general-ledger.json?account={number_of(asset_id)}"
    rows = as_json(auditor, address)["rows"]
    assert [row["text"] for row in rows] == [
        "Opening balance", "Withdrawal · Rent", "Closing balance",
    ]  # fmt: skip
    assert [row["balance"]["minor"] for row in rows] == [500_00, 380_00, 380_00]
    cash = as_json(auditor, f"{PATH}/general-ledger.json?account={cash_number(house)}")["rows"]
    assert cash[-1]["balance"]["minor"] == 380_00


def test_a_long_ledger_goes_on_from_page_to_page(house, auditor, monkeypatch):
    monkeypatch.setattr("app.books.general_ledger.PAGE_ROWS", 3)
    asset_id = factories.a_funded_asset(house)
    for amount in range(1, 8):
        perform(Deposit(asset_id, amount * 100), house.administrator)
    seen, address = [], f"{PATH}/general-ledger?account={number_of(asset_id)}"
    while address:
        page = auditor.get(address).get_data(as_text=True)
        seen.append(page)
        after = page.split('aria-label="More lines"')
        address = (
            after[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
            if len(after) > 1
            else ""
        )
    assert len(seen) == 3
    assert "Opening balance" in seen[0]
    assert "Carried forward" in seen[0]
    assert "Brought forward" in seen[1]
    assert "Closing balance" in seen[2]
    assert "28.00" in seen[2]


def test_a_ledger_of_just_one_page_is_closed(house, auditor, monkeypatch):
    monkeypatch.setattr("app.books.general_ledger.PAGE_ROWS", 3)
    asset_id = factories.a_funded_asset(house)
    for _ in range(3):
        perform(Deposit(asset_id, 1_00), house.administrator)
    address = f"{PATH}/general-ledger?account={number_of(asset_id)}"
    page = auditor.get(address).get_data(as_text=True)
    assert "Closing balance" in page
    assert "Carried forward" not in page
    assert 'aria-label="More lines"' not in page


def test_a_currency_that_the_account_does_not_have_is_refused(house, auditor):
    number = number_of(factories.a_funded_asset(house, 5_00))
    typed = f"account={number}&currency=xxx&first=2026-11-03"
    answer = auditor.get(f"{PATH}/general-ledger?{typed}")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "The account has no XXX. It has KES." in page
    assert "5.00" not in page
    for kept in (number, "xxx", "2026-11-03"):
        assert f'value="{kept}"' in page
    assert auditor.get(f"{PATH}/general-ledger.csv?{typed}").status_code == 422
    assert auditor.get(f"{PATH}/general-ledger?account={number}&currency=kes").status_code == 200


@pytest.mark.parametrize(("transactions", "pages"), [(2, 1), (3, 2)])
@pytest.mark.usefixtures("short_journal")
def test_every_page_of_the_journal_has_the_total_of_all(house, auditor, transactions, pages):
    asset_id = factories.a_funded_asset(house)
    for _ in range(transactions):
        perform(Deposit(asset_id, 15_00), house.administrator)
    total = lines(auditor, f"{PATH}/journal.csv")[-1]["In base currency"]
    assert total == f"{transactions * 15}.00"
    seen, address = [], f"{PATH}/journal"
    while address:
        page = auditor.get(address).get_data(as_text=True)
        seen.append(page)
        after = page.split('aria-label="More lines"')[1:]
        address = html.unescape(after[0].split('href="')[1].split('"')[0]) if after else ""
    assert len(seen) == pages
    for page in seen:
        assert total in page.split("Total debits, equal to credits")[1]


@pytest.mark.checks("W02.17")
def test_large_and_split_transactions_of_customers_are_reported(house, auditor):
    large, split, small, undone = (factories.a_funded_asset(house) for _ in range(4))
    source = Particulars(source="Acme Ltd")
    perform(Deposit(large, 20_000_00, source), house.administrator)
    for _ in range(3):
        perform(Deposit(split, 4_000_00), house.administrator)
    perform(Deposit(small, 9_999_99), house.administrator)
    perform(Withdraw(small, 9_999_99), house.administrator)
    again = perform(Deposit(undone, 30_000_00), house.administrator)
    reversal = perform(ReverseTransaction(again, "Paid in twice by mistake"), house.administrator)
    perform(SubmitRecord("transaction", reversal), house.administrator)
    path = f"{PATH}/aml-transactions"
    found = lines(auditor, f"{path}.csv")
    assert sorted((row["In base currency"], row["Reported for"]) for row in found) == [
        ("20000.00", "Its amount"), *[("4000.00", "The day's sum")] * 3,
    ]  # fmt: skip
    assert {row["Customer's day"] for row in found} == {"20000.00", "12000.00"}
    assert [row["Other side"] for row in found if row["Other side"]] == ["Acme Ltd"]
    assert len(lines(auditor, f"{path}.csv?threshold=9,999.99")) == 6
    of_a_branch = auditor.get(f"{path}?branch={house.branch_id}").get_data(as_text=True)
    assert "What a customer did at other branches is not added up." in of_a_branch
    page = auditor.get(path).get_data(as_text=True)
    assert 'value="10,000.00"' in page
    assert "20,000.00" in page
    for typed, sentence in (("a lot", "must be a number"), ("0", "greater than 0")):
        refused = auditor.get(f"{path}?threshold={typed}")
        assert refused.status_code == 422
        assert sentence in refused.get_data(as_text=True)
        assert f'value="{typed}"' in refused.get_data(as_text=True)


def test_a_page_of_large_transactions_says_where_the_rest_is(house, auditor, monkeypatch):
    monkeypatch.setattr("app.books.large_payments.PAGE_ROWS", 2)
    asset_id = factories.a_funded_asset(house)
    for _ in range(3):
        perform(Deposit(asset_id, 10_000_00), house.administrator)
    page = auditor.get(f"{PATH}/aml-transactions").get_data(as_text=True)
    assert "The first 2 of 3 are shown. The files hold all of them." in page
    assert page.count("Its amount") == 2
    assert len(lines(auditor, f"{PATH}/aml-transactions.csv")) == 3


@pytest.mark.checks("W01.23", "W02.16", "W01.25", "W01.26", "W01.27")
def test_the_journal_holds_every_entry_in_every_kind_of_file(house, auditor):
    one, other = factories.a_funded_asset(house, 80_00), factories.a_funded_asset(house)
    perform(Transfer(one, other, 30_00, Particulars(description="=1+1")), house.administrator)
    address = f"{PATH}/journal"
    found = lines(auditor, f"{address}.csv")
    assert len(found) == 2 + 2 + 2 + 1
    assert found[-1]["In base currency"] == "140.00"
    assert {row["Account"] for row in found[:-1]} >= {number_of(one), number_of(other)}
    page = auditor.get(address).get_data(as_text=True)
    assert "Transfer out · =1+1" in page
    sheet = auditor.get(f"{address}.xlsx")
    with zipfile.ZipFile(io.BytesIO(sheet.get_data())) as book:
        content = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in content
    assert "Transfer out · =1+1" in content
    pdf = PdfReader(io.BytesIO(auditor.get(f"{address}.pdf").get_data()))
    printed = " ".join(page.extract_text() for page in pdf.pages)
    assert "Transaction journal" in printed
    assert "140.00 KES" in printed
    assert len(as_json(auditor, f"{address}.json")["rows"]) == len(found)


@pytest.mark.parametrize(
    "typed",
    [
        r"external:\\evil\share\a.xlsx",
        "internal:'Sheet1'!A1",
        "https://evil.example/?q=1",
        "{=1+1}",
    ],
)
def test_a_typed_text_stays_text_in_a_sheet(house, auditor, typed):
    asset_id = factories.a_funded_asset(house)
    perform(Deposit(asset_id, 20_000_00, Particulars(source=typed)), house.administrator)
    answer = auditor.get(f"{PATH}/aml-transactions.xlsx")
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as book:
        content = html.unescape(book.read("xl/worksheets/sheet1.xml").decode())
        assert not [name for name in book.namelist() if "worksheets/_rels" in name]
    assert typed in content
    assert "<hyperlink" not in content
    assert "<f>" not in content


@pytest.fixture
def short_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a report of four lines be too long to be printed while one waits."""
    for module in ("exports", "views"):
        monkeypatch.setattr(f"app.books.{module}.PRINTED_AT_ONCE", 3)


def printed(browser: FlaskClient, house: House) -> tuple[str, str]:
    """Let the worker print what was asked for; returns its notice's text and its pages' text."""
    due.work_of(house.organisation_id)
    with database.reading() as session:
        mine = Export.organisation_id == house.organisation_id
        made = session.scalars(select(Export).where(mine).order_by(Export.id.desc())).first()
        query = select(Notice.text).where(Notice.organisation_id == house.organisation_id)
        told = session.scalars(query.order_by(Notice.id.desc())).first() or ""
    answer = browser.get(f"/admin/exports/{made.id}/file")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf"), made.refusal
    named = f"{made.title_text.lower().replace(' ', '_')}-{made.id}.pdf"
    assert named in answer.headers["Content-Disposition"]
    pages = PdfReader(io.BytesIO(answer.get_data())).pages
    return told, " ".join(page.extract_text() for page in pages)


@pytest.mark.usefixtures("short_prints")
def test_a_long_report_is_printed_by_the_worker_and_a_short_one_at_once(house, auditor):
    asset_id = factories.a_funded_asset(house)
    address = f"{PATH}/general-ledger"
    query = f"account={number_of(asset_id)}&currency=KES&first=2026-11-02"
    perform(Deposit(asset_id, 41_00), house.administrator)
    page = html.unescape(auditor.get(f"{address}?{query}").get_data(as_text=True))
    assert f'href="{address}.pdf?{query}"' in page
    assert auditor.get(f"{address}.pdf?{query}").mimetype == "application/pdf"
    perform(Deposit(asset_id, 42_00), house.administrator)
    page = html.unescape(auditor.get(f"{address}?{query}").get_data(as_text=True))
    ask = f"{address}/print?{query}"
    assert f'href="{ask}"' in page
    assert f"{address}.pdf" not in page
    assert auditor.get(f"{address}.pdf?{query}").headers["Location"].endswith(ask)
    asked = auditor.get(ask).get_data(as_text=True)
    assert "kept 7 days" in asked
    assert number_of(asset_id) in asked
    assert send(auditor, ask).status_code == 303
    assert "General ledger" in auditor.get("/admin/exports").get_data(as_text=True)
    told, text = printed(auditor, house)
    assert told == "General ledger: 4 rows"
    assert "83.00 KES" in text
    assert "2026-11-02" in text
    assert auditor.get(f"{address}/print?account=ACC-99999999").status_code == 422
    assert auditor.get(f"{PATH}/nothing/print").status_code == 404


@pytest.mark.usefixtures("short_prints")
def test_the_print_of_a_composed_report_holds_what_its_reader_may_see(app, house, auditor):
    for _ in range(2):
        asset_id = factories.a_funded_asset(house, 60_00)
        perform(Withdraw(asset_id, 10_00), house.administrator)
    command = CreateCustomReport("By account", ("account", "type"), ("count",))
    report_id = perform(command, house.administrator)
    ask = f"{PATH}/custom/{report_id}/print"
    assert send(auditor, ask).status_code == 303
    _told, text = printed(auditor, house)
    assert "By account" in text
    assert "Withdrawal" in text
    teller = app.test_client()
    _, email, password = factories.a_user(house, "Teller")
    factories.signed_in(teller, email, password)
    assert teller.get(ask).status_code == 403
    assert send(auditor, ask).status_code == 303
    perform(DeleteCustomReport(report_id), house.administrator)
    due.work_of(house.organisation_id)
    assert "There is nothing at this address" in auditor.get(
        "/admin/exports?columns=list,state,why"
    ).get_data(as_text=True)


@pytest.mark.checks("W01.24")
def test_a_person_composes_a_report_changes_and_drops_it(house, auditor):
    asset_id = factories.a_funded_asset(house, 60_00)
    perform(Withdraw(asset_id, 10_00), house.administrator)
    new = f"{PATH}/custom/new"
    answer = send(auditor, new, name="By kind", first_group="type", measures=["count", "net"])
    assert answer.status_code == 303
    index = auditor.get(PATH).get_data(as_text=True)
    address = PATH + index.split(f'href="{PATH}/custom/')[2].join(("/custom/", "")).split('"')[0]
    rows = as_json(auditor, f"{address}.json")["rows"]
    assert [(row["type"], row["count"]) for row in rows] == [
        ("Deposit", 2), ("Withdrawal", 2), ("Total", 4),
    ]  # fmt: skip
    assert (
        send(auditor, new, name="By kind", first_group="day", measures=["net"]).status_code == 409
    )
    assert send(auditor, new, name="Nothing", first_group="day").status_code == 422
    assert send(auditor, new, name="Odd", first_group="id", measures=["net"]).status_code == 422
    edited = send(auditor, f"{address}/edit", name="By day", first_group="day", measures=["debit"])
    assert edited.status_code == 303
    assert [row["day"] for row in as_json(auditor, f"{address}.json")["rows"]] == [
        BUSINESS_DATE.isoformat(), "Total",
    ]  # fmt: skip
    assert send(auditor, f"{address}/delete").status_code == 303
    assert auditor.get(address).status_code == 404


def test_a_composed_report_asks_for_its_first_group(auditor):
    page = auditor.get(f"{PATH}/custom/new").get_data(as_text=True)
    assert re.search(r'<option value=""[^>]*>Choose a group</option>', page)


@pytest.mark.parametrize(
    ("name", "sheet"),
    [
        ("In/out: [net] * by day?", "In out   net    by day"),
        ("'Quoted'", "Quoted"),
        ("A name of thirty characters is ' too long", "A name of thirty characters is"),
        ("///", "Report"),
        ("History", "Report"),
    ],
)
def test_a_composed_report_of_any_name_is_sent_as_a_sheet(house, auditor, name, sheet):
    command = CreateCustomReport(name, ("type",), ("net",))
    report_id = perform(command, house.administrator)
    answer = auditor.get(f"{PATH}/custom/{report_id}.xlsx")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as book:
        assert f'<sheet name="{sheet}"' in book.read("xl/workbook.xml").decode()


def test_what_cannot_be_read_is_told_with_a_sentence(house, auditor):
    for query, sentence in (
        ("last=yesterday", "Give the day as year-month-day"),
        ("first=2026-12-01&last=2026-11-01", "The first day must not be after the last day"),
        ("branch=x", "Choose from the list"),
    ):
        answer = auditor.get(f"{PATH}/journal?{query}")
        assert answer.status_code == 422
        assert sentence in answer.get_data(as_text=True)
    answer = auditor.get(f"{PATH}/general-ledger?account=ACC-99999999")
    assert (answer.status_code, "no account with this number" in answer.get_data(as_text=True)) == (
        422, True,
    )  # fmt: skip
    assert auditor.get(f"{PATH}/journal.exe").status_code == 404
    assert auditor.get(f"{PATH}/nothing").status_code == 404


def test_another_organisation_s_account_is_unknown(house, auditor):
    foreign = factories.a_funded_asset(factories.a_house(currencies=("KES",)), 5_00)
    number, mine = number_of(foreign), factories.a_funded_asset(house)
    page = auditor.get(f"{PATH}/general-ledger?account={number}").get_data(as_text=True)
    assert "5.00" not in page
    assert as_json(auditor, f"{PATH}/trial-balance.json")["rows"][-1]["debit"]["minor"] == 0
    assert mine
