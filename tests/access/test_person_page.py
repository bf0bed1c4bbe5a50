"""A user's page: what they may do, where they are signed in, and what is done about it."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from app.access.models import Role, User, UserRole
from app.access.people import SetUserActive
from app.controls.audit import Activity
from app.controls.commands import perform
from app.db.session import database
from app.organisation.models import Desk, Project
from tests import factories
from tests.factories import House
from tests.pages import send, token_of
from tests.transactions.scenes import GiveOnly

PATH = "/admin/users"


@pytest.fixture(scope="module")
def house(app: Flask) -> House:
    return factories.a_house(currencies=())


@pytest.fixture
def administrator(client: FlaskClient, house: House) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


@pytest.mark.checks("M02.03")
def test_it_shows_rights_places_last_sign_in_and_history(
    administrator: FlaskClient, app: Flask, house: House
):
    desk_id = _desk(house)
    actor, email, password = factories.a_user(house, desk_ids=(desk_id,), first_name="Halima")
    factories.signed_in(app.test_client(), email, password)
    with database.reading() as session:
        seen = session.get_one(User, actor.user_id).last_signed_in_at
        desk = session.get_one(Desk, desk_id).name
    page = administrator.get(f"{PATH}/{actor.user_id}").get_data(as_text=True)
    for shown in (
        "Halima Otieno",
        email,
        "Teller",
        desk,
        "Deposit, Withdraw, Transfer",
        seen.strftime("%Y-%m-%d %H:%M"),
        "Create user",
        "/admin/activity?search=Halima+Otieno",
    ):
        assert shown in page, shown
    assert f'href="{PATH}/{actor.user_id}"' in administrator.get(PATH).get_data(as_text=True)


def test_what_was_given_and_taken_is_told_by_name_and_sign_ins_leave_room_for_it(
    administrator: FlaskClient, app: Flask, house: House
):
    actor, email, password = factories.a_user(house, first_name="Ada", last_name="Achieng")
    path = f"{PATH}/{actor.user_id}"
    desk_id = _desk(house)
    with database.reading() as session:
        desk = session.get_one(Desk, desk_id).name
        auditor = session.scalars(
            select(Role.id).where(
                Role.organisation_id == house.organisation_id, Role.name == "Auditor"
            )
        ).one()
    given = {"role_ids": [str(auditor)], "desk_ids": [str(desk_id)]}
    assert send(administrator, f"{path}/edit", **given).status_code == 303
    for _ in range(35):
        factories.signed_in(app.test_client(), email, password)
    page = administrator.get(path).get_data(as_text=True)
    for told in ("Role added: Auditor", "Role removed: Teller", f"Desk added: {desk}"):
        assert told in page, told
    assert page.count(">Sign in<") == 5
    log = administrator.get("/admin/activity?search=Ada+Achieng").get_data(as_text=True)
    assert "Edit user" in log
    assert "User role" not in log
    with database.reading() as session:
        query = select(Activity).where(
            Activity.organisation_id == house.organisation_id, Activity.action == "Edit user"
        )
        newest = session.scalars(query.order_by(Activity.id.desc())).first()
    assert newest is not None
    event = administrator.get(f"/admin/activity/{newest.id}").get_data(as_text=True)
    for label in ("Auditor", "Teller", desk):
        assert f"User Ada Achieng: {label}" in event


@pytest.mark.checks("E40.27")
def test_a_user_is_never_deleted_but_deactivated(
    administrator: FlaskClient, app: Flask, house: House
):
    actor, email, password = factories.a_user(house)
    theirs = app.test_client()
    factories.signed_in(theirs, email, password)
    for path in (PATH, f"{PATH}/{actor.user_id}"):
        page = administrator.get(path).get_data(as_text=True)
        assert f"{PATH}/{actor.user_id}/deactivate" in page
        assert f"{PATH}/{actor.user_id}/delete" not in page
    token = token_of(administrator)
    for method in (administrator.get, administrator.delete):
        assert method(f"{PATH}/{actor.user_id}/delete").status_code == 404
    gone = administrator.post(f"{PATH}/{actor.user_id}/delete", data={"csrf_token": token})
    assert gone.status_code == 404
    assert send(administrator, f"{PATH}/{actor.user_id}/deactivate").status_code == 303
    assert theirs.get("/").status_code == 302
    assert factories.signed_in(theirs, email, password).status_code == 422
    page = administrator.get(f"{PATH}/{actor.user_id}").get_data(as_text=True)
    assert "Inactive" in page
    assert "Set user active" in page
    assert send(administrator, f"{PATH}/{actor.user_id}/activate").status_code == 303
    assert factories.signed_in(theirs, email, password).status_code == 303


@pytest.mark.checks("M02.04", "E40.27")
def test_the_dialog_says_what_a_person_still_holds(administrator: FlaskClient, house: House):
    desk_id = _desk(house)
    actor, _, _ = factories.a_user(house, project_ids=(house.project_id,), desk_ids=(desk_id,))
    free, _, _ = factories.a_user(house, project_ids=(), desk_ids=())
    factories.a_client(house, manager_id=actor.user_id)
    with database.reading() as session:
        desk = session.get_one(Desk, desk_id).name
        project = session.get_one(Project, house.project_id).name
    asked = administrator.get(f"{PATH}/{actor.user_id}/deactivate").text
    for told in ("Desks", desk, "Projects", project, "Customers they manage",
                 f"/admin/clients?manager={actor.user_id}"):  # fmt: skip
        assert told in asked, told
    page = administrator.get(f"{PATH}/{free.user_id}/deactivate").text
    asked = page.partition("<main")[2]
    for left_out in (">Desks<", ">Projects<", "Customers they manage"):
        assert left_out not in asked, left_out


@pytest.mark.checks("M02.04")
def test_who_belongs_to_a_desk_or_a_project_cannot_be_deleted_even_by_hand(house: House):
    desk_id = _desk(house)
    for project_ids, desk_ids in (((house.project_id,), ()), ((), (desk_id,))):
        places = {"project_ids": project_ids, "desk_ids": desk_ids}
        actor, _, _ = factories.a_user(house, "Branch Manager", **places)
        with database.engine.connect() as connection:
            connection.execute(delete(UserRole).where(UserRole.user_id == actor.user_id))
            with pytest.raises(IntegrityError):
                connection.execute(delete(User).where(User.id == actor.user_id))
            connection.rollback()


def test_an_administrator_ends_one_session_or_all(
    administrator: FlaskClient, app: Flask, house: House
):
    actor, email, password = factories.a_user(house)
    browsers = [app.test_client() for _ in range(3)]
    for number, browser in enumerate(browsers):
        browser.environ_base["HTTP_USER_AGENT"] = f"Browser{number}/1"
        factories.signed_in(browser, email, password)
    path = f"{PATH}/{actor.user_id}"
    page = administrator.get(path).get_data(as_text=True)
    ends = dict(zip(
        re.findall(r'aria-label="Sign out (Browser\d)', page),
        re.findall(rf'action="({path}/sessions/\d+/end)"', page),
        strict=True,
    ))  # fmt: skip
    data = {"csrf_token": token_of(administrator)}
    assert administrator.post(ends["Browser1"], data=data).status_code == 303
    assert [one.get("/").status_code for one in browsers] == [200, 302, 200]
    # The number of a session of somebody else is none of this user's.
    other, _, _ = factories.a_user(house)
    foreign = ends["Browser0"].replace(f"/{actor.user_id}/", f"/{other.user_id}/")
    assert administrator.post(foreign, data=data).status_code == 404
    assert administrator.post(f"{path}/sessions/end", data=data).status_code == 303
    assert [one.get("/").status_code for one in browsers] == [302] * 3


def test_who_reaches_less_far_sees_no_sessions_and_ends_none(app: Flask, house: House):
    boss = house.administrator
    factories.signed_in(app.test_client(), house.administrator_email)
    somebody, email, password = factories.a_user(house)
    perform(GiveOnly(somebody.user_id, ("users.view", "users.edit")), house.system)
    client = app.test_client()
    factories.signed_in(client, email, password)
    page = client.get(f"{PATH}/{boss.user_id}").get_data(as_text=True)
    assert house.administrator_email in page
    for hidden in ("Sessions", "Deactivate", "History", "/sessions/"):
        assert hidden not in page
    data = {"csrf_token": token_of(client)}
    for step in ("sessions/end", "unlock", "temporary-password", "deactivate"):
        assert client.post(f"{PATH}/{boss.user_id}/{step}", data=data).status_code == 403
    perform(SetUserActive(somebody.user_id, is_active=False), boss)
    assert client.get("/").status_code == 302


def _desk(house: House) -> int:
    with database.reading() as session:
        return session.scalars(select(Desk.id).where(Desk.project_id == house.project_id)).first()
