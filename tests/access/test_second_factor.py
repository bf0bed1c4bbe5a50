"""A second factor by an authenticator app: set up, asked for at sign-in, enforced, reset."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from app.access.factor_models import Authenticator, RecoveryCode
from app.access.models import LoginSession, Role
from app.access.throttle import Attempts
from app.controls.audit import Activity
from app.controls.commands import door
from app.db.session import database
from tests import factories
from tests.access.factors import PATH, STEP, code_of, codes_in, enrol, someone_with_an_app, typed
from tests.access.scenes import errors, role_id
from tests.factories import PASSWORD, House
from tests.pages import form_of, send, token_of


@pytest.fixture(scope="module")
def house(app: Flask) -> House:
    return factories.a_house(currencies=())


@pytest.fixture(autouse=True)
def no_attempts(app: Flask):
    """All browsers of the tests have one address; one test is not held back by another."""
    with database.engine.begin() as connection:
        connection.execute(delete(Attempts))


def test_the_password_alone_opens_nothing_and_the_code_opens_all(
    client: FlaskClient, house: House, monkeypatch: pytest.MonkeyPatch
):
    user_id, email, _codes = someone_with_an_app(client, house)
    half = factories.signed_in(client, email)
    assert half.headers["Location"] == STEP
    assert client.get("/account").headers["Location"].startswith("/login")
    with database.reading() as session:
        half_session = select(LoginSession.awaits_factor).where(LoginSession.user_id == user_id)
        assert session.scalars(half_session).all() == [True]
    wrong = typed(client, "000000")
    assert wrong.status_code == 422
    assert errors(wrong) == ["The code is not correct"]
    code = code_of(user_id)
    assert typed(client, code).status_code == 303
    assert "Authenticator app" in client.get("/account").get_data(as_text=True)
    client.post("/logout", data={"csrf_token": token_of(client)})
    assert client.get("/account").status_code == 302
    assert client.get(STEP).headers["Location"] == "/login"
    # The same code again is refused, though its time is not over.
    factories.signed_in(client, email)
    assert errors(typed(client, code)) == ["The code is not correct"]
    # Of another time than now it is good one step off, and not two.
    now = door.clock()
    monkeypatch.setattr(door, "clock", lambda: now + timedelta(minutes=2))
    assert errors(typed(client, code_of(user_id, steps=2))) == ["The code is not correct"]
    assert typed(client, code_of(user_id, steps=1)).status_code == 303


def test_a_half_session_ends_by_itself_and_with_a_new_password(
    client: FlaskClient, house: House, monkeypatch: pytest.MonkeyPatch
):
    user_id, email, _codes = someone_with_an_app(client, house)
    factories.signed_in(client, email)
    now = door.clock()
    monkeypatch.setattr(door, "clock", lambda: now + timedelta(minutes=11))
    late = client.post(STEP, data={"csrf_token": token_of(client), "code": code_of(user_id)})
    assert late.headers["Location"] == "/login"


def test_the_first_factor_ends_what_the_password_alone_had_opened(
    client: FlaskClient, app: Flask, house: House
):
    _, email, _ = factories.a_user(house, "Branch Manager")
    elsewhere = app.test_client()
    factories.signed_in(elsewhere, email)
    factories.signed_in(client, email)
    enrol(client)
    assert client.get("/account").status_code == 200
    assert elsewhere.get("/account").headers["Location"].startswith("/login")


def test_a_recovery_code_opens_once_and_none_is_kept_as_it_is(client: FlaskClient, house: House):
    user_id, email, codes = someone_with_an_app(client, house)
    assert len(set(codes)) == 10
    with database.reading() as session:
        kept = session.scalars(
            select(RecoveryCode.code_hash).where(RecoveryCode.user_id == user_id)
        )
        assert not set(kept) & set(codes)
        logged = session.scalars(select(Activity.changes).where(Activity.actor_id == user_id))
        secret = session.scalars(
            select(Authenticator.secret).where(Authenticator.user_id == user_id)
        ).one()
        assert all(secret not in str(one) and codes[0] not in str(one) for one in logged)
    with database.engine.connect() as connection:
        query = select(Authenticator.__table__.c.id).where(
            Authenticator.__table__.c.user_id == user_id
        )
        assert (
            connection.exec_driver_sql(
                f"select secret from authenticator where id = {connection.scalar(query)}"  # noqa: S608
            ).scalar()
            != secret
        )
    factories.signed_in(client, email)
    page = client.get(STEP).get_data(as_text=True)
    assert f'href="{STEP}?way=recovery"' in page
    recovery = f"{STEP}?way=recovery"
    assert typed(client, codes[3].upper().replace("-", " "), recovery).status_code == 303
    assert "9 of 10 left" in client.get("/account").get_data(as_text=True)
    client.post("/logout", data={"csrf_token": token_of(client)})
    factories.signed_in(client, email)
    assert errors(typed(client, codes[3], recovery)) == ["The code is not correct"]
    assert typed(client, codes[4], recovery).status_code == 303
    fresh = codes_in(send(client, f"{PATH}/codes").get_data(as_text=True))
    assert len(fresh) == 10
    client.post("/logout", data={"csrf_token": token_of(client)})
    factories.signed_in(client, email)
    assert typed(client, codes[5], recovery).status_code == 422
    assert typed(client, fresh[0], recovery).status_code == 303


def test_guessing_codes_is_held_back_and_stands_in_the_log(client: FlaskClient, house: House):
    user_id, email, _codes = someone_with_an_app(client, house)
    factories.signed_in(client, email)
    answers = [typed(client, f"00000{number}").status_code for number in range(9)]
    assert answers == [422] * 8 + [429]
    assert typed(client, code_of(user_id)).status_code == 429
    with database.reading() as session:
        query = select(Activity.reason).where(
            Activity.actor_id == user_id, Activity.status == "Failure"
        )
        assert session.scalars(query).all().count("The code is not correct") == 8


def test_the_app_is_turned_off_with_a_code(client: FlaskClient, house: House):
    user_id, email, codes = someone_with_an_app(client, house)
    factories.signed_in(client, email)
    typed(client, codes[0])
    assert errors(send(client, f"{PATH}/app/off", code="123")) == ["The code is not correct"]
    assert send(client, f"{PATH}/app/off", code=code_of(user_id)).status_code == 303
    assert client.get(f"{PATH}/app/off").status_code == 404
    client.post("/logout", data={"csrf_token": token_of(client)})
    assert factories.signed_in(client, email).headers["Location"] != STEP


def test_a_role_that_asks_for_one_leads_its_holders_to_it(
    client: FlaskClient, app: Flask, house: House
):
    administrator = app.test_client()
    factories.signed_in(administrator, house.administrator_email)
    actor, email, _password = factories.a_user(house, "Auditor")
    factories.signed_in(client, email)
    assert client.get("/account").status_code == 200
    role = role_id(house, "Auditor")
    page = f"/admin/roles/{role}/second-factor"
    assert "led to set one up" in administrator.get(page).get_data(as_text=True)
    assert send(administrator, page).status_code == 303
    assert "Asked for" in administrator.get("/admin/roles").get_data(as_text=True)
    # Whoever sits there now is led away at the next step, and whoever signs in as well.
    assert client.get("/account").headers["Location"] == PATH
    fragment = client.get("/account", headers={"HX-Request": "true"})
    assert fragment.headers["HX-Redirect"] == PATH
    client.post("/logout", data={"csrf_token": token_of(app.test_client())})
    again = app.test_client()
    assert factories.signed_in(again, email).headers["Location"] == PATH
    assert "Authenticator app" in again.get(PATH).get_data(as_text=True)
    assert "sidebar" not in again.get(f"{PATH}/app").get_data(as_text=True).split("<body", 1)[1]
    assert len(enrol(again)) == 10
    assert again.get("/account").status_code == 200
    refused = send(again, f"{PATH}/app/off", code=code_of(actor.user_id or 0))
    assert refused.status_code == 409
    assert "Your role asks for a second factor" in refused.get_data(as_text=True)
    assert send(administrator, page).status_code == 303
    with database.reading() as session:
        assert not session.get_one(Role, role).asks_second_factor


def test_an_administrator_sees_the_factors_and_resets_them(
    client: FlaskClient, app: Flask, house: House
):
    user_id, email, codes = someone_with_an_app(client, house)
    factories.signed_in(client, email)
    typed(client, codes[0])
    administrator = app.test_client()
    factories.signed_in(administrator, house.administrator_email)
    page = administrator.get(f"/admin/users/{user_id}").get_data(as_text=True)
    assert "Authenticator app, 9 recovery codes left" in page
    reset = f"/admin/users/{user_id}/reset-second-factor"
    assert reset in page
    assert send(administrator, reset).status_code == 303
    assert client.get("/account").status_code == 302
    assert factories.signed_in(client, email).headers["Location"] != STEP
    with database.reading() as session:
        query = select(Activity.id).where(
            Activity.action == "Reset second factor", Activity.entity_id == user_id
        )
        assert session.scalars(query).first() is not None
    assert reset not in administrator.get(f"/admin/users/{user_id}").get_data(as_text=True)


def test_a_client_is_asked_again_in_their_own_area(
    client: FlaskClient, house: House, monkeypatch: pytest.MonkeyPatch
):
    _who, email, password = factories.a_user(
        house, kind="client", client_id=factories.a_client(house)
    )
    factories.signed_in(client, email, password)
    now = door.clock()
    monkeypatch.setattr(door, "clock", lambda: now + timedelta(minutes=6))
    page = client.get("/account/second-factor/app").get_data(as_text=True)
    assert "Is it you?" in page
    assert 'class="portal"' in page
    assert 'id="sidebar"' not in page


def test_what_weighs_heavily_asks_again_and_loses_nothing_that_was_typed(
    client: FlaskClient, app: Flask, house: House, monkeypatch: pytest.MonkeyPatch
):
    factories.signed_in(client, factories.a_platform_person())
    page = client.get("/admin/licences").get_data(as_text=True)
    path = re.search(r'href="(/admin/licences/\d+)"', page)
    assert path is not None
    edit = f"{path.group(1)}/edit"
    values = client.get(edit).get_data(as_text=True)
    assert "Is it you?" not in values

    typed_values = form_of(client, edit)
    now = door.clock()
    monkeypatch.setattr(door, "clock", lambda: now + timedelta(minutes=6))
    asked = client.get(edit).get_data(as_text=True)
    assert "Is it you?" in asked
    assert "Current Password" in asked
    sent = client.post(edit, data=typed_values | {"expires_on": "2039-05-06"})
    assert sent.status_code == 409
    question = sent.get_data(as_text=True)
    assert 'name="expires_on" value="2039-05-06"' in question
    carried = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', question)
    again = {name: [v for n, v in carried if n == name] for name, _value in carried}
    wrong = client.post(edit, data=again | {"proof-password": "something else"})
    assert wrong.status_code == 422
    assert 'name="expires_on" value="2039-05-06"' in wrong.get_data(as_text=True)
    done = client.post(edit, data=again | {"proof-password": PASSWORD})
    assert done.status_code == 303, done.get_data(as_text=True)
    shown = client.get(edit).get_data(as_text=True)
    assert "2039-05-06" in shown
    with database.reading() as session:
        newest = session.scalars(
            select(Activity.changes)
            .where(Activity.action == "Confirm identity", Activity.status == "Success")
            .order_by(Activity.id.desc())
        ).first()
        assert newest is not None
        assert newest[0]["new"] == "Password"
    # An address that is only looked at is answered by itself once the person has proved who.
    monkeypatch.setattr(door, "clock", lambda: now + timedelta(minutes=30))
    back = send(client, edit, **{"proof-password": PASSWORD})
    assert back.status_code == 303
    assert back.headers["Location"] == edit
