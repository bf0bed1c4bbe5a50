"""Platform people license organisations; a licence brings all that an organisation starts with."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access.commands import CreateUser
from app.clients.commands import CreateClient, Document, Person
from app.controls.commands import door, perform
from app.controls.identity import system_actor
from app.controls.permissions import ALL_PERMISSIONS
from app.controls.tenant import Licence, Organisation
from app.db.session import database
from app.kernel.errors import Conflict, Forbidden
from app.licences.provisioning import InitialiseSequences
from app.organisation.models import OrganisationCurrency
from tests import factories
from tests.pages import form_of, send, token_of

PATH = "/admin/licences"


@pytest.fixture
def platform(client: FlaskClient):
    """A browser in which a platform person is signed in."""
    email = factories.unique_email("platform")
    perform(
        CreateUser("platform", email, "Pat", "Root", factories.PASSWORD),
        system_actor(None, ALL_PERMISSIONS, "Setup"),
    )
    factories.signed_in(client, email)
    return client


@pytest.fixture
def typed():
    """What the form asks for, filled in well."""
    return {
        "name": factories.unique("Kilimo Savings"),
        "country": "UG",
        "base_currency": "UGX",
        "expires_on": (door.clock().date() + timedelta(days=365)).isoformat(),
        "administrator_first_name": "Grace",
        "administrator_last_name": "Akello",
        "administrator_email": factories.unique_email(),
        "administrator_password": "temporary one",
    }


def licence_named(name):
    with database.reading() as session:
        return session.execute(
            select(Licence, Organisation)
            .join(Organisation, Organisation.id == Licence.organisation_id)
            .where(Organisation.name == name)
        ).one_or_none()


@pytest.fixture
def licence(platform, typed):
    """The id of a licence that was just created, and its organisation's."""
    assert send(platform, f"{PATH}/new", **typed).status_code == 303
    found, organisation = licence_named(typed["name"])
    return found.id, organisation.id


@pytest.mark.checks("E08.01")
def test_a_licence_is_created_from_the_details_of_the_organisation(platform, typed):
    assert send(platform, f"{PATH}/new", **typed).status_code == 303
    licence, organisation = licence_named(typed["name"])
    assert (organisation.country, organisation.base_currency) == ("UG", "UGX")
    assert organisation.time_zone == "Africa/Kampala"
    assert licence.expires_on.isoformat() == typed["expires_on"]
    page = platform.get(PATH, query_string={"search": typed["name"]}).get_data(as_text=True)
    assert f">{typed['name']}</a>" in page
    assert "Uganda" in page


def test_a_form_that_is_sent_twice_licenses_once(platform, typed):
    values = form_of(platform, f"{PATH}/new") | typed
    for _ in range(2):
        assert platform.post(f"{PATH}/new", data=values).status_code == 303
    assert licence_named(typed["name"]) is not None


def test_an_organisation_of_a_country_with_several_time_zones_names_its_own(platform, typed):
    refused = send(platform, f"{PATH}/new", **typed | {"country": "US"})
    assert refused.status_code == 422
    assert "Choose a time zone: the country has several" in refused.get_data(as_text=True)
    theirs = typed | {"country": "US", "time_zone": "America/Chicago"}
    assert send(platform, f"{PATH}/new", **theirs).status_code == 303
    _, organisation = licence_named(typed["name"])
    assert organisation.time_zone == "America/Chicago"
    here = door.clock().astimezone(ZoneInfo("America/Chicago")).date()
    assert organisation.business_date == here


@pytest.mark.checks("E08.02")
def test_country_and_base_currency_are_dropdowns(platform, typed):
    page = platform.get(f"{PATH}/new").get_data(as_text=True)
    for name, option in (("country", 'value="KE">Kenya'), ("base_currency", 'value="KES">KES')):
        dropdown = page.split(f'<select class="input" id="{name}"', 1)[1].split("</select>", 1)[0]
        assert f"<option {option}" in dropdown
    for wrong in ({"country": "XX"}, {"base_currency": "XYZ"}, {"time_zone": "Mars/Base"}):
        assert send(platform, f"{PATH}/new", **(typed | wrong)).status_code == 422
    assert licence_named(typed["name"]) is None


@pytest.mark.checks("E08.03", "E08.04", "E08.05")
def test_a_licence_brings_head_office_administrator_and_base_currency(platform, typed, app):
    send(platform, f"{PATH}/new", **typed)
    _, organisation = licence_named(typed["name"])
    theirs = app.test_client()
    answer = factories.signed_in(theirs, typed["administrator_email"], "temporary one")
    assert answer.headers["Location"] == "/admin/dashboard"
    assert "Head Office" in theirs.get("/admin/branches").get_data(as_text=True)
    assert "Tenant Administrator" in theirs.get("/admin/roles").get_data(as_text=True)
    with database.reading() as session:
        currency = session.scalars(
            select(OrganisationCurrency).where(
                OrganisationCurrency.organisation_id == organisation.id
            )
        ).one()
        assert (currency.code, currency.is_base, currency.mid_rate) == ("UGX", True, 1)


@pytest.mark.checks("E08.06")
@pytest.mark.parametrize("days", [-1, 0])
def test_an_expiry_that_is_not_in_the_future_is_refused(platform, typed, days):
    typed["expires_on"] = (door.clock().date() + timedelta(days=days)).isoformat()
    answer = send(platform, f"{PATH}/new", **typed)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "License expiry must be in the future" in page
    assert f'value="{typed["name"]}"' in page
    assert licence_named(typed["name"]) is None


def test_a_name_or_an_address_that_is_taken_makes_no_organisation(platform, typed):
    assert send(platform, f"{PATH}/new", **typed).status_code == 303
    twin = typed | {"administrator_email": factories.unique_email()}
    answer = send(platform, f"{PATH}/new", **twin)
    assert answer.status_code == 409
    assert "An organisation with this name exists already" in answer.get_data(as_text=True)
    same_person = typed | {"name": factories.unique("Other bank")}
    assert send(platform, f"{PATH}/new", **same_person).status_code == 409
    assert licence_named(same_person["name"]) is None


@pytest.mark.checks("E38.01")
def test_the_list_marks_what_has_expired(platform, typed, monkeypatch):
    send(platform, f"{PATH}/new", **typed)
    search = f"{PATH}?search={typed['name'].rsplit(' ', 1)[-1]}"
    assert ">Expired</span>" not in platform.get(search).get_data(as_text=True)
    _, organisation = licence_named(typed["name"])
    yesterday = door.clock().date() - timedelta(days=1)
    factories.license_anew(organisation.id, expires_on=yesterday)
    assert ">Expired</span>" in platform.get(search).get_data(as_text=True)


@pytest.mark.checks("E09.01", "E09.05")
def test_the_licences_page_shows_sequences_that_are_pending(platform, licence):
    licence_id, _ = licence
    page = platform.get(f"{PATH}/{licence_id}").get_data(as_text=True)
    section = page.split(">Sequences<", 1)[1]
    assert "<span>Initialize</span>" in section
    for name in ("CUSTOMER", "ACCOUNT"):
        assert f'<dt>{name}</dt><dd><span class="badge badge--warning">Pending</span>' in section


@pytest.mark.checks("E09.02", "E09.03", "E09.04")
def test_initialize_creates_both_sequences_and_says_so(platform, licence):
    licence_id, _ = licence
    path = f"{PATH}/{licence_id}"
    answer = platform.post(
        f"{path}/sequences",
        data={"csrf_token": token_of(platform)},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 204
    assert "Sequences initialized successfully" in answer.headers["HX-Trigger"]
    page = platform.get(path).get_data(as_text=True)
    for name in ("CUSTOMER", "ACCOUNT"):
        assert f'<dt>{name}</dt><dd><span class="badge badge--success">Initialized</span>' in page
    assert "<span>Initialize</span>" not in page
    again = platform.post(
        f"{path}/sequences",
        data={"csrf_token": token_of(platform)},
        headers={"HX-Request": "true"},
    )
    assert again.status_code == 409
    assert "already initialized" in again.headers["HX-Trigger"]


@pytest.mark.checks("E09.04")
def test_without_scripts_the_same_words_stand_on_the_next_page(platform, licence):
    licence_id, _ = licence
    path = f"{PATH}/{licence_id}"
    answer = platform.post(f"{path}/sequences", data={"csrf_token": token_of(platform)})
    assert answer.headers["Location"] == path
    assert "Sequences initialized successfully" in platform.get(path).get_data(as_text=True)


@pytest.mark.checks("E09.06")
def test_nobody_is_numbered_before_the_sequences_are_initialised(licence):
    from app.organisation.models import Project
    from app.reference.models import IdentityType

    _, organisation_id = licence
    actor = system_actor(organisation_id, ALL_PERMISSIONS, "Setup")
    with database.reading() as session:
        project_id, type_id = (
            session.scalars(
                select(model.id).where(model.organisation_id == organisation_id)
            ).first()
            for model in (Project, IdentityType)
        )
    command = CreateClient(
        Person("Amina", "Wanjiru", email=factories.unique_email()),
        (Document(type_id, "12345678"),),
        project_id=project_id,
    )
    with pytest.raises(Conflict, match="Sequences are not initialized"):
        perform(command, actor)
    perform(InitialiseSequences(), actor)
    assert perform(command, actor)


def test_licences_are_for_the_platform_alone(client: FlaskClient, app):
    house = factories.a_house(currencies=())
    factories.signed_in(client, house.administrator_email)
    for path in (PATH, f"{PATH}.csv", f"{PATH}/new", f"{PATH}/1"):
        assert client.get(path).status_code == 403
    with pytest.raises(Forbidden):
        perform(InitialiseSequences(), house.administrator)


def test_an_unknown_licence_is_not_there(platform):
    assert platform.get(f"{PATH}/999999").status_code == 404
    assert form_of(platform, f"{PATH}/new")["name"] == [""]
