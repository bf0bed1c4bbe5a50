"""The home page, the theme's cookie and the style guide."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.access.commands import CreateRole
from app.controls.commands import perform
from tests import factories
from tests.factories import House
from tests.pages import token_of


@pytest.fixture(scope="module")
def house(app: Flask) -> House:
    return factories.a_house(currencies=())


@pytest.fixture
def teller(house: House, client: FlaskClient) -> FlaskClient:
    _actor, email, password = factories.a_user(house, "Teller")
    factories.signed_in(client, email, password)
    return client


@pytest.mark.checks("E00.01", "E01.02", "E05.01")
def test_home_has_theme_network_and_log_out_in_its_header(teller: FlaskClient):
    page = teller.get("/").get_data(as_text=True)
    header = page[page.index("<header") : page.index("</header>")]
    for name in ("Light", "Dark", "System"):
        assert f'aria-label="{name}"' in header
    assert "data-network" in header
    assert ">Logout<" in header
    assert "/admin/clients" in page
    assert "/admin/dashboard" not in page
    assert 'id="home-search"' in page


def _holder(house: House, client: FlaskClient, *permissions: str) -> FlaskClient:
    role = factories.unique("Narrow")
    perform(CreateRole(role, permissions), house.system)
    _actor, email, password = factories.a_user(house, role)
    factories.signed_in(client, email, password)
    return client


def test_who_has_a_narrow_role_is_led_to_what_it_opens(app: Flask, house: House):
    keeper = _holder(house, app.test_client(), "mail.view", "pipelines.view")
    home = keeper.get("/").get_data(as_text=True)
    for path in ("/admin/mails", "/admin/pipelines"):
        assert f'class="tile" href="{path}"' in home
        assert keeper.get(path).status_code == 200
    assert 'id="home-search"' not in home, "who sees no customer finds none"
    led = keeper.get("/admin")
    assert led.status_code == 302
    assert led.headers["Location"] == "/admin/mails"
    nobody = _holder(house, app.test_client(), "accounts.create")
    assert nobody.get("/admin").headers["Location"] == "/"
    assert "Ask an administrator" in nobody.get("/").get_data(as_text=True)
    boss = app.test_client()
    factories.signed_in(boss, house.administrator_email)
    assert boss.get("/admin").headers["Location"] == "/admin/dashboard"


@pytest.mark.parametrize("right", ["configuration.export", "configuration.import"])
def test_who_writes_or_reads_the_configuration_file_sees_link_and_page(
    app: Flask, house: House, right: str
):
    path = "/admin/configuration-file"
    keeper = _holder(house, app.test_client(), right)
    page = keeper.get(path)
    assert page.status_code == 200
    assert f'href="{path}"' in page.get_data(as_text=True)
    viewer = _holder(house, app.test_client(), "configuration.view")
    assert f'href="{path}"' not in viewer.get("/admin/configurations").get_data(as_text=True)
    assert viewer.get(path).status_code == 403


@pytest.mark.checks("E01.01", "E01.05")
@pytest.mark.parametrize("theme", ["light", "dark", "system"])
def test_the_chosen_theme_is_in_the_next_page_from_its_first_byte(teller: FlaskClient, theme: str):
    answer = teller.post("/theme", data={"theme": theme, "csrf_token": token_of(teller)})
    assert answer.status_code == 303
    for path in ("/", "/account"):
        page = teller.get(path).get_data(as_text=True)
        assert f'data-theme="{theme}"' in page[:300]
        assert f'value="{theme}" aria-pressed="true"' in page


def test_a_theme_that_is_none_is_the_systems(teller: FlaskClient):
    teller.post("/theme", data={"theme": "<script>", "csrf_token": token_of(teller)})
    assert 'data-theme="system"' in teller.get("/").get_data(as_text=True)[:300]


def test_the_style_guide_is_for_development(app: Flask, teller: FlaskClient):
    page = teller.get("/styleguide")
    assert page.status_code == 200
    assert "Cards, workflow, history" in page.get_data(as_text=True)
    kept = app.config["COUNTINGHOUSE"]
    app.config["COUNTINGHOUSE"] = replace(kept, environment="production")
    try:
        assert teller.get("/styleguide").status_code == 404
    finally:
        app.config["COUNTINGHOUSE"] = kept
