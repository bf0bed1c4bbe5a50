"""Org Structure: departments and cost centres."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.controls.commands import perform
from app.db.session import database
from app.kernel.errors import Refusal
from app.organisation.models import Department
from app.records.commands import CreateCode, EditCode
from tests import factories
from tests.pages import form_of, send


@pytest.fixture(scope="module")
def house(app):
    return factories.a_house(currencies=("KES",))


def department(house, code):
    with database.reading() as session:
        query = select(Department).where(
            Department.organisation_id == house.organisation_id, Department.code == code
        )
        return session.scalars(query).one()


@pytest.mark.checks("E10.01", "E10.02", "E10.03", "E10.04")
def test_departments_are_created_under_one_another(client: FlaskClient, house):
    factories.signed_in(client, house.administrator_email)
    path = "/admin/departments"
    answer = send(client, f"{path}/new", code="ops", name="Operations")
    assert answer.status_code == 303
    page = client.get(path).get_data(as_text=True)
    assert "OPS" in page
    assert "Operations" in page
    upper = department(house, "OPS")
    answer = send(client, f"{path}/new", code="ICT", name="Computers", parent_id=str(upper.id))
    assert answer.status_code == 303
    lower = department(house, "ICT")
    assert lower.parent_id == upper.id
    assert "Operations" in client.get(f"{path}/{lower.id}").get_data(as_text=True)
    empty = send(client, f"{path}/new", code=" ", name="Nameless")
    assert empty.status_code == 422
    assert "Department code is required" in empty.get_data(as_text=True)
    again = send(client, f"{path}/new", code="OPS", name="Other")
    assert again.status_code == 409
    assert "Department code OPS already exists" in again.get_data(as_text=True)
    assert 'value="Other"' in again.get_data(as_text=True)


def test_a_department_never_stands_under_itself(client: FlaskClient, house):
    actor = house.administrator
    top = perform(CreateCode("department", "A", "Above"), actor)
    middle = perform(CreateCode("department", "B", "Between", {"parent_id": top}), actor)
    low = perform(CreateCode("department", "C", "Below", {"parent_id": middle}), actor)
    for parent in (top, middle, low):
        with pytest.raises(Refusal, match="A Above cannot stand under itself"):
            perform(EditCode("department", top, 1, "Above", {"parent_id": parent}), actor)
    factories.signed_in(client, house.administrator_email)
    form = form_of(client, f"/admin/departments/{low}/edit")
    assert form["parent_id"] == [str(middle)]
    assert "code" not in form
    answer = send(client, f"/admin/departments/{low}/edit", name="Lower", parent_id="")
    assert answer.status_code == 303
    assert department(house, "C").parent_id is None


@pytest.mark.checks("E11.01", "E11.02")
def test_cost_centres_are_created_with_a_code_of_their_own(client: FlaskClient, house):
    factories.signed_in(client, house.administrator_email)
    path = "/admin/cost-centres"
    assert send(client, f"{path}/new", code="CC-100", name="Branches").status_code == 303
    page = client.get(path).get_data(as_text=True)
    assert "CC-100" in page
    assert "Branches" in page
    again = send(client, f"{path}/new", code="cc-100", name="Other")
    assert again.status_code == 409
    assert "Cost centre code CC-100 already exists" in again.get_data(as_text=True)
    wrong = send(client, f"{path}/new", code="CC 100", name="Other")
    assert wrong.status_code == 422
