"""A project is configured like another: what it lacks is added, what differs is changed."""

import pytest
from sqlalchemy import select

from app.access.roles import CreateRole
from app.controls.commands import perform
from app.db.session import database
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
