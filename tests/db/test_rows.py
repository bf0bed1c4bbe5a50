"""Rows sent by the driver are the ORM's, for whatever scope; keys are found without idle joins."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from app.clients.models import Client
from app.controls.identity import Actor, Scope
from app.db.keys import is_wide, keys_of
from app.db.keyset import Narrowed, Order, page_rows
from app.db.session import database
from app.ledger.models import Transaction
from app.transactions.queries import transaction_select
from app.transactions.resource import TRANSACTIONS
from app.web.listing import listings
from tests import factories

_SCOPES = (
    Scope(),
    Scope(allowed_project_ids=frozenset()),
    Scope(allowed_project_ids=frozenset(range(1, 2_000)), desk_ids=frozenset(range(1, 2_000))),
    Scope(own_clients=True),
)


@pytest.fixture(scope="module")
def actor(app: Flask) -> Actor:
    house = factories.a_house()
    for amount in (100, 2_050, 300):
        factories.a_funded_asset(house, amount)
    return house.administrator


@pytest.mark.parametrize("is_narrow", [False, True])
@pytest.mark.parametrize("scope", _SCOPES)
@pytest.mark.parametrize("name", ["transactions", "entries", "accounts", "assets", "clients"])
def test_the_driver_returns_what_the_orm_does(
    actor: Actor, name: str, scope: Scope, *, is_narrow: bool
):
    listing = listings[name]
    left = Narrowed(
        listing.select(replace(actor, scope=scope)), (), is_narrow=is_narrow, is_kept=True
    )
    plain = left.rows.add_columns(listing.key.label("key")).order_by(listing.key.desc()).limit(51)
    with database.reading() as session:
        order = Order(listing.key, listing.key, descending=True, inside=False)
        found, expected = (
            page_rows(session, left, order, {}, by_keys=True),
            session.execute(plain).all(),
        )
    assert [row.key for row in found] == [row.key for row in expected]
    for row, other in zip(found, expected, strict=True):
        seen = {field: getattr(row, field) for field in other._fields}
        assert seen == other._asdict()
        assert [type(one) for one in seen.values()] == [type(one) for one in other]
    assert bool(found) == (scope in {_SCOPES[0], _SCOPES[2]}) or scope.own_clients


def test_keys_leave_out_the_joins_that_change_nothing(actor: Actor):
    rows = transaction_select(actor)
    assert is_wide(rows)
    assert "JOIN" not in str(keys_of(rows, (Transaction.kind == "deposit",), Transaction.id))
    of_client = keys_of(rows, (Client.name == "Nobody",), Transaction.id)
    assert "LEFT OUTER JOIN client" in str(of_client)


def test_rows_that_a_join_decides_on_keep_it(actor: Actor):
    inner = select(Transaction.id).join(Client, Client.id == Transaction.client_id)
    other = select(Transaction.id).outerjoin(Client, Client.project_id == Transaction.project_id)
    for rows in (inner, other):
        assert not is_wide(rows)
        assert "JOIN client" in str(keys_of(rows, (), TRANSACTIONS.key))
