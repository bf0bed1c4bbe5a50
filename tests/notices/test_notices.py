"""Notices: who is told what, in the transaction of what happened, and how they are read."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.access.invitations import SendTemporaryPassword
from app.configuration.commands import CreateProjectLike
from app.controls.approvals import ApproveRecord, RejectRecord
from app.controls.commands import door, perform
from app.controls.due import SettleWork
from app.controls.identity import Actor
from app.controls.leases import ClaimWork
from app.db.session import database
from app.ledger.models import Transaction
from app.mail.models import Mail
from app.mail.tasks import GiveMailUp
from app.notices.commands import ChooseNotices, ForgetOldNotices
from app.notices.models import Notice
from app.transactions.commands import Deposit, Withdraw
from tests.factories import (
    House,
    a_client,
    a_funded_asset,
    a_house,
    a_user,
    actor_of_address,
    an_account,
    an_approval_rule,
    first_asset,
    signed_in,
)
from tests.pages import token_of
from tests.statements.books import due_work_of, request, work_until_settled
from tests.transactions.scenes import GiveOnly

NOTICES = "/admin/notices"


@pytest.fixture
def house(app: Flask) -> House:
    return a_house()


def _told(actor: Actor, *, unread: bool = False) -> list[str]:
    query = select(Notice).where(
        Notice.user_id == actor.user_id, Notice.organisation_id == actor.organisation_id
    )
    with database.reading() as session:
        rows = session.scalars(query.order_by(Notice.id)).all()
    return [f"{row.kind}: {row.title}" for row in rows if not unread or row.read_at is None]


def _browser(app: Flask, email: str) -> FlaskClient:
    browser = app.test_client()
    signed_in(browser, email)
    return browser


def _decide(command, kind: str, record_id: int, by: Actor, *more: str) -> None:
    with database.reading() as session:
        version = session.get_one(Transaction, record_id).version
    perform(command(kind, record_id, version, *more), by)


def test_approvers_hear_of_what_waits_level_by_level_and_the_maker_how_it_ended(house: House):
    asset_id = a_funded_asset(house, 1_000_00)
    an_approval_rule(house, levels=2)
    teller, _, _ = a_user(house)
    first, _, _ = a_user(house, "Approver L2", first_name="Lucy")
    last, _, _ = a_user(house, "Approver L1", first_name="Mark")
    transaction_id = perform(Withdraw(asset_id, 100_00), teller)
    waits = "waiting: Transaction waits for your approval"
    assert (_told(first), _told(last), _told(teller)) == ([waits], [], [])
    _decide(ApproveRecord, "transaction", transaction_id, first)
    assert (_told(first, unread=True), _told(last), _told(teller)) == ([], [waits], [])
    _decide(ApproveRecord, "transaction", transaction_id, last)
    assert _told(last, unread=True) == []
    assert _told(teller) == ["finished: Transaction was approved"]
    again = perform(Withdraw(asset_id, 50_00), teller)
    _decide(RejectRecord, "transaction", again, first, "The slip is not signed")
    assert _told(teller)[1:] == ["failed: Transaction was sent back to you"]
    assert _told(first, unread=True) == []


@pytest.mark.checks("M03.19")
def test_who_does_not_see_a_project_hears_nothing_of_it(app: Flask, house: House):
    other = perform(CreateProjectLike("Other line", house.project_id), house.administrator)
    an_approval_rule(house)
    teller, _, _ = a_user(house)
    _, both_email, _ = a_user(house, "Approver L1")
    both_actor = actor_of_address(both_email)
    elsewhere, _, _ = a_user(house, "Approver L1", project_ids=(other,))
    assert elsewhere.user_id is not None
    narrow = ("clients.view-all", "projects.view-own", "desks.view-all", "clients.approve-l1")
    perform(GiveOnly(elsewhere.user_id, narrow), house.system)
    a_client(house, actor=teller)
    assert _told(elsewhere) == []
    assert _told(both_actor) == ["waiting: Customer waits for your approval"]
    here = _browser(app, both_email)
    page = here.get(NOTICES).get_data(as_text=True)
    assert "Customer waits for your approval" in page
    token = token_of(here)
    here.post("/switch-project", data={"project": str(other), "csrf_token": token})
    assert "Customer waits for your approval" not in here.get(NOTICES).get_data(as_text=True)
    here.post("/switch-project", data={"project": str(house.project_id), "csrf_token": token})
    assert "Customer waits for your approval" in here.get(NOTICES).get_data(as_text=True)


@pytest.mark.checks("W01.11")
def test_a_manager_who_chose_so_hears_of_what_is_posted_for_their_clients(app: Flask, house: House):
    manager, email, _ = a_user(house, "Branch Manager")
    mine = first_asset(an_account(house, a_client(house, manager_id=manager.user_id)))
    perform(Deposit(mine, 10_00), house.administrator)
    assert _told(manager) == []
    here = _browser(app, email)
    typed = {"on_posting": "1", "csrf_token": token_of(here)}
    assert here.post(f"{NOTICES}/choice", data=typed).status_code == 303
    assert 'name="on_posting" value="1" checked' in here.get(NOTICES).get_data(as_text=True)
    perform(Deposit(mine, 1_234_50), house.administrator)
    perform(Deposit(a_funded_asset(house), 77_00), house.administrator)
    perform(Deposit(mine, 5_00), manager)
    assert _told(manager) == ["posted: Deposit posted: 1,234.50 KES"]
    perform(ChooseNotices(on_posting=False), manager)
    perform(Deposit(mine, 6_00), house.administrator)
    assert len(_told(manager)) == 1


def test_the_bell_counts_what_is_unread_until_it_is_read(app: Flask, house: House):
    asset_id = a_funded_asset(house, 1_000_00)
    an_approval_rule(house)
    teller, _, _ = a_user(house)
    _, email, _ = a_user(house, "Approver L1")
    here, stranger = _browser(app, email), _browser(app, house.administrator_email)
    for amount in (1_00, 2_00):
        perform(Withdraw(asset_id, amount), teller)
    assert "Notifications, 2 unread" in here.get(f"{NOTICES}/bell").get_data(as_text=True)
    page = here.get(NOTICES).get_data(as_text=True)
    assert "2 unread" in page
    addresses = re.findall(rf'action="({NOTICES}/\d+/open)"', page)
    typed = {"csrf_token": token_of(here)}
    assert len(addresses) == 2
    opened = here.post(addresses[0], data=typed)
    assert opened.status_code == 303
    assert here.get(opened.headers["Location"]).status_code == 200
    foreign = stranger.post(addresses[1], data={"csrf_token": token_of(stranger)})
    assert foreign.status_code == 404
    assert "Notifications, 1 unread" in here.get(f"{NOTICES}/bell").get_data(as_text=True)
    unread = here.get(f"{NOTICES}?unread=1").get_data(as_text=True)
    assert len(re.findall(rf"{NOTICES}/\d+/open", unread)) == 1
    here.post(f"{NOTICES}/read", data=typed)
    assert "unread" not in here.get(f"{NOTICES}/bell").get_data(as_text=True)


def test_a_statement_that_is_ready_tells_who_asked_and_old_notices_are_forgotten(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    asset_id = a_funded_asset(house, 1_000_00)
    teller, _, _ = a_user(house)
    work_until_settled(teller, request(teller, "asset", asset_id))
    assert _told(teller) == ["finished: Your statement is ready"]
    now = door.clock()
    monkeypatch.setattr(door, "clock", lambda: now + timedelta(days=89))
    perform(ForgetOldNotices(), house.system)
    assert len(_told(teller)) == 1
    monkeypatch.setattr(door, "clock", lambda: now + timedelta(days=91))
    perform(ForgetOldNotices(), house.system)
    assert _told(teller) == []


def test_work_that_gave_up_tells_who_asked_and_a_lost_mail_those_who_send_mails(house: House):
    asset_id = a_funded_asset(house, 1_000_00)
    teller, _, _ = a_user(house)
    statement_id = request(teller, "asset", asset_id)
    sentence = "This could not be finished."
    work_id = due_work_of(statement_id).id
    perform(SettleWork(work_id, "who has no lease", "failed", sentence), house.system)
    assert _told(teller) == []
    assert perform(ClaimWork(work_id, "a worker"), house.system)
    perform(SettleWork(work_id, "a worker", "failed", sentence), house.system)
    assert _told(teller) == ["failed: Statement could not be finished"]
    assert teller.user_id is not None
    perform(SendTemporaryPassword(teller.user_id), house.administrator)
    with database.reading() as session:
        query = select(func.max(Mail.id)).where(Mail.organisation_id == house.organisation_id)
        mail_id = session.scalars(query).one()
    perform(GiveMailUp(mail_id, "The address does not exist"), house.system)
    assert _told(house.administrator) == ["failed: A mail could not be sent"]
    assert len(_told(teller)) == 1
