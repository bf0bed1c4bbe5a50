"""A posted transaction is undone by its mirror: who may, what shows, and when money moves."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.controls.approvals import ApproveRecord, DenyRecord, RejectRecord, SubmitRecord
from app.controls.commands import STALE, perform
from app.controls.tenant import Organisation
from app.db.session import database
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.ledger.models import Transaction
from app.transactions.commands import CreditBonus, Deposit, Transfer, Withdraw
from app.transactions.deletion import DeleteTransaction
from app.transactions.exchange import Exchange
from app.transactions.kinds import Particulars
from app.transactions.reversal import ReverseTransaction
from app.transactions.statuses import ChangeStatus, EditDescription
from tests.factories import BUSINESS_DATE, House, a_funded_asset, a_user, an_approval_rule, change
from tests.fees.books import a_commission, flat
from tests.journals.scenes import codes, house_account, line, number_of, record
from tests.ledger import books
from tests.transactions.scenes import AddStatus, browser, status_id
from tests.treasury.scenes import a_scene

REASON = "Booked on the wrong account"


def reverse(house: House, transaction_id: int, **more: object) -> int:
    return perform(ReverseTransaction(transaction_id, REASON, **more), house.administrator)


def submit(house: House, transaction_id: int) -> str:
    return perform(SubmitRecord("transaction", transaction_id), house.administrator)


def mirror_of(transaction_id: int) -> list[tuple[object, ...]]:
    """Return what the entries of a reversal must be."""
    return [
        (one.line, one.asset_id, "C" if one.side == "D" else "D", one.bucket, one.amount_minor,
         one.currency, one.rate, one.base_minor)
        for one in books.entries_of(transaction_id)
    ]  # fmt: skip


def entries(transaction_id: int) -> list[tuple[object, ...]]:
    return [
        (one.line, one.asset_id, one.side, one.bucket, one.amount_minor, one.currency, one.rate,
         one.base_minor)
        for one in books.entries_of(transaction_id)
    ]  # fmt: skip


@pytest.mark.checks("E41.51", "E41.54", "E41.56", "L03.07")
def test_a_reversal_is_a_draft_that_mirrors_what_was_posted(house: House):
    asset_id = a_funded_asset(house, 0, "USD")
    deposit = perform(Deposit(asset_id, 70_01, bonus_minor=5_00), house.administrator)
    reversal = reverse(house, deposit)
    found = books.transaction(reversal)
    assert (found.record_status, found.processing) == ("CAPTURED", "Pending")
    assert (found.kind, found.direction, found.description) == ("reversal", "out", REASON)
    assert found.posting_date == BUSINESS_DATE
    original = books.transaction(deposit)
    assert (original.processing, original.record_status) == ("Reversed", "AUTHORIZED")
    assert original.reversed_at is not None
    assert books.asset(asset_id).balance_minor == 70_01, "money moves at authorisation"
    assert submit(house, reversal) == "AUTHORIZED"
    asset = books.asset(asset_id)
    assert (asset.balance_minor, asset.bonus_minor, asset.deposited_minor) == (0, 0, 0)
    assert entries(reversal) == mirror_of(deposit)
    assert books.transaction(reversal).processing == "Completed"
    assert books.transaction(deposit).processing == "Reversed"


def test_a_reversal_is_worth_from_the_day_its_original_was(house: House):
    earlier = BUSINESS_DATE - timedelta(days=9)
    worth = Particulars(value_date=earlier)
    deposit = perform(Deposit(a_funded_asset(house, 0), 70_00, worth), house.administrator)
    reversal = reverse(house, deposit)
    assert submit(house, reversal) == "AUTHORIZED"
    found = books.transaction(reversal)
    assert (found.posting_date, found.value_date) == (BUSINESS_DATE, earlier)
    assert {one.value_date for one in books.entries_of(reversal)} == {earlier}


@pytest.mark.checks("E41.53")
@pytest.mark.parametrize("reason", ["", "too short", "   nine       "])
def test_a_reason_of_fewer_than_ten_characters_is_refused(house: House, reason: str):
    deposit = perform(Deposit(a_funded_asset(house), 5_00), house.administrator)
    with pytest.raises(Refusal) as refused:
        perform(ReverseTransaction(deposit, reason), house.administrator)
    assert refused.value.sentence == "Reversal reason must be at least 10 characters."
    assert books.transaction(deposit).processing == "Completed"


def test_the_running_sum_of_withdrawals_goes_back_with_the_withdrawal(house: House):
    asset_id = a_funded_asset(house, 100_00)
    withdrawal = perform(Withdraw(asset_id, 30_00), house.administrator)
    assert books.asset(asset_id).withdrawn_minor == 30_00
    submit(house, reverse(house, withdrawal))
    asset = books.asset(asset_id)
    assert (asset.balance_minor, asset.withdrawn_minor, asset.deposited_minor) == (
        100_00, 0, 100_00,
    )  # fmt: skip


def test_both_halves_of_a_transfer_are_reversed_together(house: House):
    one, other = a_funded_asset(house, 50_00), a_funded_asset(house)
    sent = perform(Transfer(one, other, 20_00), house.administrator)
    (received,) = halves_of(sent)
    reversal = reverse(house, received.id)
    assert books.transaction(reversal).reverses_id == sent
    for half in (sent, received.id):
        assert books.transaction(half).processing == "Reversed"
        with pytest.raises(Conflict, match="reversed already"):
            reverse(house, half)
    submit(house, reversal)
    assert (books.asset(one).balance_minor, books.asset(other).balance_minor) == (50_00, 0)
    (second,) = halves_of(reversal)
    assert (second.kind, second.direction, second.asset_id) == ("reversal", "out", other)
    assert second.reverses_id == received.id
    assert entries(reversal) == mirror_of(sent)
    assert entries(second.id) == mirror_of(received.id)


def halves_of(transaction_id: int) -> list[Transaction]:
    with database.reading() as session:
        return list(
            session.scalars(select(Transaction).where(Transaction.pair_id == transaction_id))
        )


@pytest.mark.parametrize("fate", ["denied", "deleted", "canceled"])
def test_an_original_is_processed_again_when_its_reversal_is_given_up(house: House, fate: str):
    asset_id = a_funded_asset(house, 50_00)
    undone = perform(AddStatus(house.project_id, "undone", "Reversed"), house.system)
    change(house, Organisation, house.organisation_id, configuration_version=77)
    deposit = perform(Deposit(asset_id, 10_00), house.administrator)
    kept = books.transaction(deposit).status_id
    reversal = reverse(house, deposit)
    assert books.transaction(deposit).status_id == undone
    if fate == "denied":
        an_approval_rule(house)
        manager, *_ = a_user(house, "Branch Manager")
        approver, *_ = a_user(house, "Approver L1")
        assert perform(SubmitRecord("transaction", reversal), manager) == "PENDING_AUTH_L1"
        assert books.asset(asset_id).held_minor == 10_00
        version = books.transaction(reversal).version
        perform(RejectRecord("transaction", reversal, version, "look again"), approver)
        assert books.transaction(deposit).processing == "Reversed", "it may be handed in again"
        version = books.transaction(reversal).version
        perform(DenyRecord("transaction", reversal, version, "not at all"), approver)
    elif fate == "deleted":
        perform(DeleteTransaction(reversal, books.transaction(reversal).version),
                house.administrator)  # fmt: skip
        assert books.transaction(reversal).retired_at is not None
    else:
        perform(ChangeStatus(reversal, status_id(house, "canceled")), house.administrator)
    original = books.transaction(deposit)
    assert (original.processing, original.reversed_at) == ("Completed", None)
    assert original.status_id == kept
    assert books.asset(asset_id).balance_minor == 60_00
    assert books.asset(asset_id).held_minor == 0
    submit(house, reverse(house, deposit))
    assert books.asset(asset_id).balance_minor == 50_00


def test_a_reversal_that_failed_is_deleted_without_giving_its_original_back_again(house: House):
    asset_id = a_funded_asset(house, 50_00)
    deposit = perform(Deposit(asset_id, 10_00), house.administrator)
    status = perform(AddStatus(house.project_id, "not so", "Failed"), house.system)
    failed, why = reverse(house, deposit), "The slip was the right one"
    perform(ChangeStatus(failed, status, failure_reason=why), house.administrator)
    second = reverse(house, deposit)
    perform(DeleteTransaction(failed, books.transaction(failed).version), house.administrator)
    assert books.transaction(failed).processing == "Failed"
    assert books.transaction(deposit).processing == "Reversed"
    with pytest.raises(Conflict):
        reverse(house, deposit)
    submit(house, second)
    assert books.asset(asset_id).balance_minor == 50_00


@pytest.mark.checks("E41.58", "E41.59")
def test_only_what_is_processed_is_reversed_and_once(app: Flask, house: House):
    asset_id = a_funded_asset(house, 50_00)
    an_approval_rule(house)
    teller, *_ = a_user(house)
    waiting = perform(Withdraw(asset_id, 5_00), teller)
    with pytest.raises(Conflict, match="Only a processed transaction"):
        reverse(house, waiting)
    deposit = books.entries_of_asset(asset_id)[0].transaction_id
    reversal = reverse(house, deposit)
    with pytest.raises(Conflict, match="reversed already"):
        reverse(house, deposit)
    with pytest.raises(Conflict, match="A reversal cannot be reversed"):
        reverse(house, reversal)
    asked = browser(app, house.administrator_email).get(f"/admin/transactions/{reversal}/reverse")
    assert asked.status_code == 409
    assert "A reversal cannot be reversed" in asked.get_data(as_text=True)
    with pytest.raises(Forbidden):
        perform(ReverseTransaction(deposit, REASON), teller)


def test_a_deposit_whose_money_is_gone_is_not_reversed(house: House):
    asset_id = a_funded_asset(house)
    deposit = perform(Deposit(asset_id, 40_00), house.administrator)
    perform(Withdraw(asset_id, 30_00), house.administrator)
    reversal = reverse(house, deposit)
    with pytest.raises(Conflict, match="Insufficient available balance"):
        submit(house, reversal)
    assert books.transaction(reversal).record_status == "CAPTURED"
    assert books.asset(asset_id).balance_minor == 10_00


def test_a_bonus_that_was_credited_is_taken_back(house: House):
    asset_id = a_funded_asset(house)
    bonus = perform(CreditBonus(asset_id, 9_00), house.administrator)
    submit(house, reverse(house, bonus))
    assert books.asset(asset_id).bonus_minor == 0


def test_the_money_moves_at_authorisation_whatever_new_ones_wait_for(house: House):
    asset_id = a_funded_asset(house)
    deposit = perform(Deposit(asset_id, 40_00), house.administrator)
    perform(AddStatus(house.project_id, "review", "Pending", is_default=True), house.system)
    reversal = reverse(house, deposit)
    submit(house, reversal)
    assert books.transaction(reversal).processing == "Completed"
    assert books.asset(asset_id).balance_minor == 0


def test_a_reversal_is_approved_like_any_other_and_its_reason_stays(house: House):
    asset_id = a_funded_asset(house)
    deposit = perform(Deposit(asset_id, 40_00), house.administrator)
    an_approval_rule(house)
    manager, *_ = a_user(house, "Branch Manager")
    approver, *_ = a_user(house, "Approver L1")
    seen = books.transaction(deposit).version
    with pytest.raises(Conflict, match=STALE[:20]):
        perform(ReverseTransaction(deposit, REASON, seen + 1), manager)
    reversal = perform(ReverseTransaction(deposit, REASON, seen), manager)
    perform(SubmitRecord("transaction", reversal), manager)
    version = books.transaction(reversal).version
    with pytest.raises(Forbidden, match="own work"):
        perform(ApproveRecord("transaction", reversal, version), manager)
    with pytest.raises(Conflict, match="cannot be deleted"):
        perform(DeleteTransaction(reversal, version), manager)
    with pytest.raises(Conflict, match="reason of a reversal"):
        perform(EditDescription(reversal, version, "another"), manager)
    perform(ApproveRecord("transaction", reversal, version), approver)
    assert books.asset(asset_id).balance_minor == 0


def test_a_reversal_that_waits_holds_no_more_than_it_takes(house: House):
    a_commission(house, flat(0, None, 30_00), kinds=("deposit",))
    asset_id = a_funded_asset(house, 0)
    deposit = perform(Deposit(asset_id, 100_00), house.administrator)
    teller, approver = a_user(house, "Teller")[0], a_user(house, "Approver L1")[0]
    reversal = reverse(house, deposit)
    an_approval_rule(house)
    assert perform(SubmitRecord("transaction", reversal), teller) == "PENDING_AUTH_L1"
    # The fee comes back with it: 70.00 are there, and 70.00 are taken.
    assert (books.asset(asset_id).balance_minor, books.asset(asset_id).held_minor) == (70_00, 70_00)
    version = books.transaction(reversal).version
    perform(ApproveRecord("transaction", reversal, version), approver)
    assert (books.asset(asset_id).balance_minor, books.asset(asset_id).held_minor) == (0, 0)


def cards_of(app: Flask, house: House, transaction_id: int) -> dict[str, dict[str, str]]:
    """Return the cards of a transaction's page by their titles: what is read on each line."""
    answer = browser(app, house.administrator_email).get(f"/admin/transactions/{transaction_id}")
    cards = {}
    for card in answer.get_data(as_text=True).split("<details")[1:]:
        title, _, rest = card.partition("</summary>")
        rows = re.findall(r"<dt>([^<]*)</dt><dd>(.*?)</dd>", rest.split("</details>")[0], re.DOTALL)
        cards[plain(title.partition(">")[2])] = {label: plain(shown) for label, shown in rows}
    return cards


def plain(marked: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", marked)).split())


def test_the_page_of_a_reversal_breaks_down_what_is_given_back(app: Flask, house: House):
    a_commission(house, flat(0, None, 5_00), is_on_top=True)
    asset_id = a_funded_asset(house, 500_00)
    withdrawal = perform(Withdraw(asset_id, 100_00), house.administrator)
    told = cards_of(app, house, withdrawal)["Amount breakdown"]
    reversal = reverse(house, withdrawal)
    submit(house, reversal)
    assert books.asset(asset_id).balance_minor == 500_00
    cards = cards_of(app, house, reversal)
    assert cards["Amount breakdown of what is reversed"] == told
    assert told == {
        "Gross amount": "105.00 KES", "Counter commission (on top)": "5.00 KES",
        "Fee amount": "5.00 KES", "Tax amount": "0.00 KES", "Net amount": "100.00 KES",
    }  # fmt: skip
    assert not {"Amount breakdown", "Settlement"} & set(cards)
    assert books.transaction(reversal).fee_minor == 0, "fees are counted where they were earned"


def test_the_page_of_a_reversed_exchange_names_both_currencies(app: Flask):
    scene = a_scene("USD")
    pair = (scene.assets["KES"], scene.assets["USD"])
    exchange = perform(Exchange(*pair, 1_301_00), scene.house.administrator)
    told = cards_of(app, scene.house, exchange)["Settlement"]
    reversal = reverse(scene.house, exchange)
    submit(scene.house, reversal)
    cards = cards_of(app, scene.house, reversal)
    assert cards["Settlement of what is reversed"] == told
    assert (told["Settled amount"], told["Exchange rate"]) == ("10.00 USD", "0.007686395081")
    assert "Settlement" not in cards


def test_the_reversal_of_a_journal_has_no_amount_of_one_line(app: Flask, house: House):
    codes(house)
    own, cash = number_of(a_funded_asset(house)), house_account(house, purpose="cash")
    lines = (line("C", own, 1_00), line("C", own, 70_00), line("D", cash, 71_00))
    reversal = reverse(house, record(house, *lines, submit=True))
    submit(house, reversal)
    cards = cards_of(app, house, reversal)
    assert "General" in cards
    assert not [title for title in cards if title.startswith(("Amount", "Settlement"))]
    assert not {"Source", "Destination", "Parties"} & set(cards), "nobody paid anybody"


@pytest.mark.checks("W09.04")
def test_the_reversal_of_an_exchange_gives_each_asset_its_own_amount_back(app: Flask):
    scene = a_scene("USD")
    shillings, dollars = scene.assets["KES"], scene.assets["USD"]
    exchange = perform(Exchange(shillings, dollars, 1_301_00), scene.house.administrator)
    reversal = reverse(scene.house, exchange)
    submit(scene.house, reversal)
    assert (books.asset(shillings).balance_minor, books.asset(dollars).balance_minor) == (
        10_000_00,
        0,
    )
    auditor = browser(app, scene.house.administrator_email)
    for asset_id, given_back in ((shillings, "+1,301.00"), (dollars, "\N{MINUS SIGN}10.00")):
        path = f"/admin/transactions?asset={asset_id}&kind=reversal"
        for page in (path, f"/admin/assets/{asset_id}/recent"):
            shown = plain(auditor.get(page).get_data(as_text=True))
            assert given_back in shown, page
    cards = cards_of(app, scene.house, reversal)
    assert books.asset(dollars).uid in cards["Source"]["Source wallet"]
    assert books.asset(shillings).uid in cards["Destination"]["Dest wallet"]
    columns = "&columns=source-wallet,dest-wallet"
    listed = plain(
        auditor.get(f"/admin/transactions?kind=reversal{columns}").get_data(as_text=True)
    )
    named = f"{books.asset(dollars).uid} {books.asset(shillings).uid}"
    assert named in listed
