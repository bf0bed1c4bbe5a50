"""Onboarding: an approved customer has the right account, and a letter that says so."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.controls.commands import perform
from app.controls.due import sweep
from app.db.session import database
from app.ledger.accounts import Account, Product
from app.ledger.models import Asset
from app.mail.models import Mail
from app.mandates.models import Mandate
from app.notices.models import Notice
from app.onboarding.models import OnboardingRule
from app.reference.commands import CreateAccountType
from tests import factories
from tests.clients.test_companies import COMPANY
from tests.pages import form_of, send

RULES = "/admin/onboarding-rules"


@pytest.fixture
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def person(house: factories.House, client: FlaskClient) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def accounts(client_id: int) -> list[Account]:
    with database.reading() as session:
        return list(session.scalars(select(Account).where(Account.client_id == client_id)))


def work() -> None:
    while sweep():
        pass


def a_rule(person: FlaskClient, house: factories.House, type_id: int, kind: str) -> None:
    typed = {
        "project_id": str(house.project_id), "kind": kind, "product_id": str(house.product_id),
        "account_type_id": str(type_id), "currency": "KES",
    }  # fmt: skip
    assert send(person, f"{RULES}/new", **typed).status_code == 303
    assert send(person, f"{RULES}/new", **typed).status_code == 409


@pytest.mark.checks("W02.01", "W02.03", "W02.04")
def test_who_is_approved_has_an_account_of_the_right_type_and_a_welcome(house, person):
    personal, business = (
        perform(CreateAccountType(house.project_id, label, name), house.administrator)
        for label, name in (("personal", "Personal"), ("business", "Business"))
    )
    before = factories.a_client(house)
    a_rule(person, house, personal, "individual")
    a_rule(person, house, business, "corporate")
    page = person.get(RULES).get_data(as_text=True)
    assert "Corporate" in page
    assert "Business" in page
    client_id = factories.a_client(house, first_name="Wairimu", email="wairimu@mail.example")
    work()
    work()
    (account,) = accounts(client_id)
    assert (account.record_status, account.account_type_id) == ("AUTHORIZED", personal)
    assert accounts(before) == []
    with database.reading() as session:
        asset = session.scalars(select(Asset).where(Asset.account_id == account.id)).one()
        mandate = session.scalars(select(Mandate).where(Mandate.account_id == account.id)).one()
        letter = session.scalars(
            select(Mail).where(
                Mail.organisation_id == house.organisation_id, Mail.letter == "account-opened"
            )
        ).one()
    assert (asset.currency, asset.is_active, mandate.kind) == ("KES", True, "PRIMARY_HOLDER")
    assert (letter.recipient, letter.state) == ("wairimu@mail.example", "sent")
    company = form_of(person, "/admin/clients/new") | COMPANY | {"submit_now": "y"}
    assert person.post("/admin/clients/new", data=company).status_code == 303
    work()
    with database.reading() as session:
        query = select(Account.account_type_id).where(
            Account.organisation_id == house.organisation_id, Account.name.like("Tana Traders%")
        )
        assert session.scalars(query).all() == [business]


def test_what_stands_in_the_way_holds_no_approval_up_and_is_told(house, person):
    type_id = perform(
        CreateAccountType(house.project_id, "personal", "Personal"), house.administrator
    )
    a_rule(person, house, type_id, "individual")
    factories.change(house, Product, house.product_id, record_status="REJECTED")
    client_id = factories.a_client(house, first_name="Wairimu")
    work()
    assert accounts(client_id) == []
    with database.reading() as session:
        notice = session.scalars(
            select(Notice).where(
                Notice.organisation_id == house.organisation_id, Notice.kind == "failed"
            )
        ).one()
    assert notice.title == "Onboarding could not be finished"
    assert notice.text == "Product is not authorized"
    assert notice.href == f"/admin/clients/{client_id}"


def test_a_rule_is_changed_and_deleted(house, person):
    type_id = perform(
        CreateAccountType(house.project_id, "personal", "Personal"), house.administrator
    )
    a_rule(person, house, type_id, "individual")
    with database.reading() as session:
        query = select(OnboardingRule).where(
            OnboardingRule.organisation_id == house.organisation_id
        )
        rule = session.scalars(query).one()
    path = f"{RULES}/{rule.id}"
    assert send(person, f"{path}/edit", account_type_id="", sends_welcome=None).status_code == 303
    assert send(person, f"{path}/edit", version="1").status_code == 409
    shown = person.get(path).get_data(as_text=True)
    assert "Personal" not in shown.split("<main")[1].split("</main")[0]
    assert send(person, f"{path}/delete").status_code == 303
    client_id = factories.a_client(house)
    work()
    assert accounts(client_id) == []
