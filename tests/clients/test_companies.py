"""Corporate customers: typed with their people in one form, checked, approved, shown."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.clients.company.models import CompanyMember
from app.clients.models import Client
from app.controls.audit import Activity
from app.db.session import database
from tests import factories
from tests.pages import form_of, send, send_locked

NEW = "/admin/clients/new"
COMPANY = {
    "customer_type": "CORPORATE",
    "corporate_name": "Tana Traders Ltd",
    "incorporated_on": "2015-03-02",
    "directors-0-name": "Halima Said",
    "directors-0-identity_number": "27001144",
    "shareholders-0-name": "Omar Said",
    "shareholders-0-share": "60.5",
    "contacts-0-name": "Joyce Muthoni",
    "contacts-0-email": "joyce@tana.example",
    "documents-0-reference": "12345678",
}


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def teller(house: factories.House, client: FlaskClient) -> FlaskClient:
    _actor, email, password = factories.a_user(house, "Teller")
    factories.signed_in(client, email, password)
    return client


def typed(browser: FlaskClient, **more: Any) -> dict[str, Any]:
    values = form_of(browser, NEW) | COMPANY | more
    return {name: value for name, value in values.items() if value is not None}


def newest(house: factories.House) -> Client:
    with database.reading() as session:
        query = select(Client).where(Client.organisation_id == house.organisation_id)
        return session.scalars(query.order_by(Client.id.desc())).first()


@pytest.mark.checks("E25.02", "E25.03", "E25.04")
def test_the_type_decides_the_fields_and_rows_come_and_go_without_scripts(teller):
    first = teller.get(NEW).get_data(as_text=True)
    assert first.index("Customer Type") < first.index("First Name")
    assert "Corporate Name" not in first
    values = typed(teller, step="type")
    page = teller.post(NEW, data=values).get_data(as_text=True)
    for label in ("Corporate Name", "Date of Incorporation", "Directors", "Shareholders"):
        assert label in page
    assert "First Name" not in page
    assert "Marital Status" not in page
    more = teller.post(NEW, data=values | {"step": "add-directors"}).get_data(as_text=True)
    assert 'name="directors-1-name"' in more
    assert 'value="Halima Said"' in more
    assert 'value="Tana Traders Ltd"' in more
    two = values | {"directors-1-name": "Ali Bakari", "step": "drop-directors-0"}
    fewer = teller.post(NEW, data=two).get_data(as_text=True)
    assert "Halima Said" not in fewer
    assert 'value="Ali Bakari"' in fewer
    part = teller.post(NEW, data=values, headers={"HX-Request-Type": "partial"})
    assert 'id="client-fields"' in part.get_data(as_text=True)
    assert "<html" not in part.get_data(as_text=True)


@pytest.mark.checks("E25.06", "E25.07", "E25.08", "E25.09", "E25.14", "E25.15", "E25.16", "E25.17")
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"directors-0-name": "", "directors-0-identity_number": ""},
         "At least one director required"),
        ({"shareholders-0-name": "", "shareholders-0-share": ""},
         "At least one shareholder required"),
        ({"contacts-0-name": "", "contacts-0-email": ""}, "At least one contact required"),
        ({"documents-0-reference": ""}, "At least one identity document is required"),
        ({"shareholders-1-name": "Zainab Salim", "shareholders-1-share": "39.51"},
         "Total shareholder percentage cannot exceed 100%"),
        ({"shareholders-0-share": "0"}, "must be above 0 percent"),
        ({"shareholders-0-share": "1.005"}, "with at most two decimals"),
        ({"shareholders-0-share": "much"}, "Share must be a percentage such as 1.5"),
        ({"directors-0-name": ""}, "Each director needs a name"),
        ({"contacts-0-email": ""}, "Joyce Muthoni needs an email or a phone"),
        ({"corporate_name": ""}, "Corporate Name is required"),
        ({"incorporated_on": ""}, "Date of Incorporation is required"),
        ({"incorporated_on": "2150-01-01"}, "Date of Incorporation cannot be in the future"),
    ],
)  # fmt: skip
def test_a_company_without_its_people_is_refused_in_words(teller, wrong, sentence):
    answer = teller.post(NEW, data=typed(teller, **wrong))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in page
    assert wrong.get("corporate_name") == "" or 'value="Tana Traders Ltd"' in page


@pytest.mark.checks("E25.02", "E25.04", "E37.02", "E42.31")
def test_a_company_is_drafted_edited_and_approved_with_its_people(house, teller, app):
    whole = {"shareholders-1-name": "Zainab Salim", "shareholders-1-share": "39.5"}
    assert teller.post(NEW, data=typed(teller, **whole)).status_code == 303
    made = newest(house)
    assert (made.kind, made.name, made.record_status) == (
        "corporate", "Tana Traders Ltd", "CAPTURED",
    )  # fmt: skip
    path = f"/admin/clients/{made.id}"
    page = teller.get(path).get_data(as_text=True)
    for shown in ("Corporate customer", "2015-03-02", "Halima Said", "60.5 %", "39.5 %",
                  "joyce@tana.example"):  # fmt: skip
        assert shown in page
    held = form_of(teller, f"{path}/edit")
    edit = {"directors-0-name": "Halima Bakari", "submit_now": "y"}
    assert send(teller, f"{path}/edit", **edit).status_code == 303
    with database.reading() as session:
        query = select(CompanyMember).where(CompanyMember.client_id == made.id)
        members = {one.name: one for one in session.scalars(query)}
        rows = session.scalars(
            select(Activity)
            .where(
                Activity.organisation_id == house.organisation_id,
                Activity.entity == "company_member",
                Activity.entity_id == members["Halima Bakari"].id,
            )
            .order_by(Activity.id)
        ).all()
    assert set(members) == {"Halima Bakari", "Omar Said", "Zainab Salim", "Joyce Muthoni"}
    assert members["Omar Said"].share_basis_points == 6050
    # What identifies a person is no text in the log.
    kept = next(one for one in rows[0].changes if one["field"] == "identity_number")
    assert kept["guard"] == "encrypted"
    assert "27001144" not in str([row.changes for row in rows])
    assert [one["field"] for one in rows[1].changes] == ["name"]
    assert newest(house).record_status == "PENDING_AUTH_L1"
    late = {"corporate_name": "Other", "version": newest(house).version}
    send_locked(teller, f"{path}/edit", **(held | late))
    _, email, _ = factories.a_user(house, "Approver L1")
    checker = app.test_client()
    factories.signed_in(checker, email)
    answer = send(checker, f"/admin/approvals/client/{made.id}/approve")
    assert answer.status_code == 303
    assert newest(house).record_status == "AUTHORIZED"


def test_a_change_of_its_people_alone_is_a_change_of_the_company(house, teller):
    teller.post(NEW, data=typed(teller))
    made = newest(house)
    path = f"/admin/clients/{made.id}/edit"
    assert send(teller, path, **{"directors-0-name": "Halima Bakari"}).status_code == 303
    assert newest(house).version == made.version + 1
    late = send(teller, path, city="Thika", version=str(made.version))
    assert late.status_code == 409


@pytest.mark.checks("E40.25")
def test_a_draft_is_deleted_and_what_was_handed_in_is_not(house, client):
    factories.signed_in(client, house.administrator_email)
    draft = factories.a_client(house, first_name="Gone", submit=False)
    path = f"/admin/clients/{draft}"
    assert f"{path}/delete" in client.get(path).get_data(as_text=True)
    assert send(client, f"{path}/delete").status_code == 303
    assert "Gone Wanjiru" not in client.get("/admin/clients").get_data(as_text=True)
    assert "Gone Wanjiru" in client.get("/admin/clients?status=inactive").get_data(as_text=True)
    page = client.get(path).get_data(as_text=True)
    assert "Inactive" in page
    assert f"{path}/edit" not in page
    approved = factories.a_client(house)
    page = client.get(f"/admin/clients/{approved}").get_data(as_text=True)
    assert f"/admin/clients/{approved}/delete" not in page
    data = form_of(client, NEW)
    answer = client.post(f"/admin/clients/{approved}/delete", data=data)
    assert answer.status_code == 409


def test_what_was_handed_in_before_there_were_companies_keeps_its_content():
    assert "incorporated_on" not in Client(kind="individual").content()
    company = Client(kind="corporate", incorporated_on=date(2015, 3, 2))
    assert company.content()["incorporated_on"] == "2015-03-02"
