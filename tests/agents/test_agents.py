"""Agents: made of users, bound to hours and a zone, linked to an account of their own."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access.agents import Agent, Position
from app.access.commands import CreateRole
from app.access.details import SavePersonalInformation
from app.accounts.commands import OpenAccount
from app.agents.commands import (
    ConfigureAgent,
    CreateAgent,
    LinkAgentAccount,
    SetAgentActive,
    WorkingConfig,
)
from app.clients.models import Client
from app.controls.bounds import Bounds, OutOfBounds, Spot, Zone
from app.controls.commands import door, perform
from app.db.session import database
from app.ledger.models import Transaction
from app.mandates.models import Mandate
from app.organisation.models import Branch
from app.transactions.commands import Deposit
from tests import factories
from tests.pages import form_of, send, token_of
from tests.program import a_program

LIST = "/admin/agents"
NAIROBI = Zone(-1_286_389, 36_817_223, 500)
KEYED = ("api-keys.own", "clients.create", "clients.view-all", "desks.view-all",
         "projects.view-all")  # fmt: skip
NOON = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # in Nairobi


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def person(house: factories.House, client: FlaskClient) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "clock", lambda: NOON)


def an_agent(house: factories.House, **config: object) -> tuple[int, str]:
    """Make an approved agent of a new teller; returns the agent's id and the person's address."""
    who, email, _ = factories.a_user(house, "Teller", first_name="Ageni", last_name="Mwangi")
    command = CreateAgent(who.user_id, house.branch_id, WorkingConfig(**config), submit=True)
    return perform(command, house.administrator), email


def agent(agent_id: int) -> Agent:
    with database.reading() as session:
        return session.get_one(Agent, agent_id)


def a_user_id(house: factories.House) -> int:
    return factories.a_user(house)[0].user_id or 0


@pytest.mark.checks(
    "E26.01", "E26.02", "E26.03", "E26.04", "E26.05", "E26.06", "E26.07", "E26.08", "E37.02",
    "E42.31", "E40.25",
)  # fmt: skip
def test_an_agent_is_drafted_of_a_user_and_numbered_by_the_branch(house, person):
    assert "Create Agent" in person.get(LIST).get_data(as_text=True)
    assert f'href="{LIST}"' in person.get("/admin/clients").get_data(as_text=True)
    user_id = a_user_id(house)
    good = {"user_id": str(user_id), "branch_id": str(house.branch_id), "draft": "1"}
    hours = {"start_time": "08:00", "end_time": "17:00"}
    for wrong, sentence in (
        (hours | {"end_time": "08:00"}, "End time must be after start time"),
        (hours | {"end_time": ""}, "Start Time and End Time belong together"),
        ({"is_geo_locked": "y"}, "allowedGeoZone is required when geoLockEnabled is true"),
        ({"latitude": "91", "longitude": "36.8", "radius": "500"}, "Latitude must be degrees"),
        ({"latitude": "-1.28", "longitude": "36.8", "radius": "0"}, "Radius must be 1 to"),
        ({"latitude": "-1.28", "longitude": "36.8", "radius": "x"}, "Radius must be whole"),
    ):
        answer = send(person, f"{LIST}/new", **(good | wrong))
        assert answer.status_code == 422
        assert sentence in answer.get_data(as_text=True)
    zone = {"is_geo_locked": "y", "latitude": "-1.286389", "longitude": "36.817223",
            "radius": "500"}  # fmt: skip
    assert send(person, f"{LIST}/new", **good, **hours, **zone).status_code == 303
    with database.reading() as session:
        made = session.scalars(select(Agent).where(Agent.user_id == user_id)).one()
        code = session.get_one(Branch, house.branch_id).code
    assert (made.number, made.record_status) == (code.removesuffix("0000") + "0001", "CAPTURED")
    assert re.fullmatch(r"[A-Z]{3}-KEN-[0-9]{3}-0001", made.number)
    assert (made.start_time, made.zone) == (time(8), NAIROBI)
    path = f"{LIST}/{made.id}"
    page = person.get(path).get_data(as_text=True)
    for shown in ("Draft", made.number, "08:00 to 17:00", "500 m around -1.286389, 36.817223"):
        assert shown in page
    edit = form_of(person, f"{path}/edit")
    assert "user_id" not in edit
    assert "branch_id" not in edit
    assert edit["latitude"] == ["-1.286389"]
    other = {"user_id": str(a_user_id(house)), "branch_id": "1", "draft": "1"}
    assert send(person, f"{path}/edit", **other).status_code == 303
    assert agent(made.id).user_id == user_id
    again = send(person, f"{LIST}/new", **good)
    assert again.status_code == 409
    assert "User is already an agent" in again.get_data(as_text=True)
    second = good | {"user_id": str(a_user_id(house))}
    assert send(person, f"{LIST}/new", **second).status_code == 303
    assert f"{code.removesuffix('0000')}0002" in person.get(LIST).get_data(as_text=True)
    assert f"{path}/delete" in page
    send(person, f"{path}/edit")
    assert agent(made.id).record_status == "AUTHORIZED"
    page = person.get(path).get_data(as_text=True)
    assert f"{path}/delete" not in page
    assert f"{path}/edit" not in page


@pytest.mark.checks("E26.09", "E26.10")
def test_an_approved_agent_is_configured_at_once_within_the_same_bounds(house, person):
    agent_id, _ = an_agent(house)
    path = f"{LIST}/{agent_id}"
    assert "Edit Config" in person.get(path).get_data(as_text=True)
    late = send(person, f"{path}/config", start_time="09:00", end_time="09:00")
    assert "End time must be after start time" in late.get_data(as_text=True)
    locked = send(person, f"{path}/config", is_geo_locked="y")
    assert "allowedGeoZone is required" in locked.get_data(as_text=True)
    assert send(person, f"{path}/config", start_time="09:00", end_time="16:30").status_code == 303
    changed = agent(agent_id)
    assert (changed.record_status, changed.end_time) == ("AUTHORIZED", time(16, 30))
    draft = perform(
        CreateAgent(a_user_id(house), house.branch_id, WorkingConfig()), house.administrator
    )
    assert "Edit Config" not in person.get(f"{LIST}/{draft}").get_data(as_text=True)
    assert send(person, f"{LIST}/{draft}/config").status_code == 409


@pytest.mark.checks("E26.11", "E26.12", "E26.13", "E26.14", "E26.15", "E26.16", "E33.24")
def test_an_approved_agent_is_linked_to_an_approved_account_and_signs_for_it(house, person):
    boss = house.administrator
    draft = perform(CreateAgent(a_user_id(house), house.branch_id, WorkingConfig()), boss)
    agent_id, email = an_agent(house)
    who = factories.actor_of_address(email)
    perform(SavePersonalInformation(0, who.name, official_phone="+254 20 555 0101"), who)
    waiting = perform(OpenAccount(house.product_id, "KES", is_agent=True, submit=False), boss)
    ready = perform(OpenAccount(house.product_id, "KES", is_agent=True), boss)
    customers = factories.an_account(house, factories.a_client(house))
    for one, account_id, status, sentence in (
        (draft, ready, 409, "Can only link account to AUTHORIZED agent"),
        (agent_id, waiting, 409, "Can only link AUTHORIZED accounts"),
        (agent_id, customers, 422, "Choose an agent account"),
    ):
        answer = send(person, f"{LIST}/{one}/account", account_id=str(account_id))
        assert answer.status_code == status
        assert sentence in answer.get_data(as_text=True)
    offered = person.get(f"{LIST}/{agent_id}/account").get_data(as_text=True)
    assert f'<option value="{ready}">' in offered
    assert f'<option value="{waiting}">' not in offered, "what would be refused is not offered"
    linked = send(person, f"{LIST}/{agent_id}/account", account_id=str(ready))
    assert linked.status_code == 303
    with database.reading() as session:
        (mandate,) = session.scalars(select(Mandate).where(Mandate.account_id == ready)).all()
    assert (mandate.kind, mandate.name, mandate.email, mandate.phone) == (
        "PRIMARY_HOLDER", who.name, email, "+254205550101",
    )  # fmt: skip
    assert mandate.signatory_client_id is None
    assert f'href="/admin/accounts/{ready}"' in person.get(f"{LIST}/{agent_id}").get_data(
        as_text=True
    )
    unlinked, _ = an_agent(house)
    none = "No approved agent account is free."
    assert none in person.get(f"{LIST}/{unlinked}/account").get_data(as_text=True)
    another = perform(OpenAccount(house.product_id, "KES", is_agent=True), boss)
    assert none not in person.get(f"{LIST}/{unlinked}/account").get_data(as_text=True)
    with pytest.raises(Exception, match="has an account already"):
        perform(LinkAgentAccount(agent_id, another), boss)
    other, _ = an_agent(house)
    with pytest.raises(Exception, match="linked to another agent"):
        perform(LinkAgentAccount(other, ready), boss)


@pytest.mark.checks("E26.17", "E26.18")
def test_an_agent_serves_customers_within_working_hours_alone(app, house, noon, monkeypatch):
    _, email = an_agent(house, start_time=time(8), end_time=time(12, 30))
    asset_id = factories.a_funded_asset(house)
    browser = app.test_client()
    factories.signed_in(browser, email)
    assert send(browser, f"/admin/assets/{asset_id}/deposit", amount="10").status_code == 303
    new = {"first_name": "Onboarded", "surname": "Here", "documents-0-reference": "12345678"}
    assert send(browser, "/admin/clients/new", **new).status_code == 303
    monkeypatch.setattr(door, "clock", lambda: NOON.replace(minute=30))
    sentence = "You are outside of your working hours, 08:00 to 12:30"
    for path, typed in (
        (f"/admin/assets/{asset_id}/deposit", {"amount": "20"}),
        ("/admin/clients/new", new | {"surname": "Late"}),
    ):
        answer = send(browser, path, **typed)
        assert answer.status_code == 409
        assert sentence in answer.get_data(as_text=True)
    with database.reading() as session:
        amounts = session.scalars(
            select(Transaction.amount_minor).where(Transaction.asset_id == asset_id)
        ).all()
        late = select(Client.id).where(
            Client.organisation_id == house.organisation_id, Client.surname == "Late"
        )
        assert session.scalar(late) is None
    assert amounts == [10_00]
    # Reading, one's own settings and leaving are no acts for the bank.
    assert browser.get("/admin/clients").status_code == 200
    assert browser.post("/logout", data={"csrf_token": token_of(browser)}).status_code == 303


@pytest.mark.checks("E26.18")
def test_an_agent_acts_inside_the_zone_that_the_browser_tells_of(app, house, noon, monkeypatch):
    agent_id, email = an_agent(house, is_geo_locked=True, zone=NAIROBI)
    asset_id = factories.a_funded_asset(house)
    browser = app.test_client()
    factories.signed_in(browser, email)
    home = browser.get("/admin/clients")
    assert "data-locate" in home.get_data(as_text=True)
    assert "geolocation=(self)" in home.headers["Permissions-Policy"]

    def deposit() -> str:
        answer = send(browser, f"/admin/assets/{asset_id}/deposit", amount="10")
        return "" if answer.status_code == 303 else answer.get_data(as_text=True)

    def at(latitude: str, longitude: str) -> int:
        place = {"latitude": latitude, "longitude": longitude, "csrf_token": token_of(browser)}
        return browser.post("/account/position", data=place).status_code

    assert "Your position is not known" in deposit()
    assert at("-1.286400", "36.817000") == 204
    assert deposit() == ""
    assert at("-1.300000", "36.817000") == 204
    assert "You are outside of the zone you may work in" in deposit()
    assert at("-1.286400", "36.817000") == 204
    monkeypatch.setattr(door, "clock", lambda: NOON.replace(minute=16))
    assert "Your position is not known" in deposit()
    assert at("north", "36") == 422
    perform(ConfigureAgent(agent_id, agent(agent_id).version, WorkingConfig()),
            house.administrator)  # fmt: skip
    assert deposit() == ""
    assert "data-locate" not in browser.get("/admin/clients").get_data(as_text=True)
    other, email, _ = factories.a_user(house, "Teller")
    elsewhere = app.test_client()
    factories.signed_in(elsewhere, email)
    page = elsewhere.get("/admin/clients")
    assert "geolocation=()" in page.headers["Permissions-Policy"]
    place = {"latitude": "1", "longitude": "1", "csrf_token": token_of(elsewhere)}
    assert elsewhere.post("/account/position", data=place).status_code == 204
    with database.reading() as session:
        kept = select(Position).where(Position.user_id == other.user_id)
        assert session.scalars(kept).all() == []


def test_a_key_of_an_agent_in_a_zone_reads_and_writes_nothing(app, house, noon):
    perform(CreateRole("Agent with keys", KEYED), house.administrator)
    who, email, _ = factories.a_user(house, "Agent with keys")
    program = a_program(app, factories.actor_of_address(email), "clients.view", "clients.create")
    config = WorkingConfig(is_geo_locked=True, zone=NAIROBI)
    perform(CreateAgent(who.user_id, house.branch_id, config, submit=True), house.administrator)
    assert program.get("/clients").status_code == 200
    papers = [{"identity_type_id": house.identity_type_id, "reference": "12345678"}]
    answer = program.post(
        "/clients", first_name="Asha", surname="B", project_id=house.project_id, documents=papers
    )
    assert answer.status_code == 409
    assert "Your position is not known" in answer.json["detail"]


def test_a_suspended_agent_does_nothing_until_reactivated(house, person, noon):
    agent_id, email = an_agent(house)
    asset_id = factories.a_funded_asset(house)
    assert send(person, f"{LIST}/{agent_id}/suspend").status_code == 303
    with pytest.raises(OutOfBounds, match="Your work as an agent is suspended"):
        perform(Deposit(asset_id, 10_00), factories.actor_of_address(email))
    perform(SetAgentActive(agent_id, is_active=True), house.administrator)
    assert perform(Deposit(asset_id, 10_00), factories.actor_of_address(email))


def test_bounds_end_to_the_minute_and_to_the_metre():
    hours = Bounds("Africa/Nairobi", (time(8), time(17)))
    # Nairobi is three hours ahead of UTC.
    assert hours.obstacle(datetime(2026, 11, 20, 5, 0, tzinfo=UTC)) is None
    assert hours.obstacle(datetime(2026, 11, 20, 4, 59, 59, tzinfo=UTC)) is not None
    assert hours.obstacle(datetime(2026, 11, 20, 14, 0, tzinfo=UTC)) is not None
    # A thousandth of a degree of latitude is 111 metres.
    spot = Spot(NAIROBI.latitude + 1_000, NAIROBI.longitude, NOON)
    assert NAIROBI.distance_metres(spot) == 111
    assert Zone(NAIROBI.latitude, NAIROBI.longitude, 111).covers(spot)
    assert not Zone(NAIROBI.latitude, NAIROBI.longitude, 110).covers(spot)


def test_a_deleted_agent_is_active_nowhere(house, person):
    made = CreateAgent(a_user_id(house), house.branch_id, WorkingConfig())
    agent_id = perform(made, house.administrator)
    shown = r"<dt[^>]*>Active</dt>\s*<dd[^>]*>.*?(Yes|No)"
    before = re.search(shown, person.get(f"{LIST}/{agent_id}").text, re.DOTALL)
    assert send(person, f"{LIST}/{agent_id}/delete").status_code == 303
    after = re.search(shown, person.get(f"{LIST}/{agent_id}").text, re.DOTALL)
    assert before is not None
    assert after is not None
    assert (before[1], after[1]) == ("Yes", "No")
    listed = person.get(f"{LIST}.csv?status=inactive&columns=number,active,status").text
    assert ",No,Inactive" in listed
