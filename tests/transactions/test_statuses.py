"""Statuses by hand, descriptions, corrections, the manager that is kept, and the history."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app.clients.models import Client
from app.controls.approvals import ApproveRecord, RejectRecord, SubmitRecord
from app.controls.commands import perform
from app.controls.identity import Actor
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.ledger.models import Transaction
from app.transactions.amendments import EditTransaction
from app.transactions.managers import current_managers
from app.transactions.statuses import ChangeStatus, EditDescription
from tests.factories import (
    House,
    a_funded_asset,
    a_house,
    a_user,
    an_approval_rule,
    change,
)
from tests.pages import form_of, send, token_of
from tests.transactions.scenes import (
    LIST,
    AddStatus,
    asset,
    browser,
    deposit,
    status_id,
    transaction,
    withdraw,
)

pytestmark = pytest.mark.usefixtures("app")


def authorised_and_waiting(house: House, minor: int = 100_00) -> tuple[int, int]:
    """Return a withdrawal that is authorised and waits in Review, and its asset."""
    asset_id = a_funded_asset(house, 500_00)
    review = perform(AddStatus(house.project_id, "review", "Processing"), house.system)
    perform(AddStatus(house.project_id, "first", "Pending", is_default=True), house.system)
    key = withdraw(house, asset_id, minor)
    perform(ChangeStatus(key, review), house.administrator)
    return key, asset_id


def rejected(house: House) -> tuple[int, int, Actor, str]:
    """Return a teller's withdrawal that was sent back, its asset, the teller and their address."""
    teller, email, _ = a_user(house, "Teller")
    approver, _, _ = a_user(house, "Approver L1")
    asset_id = a_funded_asset(house, 500_00)
    an_approval_rule(house, levels=1)
    key = withdraw(house, asset_id, 100_00, teller, beneficiary="Landlord")
    version = transaction(key).version
    perform(RejectRecord("transaction", key, version, "The month is missing"), approver)
    return key, asset_id, teller, email


@pytest.mark.checks("W09.11", "W09.13")
def test_completing_by_the_badge_posts_and_cancelling_frees_what_is_held():
    house = a_house()
    completed, first = authorised_and_waiting(house)
    assert transaction(completed).processing == "Processing"
    assert asset(first).held_minor == 100_00
    perform(ChangeStatus(completed, status_id(house, "completed")), house.administrator)
    assert transaction(completed).processing == "Completed"
    assert (asset(first).balance_minor, asset(first).held_minor) == (400_00, 0)
    other = a_funded_asset(house)
    perform(ChangeStatus(deposit(house, other, 300_00), status_id(house, "completed")),
            house.administrator)  # fmt: skip
    canceled = withdraw(house, other, 200_00)
    assert asset(other).held_minor == 200_00
    perform(ChangeStatus(canceled, status_id(house, "canceled")), house.administrator)
    assert transaction(canceled).processing == "Canceled"
    assert (asset(other).balance_minor, asset(other).held_minor) == (300_00, 0)


@pytest.mark.checks("W09.12")
@pytest.mark.parametrize("label", ["completed", "canceled"])
def test_a_final_status_is_final(label: str):
    house = a_house()
    key, _ = authorised_and_waiting(house)
    perform(ChangeStatus(key, status_id(house, label)), house.administrator)
    for after in ("pending", "canceled", "completed", "review"):
        with pytest.raises(Conflict, match="can no longer be changed"):
            perform(ChangeStatus(key, status_id(house, after)), house.administrator)


@pytest.mark.checks("W09.13")
def test_what_is_in_approval_is_not_offered_to_be_completed(app: Flask):
    house = a_house()
    teller, _, _ = a_user(house, "Teller")
    asset_id = a_funded_asset(house, 500_00)
    an_approval_rule(house, levels=2)
    key = withdraw(house, asset_id, 100_00, teller)
    here = browser(app, house.administrator_email)
    completed, canceled = (status_id(house, label) for label in ("completed", "canceled"))
    page = here.get(LIST).text
    assert f"{LIST}/{key}/status/{completed}" not in page
    assert f"{LIST}/{key}/status/{canceled}" in page
    answer = here.get(f"{LIST}/{key}/status/{completed}")
    assert answer.status_code == 409
    assert "still in approval" in answer.text
    approved, _ = authorised_and_waiting(house)
    assert f"{LIST}/{approved}/status/{completed}" in here.get(LIST).text


def test_what_is_in_approval_is_not_completed_but_may_be_canceled():
    house = a_house()
    teller, _, _ = a_user(house, "Teller")
    asset_id = a_funded_asset(house, 500_00)
    an_approval_rule(house, levels=2)
    key = withdraw(house, asset_id, 100_00, teller)
    with pytest.raises(Conflict, match="still in approval"):
        perform(ChangeStatus(key, status_id(house, "completed")), house.administrator)
    perform(ChangeStatus(key, status_id(house, "canceled")), house.administrator)
    one = transaction(key)
    assert (one.processing, one.record_status) == ("Canceled", "DENIED")
    assert asset(asset_id).held_minor == 0
    with pytest.raises(Conflict):
        perform(ApproveRecord("transaction", key, one.version), house.administrator)


def test_a_status_of_another_project_and_reversed_are_refused():
    house, other = a_house(), a_house()
    key, _ = authorised_and_waiting(house)
    with pytest.raises(Refusal):
        perform(ChangeStatus(key, status_id(other, "canceled")), house.administrator)
    undone = perform(AddStatus(house.project_id, "undone", "Reversed"), house.system)
    with pytest.raises(Conflict, match="reversal"):
        perform(ChangeStatus(key, undone), house.administrator)
    teller, _, _ = a_user(house, "Teller")
    with pytest.raises(Forbidden):
        perform(ChangeStatus(key, status_id(house, "canceled")), teller)


@pytest.mark.checks("W09.14")
def test_a_final_status_is_asked_about_first(app: Flask):
    house = a_house()
    key, asset_id = authorised_and_waiting(house)
    here = browser(app, house.administrator_email)
    completed = status_id(house, "completed")
    token = token_of(here)
    answer = here.post(f"{LIST}/{key}/status", data={"value": completed, "csrf_token": token},
                       headers={"HX-Request": "true"})  # fmt: skip
    assert answer.status_code == 409
    path = f"{LIST}/{key}/status/{completed}"
    page = here.get(path).get_data(as_text=True)
    assert "history ends" in page
    assert "can never be changed again" in page
    assert send(here, path).status_code == 303
    assert asset(asset_id).balance_minor == 400_00
    assert here.get(path).status_code == 409
    pending = {"value": status_id(house, "pending"), "csrf_token": token}
    answer = here.post(f"{LIST}/{key}/status", data=pending, headers={"HX-Request": "true"})
    assert answer.status_code == 409


@pytest.mark.checks("W09.15", "W09.16", "W09.17", "W09.18", "W09.19")
def test_only_the_description_changes_and_the_history_tells(app: Flask):
    house = a_house()
    _, auditor, _ = a_user(house, "Auditor")
    key = deposit(house, a_funded_asset(house), 5_00, description="School fees")
    here = browser(app, house.administrator_email)
    form = form_of(here, f"{LIST}/{key}/edit")
    assert form.keys() - {"csrf_token", "key", "version"} == {"description"}
    assert form["description"][0].strip() == "School fees"
    before = transaction(key)
    answer = send(
        here, f"{LIST}/{key}/edit", description="Fees of term 3", amount="999", currency="USD"
    )
    assert answer.status_code == 303
    after = transaction(key)
    assert after.description == "Fees of term 3"
    for name in ("amount_minor", "currency", "public_id", "uid", "reference", "asset_id"):
        assert getattr(after, name) == getattr(before, name)
    history = here.get(f"{LIST}/{key}/history").get_data(as_text=True)
    assert "Edit description" in history
    assert "School fees → Fees of term 3" in history
    stale = here.post(f"{LIST}/{key}/edit", data=form | {"description": "Late", "key": "other"})
    assert stale.status_code == 409
    assert "Late" in stale.get_data(as_text=True)
    assert here.get(f"{LIST}/{key}").get_data(as_text=True).count("Edit description") >= 1
    reader = browser(app, auditor)
    assert "Edit description" not in reader.get(f"{LIST}/{key}").get_data(as_text=True).replace(
        "Edit description</p>", ""
    )
    assert f"{LIST}/{key}/edit" not in reader.get(LIST).get_data(as_text=True)
    assert reader.get(f"{LIST}/{key}/edit").status_code == 403


@pytest.mark.checks("W09.30", "W09.31", "W09.33", "W09.34", "W09.35", "W09.36")
def test_the_manager_is_the_client_s_at_each_update_and_at_no_other_time():
    house = a_house()
    later, _, _ = a_user(house)
    key = deposit(house, a_funded_asset(house), 5_00)
    first = transaction(key)
    assert first.manager_id == house.administrator.user_id
    change(house, Client, first.client_id or 0, manager_id=later.user_id)
    assert transaction(key).manager_id == house.administrator.user_id
    assert transaction(key).version == first.version
    perform(EditDescription(key, first.version, "Updated"), house.administrator)
    assert transaction(key).manager_id == later.user_id
    change(house, Client, first.client_id or 0, manager_id=None)
    change(house, Transaction, key, provider="Any other way of saving")
    assert transaction(key).manager_id is None


@pytest.mark.checks("W09.32")
def test_a_bulk_update_asks_for_the_managers_of_all_its_clients():
    from app.db.session import database

    house = a_house()
    key = deposit(house, a_funded_asset(house), 5_00)
    client_id = transaction(key).client_id or 0
    with database.reading() as session:
        found = current_managers(session, {client_id, 999_999_999})
    assert found == {client_id: house.administrator.user_id}


@pytest.mark.checks("E42.18", "E42.28", "E42.29", "E42.30", "E37.11")
def test_the_maker_corrects_a_rejected_transaction_and_hands_it_in_again(app: Flask):
    house = a_house()
    key, asset_id, _, email = rejected(house)
    here = browser(app, email)
    page = here.get(f"{LIST}/{key}").get_data(as_text=True)
    assert f'href="{LIST}/{key}/amend"' in page
    form = form_of(here, f"{LIST}/{key}/amend")
    assert (form["amount"], form["beneficiary"]) == (["100.00"], ["Landlord"])
    page = here.get(f"{LIST}/{key}/amend").get_data(as_text=True)
    (amount,) = re.findall(r'<input[^>]*name="amount"[^>]*>', page)
    assert 'inputmode="decimal"' in amount
    assert "Sent back: " in page
    wrong = send(here, f"{LIST}/{key}/amend", amount="1e9", beneficiary="Kept")
    assert wrong.status_code == 422
    assert "Kept" in wrong.get_data(as_text=True)
    before = transaction(key)
    typed = {"amount": "120.50", "beneficiary": "Landlord, May"}
    typed |= {"signed_by": re.findall(r'name="signed_by" value="(\d+)"', page)}
    answer = send(here, f"{LIST}/{key}/amend", **typed)
    assert answer.status_code == 303
    after = transaction(key)
    assert (after.record_status, after.amount_minor) == ("PENDING_AUTH_L1", 120_50)
    assert [line["amount_minor"] for line in after.lines or ()] == [120_50, 120_50]
    assert after.version > before.version
    assert asset(asset_id).held_minor == 120_50
    page = here.get(f"{LIST}/{key}").get_data(as_text=True)
    assert "The month is missing" in page
    assert here.get(f"{LIST}/{key}/amend").status_code == 409


def test_no_other_than_the_maker_corrects_and_nothing_that_waits_is_corrected():
    house = a_house()
    key, _, teller, _ = rejected(house)
    another, _, _ = a_user(house, "Teller")
    version = transaction(key).version
    with pytest.raises(Forbidden, match="Only its maker"):
        perform(EditTransaction(key, version, 50_00), another)
    perform(EditTransaction(key, version, 50_00), teller)
    assert transaction(key).record_status == "REJECTED"
    perform(SubmitRecord("transaction", key), teller)
    with pytest.raises(Conflict):
        perform(EditTransaction(key, transaction(key).version, 60_00), teller)


def test_a_rejected_one_that_is_canceled_is_not_handed_in_again():
    house = a_house()
    key, _, teller, _ = rejected(house)
    perform(ChangeStatus(key, status_id(house, "canceled")), house.administrator)
    with pytest.raises(Conflict, match="canceled"):
        perform(SubmitRecord("transaction", key), teller)


@pytest.mark.checks("W09.54", "W09.60", "W08.35")
def test_the_history_tells_who_did_what_how_and_when_in_order(app: Flask):
    house = a_house()
    key, _, teller, email = rejected(house)
    perform(EditTransaction(key, transaction(key).version, 50_00, submit=True), teller)
    approver, _, _ = a_user(house, "Approver L1", first_name="Lena", last_name="Lead")
    perform(ApproveRecord("transaction", key, transaction(key).version), approver)
    here = browser(app, email)
    page = here.get(f"{LIST}/{key}/history").get_data(as_text=True)
    titles = re.findall(r'timeline__title">([^<]+)<', page)
    assert titles == ["Withdraw", "Rejected", "Submitted for approval", "Approved at level 1"]
    assert "Tessa Otieno · Teller" in page
    assert "Lena Lead · Approver L1" in page
    assert "The month is missing" in page
    assert "Amount: 100.00 KES → 50.00 KES" in page
    assert "Processing: Pending → Completed" in page
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", page)
    assert f'href="{LIST}/{key}/history"' in here.get(f"{LIST}/{key}").get_data(as_text=True)


@pytest.mark.checks("W09.55", "W09.56", "W09.57", "W09.58", "W09.59", "E36.01", "E36.02")
def test_the_information_has_its_sections_and_shows_both_lines(app: Flask):
    house = a_house()
    asset_id = a_funded_asset(house)
    key = deposit(
        house, asset_id, 5_00, source="Remitter Ltd", source_email="remit@example.com",
        beneficiary="Amina", description="Wages", external_id="EXT-77", provider="M-Pesa",
    )  # fmt: skip
    here = browser(app, house.administrator_email)
    page = here.get(f"{LIST}/{key}").get_data(as_text=True)
    assert "Transaction Information" in page
    main = page[: page.index('<aside class="detail__side"')]
    sections = re.findall(r'<summary[^>]*><h2 class="card__title">([^<]+)<', main)
    assert sections == [
        "General", "Owner", "Source", "Destination", "Amount breakdown", "Settlement", "Parties",
        "States", "Entries",
    ]  # fmt: skip
    one = transaction(key)
    for text in (
        "KES", "IN", "M-Pesa", one.public_id, one.uid, "2026-11-20", "Wages", "Remitter Ltd",
        "remit@example.com", "EXT-77", "Order ID", "Hash", "Fees", "Amina", "Address",
        f"/admin/clients/{one.client_id}", "Version",
    ):  # fmt: skip
        assert text in page, text
    assert page.count("5.00") >= 4
    drawer = here.get(f"{LIST}/{key}", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert "<html" not in drawer.get_data(as_text=True)


@pytest.mark.checks("W09.10")
def test_a_click_on_the_currency_tells_of_it(app: Flask):
    house = a_house()
    page = browser(app, house.administrator_email).get(f"{LIST}/currencies/USD")
    assert "US Dollar" in page.get_data(as_text=True)
    assert browser(app, house.administrator_email).get(f"{LIST}/currencies/XXX").status_code == 404


def test_an_open_page_of_a_waiting_transaction_hears_of_news(app: Flask):
    house = a_house()
    key, _ = authorised_and_waiting(house)
    here = browser(app, house.administrator_email)
    page = here.get(f"{LIST}/{key}").get_data(as_text=True)
    path = (re.search(r'data-poll="([^"]+)"', page) or [""])[1]
    quiet = here.get(path)
    assert "data-poll" in quiet.get_data(as_text=True)
    assert "HX-Trigger" not in quiet.headers
    perform(ChangeStatus(key, status_id(house, "completed")), house.administrator)
    assert "panel:refresh" in here.get(path).headers["HX-Trigger"]
    assert "data-poll" not in here.get(f"{LIST}/{key}").get_data(as_text=True)
