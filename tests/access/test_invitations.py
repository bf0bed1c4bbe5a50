"""A user is invited by mail, and only where mail can arrive (E12)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access.domains import mail_domains
from app.access.invitations import InviteUser, SendTemporaryPassword
from app.access.models import UserDesk, UserProject
from app.controls.commands import door, perform
from app.controls.tenant import Organisation
from app.db.session import database
from app.kernel.errors import Forbidden, Refusal, Unavailable
from app.organisation.models import Desk
from app.records.commands import CreateCode
from tests import factories
from tests.access.scenes import OWN, errors, invited, mailed_password, role_id, user_of
from tests.factories import House
from tests.loopback import text_of
from tests.mail.scenes import a_mail_server, mails_to, work
from tests.pages import form_of, send
from tests.program import a_program
from tests.transactions.scenes import GiveOnly

PATH = "/admin/users"


@pytest.fixture(scope="module")
def house(app: Flask) -> House:
    return factories.a_house(name=factories.unique("Akiba"), currencies=())


@pytest.fixture
def administrator(client: FlaskClient, house: House) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def invitation(house: House, **typed: Any) -> dict[str, Any]:
    return {
        "first_name": "Wanja",
        "last_name": "Mutua",
        "email": factories.unique_email("wanja"),
        "role_ids": [str(role_id(house, "Tenant Administrator"))],
    } | typed


@pytest.mark.checks("E12.01", "E12.02", "E12.03", "E12.08", "M02.03", "E06.01")
def test_an_invited_user_is_listed_and_gets_a_mail_to_sign_in_with(
    administrator: FlaskClient, house: House, app: Flask
):
    assert "Invite User" in administrator.get(PATH).get_data(as_text=True)
    boss = house.administrator
    with database.reading() as session:
        desk_id = session.scalars(
            select(Desk.id).where(Desk.project_id == house.project_id)
        ).first()
    typed = invitation(
        house,
        project_ids=[str(house.project_id)],
        desk_ids=[str(desk_id)],
        branch_id=str(house.branch_id),
        staff_number="S-017",
        department_id=str(perform(CreateCode("department", "OPS", "Operations"), boss)),
        cost_centre_id=str(perform(CreateCode("cost-centre", "C1", "Head Office"), boss)),
    )
    email = typed["email"]
    answer = send(administrator, f"{PATH}/new", **typed | {"email": f" {email.upper()} "})
    assert answer.status_code == 303
    listed = administrator.get(f"{PATH}?search=S-017").get_data(as_text=True)
    for shown in ("Wanja Mutua", email, "Tenant Administrator", "Invited"):
        assert shown in listed
    user = user_of(email)
    shown = administrator.get(f"{PATH}/{user.id}").get_data(as_text=True)
    for place in ("Operations", "Head Office", "S-017"):
        assert place in shown
    with database.reading() as session:
        for link, column, wanted in (
            (UserProject, UserProject.project_id, house.project_id),
            (UserDesk, UserDesk.desk_id, desk_id),
        ):
            assert list(session.scalars(select(column).where(link.user_id == user.id))) == [wanted]
    with a_mail_server() as server:
        work()
        message = server.newest(email)
    assert message["Subject"] == f"Welcome to {house.name}"
    text = text_of(message)
    assert f"Email: {email}" in text
    assert "https://bank.example/login" in text
    temporary = text.split("Temporary password: ")[1].split()[0]
    theirs = app.test_client()
    assert factories.signed_in(theirs, email, temporary).headers["Location"] == "/change-password"


@pytest.mark.checks("E12.07")
def test_what_is_missing_is_told_beside_its_field_and_what_was_typed_is_kept(
    administrator: FlaskClient,
):
    answer = send(administrator, f"{PATH}/new", last_name="Mutua")
    assert answer.status_code == 422
    told = errors(answer)
    assert told == ["First name is required", "Email is required", "Choose at least one role"]
    assert 'value="Mutua"' in answer.get_data(as_text=True)
    answer = send(administrator, f"{PATH}/new", email="nope")
    assert "Please enter a valid email address" in errors(answer)


@pytest.mark.checks("E12.06")
def test_an_address_that_somebody_has_is_refused(administrator: FlaskClient, house: House):
    taken = invitation(house, email=house.administrator_email.upper())
    answer = send(administrator, f"{PATH}/new", **taken)
    assert answer.status_code == 409
    assert errors(answer) == ["User with this email already exists"]


@pytest.mark.checks("E12.04", "E12.05")
@pytest.mark.parametrize(
    "domain",
    [
        pytest.param("arclabs.top", id="an address and no mail server"),
        pytest.param("takes-none.example", id="it says that it takes none"),
        pytest.param("nowhere.example", id="there is no such domain"),
    ],
)
def test_a_domain_that_cannot_receive_mail_is_refused(
    administrator: FlaskClient, house: House, domain: str
):
    email = f"remoteEaze@{domain}"
    answer = send(administrator, f"{PATH}/new", **invitation(house, email=email))
    assert answer.status_code == 422
    assert errors(answer) == ["Email domain cannot receive emails"]
    assert f'value="{email}"' in answer.get_data(as_text=True)
    assert user_of(email.lower()) is None
    assert mails_to(email.lower()) == []


def test_a_demonstration_invites_and_moves_people_of_its_own_made_up_domain(client: FlaskClient):
    house = factories.a_house(currencies=())
    factories.signed_in(client, house.administrator_email)
    made_up, moved, real = (
        f"{uuid4().hex}@{domain}" for domain in ("nowhere.example", "x.test", "arclabs.top")
    )
    typed = invitation(house, email=made_up)
    assert send(client, f"{PATH}/new", **typed).status_code == 422
    factories.change(house, Organisation, house.organisation_id, is_demonstration=True)
    assert send(client, f"{PATH}/new", **typed).status_code == 303
    path = f"{PATH}/{user_of(made_up).id}/edit"
    assert send(client, path, email=moved).status_code == 303
    answer = send(client, f"{PATH}/new", **typed | {"email": real})
    assert errors(answer) == ["Email domain cannot receive emails"]


def test_a_domain_with_mail_servers_is_good(house: House):
    mail_domains.demand("anybody@Backup.example")


def test_where_no_dns_answers_the_sentence_says_so(administrator: FlaskClient, house: House):
    typed = invitation(house, email="someone@broken.example")
    answer = send(administrator, f"{PATH}/new", **typed)
    assert answer.status_code == 503
    (told,) = errors(answer)
    assert "could not be looked up just now" in told
    told_server = mail_domains._server
    mail_domains.configure("127.0.0.1:1")
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("app.access.domains.PATIENCE_SECONDS", 0.2)
            with pytest.raises(Unavailable, match="could not be looked up"):
                mail_domains.demand("someone@example.com")
    finally:
        mail_domains.configure(told_server)


def test_an_address_is_changed_only_to_one_that_receives_mail(
    administrator: FlaskClient, house: House
):
    actor, _email, _ = factories.a_user(house)
    path = f"{PATH}/{actor.user_id}/edit"
    answer = send(administrator, path, email="someone@arclabs.top")
    assert errors(answer) == ["Email domain cannot receive emails"]
    other = factories.unique_email("other")
    assert send(administrator, path, email=other, staff_number="S-900").status_code == 303
    assert user_of(other).staff_number == "S-900"
    assert form_of(administrator, path)["staff_number"] == ["S-900"]
    taken = send(administrator, f"{PATH}/new", **invitation(house, staff_number="S-900"))
    assert errors(taken) == ["Another person has this staff number"]


def test_a_temporary_password_works_for_a_week(house: House, client: FlaskClient, monkeypatch):
    email, temporary = invited(house)
    now = door.clock
    monkeypatch.setattr(door, "clock", lambda: now() + timedelta(days=8))
    answer = factories.signed_in(client, email, temporary)
    assert answer.status_code == 422
    assert "Your temporary password has expired" in answer.get_data(as_text=True)
    wrong = factories.signed_in(client, email, "not the password")
    assert "expired" not in wrong.get_data(as_text=True)


def test_an_administrator_sends_a_new_temporary_password(
    administrator: FlaskClient, house: House, app: Flask
):
    actor, email, password = factories.a_user(house)
    theirs = app.test_client()
    factories.signed_in(theirs, email, password)
    path = f"{PATH}/{actor.user_id}/temporary-password"
    assert send(administrator, path).status_code == 303
    assert theirs.get("/").status_code == 302
    assert factories.signed_in(theirs, email, password).status_code == 422
    temporary = mailed_password(email)
    assert factories.signed_in(theirs, email, temporary).headers["Location"] == "/change-password"
    changed = send(theirs, "/change-password", current=temporary, password=OWN, confirmation=OWN)
    assert changed.status_code == 303
    page = administrator.get(f"{PATH}/{actor.user_id}").get_data(as_text=True)
    assert "Your password was changed" in page, "the latest mail to them"


def test_who_was_invited_at_a_wrong_address_gets_another_password_at_the_right_one(
    app: Flask, house: House, client: FlaskClient
):
    wrong, mailed = invited(house)
    right = factories.unique_email("right")
    factories.signed_in(client, house.administrator_email)
    path = f"{PATH}/{user_of(wrong).id}/edit"
    assert send(client, path, email=right).status_code == 303
    assert user_of(wrong) is None
    stranger, theirs = app.test_client(), app.test_client()
    assert factories.signed_in(stranger, right, mailed).status_code == 422
    answer = factories.signed_in(theirs, right, mailed_password(right))
    assert answer.headers["Location"] == "/change-password"


def test_nobody_sends_themselves_or_their_betters_a_temporary_password(house: House):
    me = house.administrator
    with pytest.raises(Forbidden, match="your own password"):
        perform(SendTemporaryPassword(me.user_id), me)
    someone, email, _ = factories.a_user(house)
    perform(GiveOnly(someone.user_id, ("users.view", "users.edit", "users.create")), house.system)
    teller = factories.actor_of_address(email)
    with pytest.raises(Forbidden, match="that you do not hold"):
        perform(SendTemporaryPassword(me.user_id), teller)
    command = InviteUser(
        factories.unique_email(), "A", "B", role_ids=(role_id(house, "Tenant Administrator"),)
    )
    with pytest.raises(Forbidden, match="that you do not hold"):
        perform(command, teller)
    assert user_of(command.email) is None


def test_provisioning_asks_no_dns_and_mails_nothing(house: House):
    _actor, email, _ = factories.a_user(house)
    assert mails_to(email) == []
    assert user_of(email).password_temporary_until is None
    with pytest.raises(Refusal, match="cannot receive"):
        mail_domains.demand("admin@savanna.invalid")


def test_the_deadline_of_a_temporary_password_is_told_in_the_organisation_s_zone(app: Flask):
    house = factories.a_house(currencies=())
    factories.change(house, Organisation, house.organisation_id, time_zone="Africa/Nairobi")
    actor, email, _password = factories.a_user(house)
    perform(SendTemporaryPassword(actor.user_id), house.administrator)
    user = user_of(email)
    local = user.password_temporary_until.astimezone(ZoneInfo("Africa/Nairobi"))
    with a_mail_server() as server:
        work()
        text = text_of(server.newest(email))
    assert f"{local:%d %B %Y, %H:%M} (Africa/Nairobi)" in text


def test_keys_of_one_who_owes_a_password_wait_until_it_is_chosen(app: Flask, house: House):
    actor, email, _password = factories.a_user(house, "Branch Manager")
    program = a_program(app, actor, "clients.view")
    assert program.get("/clients").status_code == 200
    perform(SendTemporaryPassword(actor.user_id), house.administrator)
    refused = program.get("/clients")
    assert refused.status_code == 403
    assert "choose a new password first" in refused.json["detail"]
    theirs = app.test_client()
    temporary = mailed_password(email)
    factories.signed_in(theirs, email, temporary)
    answer = send(theirs, "/change-password", current=temporary, password=OWN, confirmation=OWN)
    assert answer.status_code == 303
    assert program.get("/clients").status_code == 200
