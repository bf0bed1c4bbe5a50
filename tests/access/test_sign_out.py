"""Signing out ends the session on the server, so nothing that was kept opens a page again."""

import re

import pytest
from flask.testing import FlaskClient

from tests import factories
from tests.pages import token_of


@pytest.fixture(scope="module")
def house(app):
    return factories.a_house(currencies=())


def sign_out(client):
    token = client.get("/").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', token).group(1)
    return client.post("/logout", data={"csrf_token": token})


@pytest.mark.checks("E05.01")
def test_the_home_page_has_a_logout_button_in_its_header(client: FlaskClient, house):
    _, email, password = factories.a_user(house, "Teller")
    factories.signed_in(client, email, password)
    page = client.get("/").get_data(as_text=True)
    header = re.search(r'<header class="home__head">.*?</header>', page, re.DOTALL).group(0)
    assert 'action="/logout"' in header
    assert "<span>Logout</span>" in header


@pytest.mark.checks("E05.02")
def test_the_dashboards_log_out_is_in_the_user_menu_below_the_sidebar(client: FlaskClient, house):
    factories.signed_in(client, house.administrator_email)
    page = client.get("/admin/configurations").get_data(as_text=True)
    bottom = re.search(r'<div class="sidebar__bottom">.*?</aside>', page, re.DOTALL).group(0)
    menu = bottom.split('id="user-menu"', 1)[1]
    assert 'action="/logout"' in menu
    assert "Log out" in menu


@pytest.mark.checks("E05.03", "E05.05")
def test_logging_out_leads_to_the_sign_in_page_without_a_complaint(client: FlaskClient, house):
    factories.signed_in(client, house.administrator_email)
    answer = sign_out(client)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/login"
    page = client.get("/login")
    assert page.status_code == 200
    assert "Failed to log out" not in page.get_data(as_text=True)


@pytest.mark.checks("E05.04", "E05.06")
def test_nothing_behind_sign_in_opens_after_logging_out(client: FlaskClient, house):
    factories.signed_in(client, house.administrator_email)
    page = client.get("/admin/configurations")
    # The browser keeps no copy, so its back button asks again.
    assert page.headers["Cache-Control"] == "no-store"
    left = sign_out(client)
    assert left.headers["Clear-Site-Data"] == '"cache"'
    for path in ("/admin/dashboard", "/admin/configurations", "/"):
        answer = client.get(path)
        assert answer.status_code in {302, 404}
        assert answer.status_code == 404 or answer.headers["Location"].startswith("/login")


def test_a_cookie_that_was_kept_is_worthless_after_logging_out(client: FlaskClient, house, app):
    factories.signed_in(client, house.administrator_email)
    thief = app.test_client()
    kept = client.get_cookie("countinghouse")
    thief.set_cookie("countinghouse", kept.value)
    assert thief.get("/admin/configurations").status_code == 200
    sign_out(client)
    assert thief.get("/admin/configurations").status_code == 302


def test_logging_out_twice_is_no_error(client: FlaskClient, house):
    factories.signed_in(client, house.administrator_email)
    sign_out(client)
    answer = client.post("/logout", data={"csrf_token": token_of(client)})
    assert answer.status_code == 303
