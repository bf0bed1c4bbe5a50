"""People are created, changed and deactivated by those whose own permissions reach that far."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access.commands import CreateRole, CreateUser, EditUser, SetUserActive
from app.access.models import Role, User, UserProject, UserRole
from app.access.reach import BEYOND_PERSON
from app.controls.commands import perform
from app.db.session import database
from app.kernel.addresses import NO_ADDRESS
from app.kernel.errors import Conflict, Forbidden, Missing, Refusal
from app.keys.commands import CreateServiceAccount
from app.organisation.commands import CreateDesk
from app.reference.commands import CreateProject
from tests import factories
from tests.ledger import books
from tests.mail.scenes import mails_to
from tests.pages import form_of, send

PATH = "/admin/users"
ELSEWHERE = ("users.view", "clients.view-all", "projects.view-own", "desks.view-all")


@pytest.fixture(scope="module")
def house(app):
    return factories.a_house(currencies=())


def role_id(house, name):
    with database.reading() as session:
        query = select(Role.id).where(
            Role.organisation_id == house.organisation_id, Role.name == name
        )
        return session.scalars(query).one()


def user_of(email):
    with database.reading() as session:
        return session.scalars(select(User).where(User.email == email)).one_or_none()


def linked(link, column, user_id):
    with database.reading() as session:
        return set(session.scalars(select(column).where(link.user_id == user_id)))


def a_manager(house, *permissions: str):
    """Return the actor and address of one whose role holds exactly these permissions."""
    name = factories.unique("Role")
    perform(CreateRole(name, permissions), house.system)
    return factories.a_user(house, name)


def test_editing_shows_what_is_saved_and_new_roles_end_the_sessions(
    client: FlaskClient, house, app
):
    actor, email, password = factories.a_user(house, "Teller")
    other = perform(CreateProject("Wallets"), house.administrator)
    theirs = app.test_client()
    factories.signed_in(theirs, email, password)
    assert theirs.get("/").status_code == 200
    factories.signed_in(client, house.administrator_email)
    path = f"{PATH}/{actor.user_id}/edit"
    assert form_of(client, path)["role_ids"] == [str(role_id(house, "Teller"))]
    assert form_of(client, path)["project_ids"] == [str(house.project_id)]
    renamed = send(client, path, first_name="Teresa", project_ids=[str(other)])
    assert renamed.status_code == 303
    assert user_of(email).name == "Teresa Otieno"
    assert linked(UserProject, UserProject.project_id, actor.user_id) == {other}
    # Nothing about what they may do has changed in kind: they stay signed in.
    assert theirs.get("/").status_code == 200
    assert send(client, path, role_ids=[str(role_id(house, "Auditor"))]).status_code == 303
    assert linked(UserRole, UserRole.role_id, actor.user_id) == {role_id(house, "Auditor")}
    assert theirs.get("/").status_code == 302


def test_a_deactivated_person_is_signed_out_and_stays_out(client: FlaskClient, house, app):
    actor, email, password = factories.a_user(house, "Teller")
    theirs = app.test_client()
    factories.signed_in(theirs, email, password)
    factories.signed_in(client, house.administrator_email)
    path = f"{PATH}/{actor.user_id}/deactivate"
    assert "signed out at once" in client.get(path).get_data(as_text=True)
    assert theirs.get("/").status_code == 200
    assert send(client, path).status_code == 303
    assert theirs.get("/").status_code == 302
    assert factories.signed_in(theirs, email, password).status_code == 422
    assert "Inactive" in client.get(f"{PATH}?status=inactive").get_data(as_text=True)
    assert send(client, f"{PATH}/{actor.user_id}/activate").status_code == 303
    assert factories.signed_in(theirs, email, password).status_code == 303


def test_the_list_shows_when_one_last_signed_in(client: FlaskClient, house):
    _, email, _ = factories.a_user(house, "Teller")
    factories.signed_in(client, house.administrator_email)
    seen = user_of(house.administrator_email).last_signed_in_at
    page = client.get(PATH).get_data(as_text=True)
    assert seen.strftime("%Y-%m-%d %H:%M") in page
    assert user_of(email).last_signed_in_at is None


def test_another_sign_in_address_is_told_to_both_and_ends_the_sessions(
    client: FlaskClient, house, app
):
    actor, former, password = factories.a_user(house, "Teller")
    theirs = app.test_client()
    factories.signed_in(theirs, former, password)
    factories.signed_in(client, house.administrator_email)
    path, address = f"{PATH}/{actor.user_id}/edit", factories.unique_email("moved")
    assert send(client, path, first_name="Teresa").status_code == 303
    assert theirs.get("/").status_code == 200
    assert not mails_to(former)
    assert send(client, path, email=address).status_code == 303
    assert theirs.get("/").status_code == 302
    for told in (former, address):
        (letter,) = mails_to(told)
        assert letter.letter == "address-changed"
        assert letter.subject == "Your sign-in address was changed"
        assert former in letter.content
    # A mailbox that may be a stranger's is not told where the person signs in now.
    assert address not in mails_to(former)[0].content
    # Who changes their own stays where they are, and is signed out elsewhere.
    other = app.test_client()
    factories.signed_in(other, house.administrator_email)
    mine = user_of(house.administrator_email)
    own = factories.unique_email("own")
    assert send(client, f"{PATH}/{mine.id}/edit", email=own).status_code == 303
    assert client.get("/").status_code == 200
    assert other.get("/").status_code == 302
    assert send(client, f"{PATH}/{mine.id}/edit", email=mine.email).status_code == 303


@pytest.mark.parametrize("local", ["ünï", "a" * 65])
def test_an_address_that_no_mail_reaches_is_refused_by_form_and_command(
    client: FlaskClient, house, local
):
    address = f"{local}@savanna.example"
    factories.signed_in(client, house.administrator_email)
    actor, email, _ = factories.a_user(house, "Teller")
    answer = send(client, f"{PATH}/{actor.user_id}/edit", email=address)
    assert answer.status_code == 422
    assert NO_ADDRESS in answer.get_data(as_text=True)
    made = CreateUser("employee", address, "A", "B", "long enough", (role_id(house, "Teller"),))
    user = user_of(email)
    edited = EditUser(user.id, user.version, address, "A", "B", made.role_ids)
    for command in (made, edited):
        with pytest.raises(Refusal, match=NO_ADDRESS):
            perform(command, house.administrator)
    assert user_of(address) is None


def test_nobody_deactivates_themselves_or_changes_their_own_roles(house):
    me = house.administrator
    with pytest.raises(Forbidden, match="cannot deactivate yourself"):
        perform(SetUserActive(me.user_id, is_active=False), me)
    user = user_of(house.administrator_email)
    command = EditUser(
        user.id, user.version, user.email, "Ada", "A", role_ids=(role_id(house, "Teller"),)
    )
    with pytest.raises(Forbidden, match="your own roles"):
        perform(command, me)


def test_a_role_beyond_ones_own_permissions_cannot_be_given(house):
    manager, _, _ = a_manager(house, "users.view", "users.create", "users.edit", "clients.view-all")
    wanted = CreateUser(
        "employee",
        factories.unique_email(),
        "A",
        "B",
        "long enough",
        role_ids=(role_id(house, "Tenant Administrator"),),
    )
    with pytest.raises(Forbidden, match="that you do not hold"):
        perform(wanted, manager)
    assert user_of(wanted.email) is None
    perform(CreateRole("Watcher", ("clients.view-own", "clients.view-all")), house.system)
    within = CreateUser(
        "employee",
        factories.unique_email(),
        "A",
        "B",
        "long enough",
        role_ids=(role_id(house, "Watcher"),),
    )
    perform(within, manager)


def test_who_may_do_more_cannot_be_changed_by_who_may_do_less(house):
    manager, _, _ = a_manager(house, "users.view", "users.edit")
    boss = user_of(house.administrator_email)
    with pytest.raises(Forbidden, match="that you do not hold"):
        perform(SetUserActive(boss.id, is_active=False), manager)
    stolen = EditUser(
        boss.id,
        boss.version,
        factories.unique_email("thief"),
        "Ada",
        "A",
        role_ids=(role_id(house, "Tenant Administrator"),),
    )
    with pytest.raises(Forbidden, match="that you do not hold"):
        perform(stolen, manager)
    assert user_of(house.administrator_email) is not None


def test_who_works_where_one_sees_nothing_cannot_be_changed(client: FlaskClient, house):
    rights = ("users.view", "users.edit", "clients.view-all", "projects.view-own", "desks.view-own")
    manager, email, _ = a_manager(house, *rights)
    role = manager.role
    elsewhere = perform(CreateProject(factories.unique("Elsewhere")), house.administrator)
    desk_id = perform(CreateDesk(house.project_id, factories.unique("Desk")), house.administrator)
    there, _, _ = factories.a_user(house, role, project_ids=(house.project_id, elsewhere))
    seated, _, _ = factories.a_user(house, role, desk_ids=(desk_id,))
    for one in (there, seated):
        person = books.row(User, one.user_id)
        taken = factories.unique_email("thief")
        command = EditUser(person.id, person.version, taken, "T", "O", (role_id(house, role),))
        with pytest.raises(Forbidden, match="that you do not see"):
            perform(command, manager)
        assert user_of(taken) is None
    factories.signed_in(client, email)
    page = client.get(f"{PATH}/{there.user_id}").get_data(as_text=True)
    assert "that you do not see" in page
    assert f"{PATH}/{there.user_id}/edit" not in page
    beside, _, _ = factories.a_user(house, role)
    assert f"{PATH}/{beside.user_id}/edit" in client.get(f"{PATH}/{beside.user_id}").text


def test_people_roles_and_projects_of_others_are_not_there(house):
    stranger = factories.a_house(currencies=())
    me = house.administrator
    with pytest.raises(Missing):
        perform(SetUserActive(stranger.administrator.user_id, is_active=False), me)
    foreign_role = role_id(stranger, "Teller")
    new = CreateUser(
        "employee", factories.unique_email(), "A", "B", "long enough", role_ids=(foreign_role,)
    )
    with pytest.raises(Missing):
        perform(new, me)
    own_role = (role_id(house, "Teller"),)
    elsewhere = CreateUser(
        "employee",
        factories.unique_email(),
        "A",
        "B",
        "long enough",
        role_ids=own_role,
        project_ids=(stranger.project_id,),
    )
    with pytest.raises(Missing):
        perform(elsewhere, me)


def test_an_organisation_makes_no_platform_people(house):
    with pytest.raises(Refusal, match="belong to no organisation"):
        perform(
            CreateUser("platform", factories.unique_email(), "A", "B", "long enough"),
            house.administrator,
        )
    with pytest.raises(Refusal, match="at least 8"):
        perform(
            CreateUser("employee", factories.unique_email(), "A", "B", "short"),
            house.administrator,
        )


def test_a_stale_save_of_a_person_is_refused(house):
    actor, email, _ = factories.a_user(house, "Teller")
    user = user_of(email)
    roles = (role_id(house, "Teller"),)
    save = EditUser(actor.user_id, user.version, email, "One", "X", role_ids=roles)
    perform(save, house.administrator)
    with pytest.raises(Conflict, match="changed this record"):
        perform(save, house.administrator)


def test_what_was_taken_from_a_person_meanwhile_is_not_given_back_by_an_old_form(house):
    roles = (role_id(house, "Teller"), role_id(house, "Auditor"))
    actor, email, _ = factories.a_user(house, "Teller")
    first = EditUser(actor.user_id, user_of(email).version, email, "One", "X", role_ids=roles)
    perform(first, house.administrator)
    old = replace(first, version=user_of(email).version)
    perform(replace(old, role_ids=roles[:1]), house.administrator)
    assert user_of(email).version == old.version + 1
    with pytest.raises(Conflict, match="changed this record"):
        perform(old, house.administrator)
    with database.reading() as session:
        held = select(UserRole.role_id).where(UserRole.user_id == actor.user_id)
        assert set(session.scalars(held)) == {roles[0]}


def test_the_login_of_a_client_is_seen_with_the_client_alone(client: FlaskClient, house):
    client_id = factories.a_client(house, first_name="Zuhura")
    login, address, _ = factories.a_user(
        house, kind="client", client_id=client_id, project_ids=(), first_name="Zuhura"
    )
    other = perform(CreateProject(factories.unique("Other")), house.administrator)
    role = perform(CreateRole(factories.unique("Elsewhere"), ELSEWHERE), house.administrator)
    for project_id, is_seen in ((other, False), (house.project_id, True)):
        email = factories.unique_email()
        person = CreateUser("employee", email, "A", "B", factories.PASSWORD, (role,), (project_id,))
        perform(person, house.administrator)
        browser = client.application.test_client()
        factories.signed_in(browser, email)
        for path in (PATH, f"{PATH}.csv"):
            assert (address in browser.get(path).get_data(as_text=True)) is is_seen
        assert browser.get(f"{PATH}/{login.user_id}").status_code == (200 if is_seen else 404)


def test_no_action_is_offered_that_would_be_refused(client: FlaskClient, house):
    mine = ("users.view", "users.edit", "roles.view", "roles.edit", "roles.delete")
    _, email = a_manager(house, *mine)[:2]
    alike, _alike_email = a_manager(house, "users.view")[:2]
    beyond, _beyond_email = a_manager(house, "users.view", "assets.view")[:2]
    factories.signed_in(client, email)
    page = client.get(PATH).get_data(as_text=True)
    for action in ("edit", "deactivate"):
        assert f"{PATH}/{alike.user_id}/{action}" in page
        assert f"{PATH}/{beyond.user_id}/{action}" not in page
    # Their page says why nothing can be done, and the commands refuse in the same words.
    page = client.get(f"{PATH}/{beyond.user_id}").get_data(as_text=True)
    assert BEYOND_PERSON in page
    assert "/deactivate" not in page
    assert BEYOND_PERSON not in client.get(f"{PATH}/{alike.user_id}").get_data(as_text=True)
    for action in ("deactivate", "temporary-password", "unlock", "reset-second-factor"):
        answer = send(client, f"{PATH}/{beyond.user_id}/{action}")
        assert answer.status_code == 403
        assert BEYOND_PERSON in answer.get_data(as_text=True)
    roles, teller = "/admin/roles", role_id(house, "Teller")
    page = client.get(roles).get_data(as_text=True)
    assert f"{roles}/{teller}/second-factor" not in page
    wide = perform(CreateRole(factories.unique("Wide"), ("assets.view",)), house.system)
    narrow = perform(CreateRole(factories.unique("Narrow"), ("users.view",)), house.system)
    for path in (roles, f"{roles}/{wide}"):
        assert f"{roles}/{wide}/delete" not in client.get(path).get_data(as_text=True)
    assert f"{roles}/{narrow}/delete" in client.get(roles).get_data(as_text=True)
    boss = role_id(house, "Tenant Administrator")
    assert client.get(f"{roles}/{boss}/edit").status_code == 409


def test_the_made_up_address_of_a_service_account_is_shown_nowhere(client: FlaskClient, house):
    teller = role_id(house, "Teller")
    account = perform(CreateServiceAccount("Payroll", (teller,)), house.administrator)
    factories.signed_in(client, house.administrator_email)
    for path in (PATH, f"{PATH}.csv", f"{PATH}/{account}"):
        page = client.get(path).get_data(as_text=True)
        assert "Payroll" in page
        assert "service.invalid" not in page


def test_the_projects_of_a_client_s_login_stay_when_its_name_is_changed(client, house):
    owner = factories.a_client(house)
    who, *_ = factories.a_user(house, kind="client", client_id=owner)
    factories.signed_in(client, house.administrator_email)
    path = f"{PATH}/{who.user_id}/edit"
    assert send(client, path, first_name="Nia").status_code == 303
    with database.reading() as session:
        query = select(UserProject.project_id).where(UserProject.user_id == who.user_id)
        assert session.scalars(query).all() == [house.project_id]
