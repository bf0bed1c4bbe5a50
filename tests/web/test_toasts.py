"""A toast names what was made or saved."""

from __future__ import annotations

import json

from flask.testing import FlaskClient

from tests import factories
from tests.pages import form_of


def _toast(client: FlaskClient, path: str, **typed: str) -> dict[str, str]:
    sent = form_of(client, path) | typed
    answer = client.post(path, data=sent, headers={"HX-Request": "true"})
    assert answer.status_code == 204, answer.get_data(as_text=True)
    told: dict[str, str] = json.loads(answer.headers["HX-Trigger"])["toast"]
    return told


def test_what_was_made_is_named(app, client):
    house = factories.a_house(currencies=("KES",))
    factories.signed_in(client, house.administrator_email)
    told = _toast(client, "/admin/titles/new", code="REV", name="Reverend")
    assert told["title"] == "Title created"
    assert "Reverend" in told["text"]
    client_id = str(factories.a_client(house))
    told = _toast(client, "/admin/invoices/new", client_id=client_id, currency="KES", amount="5")
    assert told["title"] == "Invoice added"
    assert "5.00 KES" in told["text"]
