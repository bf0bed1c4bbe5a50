"""The inbox: what waits for me, by me and for others, and the way from one to the next."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from app.controls.approvals import SubmitRecord
from app.controls.commands import perform
from app.db.session import database
from app.ledger.accounts import Account
from app.transactions.commands import Deposit, Withdraw
from app.transactions.reversal import ReverseTransaction
from tests import factories
from tests.approvals.records import INBOX, a_scene
from tests.fees.books import a_fee, a_group
from tests.ledger import books
from tests.pages import send
from tests.sent import statements_sent


def titles(page: str) -> list[str]:
    """Return the records' names as the rows show them."""
    rows = page.partition("<tbody>")[2].partition("</tbody>")[0]
    return re.findall(r"TXN-\d+", re.sub(r"<[^>]+>", " ", rows))


@pytest.mark.checks("E42.42")
def test_the_tabs_hold_what_waits_for_whom_oldest_first(app: Flask):
    scene = a_scene(app, "transaction", levels=2)
    keys = [scene.draft() for _ in range(3)]
    names = [scene.record(key).reference for key in keys]
    l2, l1, maker = (scene.browser(who) for who in ("l2", "l1", "maker"))
    page = l2.get(INBOX).get_data(as_text=True)
    assert titles(page) == names
    assert "1 to 3 of 3" in page
    for text in ("Age", "Kind", "Record", "Amount", "Maker", "Level", "Tessa Otieno", "Pending L2",
                 "100.00"):  # fmt: skip
        assert text in page
    assert titles(l1.get(INBOX).get_data(as_text=True)) == []
    assert titles(l1.get(f"{INBOX}?tab=others").get_data(as_text=True)) == names
    assert titles(maker.get(f"{INBOX}?tab=by-me").get_data(as_text=True)) == names
    assert titles(maker.get(f"{INBOX}?tab=others").get_data(as_text=True)) == []
    send(l2, scene.path(keys[0], "approve"))
    assert titles(l2.get(INBOX).get_data(as_text=True)) == names[1:]
    assert titles(l1.get(INBOX).get_data(as_text=True)) == names[:1]
    send(l2, scene.path(keys[1], "reject"), reason="Not readable")
    assert names[1] in titles(maker.get(f"{INBOX}?tab=by-me").get_data(as_text=True))


def test_the_count_is_the_inbox_s_and_no_page_pays_for_it(app: Flask):
    scene = a_scene(app, "transaction", levels=1)
    here = scene.browser("l1")
    assert "sidebar__badge" not in here.get(f"{INBOX}/count").get_data(as_text=True)
    for _ in range(2):
        scene.draft()
    answer = here.get(f"{INBOX}/count").get_data(as_text=True)
    assert re.search(r'sidebar__badge">2<', answer)
    bell = here.get("/admin/notices/bell").get_data(as_text=True)
    assert 'aria-label="Notifications, 2 unread"' in bell
    page = here.get(INBOX).get_data(as_text=True)
    assert f'hx-get="{INBOX}/count"' in page
    assert "sidebar__badge" not in page
    maker = scene.browser("maker").get(f"{INBOX}/count").get_data(as_text=True)
    assert "sidebar__badge" not in maker


def test_who_decides_sees_what_moves_whose_money_and_what_it_costs(app: Flask):
    house = factories.a_house(currencies=("KES",))
    group = a_group(house, is_default=True)
    a_fee(house, group, "25", label="withdrawal", currency="KES")
    client_id = factories.a_client(house, first_name="Wambui")
    asset_id = factories.first_asset(factories.an_account(house, client_id))
    perform(Deposit(asset_id, 900_00), house.administrator)
    factories.an_approval_rule(house)
    teller, *_ = factories.a_user(house)
    waiting = perform(Withdraw(asset_id, 300_00), teller)
    approver = app.test_client()
    factories.signed_in(approver, factories.a_user(house, "Approver L1")[1])
    page = approver.get(INBOX).get_data(as_text=True)
    assert "Transaction · withdrawal" in page
    assert "Wambui Wanjiru" in page
    page = approver.get(f"{INBOX}/transaction/{waiting}/approve").get_data(as_text=True)
    with database.reading() as session:
        number = session.scalar(select(Account.number).where(Account.client_id == client_id))
    for told in ("Wambui Wanjiru", "Withdrawal", number, "25.00 KES"):
        assert told in page
    assert "amount_minor" not in page


def test_from_one_record_to_the_next_without_going_back(app: Flask):
    scene = a_scene(app, "transaction", levels=1)
    first, second, third = (scene.draft() for _ in range(3))
    here = scene.browser("l1")

    def links(record_id: int) -> dict[str, str]:
        page = here.get(f"{scene.path(record_id)}?inbox=mine").get_data(as_text=True)
        pattern = (
            r'href="([^"]+)"[^>]*>\s*(?:<svg[^>]*>(?:(?!</svg>).)*</svg>)?<span>(Previous|Next)<'
        )
        found = re.findall(pattern, page, re.DOTALL)
        return {label: href for href, label in found}

    assert links(first) == {"Next": f"{scene.path(second)}?inbox=mine"}
    assert links(second) == {
        "Previous": f"{scene.path(first)}?inbox=mine",
        "Next": f"{scene.path(third)}?inbox=mine",
    }
    answer = send(here, f"{scene.path(second, 'approve')}?inbox=mine")
    assert answer.headers["Location"] == f"{scene.path(second)}?inbox=mine"
    assert links(second) == {
        "Previous": f"{scene.path(first)}?inbox=mine",
        "Next": f"{scene.path(third)}?inbox=mine",
    }


def test_the_queries_of_the_inbox_do_not_grow_with_its_rows(app: Flask):
    house = factories.a_house(currencies=("KES",))
    asset_id = factories.a_funded_asset(house, 900_00)
    posted = [perform(Deposit(asset_id, 10_00), house.administrator) for _ in range(6)]
    factories.an_approval_rule(house)
    approver = app.test_client()
    factories.signed_in(approver, factories.a_user(house, "Approver L1")[1])

    def wait(transaction_id: int) -> None:
        """Let somebody hand in a reversal and a withdrawal of another client."""
        teller, *_ = factories.a_user(house)
        manager, *_ = factories.a_user(house, "Branch Manager")
        reversal = perform(ReverseTransaction(transaction_id, "Typed twice"), manager)
        version = books.transaction(reversal).version
        perform(SubmitRecord("transaction", reversal, version), manager)
        perform(Withdraw(factories.a_funded_asset(house, 900_00), 100_00), teller)

    def statements() -> int:
        with statements_sent() as sent:
            page = approver.get(INBOX).get_data(as_text=True)
        rows.append(len(titles(page)))
        return len(sent)

    rows: list[int] = []
    wait(posted[0])
    statements()
    few = statements()
    for transaction_id in posted[1:]:
        wait(transaction_id)
    assert statements() == few
    assert rows == [2, 2, 12]


@pytest.mark.parametrize("verb", ["reject", "deny"])
def test_who_sends_money_back_reads_how_much_and_whose(app: Flask, verb: str):
    house = factories.a_house(currencies=("KES",))
    client_id = factories.a_client(house, first_name="Njeri", surname="Mutua")
    asset_id = factories.first_asset(factories.an_account(house, client_id))
    factories.an_approval_rule(house)
    waiting = perform(Deposit(asset_id, 12_345_50), factories.a_user(house)[0])
    approver = app.test_client()
    factories.signed_in(approver, factories.a_user(house, "Approver L1")[1])
    page = approver.get(f"/admin/approvals/transaction/{waiting}/{verb}").text
    assert "12,345.50" in page
    assert "Njeri Mutua" in page
