"""One's own account (E07): its sections, their editing, and the browsers one is signed in with."""

from __future__ import annotations

import json
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import literal_column, select

from app.access.browsers import browser_name
from app.access.commands import CreateRole, CreateUser
from app.access.details import WEEK, NextOfKin, PersonalDetails
from app.access.models import User
from app.controls.audit import Activity
from app.controls.commands import perform
from app.db.session import database
from app.records.commands import CreateCode
from tests import factories
from tests.access.scenes import errors
from tests.factories import PASSWORD, House
from tests.pages import form_of, send, token_of

PARTLY = {"HX-Request": "true", "HX-Request-Type": "partial"}
PERSONAL = {
    "display_name": "Mercy the Teller",
    "personal_email": "mercy@home.example",
    "personal_phone": "+254 700 000001",
    "official_phone": "+254 20 000 002",
    "non_working_days": ["Sun", "Sat"],
}
KIN = {
    "name": "Peter Otieno",
    "relationship": "Spouse",
    "id_type": "National ID",
    "id_number": "12345678",
    "address": "PO Box 7\nKisumu",
}
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture(scope="module")
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


def _facts(page: str) -> dict[str, str]:
    """Return the facts of a page's cards by their labels."""
    found = re.findall(r"<dt>([^<]+)</dt><dd>(.*?)</dd>", page, re.DOTALL)
    return {label: re.sub(r"<[^>]+>", "", value).strip() for label, value in found}


def _user(email: str) -> User:
    with database.reading() as session:
        return session.scalars(select(User).where(User.email == email)).one()


@pytest.mark.checks("E07.01", "E07.02", "E07.03", "E07.04", "E07.05")
def test_the_user_menu_opens_the_account_with_its_sections(
    app: Flask, client: FlaskClient, house: House
):
    role = factories.unique("Keeper")
    role_id = perform(CreateRole(role, ("dashboard.view", "clients.view-all")), house.system)
    email = factories.unique_email("mercy")
    new = CreateUser(
        "employee",
        email,
        "Mercy",
        "Otieno",
        PASSWORD,
        (role_id,),
        staff_number="S-042",
        department_id=perform(CreateCode("department", "OPS", "Operations"), house.system),
        cost_centre_id=perform(CreateCode("cost-centre", "C1", "Head Office"), house.system),
    )
    perform(new, house.system)
    factories.signed_in(client, email, PASSWORD)
    page = client.get("/admin/clients").get_data(as_text=True)
    menu = page.split('id="user-menu"', 1)[1].split("</aside>", 1)[0]
    assert '<a class="menu__item" href="/account" data-drawer>' in menu
    drawer = client.get("/account", headers=PARTLY).get_data(as_text=True)
    assert "<html" not in drawer
    for shown in (drawer, _page(client)):
        titles = re.findall(r'<h2 class="card__title"[^>]*>([^<]+)</h2>', shown)
        assert titles[:4] == ["Work Information", "Personal Information", "Next of Kin", "Security"]
        head = shown.split('class="account__head"')[1].split("</header>")[0]
        for part in (">MO<", "Mercy Otieno", email, role):
            assert part in head
        assert _facts(shown)["Work Email"] == email
        assert _facts(shown)["Staff Number"] == "S-042"
        assert _facts(shown)["Department"] == "Operations"
        assert _facts(shown)["Cost Centre"] == "Head Office"
    customer = factories.a_client(house)
    _actor, login, password = factories.a_user(house, kind="client", client_id=customer)
    theirs = app.test_client()
    factories.signed_in(theirs, login, password)
    assert login in _page(theirs)


@pytest.mark.checks("E07.06", "E07.07", "E07.09", "E07.11", "E07.12")
def test_personal_information_is_edited_in_its_place(person, house: House):
    client, email = person
    shown = client.get("/account", headers=PARTLY).get_data(as_text=True)
    assert 'aria-label="Edit Personal Information"' in shown
    edited = client.get("/account?edit=personal", headers=PARTLY).get_data(as_text=True)
    assert 'aria-label="Edit Personal Information"' not in edited
    assert 'aria-label="Cancel editing Personal Information"' in edited
    assert 'name="display_name" required type="text" value="Mercy Otieno"' in edited
    assert re.findall(r'name="non_working_days" value="(\w+)"', edited) == list(WEEK)
    typed = PERSONAL | {"version": "0", "csrf_token": token_of(client)}
    answer = client.post("/account/personal", data=typed, headers=PARTLY)
    assert answer.status_code == 200
    toast = json.loads(answer.headers["HX-Trigger"])["toast"]
    assert toast["title"] == "Personal information updated"
    for page in (answer.get_data(as_text=True), _page(client)):
        facts = _facts(page)
        assert facts["Personal Phone"] == "+254 700 000001"
        assert facts["Official Phone"] == "+254 20 000002"
        assert facts["Personal Email"] == "mercy@home.example"
        days = page.split("Non-Working Days")[1].split("</dd>")[0]
        assert re.findall(r'class="badge[^"]*">(\w+)<', days) == ["Sat", "Sun"]
        assert "Mercy the Teller" in page.split('class="account__head"')[1].split("</header>")[0]
        assert 'name="display_name"' not in page
    # The log keeps the name others know, and no personal field in clear; nor does its column.
    with database.reading() as session:
        rows = session.scalars(select(Activity).where(Activity.entity == "personal_details")).all()
        row = next(one for one in rows if one.actor_id == _user(email).id)
        assert row.actor_name == "Mercy Otieno"
        assert "+254" not in json.dumps(row.changes)
        query = select(literal_column("personal_phone")).select_from(PersonalDetails)
        assert not any("+254" in (one or "") for one in session.scalars(query))


def test_a_stale_save_of_personal_information_is_refused(person):
    client, _ = person
    stale = form_of(client, "/account?edit=personal") | PERSONAL
    assert client.post("/account/personal", data=stale).status_code == 303
    answer = client.post("/account/personal", data=stale | {"display_name": "Another"})
    assert answer.status_code == 409
    assert 'value="Another"' in answer.get_data(as_text=True)


@pytest.mark.checks("E07.04", "E07.08", "E07.10")
def test_cancel_saves_nothing_and_what_is_wrong_is_told(person):
    client, _ = person
    page = client.get("/account").get_data(as_text=True)
    work = page.split("Work Information")[1].split("</section>")[0]
    assert "Edit" not in work
    edited = client.get("/account?edit=personal", headers=PARTLY).get_data(as_text=True)
    cancel = edited.split('aria-label="Cancel editing Personal Information"')[1].split(">")[0]
    assert 'hx-get="/account"' in cancel
    assert "Mercy Otieno" in client.get("/account", headers=PARTLY).get_data(as_text=True)
    token = token_of(client)
    for field, value, told in (
        ("personal_email", "nope", "Please enter a valid email address"),
        ("personal_phone", "call me", "Please enter a valid phone number"),
        ("display_name", " ", "Display name is required"),
    ):
        typed = PERSONAL | {"version": "0", "csrf_token": token, field: value}
        answer = client.post("/account/personal", data=typed)
        assert answer.status_code == 422
        assert told in answer.get_data(as_text=True)
    assert _facts(_page(client))["Personal Email"] == "—"


@pytest.mark.checks("E07.13", "E07.14", "E07.15")
def test_the_next_of_kin_is_named_and_cleared(person):
    client, email = person
    page = client.get("/account?edit=kin").get_data(as_text=True)
    labels = [f">{label}</label>" for label in
              ("Name", "Relationship", "ID Type", "ID Number", "Address")]  # fmt: skip
    assert [label in page for label in labels] == [True] * 5
    assert "<textarea" in page
    typed = KIN | {"version": "0", "csrf_token": token_of(client)}
    answer = client.post("/account/next-of-kin", data=typed, headers=PARTLY)
    assert json.loads(answer.headers["HX-Trigger"])["toast"]["title"] == "Next of kin updated"
    kin = _facts(answer.get_data(as_text=True).split("Next of Kin", 1)[1])
    assert [kin[label] for label in ("Name", "Relationship", "ID Type", "ID Number")] == [
        "Peter Otieno", "Spouse", "National ID", "12345678"
    ]  # fmt: skip
    assert "PO Box 7" in kin["Address"]
    half = client.post("/account/next-of-kin", data=typed | {"name": "", "version": "1"})
    assert "Name is required" in half.get_data(as_text=True)
    cleared = {"name": " ", "relationship": "", "version": "1"}
    assert client.post("/account/next-of-kin", data=typed | cleared).status_code == 303
    assert "Nobody is named yet." in _page(client)
    with database.reading() as session:
        query = select(NextOfKin.id).where(NextOfKin.user_id == _user(email).id)
        assert session.scalar(query) is None
    # Clearing what is not there is no error.
    again = client.post("/account/next-of-kin", data=typed | cleared | {"version": "0"})
    assert again.status_code == 303


@pytest.mark.checks("E07.18", "E07.19", "E07.20", "E07.21", "E07.22")
def test_the_password_is_changed_in_a_dialog_of_the_account(app: Flask, person):
    client, email = person
    other = app.test_client()
    factories.signed_in(other, email)
    drawer = client.get("/account", headers=PARTLY).get_data(as_text=True)
    assert 'href="/change-password" data-dialog' in drawer
    dialog = client.get("/change-password", headers=PARTLY).get_data(as_text=True)
    assert "<html" not in dialog
    assert "<span>Change Password</span>" in dialog
    new = "a password of my own"
    for typed, told in (
        (("", "", ""), ["Current password is required", "New password is required",
                        "Confirm the new password"]),
        ((PASSWORD, "short", "short"), ["Password must be at least 8 characters"]),
        ((PASSWORD, new, "another one"), ["Passwords do not match"]),
        (("not the password", new, new), ["Current password is not correct"]),
    ):  # fmt: skip
        values = dict(zip(("current", "password", "confirmation"), typed, strict=True))
        answer = send(client, "/change-password", **values)
        assert (answer.status_code, errors(answer)) == (422, told)
    typed = form_of(client, "/change-password") | {
        "current": PASSWORD, "password": new, "confirmation": new
    }  # fmt: skip
    answer = client.post("/change-password", data=typed, headers=PARTLY)
    assert answer.status_code == 204
    toast = json.loads(answer.headers["HX-Trigger"])["toast"]
    assert toast["title"] == "Password changed successfully"
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 302


def test_every_other_browser_is_signed_out_at_once(app: Flask, person):
    client, email = person
    others = [app.test_client() for _ in range(2)]
    for other in others:
        factories.signed_in(other, email)
    answer = client.post("/account/sessions/end", data={"csrf_token": token_of(client)})
    assert answer.status_code == 303
    assert [one.get("/account").status_code for one in (client, *others)] == [200, 302, 302]


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
