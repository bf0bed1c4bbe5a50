"""Who holds a program's keys works by its hands, and owes what they owe in a browser."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.access.enrolment import AskSecondFactor
from app.access.models import Role
from app.access.roles import ADMINISTRATOR
from app.controls.approvals import ApproveRecord, RejectRecord
from app.controls.commands import perform
from app.controls.identity import Actor
from app.controls.tenant import Organisation
from app.db.session import database
from app.kernel.errors import Forbidden
from app.keys.commands import EditServiceAccount
from app.keys.holder import OWES_FACTOR
from tests import factories
from tests.ledger import books
from tests.program import Program, a_key, a_program, a_service

OWN_WORK = "You cannot act on your own work"
SCOPES = ("assets.withdraw", "assets.view", "transactions.view")


@pytest.fixture
def house(app: Flask) -> factories.House:
    house = factories.a_house(currencies=("KES",))
    factories.an_approval_rule(house, levels=1)
    return house


def an_administrator(house: factories.House) -> tuple[Actor, str]:
    who, email, _ = factories.a_user(house, ADMINISTRATOR)
    return who, email


def paid_out_by(app: Flask, token: str, house: factories.House) -> int:
    asset_id = factories.a_funded_asset(house, 500_00)
    factories.change(house, Organisation, house.organisation_id, may_self_authorise=False)
    body = {"asset_id": asset_id, "amount_minor": 200_00, "currency": "KES"}
    answer = Program(app, token).post("/transactions/withdrawals", **body)
    assert answer.json["record_status"] == "PENDING_AUTH_L1", answer.json
    return answer.json["id"]


def demand_refused(who: Actor, transaction_id: int) -> None:
    version = books.transaction(transaction_id).version
    with pytest.raises(Forbidden, match=OWN_WORK):
        perform(ApproveRecord("transaction", transaction_id, version), who)
    with pytest.raises(Forbidden, match=OWN_WORK):
        perform(RejectRecord("transaction", transaction_id, version, "Not mine"), who)


def test_who_made_a_service_account_and_its_key_does_not_approve_what_it_hands_in(app, house):
    service = a_service(house)
    maker = house.administrator
    made = paid_out_by(app, a_key(maker, *SCOPES, user_id=service), house)
    demand_refused(maker, made)
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    assert OWN_WORK in browser.get(f"/admin/transactions/{made}").get_data(as_text=True)
    through_a_key = a_program(app, maker, "approvals.decide", "approvals.view")
    version = books.transaction(made).version
    answer = through_a_key.post(f"/approvals/transaction/{made}/approve", version=version)
    assert (answer.status_code, OWN_WORK in answer.get_data(as_text=True)) == (403, True)
    another, _ = an_administrator(house)
    perform(ApproveRecord("transaction", made, version), another)
    assert books.transaction(made).processing == "Completed"


def test_so_does_neither_who_made_a_key_nor_who_gave_it_its_roles(app, house):
    service = a_service(house)
    keeper, _ = an_administrator(house)
    giver, _ = an_administrator(house)
    with database.reading() as session:
        mine = Role.organisation_id == house.organisation_id
        names = ("Teller", "Branch Manager")
        roles = session.scalars(select(Role.id).where(mine, Role.name.in_(names))).all()
    given = EditServiceAccount(service, 1, "Robot", tuple(roles), (house.project_id,))
    perform(given, giver)
    made = paid_out_by(app, a_key(keeper, *SCOPES, user_id=service), house)
    demand_refused(keeper, made)
    demand_refused(giver, made)


def test_a_key_waits_until_its_owner_has_the_second_factor_that_a_role_asks_for(app, house):
    program = a_program(app, house.administrator, "assets.view")
    assert program.get("/assets").status_code == 200
    with database.reading() as session:
        mine = (Role.organisation_id == house.organisation_id, Role.name == ADMINISTRATOR)
        role_id, version = session.execute(select(Role.id, Role.version).where(*mine)).one()
    perform(AskSecondFactor(role_id, version, asks=True), house.administrator)
    answer = program.get("/assets")
    assert answer.status_code == 403
    assert OWES_FACTOR in answer.get_data(as_text=True)
