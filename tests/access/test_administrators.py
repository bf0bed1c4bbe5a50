"""Somebody is always left who can administer people, whoever takes whose rights at one moment."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.access.administrators import NOBODY_LEFT
from app.access.commands import CreateRole, EditRole, EditUser, SetUserActive
from app.access.models import Role, User
from app.controls.commands import perform
from app.db.session import database
from app.kernel.errors import Conflict, Forbidden
from tests import factories
from tests.access.scenes import role_id
from tests.pages import send

KEEPING = ("roles.edit", "roles.view", "users.edit", "users.view")


@pytest.fixture
def house(app: Flask) -> factories.House:
    return factories.a_house(currencies=())


def the(model, record_id):
    with database.reading() as session:
        return session.get_one(model, record_id)


def a_keeper(house, name="Keeper of people"):
    """Return the actor, address and role of one who can administer people by that role."""
    key = perform(CreateRole(name, KEEPING), house.administrator)
    actor, email, _password = factories.a_user(house, name)
    return actor, email, key


def test_the_last_one_s_own_role_is_not_stripped(client: FlaskClient, house):
    _keeper, email, key = a_keeper(house)
    perform(SetUserActive(house.administrator.user_id, is_active=False), house.system)
    factories.signed_in(client, email)
    answer = send(client, f"/admin/roles/{key}/edit", permissions=["users.edit", "roles.view"])
    assert answer.status_code == 409
    assert NOBODY_LEFT in answer.get_data(as_text=True)
    assert the(Role, key).permissions == list(KEEPING)
    # What is not needed for it may go.
    wanted = ["users.edit", "roles.edit", "roles.view"]
    assert send(client, f"/admin/roles/{key}/edit", permissions=wanted).status_code == 303


def test_who_can_no_longer_sign_in_is_nobody_who_is_left(house):
    keeper, _email, key = a_keeper(house)
    other, _other_email, _key = a_keeper(house, "Another keeper")
    role = the(Role, key)
    perform(SetUserActive(other.user_id, is_active=False), house.administrator)
    perform(SetUserActive(house.administrator.user_id, is_active=False), house.system)
    with pytest.raises(Conflict, match="Somebody must be left"):
        perform(EditRole(key, role.version, role.name, ("roles.edit",)), keeper)
    perform(SetUserActive(other.user_id, is_active=True), house.system)
    perform(EditRole(key, role.version, role.name, ("roles.edit",)), keeper)


def test_the_platform_may_deactivate_the_only_one(house):
    perform(SetUserActive(house.administrator.user_id, is_active=False), house.system)
    assert not the(User, house.administrator.user_id).is_active


def test_a_right_that_was_lost_meanwhile_is_asked_for_again(house):
    keeper, _email, _key = a_keeper(house)
    teller, _teller_email, _password = factories.a_user(house)
    perform(SetUserActive(keeper.user_id, is_active=False), house.administrator)
    with pytest.raises(Forbidden):
        perform(SetUserActive(teller.user_id, is_active=False), keeper)
    perform(SetUserActive(keeper.user_id, is_active=True), house.administrator)
    user = the(User, keeper.user_id)
    as_teller = EditUser(
        user.id, user.version, user.email, "Keep", "Er", (role_id(house, "Teller"),)
    )
    perform(as_teller, house.administrator)
    with pytest.raises(Forbidden):
        perform(SetUserActive(teller.user_id, is_active=False), keeper)
    assert the(User, teller.user_id).is_active
