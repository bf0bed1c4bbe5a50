"""Keys: shown once, hashed, no wider than their owner, and gone when they are revoked."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access.commands import CreateRole
from app.access.models import Role
from app.access.people import SetUserActive
from app.clients.models import Client
from app.controls.audit import Activity
from app.controls.commands import door, perform
from app.db.session import database
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.keys import commands
from app.keys.commands import CreateApiKey, RevokeApiKey
from app.keys.models import ApiKey
from tests import factories
from tests.ledger import books
from tests.pages import form_of, send
from tests.program import PREFIX, Program, a_key, a_program, a_service

OWN = "/account/api-keys"


@pytest.fixture(scope="module")
def house(app: Flask) -> factories.House:
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def here(house: factories.House, client: FlaskClient) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def _newest(house: factories.House) -> ApiKey:
    with database.reading() as session:
        query = session.query(ApiKey).filter_by(organisation_id=house.organisation_id)
        found = query.order_by(ApiKey.id.desc()).first()
        session.expunge(found)
        return found


def test_a_person_makes_a_key_that_is_shown_once_and_kept_as_a_hash(app, house, here):
    values = form_of(here, f"{OWN}/new") | {
        "name": "Payroll", "scopes": ["clients.view", "rates"], "networks": "",
    }  # fmt: skip
    assert "Choose scopes that the owner holds" in here.post(f"{OWN}/new", data=values).get_data(
        as_text=True
    )
    told = here.post(f"{OWN}/new", data=values | {"scopes": ["clients.view"]})
    token = re.search(r"<code data-secret>([^<]+)</code>", told.get_data(as_text=True))[1]
    key = _newest(house)
    assert token.startswith(f"{key.prefix}_")
    assert token not in key.token_hash
    for path in (OWN, "/admin/api-keys", f"/admin/api-keys/{key.id}", "/admin/activity"):
        page = here.get(path).get_data(as_text=True)
        assert token not in page
    assert "never used" in here.get(OWN).get_data(as_text=True)
    program = Program(app, token)
    assert program.get("/clients").status_code == 200
    assert _newest(house).last_used_at is not None
    narrow = program.get("/transactions")
    assert narrow.status_code == 403
    assert narrow.json["detail"] == "You do not have permission to do this."
    assert send(here, f"{OWN}/{key.id}/revoke").status_code == 303
    gone = program.get("/clients")
    assert gone.status_code == 401
    assert gone.headers["WWW-Authenticate"] == "Bearer"
    assert "Revoked" in here.get(f"/admin/api-keys/{key.id}").get_data(as_text=True)


def test_only_a_key_opens_the_interface_and_a_key_opens_nothing_else(app, house, here):
    answers = [here.get(f"{PREFIX}/clients"), here.get(f"{PREFIX}/no-such-thing")]
    for token in ("", "chk_1", "Basic x", "é" * 9, "x" * 5_000):
        headers = {"Authorization": f"Bearer {token}".encode().decode("latin-1")}
        answers.append(app.test_client().get(f"{PREFIX}/clients", headers=headers))
    for answer in answers:
        assert answer.status_code == 401
        assert answer.mimetype == "application/problem+json"
        assert answer.json["detail"].startswith("Send a valid API key")
    program = a_program(app, house.administrator)
    headers = {"Authorization": f"Bearer {program.token}"}
    away = app.test_client().get("/admin/clients", headers=headers)
    assert away.headers["Location"].startswith("/login")
    assert "Set-Cookie" not in program.get("/clients").headers
    missing, other = program.get("/no-such-thing"), program.get("/clients/987654321")
    assert missing.status_code == other.status_code == 404
    assert missing.json["detail"] == other.json["detail"]
    assert program.client.delete(f"{PREFIX}/clients", headers=headers).status_code == 405
    unkept = program.get("/clients/%00")
    assert (unkept.status_code, unkept.mimetype) == (422, "application/problem+json")
    assert unkept.json["detail"].startswith("A text holds a character that cannot be kept")


def test_a_key_ends_with_its_day_its_place_its_owner_and_the_licence(app, house, monkeypatch):
    who, _, _ = factories.a_user(house, "Branch Manager")
    until = a_key(who, "clients.view", last_day=factories.BUSINESS_DATE.replace(year=2030))
    there = a_key(who, "clients.view", networks=("203.0.113.0/24",))
    here = a_key(who, "clients.view", networks=("127.0.0.0/8", "2001:db8::/32"))
    assert [Program(app, one).get("/clients").status_code for one in (until, there, here)] == [
        200, 401, 200,
    ]  # fmt: skip
    later = door.clock() + timedelta(days=365 * 5)
    with monkeypatch.context() as patch:
        patch.setattr(door, "clock", lambda: later)
        assert Program(app, until).get("/clients").status_code == 401
    factories.license_anew(house.organisation_id, is_active=False)
    for path in ("/clients", "/no-such-thing"):
        refused = Program(app, here).get(path)
        assert (refused.status_code, refused.mimetype) == (403, "application/problem+json")
        assert "license is inactive" in refused.json["detail"]
    factories.license_anew(house.organisation_id, is_active=True, modules=["ledger"])
    assert Program(app, a_key(who, "accounts.view")).get("/accounts").status_code == 404
    factories.license_anew(house.organisation_id, modules=["core-banking", "ledger", "statements"])
    perform(SetUserActive(who.user_id, is_active=False), house.administrator)
    assert Program(app, here).get("/clients").status_code == 401
    # The key is revoked for good: who comes back makes another one.
    perform(SetUserActive(who.user_id, is_active=True), house.administrator)
    assert Program(app, here).get("/clients").status_code == 401
    with database.reading() as session:
        of_owner = select(ApiKey).where(ApiKey.user_id == who.user_id)
        assert all(key.revoked_at is not None for key in session.scalars(of_owner))
        logged = select(Activity.changes).where(Activity.entity == "api_key")
        changes = [one for row in session.scalars(logged) for one in row]
    assert any(one["field"] == "revoked_at" for one in changes)
    assert Program(app, a_key(who, "clients.view")).get("/clients").status_code == 200


def test_nobody_makes_a_key_for_another_person_or_wider_than_its_owner(house):
    teller, _, _ = factories.a_user(house)
    with pytest.raises(Forbidden, match="by that person alone"):
        a_key(house.administrator, "clients.view", user_id=teller.user_id)
    with pytest.raises(Refusal, match="scopes that the owner holds"):
        a_key(house.administrator, "transactions.reverse", user_id=a_service(house, "Auditor"))
    with pytest.raises(Forbidden):
        perform(CreateApiKey("mine", ("clients.view",)), teller)
    manager, _, _ = factories.a_user(house, "Branch Manager")
    a_key(manager, "clients.view")
    another, _, _ = factories.a_user(house, "Branch Manager")
    with pytest.raises(Forbidden):
        perform(RevokeApiKey(_newest(house).id), another)
    for networks in (("10.0.0.0/99",), ("example.com",)):
        with pytest.raises(Refusal, match="A network is an address"):
            a_key(manager, "clients.view", networks=networks)
    with pytest.raises(Refusal, match="cannot be past"):
        a_key(manager, "clients.view", last_day=factories.BUSINESS_DATE.replace(year=2020))


def test_who_sets_a_service_account_up_does_not_approve_by_it(app, house):
    rights = (
        "clients.view-all", "projects.view-all", "desks.view-all", "clients.create",
        "clients.approve-l1", "approvals.view", "api-keys.create",
    )  # fmt: skip
    perform(CreateRole("Onboarding", rights), house.system)
    maker, email, _ = factories.a_user(house, "Onboarding")
    client = books.row(Client, factories.a_client(house, actor=maker))
    service_id = a_service(house, "Onboarding")
    with pytest.raises(Refusal, match="scopes that the owner holds"):
        a_key(maker, "approvals.view", "approvals.decide", user_id=service_id)
    browser = app.test_client()
    factories.signed_in(browser, email)
    page = browser.get(f"/admin/service-accounts/{service_id}/keys/new").get_data(as_text=True)
    assert "See what waits for approval" in page
    assert "Approve and reject" not in page
    # Nor does a key that was made for it once.
    program = Program(app, a_key(maker, "approvals.view", "clients.view", user_id=service_id))
    former = ["approvals.view", "clients.view", "approvals.decide"]
    factories.change(house, ApiKey, _newest(house).id, scopes=former)
    answer = program.post(f"/approvals/client/{client.id}/approve", version=client.version)
    assert answer.status_code == 403
    assert books.row(Client, client.id).record_status == "PENDING_AUTH_L1"


def test_a_program_has_so_many_keys_and_one_more_only_for_one_that_is_over(house, monkeypatch):
    monkeypatch.setattr(commands, "MOST_KEYS", 2)
    user_id, by = a_service(house), house.administrator
    a_key(by, "clients.view", user_id=user_id, last_day=factories.BUSINESS_DATE.replace(year=2035))
    a_key(by, "clients.view", user_id=user_id)
    with pytest.raises(Conflict, match="has 2 active keys, the most there can be"):
        a_key(by, "clients.view", user_id=user_id)
    perform(RevokeApiKey(_newest(house).id), by)
    a_key(by, "clients.view", user_id=user_id)
    a_key(by, "clients.view", user_id=a_service(house))
    later = door.clock().replace(year=2036)
    monkeypatch.setattr(door, "clock", lambda: later)
    a_key(by, "clients.view", user_id=user_id)
    with pytest.raises(Conflict):
        a_key(by, "clients.view", user_id=user_id)


def test_a_service_account_has_keys_and_no_way_to_sign_in(app, house, here):
    new = form_of(here, "/admin/service-accounts/new")
    with database.reading() as session:
        role = session.query(Role).filter_by(
            organisation_id=house.organisation_id, name="Teller"
        ).one()  # fmt: skip
    made = here.post(
        "/admin/service-accounts/new",
        data=new | {"first_name": "Core link", "role_ids": [role.id],
                    "project_ids": [house.project_id]},
    )  # fmt: skip
    path = made.headers["Location"]
    values = form_of(here, f"{path}/keys/new") | {"name": "Nightly", "scopes": ["accounts.view"]}
    told = here.post(f"{path}/keys/new", data=values).get_data(as_text=True)
    token = re.search(r"<code data-secret>([^<]+)</code>", told)[1]
    assert Program(app, token).get("/accounts").status_code == 200
    assert "Nightly" in here.get(path).get_data(as_text=True)
    assert send(here, f"{path}/edit", first_name="Core bridge").status_code == 303
    assert "Core bridge" in here.get("/admin/service-accounts").get_data(as_text=True)
    user_id = path.rpartition("/")[2]
    answer = here.get(f"/admin/users/{user_id}").get_data(as_text=True)
    assert "Service account" in answer
    assert "Send temporary password" not in answer
    refused = here.post(
        f"/admin/users/{user_id}/temporary-password",
        data=form_of(here, f"/admin/users/{user_id}/temporary-password"),
    )
    assert refused.status_code == 409


def test_a_key_that_asks_too_often_waits(app, house, monkeypatch):
    program = a_program(app, house.administrator, "clients.view", "accounts.view")
    monkeypatch.setitem(app.config, "API_LIMIT", "2 per minute")
    # Whichever addresses it asks.
    codes = [program.get(path).status_code for path in ("/clients", "/accounts", "/clients")]
    assert codes == [200, 200, 429]
    waiting = program.get("/clients")
    assert int(waiting.headers["Retry-After"]) > 0
    assert waiting.json["detail"] == (
        "Too many requests: wait as many seconds as Retry-After says, then go on"
    )
    other = a_program(app, house.administrator, "clients.view")
    assert other.get("/clients").status_code == 200
    monkeypatch.setitem(app.config, "API_LIMIT", "3 per hour")
    guesses = [Program(app, f"chk_{one}").get("/clients").status_code for one in range(9)]
    assert guesses[-1] == 429, "guesses from one place are counted together"
    assert other.get("/clients").status_code == 200
