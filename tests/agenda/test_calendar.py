"""The calendar: one's own calls and reminders in the active project, told of at their time."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.configuration.commands import CreateProjectLike
from app.controls.commands import door, perform
from app.controls.due import sweep
from app.db.session import database
from app.notices.models import Notice
from tests.factories import House, a_client, a_house, a_user, signed_in
from tests.pages import send, token_of

CALENDAR = "/admin/calendar"


def _browser(app: Flask, email: str) -> FlaskClient:
    browser = app.test_client()
    signed_in(browser, email)
    return browser


def _create(here: FlaskClient, house: House, at, **typed: str) -> str:
    local = at.astimezone(ZoneInfo("UTC"))
    values = {
        "kind": "call", "name": "Ask about the loan", "project_id": str(house.project_id),
        "day": f"{local:%Y-%m-%d}", "time": f"{local:%H:%M}",
    }  # fmt: skip
    answer = send(here, f"{CALENDAR}/new", **(values | typed))
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return f"{local:%Y-%m}"


@pytest.mark.checks("M03.18")
def test_events_are_of_one_employee_in_the_active_project(app: Flask):
    house = a_house()
    client_id = a_client(house, first_name="Amina", surname="Wanjiru")
    other = perform(CreateProjectLike("Other line", house.project_id), house.administrator)
    here = _browser(app, house.administrator_email)
    _, email, _ = a_user(house, "Branch Manager", project_ids=(house.project_id, other))
    colleague = _browser(app, email)
    at = door.clock() + timedelta(hours=2)
    month = _create(here, house, at, client_id=str(client_id))
    page = here.get(f"{CALENDAR}?month={month}").get_data(as_text=True)
    assert "Ask about the loan" in page
    assert "Call with Amina Wanjiru" in page
    event = page.split('class="month__event" href="', 1)[1].split('"', 1)[0]
    assert "Ask about the loan" not in colleague.get(f"{CALENDAR}?month={month}").get_data(
        as_text=True
    )
    assert colleague.get(event).status_code == 404
    token = token_of(here)
    here.post("/switch-project", data={"project": str(other), "csrf_token": token})
    assert "Ask about the loan" not in here.get(f"{CALENDAR}?month={month}").get_data(as_text=True)
    here.post("/switch-project", data={"project": str(house.project_id), "csrf_token": token})
    assert send(here, f"{event}/edit", name="Ask again").status_code == 303
    assert send(here, f"{event}/done").status_code == 303
    page = here.get(event).get_data(as_text=True)
    assert "Ask again" in page
    assert "Done" in page
    assert send(here, f"{event}/delete").status_code == 303
    assert here.get(event).status_code == 404


@pytest.mark.checks("M03.18", "M03.19")
def test_a_reminder_becomes_a_notice_at_its_time_and_only_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch
):
    house = a_house()
    here = _browser(app, house.administrator_email)
    now = door.clock()
    at = (now + timedelta(days=2)).replace(second=0, microsecond=0)
    _create(here, house, at, kind="reminder", name="Renew the licence")
    month = _create(here, house, at, kind="call", name="Moved away")
    page = here.get(f"{CALENDAR}?month={month}").get_data(as_text=True)
    moved = page.split("Moved away")[0].rsplit('href="', 1)[1].split('"', 1)[0]
    later = at + timedelta(days=30)
    assert send(here, f"{moved}/edit", day=f"{later:%Y-%m-%d}").status_code == 303

    def told() -> list[tuple[str, int | None]]:
        with database.reading() as session:
            query = select(Notice.title, Notice.project_id).where(
                Notice.organisation_id == house.organisation_id, Notice.kind == "reminder"
            )
            return [(row.title, row.project_id) for row in session.execute(query)]

    while sweep():
        pass
    assert told() == []
    monkeypatch.setattr(door, "clock", lambda: at + timedelta(seconds=1))
    while sweep():
        pass
    assert told() == [("Reminder Renew the licence", house.project_id)]
