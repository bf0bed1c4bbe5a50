"""The palette's search: a few letters find clients, accounts, assets and transactions in sight."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.clients.models import Client, IdentityDocument
from app.controls.commands import perform
from app.db.session import database
from app.ledger.accounts import Account
from app.ledger.models import Asset, Transaction
from app.transactions.commands import Deposit
from tests import factories
from tests.factories import House

PALETTE = {"HX-Request": "true", "HX-Target": "div#palette-found"}


@pytest.fixture(scope="module")
def house(app: Flask) -> House:
    return factories.a_house()


@pytest.fixture
def teller(house: House, client: FlaskClient) -> FlaskClient:
    _actor, email, password = factories.a_user(house, "Teller")
    factories.signed_in(client, email, password)
    return client


def _found(client: FlaskClient, query: str) -> list[str]:
    answer = client.get("/search", query_string={"q": query}, headers=PALETTE)
    assert answer.status_code == 200
    text = answer.get_data(as_text=True)
    assert "<html" not in text
    return re.findall(r'class="palette__item" href="([^"]+)"', text)


def _get(model: type[Any], record_id: int) -> Any:
    with database.reading() as session:
        return session.get_one(model, record_id)


def test_records_are_found_by_name_number_code_and_reference(house: House, teller: FlaskClient):
    client_id = factories.a_client(house, first_name="Zawadi", surname="Mwangi")
    account_id = factories.an_account(house, client_id)
    asset_id = factories.first_asset(account_id)
    transaction_id = perform(Deposit(asset_id, 125_00), house.administrator)
    account, asset = _get(Account, account_id), _get(Asset, asset_id)
    transaction = _get(Transaction, transaction_id)
    paths = {f"/admin/clients/{client_id}", f"/admin/accounts/{account_id}"}
    assert set(_found(teller, "zawadi")) == paths
    assert _found(teller, account.number) == [f"/admin/accounts/{account_id}"]
    assert _found(teller, asset.uid) == [f"/admin/assets/{asset_id}"]
    for typed in (
        transaction.reference,
        transaction.reference.lower(),
        transaction.uid,
        transaction.public_id,
    ):
        assert _found(teller, typed) == [f"/admin/transactions/{transaction_id}"], typed
    page = teller.get(f"/search?q={transaction.reference}").get_data(as_text=True)
    assert "Deposit, 125.00 KES" in page
    assert "<h1" in page
    assert "Type at least two letters" in teller.get("/search?q=z").text


def test_a_customer_is_found_by_what_they_bring_to_the_counter(house: House, teller: FlaskClient):
    client_id = factories.a_client(house, surname="Achieng", phone="0712 345 678")
    factories.a_client(house, surname="Makena", phone="+254 733 111 222")
    with database.reading() as session:
        query = select(IdentityDocument.reference).where(IdentityDocument.client_id == client_id)
        document = session.scalars(query).one()
    record = _get(Client, client_id)
    assert record.phone == "+254712345678"
    brought = (
        "0712345678", "0712 345-678", "712345", "+254 712 345 678", "00254712345678", document,
        record.qr_code, record.number,
    )  # fmt: skip
    for typed in brought:
        assert _found(teller, typed) == [f"/admin/clients/{client_id}"], typed
        listed = teller.get("/admin/clients", query_string={"search": typed}).text
        assert "Achieng" in listed, typed
        assert "Makena" not in listed, typed
    assert _found(teller, document[:-1]) == []
    assert "+254 712 345678" in teller.get(f"/admin/clients/{client_id}").text


def test_words_are_found_in_any_order_and_actions_by_what_they_are_called(
    house: House, teller: FlaskClient
):
    client_id = factories.a_client(house, first_name="Njeri", surname="Wairimu")
    account = _get(Account, factories.an_account(house, client_id))
    paths = {f"/admin/clients/{client_id}", f"/admin/accounts/{account.id}"}
    for typed in ("wairimu njeri", "Wairimu, Njeri", "njeri  wairimu", "rimu njer"):
        assert set(_found(teller, typed)) == paths, typed
    assert _found(teller, "njeri wambui") == []
    spaced = account.number.replace("-", " ")
    assert _found(teller, spaced) == [f"/admin/accounts/{account.id}"]
    listed = teller.get("/admin/accounts", query_string={"search": "wairimu njeri"}).text
    assert account.number in listed
    assert _found(teller, "new cust") == ["/admin/clients/new"]
    assert f"/admin/accounts/{account.id}/deposit" in _found(teller, "deposit wairimu njeri")
    assert f"/admin/accounts/{account.id}/withdraw" in _found(teller, f"withdraw {account.number}")
    _actor, email, password = factories.a_user(house, "Auditor")
    auditor = teller.application.test_client()
    factories.signed_in(auditor, email, password)
    assert _found(auditor, "new cust") == []
    assert not [path for path in _found(auditor, "deposit wairimu njeri") if "deposit" in path]


def test_the_beginning_of_a_reference_finds_five_at_most(house: House, teller: FlaskClient):
    asset_id = factories.a_funded_asset(house)
    ids = [perform(Deposit(asset_id, 100), house.administrator) for _number in range(7)]
    beginning = f"TXN-{ids[0]:08d}"[:-6]
    *few, the_rest = _found(teller, beginning)
    assert len(few) == 5
    assert the_rest == f"/admin/transactions?search={beginning}"
    assert teller.get(the_rest).text.count('<tr id="row-') >= 7
    assert len(_found(teller, "cbtr")) == 0
    assert len(_found(teller, _get(Transaction, ids[0]).uid[:-1])) >= 1
    assert f"/admin/transactions/{ids[0]}" in _found(teller, f"{ids[0]:03d}")


def test_nothing_out_of_sight_and_nothing_odd_is_found(house: House, teller: FlaskClient):
    elsewhere = factories.a_house()
    asset_id = factories.a_funded_asset(elsewhere, 100)
    with database.reading() as session:
        theirs = session.query(Transaction).filter_by(asset_id=asset_id).one()
    for typed in (theirs.reference, theirs.uid, "", "a", "%", "%%%", "_" * 9, "x" * 500, "TXN-"):
        assert _found(teller, typed) == [], typed
    assert "Nothing found." in teller.get("/search?q=qqqq").get_data(as_text=True)


def test_groups_follow_the_permissions(app: Flask, house: House):
    factories.a_client(house, first_name="Zawadi")
    client_id = factories.a_client(house, first_name="Zuri")
    _actor, email, password = factories.a_user(house, kind="client", client_id=client_id)
    own = app.test_client()
    factories.signed_in(own, email, password)
    assert own.get("/search?q=zawadi").status_code == 403
    assert app.test_client().get("/search?q=zawadi", headers=PALETTE).status_code == 401


def test_lists_behind_a_line_are_found_and_lines_by_other_words(house: House, client: FlaskClient):
    factories.signed_in(client, house.administrator_email)
    for query, address in (
        ("tenant curr", "/admin/currencies"), ("Hook Conf", "/admin/hook-configs"),
        ("holiday", "/admin/work-day-years"), ("end of day", "/admin/close-of-business"),
    ):  # fmt: skip
        page = client.get("/search", query_string={"q": query}, headers=PALETTE).text
        assert f'href="{address}"' in page, query
