"""A record of each reviewed kind, made by one who may not approve it alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.commands import OpenAccount
from app.accounts.rules.commands import CreateActivityRule
from app.agents.commands import CreateAgent, WorkingConfig
from app.amendments.commands import CreateAmendment, NewTerms
from app.calendars.commands import CreateWorkDayYear
from app.calendars.models import WorkDayYear
from app.charges.commands import CreateCharge
from app.clients.commands import CreateClient, Document, EditClient, Person
from app.closing.configuration import ClosingTerms, CreateClosingConfiguration
from app.conditions.base_rates import CreateBaseRate
from app.conditions.commands import CreateAccountCondition
from app.controls.approvals import SubmitRecord
from app.controls.commands import handles, perform
from app.controls.identity import Actor
from app.controls.review import ReviewKind, review_kinds
from app.controls.work import Work
from app.credit.commands import CreateFacilityClass
from app.db.session import database
from app.facilities.commands import CreateFacility, Offer
from app.fees.commands import CreateTransactionCode
from app.fees.models import TransactionCode
from app.integrations.hooks import CreateHook
from app.integrations.systems import CreateSystem
from app.ledger.accounts import Account, Product
from app.ledger.models import Asset
from app.payments.commands import UploadPayments
from app.reference.codes import AccountStatus
from app.transactions.amendments import EditTransaction
from app.transactions.commands import Withdraw
from app.workflows.commands import CreateWorkflowStage, CreateWorkflowType
from tests.factories import (
    BUSINESS_DATE,
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
from tests.interest.books import a_ledger, charge_terms, terms
from tests.journals.scenes import codes
from tests.schedules.scenes import order, plan

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


def _facility(house: House, maker: Actor) -> int:
    code = unique("C").replace(" ", "")[:12].upper()
    class_id = perform(CreateFacilityClass(code, code, submit=True), house.administrator)
    client_id = a_client(house)
    offer = Offer("Working capital", 100_00, 100_00, BUSINESS_DATE + timedelta(days=365))
    return perform(CreateFacility(client_id, class_id, "KES", offer), maker)


def _facility_amendment(house: House, maker: Actor) -> int:
    facility_id = _facility(house, house.administrator)
    perform(SubmitRecord("facility", facility_id, 1), house.administrator)
    later = BUSINESS_DATE + timedelta(days=700)
    more = NewTerms(200_00, 150_00, later, 30, "A second shop")
    return perform(CreateAmendment(facility_id, more), maker)


def _workflow_type(_house: House, maker: Actor) -> int:
    code = unique("T").replace(" ", "")[:12].upper()
    return perform(CreateWorkflowType(code, "Loans of firms"), maker)


def _workflow_stage(house: House, maker: Actor) -> int:
    code = unique("T").replace(" ", "")[:12].upper()
    type_id = perform(CreateWorkflowType(code, "Loans", submit=True), house.administrator)
    return perform(CreateWorkflowStage(type_id, "FIRST", "First stage", 1), maker)


def _forward_dated(house: House, maker: Actor) -> int:
    tomorrow = BUSINESS_DATE + timedelta(days=1)
    return plan(house, *_planned(house), 100_00, on=tomorrow, actor=maker, submit=False)


def _standing_order(house: House, maker: Actor) -> int:
    pair = _planned(house)
    return order(house, *pair, 100_00, day=5, start=BUSINESS_DATE, actor=maker, submit=False)


def _planned(house: House) -> tuple[str, str]:
    """Return a payer and a payee, and let them be booked on under the code that tests use."""
    with database.reading() as session:
        kept = select(func.count()).where(
            TransactionCode.organisation_id == house.organisation_id,
            TransactionCode.code == "GENERAL",
        )
        if not session.scalars(kept).one():
            codes(house)
    return _number(a_funded_asset(house, 900_00)), _number(a_funded_asset(house))


def _condition(house: House, maker: Actor) -> int:
    return perform(CreateAccountCondition(_dashed(), "KES", terms(a_ledger(house))), maker)


def _base_rate(_house: House, maker: Actor) -> int:
    command = CreateBaseRate(_dashed(), "Base rate", Decimal(9), date(2026, 1, 1))
    return perform(command, maker)


def _charge(house: House, maker: Actor) -> int:
    return perform(CreateCharge(_dashed(), charge_terms(house)), maker)


def _dashed() -> str:
    return f"C-{uuid4().hex[:10].upper()}"


def _agent(house: House, maker: Actor) -> int:
    somebody, _, _ = a_user(house, first_name="Ageni")
    return perform(CreateAgent(somebody.user_id or 0, house.branch_id, WorkingConfig()), maker)


def _system(_house: House, maker: Actor) -> int:
    return perform(CreateSystem(unique("System"), "other", "https://hooks.example.com"), maker)


def _hook(house: House, maker: Actor) -> int:
    name, address = unique("System"), "https://hooks.example.com"
    system = CreateSystem(name, "other", address, submit=True)
    system_id = perform(system, house.administrator)
    return perform(CreateHook("Customers", system_id, ("client.approved",)), maker)


DRAFTS: dict[str, Callable[[House, Actor], int]] = {
    "account": _account,
    "account-condition": _condition,
    "base-rate": _base_rate,
    "charge": _charge,
    "activity-rule": _activity_rule,
    "agent": _agent,
    "client": _client,
    "closing-configuration": _closing_configuration,
    "commission-type": _commission,
    "payments": _payments,
    "facility": _facility,
    "facility-amendment": _facility_amendment,
    "facility-class": _facility_class,
    "workflow-stage": _workflow_stage,
    "workflow-type": _workflow_type,
    "forward-dated": _forward_dated,
    "hook-config": _hook,
    "product": _product,
    "standing-order": _standing_order,
    "third-party-system": _system,
    "transaction": _transaction,
    "work-day-year": _work_day_year,
    "transaction-code": _code,
}
BY_MANAGERS = frozenset(
    {
        "product", "transaction-code", "commission-type", "activity-rule", "facility-class",
        "work-day-year", "closing-configuration", "facility", "workflow-type", "workflow-stage",
        "account-condition", "base-rate", "charge", "agent", "hook-config", "third-party-system",
        "facility-amendment",
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
    browsers: dict[str, FlaskClient] = field(default_factory=dict)

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
        email = self.emails[who]
        if email not in self.browsers:
            self.browsers[email] = self.app.test_client()
            signed_in(self.browsers[email], email)
        return self.browsers[email]

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
    return scenes(app, key, levels=levels)[key]


def scenes(app: Flask, *keys: str, levels: int = 3) -> dict[str, Scene]:
    """Make one house for records of several kinds, its rules and its people."""
    house = a_house(currencies=("KES",))
    makers = {role: a_user(house, role) for role in ("Branch Manager", "Teller")}
    emails, browsers = {"administrator": house.administrator_email}, dict[str, FlaskClient]()
    for level in (3, 2, 1):
        _, emails[f"l{level}"], _ = a_user(
            house, f"Approver L{level}", first_name="Lena", last_name=f"Level{level}"
        )
    made = {}
    for key in keys:
        an_approval_rule(house, key, levels=levels)
        maker, email, _ = makers["Branch Manager" if key in BY_MANAGERS else "Teller"]
        who = emails | {"maker": email}
        made[key] = Scene(app, review_kinds[key], house, maker, who, browsers)
    return made
