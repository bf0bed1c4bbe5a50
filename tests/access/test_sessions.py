"""A session is the server's: it ends when it rests, and no cookie brings it back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.access.open_sessions import EndSessionsOfUser
from app.access.passwords import passwords
from app.controls.commands import door, perform
from app.controls.identity import Actor
from tests import factories
from tests.factories import House
from tests.pages import form_of, send, token_of
from tests.transactions.scenes import GiveOnly

PAGE = "/admin/clients"


@pytest.fixture(scope="module")
def house(app: Flask) -> House:
    return factories.a_house(currencies=())


def _cookie(browser: FlaskClient) -> str:
    found = browser.get_cookie("countinghouse")
    assert found is not None
    return found.value


def _thief(app: Flask, cookie: str) -> FlaskClient:
    """Return another browser that holds a copy of the cookie."""
    browser = app.test_client()
    browser.set_cookie("countinghouse", cookie)
    return browser


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(((55, 200), (55, 200), (65, 302)), id="it rested for an hour"),
        pytest.param((*((55, 200),) * 13, (10, 302)), id="it was used for twelve hours"),
    ],
)
def test_a_session_ends_when_it_rests_and_at_the_end_of_a_long_day(
    client: FlaskClient, house: House, monkeypatch, steps
):
    factories.signed_in(client, house.administrator_email)
    now, minutes = door.clock, [0]
    monkeypatch.setattr(door, "clock", lambda: now() + timedelta(minutes=minutes[0]))
    for rested_minutes, status in steps:
        minutes[0] += rested_minutes
        assert client.get(PAGE).status_code == status


def test_a_page_that_looks_for_news_by_itself_keeps_no_session_alive(
    client: FlaskClient, house: House, monkeypatch
):
    factories.signed_in(client, house.administrator_email)
    now, minutes = door.clock, [55]
    monkeypatch.setattr(door, "clock", lambda: now() + timedelta(minutes=minutes[0]))
    assert client.get(PAGE, headers={"X-Poll": "1"}).status_code == 200
    minutes[0] = 65
    assert client.get(PAGE, headers={"X-Poll": "1"}).status_code == 302


def test_what_a_browser_held_before_sign_in_is_worth_nothing_after_it(
    app: Flask, client: FlaskClient, house: House
):
    client.get("/login")
    planted, token = _cookie(client), token_of(client)
    factories.signed_in(client, house.administrator_email)
    assert _thief(app, planted).get(PAGE).status_code == 302
    assert client.post("/theme", data={"csrf_token": token}).status_code == 400


def test_a_cookie_that_nobody_signed_opens_nothing(app: Flask):
    for made_up in ("anything", "eyJfdXNlcl9pZCI6IjEifQ.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb"):
        assert _thief(app, made_up).get(PAGE).status_code == 302


def test_permissions_that_were_taken_are_gone_with_the_next_request(
    app: Flask, client: FlaskClient, house: House
):
    who, email, _ = factories.a_user(house)
    factories.signed_in(client, email)
    copy = _thief(app, _cookie(client))
    assert copy.get(PAGE).status_code == 200
    perform(GiveOnly(who.user_id or 0, ("approvals.view",)), house.system)
    assert copy.get(PAGE).status_code == 403


def test_who_is_signed_out_while_a_form_is_refused_still_gets_its_answer(
    client: FlaskClient, house: House, monkeypatch: pytest.MonkeyPatch
):
    who, email, _ = factories.a_user(house, "Branch Manager")
    factories.signed_in(client, email)
    form = form_of(client, f"{PAGE}/new")

    def ended_meanwhile(command: Any, actor: Actor, *, key: str | None) -> Any:
        perform(EndSessionsOfUser(who.user_id or 0), house.administrator)
        return perform(command, actor, key=key)

    monkeypatch.setattr("app.web.respond.perform", ended_meanwhile)
    typed = form | {"first_name": "Amina", "surname": "Wanjiru", "date_of_birth": "2099-01-01"}
    answer = client.post(f"{PAGE}/new", data=typed)
    assert answer.status_code == 422
    assert client.get(PAGE).status_code == 302


def test_logging_out_tells_the_browser_to_forget_its_pages(client: FlaskClient, house: House):
    factories.signed_in(client, house.administrator_email)
    answer = client.post("/logout", data={"csrf_token": token_of(client)})
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("is_known", [True, False])
def test_an_unknown_address_costs_the_same_work(
    client: FlaskClient, house: House, monkeypatch, is_known
):
    work: list[str] = []
    verify = passwords._hasher.verify

    class Counting:
        hash = passwords._hasher.hash

        def verify(self, stored: str, password: str) -> bool:
            work.append(stored.split("$")[3])
            return verify(stored, password)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    email = house.administrator_email if is_known else factories.unique_email()
    send(client, "/login", email=email, password="not the password")
    assert work == ["m=8,t=1,p=1"]
