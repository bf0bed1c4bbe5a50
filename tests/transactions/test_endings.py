"""The page of what was reversed or may be deleted, and the list without the deleted."""

from __future__ import annotations

import json
import re

import pytest
from flask import Flask

from app.controls.approvals import DenyRecord, RejectRecord, SubmitRecord
from app.controls.commands import perform
from app.db.session import database
from app.kernel.errors import Conflict
from app.transactions.commands import Deposit, Withdraw
from app.transactions.deletion import DeleteTransaction
from app.transactions.reversal import ReverseTransaction
from app.transactions.statuses import EditDescription
from app.workspace.queries import newest_transactions
from tests.factories import House, a_funded_asset, a_user, an_approval_rule
from tests.ledger import books
from tests.pages import form_of, send, token_of
from tests.program import a_program
from tests.transactions.scenes import LIST, browser

REASON = "Booked on the wrong account"


def draft_of(house: House, asset_id: int) -> int:
    """Return a draft: the reversal of a new deposit."""
    deposit = perform(Deposit(asset_id, 40_00), house.administrator)
    return perform(ReverseTransaction(deposit, REASON), house.administrator)


@pytest.mark.checks("E41.51", "E41.52", "E41.53", "E41.55", "E41.57", "E41.58", "E41.59", "E41.11")
def test_a_processed_transaction_is_reversed_from_its_page(app: Flask, house: House):
    deposit = perform(Deposit(a_funded_asset(house), 40_00), house.administrator)
    here, path = browser(app, house.administrator_email), f"{LIST}/{deposit}/reverse"
    page = here.get(f"{LIST}/{deposit}").text
    assert f'href="{path}"' in page
    assert "Processed" in page
    assert "AUTHORIZED" in page
    dialog = here.get(path).text
    for words in ("This action cannot be undone", "Reversal Reason", "Confirm Reversal"):
        assert words in dialog
    short = send(here, path, reason="too short")
    assert short.status_code == 422
    assert "Reversal reason must be at least 10 characters." in short.text
    assert "too short" in short.text
    answer = send(here, path, reason=REASON)
    assert answer.status_code == 303
    reversal = int(answer.headers["Location"].rsplit("/", 1)[1])
    assert books.transaction(reversal).reverses_id == deposit
    for shown, other in ((deposit, reversal), (reversal, deposit)):
        page = here.get(f"{LIST}/{shown}").text
        assert "Reversal Chain" in page
        assert re.search(rf'href="{LIST}/{other}"[^>]*>.*?<span>View</span>', page)
        assert REASON in page
        assert f"{LIST}/{shown}/reverse" not in page
        assert here.get(f"{LIST}/{shown}/reverse").status_code == 409
    assert "CAPTURED" in here.get(f"{LIST}/{reversal}").text
    auditor = browser(app, a_user(house, "Auditor")[1])
    other = perform(Deposit(a_funded_asset(house), 5_00), house.administrator)
    assert f"{LIST}/{other}/reverse" not in auditor.get(f"{LIST}/{other}").text
    assert auditor.get(f"{LIST}/{other}/reverse").status_code == 403


def test_a_dialog_leads_from_the_page_it_was_asked_on(app: Flask, house: House):
    deposit = perform(Deposit(a_funded_asset(house), 40_00), house.administrator)
    here, path = browser(app, house.administrator_email), f"{LIST}/{deposit}/reverse"
    values = form_of(here, path) | {"reason": REASON}
    answer = here.post(path, data=values, headers={"HX-Request": "true"})
    to = json.loads(answer.headers["HX-Trigger"])["panel:done"]["href"]
    path = f"{to}/delete"
    answer = here.post(path, data=form_of(here, path), headers={"HX-Request": "true"})
    assert json.loads(answer.headers["HX-Trigger"])["panel:done"]["href"] == LIST


@pytest.mark.checks("E41.45", "E41.60", "E41.61", "E41.62", "E42.04")
def test_a_draft_is_deleted_from_its_page_and_no_other_is(app: Flask, house: House):
    asset_id = a_funded_asset(house, 100_00)
    draft = draft_of(house, asset_id)
    here = browser(app, house.administrator_email)
    page = here.get(f"{LIST}/{draft}").text
    for words in ("Danger Zone", "Record Info", "Approval Status", "Processing Status", "Version"):
        assert words in page
    answer = send(here, f"{LIST}/{draft}/delete")
    assert (answer.status_code, answer.headers["Location"]) == (303, LIST)
    reference = books.transaction(draft).reference
    here.get(LIST)  # with the toast, which names it
    assert reference not in here.get(LIST).text
    assert reference not in here.get(f"{LIST}.csv").text
    told = a_program(app, house.administrator).get("/transactions").json["items"]
    assert draft not in {one["id"] for one in told}
    with database.reading() as session:
        newest = newest_transactions(session, house.administrator)
        assert draft not in {row.id for row in newest}
    palette = {"HX-Request": "true", "HX-Target": "div#palette-found"}
    assert f'href="{LIST}/{draft}"' not in here.get(f"/search?q={reference}", headers=palette).text
    page = here.get(f"{LIST}/{draft}").text
    assert "Deleted" in page
    assert "Danger Zone" not in page
    assert f"/admin/approvals/transaction/{draft}/submit" not in page
    with pytest.raises(Conflict):
        perform(SubmitRecord("transaction", draft), house.administrator)
    with pytest.raises(Conflict, match="deleted already"):
        perform(DeleteTransaction(draft, books.transaction(draft).version), house.administrator)
    an_approval_rule(house)
    teller, *_ = a_user(house)
    approver, *_ = a_user(house, "Approver L1")
    waiting = perform(Withdraw(asset_id, 5_00), teller)
    denied = perform(Withdraw(asset_id, 6_00), teller)
    perform(DenyRecord("transaction", denied, books.transaction(denied).version, "never"), approver)
    authorised = books.entries_of_asset(asset_id)[0].transaction_id
    for key in (waiting, denied, authorised):
        assert "Danger Zone" not in here.get(f"{LIST}/{key}").text
        assert here.get(f"{LIST}/{key}/delete").status_code == 409
        with pytest.raises(Conflict):
            perform(DeleteTransaction(key, books.transaction(key).version), house.administrator)


@pytest.mark.checks("E41.46")
def test_who_worked_on_it_shows_once_it_was_handed_in(app: Flask, house: House):
    asset_id = a_funded_asset(house, 100_00)
    an_approval_rule(house, levels=2)
    manager, *_ = a_user(house, "Branch Manager", first_name="Mary")
    second, *_ = a_user(house, "Approver L2", first_name="Levi")
    deposit = books.entries_of_asset(asset_id)[0].transaction_id
    draft = perform(ReverseTransaction(deposit, REASON), manager)
    here = browser(app, house.administrator_email)
    assert "Audit Information" not in here.get(f"{LIST}/{draft}").text
    perform(SubmitRecord("transaction", draft), manager)
    from app.controls.approvals import ApproveRecord

    perform(ApproveRecord("transaction", draft, books.transaction(draft).version), second)
    page = here.get(f"{LIST}/{draft}").text
    card = page[page.index("Audit Information") :]
    for words in ("Created by", "Last modified by", "L2 approver", "L1 approver"):
        assert words in card
    assert "Mary Otieno" in card
    assert "Levi Otieno" in card


def test_a_deleted_draft_says_so_and_its_description_stays(app: Flask, house: House):
    asset_id, teller = a_funded_asset(house, 100_00), a_user(house)[0]
    an_approval_rule(house)
    draft = perform(Withdraw(asset_id, 40_00), teller)
    sent_back = RejectRecord("transaction", draft, books.transaction(draft).version, REASON)
    perform(sent_back, a_user(house, "Approver L1")[0])
    here, path = browser(app, house.administrator_email), f"{LIST}/{draft}"
    assert f"{path}/edit" in here.get(path).text
    perform(DeleteTransaction(draft, books.transaction(draft).version), house.administrator)
    page = here.get(path).text.split("<main")[1]
    assert re.findall(r'class="badge[^>]*>([^<]*)<', page)[:1] == ["Inactive"]
    assert "Deleted" in page.split("<dt>Status</dt>")[1].split("</dd>")[0]
    assert f"{path}/edit" not in page
    assert here.get(f"{path}/edit").status_code == 409
    with pytest.raises(Conflict, match="deleted already"):
        perform(
            EditDescription(draft, books.transaction(draft).version, "Other"), house.administrator
        )


@pytest.mark.checks("E41.01", "E41.47", "E41.48", "E41.50")
def test_the_list_has_what_the_ledger_asks_for(app: Flask, house: House):
    asset_id = a_funded_asset(house, 100_00)
    dollars = a_funded_asset(house, 2_00, "USD")
    draft = draft_of(house, asset_id)
    here = browser(app, house.administrator_email)
    page = here.get(LIST).text
    assert "Create Transaction" in page
    assert f'href="{LIST}/new"' in page
    for heading in ("Reference", "Date", "Branch", "Status", "Total LCY"):
        assert re.search(rf"<th[^>]*>(<a[^>]*>)?{heading}\b", page), heading
    filters = here.get(f"{LIST}?filters=all").text
    for name in ("Approval Status", "Processing Status"):
        assert name in filters
    booked = books.entries_of_asset(dollars)[0].transaction_id
    rows = here.get(f"{LIST}.csv?columns=reference,total").text
    assert f"{books.transaction(booked).reference},260.00,KES" in rows
    reference = books.transaction(draft).reference
    assert f"{reference},40.00,KES" in rows
    for query, is_there in (
        ("processing=Pending", True), ("processing=Completed", False),
        ("record-status=CAPTURED", True), ("record-status=AUTHORIZED", False),
        (f"search={reference}", True), ("search=TXN-99999999", False),
    ):  # fmt: skip
        found = here.get(f"{LIST}.csv?columns=reference&{query}").text
        assert (reference in found) is is_there, query
    assert token_of(here)


@pytest.mark.checks("E41.43", "E41.44")
def test_entries_stand_by_side_with_their_totals(app: Flask, house: House):
    dollars = a_funded_asset(house, 2_00, "USD")
    key = books.entries_of_asset(dollars)[0].transaction_id
    page = browser(app, house.administrator_email).get(f"{LIST}/{key}").text
    body = page[page.index("entries__side") :]
    assert body.index(">Debit<") < body.index(">Credit<")
    for label in ("Total Debit (LCY)", "Total Credit (LCY)"):
        after = body[body.index(label) :]
        assert "260.00" in after[:400]
