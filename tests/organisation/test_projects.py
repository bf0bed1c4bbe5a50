"""Projects are what everything else belongs to, and what a person works in."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.controls.commands import perform
from app.db.session import database
from app.organisation.commands import CreateDesk
from app.organisation.models import Desk
from app.reference.commands import CreateProject
from tests import factories
from tests.pages import form_of, send, token_of


@pytest.fixture
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def person(client: FlaskClient, house: factories.House) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


@pytest.mark.checks("M01.01", "M01.02", "M01.03")
def test_a_person_switches_the_project_whose_records_are_shown(person, house):
    wallets = perform(CreateProject("Wallets"), house.administrator)
    factories.a_client(house, surname="Retail-Client")
    factories.a_client(house, surname="Wallet-Client", project_id=wallets)
    everything = text(person, "/admin/clients")
    assert "Retail-Client" in everything
    assert "Wallet-Client" in everything
    menu = everything.split('id="projects"')[1].split("</form>")[0]
    assert "Wallets" in menu
    answer = person.post(
        "/switch-project", data={"csrf_token": token_of(person), "project": str(wallets)}
    )
    assert answer.status_code == 303
    chosen = text(person, "/admin/clients")
    assert "Wallet-Client" in chosen
    assert "Retail-Client" not in chosen
    # The name stands on the button that opens the menu, above all else in the sidebar.
    assert '<span class="switcher__project">Wallets</span>' in chosen
    assert 'aria-current="true"><span>Wallets</span>' in chosen


@pytest.mark.checks("M02.03", "M02.05")
def test_people_and_customers_are_assigned_to_projects_and_desks(person, house):
    desk = perform(CreateDesk(house.project_id, "Outreach"), house.administrator)
    worker, _, _ = factories.a_user(house, desk_ids=(desk,), first_name="Asha", last_name="Njeri")
    user_id = worker.user_id
    form = form_of(person, f"/admin/users/{user_id}/edit")
    assert form["project_ids"] == [str(house.project_id)]
    assert form["desk_ids"] == [str(desk)]
    client_id = factories.a_client(house, desk_id=desk, manager_id=user_id)
    page = text(person, f"/admin/clients/{client_id}")
    for name in ("Main", "Outreach", "Asha Njeri"):
        assert name in page


def test_nobody_is_put_on_a_desk_of_a_project_they_do_not_work_in(person, house):
    elsewhere = perform(CreateProject("Lending"), house.administrator)
    desk = perform(CreateDesk(elsewhere, "Field"), house.administrator)
    worker, _, _ = factories.a_user(house)
    edit = f"/admin/users/{worker.user_id}/edit"
    typed = {"project_ids": [str(house.project_id)], "desk_ids": [str(desk)]}
    role_ids = form_of(person, edit)["role_ids"]
    address = factories.unique_email("asha")
    named = {"first_name": "Asha", "last_name": "Njeri", "email": address, "role_ids": role_ids}
    told = "The desk Field belongs to the project Lending, which this person does not work in"
    for path, more in ((edit, {}), ("/admin/users/new", named)):
        refused = send(person, path, **typed, **more)
        assert refused.status_code == 422
        assert told in refused.get_data(as_text=True)
        both = typed | {"project_ids": [str(house.project_id), str(elsewhere)]}
        assert send(person, path, **both, **more).status_code == 303
    assert send(person, edit, project_ids=[str(house.project_id)]).status_code == 422
    manager, _, _ = factories.a_user(house, "Branch Manager", project_ids=())
    seen = send(person, f"/admin/users/{manager.user_id}/edit", desk_ids=[str(desk)])
    assert seen.status_code == 303, "who sees all projects works in all"


@pytest.mark.checks("M02.01", "M02.02")
def test_a_new_project_has_a_default_desk_and_takes_more(person, house):
    project_id = perform(CreateProject("Wallets"), house.administrator)
    perform(CreateDesk(project_id, "Sales"), house.administrator)
    page = text(person, f"/admin/projects/{project_id}")
    assert "Default desk, Sales" in page
    with database.reading() as session:
        query = select(Desk.is_default).where(Desk.project_id == project_id).order_by(Desk.id)
        assert list(session.scalars(query)) == [True, False]
