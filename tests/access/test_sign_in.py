"""Signing in: where one lands, what is refused in which words, and how often one may try."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.access.models import User
from app.access.refused import KIND
from app.controls.audit import Activity
from app.controls.due_work import DueWork
from app.db.session import database
from tests import factories
from tests.mail.scenes import work
from tests.pages import send

FAILED = "Authentication failed. Check your email and password."


@pytest.fixture(scope="module")
def house(app):
    return factories.a_house(currencies=())


def words(answer):
    """Return the sentences a refused sign-in shows."""
    page = answer.get_data(as_text=True)
    notice = r'<p class="notice notice--danger"[^>]*>.*?<span>([^<]+)</span>'
    notices = re.findall(notice, page, re.DOTALL)
    errors = re.findall(r"Error: </span>([^<]+)</span>", page)
    return notices + errors


@pytest.mark.checks("E03.01", "E03.03")
def test_an_administrator_lands_on_the_dashboard_and_is_welcomed(client: FlaskClient, house):
    answer = factories.signed_in(client, house.administrator_email)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/admin/dashboard"
    assert "Welcome back!" in client.get("/").get_data(as_text=True)
    assert "Welcome back!" not in client.get("/").get_data(as_text=True)


@pytest.mark.checks("E03.02", "E03.03")
def test_the_others_land_on_the_home_page(client: FlaskClient, house):
    _, email, password = factories.a_user(house, "Teller")
    answer = factories.signed_in(client, email, password)
    assert answer.headers["Location"] == "/"
    page = client.get("/")
    assert page.status_code == 200
    assert "Welcome back!" in page.get_data(as_text=True)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        pytest.param(
            {"email": "", "password": "long enough"},
            "Email is required",
            marks=pytest.mark.checks("E03.04"),
        ),
        pytest.param(
            {"email": "hello", "password": "long enough"},
            "Please enter a valid email address",
            marks=pytest.mark.checks("E03.05"),
        ),
        pytest.param(
            {"email": "a@example.com", "password": ""},
            "Password is required",
            marks=pytest.mark.checks("E03.06"),
        ),
        pytest.param(
            {"email": "a@example.com", "password": "1234567"},
            "Password must be at least 8 characters",
            marks=pytest.mark.checks("E03.07"),
        ),
    ],
)
def test_what_is_typed_wrongly_is_told_beside_its_field(client: FlaskClient, typed, sentence):
    answer = send(client, "/login", **typed)
    assert answer.status_code == 422
    assert words(answer) == [sentence]
    kept = typed["email"]
    assert f'value="{kept}"' in answer.get_data(as_text=True)
    assert typed["password"] == "" or typed["password"] not in answer.get_data(as_text=True)


@pytest.mark.checks("E03.08")
def test_wrong_password_unknown_address_and_inactive_person_are_told_alike(
    client: FlaskClient, house
):
    actor, inactive, _ = factories.a_user(house, "Teller")
    from app.access.models import User

    factories.change(house, User, actor.user_id, is_active=False)
    for email, password in (
        (house.administrator_email, "not the password"),
        (factories.unique_email("nobody"), factories.PASSWORD),
        (inactive, factories.PASSWORD),
    ):
        answer = send(client, "/login", email=email, password=password)
        assert (answer.status_code, words(answer)) == (422, [FAILED])
    assert client.get("/").status_code == 302


@pytest.mark.checks("W01.20", "E39.08")
def test_a_refused_sign_in_stands_in_the_log_and_is_told_by_nothing_else(client, house):
    actor, email, _ = factories.a_user(house, "Teller")
    client.environ_base["REMOTE_ADDR"] = "198.51.100.77"
    left = []
    for address in (email, factories.unique_email("nobody")):
        before = _notes()
        assert send(client, "/login", email=address, password="not the password").status_code == 422
        left.append(_notes() - before)
    # The request leaves the same for both; who they are is looked up afterwards.
    assert left == [1, 1]
    work()
    query = select(Activity).where(Activity.actor_id == actor.user_id)
    with database.reading() as session:
        row = session.scalars(query.where(Activity.address == "198.51.100.77")).one()
    assert (row.action, row.status, row.reason) == ("Sign in", "Failure", FAILED)
    assert row.organisation_id == house.organisation_id
    factories.signed_in(client, house.administrator_email)
    page = client.get("/admin/activity?status=Failure").get_data(as_text=True)
    assert "Sign in" in page
    assert actor.name in page


def _notes() -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).where(DueWork.kind == KIND)) or 0


@pytest.mark.checks("E03.09")
def test_who_is_signed_in_is_led_away_from_the_sign_in_page(client: FlaskClient, house):
    factories.signed_in(client, house.administrator_email)
    answer = client.get("/login")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/admin/dashboard"


def test_an_address_is_the_same_whatever_its_case_and_spaces(client: FlaskClient, house):
    answer = send(
        client,
        "/login",
        email=f" {house.administrator_email.upper()} ",
        password=factories.PASSWORD,
    )
    assert answer.status_code == 303


def test_who_has_an_address_that_no_mail_of_ours_reaches_signs_in_by_it(client, house):
    actor, email, password = factories.a_user(house)
    kept = f"ünï-{email}"
    factories.change(house, User, actor.user_id, email=kept)
    assert send(client, "/login", email=kept, password=password).status_code == 303


@pytest.mark.parametrize(
    ("target", "landed"),
    [
        ("/admin/clients?status=AUTHORIZED", "/admin/clients?status=AUTHORIZED"),
        ("https://evil.example/", "/admin/dashboard"),
        ("//evil.example/", "/admin/dashboard"),
        ("/\\evil.example", "/admin/dashboard"),
        ("javascript:alert(1)", "/admin/dashboard"),
    ],
)
def test_after_sign_in_one_goes_back_to_a_path_of_our_own_only(
    client: FlaskClient, house, target, landed
):
    answer = send(
        client,
        "/login",
        email=house.administrator_email,
        password=factories.PASSWORD,
        next=target,
    )
    assert answer.headers["Location"] == landed


def test_the_page_that_was_asked_for_opens_after_sign_in(client: FlaskClient, house):
    asked = client.get("/admin/configurations?project=1")
    assert asked.status_code == 302
    sign_in = asked.headers["Location"]
    answer = send(client, sign_in, email=house.administrator_email, password=factories.PASSWORD)
    assert answer.headers["Location"] == "/admin/configurations?project=1"


def test_the_cookie_is_new_and_hidden_from_scripts(client: FlaskClient, house):
    client.get("/login")
    before = client.get_cookie("countinghouse")
    answer = factories.signed_in(client, house.administrator_email)
    cookie = next(
        one for one in answer.headers.getlist("Set-Cookie") if one.startswith("countinghouse=")
    )
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    after = client.get_cookie("countinghouse")
    assert before is not None
    assert after is not None
    assert before.value != after.value
