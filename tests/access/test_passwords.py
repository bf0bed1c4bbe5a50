"""Passwords: forgotten (E04), replaced at the first sign-in (E06), and the rules for them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access.models import PasswordReset, User
from app.access.password_rules import FormerPassword
from app.access.people import CreateUser
from app.controls.commands import door, perform
from app.controls.due_work import DueWork
from app.controls.identity import system_actor
from app.controls.permissions import ALL_PERMISSIONS
from app.controls.tenant import Organisation
from app.db.session import database
from tests import factories
from tests.access.scenes import OWN, errors, invited, reset_link, user_of
from tests.factories import House
from tests.loopback import text_of
from tests.mail.scenes import a_mail_server, mails_to, work
from tests.pages import form_of, send, token_of

TOO_SHORT, DIFFERENT = "Password must be at least 8 characters", "Passwords do not match"


@pytest.fixture(scope="module")
def house(app: Flask) -> House:
    return factories.a_house(name=factories.unique("Akiba"), currencies=())


@pytest.fixture
def person(house: House) -> tuple[str, str]:
    """The address and password of somebody who works here."""
    _actor, email, password = factories.a_user(house, "Branch Manager")
    return email, password


# E04: a forgotten password


@pytest.mark.checks("E04.01", "E04.02")
def test_the_way_to_a_new_password_begins_at_sign_in(client: FlaskClient):
    page = client.get("/login").get_data(as_text=True)
    assert '<a class="login__forgot" href="/forgot-password">Forgot password?</a>' in page
    page = client.get("/forgot-password").get_data(as_text=True)
    assert "Reset your password" in page
    assert 'type="email"' in page
    assert "Send reset link" in page


@pytest.mark.checks("E04.03", "E04.04", "E04.05", "E04.06", "E04.17")
def test_the_answer_is_the_same_whoever_has_the_address(client: FlaskClient, person):
    pages, states = [], []
    for email in (person[0], factories.unique_email("nobody")):
        before = _waiting()
        answer = send(client, "/forgot-password", email=email)
        assert answer.status_code == 200
        page = answer.get_data(as_text=True)
        for words in (
            "Check your email",
            "If an account exists for",
            "we&#39;ve sent a password reset link.".replace("&#39;", "'"),
            "The link will expire in 60 minutes.",
            'href="/forgot-password"><span>Try a different email</span>',
        ):
            assert words in page
        pages.append(page.replace(email, "").replace(_csrf(page), ""))
        states.append([row.kind for row in _waiting() if row.id not in {one.id for one in before}])
    assert pages[0].replace("<strong></strong>", "") == pages[1].replace("<strong></strong>", "")
    # The request leaves the same note for both; who they are is looked up afterwards.
    assert states == [["password-reset"], ["password-reset"]]
    work()
    assert errors(send(client, "/forgot-password", email="nope")) == [
        "Please enter a valid email address"
    ]


@pytest.mark.checks("E04.07", "E04.08", "E04.09", "E04.10", "E04.11", "E04.12", "E04.18")
def test_the_mailed_link_leads_to_a_new_password(
    client: FlaskClient, app: Flask, house: House, person
):
    email, password = person
    other = app.test_client()
    factories.signed_in(other, email, password)
    send(client, "/forgot-password", email=f" {email.upper()} ")
    with a_mail_server() as server:
        work()
        message = server.newest(email)
    assert message["Subject"] == "Reset Your Password"
    assert house.name in message["From"]
    html = text_of(message, "html")
    assert f'<td class="brand">{house.name}</td>' in html
    assert ">Reset Your Password</a>" in html
    assert "The link will expire in 60 minutes" in html
    link = html.split('href="https://bank.example')[1].split('"')[0]
    page = client.get(link).get_data(as_text=True)
    assert "Set a new password" in page
    assert page.count("data-reveal") == 2
    assert "Reset password" in page
    answer = send(client, link, password=OWN, confirmation=OWN)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    assert "Password reset successfully" in client.get("/login").get_data(as_text=True)
    assert other.get("/").status_code == 302, "who was signed in is signed out"
    assert factories.signed_in(client, email, password).status_code == 422
    assert factories.signed_in(client, email, OWN).status_code == 303
    assert mails_to(email)[-1].subject == "Your password was changed"


@pytest.mark.checks("E04.13", "E04.14", "E04.15", "E04.19")
def test_what_cannot_be_a_password_is_told_beside_its_field(client: FlaskClient, person):
    email, password = person
    link = reset_link(client, email)
    for typed, told in (
        (("", ""), ["New password is required", "Confirm the new password"]),
        (("short", "short"), [TOO_SHORT]),
        ((OWN, "another one"), [DIFFERENT]),
        ((email, email), ["Password must not be your email address"]),
        ((password, password), ["Choose a password that you have not used before"]),
        (("x" * 201, "x" * 201), ["Password can have at most 200 characters"]),
    ):
        answer = send(client, link, password=typed[0], confirmation=typed[1])
        assert (answer.status_code, errors(answer)) == (422, told)
        assert typed[0] == "" or f'"{typed[0]}"' not in answer.get_data(as_text=True)
    # The page tells the browser the same sentences, for before it sends anything.
    page = client.get(link).get_data(as_text=True)
    assert f'data-too-short="{TOO_SHORT}"' in page
    assert f'data-different="{DIFFERENT}"' in page
    # None of this used the link up.
    assert send(client, link, password=OWN, confirmation=OWN).status_code == 303


@pytest.mark.checks("E04.16", "E04.20")
def test_a_link_works_once_and_for_an_hour(client: FlaskClient, person, monkeypatch):
    email, _ = person
    first, second = reset_link(client, email), reset_link(client, email)
    with database.reading() as session:
        kept = session.scalars(
            select(PasswordReset.token_hash).where(PasswordReset.user_id == user_of(email).id)
        ).all()
    assert len(kept) == 2
    assert not any(first.endswith(one) for one in kept), "the token itself is nowhere"
    form = {"password": OWN, "confirmation": OWN, "csrf_token": token_of(client)}
    assert client.post(first, data=form).status_code == 303
    for link in (first, second, "/reset-password/made-up"):
        for answer in (client.get(link), client.post(link, data=form)):
            page = answer.get_data(as_text=True)
            assert answer.status_code == 410
            assert "Invalid or expired link" in page
            assert 'href="/forgot-password"><span>Request a new reset link</span>' in page
    third = reset_link(client, email)
    now = door.clock
    monkeypatch.setattr(door, "clock", lambda: now() + timedelta(minutes=61))
    assert "Invalid or expired link" in client.get(third).get_data(as_text=True)
    assert client.post(third, data=form).status_code == 410
    assert factories.signed_in(client, email, OWN).status_code == 303


def test_who_was_deactivated_or_is_unknown_gets_no_link(client: FlaskClient, house: House):
    from app.access.models import User

    actor, email, _ = factories.a_user(house)
    link = reset_link(client, email)
    factories.change(house, User, actor.user_id, is_active=False)
    assert client.get(link).status_code == 410
    nobody = factories.unique_email("nobody")
    before = len(mails_to(email))
    for address in (email, nobody):
        send(client, "/forgot-password", email=address)
    work()
    assert (len(mails_to(email)), mails_to(nobody)) == (before, [])


def test_platform_people_belong_to_no_organisation_and_get_their_link(client: FlaskClient):
    email = factories.unique_email("platform")
    command = CreateUser("platform", email, "Pat", "Root", factories.PASSWORD)
    perform(command, system_actor(None, ALL_PERMISSIONS, "Setup"))
    link = reset_link(client, email)
    assert send(client, link, password=OWN, confirmation=OWN).status_code == 303
    assert factories.signed_in(client, email, OWN).status_code == 303


def test_asking_for_links_is_held_back_alike(client: FlaskClient, person):
    for email in (person[0], factories.unique_email("nobody")):
        answers = [send(client, "/forgot-password", email=email) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        assert "Please wait 60 minutes" in answers[-1].get_data(as_text=True)
    work()


def test_a_request_that_is_answered_twice_mails_one_link(client: FlaskClient, house, person):
    email, _ = person
    send(client, "/forgot-password", email=email)
    note = _waiting()[-1]
    work()
    factories.change(house, DueWork, note.id, state="waiting")
    work()
    assert [mail.letter for mail in mails_to(email)] == ["reset-password"]


# E06: a temporary password


@pytest.mark.checks("E06.02", "E06.03", "E06.04")
def test_a_temporary_password_is_replaced_before_anything_else(client: FlaskClient, house: House):
    email, temporary = invited(house, "Tenant Administrator")
    answer = factories.signed_in(client, email, temporary)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/change-password")
    page = client.get("/change-password").get_data(as_text=True)
    labels = ("Current Password", "New Password", "Confirm New Password")
    places = [page.index(f">{label}</label>") for label in labels]
    assert places == sorted(places)
    for path in ("/", "/admin/dashboard", "/admin/clients.csv", "/account", "/search?q=a"):
        away = client.get(path)
        assert (away.status_code, away.headers["Location"]) == (302, "/change-password")
        fragment = client.get(path, headers={"HX-Request": "true"})
        assert (fragment.status_code, fragment.data) == (204, b"")
        assert fragment.headers["HX-Redirect"] == "/change-password"
    # A program follows no pages; it is told, and an address that is not there leads back as well.
    assert client.get("/api/v1/clients").status_code == 401
    assert client.get("/no/such/page").headers["Location"] == "/change-password"
    data = {"csrf_token": token_of_page(page), "name": "Another"}
    assert client.post("/admin/projects/new", data=data).headers["Location"] == "/change-password"
    assert client.get("/login").status_code == 302
    # Logging out is not skipping.
    assert client.post("/logout", data=data).headers["Location"] == "/login"


@pytest.mark.checks("E06.05", "E06.06")
def test_the_new_password_leads_to_the_dashboard_and_ends_other_sessions(
    client: FlaskClient, app: Flask, house: House
):
    email, temporary = invited(house, "Tenant Administrator")
    other = app.test_client()
    factories.signed_in(other, email, temporary)
    factories.signed_in(client, email, temporary)
    answer = send(client, "/change-password", current=temporary, password=OWN, confirmation=OWN)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/dashboard")
    assert client.get("/admin/dashboard").status_code == 200
    assert other.get("/change-password").headers["Location"].startswith("/login")
    assert factories.signed_in(other, email, temporary).status_code == 422
    assert factories.signed_in(other, email, OWN).headers["Location"] == "/admin/dashboard"


@pytest.mark.checks("E06.07", "E06.08", "E06.09")
def test_what_is_wrong_with_a_change_is_told_on_the_form(client: FlaskClient, house: House):
    email, temporary = invited(house)
    factories.signed_in(client, email, temporary)
    for typed, told in (
        (("", "", ""), ["Current password is required", "New password is required",
                        "Confirm the new password"]),
        ((temporary, OWN, "another one"), [DIFFERENT]),
        ((temporary, "short", "short"), [TOO_SHORT]),
        (("not the password", OWN, OWN), ["Current password is not correct"]),
        ((temporary, temporary, temporary), ["Choose a password that you have not used before"]),
    ):  # fmt: skip
        values = dict(zip(("current", "password", "confirmation"), typed, strict=True))
        answer = send(client, "/change-password", **values)
        assert (answer.status_code, errors(answer)) == (422, told)
    assert client.get("/").headers["Location"] == "/change-password"


def test_a_copy_of_the_cookie_opens_nothing_once_the_password_is_changed(
    client: FlaskClient, app: Flask, person
):
    email, password = person
    factories.signed_in(client, email, password)
    copy = app.test_client()
    cookie = client.get_cookie("countinghouse")
    copy.set_cookie("countinghouse", cookie.value)
    assert copy.get("/account").status_code == 200
    typed = {"current": password, "password": OWN, "confirmation": OWN}
    assert send(client, "/change-password", **typed).status_code == 303
    assert client.get("/account").status_code == 200, "the browser at hand goes on"
    assert copy.get("/account").headers["Location"].startswith("/login")


def test_guessing_the_current_password_is_held_back(client: FlaskClient, person):
    email, password = person
    factories.signed_in(client, email, password)
    typed = {"password": OWN, "confirmation": OWN}
    statuses = [
        send(client, "/change-password", current=f"guess number {n}", **typed).status_code
        for n in range(9)
    ]
    assert statuses == [422] * 8 + [429]
    assert send(client, "/change-password", current=password, **typed).status_code == 429


# E04.19: the organisation's rules


@pytest.mark.checks("E04.19")
def test_the_organisation_says_how_long_and_how_new_a_password_is(client: FlaskClient, app: Flask):
    house = factories.a_house(currencies=())
    _actor, email, password = factories.a_user(house)
    factories.signed_in(client, house.administrator_email)
    path = "/admin/password-rules"
    assert errors(send(client, path, shortest="7")) == ["Choose from 8 to 64 characters"]
    assert errors(send(client, path, remembered="25")) == ["Choose from 0 to 24 passwords"]
    assert send(client, path, shortest="12", remembered="2").status_code == 303
    page = client.get(path).get_data(as_text=True)
    assert 'value="12"' in page
    stale = form_of(client, path) | {"version": "0"}
    answer = client.post(path, data=stale)
    assert answer.status_code == 409
    assert "Someone else changed this record" in answer.get_data(as_text=True)
    theirs = app.test_client()
    factories.signed_in(theirs, email, password)

    def change(current: str, new: str) -> list[str]:
        typed = {"current": current, "password": new, "confirmation": new}
        return errors(send(theirs, "/change-password", **typed))

    assert change(password, "eleven char") == ["Password must be at least 12 characters"]
    first, second = "the first of mine", "the second of mine"
    assert change(password, first) == []
    assert change(first, second) == []
    used = ["Choose a password that you have not used before"]
    assert change(second, second) == used
    assert change(second, first) == used
    # Two are remembered: the one in use and the one before it.
    assert change(second, password) == []
    with database.reading() as session:
        query = select(FormerPassword.id).where(FormerPassword.user_id == user_of(email).id)
        assert len(session.scalars(query).all()) == 2
    teller = app.test_client()
    factories.signed_in(teller, email, password)
    assert teller.get(path).status_code == 403


def token_of_page(page: str) -> str:
    return page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]


_csrf = token_of_page


def _waiting() -> list[DueWork]:
    with database.reading() as session:
        query = select(DueWork).where(DueWork.state == "waiting").order_by(DueWork.id)
        return list(session.scalars(query))


@pytest.mark.checks("E04.19")
def test_a_password_that_everybody_tries_or_that_names_its_owner_is_refused(
    client: FlaskClient, house: House
):
    actor, email, password = factories.a_user(house, first_name="Halima")
    with database.reading() as session:
        person, at = session.get_one(User, actor.user_id), house.organisation_id
        names = (person.name, session.get_one(Organisation, at).name)
    factories.signed_in(client, email, password)
    for guessed in ("password", "Password123!", "qwertyuiop", "12345678", *names, "halima2026"):
        typed = {"current": password, "password": guessed, "confirmation": guessed}
        answer = send(client, "/change-password", **typed)
        assert answer.status_code == 422, guessed
        assert "This password is easily guessed" in answer.text, guessed
    answer = send(client, "/change-password", current=password, password=OWN, confirmation=OWN)
    assert answer.status_code == 303
