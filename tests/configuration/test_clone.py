"""A project is configured like another: what it lacks is added, what differs is changed."""

import re

import pytest
from sqlalchemy import select

from app.access.roles import CreateRole
from app.configuration.commands import CreateProjectLike
from app.configuration.document import tables_of
from app.controls.commands import perform
from app.controls.portable import portable_tables
from app.db.session import database
from app.integrations.hooks import CreateHook
from app.integrations.systems import CreateSystem
from app.kernel.errors import Forbidden, Missing
from app.reference.commands import (
    CreateAccountType,
    CreateProject,
    CreateTransactionStatus,
    CreateTransactionSubType,
)
from app.reference.models import (
    AccountType,
    ProjectCurrency,
    TransactionStatus,
    TransactionSubType,
)
from app.reference.types import Property
from tests import factories
from tests.configuration.files import hidden_fields, read_errors
from tests.configuration.furnished import furnish
from tests.pages import send

MODELS = (AccountType, ProjectCurrency, TransactionSubType, TransactionStatus)


@pytest.fixture
def house(app):
    """A project with rows of its own, beside a bare one that has one row of the same label."""
    house = factories.a_house(currencies=("KES", "USD"))
    by, project = house.administrator, house.project_id
    perform(
        CreateAccountType(project, "savings", "Savings", (Property("Goal"),), is_default=True), by
    )
    perform(CreateTransactionSubType(project, "fee", "Fee", "out"), by)
    perform(
        CreateTransactionStatus(project, "held", "Held", "Pending", "violet", is_default=True), by
    )
    target = perform(CreateProject("Wallets"), by)
    perform(CreateAccountType(target, "savings", "Piggy bank"), by)
    perform(CreateAccountType(target, "own", "Its own"), by)
    return house, target


@pytest.fixture
def person(app, house):
    person = app.test_client()
    factories.signed_in(person, house[0].administrator_email)
    return person


def content(project_id):
    own = {"id", "project_id", "created_at", "updated_at", "version"}
    found = {}
    with database.reading() as session:
        for model in MODELS:
            columns = [column for column in model.__table__.columns if column.key not in own]
            rows = session.execute(select(*columns).where(model.project_id == project_id))
            found[model.__tablename__] = {repr(row) for row in rows}
    return found


def path_of(target):
    return f"/admin/projects/{target}/clone"


def test_the_whole_is_shown_first_and_taken_over_at_once(person, house):
    house, target = house
    page = person.get("/admin/projects").get_data(as_text=True)
    assert f'href="{path_of(target)}"' in page
    assert f'value="{house.project_id}">Main' in person.get(path_of(target)).get_data(as_text=True)
    preview = person.get(f"{path_of(target)}?source_id={house.project_id}")
    shown = preview.get_data(as_text=True)
    assert "Configure Wallets like Main" in shown
    assert "<del>Piggy bank</del>" in shown
    assert content(target) != content(house.project_id)
    answer = person.post(path_of(target), data=hidden_fields(preview))
    assert answer.status_code == 303, read_errors(answer)
    source, after = content(house.project_id), content(target)
    assert {one for one in after["account_type"] if "'own'" in one}
    after["account_type"] = {one for one in after["account_type"] if "'own'" not in one}
    assert after == source


def test_there_is_nothing_to_do_the_second_time(person, house):
    house, target = house
    address = f"{path_of(target)}?source_id={house.project_id}"
    person.post(path_of(target), data=hidden_fields(person.get(address)))
    assert "There is nothing to do" in person.get(address).get_data(as_text=True)


def test_a_change_since_the_preview_is_refused(person, house):
    house, target = house
    address = f"{path_of(target)}?source_id={house.project_id}"
    fields = hidden_fields(person.get(address))
    perform(CreateTransactionSubType(house.project_id, "late", "Late", "in"), house.administrator)
    answer = person.post(path_of(target), data=fields)
    assert answer.status_code == 409
    assert "Look at it again" in answer.get_data(as_text=True)
    assert "Late" not in str(content(target))


def test_a_project_is_not_cloned_into_itself_nor_from_out_of_sight(person, house, app):
    house, target = house
    answer = person.get(f"{path_of(target)}?source_id={target}")
    assert answer.status_code == 422
    assert "Choose another project" in answer.get_data(as_text=True)
    elsewhere = factories.a_house(currencies=())
    assert person.get(f"{path_of(target)}?source_id={elsewhere.project_id}").status_code == 404
    assert person.get(path_of(elsewhere.project_id)).status_code == 404
    permissions = ("configuration.view", "configuration.create", "projects.view-own")
    perform(CreateRole("Adder", permissions), house.administrator)
    adder = app.test_client()
    factories.signed_in(adder, factories.a_user(house, "Adder")[1])
    assert adder.get(path_of(house.project_id)).status_code == 403


@pytest.fixture
def furnished(app):
    """A house whose first project has a row of everything, with an outside system of its own."""
    house = factories.a_house(currencies=("KES", "USD"))
    furnish(house)
    by = house.administrator
    system = perform(CreateSystem("Card scheme", "other", "https://cards.example.com",
                                  project_id=house.project_id, submit=True), by)  # fmt: skip
    perform(CreateHook("Cards", system, ("client.approved",), project_id=house.project_id,
                       path="/in", submit=True), by)  # fmt: skip
    person = app.test_client()
    factories.signed_in(person, house.administrator_email)
    return house, person


def owned(house, name):
    """Return the rows that name a project, or a row of it, without the project's name."""
    with database.reading() as session:
        tables = tables_of(session, house.organisation_id)
    of_project = {
        key: [row for row in rows if {name} & {str(one).split(" / ")[0] for one in row.values()}]
        for key, rows in tables.items()
        if key not in {"projects", "desks"}
    }
    return {
        key: sorted(re.sub(rf"\b{name}\b", "it", str(row)).replace(" (it)", "") for row in rows)
        for key, rows in of_project.items()
        if rows
    }


EVERYTHING = {
    "account_types", "project_currencies", "sub_types", "statuses", "fee_groups", "company_fees",
    "marketplace_products", "numberings", "payment_methods", "snippets", "templates", "texts",
    "translations", "onboarding_rules", "approval_rules", "third_party_systems", "hook_configs",
}  # fmt: skip


def test_all_that_a_project_configures_is_cloned_and_nothing_a_second_time(furnished):
    house, person = furnished
    target = perform(CreateProject("Wallets"), house.administrator)
    address = f"{path_of(target)}?source_id={house.project_id}"
    preview = person.get(address)
    shown = preview.get_data(as_text=True)
    assert "Large (Wallets)" in shown
    assert "switched off and without credentials" in shown
    assert "<dt>Price</dt><dd>1,250.50 KES</dd>" in shown
    assert "<dt>Minimum</dt><dd>500.00 KES</dd>" in shown
    answer = person.post(path_of(target), data=hidden_fields(preview))
    assert answer.status_code == 303, read_errors(answer)
    assert set(owned(house, "Main")) == EVERYTHING
    assert owned(house, "Wallets") == owned(house, "Main")
    assert "There is nothing to do" in person.get(address).get_data(as_text=True)
    back = f"{path_of(house.project_id)}?source_id={target}"
    assert "There is nothing to do" in person.get(back).get_data(as_text=True)


def test_a_new_project_starts_like_another_and_the_other_stays_as_it_was(furnished):
    house, person = furnished
    before = owned(house, "Main")
    fields = {"name": "Wallets", "clone_from_id": str(house.project_id)}
    assert send(person, "/admin/projects/new", **fields).status_code == 303
    assert owned(house, "Wallets") == before == owned(house, "Main")
    again = send(person, "/admin/projects/new", **fields)
    assert again.status_code == 409
    assert "exists already" in again.get_data(as_text=True)
    assert 'value="Wallets"' in again.get_data(as_text=True)


def test_what_a_role_may_not_change_is_left_out_and_named(furnished, app):
    house, _person = furnished
    target = perform(CreateProject("Wallets"), house.administrator)
    permissions = ("configuration.view", "configuration.create", "configuration.edit",
                   "projects.view-all")  # fmt: skip
    perform(CreateRole("Setter", permissions), house.administrator)
    setter = app.test_client()
    factories.signed_in(setter, factories.a_user(house, "Setter")[1])
    preview = setter.get(f"{path_of(target)}?source_id={house.project_id}")
    shown = preview.get_data(as_text=True)
    left_out = re.search(r"your role may not change it: ([^<]+)\.</p>", shown)[1].split(", ")
    assert {"Fee groups", "Company fees", "Payment methods", "Approval rules"} <= set(left_out)
    assert setter.post(path_of(target), data=hidden_fields(preview)).status_code == 303
    taken = owned(house, "Wallets")
    assert {"account_types", "statuses", "onboarding_rules"} <= set(taken)
    assert not {"fee_groups", "company_fees", "payment_methods", "approval_rules"} & set(taken)


def test_who_may_not_configure_makes_plain_projects_only(furnished, app):
    house, _person = furnished
    perform(CreateRole("Founder", ("projects.view-all", "projects.create")), house.administrator)
    actor, email, _ = factories.a_user(house, "Founder")
    founder = app.test_client()
    factories.signed_in(founder, email)
    assert "Clone configuration" not in founder.get("/admin/projects/new").get_data(as_text=True)
    with pytest.raises(Forbidden):
        perform(CreateProjectLike("Wallets", house.project_id), actor)
    stranger = factories.a_house(currencies=())
    with pytest.raises(Missing):
        perform(CreateProjectLike("Wallets", stranger.project_id), house.administrator)


def test_every_table_that_is_cloned_can_be_told_apart():
    """A row of a project has the project in its identity, or a name to be made its own."""
    below = {"projects"}
    for table in portable_tables():
        if table.key != "projects" and below & set(table.references.values()):
            below.add(table.key)
            has_own = any(table.references.get(field) in below for field in table.identity)
            assert has_own or "name" in table.identity, table.key
    assert EVERYTHING | {"desks"} == below - {"projects"}
