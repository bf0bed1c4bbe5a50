"""What waits too long is marked in the inbox, and its approvers get one mail a day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.access.delegations import DelegateApproval, RevokeDelegation
from app.approvals import reminders
from app.controls.audit import Activity
from app.controls.commands import door, perform
from app.controls.tenant import Organisation
from app.db.session import database
from app.kernel.errors import Forbidden
from tests import factories
from tests.approvals.records import INBOX, a_scene
from tests.due import work_of
from tests.loopback import text_of
from tests.mail.scenes import a_mail_server, mails_to
from tests.pages import form_of, send

SETTINGS = "/admin/approval-settings"


def test_those_for_whom_records_wait_are_told_once_a_day(app: Flask, monkeypatch):
    start, hours = door.clock().replace(hour=9), [0]
    monkeypatch.setattr(door, "clock", lambda: start + timedelta(hours=hours[0]))
    scene = a_scene(app, "client", levels=1)
    for _ in range(2):
        perform_submit(scene)
    deputy, deputy_email, _ = factories.a_user(scene.house, "Auditor")
    lender = factories.actor_of_address(scene.emails["l1"])
    days = (start.date(), start.date() + timedelta(days=9))
    perform(DelegateApproval(deputy.user_id, *days, (1,)), lender)
    others = reminders.wanted
    mine = scene.house.organisation_id
    monkeypatch.setattr(
        reminders, "wanted", lambda now: [one for one in others(now) if one[0] == mine]
    )
    assert reminders.plan_reminders() == 1
    with a_mail_server() as server:
        work_of(mine)
        assert mails_to(scene.emails["l1"]) == []
        hours[0] = 72
        assert "older than 2 days" in scene.browser("l1").get(INBOX).get_data(as_text=True)
        assert reminders.plan_reminders() == 1
        assert reminders.plan_reminders() == 0
        work_of(mine)
        hours[0] = 74
        assert reminders.plan_reminders() == 0
        work_of(mine)
        mail = server.newest(scene.emails["l1"])
        assert mail["Subject"] == "2 records wait for your approval"
        assert "2 days. The oldest has waited 3 days" in text_of(mail)
        hours[0] = 89
        assert reminders.plan_reminders() == 0
        hours[0] = 96
        assert reminders.plan_reminders() == 1
        work_of(mine)
    assert len(mails_to(scene.emails["l1"])) == 2
    assert len(mails_to(deputy_email)) == 2
    for nobody in ("l2", "l3", "maker"):
        assert mails_to(scene.emails[nobody]) == []


def test_of_two_workers_with_one_hour_one_plans_and_neither_is_refused(app: Flask, monkeypatch):
    house = factories.a_house()
    # The second looked before the first had planned.
    seen = [(house.organisation_id, door.clock().date().isoformat())]
    monkeypatch.setattr(reminders, "wanted", lambda now: seen)
    assert [reminders.plan_reminders() for _ in range(2)] == [1, 0]
    with database.reading() as session:
        refused = select(Activity.reason).where(
            Activity.organisation_id == house.organisation_id, Activity.status == "Failure"
        )
        assert session.scalars(refused).all() == []


def perform_submit(scene) -> None:
    record_id = scene.draft()
    if scene.record(record_id).is_editable:
        send(scene.browser("maker"), scene.path(record_id, "submit"))


def test_the_organisation_says_after_how_many_days_and_who_works_alone(app: Flask):
    house = factories.a_house(currencies=())
    client = app.test_client()
    factories.signed_in(client, house.administrator_email)
    assert form_of(client, SETTINGS)["reminder_days"] == ["2"]
    for wrong in ("31", "-1", "x"):
        assert send(client, SETTINGS, reminder_days=wrong).status_code == 422
    answer = send(client, SETTINGS, reminder_days="0", may_self_authorise=None)
    assert answer.status_code == 303
    with database.reading() as session:
        tenant = session.get_one(Organisation, house.organisation_id)
    assert (tenant.reminder_days, tenant.may_self_authorise) == (0, False)
    assert house.organisation_id not in {one for one, _ in reminders.wanted(door.clock())}
    client_id = factories.a_client(house)
    page = client.get(f"/admin/clients/{client_id}").get_data(as_text=True)
    assert "Waiting for Level 1 approval" in page
    _, email, password = factories.a_user(house, "Branch Manager")
    looking = app.test_client()
    factories.signed_in(looking, email, password)
    assert looking.get(SETTINGS).status_code == 403


@pytest.mark.parametrize("typed", [{}, {"from_user_id": "administrator"}])
def test_a_stand_in_is_named_and_revoked_by_the_pages(app: Flask, typed):
    scene = a_scene(app, "client", levels=1)
    colleague, _, _ = factories.a_user(scene.house, "Auditor", first_name="Stella")
    lender = factories.actor_of_address(scene.emails["l1"])
    browser = scene.browser("administrator" if typed else "l1")
    path = "/admin/delegations"
    whose = {"from_user_id": str(lender.user_id)} if typed else {}
    answer = send(browser, f"{path}/new", to_user_id="", levels=["1"], **whose)
    assert answer.status_code == 422
    answer = send(browser, f"{path}/new", to_user_id=str(colleague.user_id), levels=["1"], **whose)
    assert answer.status_code == 303
    page = browser.get(path).get_data(as_text=True)
    assert "Stella Otieno" in page
    assert "Running" in page
    assert "Stella Otieno" not in scene.browser("l2").get(path).get_data(as_text=True)
    (delegation_id,) = {
        part.split("/revoke")[0] for part in page.split(f"{path}/")[1:] if "/revoke" in part[:20]
    }
    assert scene.browser("l2").get(f"{path}/{delegation_id}/revoke").status_code == 404
    with pytest.raises(Forbidden, match="only what you lent yourself"):
        perform(
            RevokeDelegation(int(delegation_id)), factories.actor_of_address(scene.emails["l2"])
        )
    assert send(browser, f"{path}/{delegation_id}/revoke").status_code == 303
    assert "Revoked" in browser.get(path).get_data(as_text=True)
