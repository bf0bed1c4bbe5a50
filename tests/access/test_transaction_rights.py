"""Who sees, who makes and who approves transactions are three rights, given one by one."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.access.roles import CreateRole
from app.controls.commands import perform
from app.controls.permissions import holds
from app.db.session import database
from app.ledger.models import Transaction
from app.transactions.commands import Withdraw
from tests import factories
from tests.pages import send

PATH = "/admin/transactions"
SEE = ("transactions.view", "assets.view", "clients.view-all", "projects.view-all",
       "desks.view-all")  # fmt: skip


def browser(app: Flask, house: factories.House, name: str, *permissions: str) -> FlaskClient:
    perform(CreateRole(name, permissions), house.administrator)
    actor, email, password = factories.a_user(house, name)
    assert not holds(actor, "approvals.self-authorise")
    client = app.test_client()
    factories.signed_in(client, email, password)
    return client


@pytest.mark.checks("W01.19")
def test_seeing_making_and_approving_transactions_are_given_one_by_one(app: Flask):
    house = factories.a_house(currencies=("KES",))
    asset_id = factories.a_funded_asset(house, 900_00)
    factories.an_approval_rule(house)
    teller, _, _ = factories.a_user(house, "Teller")
    waiting = perform(Withdraw(asset_id, 100_00), teller)
    blind = browser(app, house, "Blind", "assets.view", *SEE[2:])
    seer = browser(app, house, "Seer", *SEE)
    maker = browser(app, house, "Maker", *SEE, "transactions.create", "assets.withdraw")
    judge = browser(app, house, "Judge", *SEE, "transactions.approve-l1", "approvals.view")
    withdraw = f"/admin/assets/{asset_id}/withdraw"
    approve = f"/admin/approvals/transaction/{waiting}/approve"
    answers = {
        name: tuple(
            client.get(path).status_code for path in (f"{PATH}/{waiting}", withdraw, approve)
        )
        for name, client in (("blind", blind), ("seer", seer), ("maker", maker), ("judge", judge))
    }
    assert answers == {
        "blind": (403, 403, 403),
        "seer": (200, 403, 403),
        "maker": (200, 200, 403),
        "judge": (200, 403, 200),
    }
    assert send(judge, approve).status_code == 303
    with database.reading() as session:
        assert session.get_one(Transaction, waiting).is_authorised
