"""Projects, desks and branches are listed, created, renamed and retired."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.controls.commands import perform
from app.controls.retiring import RetireRecord
from app.db.session import database
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.organisation.branches import branch_code
from app.organisation.commands import (
    CreateBranch,
    CreateDesk,
    EditBranch,
)
from app.organisation.models import Branch, Desk, Project
from app.reference.commands import CreateProject
from tests import factories
from tests.pages import form_of, send


@pytest.fixture
def house(app):
    return factories.a_house(currencies=("KES",))


def one(model, house, name):
    with database.reading() as session:
        query = select(model).where(
            model.organisation_id == house.organisation_id, model.name == name
        )
        return session.scalars(query.order_by(model.id.desc())).first()


@pytest.mark.checks("M02.02")
def test_a_project_is_created_with_a_default_desk_renamed_and_retired(client: FlaskClient, house):
    factories.signed_in(client, house.administrator_email)
    assert send(client, "/admin/projects/new", name="Wallets").status_code == 303
    project = one(Project, house, "Wallets")
    desks = client.get(f"/admin/desks?project={project.id}").get_data(as_text=True)
    assert "Default desk" in desks
    path = f"/admin/projects/{project.id}"
    assert send(client, f"{path}/edit", name="Mobile wallets").status_code == 303
    assert "Mobile wallets" in client.get("/admin/projects").get_data(as_text=True)
    assert send(client, f"{path}/delete").status_code == 303
    assert "Mobile wallets" not in client.get("/admin/projects").get_data(as_text=True)
    assert one(Project, house, "Mobile wallets").retired_at is not None
    assert "Mobile wallets" not in client.get("/admin/configurations").get_data(as_text=True)


def test_a_project_with_people_or_customers_stays(client: FlaskClient, house):
    factories.signed_in(client, house.administrator_email)
    answer = send(client, f"/admin/projects/{house.project_id}/delete")
    assert answer.status_code == 409
    assert "Project cannot be deleted: people belong to it" in answer.get_data(as_text=True)
    other = perform(CreateProject("Wallets"), house.administrator)
    factories.a_client(house, project_id=other)
    with pytest.raises(Conflict, match="customers belong to it"):
        perform(RetireRecord("project", other), house.administrator)


def test_names_are_required_and_there_once(client: FlaskClient, house):
    factories.signed_in(client, house.administrator_email)
    for path, typed in (
        ("/admin/projects/new", {}),
        ("/admin/desks/new", {"project_id": str(house.project_id)}),
        ("/admin/branches/new", {"country": "KE"}),
    ):
        empty = send(client, path, name="  ", **typed)
        assert empty.status_code == 422
        assert "Name is required" in empty.get_data(as_text=True)
        assert send(client, path, name="Coast", **typed).status_code == 303
        again = send(client, path, name="COAST", **typed)
        assert again.status_code == 409
        assert 'value="COAST"' in again.get_data(as_text=True)


@pytest.mark.checks("M02.01")
def test_a_project_has_several_desks(client: FlaskClient, house):
    factories.signed_in(client, house.administrator_email)
    for name in ("Sales", "Support"):
        answer = send(client, "/admin/desks/new", name=name, project_id=str(house.project_id))
        assert answer.status_code == 303
    page = client.get(f"/admin/desks?project={house.project_id}").get_data(as_text=True)
    assert all(name in page for name in ("Default desk", "Sales", "Support"))
    desk = one(Desk, house, "Sales")
    assert "project_id" not in form_of(client, f"/admin/desks/{desk.id}/edit")
    assert send(client, f"/admin/desks/{desk.id}/edit", name="Outreach").status_code == 303
    assert send(client, f"/admin/desks/{desk.id}/delete").status_code == 303
    assert "Outreach" not in client.get("/admin/desks").get_data(as_text=True)


def test_the_default_desk_and_one_with_people_stay(house):
    default = one(Desk, house, "Default desk")
    with pytest.raises(Conflict, match="default desk of a project cannot be deleted"):
        perform(RetireRecord("desk", default.id), house.administrator)
    desk = perform(CreateDesk(house.project_id, "Sales"), house.administrator)
    factories.a_user(house, "Teller", desk_ids=(desk,))
    with pytest.raises(Conflict, match="Desk cannot be deleted: people belong to it"):
        perform(RetireRecord("desk", desk), house.administrator)


@pytest.mark.checks("E13.02", "E13.05")
def test_a_branch_gets_its_code_by_itself_and_stands_under_the_lead(client: FlaskClient, house):
    factories.signed_in(client, house.administrator_email)
    assert "code" not in form_of(client, "/admin/branches/new")
    answer = send(client, "/admin/branches/new", name="Mombasa", country="KE")
    assert answer.status_code == 303
    branch = one(Branch, house, "Mombasa")
    assert branch.code == "BAN-KEN-001-0000"
    assert branch.parent_id == house.branch_id
    page = client.get("/admin/branches").get_data(as_text=True)
    assert all(word in page for word in ("BAN-KEN-001-0000", "Mombasa", "Kenya", "Head Office"))
    unknown = send(client, "/admin/branches/new", name="Moon", country="XX")
    assert unknown.status_code == 422


@pytest.mark.checks("E13.01", "E13.03")
def test_a_branch_has_a_country_and_a_currency_of_the_organisation(client: FlaskClient):
    house = factories.a_house(currencies=("KES", "USD"))
    factories.signed_in(client, house.administrator_email)
    path = "/admin/branches"
    assert form_of(client, f"{path}/new")["currency"] == ["KES"]
    answer = send(client, f"{path}/new", name="Juba", country="SS", currency="USD")
    assert answer.status_code == 303
    page = client.get(path).get_data(as_text=True)
    assert all(word in page for word in ("Juba", "South Sudan", "USD", "BAN-SSD-001-0000"))
    refused = send(client, f"{path}/new", name="Kigali", country="RW", currency="RWF")
    assert refused.status_code == 422
    sentence = (
        "Currency is not enabled for this organization. Please add it in Currency Settings first."
    )
    assert sentence in refused.get_data(as_text=True)
    assert 'value="Kigali"' in refused.get_data(as_text=True)
    branch = one(Branch, house, "Juba")
    moved = send(client, f"{path}/{branch.id}/edit", currency="RWF")
    assert sentence in moved.get_data(as_text=True)


def test_codes_count_on_within_their_country(house):
    actor = house.administrator
    first = perform(CreateBranch("One", "KE"), actor)
    second = perform(CreateBranch("Two", "KE", parent_id=first), actor)
    perform(RetireRecord("branch", second), actor)
    perform(CreateBranch("Three", "KE"), actor)
    perform(CreateBranch("Four", "UG"), actor)
    perform(CreateBranch("Five", "UG", is_head_office=True), actor)
    found = {
        name: one(Branch, house, name).code for name in ("One", "Two", "Three", "Four", "Five")
    }
    assert found == {
        "One": "BAN-KEN-001-0000",
        "Two": "BAN-KEN-002-0000",
        "Three": "BAN-KEN-003-0000",
        "Four": "BAN-UGA-001-0000",
        "Five": "BAN-UGA-000-0000",
    }
    with database.reading() as session:
        assert session.get(Branch, house.branch_id).code == "BAN-KEN-000-0000"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Kenya Commercial Bank", "KCB"),
        ("Savanna Savings", "SAV"),
        ("1st People's Credit 24", "PEO"),
        ("Ñ", "XXX"),
    ],
)
def test_the_letters_of_a_code_are_those_of_the_organisation(name, letters):
    assert branch_code(name, "KE", 1) == f"{letters}-KEN-001-0000"


@pytest.mark.checks("E13.04")
def test_a_country_has_one_lead_branch(client: FlaskClient, house):
    factories.signed_in(client, house.administrator_email)
    answer = send(client, "/admin/branches/new", name="Second", country="KE", is_head_office="y")
    assert answer.status_code == 409
    assert "A Lead branch already exists for Kenya" in answer.get_data(as_text=True)
    other = send(client, "/admin/branches/new", name="Kampala", country="UG", is_head_office="y")
    assert other.status_code == 303


@pytest.mark.checks("E40.17")
def test_a_branch_with_children_stays_and_never_stands_under_itself(house):
    actor = house.administrator
    upper = perform(CreateBranch("Coast", "KE"), actor)
    lower = perform(CreateBranch("Mombasa", "KE", parent_id=upper), actor)
    with pytest.raises(Conflict, match="A branch with child branches cannot be deleted"):
        perform(RetireRecord("branch", upper), actor)
    with pytest.raises(Conflict, match="head office cannot be deleted"):
        perform(RetireRecord("branch", house.branch_id), actor)
    with pytest.raises(Refusal, match="cannot stand under itself"):
        perform(EditBranch(upper, 1, "Coast", parent_id=lower), actor)
    perform(EditBranch(lower, 1, "Mombasa Road", parent_id=house.branch_id), actor)
    perform(RetireRecord("branch", upper), actor)
    with pytest.raises(Conflict, match="is inactive and cannot be changed"):
        perform(EditBranch(upper, 2, "Coast", parent_id=None), actor)


def test_a_stale_save_is_refused(client: FlaskClient, house):
    factories.signed_in(client, house.administrator_email)
    project = perform(CreateProject("Wallets"), house.administrator)
    path = f"/admin/projects/{project}/edit"
    mine = form_of(client, path) | {"name": ["Mine"]}
    assert send(client, path, name="Theirs").status_code == 303
    assert client.post(path, data=mine).status_code == 409
    assert one(Project, house, "Theirs") is not None


def test_lists_show_and_export_ones_own_organisation_alone(client: FlaskClient, house):
    stranger = factories.a_house(currencies=())
    perform(CreateProject("Secret project"), stranger.administrator)
    factories.signed_in(client, house.administrator_email)
    for path in ("/admin/projects", "/admin/desks", "/admin/branches", "/admin/users"):
        for address in (path, f"{path}.csv"):
            answer = client.get(address)
            assert answer.status_code == 200
            assert "Secret project" not in answer.get_data(as_text=True)
            assert stranger.administrator_email not in answer.get_data(as_text=True)
    assert client.get(f"/admin/projects/{stranger.project_id}/edit").status_code == 404
    assert client.get(f"/admin/branches/{stranger.branch_id}/delete").status_code == 404


def test_a_teller_may_neither_create_nor_retire(house):
    teller, _, _ = factories.a_user(house, "Teller")
    for command in (
        CreateProject("Mine"),
        CreateDesk(house.project_id, "Mine"),
        CreateBranch("Mine", "KE"),
        RetireRecord("project", house.project_id),
    ):
        with pytest.raises(Forbidden):
            perform(command, teller)
