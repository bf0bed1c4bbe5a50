"""Somebody is always left who can administer people, whoever takes whose rights at one moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from multiprocessing.pool import Pool

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
from tests.ledger.contest import PROCESSES, at_once, contestants
from tests.pages import send

NO_LONGER = "You do not have permission to do this."
KEEPING = ("roles.edit", "roles.view", "users.edit", "users.view")


@pytest.fixture
def house(app: Flask) -> factories.House:
    return factories.a_house(currencies=())


@pytest.fixture(scope="module")
def pool(app: Flask, database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    with contestants(database_url, str(tmp_path_factory.mktemp("contest"))) as found:
        yield found


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


def test_administrators_who_deactivate_each_other_at_once_leave_one(house, pool):
    everyone = [house.administrator]
    everyone += [factories.a_user(house, "Tenant Administrator")[0] for _ in range(PROCESSES - 1)]
    everyone = [factories.actor_of_address(the(User, one.user_id).email) for one in everyone]
    circle = zip(everyone, [*everyone[1:], everyone[0]], strict=True)
    attempts = [[(SetUserActive(to.user_id, is_active=False), one, None)] for one, to in circle]
    refusals = Counter(outcome.refusal for outcome in at_once(pool, attempts))
    left = sum(the(User, one.user_id).is_active for one in everyone)
    assert left == refusals[NO_LONGER] >= 1
    assert set(refusals) == {"", NO_LONGER}


def test_roles_that_are_stripped_at_once_leave_one_who_can_administer_people(house, pool):
    keys, keepers = [], []
    for number in range(PROCESSES):
        name = f"Half {number}"
        keys.append(perform(CreateRole(name, KEEPING), house.administrator))
        keepers.append(factories.a_user(house, name)[0])
    perform(SetUserActive(house.administrator.user_id, is_active=False), house.system)
    attempts = [
        [(EditRole(key, the(Role, key).version, the(Role, key).name, ("users.view",)), one, None)]
        for key, one in zip(keys, keepers, strict=True)
    ]
    refusals = Counter(outcome.refusal for outcome in at_once(pool, attempts))
    assert refusals == {"": PROCESSES - 1, NOBODY_LEFT: 1}
