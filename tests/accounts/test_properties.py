"""What a type of account asks for is asked as the account is opened, and shown though empty."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.controls.commands import perform
from app.db.session import database
from app.ledger.accounts import Account
from app.reference.types import CreateAccountType, Property
from tests import factories
from tests.pages import form_of

PATH = "/admin/accounts"


def _accounts(client_id: int) -> list[Account]:
    with database.reading() as session:
        query = select(Account).where(Account.client_id == client_id)
        return list(session.scalars(query.order_by(Account.id)))


@pytest.mark.checks("W03.06")
def test_the_properties_of_a_type_are_asked_for_at_the_opening_without_scripts_too(
    app, client: FlaskClient
):
    house = factories.a_house()
    wanted = (Property("Card number"), Property("Risk class"))
    made = CreateAccountType(house.project_id, "savings", "Savings", wanted)
    type_id = str(perform(made, house.administrator))
    client_id = factories.a_client(house)
    factories.signed_in(client, house.administrator_email)
    new = f"{PATH}/new?client={client_id}"
    first = form_of(client, new)
    assert "property_0" not in first
    chosen = first | {"account_type_id": type_id, "currency": "KES"}
    asked = client.post(new, data=chosen)
    assert asked.status_code == 422
    page = asked.get_data(as_text=True)
    for said in ("Card number", "Risk class", "This type of account has properties"):
        assert said in page
    assert not _accounts(client_id)
    typed = {"properties_of": type_id, "property_0": "4711", "property_1": ""}
    answer = client.post(new, data=chosen | typed)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    (account,) = _accounts(client_id)
    assert account.properties == {"Card number": "4711"}
    shown = client.get(f"{PATH}/{account.id}").get_data(as_text=True)
    card = shown.split(">Properties<")[1].split("</details>")[0]
    told = re.sub(r"<[^>]+>|\s+", " ", card)
    assert re.search("Card number +4711 +Risk class +—", told), told


@pytest.mark.checks("W03.06")
def test_the_choice_of_a_type_brings_its_properties_into_the_form(app, client: FlaskClient):
    house = factories.a_house()
    for label, properties in (("plain", ()), ("card", (Property("Card number"),))):
        made = CreateAccountType(house.project_id, label, label.title(), properties)
        type_id = perform(made, house.administrator)
    factories.signed_in(client, house.administrator_email)
    query = {"account_type_id": str(type_id), "property_0": "47<11"}
    part = client.get(f"{PATH}/types", query_string=query).get_data(as_text=True)
    assert "Card number" in part
    assert 'value="47&lt;11"' in part
    assert f'name="properties_of" value="{type_id}"' in part
    other = client.get(f"{PATH}/types", query_string={"account_type_id": str(type_id - 1)})
    assert "Card number" not in other.get_data(as_text=True)
