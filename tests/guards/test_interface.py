"""What a program names in a body is looked for where its key's owner looks, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.clients.models import Client
from app.db.session import database
from app.ledger.accounts import Account, Product
from tests.factories import BUSINESS_DATE, House, a_funded_asset, a_house, a_user, unique
from tests.guards.foreign import Foreign, Person, a_foreign_organisation, said, state_of
from tests.program import PREFIX

NOWHERE = 987654321
ROLES = ("Tenant Administrator", "Branch Manager", "Teller", "Approver L1", "Auditor")


@pytest.fixture(scope="module")
def scene(app: Flask) -> tuple[House, int, Foreign]:
    theirs = a_foreign_organisation(a_house(name=unique("Quokkazebra Bank")), "Quokkazebra")
    ours = a_house(currencies=("KES", "USD"))
    return ours, a_funded_asset(ours, 50_00), theirs


@pytest.mark.checks("W09.20")
@pytest.mark.parametrize("role", ROLES)
def test_no_body_reaches_a_record_of_another_organisation(
    app: Flask, scene: tuple[House, int, Foreign], role: str
):
    ours, own, theirs = scene
    person, ids = Person(app, a_user(ours, role)[1]), theirs.ids
    money = {"amount_minor": 1_00, "currency": "KES"}
    opening = {"product_id": ours.product_id, "currency": "KES"}
    day = BUSINESS_DATE.isoformat()
    period = {"first_day": day, "last_day": day}
    asked = [
        ("transactions/deposits", money, "asset_id", ids["asset"]),
        ("transactions/withdrawals", money, "asset_id", ids["asset"]),
        ("transactions/transfers", money | {"asset_id": own}, "counter_asset_id", ids["asset"]),
        ("transactions/transfers", money | {"counter_asset_id": own}, "asset_id", ids["asset"]),
        ("transactions/exchanges", money | {"asset_id": own}, "counter_asset_id", ids["asset"]),
        ("accounts", opening, "product_id", ids["product"]),
        ("accounts", opening, "client_id", ids["client"]),
        *(
            ("statements", {"subject": subject} | period, "subject_id", ids[subject])
            for subject in ("client", "account", "asset")
        ),
    ]
    before = state_of(theirs.organisation_id)
    for path, body, field, record_id in asked:
        answer, missing = (
            person.send("POST", f"{PREFIX}/{path}", json=body | {field: one})
            for one in (record_id, NOWHERE)
        )
        assert answer.status_code in {403, 422}, (path, answer.json)
        assert _told(answer) == _told(missing), path
        assert theirs.mark not in said(answer), path
    assert state_of(theirs.organisation_id) == before


def _told(answer: TestResponse) -> dict[str, Any]:
    """Return a problem without what tells one request from another."""
    told: dict[str, Any] = answer.json
    return {name: told[name] for name in told if name != "request_id"}


def test_no_number_of_another_organisation_is_known_to_imports_and_settlements(
    app: Flask, scene: tuple[House, int, Foreign]
):
    ours, _own, theirs = scene
    person = Person(app, ours.administrator_email)
    with database.reading() as session:
        client = session.get_one(Client, theirs.ids["client"]).number
        account = session.get_one(Account, theirs.ids["account"]).number
        product = session.get_one(Product, ours.product_id).code
    rows = [{"product_code": product, "currency": "KES", "client_number": f"{client}9"}]
    opened = person.send("POST", f"{PREFIX}/accounts/import", json={"accounts": rows})
    assert opened.json["opened"] == 0
    payment = {
        "debit_account": f"{account}9", "credit_account": account, "amount_minor": 1,
        "currency": "KES",
    }  # fmt: skip
    before = state_of(theirs.organisation_id)
    body = {"name": "Probe", "payments": [payment]}
    settled = person.send("POST", f"{PREFIX}/settlements", json=body)
    assert settled.json["state"] == "failed"
    assert theirs.mark not in said(settled)
    assert state_of(theirs.organisation_id) == before
