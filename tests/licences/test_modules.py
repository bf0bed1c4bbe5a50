"""What is not licensed is not there; what nobody can do without is always on."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access.models import Role
from app.controls.licensing import LICENCE_MODULES
from app.controls.permissions import CATALOGUE
from app.db.session import database
from tests import factories
from tests.pages import send


@pytest.fixture
def house(app):
    house = factories.a_house(currencies=("KES",))
    client_id = factories.a_client(house)
    factories.an_account(house, client_id)
    return house


PAGES = {
    "core-banking": ("/admin/accounts", "/admin/assets", "/admin/transactions"),
    "ledger": ("/admin/products",),
    "statements": ("/admin/statements",),
    "reports": ("/admin/reports",),
}
CORE = ("/admin/clients", "/admin/configurations", "/admin/users", "/admin/activity", "/account")


@pytest.mark.parametrize("module", list(PAGES))
def test_a_module_that_is_not_licensed_is_hidden_and_missing(client: FlaskClient, house, module):
    factories.signed_in(client, house.administrator_email)
    sidebar = client.get("/admin/clients").get_data(as_text=True)
    for path in PAGES[module]:
        assert f'class="sidebar__link" href="{path}"' in sidebar
        assert client.get(path).status_code == 200
    others = [one.key for one in LICENCE_MODULES if one.key != module]
    factories.license_anew(house.organisation_id, modules=others)
    sidebar = client.get("/admin/clients").get_data(as_text=True)
    for path in PAGES[module]:
        assert f'href="{path}"' not in sidebar
        for address in (path, f"{path}.csv"):
            assert client.get(address).status_code == 404, address
    for paths in [PAGES[one] for one in PAGES if one != module] + [CORE]:
        for path in paths:
            assert client.get(path).status_code == 200, path


def test_search_finds_nothing_of_a_module_that_is_not_licensed(client: FlaskClient, house):
    factories.signed_in(client, house.administrator_email)
    assert "/admin/accounts/" in client.get("/search?q=ACC-00").get_data(as_text=True)
    factories.license_anew(house.organisation_id, modules=[])
    assert "/admin/accounts/" not in client.get("/search?q=ACC-00").get_data(as_text=True)
    assert "/admin/clients/" in client.get("/search?q=Amina").get_data(as_text=True)


def test_the_clients_area_is_a_module(app, house):
    browser = app.test_client()
    client_id = factories.a_client(house)
    factories.signed_in(browser, factories.a_user(house, kind="client", client_id=client_id)[1])
    assert browser.get("/portal").status_code == 200
    factories.license_anew(house.organisation_id, modules=["core-banking", "statements"])
    assert browser.get("/portal").status_code == 404


def test_roles_are_given_as_before_though_a_module_is_not_licensed(client: FlaskClient, house):
    factories.license_anew(house.organisation_id, modules=["core-banking"])
    factories.signed_in(client, house.administrator_email)
    email = factories.unique_email()
    with database.reading() as session:
        query = select(Role.id).where(
            Role.organisation_id == house.organisation_id, Role.name == "Teller"
        )
        role_id = session.scalar(query)
    typed = {"first_name": "Tom", "last_name": "Teller", "email": email}
    answer = send(
        client, "/admin/users/new", password=factories.PASSWORD, role_ids=[role_id], **typed
    )
    assert answer.status_code == 303


def test_modules_are_made_of_sections_of_the_catalogue_and_share_none():
    sections = [section for module in LICENCE_MODULES for section in module.sections]
    assert len(sections) == len(set(sections))
    assert set(sections) <= {one.key for one in CATALOGUE}
