"""An administrator sees the portal as a role: its permissions, its scope, and no writing."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access.models import Role
from app.access.roles import CreateRole, EditRole
from app.controls.audit import Activity
from app.controls.commands import LOOKING_ONLY, perform
from app.db.session import database
from app.kernel.errors import Forbidden
from app.reference.commands import CreateProject
from tests import factories
from tests.pages import send, token_of


@pytest.fixture
def house(app):
    return factories.a_house(currencies=())


def role_named(house, name):
    with database.reading() as session:
        query = select(Role).where(Role.organisation_id == house.organisation_id, Role.name == name)
        return session.scalars(query).one()


def logged(house, action):
    with database.reading() as session:
        query = select(Activity).where(
            Activity.organisation_id == house.organisation_id,
            Activity.action == action,
            Activity.status == "Success",
        )
        return list(session.scalars(query))


@pytest.mark.checks("M03.12")
def test_the_portal_is_seen_as_the_role_sees_it_and_nothing_can_be_changed(
    client: FlaskClient, house
):
    other_id = perform(CreateProject("Elsewhere"), house.administrator)
    here = factories.a_client(house, first_name="Inside")
    there = factories.a_client(house, first_name="Outside", project_id=other_id)
    draft = factories.a_client(house, submit=False)
    teller = role_named(house, "Teller")
    factories.signed_in(client, house.administrator_email)
    answer = send(client, f"/admin/roles/{teller.id}/preview", project_ids=[str(house.project_id)])
    assert answer.status_code == 303
    page = client.get("/admin/clients").get_data(as_text=True)
    assert "You see the portal as <strong>Teller</strong>" in page
    assert "Inside" in page
    assert "Outside" not in page
    assert client.get(f"/admin/clients/{here}").status_code == 200
    assert client.get(f"/admin/clients/{there}").status_code == 404
    for path in ("/admin/users", "/admin/roles", "/admin/activity"):
        assert client.get(path).status_code == 403
    assert "<span>Export</span>" not in page, "a file would be refused"
    answer = send(client, f"/admin/clients/{draft}/edit", first_name="Changed")
    assert answer.status_code == 403
    assert LOOKING_ONLY in answer.get_data(as_text=True)
    (begun,) = logged(house, "See as role")
    assert (begun.entity, begun.entity_label) == ("role", "Teller")
    answer = client.post("/leave-preview", data={"csrf_token": token_of(client)})
    assert answer.status_code == 303
    assert len(logged(house, "Stop seeing as role")) == 1
    assert "<span>Export</span>" in client.get("/admin/clients").get_data(as_text=True)
    page = client.get("/admin/users")
    assert page.status_code == 200
    assert 'action="/leave-preview"' not in page.get_data(as_text=True)


def test_a_role_that_may_do_more_than_oneself_is_not_seen_through(client: FlaskClient, house):
    perform(CreateRole("Keeper", ("roles.view", "roles.edit", "assets.view")), house.administrator)
    small = perform(CreateRole("Small", ("assets.view",)), house.administrator)
    _, email, password = factories.a_user(house, "Keeper")
    factories.signed_in(client, email, password)
    assert client.get(f"/admin/roles/{role_named(house, 'Teller').id}/preview").status_code == 403
    assert send(client, f"/admin/roles/{small}/preview").status_code == 303
    role = role_named(house, "Small")
    perform(EditRole(small, role.version, "Small", ("assets.view", "users.view")),
            house.administrator)  # fmt: skip
    assert client.get("/admin/assets").status_code == 200
    assert client.get("/admin/users").status_code == 403


def test_signing_out_ends_the_look(client: FlaskClient, house):
    factories.signed_in(client, house.administrator_email)
    send(client, f"/admin/roles/{role_named(house, 'Auditor').id}/preview")
    client.post("/logout", data={"csrf_token": token_of(client)})
    assert len(logged(house, "Stop seeing as role")) == 1
    factories.signed_in(client, house.administrator_email)
    assert 'action="/leave-preview"' not in client.get("/admin/roles").get_data(as_text=True)


def test_a_looking_actor_is_refused_by_the_door_itself(house):
    with pytest.raises(Forbidden, match="Nothing can be changed"):
        perform(CreateRole("X", ()), replace(house.administrator, is_preview=True))
