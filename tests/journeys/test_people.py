"""What needs a browser of people who act: rows that come and go in a drawer, a place on the map."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import expect

from app.agents.commands import CreateAgent, WorkingConfig
from app.controls.bounds import Zone
from app.controls.commands import perform
from tests import factories
from tests.journeys.conftest import SignIn

HERE = {"latitude": -1.2864, "longitude": 36.8170}


@pytest.mark.checks("E25.02", "E26.18")
def test_an_agent_in_the_zone_onboards_a_company_in_the_drawer(app: Flask, sign_in: SignIn):
    house = factories.a_house(currencies=("KES",))
    who, email, _ = factories.a_user(house, "Teller")
    zone = Zone(-1_286_389, 36_817_223, 500)
    agent = CreateAgent(
        who.user_id or 0, house.branch_id, WorkingConfig(is_geo_locked=True, zone=zone), submit=True
    )
    perform(agent, house.administrator)
    page = sign_in(email, geolocation=HERE, permissions=["geolocation"])
    with page.expect_response("**/account/position") as told:
        page.goto("/admin/clients")
    assert told.value.status == 204
    page.get_by_role("link", name="Create customer").first.click()
    drawer = page.locator("#drawer")
    drawer.get_by_label("Customer Type").select_option("CORPORATE")
    drawer.get_by_label("Corporate Name").fill("Tana Traders")
    drawer.get_by_label("Date of Incorporation").fill("2015-03-02")
    directors = drawer.get_by_role("group", name="Directors")
    directors.get_by_label("Name").fill("Halima Said")
    directors.get_by_role("button", name="Add director").click()
    expect(directors.get_by_label("Name")).to_have_count(2)
    directors.get_by_label("Name").nth(1).fill("Omar Said")
    directors.get_by_role("button", name="Remove director 1").click()
    expect(directors.get_by_label("Name")).to_have_count(1)
    expect(directors.get_by_label("Name")).to_have_value("Omar Said")
    expect(drawer.get_by_label("Corporate Name")).to_have_value("Tana Traders")
    owners = drawer.get_by_role("group", name="Shareholders")
    owners.get_by_label("Name").fill("Omar Said")
    owners.get_by_label("Share (%)").fill("100")
    contacts = drawer.get_by_role("group", name="Contacts")
    contacts.get_by_label("Name").fill("Joyce Muthoni")
    contacts.get_by_label("Email").fill("joyce@tana.example")
    documents = drawer.get_by_role("group", name="Identity documents")
    documents.get_by_label("Reference").fill("12345678")
    drawer.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("row").filter(has_text="Tana Traders")).to_be_visible()
