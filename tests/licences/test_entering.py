"""Platform people see every organisation's state, work inside of one, and leave it again."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.controls.audit import Activity
from app.db.session import database
from app.organisation.models import Project
from tests import factories
from tests.pages import form_of, send, token_of

PATH = "/admin/organisations"


@pytest.fixture
def house(app):
    house = factories.a_house(currencies=("KES",))
    factories.a_client(house, surname="Zuberi")
    return house


@pytest.fixture
def platform(client: FlaskClient):
    factories.signed_in(client, factories.a_platform_person())
    return client


def enter(client, house):
    return send(client, f"{PATH}/{house.organisation_id}/enter")


def text_of(client, path):
    return client.get(path).get_data(as_text=True)


def row_of(client, house):
    page = text_of(client, f"{PATH}?search={house.name.rsplit(' ', 1)[-1]}")
    table = page.split("<tbody", 1)[1].split("</tbody>", 1)[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", table)), page


def test_the_console_lists_state_people_and_last_activity(platform, house, app):
    factories.a_user(house)
    shown, page = row_of(platform, house)
    assert house.name in shown
    assert "Active" in shown
    assert " 2 " in shown
    factories.signed_in(app.test_client(), house.administrator_email)
    after, _page = row_of(platform, house)
    assert after != shown
    factories.license_anew(house.organisation_id, is_active=False)
    shown, page = row_of(platform, house)
    assert "Inactive" in shown
    assert f"{PATH}/{house.organisation_id}/enter" not in page
    assert house.name in text_of(platform, f"{PATH}.csv")


def test_the_platform_has_no_calendar_and_no_projects_of_its_own(platform):
    page = text_of(platform, PATH)
    assert "header__date" not in page
    assert "/switch-project" not in page
    assert "Switch organisation" in page


def test_going_in_shows_its_data_under_a_banner_until_one_leaves(platform, house):
    assert "Zuberi" not in text_of(platform, "/admin/clients")
    answer = enter(platform, house)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/dashboard")
    for path in ("/admin/dashboard", "/admin/clients", "/", "/account", PATH):
        assert f"You work inside <strong>{house.name}</strong>" in text_of(platform, path), path
    page = text_of(platform, "/admin/clients")
    assert "Zuberi" in page
    assert "header__date" in page
    assert 'href="/admin/approvals"' in page
    answer = platform.post("/leave-organisation", data={"csrf_token": token_of(platform)})
    assert answer.headers["Location"] == PATH
    page = text_of(platform, "/admin/clients")
    assert 'class="inside"' not in page
    assert "Zuberi" not in page


def test_what_is_done_inside_belongs_to_the_organisation_and_is_in_its_log(platform, house):
    enter(platform, house)
    assert send(platform, "/admin/projects/new", name="Made for them").status_code == 303
    platform.post("/leave-organisation", data={"csrf_token": token_of(platform)})
    with database.reading() as session:
        made = session.scalars(select(Project).where(Project.name == "Made for them")).one()
        assert made.organisation_id == house.organisation_id
        query = select(Activity.action, Activity.actor_name).where(
            Activity.organisation_id == house.organisation_id, Activity.is_primary
        )
        logged = [tuple(row) for row in session.execute(query.order_by(Activity.id))]
    assert logged[-3:] == [
        ("Enter organisation", "Nadia Kamau"),
        ("Create project", "Nadia Kamau"),
        ("Leave organisation", "Nadia Kamau"),
    ]


def test_one_goes_straight_from_one_to_another_and_the_project_is_forgotten(platform, house):
    other = factories.a_house(currencies=())
    enter(platform, house)
    token = token_of(platform)
    platform.post("/switch-project", data={"csrf_token": token, "project": str(house.project_id)})
    path = f"/switch-organisation/{other.organisation_id}"
    assert platform.post(path, data={"csrf_token": token}).status_code == 303
    page = text_of(platform, "/admin/clients")
    assert f"<strong>{other.name}</strong>" in page
    assert "All projects. Switch project" in page
    assert "Zuberi" not in page


def test_without_a_good_licence_nobody_goes_in_and_who_is_in_is_out(platform, house):
    enter(platform, house)
    factories.license_anew(house.organisation_id, is_active=False)
    page = text_of(platform, "/admin/dashboard")
    assert 'class="inside"' not in page
    assert "The platform on" in page
    form = form_of(platform, f"{PATH}/{house.organisation_id}/enter")
    answer = platform.post(f"{PATH}/{house.organisation_id}/enter", data=form)
    assert answer.status_code == 403
    assert "Your license is inactive" in answer.get_data(as_text=True)


def test_it_is_for_platform_people_alone(client: FlaskClient, house):
    other = factories.a_house(currencies=())
    factories.signed_in(client, house.administrator_email)
    token = token_of(client)
    assert client.get(PATH).status_code == 403
    for path in (
        f"{PATH}/{other.organisation_id}/enter",
        f"/switch-organisation/{other.organisation_id}",
        "/leave-organisation",
    ):
        assert client.post(path, data={"csrf_token": token}).status_code == 403
    page = text_of(client, "/admin/clients")
    assert PATH not in page
    assert "/leave-organisation" not in page


def test_an_unknown_organisation_is_not_there(platform):
    assert platform.get(f"{PATH}/987654321/enter").status_code == 404
    answer = platform.post(
        "/switch-organisation/987654321", data={"csrf_token": token_of(platform)}
    )
    assert answer.status_code in {303, 404}
    assert 'class="inside"' not in text_of(platform, PATH)


def test_who_is_inside_opens_requests_and_is_offered_no_calendar(platform, house):
    enter(platform, house)
    typed = {
        "kind": "support", "project_id": str(house.project_id), "subject": "From the platform",
        "priority": "normal", "body": "Which statement was it?",
    }  # fmt: skip
    made = send(platform, "/admin/requests/new", **typed)
    assert made.status_code == 303
    assert "Nadia Kamau" in text_of(platform, made.headers["Location"])
    assert 'href="/admin/calendar"' not in text_of(platform, "/admin/requests")
    refused = platform.get("/admin/calendar/new")
    assert refused.status_code == 403
    assert "Only employees have a calendar" in refused.get_data(as_text=True)
