"""Configuration is copied from one project to another, and is independent from then on."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.controls.commands import perform
from app.db.session import database
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.organisation.models import Desk, Project
from app.reference.commands import (
    CloneConfiguration,
    CreateAccountType,
    CreateProject,
    CreateTransactionStatus,
    CreateTransactionSubType,
    EditAccountType,
)
from app.reference.models import (
    AccountType,
    ProjectCurrency,
    TransactionStatus,
    TransactionSubType,
)
from app.reference.types import Property
from tests import factories
from tests.pages import send
from tests.reference.books import PATH, administrator, panel, row

# What the source's own rows are called, by section.
OWN = {"account-types": "Savings", "currencies": "USD", "sub-types": "Fee", "statuses": "Held"}


@pytest.fixture
def house(app):
    """A project with a row of its own in every section."""
    house = factories.a_house(currencies=("KES", "USD"))
    actor, project = house.administrator, house.project_id
    perform(
        CreateAccountType(project, "savings", "Savings", (Property("Goal"),), is_default=True),
        actor,
    )
    perform(CreateTransactionSubType(project, "fee", "Fee", "out"), actor)
    perform(
        CreateTransactionStatus(project, "held", "Held", "Pending", "violet", is_default=True),
        actor,
    )
    return house


def content(model, project_id):
    """Return what the rows of a project say, without what is a row's own."""
    own = {"id", "project_id", "created_at", "updated_at", "version"}
    columns = [column for column in model.__table__.columns if column.key not in own]
    with database.reading() as session:
        query = select(*columns).where(model.project_id == project_id)
        return sorted(map(repr, session.execute(query)))


@pytest.fixture
def other(house):
    return perform(CreateProject("Wallets"), house.administrator)


@pytest.mark.checks("W12.05", "W12.06", "W12.07", "W12.08", "M03.07")
@pytest.mark.parametrize("key", list(OWN))
def test_a_section_is_cloned_by_its_popup_and_then_offers_it_no_more(
    client: FlaskClient, house, other, key
):
    shown = OWN[key]
    administrator(client, house)
    before = panel(client, key, other)
    assert shown not in before
    link = re.search(r'href="([^"]+)" data-dialog>.*?Clone from project', before, re.DOTALL)
    popup = client.get(link.group(1)).get_data(as_text=True)
    assert f'<option value="{house.project_id}">Main</option>' in popup
    assert "<span>Clone</span>" in popup
    answer = send(client, link.group(1), source_id=str(house.project_id))
    assert answer.status_code == 303
    after = panel(client, key, other)
    assert shown in after
    assert "Clone from project" not in after


@pytest.mark.checks("W12.07")
def test_a_row_made_by_hand_takes_the_clone_button_away(client: FlaskClient, house, other):
    perform(CreateAccountType(other, "demo", "Demo"), house.administrator)
    administrator(client, house)
    assert "Clone from project" not in panel(client, "account-types", other)
    with pytest.raises(Conflict, match="are set up already"):
        perform(CloneConfiguration("account-types", other, house.project_id), house.administrator)


@pytest.mark.checks("W12.01", "W12.09")
def test_a_copy_is_changed_without_its_source(house, other):
    perform(CloneConfiguration("account-types", other, house.project_id), house.administrator)
    copy = row(AccountType, other, "savings")
    assert (copy.properties, copy.is_default) == ([{"name": "Goal", "kind": "text"}], True)
    perform(EditAccountType(copy.id, copy.version, "savings", "Piggy bank"), house.administrator)
    source = row(AccountType, house.project_id, "savings")
    assert (source.name, source.properties) == ("Savings", [{"name": "Goal", "kind": "text"}])


@pytest.mark.checks("W12.06")
def test_all_entries_are_copied_with_all_they_say(house, other):
    for key in ("currencies", "sub-types", "statuses"):
        perform(CloneConfiguration(key, other, house.project_id), house.administrator)
    for model in (ProjectCurrency, TransactionSubType, TransactionStatus):
        assert content(model, other) == content(model, house.project_id)


def test_there_must_be_something_to_clone_in_another_project_of_ones_own(house, other):
    third = perform(CreateProject("Empty"), house.administrator)
    with pytest.raises(Refusal, match="has nothing to clone here"):
        perform(CloneConfiguration("currencies", other, third), house.administrator)
    with pytest.raises(Refusal, match="another project"):
        perform(CloneConfiguration("currencies", other, other), house.administrator)
    stranger = factories.a_house(currencies=("KES",))
    with pytest.raises(Refusal, match="nothing at this address"):
        perform(CloneConfiguration("currencies", other, stranger.project_id), house.administrator)


@pytest.mark.checks("W12.13", "M02.02")
def test_a_new_project_may_start_with_the_configuration_of_another(client: FlaskClient, house):
    administrator(client, house)
    answer = send(
        client, "/admin/projects/new", name="Branchless", clone_from_id=str(house.project_id)
    )
    assert answer.status_code == 303
    with database.reading() as session:
        project_id = session.scalar(
            select(Project.id).where(
                Project.organisation_id == house.organisation_id, Project.name == "Branchless"
            )
        )
        desks = session.scalars(select(Desk).where(Desk.project_id == project_id)).all()
    assert [desk.is_default for desk in desks] == [True]
    assert row(AccountType, project_id, "savings").is_default
    assert row(ProjectCurrency, project_id, "USD") is not None
    assert row(TransactionSubType, project_id, "fee") is not None
    assert row(TransactionStatus, project_id, "held").is_default
    assert not row(TransactionStatus, project_id, "completed").is_default
    assert "No data to display" not in client.get(f"{PATH}?project={project_id}").text


def test_who_may_not_configure_cannot_clone(house, other):
    teller, _, _ = factories.a_user(house, "Teller")
    with pytest.raises(Forbidden):
        perform(CloneConfiguration("currencies", other, house.project_id), teller)
