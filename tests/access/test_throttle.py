"""Guessing is held back by address and place, counted even when it is done all at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.access import throttle
from app.access.throttle import SIGN_IN, Bounds, CountAttempt, TooManyAttempts
from app.controls.commands import door, perform
from app.controls.identity import ANONYMOUS
from tests import factories
from tests.access.test_sign_in import FAILED, words
from tests.factories import House
from tests.pages import send

HERE, ELSEWHERE = "198.51.100.7", "203.0.113.9"
WRONG = "not the password"
HELD_BACK = "Too many attempts. Please wait 15 minutes and try again."


@pytest.fixture(scope="module")
def house(app: Flask) -> House:
    return factories.a_house(currencies=())


def browser(app: Flask, address: str) -> FlaskClient:
    made = app.test_client()
    made.environ_base["REMOTE_ADDR"] = address
    return made


def guess(client: FlaskClient, email: str, password: str = WRONG):
    return send(client, "/login", email=email, password=password)


@pytest.mark.parametrize("is_known", [True, False])
def test_guessing_is_held_back_alike_for_known_and_unknown_addresses(
    app: Flask, house: House, monkeypatch, is_known
):
    email = house.administrator_email if is_known else factories.unique_email()
    client = browser(app, "198.51.100.20")
    for _ in range(8):
        answer = guess(client, email)
        assert (answer.status_code, words(answer)) == (422, [FAILED])
    held = guess(client, email, factories.PASSWORD)
    assert (held.status_code, words(held)) == (429, [HELD_BACK])
    now = door.clock
    monkeypatch.setattr(door, "clock", lambda: now() + timedelta(minutes=16))
    later = guess(client, email, factories.PASSWORD)
    assert later.status_code == (303 if is_known else 422)


def test_who_guesses_elsewhere_does_not_lock_the_person_out(app: Flask, house: House):
    email, thief = house.administrator_email, browser(app, ELSEWHERE)
    statuses = [guess(thief, email).status_code for _ in range(12)]
    assert statuses == [422] * 8 + [429] * 4
    assert guess(browser(app, HERE), email, factories.PASSWORD).status_code == 303
    # What the person did does not open the thief's way again to more than its bound.
    assert guess(browser(app, ELSEWHERE), factories.unique_email()).status_code == 422


def test_guesses_from_everywhere_stop_at_the_addresss_own_bound(
    app: Flask, house: House, monkeypatch
):
    monkeypatch.setitem(throttle.BOUNDS, SIGN_IN, Bounds(pair=2, subject=5, place=100, minutes=15))
    email = house.administrator_email
    statuses = [guess(browser(app, f"198.51.100.{30 + n}"), email).status_code for n in range(6)]
    assert statuses == [422] * 5 + [429]
    assert guess(browser(app, HERE), email, factories.PASSWORD).status_code == 429


def test_one_place_that_tries_many_addresses_stops_at_its_own_bound(app: Flask, monkeypatch):
    monkeypatch.setitem(throttle.BOUNDS, SIGN_IN, Bounds(pair=8, subject=64, place=4, minutes=15))
    # A household has a whole network of addresses in IPv6, and is one place.
    places = [f"2001:db8:77:1::{n}" for n in range(1, 6)]
    statuses = [
        guess(browser(app, place), factories.unique_email()).status_code for place in places
    ]
    assert statuses == [422] * 4 + [429]


def test_an_office_that_signs_in_rightly_is_not_held_back(app: Flask, house: House, monkeypatch):
    monkeypatch.setitem(throttle.BOUNDS, SIGN_IN, Bounds(pair=8, subject=64, place=3, minutes=15))
    for _ in range(5):
        entered = guess(browser(app, "192.0.2.50"), house.administrator_email, factories.PASSWORD)
        assert entered.status_code == 303


def test_a_successful_sign_in_forgets_the_failed_ones(app: Flask, house: House):
    email = house.administrator_email
    for _ in range(2):
        client = browser(app, "192.0.2.51")
        assert [guess(client, email).status_code for _ in range(7)] == [422] * 7
        assert guess(client, email, factories.PASSWORD).status_code == 303


def test_guesses_at_the_same_moment_are_all_counted(app: Flask):
    subject = factories.unique_email()

    def attempt(_number: int) -> bool:
        try:
            perform(CountAttempt(SIGN_IN, subject, "192.0.2.60"), ANONYMOUS)
        except TooManyAttempts:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        allowed = list(pool.map(attempt, range(36)))
    assert sum(allowed) == 8


def test_an_administrator_unlocks_a_user(app: Flask, house: House):
    actor, email, password = factories.a_user(house)
    theirs, office = browser(app, "192.0.2.70"), browser(app, HERE)
    for _ in range(9):
        guess(theirs, email)
    assert guess(theirs, email, password).status_code == 429
    factories.signed_in(office, house.administrator_email)
    page = office.get(f"/admin/users/{actor.user_id}").get_data(as_text=True)
    assert "Sign-in held back until" in page
    assert send(office, f"/admin/users/{actor.user_id}/unlock").status_code == 303
    page = office.get(f"/admin/users/{actor.user_id}").get_data(as_text=True)
    assert "Sign-in held back until" not in page
    assert guess(theirs, email, password).status_code == 303
