"""Whom money came from, by email: typed for a deposit, the sender's own for a transfer (W09.03)."""

from __future__ import annotations

import pytest
from flask import Flask

from app.controls.approvals import ApproveRecord
from app.controls.commands import perform
from app.transactions.commands import Transfer
from app.transactions.search import index_all
from tests import factories
from tests.factories import House
from tests.pages import form_of
from tests.program import a_program
from tests.transactions.scenes import LIST, transaction


@pytest.fixture
def house(app: Flask) -> House:
    return factories.a_house(currencies=("KES",))


def _sender(house: House, email: str) -> int:
    client = factories.a_client(house, email=email)
    return factories.first_asset(factories.an_account(house, client))


@pytest.mark.checks("W09.03", "W09.28", "W09.58")
def test_the_email_of_who_pays_in_is_typed_shown_and_found(app, house, client):
    asset_id = factories.a_funded_asset(house)
    factories.signed_in(client, house.administrator_email)
    path = f"/admin/assets/{asset_id}/deposit"
    wrong = client.post(path, data=form_of(client, path) | {"amount": "1", "source_email": "me"})
    assert wrong.status_code == 422
    assert "Please enter a valid email address" in wrong.get_data(as_text=True)
    typed = {"amount": "1", "source_email": "remitter@example.com"}
    assert client.post(path, data=form_of(client, path) | typed).status_code == 303
    program = a_program(app, house.administrator)
    body = {"asset_id": asset_id, "amount_minor": 1_00, "currency": "KES"}
    sent = program.post("/transactions/deposits", **body, source_email="program@example.com")
    assert sent.json["source_email"] == "program@example.com"
    assert program.post("/transactions/deposits", **body, source_email="me").status_code == 422
    index_all()
    for part, email in (("REMITTER@ex", "remitter@example.com"), ("program@", "program@example.")):
        page = client.get(LIST, query_string={"search": part}).get_data(as_text=True)
        assert email in page
    assert "program@example.com" in client.get(f"{LIST}/{sent.json['id']}").get_data(as_text=True)


@pytest.mark.checks("W09.03", "W09.28")
@pytest.mark.parametrize("waits", [False, True])
def test_a_transfer_that_comes_in_has_its_senders_email(app, house, client, waits):
    mine = _sender(house, "sender@example.com")
    theirs = factories.a_funded_asset(house)
    factories.change(house, factories.Asset, mine, overdraft_minor=100_00)
    by = house.administrator
    if waits:
        factories.an_approval_rule(house, levels=1)
        by = factories.a_user(house, "Teller")[0]
    out = transaction(perform(Transfer(mine, theirs, 10_00), by))
    if waits:
        perform(ApproveRecord("transaction", out.id, out.version), house.administrator)
    factories.signed_in(client, house.administrator_email)
    page = client.get(f"{LIST}?search=sender@example&type=in").get_data(as_text=True)
    into = transaction(out.id + 1)
    assert (into.pair_id, into.source_email) == (out.id, "sender@example.com")
    assert f"{LIST}/{into.id}" in page
    assert transaction(out.id).source_email == ""
