"""Programs read and add customers, accounts and statements, as far as their owner sees them."""

from __future__ import annotations

import io
import json

import pytest
from flask import Flask
from pypdf import PdfReader

from app.clients.models import Client
from app.controls.commands import perform
from app.db.session import database
from app.holds.commands import PlaceHold
from app.ledger.accounts import Account, Product
from tests import factories
from tests.due import work_of
from tests.program import Program, a_program


@pytest.mark.checks("W01.28")
def test_an_inquiry_tells_what_is_booked_held_and_available(
    house: factories.House, program: Program
):
    asset_id = factories.a_funded_asset(house, 90_00)
    perform(PlaceHold(asset_id, 15_00, "Held for a card"), house.administrator)
    account_id = program.get(f"/assets/{asset_id}").json["account_id"]
    told = program.get(f"/accounts/{account_id}")
    assert told.status_code == 200
    (asset,) = told.json["assets"]
    figures = [asset[name] for name in ("ledger_minor", "held_minor", "available_minor")]
    assert figures == [90_00, 15_00, 75_00]
    assert (asset["currency"], asset["exponent"]) == ("KES", 2)
    found = program.get("/accounts", number=told.json["number"]).json["items"]
    assert [one["id"] for one in found] == [account_id]


def test_a_customer_is_added_with_documents_and_an_account_is_opened_for_them(
    house: factories.House, program: Program
):
    given = {
        "first_name": "Amina", "surname": "Odhiambo", "project_id": house.project_id,
        "documents": [{"identity_type_id": house.identity_type_id, "reference": "12345678"}],
        "external_id": "crm-1",
    }  # fmt: skip
    made = program.send("/clients", given)
    assert made.status_code == 201, made.json
    assert made.json["record_status"] == "AUTHORIZED"
    missing = program.send("/clients", given | {"documents": []})
    assert missing.json["errors"][0]["field"] == "documents"
    listed = program.get("/clients", external_id="crm-1").json["items"]
    assert [one["number"] for one in listed] == [made.json["number"]]
    opened = program.post(
        "/accounts", product_id=house.product_id, currency="KES", client_id=made.json["id"]
    )
    assert opened.status_code == 201
    assert opened.json["assets"][0]["available_minor"] == 0
    wrong = program.post("/accounts", product_id=house.product_id, currency="KES", client_id=10**9)
    assert wrong.status_code == 422
    assert wrong.json["errors"] == [{"field": "client_id", "detail": "There is no such client"}]


@pytest.mark.checks("W07.48")
def test_accounts_are_imported_by_one_request_and_exported_as_they_are_imported(app: Flask):
    house = factories.a_house(currencies=("KES", "USD"))
    program = a_program(app, house.administrator)
    with database.reading() as session:
        client = session.get_one(Client, factories.a_client(house))
        product = session.get_one(Product, house.product_id)
        good = {"product_code": product.code, "client_number": client.number, "currency": "KES"}
    rows = [good | {"external_id": "core-1"}, good | {"client_number": "NOBODY"},
            good | {"external_id": "core-1"}, good | {"currency": "USD"}]  # fmt: skip
    before = _accounts(house)
    none = program.post("/accounts/import", policy="all", accounts=rows).json
    assert (none["opened"], none["refused"]) == (0, 4)
    reasons = [one["reason"] for one in none["rows"]]
    assert "The customer NOBODY is unknown" in reasons[1]
    assert reasons[2] == "Another account has this External ID"
    assert _accounts(house) == before
    some = program.post("/accounts/import", "twice", policy="skip", accounts=rows)
    assert (some.json["opened"], some.json["refused"]) == (2, 2)
    again = program.post("/accounts/import", "twice", policy="skip", accounts=rows)
    assert again.json == some.json
    assert _accounts(house) == before + 2
    exported = program.get("/accounts/export")
    assert exported.mimetype == "application/x-ndjson"
    lines = [json.loads(line) for line in exported.get_data(as_text=True).splitlines()]
    own = [line for line in lines if line["client_number"] == good["client_number"]]
    assert [(line["number"], line["external_id"]) for line in own] == [
        (some.json["rows"][0]["number"], "core-1"), (some.json["rows"][3]["number"], ""),
    ]  # fmt: skip
    sent_back = {name: own[1][name] for name in own[1] if name not in {"number", "record_status"}}
    assert program.post("/accounts/import", accounts=[sent_back]).json["opened"] == 1
    logged = app.test_client()
    factories.signed_in(logged, house.administrator_email)
    page = logged.get("/admin/activity?search=Import").get_data(as_text=True)
    assert "Import accounts" in page
    assert "accounts.ndjson" in logged.get("/admin/activity").get_data(as_text=True)


def _accounts(house: factories.House) -> int:
    with database.reading() as session:
        return session.query(Account).filter_by(organisation_id=house.organisation_id).count()


def test_a_statement_is_asked_for_followed_and_downloaded(house: factories.House, program: Program):
    asset_id = factories.a_funded_asset(house, 12_00)
    day = factories.BUSINESS_DATE.isoformat()
    asked = program.post(
        "/statements", subject="asset", subject_id=asset_id, first_day=day, last_day=day
    )
    assert (asked.status_code, asked.json["state"]) == (202, "waiting")
    path = f"/statements/{asked.json['id']}"
    assert program.get(f"{path}/file").status_code == 409
    work_of(house.organisation_id)
    assert program.get(path).json["state"] == "ready"
    file = program.get(f"{path}/file")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert "12.00" in PdfReader(io.BytesIO(file.data)).pages[0].extract_text()


def test_rates_are_exact_decimals(program: Program):
    told = program.get("/rates").json
    assert told["base_currency"] == "KES"
    dollar = next(one for one in told["items"] if one["currency"] == "USD")
    assert dollar["mid"] == "130"


def test_a_name_stands_on_one_line_and_a_country_is_one_of_the_list(house, program):
    person = {
        "first_name": "Amina\r\nBcc: x\t", "surname": "Odhiambo", "project_id": house.project_id,
        "documents": [{"identity_type_id": house.identity_type_id, "reference": "77889910\n"}],
    }  # fmt: skip
    refused = program.send("/clients", person | {"country": "ZZ"})
    assert refused.status_code == 422
    assert "country" in refused.get_data(as_text=True)
    made = program.send("/clients", person | {"country": "ke"})
    assert made.status_code == 201, made.get_data(as_text=True)
    assert (made.json["name"], made.json["country"]) == ("Amina Bcc: x Odhiambo", "KE")
