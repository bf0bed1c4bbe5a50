"""What a file of payments moves: as the counter would, under the rules of transactions, once."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from app.controls.approvals import ApproveRecord, RejectRecord, SubmitRecord
from app.controls.commands import perform
from app.controls.due_work import DueWork
from app.controls.tenant import Organisation
from app.db.session import database
from app.fees.company import RetireFee
from app.fees.models import CompanyFee
from app.kernel.errors import Conflict
from app.kernel.money import plain_decimal
from app.ledger.accounts import Account
from app.ledger.models import Asset
from app.payments.commands import DeletePayments, ResumePayments
from app.payments.models import PaymentFile, PaymentRow
from app.transactions.commands import Transfer, Withdraw
from tests import factories
from tests.due import work_of
from tests.fees.books import a_fee, a_group
from tests.ledger import books
from tests.pages import send
from tests.payments.scenes import PATH, approve, newest, number, rows_of, upload


def test_a_transfer_of_a_file_costs_what_it_costs_at_the_counter(house, teller):
    a_fee(house, a_group(house, "General", is_default=True), "50", label="transfer")
    payer, typed, filed = (factories.a_funded_asset(house, 5_000_00) for _ in range(3))
    perform(Transfer(payer, typed, 1_000_00), house.administrator)
    upload(teller, [(number(payer), number(filed), "1000", "KES", "", "")])
    approve(house, newest(house))
    assert newest(house).state == "posted"
    assert books.asset(typed).balance_minor == books.asset(filed).balance_minor == 5_950_00
    assert books.asset(payer).balance_minor == 3_000_00
    # Nothing is left on the way between them.
    assert books.house_balance(house.organisation_id, purpose="clearing") == 0


def test_a_row_is_judged_with_its_fees_and_the_flags_of_its_accounts(house, teller):
    fees = a_group(house, "General", is_default=True)
    a_fee(house, fees, "50", label="transfer", is_on_top=True)
    payer, payee = factories.a_funded_asset(house, 100_00), factories.a_funded_asset(house)
    row = (number(payer), number(payee), "60", "KES", "", "")
    upload(teller, [row], policy="skip")
    assert [one.reason for one in rows_of(newest(house))] == ["Insufficient available balance"]
    upload(teller, [(*row[:2], "50", *row[3:])], policy="skip")
    assert [one.reason for one in rows_of(newest(house))] == [""]


@pytest.mark.parametrize("is_on_top", [True, False])
def test_a_file_asks_for_the_levels_of_a_transfer_with_its_fees(house, teller, *, is_on_top):
    a_fee(house, a_group(house, "General", is_default=True), "50", label="transfer",
          is_on_top=is_on_top)  # fmt: skip
    payer, payee = factories.a_funded_asset(house, 5_000_00), factories.a_funded_asset(house)
    factories.change(house, Organisation, house.organisation_id, may_self_authorise=False)
    factories.an_approval_rule(house, levels=1)
    factories.an_approval_rule(house, minimum_minor=1_000_00, levels=2)
    for amount_minor, levels in ((950_00, 1), (950_01, 2), (980_00, 2)):
        status = f"PENDING_AUTH_L{levels}"
        typed = perform(Transfer(payer, payee, amount_minor), house.administrator)
        assert books.transaction(typed).record_status == status
        amount = plain_decimal(amount_minor, 2)
        upload(teller, [(number(payer), number(payee), amount, "KES", "", "")])
        perform(SubmitRecord("payments", newest(house).id), house.administrator)
        assert newest(house).record_status == status
        assert (newest(house).total_minor, newest(house).fees_minor) == (amount_minor, 50_00)


@pytest.mark.parametrize(
    ("is_on_top", "told", "paid", "received"),
    [(True, "50.00 KES on top", 150_00, 100_00), (False, "50.00 KES deducted", 100_00, 50_00)],
)
def test_who_approves_a_file_sees_its_fees_and_what_they_leave(
    app, house, teller, *, is_on_top, told, paid, received
):
    a_fee(house, a_group(house, "General", is_default=True), "50", label="transfer",
          is_on_top=is_on_top)  # fmt: skip
    payer, payee = factories.a_funded_asset(house, 1_000_00), factories.a_funded_asset(house, 1_00)
    factories.change(house, Organisation, house.organisation_id, may_self_authorise=False)
    upload(teller, [(number(payer), number(payee), "100", "KES", "", "")])
    record = newest(house)
    perform(SubmitRecord("payments", record.id), house.administrator)
    approver, email, _ = factories.a_user(house, "Approver L1")
    checker = app.test_client()
    factories.signed_in(checker, email)
    path = f"/admin/approvals/payments/{record.id}"
    page = checker.get(path).get_data(as_text=True)
    assert f'<br><span class="muted">{told}</span></td>' in page
    for shown in (page, checker.get(f"{path}/approve").get_data(as_text=True)):
        assert re.search(
            rf"{number(payer)} balance</th><td[^>]*>1,000.00 KES</td>"
            rf"<td[^>]*><strong>{1_000 - paid // 100}.00 KES",
            shown,
        )
    report = teller.get(f"/admin/payment-rows.csv?file={record.id}").get_data(as_text=True)
    assert "50.00" in report
    assert "come on top" not in page
    perform(ApproveRecord("payments", record.id, newest(house).version), approver)
    work_of(house.organisation_id)
    assert books.asset(payer).balance_minor == 1_000_00 - paid
    assert books.asset(payee).balance_minor == 1_00 + received


def a_price(house: factories.House, group_id: int, amount: str) -> None:
    """Let transfers cost this much from now on, whatever they cost before."""
    with database.reading() as session:
        query = select(CompanyFee.id).where(
            CompanyFee.group_id == group_id, CompanyFee.retired_at.is_(None)
        )
        fees = session.scalars(query).all()
    for fee_id in fees:
        perform(RetireFee(fee_id), house.administrator)
    a_fee(house, group_id, amount, label="transfer", is_on_top=True)


def test_a_file_is_posted_at_no_other_price_than_its_checker_saw(app, house, teller):
    group = a_group(house, "General", is_default=True)
    a_fee(house, group, "50", label="transfer", is_on_top=True)
    payer, payee = factories.a_funded_asset(house, 1_000_00), factories.a_funded_asset(house)
    factories.change(house, Organisation, house.organisation_id, may_self_authorise=False)
    upload(teller, [(number(payer), number(payee), "100", "KES", "", "")])
    a_price(house, group, "70")
    perform(SubmitRecord("payments", newest(house).id), house.administrator)
    assert newest(house).fees_minor == 70_00, "it is priced as it is handed in"
    a_price(house, group, "80")
    approver, *_ = factories.a_user(house, "Approver L1")
    told = r"they were 70\.00 KES, and are 80\.00 KES by now"
    with pytest.raises(Conflict, match=told):
        perform(ApproveRecord("payments", newest(house).id, newest(house).version), approver)
    work_of(house.organisation_id)
    assert books.asset(payee).balance_minor == 0
    perform(RejectRecord("payments", newest(house).id, newest(house).version, "A new price"),
            approver)  # fmt: skip
    perform(SubmitRecord("payments", newest(house).id), house.administrator)
    assert newest(house).fees_minor == 80_00
    perform(ApproveRecord("payments", newest(house).id, newest(house).version), approver)
    work_of(house.organisation_id)
    assert books.asset(payer).balance_minor == 1_000_00 - 180_00
    assert books.asset(payee).balance_minor == 100_00


def test_a_fee_that_changes_before_the_worker_posts_stops_the_file(house, teller):
    group = a_group(house, "General", is_default=True)
    payer, payee = factories.a_funded_asset(house, 1_000_00), factories.a_funded_asset(house)
    upload(teller, [(number(payer), number(payee), "100", "KES", "", "")])
    perform(SubmitRecord("payments", newest(house).id), house.administrator)
    a_fee(house, group, "20", label="transfer", is_on_top=True)
    work_of(house.organisation_id)
    assert newest(house).refusal == "Line 2: Its fees changed after the file was approved"
    assert (newest(house).state, books.asset(payer).balance_minor) == ("failed", 1_000_00)


def test_a_file_that_was_judged_before_its_fees_were_kept_stays_as_it_was(app, house, teller):
    payer, payee = factories.a_funded_asset(house, 1_000_00), factories.a_funded_asset(house)
    factories.change(house, Organisation, house.organisation_id, may_self_authorise=False)
    upload(teller, [(number(payer), number(payee), "100", "KES", "", "")])
    factories.change(house, PaymentFile, newest(house).id, fees_minor=None)
    (row,) = rows_of(newest(house))
    factories.change(house, PaymentRow, row.id, debited_minor=None, credited_minor=None)
    perform(SubmitRecord("payments", newest(house).id), house.administrator)
    approver, email, _ = factories.a_user(house, "Approver L1")
    checker = app.test_client()
    factories.signed_in(checker, email)
    page = checker.get(f"/admin/approvals/payments/{newest(house).id}").get_data(as_text=True)
    assert "<strong>900.00 KES" in page
    assert "deducted</span>" not in page
    assert "on top</span>" not in page
    perform(ApproveRecord("payments", newest(house).id, newest(house).version), approver)
    work_of(house.organisation_id)
    assert newest(house).state == "posted"


def test_an_all_or_none_file_says_which_line_failed(house, teller):
    payer, payee = factories.a_funded_asset(house, 100_00), factories.a_funded_asset(house)
    row = (number(payer), number(payee), "50", "KES", "", "")
    upload(teller, [(number(payee), number(payer), "0.50", "KES", "", ""), row, row])
    assert newest(house).wrong_count == 1
    upload(teller, [row, row])
    perform(Withdraw(payer, 10_00), house.administrator)
    approve(house, newest(house))
    assert newest(house).refusal == "Line 3: Insufficient available balance"


def test_a_file_is_no_way_round_the_rules_of_transactions(house, teller):
    payer, payee = factories.a_funded_asset(house, 5_000_00), factories.a_funded_asset(house)
    factories.change(house, Organisation, house.organisation_id, may_self_authorise=False)
    factories.an_approval_rule(house, minimum_minor=500_00, levels=2)
    factories.an_approval_rule(
        house,
        minimum_minor=900_00,
        levels=3,
        project_id=house.project_id,
        branch_id=house.branch_id,
    )
    for amount, levels in (("500", 1), ("500.01", 2), ("900.01", 3)):
        upload(teller, [(number(payer), number(payee), amount, "KES", "", "")])
        perform(SubmitRecord("payments", newest(house).id), house.administrator)
        assert newest(house).record_status == f"PENDING_AUTH_L{levels}"
    # A rule of its own says otherwise, and counts.
    factories.an_approval_rule(house, "payments", levels=1)
    upload(teller, [(number(payer), number(payee), "950", "KES", "", "")])
    perform(SubmitRecord("payments", newest(house).id), house.administrator)
    assert newest(house).record_status == "PENDING_AUTH_L1"


def test_the_same_rows_are_paid_again_only_when_that_is_said(house, teller):
    payer, payee = factories.a_funded_asset(house, 100_00), factories.a_funded_asset(house)
    rows = [(number(payer), number(payee), "5", "KES", "", "")]
    upload(teller, rows)
    first = newest(house)
    status, page = upload(teller, rows)
    assert status == 409
    assert f"The same rows are in {first.reference}, Salaries" in page
    assert newest(house).id == first.id
    status, address = upload(teller, rows, again="y")
    assert status == 303
    page = teller.get(address).get_data(as_text=True)
    assert "The same rows as" in page
    assert first.reference in page
    perform(DeletePayments(newest(house).id), house.administrator)
    perform(DeletePayments(first.id), house.administrator)
    assert upload(teller, rows)[0] == 303


def test_the_same_payments_are_known_in_any_order_and_whatever_can_be_posted_by_now(house, teller):
    payer = factories.a_funded_asset(house, 100_00)
    one, other = (number(factories.a_funded_asset(house)) for _ in range(2))
    rows = [
        (number(payer), one, "70", "KES", "", ""),
        (number(payer), other, "20.50", "KES", "", ""),
    ]
    upload(teller, rows, policy="skip")
    approve(house, newest(house))
    assert newest(house).state == "posted"
    again = [(*rows[1][:2], "020.5", *rows[1][3:]), rows[0]]
    status, page = upload(teller, again, policy="skip")
    assert status == 409
    assert f"The same rows are in {newest(house).reference}" in page
    assert upload(teller, [rows[0]], policy="skip")[0] == 303


def test_a_posting_that_was_given_up_says_so_and_goes_on(house, teller):
    payer, payee = factories.a_funded_asset(house, 100_00), factories.a_funded_asset(house)
    upload(teller, [(number(payer), number(payee), "5", "KES", "", "")])
    record = newest(house)
    with pytest.raises(Conflict, match="has not stopped"):
        perform(ResumePayments(record.id), house.administrator)
    perform(SubmitRecord("payments", record.id), house.administrator)
    work_id = newest(house).work_id
    factories.change(house, DueWork, work_id, state="failed", attempts=5)
    page = teller.get(f"{PATH}/{record.id}").get_data(as_text=True)
    assert "The posting stopped before its end" in page
    assert "The file is being posted" not in page
    assert send(teller, f"{PATH}/{record.id}/resume").status_code == 303
    work_of(house.organisation_id)
    assert newest(house).state == "posted"
    assert books.asset(payee).balance_minor == 5_00


def test_a_deleted_file_offers_nothing_and_says_that_it_is_deleted(house, teller):
    payer, payee = factories.a_funded_asset(house, 100_00), factories.a_funded_asset(house)
    upload(teller, [(number(payer), number(payee), "5", "KES", "", "")])
    path = f"{PATH}/{newest(house).id}"
    assert "Submit" in teller.get(path).get_data(as_text=True)
    perform(DeletePayments(newest(house).id), house.administrator)
    page = teller.get(path).get_data(as_text=True)
    assert "Inactive" in page
    assert "Submit" not in page
    with pytest.raises(Conflict, match="was deleted"):
        perform(DeletePayments(newest(house).id), house.administrator)


def test_money_of_a_platform_is_not_moved_behind_its_back(app, house):
    kept, payee = factories.a_funded_asset(house, 100_00), factories.a_funded_asset(house)
    platform_id = factories.a_platform(house)
    factories.change(house, Asset, kept, platform_id=platform_id)
    with database.reading() as session:
        query = select(Account.number).where(
            Account.organisation_id == house.organisation_id, Account.purpose == "cash"
        )
        cash = session.scalars(query).one()
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    upload(browser, [(number(kept), cash, "5", "KES", "", "")], policy="skip")
    (row,) = rows_of(newest(house))
    assert "A platform keeps the balance" in row.reason
    upload(browser, [(number(payee), number(kept), "5", "KES", "", "")], policy="skip")
    assert "A platform" not in rows_of(newest(house))[0].reason
