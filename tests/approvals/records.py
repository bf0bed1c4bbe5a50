"""A record of each reviewed kind, made by one who may not approve it alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.commands import OpenAccount
from app.accounts.rules.commands import CreateActivityRule
from app.calendars.commands import CreateWorkDayYear
from app.calendars.models import WorkDayYear
from app.clients.commands import CreateClient, Document, EditClient, Person
from app.closing.configuration import ClosingTerms, CreateClosingConfiguration
from app.controls.commands import handles, perform
from app.controls.identity import Actor
from app.controls.review import ReviewKind, review_kinds
from app.controls.work import Work
from app.credit.commands import CreateFacilityClass
from app.db.session import database
from app.fees.commands import CreateTransactionCode
from app.ledger.accounts import Account, Product
from app.ledger.models import Asset
from app.payments.commands import UploadPayments
from app.reference.codes import AccountStatus
from app.transactions.amendments import EditTransaction
from app.transactions.commands import Withdraw
from tests.factories import (
    House,
    a_client,
    a_funded_asset,
    a_house,
    a_user,
    an_approval_rule,
    signed_in,
    unique,
)
from tests.fees.books import a_commission, flat

INBOX = "/admin/approvals"


@dataclass(frozen=True, slots=True)
class DraftProduct:
    """Write a product as a draft."""


@handles(DraftProduct, permission="products.create")
def draft_product(work: Work, command: DraftProduct) -> int:
    return work.add(
        Product(
            organisation_id=work.actor.tenant_id,
            code=unique("LI"),
            name=unique("Savings"),
            kind="liability",
            branch_ids=[],
            maker_id=work.actor.user_id,
        )
    ).id


def _client(house: House, maker: Actor) -> int:
    return perform(
        CreateClient(
            Person("Nia", "New", email=f"{uuid4().hex}@example.com"),
            (Document(house.identity_type_id, str(uuid4().int)[:8]),),
            project_id=house.project_id,
        ),
        maker,
    )


def _account(house: House, maker: Actor) -> int:
    client = a_client(house)
    return perform(OpenAccount(house.product_id, "KES", client_id=client, submit=False), maker)


def _product(_house: House, maker: Actor) -> int:
    return perform(DraftProduct(), maker)


def _transaction(house: House, maker: Actor) -> int:
    return perform(Withdraw(a_funded_asset(house, 900_00), 100_00), maker)


def _payments(house: House, maker: Actor) -> int:
    payer, payee = (_number(a_funded_asset(house, amount)) for amount in (900_00, 0))
    content = f"Debit account,Credit account,Amount\n{payer},{payee},100\n"
    return perform(UploadPayments(unique("Salaries"), "all", "run.csv", content.encode()), maker)


def _number(asset_id: int) -> str:
    with database.reading() as session:
        asset = session.get_one(Asset, asset_id)
        return session.get_one(Account, asset.account_id).number


def _code(_house: House, maker: Actor) -> int:
    return perform(CreateTransactionCode(unique("C")[:18], "both", "A code"), maker)


def _commission(house: House, _maker: Actor) -> int:
    return a_commission(house, flat(0, None, 1_00), submit=False)


def _facility_class(_house: House, maker: Actor) -> int:
    return perform(CreateFacilityClass(f"C{uuid4().hex[:12]}", "Overdrafts"), maker)


def _activity_rule(house: House, maker: Actor) -> int:
    with database.reading() as session:
        query = select(AccountStatus.id).where(
            AccountStatus.organisation_id == house.organisation_id, AccountStatus.code == "DORMANT"
        )
        status_id = session.scalars(query).one()
    return perform(CreateActivityRule("idle", 180, status_id), maker)


def _work_day_year(house: House, maker: Actor) -> int:
    with database.reading() as session:
        query = select(func.count()).where(WorkDayYear.organisation_id == house.organisation_id)
        number = session.scalars(query).one()
    return perform(CreateWorkDayYear(2026 + number), maker)


def _closing_configuration(_house: House, maker: Actor) -> int:
    return perform(CreateClosingConfiguration(ClosingTerms(unique("Daily"))), maker)


DRAFTS: dict[str, Callable[[House, Actor], int]] = {
    "account": _account,
    "activity-rule": _activity_rule,
    "client": _client,
    "closing-configuration": _closing_configuration,
    "commission-type": _commission,
    "payments": _payments,
    "facility-class": _facility_class,
    "product": _product,
    "transaction": _transaction,
    "work-day-year": _work_day_year,
    "transaction-code": _code,
}
BY_MANAGERS = frozenset(
    {
        "product", "transaction-code", "commission-type", "activity-rule", "facility-class",
        "work-day-year", "closing-configuration",
    }
)  # fmt: skip
# A movement of money is handed in when it is made: it has no draft of its own.
AT_ONCE = frozenset({"transaction"})


@dataclass(slots=True)
class Scene:
    """A house whose records of one kind ask for three levels, and its people's browsers."""

    app: Flask
    kind: ReviewKind
    house: House
    maker: Actor
    emails: dict[str, str]

    def draft(self) -> int:
        """Make a record; returns its id."""
        return DRAFTS[self.kind.key](self.house, self.maker)

    def record(self, record_id: int) -> Any:
        """Read the record as it is saved now."""
        with database.reading() as session:
            return session.get_one(self.kind.model, record_id)

    def path(self, record_id: int, verb: str = "") -> str:
        """Return the address of a record's review or of a decision on it."""
        return f"{INBOX}/{self.kind.key}/{record_id}{f'/{verb}' if verb else ''}"

    def browser(self, who: str) -> FlaskClient:
        """Return a browser in which "maker", "l3", "l2", "l1" or "administrator" is signed in."""
        client = self.app.test_client()
        signed_in(client, self.emails[who])
        return client

    def edit(self, record_id: int) -> None:
        """Change something of a rejected record, as its maker."""
        version = self.record(record_id).version
        if self.kind.key == "client":
            perform(
                EditClient(
                    record_id, version, Person("Nia", "Newer", email="nia@example.com"),
                    (Document(self.house.identity_type_id, str(uuid4().int)[:8]),),
                    desk_id=None, manager_id=None,
                ),
                self.maker,
            )  # fmt: skip
        elif self.kind.key == "transaction":
            perform(EditTransaction(record_id, version, 120_00), self.maker)


def a_scene(app: Flask, key: str, *, levels: int = 3) -> Scene:
    """Make the house, its rule and its people."""
    house = a_house(currencies=("KES",))
    maker, email, _ = a_user(house, "Branch Manager" if key in BY_MANAGERS else "Teller")
    emails = {"maker": email, "administrator": house.administrator_email}
    for level in (3, 2, 1):
        _, emails[f"l{level}"], _ = a_user(
            house, f"Approver L{level}", first_name="Lena", last_name=f"Level{level}"
        )
    an_approval_rule(house, key, levels=levels)
    return Scene(app, review_kinds[key], house, maker, emails)
