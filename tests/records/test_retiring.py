"""Deleting takes a record out of use: the one way that all configuration shares."""

import json

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access.models import User
from app.controls.audit import Activity
from app.controls.commands import perform
from app.controls.retiring import RetireRecord, retirements
from app.db.session import database
from app.kernel.errors import Conflict, Forbidden, Missing, Refusal
from app.organisation.models import CostCentre, Department
from app.records.commands import CreateCode, EditCode
from tests import factories
from tests.pages import form_of, send, token_of

PATH = "/admin/departments"


@pytest.fixture(scope="module")
def house(app):
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def person(client: FlaskClient, house):
    factories.signed_in(client, house.administrator_email)
    return client


def a_department(house, code="OPS", name="Operations", parent_id=None) -> int:
    command = CreateCode("department", code, name, {"parent_id": parent_id})
    return perform(command, house.administrator)


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def events(house) -> list[tuple[str, str, str, bool]]:
    with database.reading() as session:
        query = select(Activity).where(Activity.organisation_id == house.organisation_id)
        rows = session.scalars(query.order_by(Activity.id)).all()
        return [(one.action, one.status, one.entity_label, one.is_primary) for one in rows]


@pytest.mark.checks(
    "E40.01", "E40.02", "E40.03", "E40.04", "E40.05", "E40.06", "E40.07", "E40.08", "E40.09",
    "E40.10", "E40.31", "E40.32",
)  # fmt: skip
def test_a_deleted_record_is_inactive_and_stays_to_be_read(person: FlaskClient, house):
    one = a_department(house, name="Operations of the coast")
    page = text(person, f"{PATH}/{one}")
    assert "Danger Zone" in page
    assert f'class="button button--danger" href="{PATH}/{one}/delete"' in page
    assert f'href="{PATH}/{one}/edit"' in page
    before = len(events(house))

    asked = text(person, f"{PATH}/{one}/delete")
    assert "Delete department" in asked
    # Nothing is to be typed: all that is sent is hidden.
    assert set(form_of(person, f"{PATH}/{one}/delete")) <= {"csrf_token", "key", "version"}
    answer = send(person, f"{PATH}/{one}/delete")
    assert answer.status_code == 303
    assert answer.location == PATH
    told = text(person, PATH)
    assert "Department deleted successfully" in told
    assert "Operations of the coast" not in told

    assert "Operations of the coast" in text(person, f"{PATH}?status=inactive")
    page = text(person, f"{PATH}/{one}")
    assert '<span class="badge badge--danger">Inactive</span>' in page
    assert "OPS" in page
    assert "Operations of the coast" in page
    assert "Danger Zone" not in page
    assert f"{PATH}/{one}/edit" not in page
    label = "OPS Operations of the coast"
    assert events(house)[before:] == [("department.delete", "Success", label, True)]
    log = text(person, "/admin/activity?search=department.delete")
    assert label in log


@pytest.mark.checks("E40.09")
def test_an_inactive_record_is_neither_edited_nor_deleted_again(person: FlaskClient, house):
    one = a_department(house)
    perform(RetireRecord("department", one), house.administrator)
    for path in (f"{PATH}/{one}/edit", f"{PATH}/{one}/delete"):
        assert person.get(path).status_code == 409
        data = {"csrf_token": token_of(person), "version": "2", "name": "Other"}
        assert person.post(path, data=data).status_code == 409
    with pytest.raises(Conflict, match="OPS Operations is inactive and cannot be changed"):
        perform(EditCode("department", one, 2, "Other"), house.administrator)
    row = f'href="{PATH}/{one}/edit"'
    assert row not in text(person, f"{PATH}?status=all")


def test_the_list_says_what_is_active_and_its_export_follows(person: FlaskClient, house):
    one = a_department(house, "OLD", "Gone by")
    a_department(house, "NEW", "Still there")
    perform(RetireRecord("department", one), house.administrator)
    for query, shown, hidden in (
        ("", ["NEW"], ["OLD"]),
        ("?status=inactive", ["OLD"], ["NEW"]),
        ("?status=all", ["OLD", "NEW"], []),
    ):
        export = text(person, f"{PATH}.csv{query}")
        assert all(code in export for code in shown)
        assert not any(code in export for code in hidden)
    page = text(person, f"{PATH}?status=inactive")
    assert "badge--danger" in page


@pytest.mark.checks("E40.18")
def test_a_department_with_children_stays(person: FlaskClient, house):
    upper = a_department(house)
    lower = a_department(house, "ICT", "Computers", upper)
    sentence = "A department with child departments cannot be deleted"
    page = text(person, f"{PATH}/{upper}")
    assert sentence in page
    assert f'href="{PATH}/{upper}/delete"' not in page
    asked = text(person, f"{PATH}/{upper}/delete")
    assert sentence in asked
    assert " data-confirm>" not in asked
    with pytest.raises(Conflict, match=sentence):
        perform(RetireRecord("department", upper), house.administrator)
    perform(RetireRecord("department", lower), house.administrator)
    perform(RetireRecord("department", upper), house.administrator)
    with database.reading() as session:
        assert session.get(Department, upper).retired_at is not None


def test_where_a_record_is_used_is_said_before_it_is_deleted(person: FlaskClient, house):
    factories.a_client(house)
    factories.a_client(house)
    asked = text(person, f"/admin/projects/{house.project_id}/delete")
    assert "Project cannot be deleted: people belong to it" in asked
    assert "Used by customers" in asked
    assert f'href="/admin/clients?project={house.project_id}"' in asked
    assert ">2</a>" in asked


def test_a_department_with_people_is_deleted_and_stays_with_them(person: FlaskClient, house):
    one = a_department(house)
    worker, _, _ = factories.a_user(house, last_name="Njeri")
    factories.change(house, User, worker.user_id, department_id=one)
    asked = text(person, f"{PATH}/{one}/delete")
    assert "Used by people" in asked
    assert f'href="/admin/users?department={one}"' in asked
    listed = text(person, f"/admin/users?department={one}")
    assert "Njeri" in listed
    assert house.administrator_email not in listed.split('id="list"')[1]
    assert send(person, f"{PATH}/{one}/delete").status_code == 303
    with database.reading() as session:
        assert session.get(User, worker.user_id).department_id == one


def test_what_is_inactive_cannot_be_chosen(person: FlaskClient, house):
    upper = a_department(house)
    perform(RetireRecord("department", upper), house.administrator)
    with pytest.raises(Refusal, match=r"OPS Operations is inactive\. Choose another"):
        a_department(house, "ICT", "Computers", upper)
    assert "OPS Operations" not in text(person, f"{PATH}/new")


@pytest.mark.checks("E40.19")
def test_a_cost_centre_is_deleted_and_its_code_may_be_given_again(person: FlaskClient, house):
    path = "/admin/cost-centres"
    assert send(person, f"{path}/new", code="CC-1", name="Branches").status_code == 303
    with database.reading() as session:
        query = select(CostCentre.id).where(CostCentre.organisation_id == house.organisation_id)
        one = session.scalars(query).one()
    assert send(person, f"{path}/{one}/delete").status_code == 303
    assert "Cost centre deleted successfully" in text(person, path)
    assert send(person, f"{path}/new", code="CC-1", name="Head office").status_code == 303
    assert "Head office" in text(person, path)


@pytest.mark.checks("E40.26", "E40.27", "E40.28", "E40.29")
def test_what_has_a_life_of_its_own_has_no_delete(app, person: FlaskClient, house):
    kept = ("/admin/licences", "/admin/users", "/admin/products", "/admin/product-balances")
    rules = [rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith(kept)]
    assert rules
    assert not [rule for rule in rules if "delete" in rule]
    assert not {"organisation", "licence", "user", "product", "product-balance"} & set(retirements)
    assert "Danger Zone" not in text(person, f"/admin/products/{house.product_id}")


def test_scripts_end_in_the_list_as_well(person: FlaskClient, house):
    """Over the list every panel closes; the record's own page is left for the list."""
    for address, expected in ((PATH, {"all": True}), (f"{PATH}/1", {"href": PATH})):
        one = a_department(house)
        answer = person.post(
            f"{PATH}/{one}/delete",
            data={"csrf_token": token_of(person)},
            headers={"HX-Request": "true", "HX-Current-URL": f"http://localhost{address}?a=b"},
        )
        assert answer.status_code == 204
        assert json.loads(answer.headers["HX-Trigger"])["panel:done"] == expected
    assert "Department deleted successfully" in text(person, PATH)


def test_only_who_may_delete_a_kind_of_record_does(client: FlaskClient, house):
    one = a_department(house)
    teller, email, _ = factories.a_user(house, "Teller")
    for entity in retirements:
        with pytest.raises((Forbidden, Missing)):
            perform(RetireRecord(entity, one), teller)
    with pytest.raises(Missing):
        perform(RetireRecord("organisation", house.organisation_id), house.administrator)
    stranger = factories.a_house(currencies=())
    with pytest.raises(Missing):
        perform(RetireRecord("department", one), stranger.administrator)
    factories.signed_in(client, email)
    assert "Danger Zone" not in text(client, f"{PATH}/{one}")
    assert client.get(f"{PATH}/{one}/delete").status_code == 403
