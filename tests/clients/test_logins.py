"""Who signs in for a customer: as many as the customer has people, each by their own address."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.clients.logins import InviteClient
from app.controls.commands import perform
from app.kernel.errors import Conflict, Forbidden
from tests import factories
from tests.access.scenes import errors, mailed_password, user_of
from tests.pages import send

PATH = "/admin/clients"


@pytest.fixture
def house(app: Flask) -> factories.House:
    return factories.a_house(currencies=())


def _invited(browser: FlaskClient, client_id: int, **typed: str) -> tuple[str, str]:
    email = factories.unique_email("login")
    path = f"{PATH}/{client_id}/logins/new"
    person = {"first_name": "Zawadi", "last_name": "Otieno", "email": email}
    answer = send(browser, path, **person | typed)
    assert answer.status_code == 303, errors(answer)
    return email, mailed_password(email)


def test_a_customer_has_several_logins_and_each_is_sent_a_password_anew(
    app: Flask, house: factories.House, client: FlaskClient
):
    client_id = factories.a_client(house)
    factories.signed_in(client, house.administrator_email)
    page = client.get(f"{PATH}/{client_id}").get_data(as_text=True)
    assert "Nobody yet" in page
    assert f"{PATH}/{client_id}/logins/new" in page
    logins = [_invited(client, client_id), _invited(client, client_id, first_name="Musa")]
    page = client.get(f"{PATH}/{client_id}").get_data(as_text=True)
    for email, password in logins:
        assert email in page
        assert f'href="/admin/users/{user_of(email).id}"' in page, "where another password is sent"
        theirs = app.test_client()
        first = factories.signed_in(theirs, email, password)
        assert first.headers["Location"] == "/change-password"
    assert send(client, f"/admin/users/{user_of(email).id}/temporary-password").status_code == 303
    anew = factories.signed_in(app.test_client(), email, mailed_password(email))
    assert anew.headers["Location"] == "/change-password"
    log = client.get("/admin/activity?search=Invite").get_data(as_text=True)
    assert "Invite client" in log


def test_a_login_shows_its_own_customer_alone(app: Flask, house: factories.House):
    mine, other = factories.a_client(house), factories.a_client(house, first_name="Omar")
    command = InviteClient(mine, factories.unique_email(), "Zawadi", "Otieno")
    perform(command, house.administrator)
    actor = factories.actor_of_address(command.email)
    assert actor.scope.client_id == mine
    with pytest.raises(Forbidden):
        perform(InviteClient(other, factories.unique_email(), "A", "B"), actor)


def test_a_login_needs_an_authorised_customer_and_who_may_add_users(
    house: factories.House, client: FlaskClient
):
    draft = factories.a_client(house, submit=False)
    command = InviteClient(draft, factories.unique_email(), "A", "B")
    with pytest.raises(Conflict, match="Only an authorised customer signs in"):
        perform(command, house.administrator)
    assert user_of(command.email) is None
    client_id = factories.a_client(house)
    _teller, email, password = factories.a_user(house, "Teller")
    factories.signed_in(client, email, password)
    assert "logins/new" not in client.get(f"{PATH}/{client_id}").get_data(as_text=True)
    assert client.get(f"{PATH}/{client_id}/logins/new").status_code == 403
