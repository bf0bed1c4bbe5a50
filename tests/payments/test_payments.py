"""Files of payments: judged row by row, approved as one, posted all or past what fails."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from xlsxwriter import Workbook

from app.accounts.commands import SetAccountActive
from app.accounts.ending.commands import CloseAccount
from app.controls.approvals import ApproveRecord, SubmitRecord
from app.controls.commands import perform
from app.controls.tenant import Organisation
from app.db.session import database
from app.kernel.errors import Conflict
from app.ledger.models import Transaction
from app.payments.models import PaymentRow
from app.payments.posting import PostPayments
from app.transactions.commands import Withdraw
from tests import factories
from tests.due import work_of
from tests.journals.scenes import house_account
from tests.ledger import books
from tests.pages import form_of
from tests.payments.scenes import HEAD, PATH, approve, newest, number, rows_of, upload


def test_a_salary_run_is_judged_approved_as_one_and_posted(house, teller):
    employer = factories.a_funded_asset(house, 10_000_00)
    staff = [factories.a_funded_asset(house) for _ in range(3)]
    payer = number(employer)
    rows = [(payer, number(one), "1000.50", "KES", "Salary", f"S-{one}") for one in staff]
    status, address = upload(teller, rows)
    assert status == 303
    record = newest(house)
    page = teller.get(address).get_data(as_text=True)
    assert "3,001.50" in page
    assert record.wrong_count == 0
    assert books.asset(employer).balance_minor == 10_000_00
    approver, _, _ = factories.a_user(house, "Approver L1")
    maker = house.administrator
    factories.change(house, Organisation, house.organisation_id, may_self_authorise=False)
    perform(SubmitRecord("payments", record.id), maker)
    assert newest(house).record_status == "PENDING_AUTH_L1"
    perform(ApproveRecord("payments", record.id, newest(house).version), approver)
    assert newest(house).state == "posting"
    work_of(house.organisation_id)
    assert newest(house).state == "posted"
    assert books.asset(employer).balance_minor == 10_000_00 - 3_001_50
    assert [books.asset(one).balance_minor for one in staff] == [1_000_50] * 3
    posted = books.transaction(rows_of(record)[0].transaction_id)
    assert (posted.kind, posted.external_id, posted.context_kind) == (
        "transfer_out", f"S-{staff[0]}", "payment_file",
    )  # fmt: skip
    assert books.received(posted.id).asset_id == staff[0]


def test_every_wrong_row_is_told_before_anything_is_posted(house, teller):
    payer = factories.a_funded_asset(house, 100_00)
    payee = factories.a_funded_asset(house)
    closed = factories.a_funded_asset(house)
    perform(SetAccountActive(books.asset(closed).account_id, is_active=False), house.administrator)
    foreign = factories.a_funded_asset(factories.a_house(currencies=("KES",)))
    mine, theirs = number(payer), number(payee)
    rows = [
        (mine, "ACC-99999999", "1", "KES", "", "A"),
        (mine, theirs, "1e3", "KES", "", "B"),
        (mine, theirs, "1", "USD", "", "C"),
        (mine, mine, "1", "KES", "", "D"),
        (mine, number(closed), "1", "KES", "", "E"),
        (mine, theirs, "60", "KES", "", "F"),
        (mine, theirs, "60", "KES", "", "G"),
        (mine, theirs, "1", "KES", "", "H"),
        (mine, theirs, "1", "KES", "", "H"),
        (mine, theirs, "0", "KES", "", "I"),
    ]
    upload(teller, rows, policy="skip")
    reasons = [row.reason for row in rows_of(newest(house))]
    assert reasons[0] == "The account ACC-99999999 is unknown"
    assert "must be a number" in reasons[1]
    assert reasons[2] == f"The account {mine} has no USD"
    assert reasons[3] == "Both accounts are the same"
    assert "is inactive" in reasons[4]
    assert reasons[5] == ""
    assert reasons[6] == "Insufficient available balance"
    assert reasons[7:9] == [
        "The reference H is also on line 10",
        "The reference H is also on line 9",
    ]
    assert "greater than 0" in reasons[9]
    page = teller.get(f"/admin/payment-rows?file={newest(house).id}&state=wrong")
    assert "The account ACC-99999999 is unknown" in page.get_data(as_text=True)
    assert foreign


def test_a_wrong_row_shows_both_its_accounts_whichever_is_at_fault(house, teller):
    payee = number(factories.a_funded_asset(house))
    _, address = upload(teller, [("ACC-99999999", payee, "1", "KES", "", "")])
    page = teller.get(address).get_data(as_text=True)
    cells = r'<td data-label="Debit account"[^>]*>ACC-99999999</td><td data-label="Credit account"'
    assert re.search(f"{cells}[^>]*>{payee}<", page)


def test_thousands_of_rows_are_counted_by_thousands_and_exported_as_figures(house, teller):
    rows = [("ACC-99999998", "ACC-99999999", "1", "KES", "", "")] * 1_234
    _, address = upload(teller, rows)
    page = teller.get(address).get_data(as_text=True)
    assert page.count("1,234") == 3
    assert page.count(">1234<") == 0
    assert ">1,234<" in teller.get(PATH).get_data(as_text=True)
    assert "Salaries,0.00,KES,1234,1234" in teller.get(f"{PATH}.csv").get_data(as_text=True)


def test_a_reference_of_the_books_is_told_apart_from_one_that_stands_twice(house, teller):
    payer, payee = factories.a_funded_asset(house, 100_00), factories.a_funded_asset(house)
    row = (number(payer), number(payee), "1", "KES", "", "OLD")
    upload(teller, [row])
    approve(house, newest(house))
    upload(teller, [row, row])
    reasons = {row.reason for row in rows_of(newest(house))}
    assert reasons == {"The reference OLD was used before"}


def test_all_or_none_is_not_handed_in_with_a_wrong_row_and_posts_none_when_one_fails(house, teller):
    payer, payee = factories.a_funded_asset(house, 100_00), factories.a_funded_asset(house)
    row = (number(payer), number(payee), "50", "KES", "", "")
    upload(teller, [row, (number(payer), "nobody", "1", "KES", "", "")])
    with pytest.raises(Conflict, match="1 of its rows cannot be posted"):
        approve(house, newest(house))
    record, handing_in = newest(house), "/admin/approvals/payments/{}/submit"
    page = teller.get(f"{PATH}/{record.id}").text
    assert handing_in.format(record.id) not in page
    assert "1 of its rows cannot be posted" in page
    upload(teller, [row, row])
    record = newest(house)
    assert handing_in.format(record.id) in teller.get(f"{PATH}/{record.id}").text
    perform(Withdraw(payer, 10_00), house.administrator)
    approve(house, newest(house))
    record = newest(house)
    assert (record.state, record.refusal) == (
        "failed",
        "Line 3: Insufficient available balance",
    )
    assert books.asset(payer).balance_minor == 90_00
    assert books.asset(payee).balance_minor == 0


def test_skipping_posts_what_can_be_and_reports_the_rest(house, teller):
    payer, payee = factories.a_funded_asset(house, 100_00), factories.a_funded_asset(house)
    row = (number(payer), number(payee), "50", "KES", "", "")
    upload(teller, [row, row, (number(payer), "nobody", "1", "KES", "", "")], policy="skip")
    perform(Withdraw(payer, 10_00), house.administrator)
    approve(house, newest(house))
    record = newest(house)
    assert record.state == "partly"
    assert [one.state for one in rows_of(record)] == ["posted", "failed", "wrong"]
    report = teller.get(f"/admin/payment-rows.csv?file={record.id}").get_data(as_text=True)
    assert "Insufficient available balance" in report
    assert books.asset(payee).balance_minor == 50_00
    # Done again, as after a crash, it pays nobody twice.
    ids = tuple(one.id for one in rows_of(record))
    assert perform(PostPayments(record.id, ids), house.system) == 0
    assert books.asset(payee).balance_minor == 50_00


def test_what_was_approved_is_what_is_posted(house, teller):
    payer, payee = factories.a_funded_asset(house, 100_00), factories.a_funded_asset(house)
    upload(teller, [(number(payer), number(payee), "5", "KES", "", "")])
    record = newest(house)
    factories.change(house, PaymentRow, rows_of(record)[0].id, amount_minor=50_00)
    approve(house, record)
    assert newest(house).state == "failed"
    assert "no longer what was approved" in newest(house).refusal
    assert books.asset(payee).balance_minor == 0


def workbook(lines: dict[int, tuple[object, ...]]) -> bytes:
    """Return a workbook with values on these lines of its first sheet."""
    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for line, values in lines.items():
            sheet.write_row(line - 1, 0, values)
    return file.getvalue()


def test_a_workbook_is_read_as_a_csv_is(house, teller):
    payer, payee = factories.a_funded_asset(house, 100_00), factories.a_funded_asset(house)
    line = (number(payer), number(payee), 12.5, "KES", "Bonus", "X-1")
    upload(teller, (), content=workbook({1: HEAD, 2: line}))
    (row,) = rows_of(newest(house))
    assert (row.state, row.amount_minor, row.reference) == ("good", 12_50, "X-1")


def test_an_amount_that_a_workbook_keeps_as_text_is_read_as_a_form_reads_it(house, teller):
    payer, payee = factories.a_funded_asset(house, 9_000_00), factories.a_funded_asset(house)
    typed = ("1,500", "1,234.50", 1500, "1,50", "1.500,00", True)
    lines = {
        at: (number(payer), number(payee), amount, "KES", "", "")
        for at, amount in enumerate(typed, start=2)
    }
    upload(teller, (), content=workbook({1: HEAD, **lines}), policy="skip")
    rows = rows_of(newest(house))
    assert [row.amount_minor for row in rows] == [1_500_00, 1_234_50, 1_500_00, 0, 0, 0]
    told = [(row.line, row.reason) for row in rows if row.reason]
    assert told == [(line, "Amount must be a number such as 1,234.50") for line in (5, 6, 7)]


def test_texts_of_a_workbook_stay_as_they_are_and_numbers_lose_their_point(house, teller):
    payer, payee = factories.a_funded_asset(house, 100_00), factories.a_funded_asset(house)
    accounts = number(payer), number(payee)
    text, figure = (*accounts, 5, "KES", "Rent v2.0", "INV-7.0"), (*accounts, 5, "KES", "", 7)
    upload(teller, (), content=workbook({1: HEAD, 2: text, 3: figure}))
    rows = rows_of(newest(house))
    assert [(row.narrative, row.reference) for row in rows] == [("Rent v2.0", "INV-7.0"), ("", "7")]
    assert [row.amount_minor for row in rows] == [5_00, 5_00]


@pytest.fixture
def coins_house(app) -> tuple[factories.House, FlaskClient]:
    house = factories.a_house(currencies=("KES", "BTC"))
    browser = app.test_client()
    factories.signed_in(browser, factories.a_user(house, "Teller")[1])
    return house, browser


def test_numbers_of_a_workbook_are_read_as_the_sheet_shows_them(coins_house):
    house, teller = coins_house
    payer, payee = factories.a_funded_asset(house, 10**9, "BTC"), factories.a_funded_asset(house)
    coins = number(factories.a_funded_asset(house, 0, "BTC"))
    accounts = number(payer), coins
    lines = {
        1: HEAD,
        2: (*accounts, 0.00000005, "BTC", "", 123456789012345),
        3: (*accounts, 0.1 + 0.2, "BTC", "", 0.5),
    }
    upload(teller, (), content=workbook(lines))
    rows = rows_of(newest(house))
    assert [row.amount for row in rows] == ["0.00000005", "0.3"]
    assert [row.amount_minor for row in rows] == [5, 30_000_000]
    assert [row.reference for row in rows] == ["123456789012345", "0.5"]
    long = {1: HEAD, 2: (number(payee), coins, 1, "KES", "", 12345678901234567890)}
    status, page = upload(teller, (), content=workbook(long))
    assert status == 422
    assert "Line 2: a number has more than 15 digits" in page
    assert "Format the cell as text" in page
    elsewhere = {1: (*HEAD, "Our number"), 2: (*accounts, 1, "BTC", "", "A", 12345678901234567890)}
    assert upload(teller, (), content=workbook(elsewhere))[0] == 303


def test_columns_that_nothing_is_read_from_are_named_on_the_page(house, teller):
    payer, payee = factories.a_funded_asset(house, 100_00), factories.a_funded_asset(house)
    row = (number(payer), number(payee), "1", "KES", "Rent", "R")
    _, address = upload(teller, [row])
    assert "Nothing is read from these columns" not in teller.get(address).get_data(as_text=True)
    heads = (*HEAD, "Value date", "", "<Amount 2>")
    text = "\n".join(",".join(one) for one in (heads, (*row[:5], "R2", "2026-11-30", "", "5")))
    _, address = upload(teller, (), content=text.encode())
    page = teller.get(address).get_data(as_text=True)
    assert "columns of the file: Value date, &lt;Amount 2&gt;<" in page


def test_who_approves_a_file_sees_whom_it_pays_and_what_is_left(house, teller):
    payer = factories.a_funded_asset(house, 1_000_00)
    paid = [factories.a_funded_asset(house) for _ in range(22)]
    factories.change(house, Organisation, house.organisation_id, may_self_authorise=False)
    rows = [
        (number(payer), number(one), "10", "KES", f"Wage {at}", f"W-{at}-{payer}")
        for at, one in enumerate(paid)
    ]
    upload(teller, rows)
    record = newest(house)
    perform(SubmitRecord("payments", record.id), house.administrator)
    _, email, _ = factories.a_user(house, "Approver L1")
    checker = teller.application.test_client()
    factories.signed_in(checker, email)
    page = checker.get(f"/admin/approvals/payments/{record.id}").get_data(as_text=True)
    assert page.count('data-label="Payee">Amina Wanjiru<') == 20
    for shown in ("Wage 0<", "Wage 19<", f"W-0-{payer}", "10.00 KES", number(paid[0])):
        assert shown in page
    assert "Wage 20<" not in page
    assert f'href="/admin/payment-rows?file={record.id}">All 22 rows<' in page
    asked = checker.get(f"/admin/approvals/payments/{record.id}/approve").get_data(as_text=True)
    for told in (page, asked):
        compared = re.search(
            rf"{number(payer)} balance</th><td[^>]*>1,000.00 KES</td><td[^>]*><strong>780.00 KES",
            told,
        )
        assert compared


def test_marks_that_turn_a_line_around_are_dropped_from_a_file(house, teller):
    payer, payee = factories.a_funded_asset(house, 100_00), factories.a_funded_asset(house)
    turned = "\N{RIGHT-TO-LEFT OVERRIDE}"
    head = ",".join((f"{turned}Debit account", *HEAD[1:]))
    row = (f"{turned}{number(payer)}", number(payee), "1", "KES", f"Rent {turned}5 yaM", "R7")
    upload(teller, (), content="\n".join((head, ",".join(row))).encode())
    (one,) = rows_of(newest(house))
    assert (one.reason, one.narrative) == ("", "Rent 5 yaM")
    upload(teller, [(*row[:4], turned, "R8")])
    assert rows_of(newest(house))[0].narrative == ""


def test_references_are_one_in_any_case_and_without_what_nobody_sees(house, teller):
    payer, payee = factories.a_funded_asset(house, 100_00), factories.a_funded_asset(house)
    one = (number(payer), number(payee), "1", "KES", "")
    upload(teller, [(*one, "Pay1")])
    approve(house, newest(house))
    unseen = "\N{ZERO WIDTH SPACE}"
    upload(teller, [(*one, "pAY1"), (*one, f"PAY1{unseen}"), (*one, "d1"), (*one, "D1")])
    reasons = [row.reason for row in rows_of(newest(house))]
    assert reasons == [
        "The reference pAY1 was used before",
        "The reference PAY1 was used before",
        "The reference d1 is also on line 5",
        "The reference D1 is also on line 4",
    ]


def test_a_closed_account_is_named_and_called_closed(house, teller):
    payer = factories.a_funded_asset(house, 100_00)
    for policy in ("all", "skip"):
        target = factories.a_funded_asset(house)
        upload(teller, [(number(payer), number(target), "1", "KES", "", "")], policy=policy)
        record = newest(house)
        _close(house, target)
        approve(house, record)
        told = f"The account {number(target)} is closed"
        ended = newest(house)
        reason = ended.refusal if policy == "all" else rows_of(ended)[0].reason
        assert reason.endswith(told), reason
    upload(teller, [(number(payer), number(target), "1", "KES", "", "")])
    (row,) = rows_of(newest(house))
    assert row.reason == told


def _close(house, asset_id: int) -> None:
    perform(CloseAccount(books.asset(asset_id).account_id, "No longer wanted"), house.administrator)


def test_the_lines_of_a_workbook_are_those_of_its_sheet(house, teller):
    wrong = ("ACC-99999998", "ACC-99999999", "1", "KES", "", "")
    _, address = upload(teller, (), content=workbook({3: HEAD, 4: wrong, 7: wrong}))
    page = teller.get(address).get_data(as_text=True)
    assert re.findall(r'<th scope="row" data-label="Line">(\d+)</th>', page) == ["4", "7"]


def test_a_sheet_that_is_mostly_empty_is_refused_rather_than_cut(house, teller):
    line = ("ACC-99999998", "ACC-99999999", "1", "KES", "", "")
    upload(teller, (), content=workbook({1: HEAD, 2: line, 9_000: line}))
    assert [row.line for row in rows_of(newest(house))] == [2, 9_000]
    status, page = upload(teller, (), content=workbook({1: HEAD, 10_001: line}))
    assert (status, "at most 10,000 lines" in page) == (422, True)


def test_a_file_that_would_unfold_without_end_is_refused_before_it_is_unfolded(house, teller):
    far = io.BytesIO()
    with Workbook(far, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEAD)
        sheet.write(0, 16_383, "far away")
    status, page = upload(teller, (), content=far.getvalue())
    assert (status, "at most 200 columns" in page) == (422, True)
    for row in (b'<row r="1"><c><v>1</v></c></row><row r="1048576"><c><v>1</v></c></row>',
                b'<c r="A1"/><c r="AAAAAAA1"/>', b"<c r='A1'/><c r='A1048576'/>"):  # fmt: skip
        sheet = io.BytesIO()
        with zipfile.ZipFile(sheet, "w") as archive:
            archive.writestr("anywhere/else.xml", row)
        status, page = upload(teller, (), content=sheet.getvalue())
        assert (status, "counting empty ones" in page) == (422, True)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b"0" * (17 * 1024 * 1024))
    status, page = upload(teller, (), content=bomb.getvalue())
    assert (status, "unpacks to more than 16 MiB" in page) == (422, True)
    status, page = upload(teller, (), content=bomb.getvalue()[:200])
    assert (status, "neither a CSV nor an XLSX" in page) == (422, True)


@pytest.mark.parametrize("other", ["content.xml", "Content.XML", "xl/workbook.bin"])
def test_a_book_of_another_kind_is_refused_before_it_is_read(house, teller, other):
    """A cell of an ODS may say that it stands there six million times."""
    many = '<table:table-cell table:number-columns-repeated="2000"/>'
    for names in (("mimetype", other), ("xl/workbook.xml", other), ("anything.xml",)):
        book = io.BytesIO()
        with zipfile.ZipFile(book, "w") as archive:
            for name in names:
                archive.writestr(name, many)
        status, page = upload(teller, (), content=book.getvalue())
        assert (status, "neither a CSV nor an XLSX" in page) == (422, True), names


@pytest.mark.parametrize(
    ("above", "separator", "line"),
    [
        ("", ",", 2),
        ("\n", ",", 3),
        ("\r\n;;\r\n", ";", 4),
        ("sep=;\r\n", ";", 3),
        ("SEP=|\n", "|", 3),
        ('"sep=,"\n\n', ",", 4),
    ],
)
def test_lines_above_the_headings_are_passed_over_and_counted(
    house, teller, *, above, separator, line
):
    head = separator.join(HEAD)
    values = ("ACC-99999998", "ACC-99999999", "1", "KES", '"of two\nlines"', "A")
    text = f"{above}{head}\n{separator.join(values)}\n\n{separator.join(values)}\n"
    status, _ = upload(teller, (), content=text.encode("utf-8-sig"))
    assert status == 303
    rows = rows_of(newest(house))
    assert [(row.line, row.reference) for row in rows] == [(line, "A"), (line + 3, "A")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_text_file_with_its_mark_is_read_in_its_encoding(house, teller, encoding):
    text = "\t".join(HEAD) + "\r\nACC-1\tACC-2\t1\tKES\tLöhne für Zoë\tA\r\n"
    upload(teller, (), content=text.encode(encoding))
    assert [row.narrative for row in rows_of(newest(house))] == ["Löhne für Zoë"]


def test_a_quotation_mark_that_is_left_open_swallows_no_payment(house, teller):
    head, row = ",".join(HEAD), "ACC-1,ACC-2,70,KES,{narrative},{reference}"
    for narratives in (('"June rent', "salary", '"bonus'), ('"June rent', "salary", 'bonus"')):
        lines = [row.format(narrative=one, reference=f"R{at}") for at, one in enumerate(narratives)]
        status, page = upload(teller, (), content="\n".join((head, *lines)).encode())
        assert (status, "Line 2: a quotation mark is not closed" in page) == (422, True)


@pytest.mark.parametrize(
    ("above", "separator"), [("", ";"), ("", "\t"), ("sep=|\n", "|")], ids=["semi", "tab", "pipe"]
)
def test_an_amount_that_may_be_a_thousand_or_one_and_a_bit_is_refused(
    house, teller, *, above, separator
):
    def sent(amount: str, narrative: str = "rent") -> tuple[int, str]:
        values = ("ACC-1", "ACC-2", amount, "KES", narrative, "R1")
        text = f"{above}{separator.join(HEAD)}\n{separator.join(values)}\n"
        return upload(teller, (), content=text.encode())

    status, page = sent("1,500")
    line = 3 if above else 2
    assert (status, f"Line {line}: write the amount without a comma" in page) == (422, True)
    for amount in ("1500", "1.500", "1,500.00", "1,234,567"):
        assert sent(amount)[0] == 303
    assert sent("1500.5", narrative="1,500")[0] == 303


def test_a_comma_of_thousands_is_read_where_commas_part_the_values(house, teller):
    assert upload(teller, [("ACC-1", "ACC-2", '"1,500"', "KES", "rent", "R1")])[0] == 303


def test_payments_that_add_up_to_more_than_the_books_hold_are_refused(app, house):
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    payee, bank = factories.a_funded_asset(house, 1, "USD"), house_account(house, "USD", "cash")
    row = (bank, number(payee), "7000000000000", "USD", "", "")
    assert upload(browser, [row])[0] == 303
    assert newest(house).wrong_count == 0
    for times in (2, 200):
        status, page = upload(browser, [row] * times)
        assert (status, "add up to more than can be processed at once" in page) == (422, True)
    upload(browser, [row, (*row[:2], "9000000000000", *row[3:])], policy="skip")
    assert [one.reason for one in rows_of(newest(house))] == [
        "", "Amount is larger than can be processed",
    ]  # fmt: skip


def test_what_is_no_file_of_payments_is_told_with_a_sentence(house, teller):
    for content, sentence in (
        (b"\x89PNG\r\n\x1a\n\0\0", "neither a CSV nor an XLSX"),
        (b"PK\x03\x04 broken", "neither a CSV nor an XLSX"),
        (b"\xff\xfe\x00\xd8\x41\x00", "neither a CSV nor an XLSX"),
        ("Debit account;L\u00f6hne".encode("cp1252"), "Save it as “CSV UTF-8” in Excel"),
        (b"%PDF-1.7\n" + "L\u00f6hne".encode("cp1252"), "neither a CSV nor an XLSX"),
        (b"%PDF-1.4\nall of it plain", "neither a CSV nor an XLSX"),
        (b"", "The file has no payments"),
        (b"Amount,Currency\n1,KES\n", "missing: Credit account, Debit account"),
        (b"Debit account,Credit account,Amount\n" + b"a,b,1\n" * 5_001, "at most 5,000 payments"),
        (b"Debit account,Credit account,Amount\n" + b"x" * 300 + b",b,1\n", "at most 200 char"),
        (
            b"Debit account,Credit account,Amount,AMOUNT,debit_account\na,b,1,9,c\n",
            "names a column more than once: Debit account, Amount",
        ),
        (b"x" * (2 * 1024 * 1024 + 1), "larger than 2 MiB"),
    ):
        status, page = upload(teller, (), content=content)
        assert (status, sentence in page) == (422, True), sentence
        assert 'value="Salaries"' in page
    data = form_of(teller, f"{PATH}/new") | {"name": "Nothing"}
    assert "Choose a file" in teller.post(f"{PATH}/new", data=data).get_data(as_text=True)


def test_a_file_is_deleted_only_before_it_is_handed_in(house, teller):
    payer, payee = factories.a_funded_asset(house, 100_00), factories.a_funded_asset(house)
    row = (number(payer), number(payee), "5", "KES", "", "")
    _, address = upload(teller, [row])
    data = form_of(teller, f"{address}/delete")
    assert teller.post(f"{address}/delete", data=data).status_code == 303
    assert address not in teller.get(PATH).get_data(as_text=True)
    _, address = upload(teller, [row])
    approve(house, newest(house))
    assert teller.post(f"{address}/delete", data=data | {"key": "other"}).status_code == 409
    with database.reading() as session:
        query = select(Transaction).where(
            Transaction.context_kind == "payment_file",
            Transaction.organisation_id == house.organisation_id,
        )
        assert len(session.scalars(query).all()) == 2
