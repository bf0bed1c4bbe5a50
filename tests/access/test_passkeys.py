"""Passkeys: added, used as a second factor and alone, and what is refused of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from app.access.factor_models import Passkey
from app.access.passkeys import NOT_ACCEPTED, relying_party
from app.access.people import SetUserActive
from app.access.throttle import Attempts
from app.controls.commands import door, perform
from app.db.session import database
from tests import factories
from tests.access.factors import ORIGIN, PATH, STEP, Device, add_passkey, codes_in, options
from tests.factories import House
from tests.pages import form_of, send, token_of

STEP_OPTIONS = f"{STEP}/passkey-options"


@pytest.fixture(scope="module")
def house(app: Flask) -> House:
    return factories.a_house(currencies=())


@pytest.fixture(autouse=True)
def at_the_bank(app: Flask) -> Iterator[None]:
    with database.engine.begin() as connection:
        connection.execute(delete(Attempts))
    relying_party.configure(public_url=ORIGIN, name="Countinghouse")
    yield
    relying_party.configure(public_url="http://127.0.0.1:8000", name="Countinghouse")


def _with_a_passkey(client: FlaskClient, house: House) -> tuple[int, str, Device]:
    actor, email, _password = factories.a_user(house)
    factories.signed_in(client, email)
    device = Device()
    added = add_passkey(client, device)
    assert len(codes_in(added.get_data(as_text=True))) == 10
    _leave(client)
    return actor.user_id or 0, email, device


def _leave(client: FlaskClient) -> None:
    client.post("/logout", data={"csrf_token": token_of(client)})


def _answer(client: FlaskClient, answer: str) -> object:
    return client.post(STEP, data={"csrf_token": token_of(client), "passkey": answer})


def _refused(client: FlaskClient, answer: str) -> bool:
    answered = _answer(client, answer)
    return answered.status_code == 422 and NOT_ACCEPTED in answered.get_data(as_text=True)


def test_it_is_the_second_factor_of_who_has_one(client: FlaskClient, house: House):
    user_id, email, device = _with_a_passkey(client, house)
    assert factories.signed_in(client, email).headers["Location"] == STEP
    page = client.get(STEP).get_data(as_text=True)
    assert f'data-options="{STEP_OPTIONS}"' in page
    assert _answer(client, device.sign(options(client, STEP_OPTIONS))).status_code == 303
    account = client.get("/account").get_data(as_text=True)
    assert "Laptop" in account
    assert "last used" in account
    with database.reading() as session:
        held = session.scalars(select(Passkey).where(Passkey.user_id == user_id)).one()
        assert held.sign_count == 1
    assert send(client, f"{PATH}/passkeys/{held.id}/remove").status_code == 303
    assert "Laptop" not in client.get("/account").get_data(as_text=True)


def test_an_answer_is_good_once_and_here_and_of_ones_own(
    client: FlaskClient, app: Flask, house: House, monkeypatch: pytest.MonkeyPatch
):
    _user_id, email, device = _with_a_passkey(client, house)
    _other_id, _other_email, others = _with_a_passkey(app.test_client(), house)
    factories.signed_in(client, email)
    used = device.sign(options(client, STEP_OPTIONS))
    assert _answer(client, used).status_code == 303
    _leave(client)
    factories.signed_in(client, email)
    # The same answer to a question that was used up, and to a newer one.
    assert _refused(client, used)
    options(client, STEP_OPTIONS)
    assert _refused(client, used)
    assert _refused(client, others.sign(options(client, STEP_OPTIONS)))
    device.origin = "https://bank.example.evil"
    assert _refused(client, device.sign(options(client, STEP_OPTIONS)))
    device.origin = ORIGIN
    asked = options(client, STEP_OPTIONS)
    assert _refused(client, device.sign(asked | {"rpId": "evil.example"}))
    assert _refused(client, "{}")
    # A copy of the device counts from where it was copied.
    device.count = 0
    assert _refused(client, device.sign(options(client, STEP_OPTIONS)))
    device.count = 20
    late = device.sign(options(client, STEP_OPTIONS))
    now = door.clock()
    monkeypatch.setattr(door, "clock", lambda: now + timedelta(minutes=6))
    assert _refused(client, late)
    # Nobody but the browser that was asked can answer.
    monkeypatch.setattr(door, "clock", lambda: now)
    with database.engine.begin() as connection:
        connection.execute(delete(Attempts))
    elsewhere = app.test_client()
    factories.signed_in(elsewhere, email)
    assert _refused(elsewhere, device.sign(options(client, STEP_OPTIONS)))
    options(elsewhere, STEP_OPTIONS)
    assert _refused(elsewhere, "[" * 2_000)
    assert client.get("/account").status_code == 302


def test_it_opens_the_portal_alone_where_the_device_knows_its_owner(
    client: FlaskClient, app: Flask, house: House
):
    user_id, _email, device = _with_a_passkey(client, house)
    assert "Use a passkey" in client.get("/login").get_data(as_text=True)

    def enter(browser: FlaskClient) -> str:
        answer = device.sign(options(browser, "/login/passkey-options"))
        data = {"csrf_token": token_of(browser), "passkey": answer, "next": "/account"}
        return str(browser.post("/login/passkey", data=data).headers["Location"])

    assert enter(client) == "/account"
    assert client.get("/account").status_code == 200
    _leave(client)
    device.flags = 0b001
    assert enter(client) == "/login?passkey=refused"
    assert NOT_ACCEPTED in client.get("/login?passkey=refused").get_data(as_text=True)
    device.flags = 0b101
    perform(SetUserActive(user_id, is_active=False), house.administrator)
    assert enter(client) == "/login?passkey=refused"
    assert client.get("/account").status_code == 302


def test_adding_one_needs_the_question_that_was_put_to_this_person(
    client: FlaskClient, app: Flask, house: House
):
    user_id, _email, device = _with_a_passkey(client, house)
    _actor, other, _password = factories.a_user(house)
    factories.signed_in(client, other)
    made = Device().make(options(client, f"{PATH}/passkeys/options"))
    page = f"{PATH}/passkeys/new"
    values = form_of(client, page) | {"name": "Phone", "passkey": made}
    assert client.post(page, data=values).status_code == 200
    again = client.post(page, data=values)
    assert again.status_code == 422
    assert NOT_ACCEPTED in again.get_data(as_text=True)
    # The same key cannot stand for two people.
    assert add_passkey(client, device).status_code == 409
    with database.reading() as session:
        key = session.scalars(select(Passkey.id).where(Passkey.user_id == user_id)).one()
    assert client.get(f"{PATH}/passkeys/{key}/remove").status_code == 404


def test_a_portal_without_a_name_offers_none(client: FlaskClient, house: House):
    for address in ("http://127.0.0.1:8000", "http://bank.example", "https://10.0.0.1", ""):
        relying_party.configure(public_url=address, name="Countinghouse")
        assert "passkey" not in client.get("/login").get_data(as_text=True).split("<main", 1)[1]
        token = {"X-CSRFToken": token_of(client)}
        assert client.post("/login/passkey-options", headers=token).status_code == 409
