"""One's own account: who one is, the theme, and the browsers one is signed in with."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.access.browsers import browser_name
from tests import factories
from tests.factories import House
from tests.pages import token_of

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def house(app: Flask) -> House:
    return factories.a_house(currencies=())


@pytest.fixture
def person(house: House, client: FlaskClient) -> tuple[FlaskClient, str]:
    _actor, email, password = factories.a_user(house, "Teller", first_name="Mercy")
    factories.signed_in(client, email, password)
    return client, email


def _page(client: FlaskClient) -> str:
    answer = client.get("/account")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_it_shows_who_one_is(person):
    client, email = person
    page = _page(client)
    assert "Mercy Otieno" in page
    assert email in page
    assert "Teller" in page
    assert "data-theme-form" in page


def test_another_browser_is_listed_and_signed_out(app: Flask, person):
    client, email = person
    other = app.test_client()
    other.environ_base["HTTP_USER_AGENT"] = FIREFOX
    factories.signed_in(other, email)
    assert "Firefox on Windows" in _page(client)
    (href,) = re.findall(r'action="(/account/sessions/\d+/end)"', _page(client))
    assert other.get("/account").status_code == 200
    client.post(href, data={"csrf_token": token_of(client)})
    assert "Firefox on Windows" not in _page(client)
    assert other.get("/account").headers["Location"].startswith("/login")
    assert client.get("/account").status_code == 200


def test_nobody_ends_the_session_of_another_person(app: Flask, house: House, person):
    client, email = person
    factories.signed_in(app.test_client(), email)
    (href,) = re.findall(r'action="(/account/sessions/\d+/end)"', _page(client))
    stranger = app.test_client()
    factories.signed_in(stranger, house.administrator_email)
    answer = stranger.post(href, data={"csrf_token": token_of(stranger)})
    assert answer.status_code == 404
    assert href in _page(client)


@pytest.mark.parametrize(
    ("user_agent", "shown"),
    [
        (FIREFOX, "Firefox on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/150.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (iPhone; Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/150.0 Safari/5 Edg/150.0", "Edge on Windows"),
        ("Werkzeug/3.1", "Werkzeug"),
        ("", "Unknown browser"),
    ],
)
def test_a_browser_is_named_in_words(user_agent: str, shown: str):
    assert browser_name(user_agent) == shown
