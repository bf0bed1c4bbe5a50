"""Roles are ticked in a matrix of permissions, and nobody gives more than they hold."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access.commands import CreateRole, DeleteRole, EditRole
from app.access.models import Role
from app.controls.commands import perform
from app.controls.permissions import PLATFORM_ONLY, TENANT_PERMISSIONS
from app.db.session import database
from app.kernel.errors import Conflict, Forbidden, Refusal
from tests import factories
from tests.pages import form_of, send

PATH = "/admin/roles"


@pytest.fixture
def house(app):
    return factories.a_house(currencies=())


def role_of(house, name):
    with database.reading() as session:
        query = select(Role).where(Role.organisation_id == house.organisation_id, Role.name == name)
        return session.scalars(query).one_or_none()


def boxes(client, path):
    """Return the permissions a role's form shows, and those of them that are locked."""
    page = client.get(path).get_data(as_text=True)
    found = re.findall(r'<input type="checkbox" name="permissions" value="([^"]+)"([^>]*)>', page)
    return {value for value, _ in found}, {value for value, more in found if "disabled" in more}


def test_the_matrix_offers_every_permission_of_an_organisation_and_no_other(
    client: FlaskClient, house
):
    factories.signed_in(client, house.administrator_email)
    shown, locked = boxes(client, f"{PATH}/new")
    assert shown == TENANT_PERMISSIONS
    assert not locked
    assert not shown & PLATFORM_ONLY


def test_a_role_is_created_edited_and_deleted(client: FlaskClient, house):
    factories.signed_in(client, house.administrator_email)
    answer = send(
        client, f"{PATH}/new", name="Cashier", permissions=["assets.view", "assets.deposit"]
    )
    assert answer.status_code == 303
    role = role_of(house, "Cashier")
    assert role.permissions == ["assets.deposit", "assets.view"]
    path = f"{PATH}/{role.id}"
    assert sorted(form_of(client, f"{path}/edit")["permissions"]) == role.permissions
    assert send(client, f"{path}/edit", permissions=["assets.view"]).status_code == 303
    assert role_of(house, "Cashier").permissions == ["assets.view"]
    assert send(client, f"{path}/delete").status_code == 303
    assert role_of(house, "Cashier") is None


def test_a_name_is_there_once_and_required(client: FlaskClient, house):
    factories.signed_in(client, house.administrator_email)
    assert send(client, f"{PATH}/new", name="teller").status_code == 409
    answer = send(client, f"{PATH}/new", name="")
    assert answer.status_code == 422
    assert "Name is required" in answer.get_data(as_text=True)


@pytest.mark.checks("E40.20")
def test_system_roles_stay_and_the_administrators_cannot_be_changed(client: FlaskClient, house):
    factories.signed_in(client, house.administrator_email)
    teller = role_of(house, "Teller")
    page = client.get(PATH).get_data(as_text=True)
    assert f"{PATH}/{teller.id}/delete" not in page
    perform(CreateRole("Cashier", ("assets.view",)), house.administrator)
    own = client.get(f"{PATH}/{role_of(house, 'Cashier').id}").get_data(as_text=True)
    assert re.search(r'<span class="badge[^>]*>Custom</span>', own), "as against System"
    answer = send(client, f"{PATH}/{teller.id}/delete")
    assert answer.status_code == 409
    assert "Teller is a system role and cannot be deleted" in answer.get_data(as_text=True)
    edit = client.get(f"{PATH}/{teller.id}/edit").get_data(as_text=True)
    assert re.search(r"<h\d[^>]*>\s*Edit role Teller\s*</h\d>", edit)
    boss = role_of(house, "Tenant Administrator")
    assert f"{PATH}/{boss.id}/edit" not in page
    with pytest.raises(Conflict, match="cannot be changed"):
        perform(EditRole(boss.id, boss.version, boss.name, ()), house.administrator)
    with pytest.raises(Conflict, match="keeps its name"):
        perform(
            EditRole(teller.id, teller.version, "Cashier", tuple(teller.permissions)),
            house.administrator,
        )


def test_a_role_that_people_hold_cannot_be_deleted(house):
    perform(CreateRole("Cashier", ("assets.view",)), house.administrator)
    factories.a_user(house, "Cashier")
    with pytest.raises(Conflict, match="Role cannot be deleted: people hold it"):
        perform(DeleteRole(role_of(house, "Cashier").id), house.administrator)


def test_permissions_beyond_ones_own_can_be_neither_given_nor_taken(client: FlaskClient, house):
    perform(
        CreateRole("Role keeper", ("roles.view", "roles.create", "roles.edit", "assets.view")),
        house.administrator,
    )
    keeper, email, password = factories.a_user(house, "Role keeper")
    perform(CreateRole("Cashier", ("assets.view", "assets.deposit")), house.administrator)
    cashier = role_of(house, "Cashier")
    with pytest.raises(Forbidden, match="give or take"):
        perform(CreateRole("Mine", ("users.edit",)), keeper)
    with pytest.raises(Forbidden, match="give or take"):
        perform(EditRole(cashier.id, cashier.version, "Cashier", ("assets.view",)), keeper)
    factories.signed_in(client, email, password)
    path = f"{PATH}/{cashier.id}/edit"
    _, locked = boxes(client, path)
    assert "assets.deposit" in locked
    assert "assets.view" not in locked
    # A browser does not send locked boxes; what they say stays.
    assert send(client, path, permissions=["roles.view"]).status_code == 303
    assert role_of(house, "Cashier").permissions == ["assets.deposit", "roles.view"]


def test_permissions_of_the_platform_are_none_of_an_organisations(house):
    with pytest.raises(Refusal, match="Choose permissions from the list"):
        perform(CreateRole("Root", ("platform.administer",)), house.system)
    with pytest.raises(Refusal, match="Choose permissions from the list"):
        perform(CreateRole("Odd", ("nothing.at-all",)), house.system)


def test_changed_permissions_work_at_once_and_end_the_holders_sessions(
    client: FlaskClient, house, app
):
    perform(CreateRole("Watcher", ("branches.view",)), house.administrator)
    _, email, password = factories.a_user(house, "Watcher")
    factories.signed_in(client, email, password)
    assert client.get("/admin/branches").status_code == 200
    assert client.get("/admin/roles").status_code == 403
    role = role_of(house, "Watcher")
    perform(EditRole(role.id, role.version, "Watcher", ("roles.view",)), house.administrator)
    assert client.get("/admin/branches").status_code == 302
    again = app.test_client()
    factories.signed_in(again, email, password)
    assert again.get("/admin/branches").status_code == 403
    assert again.get("/admin/roles").status_code == 200


@pytest.mark.checks("E12.09")
def test_a_teller_is_blocked_from_the_administration(client: FlaskClient, house):
    _, email, password = factories.a_user(house, "Teller")
    factories.signed_in(client, email, password)
    for path in ("/admin/users", "/admin/roles", "/admin/approval-rules", "/admin/licences"):
        assert client.get(path).status_code == 403


def test_a_role_s_page_says_what_it_allows_and_who_has_it(client: FlaskClient, house):
    perform(CreateRole("Cashier", ("assets.view", "assets.deposit")), house.administrator)
    factories.a_user(house, "Cashier", first_name="Nia", last_name="Holder")
    factories.signed_in(client, house.administrator_email)
    page = client.get(f"{PATH}/{role_of(house, 'Cashier').id}").get_data(as_text=True)
    for text in ("View, Deposit", "Nia Holder", "Clone", "See as this role", "Delete"):
        assert text in page
    boss = role_of(house, "Tenant Administrator")
    page = client.get(f"{PATH}/{boss.id}").get_data(as_text=True)
    assert f"{PATH}/{boss.id}/edit" not in page
    assert f"{PATH}/{boss.id}/delete" not in page


def test_a_role_is_cloned_without_what_the_maker_does_not_hold(client: FlaskClient, house):
    factories.signed_in(client, house.administrator_email)
    teller = role_of(house, "Teller")
    assert send(client, f"{PATH}/{teller.id}/clone", name="Head teller").status_code == 303
    copy = role_of(house, "Head teller")
    assert set(copy.permissions) == set(teller.permissions)
    assert not copy.is_system
    keeping = ("roles.view", "roles.create", "assets.view")
    perform(CreateRole("Role keeper", keeping), house.administrator)
    _, email, password = factories.a_user(house, "Role keeper")
    keeper = client.application.test_client()
    factories.signed_in(keeper, email, password)
    assert "left out" in keeper.get(f"{PATH}/{teller.id}/clone").get_data(as_text=True)
    assert send(keeper, f"{PATH}/{teller.id}/clone", name="Junior").status_code == 303
    assert role_of(house, "Junior").permissions == ["assets.view"]
