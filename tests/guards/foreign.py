"""Records that a signed-in person must never meet, and the addresses that would lead to them."""

from __future__ import annotations

import hashlib
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, insert, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.access.commands import CreateRole
from app.access.delegations import DelegateApproval
from app.access.factor_models import Passkey
from app.access.invitations import SendTemporaryPassword
from app.access.models import LoginSession
from app.accounts.rules.commands import CreateActivityRule
from app.addresses.commands import AddAddress
from app.agenda.commands import CreateEvent
from app.agents.commands import CreateAgent, WorkingConfig
from app.allocations.commands import LinkAccount
from app.amendments.commands import CreateAmendment, NewTerms
from app.approvals.decisions import DECISIONS
from app.books.commands import CreateCustomReport
from app.calendars.commands import CreateWorkDayYear
from app.cards.commands import AddCard, CardTerms
from app.charges.commands import CreateCharge
from app.closing.configuration import ClosingTerms, CreateClosingConfiguration
from app.collateral.commands import AddCollateral, AddValuation, Described, Worth
from app.conditions.base_rates import CreateBaseRate
from app.conditions.commands import CreateAccountCondition
from app.controls.audit import Activity
from app.controls.commands import door, perform
from app.controls.review import review_kinds
from app.controls.saved_views import SaveView
from app.controls.tenant import Licence
from app.credit.commands import CreateFacilityClass
from app.db.base import Base
from app.db.session import database
from app.deliveries.commands import ConfigureStatement, GenerateStatement
from app.deliveries.models import StatementDelivery
from app.exports.commands import RequestExport
from app.facilities.commands import CreateFacility, Offer
from app.fees.commands import AddFees, CreateFeeGroup, Fee, Threshold
from app.fees.models import CompanyFee
from app.funding.commands import LinkFundingSource
from app.holds.commands import PlaceHold
from app.integrations.hooks import CreateHook
from app.integrations.running import SendTest
from app.integrations.systems import CreateSystem
from app.invoices.commands import InvoiceTerms, IssueInvoice
from app.invoices.documents import AttachDocument
from app.keys.commands import CreateApiKey, CreateServiceAccount
from app.keys.holder import INTERFACE
from app.keys.scopes import reachable_scopes
from app.mail.models import Mail
from app.mandates.models import Mandate
from app.notices.models import Notice
from app.onboarding.commands import CreateOnboardingRule, Opening
from app.organisation.models import Branch, Desk, OrganisationCurrency
from app.payment_methods.commands import CreatePaymentMethod, MethodTerms
from app.payments.commands import UploadPayments
from app.records.commands import CreateCode
from app.reference.sections import SECTIONS
from app.schedules.forward import RecordForwardDated
from app.schedules.orders import RecordStandingOrder
from app.transactions.commands import Deposit
from app.workflows.commands import CreateWorkflowStage, CreateWorkflowType
from tests.banks.scenes import a_bank
from tests.cards.scenes import a_card_number
from tests.closing.scenes import at, close
from tests.factories import (
    BUSINESS_DATE,
    House,
    a_client,
    a_platform,
    a_user,
    actor_of_address,
    an_account,
    an_approval_rule,
    an_asset,
    first_asset,
    signed_in,
    today,
)
from tests.fees.books import a_code, a_commission, flat
from tests.guards.of_projects import OWNERS_OF_PROJECTS, of_a_project
from tests.interest.books import a_ledger, charge_terms, terms
from tests.journals.scenes import line, number_of
from tests.pages import token_of
from tests.statements.books import request, work_until_settled

MISSING = 987_654_321
PAYMENTS = b"Debit account,Credit account,Amount\nACC-1,ACC-2,1\n"
_OWNERS = {
    "/account/api-keys": "api-key",
    "/account/second-factor/passkeys": "passkey",
    "/account/sessions": "session",
    "/admin/account-conditions": "account-condition",
    "/admin/accounts": "account",
    "/admin/activity": "activity",
    "/admin/addresses": "address",
    "/admin/activity-rules": "activity-rule",
    "/admin/agents": "agent",
    "/admin/api-keys": "api-key",
    "/admin/approval-rules": "rule",
    "/admin/assets": "asset",
    "/admin/base-rates": "base-rate",
    "/admin/banks": "bank",
    "/admin/branches": "branch",
    "/admin/cards": "card",
    "/admin/calendar": "event",
    "/admin/charges": "charge",
    "/admin/clients": "client",
    "/admin/closing-configurations": "closing-configuration",
    "/admin/closing-runs": "closing-run",
    "/admin/currencies": "currency",
    "/admin/commission-types": "commission-type",
    "/admin/company-fees": "fee-group",
    "/admin/company-fees/fees": "company-fee",
    "/admin/delegations": "delegation",
    "/admin/deposit-methods": "payment-method",
    "/admin/desks": "desk",
    "/admin/exports": "export",
    "/admin/forward-dated": "forward-dated",
    "/admin/funding-sources": "funding",
    "/admin/holds": "hold",
    "/admin/facilities": "facility",
    "/admin/facilities/accounts": "facility-account",
    "/admin/facilities/collateral": "collateral",
    "/admin/facilities/collateral/valuations": "valuation",
    "/admin/invoice-documents": "invoice-document",
    "/admin/invoices": "invoice",
    "/admin/facility-amendments": "facility-amendment",
    "/admin/facility-classes": "facility-class",
    "/admin/mandates": "mandate",
    "/admin/onboarding-rules": "onboarding-rule",
    "/admin/print-queue": "delivery",
    "/admin/hook-configs": "hook-config",
    "/admin/licences": "licence",
    "/admin/mails": "mail",
    "/admin/notices": "notice",
    "/portal/notices": "notice",
    "/admin/lists/views": "view",
    "/admin/organisations": "organisation",
    "/admin/payments": "payments",
    "/admin/platforms": "platform",
    "/admin/postbacks": "postback",
    "/admin/products": "product",
    "/admin/projects": "project",
    "/admin/reports/custom": "report",
    "/admin/roles": "role",
    "/admin/standing-orders": "standing-order",
    "/admin/service-accounts": "service-account",
    "/admin/statements": "statement",
    "/admin/third-party-systems": "third-party-system",
    "/admin/transaction-codes": "transaction-code",
    "/admin/transactions": "transaction",
    "/admin/users": "user",
    "/admin/withdrawal-methods": "payment-method",
    "/admin/work-day-years": "work-day-year",
    "/admin/workflow-stages": "workflow-stage",
    "/admin/workflow-types": "workflow-type",
    "/api/v1/accounts": "account",
    "/api/v1/assets": "asset",
    "/api/v1/clients": "client",
    "/api/v1/forward-dated-transactions": "forward-dated",
    "/api/v1/settlements": "payments",
    "/api/v1/statements": "statement",
    "/api/v1/transactions": "transaction",
    "/api/v1/webhooks/postbacks": "postback",
    "/portal/assets": "asset",
    "/portal/invoices": "invoice",
    "/portal/statements": "statement",
    "/switch-organisation": "organisation",
}
# Lists of codes, and where they stand.
CODES = {
    "account-status": "/admin/account-statuses",
    "collateral-type": "/admin/collateral-types",
    "cost-centre": "/admin/cost-centres",
    "customer-rating": "/admin/customer-ratings",
    "customer-type": "/admin/customer-types",
    "department": "/admin/departments",
    "document-type": "/admin/document-types",
    "gender": "/admin/genders",
    "identity-type": "/admin/identity-types",
    "loan-purpose": "/admin/loan-purposes",
    "marital-status": "/admin/marital-statuses",
    "source-of-funds": "/admin/source-of-funds",
    "title": "/admin/titles",
}
_OWNERS |= {path: entity for entity, path in CODES.items()} | OWNERS_OF_PROJECTS
# A token is found by its end: many words of a page could be the beginning of one.
_END_OF_TOKEN = re.compile(r"\.[\w-]{6}\.[\w-]{27}")
_LETTERS_OF_TOKEN = f"{string.ascii_letters}{string.digits}-_"
# What is written whether or not a request is refused; a key keeps when it was used.
_LOGS = {
    "activity", "api_key", "due_work", "idempotency_key", "login_session", "outbox_event", "seal",
}  # fmt: skip
# What the addresses of the interface that take a record take with it, by their last part.
_BODIES: dict[str, dict[str, Any]] = {
    "outcome": {"status": "completed"},
    "redeliver": {},
    "reversal": {"reason": "because of this, which is long enough"},
} | {verb: {"version": 1, "reason": "because of this"} for verb in DECISIONS}


@dataclass(frozen=True, slots=True)
class Foreign:
    """Ids of records by what they are, and the word that stands in the name of each."""

    organisation_id: int
    mark: str
    ids: dict[str, int]


def a_foreign_organisation(house: House, mark: str) -> Foreign:
    """Fill an organisation with one record of everything."""
    somebody, _, _ = a_user(house, "Teller", first_name=mark)
    ids = of_a_client(house, mark) | {"project": house.project_id, "user": somebody.user_id or 0}
    ids["rule"] = an_approval_rule(house, minimum_minor=10**12)
    ids["role"] = perform(CreateRole(mark, ("clients.create",)), house.administrator)
    days = (today(), today())
    ids["delegation"] = perform(
        DelegateApproval(somebody.user_id or 0, *days, (1,)), house.administrator
    )
    ids["view"] = perform(SaveView("clients", mark, "status=CAPTURED"), house.administrator)
    ids |= {"product": house.product_id, "organisation": house.organisation_id}
    ids["payments"] = perform(UploadPayments(mark, "skip", mark, PAYMENTS), house.administrator)
    ids["export"] = perform(RequestExport("clients", mark, ""), house.administrator)
    ids["report"] = perform(CreateCustomReport(mark, ("day",), ("net",)), house.administrator)
    ids["work-day-year"] = perform(CreateWorkDayYear(2027), house.administrator)
    soon = datetime(2026, 12, 1, 9, tzinfo=UTC)
    event = CreateEvent("call", mark, soon, house.project_id)
    ids["event"] = perform(event, house.administrator)
    for entity in CODES:
        values = {"kind": "individual"} if entity == "customer-type" else {}
        command = CreateCode(entity, f"CODE{len(mark)}", mark, values)
        ids[entity] = perform(command, house.administrator)
    ids |= loans_of(house, mark)
    ids["activity-rule"] = perform(
        CreateActivityRule("zero", None, ids["account-status"]), house.administrator
    )
    perform(SendTemporaryPassword(ids["user"]), house.administrator)
    ids["transaction-code"] = a_code(house, code=mark)
    ids |= plans_of(house, mark, ids["asset"])
    ids["commission-type"] = a_commission(house, flat(0, None, 1_00), submit=False, name=mark)
    ids |= fees_of(house, mark, house.project_id) | _conditions(house, mark) | people_of(house)
    ids |= _newest_of(house)
    ids["passkey"] = _a_passkey(ids["user"], mark)
    ids |= configuration_of(house, house.project_id)
    ids |= _payments_of(house, mark)
    ids |= of_a_project(house, mark, house.project_id, ids["client"])
    ids |= _told_outside(house, mark, ids["role"])
    with database.reading() as session:
        kept = select(OrganisationCurrency.code).where(
            OrganisationCurrency.organisation_id == house.organisation_id
        )
        has_coins = "BTC" in session.scalars(kept).all()
    if has_coins:
        coins = an_asset(house, ids["account"], "BTC")
        command = AddAddress(coins, "Lightning", f"{uuid4().hex}@pay.example")
        ids["address"] = perform(command, house.administrator)
    return Foreign(house.organisation_id, mark, ids | _of_closes(house, mark))


def _newest_of(house: House) -> dict[str, int]:
    """Return the last row of each kind that comes with an organisation and with work in it."""
    models = {
        "activity": Activity,
        "branch": Branch,
        "currency": OrganisationCurrency,
        "desk": Desk,
        "licence": Licence,
        "mail": Mail,
        "notice": Notice,
        "session": LoginSession,
    }
    with database.reading() as session:
        return {
            name: session.scalars(
                select(func.max(model.id)).where(model.organisation_id == house.organisation_id)
            ).one()
            for name, model in models.items()
        }


def _of_closes(house: House, mark: str) -> dict[str, int]:
    """Make a configuration, and close the day: the last thing that happens in a house."""
    configuration = CreateClosingConfiguration(ClosingTerms(mark))
    with at(datetime(2026, 11, 20, 19, tzinfo=UTC)):
        run_id = close(house).id
    return {
        "closing-configuration": perform(configuration, house.administrator),
        "closing-run": run_id,
    }


def _conditions(house: House, mark: str) -> dict[str, int]:
    """Make an authorized condition, a base rate and a charge."""
    code, by = f"C-{mark.upper()}", house.administrator
    condition = CreateAccountCondition(code, "KES", terms(a_ledger(house), name=mark), submit=True)
    rate = CreateBaseRate(code, mark, Decimal(9), BUSINESS_DATE, submit=True)
    charge = CreateCharge(code, charge_terms(house, name=mark), submit=True)
    return {
        "account-condition": perform(condition, by),
        "base-rate": perform(rate, by),
        "charge": perform(charge, by),
    }


def _told_outside(house: House, mark: str, role_id: int) -> dict[str, int]:
    """Make a key, a service account, and a hook that has told a system that answers nobody."""
    who = house.administrator
    system_id = perform(CreateSystem(mark, "other", "https://127.0.0.1:9", submit=True), who)
    hook_id = perform(CreateHook(mark, system_id, ("client.approved",), submit=True), who)
    return {
        "api-key": perform(CreateApiKey(mark, ("clients.view",)), who)["id"],
        "service-account": perform(CreateServiceAccount(mark, (role_id,)), who),
        "third-party-system": system_id,
        "hook-config": hook_id,
        "postback": perform(SendTest(hook_id), who),
    }


def _payments_of(house: House, mark: str) -> dict[str, int]:
    """Make what a house is connected with: a platform, a bank, a payment method."""
    terms = MethodTerms("method", "auto", "internal")
    method = CreatePaymentMethod(house.project_id, "deposit", mark, terms)
    return {
        "platform": a_platform(house),
        "bank": a_bank(house, mark),
        "payment-method": perform(method, house.administrator),
    }


def _a_passkey(user_id: int, mark: str) -> int:
    """Add a passkey that no device has: here it is only to be missing for everybody else."""
    values = {"user_id": user_id, "name": mark, "credential_id": uuid4().hex, "public_key": b""}
    values |= {"sign_count": 0, "created_at": door.clock()}
    with database.engine.begin() as connection:
        return connection.execute(insert(Passkey).values(values).returning(Passkey.id)).scalar_one()


def of_a_client(house: House, mark: str, **place: Any) -> dict[str, int]:
    """Make a client with an account, money on it and a printed statement."""
    client_id = a_client(house, first_name=mark, surname=mark, **place)
    account_id = an_account(house, client_id)
    asset_id = first_asset(account_id)
    transaction_id = perform(Deposit(asset_id, 500_00), house.administrator)
    hold_id = perform(PlaceHold(asset_id, 1_00, f"Held for {mark}"), house.administrator)
    funding_id = perform(
        LinkFundingSource(asset_id, f"Bank of {mark}", "checking", str(uuid4().int)[:10]),
        house.administrator,
    )
    config = ConfigureStatement(account_id, None, "DAILY", "PHYSICAL")
    config_id = perform(config, house.administrator)
    daily = GenerateStatement(config_id, BUSINESS_DATE, BUSINESS_DATE)
    perform(daily, house.administrator)
    with database.reading() as session:
        mandate_id, delivery_id = (
            session.scalars(select(model.id).where(model.account_id == account_id)).one()
            for model in (Mandate, StatementDelivery)
        )
    number = a_card_number()
    card = AddCard(client_id, number, CardTerms(account_id, asset_id, external_id=mark))
    card_id = perform(card, house.administrator)
    invoice_id = perform(
        IssueInvoice(client_id, "KES", InvoiceTerms(1_00, description=mark)), house.administrator
    )
    document_id = perform(
        AttachDocument(invoice_id, f"{mark}.txt", mark.encode()), house.administrator
    )
    statement_id = request(house.administrator, "client", client_id)
    work_until_settled(house.administrator, statement_id)
    return {
        "client": client_id,
        "account": account_id,
        "asset": asset_id,
        "card": card_id,
        "invoice": invoice_id,
        "invoice-document": document_id,
        "hold": hold_id,
        "funding": funding_id,
        "mandate": mandate_id,
        "delivery": delivery_id,
        "transaction": transaction_id,
        "statement": statement_id,
    } | credit_of(house, mark, client_id, account_id)


def credit_of(house: House, mark: str, client_id: int, account_id: int) -> dict[str, int]:
    """Make a facility of a client with collateral, a second valuation and a linked account."""
    code = f"C{uuid4().hex[:10]}"
    class_id = perform(CreateFacilityClass(code, code, submit=True), house.administrator)
    offer = Offer(f"Credit of {mark}", 100_00, 100_00, date(2027, 12, 1))
    facility = CreateFacility(client_id, class_id, "KES", offer, submit=True)
    facility_id = perform(facility, house.administrator)
    more = NewTerms(200_00, 100_00, date(2027, 12, 1), 30, f"More for {mark}")
    type_id = perform(CreateCode("collateral-type", code, code, {}), house.administrator)
    worth = Worth(BUSINESS_DATE, "KES", 50_00, 40_00)
    pledged = AddCollateral(facility_id, Described(type_id, mark, "KES", mark), worth)
    collateral_id = perform(pledged, house.administrator)
    return {
        "facility": facility_id,
        "facility-amendment": perform(CreateAmendment(facility_id, more), house.administrator),
        "facility-account": perform(
            LinkAccount(facility_id, account_id, 10_00), house.administrator
        ),
        "collateral": collateral_id,
        "valuation": perform(AddValuation(collateral_id, worth, mark), house.administrator),
    }


def loans_of(house: House, mark: str) -> dict[str, int]:
    """Make a class of facilities, and a workflow type with a stage."""
    facility_class = CreateFacilityClass(f"CLASS{len(mark)}", f"{mark} class", submit=True)
    command = CreateWorkflowType(f"TYPE{len(mark)}", f"{mark} loans", submit=True)
    type_id = perform(command, house.administrator)
    stage = CreateWorkflowStage(type_id, "FIRST", f"{mark} stage", 1)
    return {
        "facility-class": perform(facility_class, house.administrator),
        "workflow-type": type_id,
        "workflow-stage": perform(stage, house.administrator),
    }


def plans_of(house: House, mark: str, asset_id: int) -> dict[str, int]:
    """Plan a payment and a standing order on an asset, as drafts, under the code of this name."""
    number = number_of(asset_id)
    lines = tuple(line(side, number, 1_00, code=mark.upper(), narrative=mark) for side in "DC")
    tomorrow = BUSINESS_DATE + timedelta(days=1)
    values = {"lines": lines, "narrative": mark}
    payment = RecordForwardDated("SCHEDULED_PAYMENT", house.branch_id, tomorrow, **values)
    order = RecordStandingOrder(house.branch_id, 1, tomorrow, None, **values)
    return {
        "forward-dated": perform(payment, house.administrator),
        "standing-order": perform(order, house.administrator),
    }


def people_of(house: House) -> dict[str, int]:
    """Make an agent of a new user, and a rule that opens accounts for companies."""
    somebody, _, _ = a_user(house, "Teller")
    agent = CreateAgent(somebody.user_id or 0, house.branch_id, WorkingConfig(), submit=True)
    opening = Opening(house.product_id, "KES")
    rule = CreateOnboardingRule(house.project_id, "corporate", opening)
    return {
        "agent": perform(agent, house.administrator),
        "onboarding-rule": perform(rule, house.administrator),
    }


def fees_of(house: House, mark: str, project_id: int) -> dict[str, int]:
    """Make a fee group with a fee in a project."""
    group_id = perform(CreateFeeGroup(project_id, mark), house.administrator)
    fee = AddFees(group_id, Fee("static", currency="KES"), (Threshold(Decimal(1)),))
    perform(fee, house.administrator)
    with database.reading() as session:
        fee_id = session.scalars(select(CompanyFee.id).where(CompanyFee.group_id == group_id)).one()
    return {"fee-group": group_id, "company-fee": fee_id}


def configuration_of(house: House, project_id: int) -> dict[str, int]:
    """Return the last row of each section of a project's configuration that has any."""
    found = {}
    with database.reading() as session:
        for key, section in SECTIONS.items():
            query = select(func.max(section.model.id)).where(
                section.model.organisation_id == house.organisation_id,
                section.model.project_id == project_id,
            )
            if row_id := session.scalar(query):
                found[key] = row_id
    return found


def routes_with_ids(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Return each route that names a record by its number, once for each method it takes."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if "<int:" in rule.rule:
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield rule, method


def addresses(rule: Rule, foreign: Foreign) -> Iterator[tuple[str, str]]:
    """Return the addresses of foreign records on a route, each with that of a missing id.

    A route that takes ids of a kind that nobody told this walker about is an error.
    """
    known = {
        "day": ("2026-11-20",),
        "extension": ("csv",),
        "key": tuple(SECTIONS),
        "kind": tuple(review_kinds),
        "verb": tuple(DECISIONS),
    }
    texts = [name for name in rule.arguments if f"<{name}>" in rule.rule]
    for values in product(*(known[name] for name in texts)):
        named = dict(zip(texts, values, strict=True))
        owner = named.get("key") or named.get("kind") or _owner(rule.rule)
        if owner not in foreign.ids:
            continue
        path = rule.rule
        for name, value in named.items():
            path = path.replace(f"<{name}>", value)
        yield tuple(re.sub(r"<int:\w+>", str(one), path) for one in (foreign.ids[owner], MISSING))


def _owner(rule: str) -> str:
    prefix = rule.partition("/<int:")[0]
    assert prefix in _OWNERS, f"tell this test whose ids {rule} takes"
    return _OWNERS[prefix]


class Person:
    """A signed-in browser that asks for addresses; the interface it asks with a key of its own."""

    def __init__(self, app: Flask, email: str) -> None:
        self.browser: FlaskClient = app.test_client()
        assert signed_in(self.browser, email).status_code == 303
        self.token = token_of(self.browser)
        self.key = _a_key(email)

    def send(self, method: str, path: str, **more: Any) -> TestResponse:
        """Send a request as it is, to the interface with the key."""
        if path.startswith(INTERFACE):
            more["headers"] = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": "guard"}
        return self.browser.open(path, method=method, **more)

    def ask(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **typed: Any
    ) -> TestResponse:
        """Open the address, or send it a form that many routes would take."""
        if path.startswith(INTERFACE):
            body = _BODIES.get(path.partition("?")[0].rpartition("/")[2], typed)
            return self.send(method, path, json=body if method == "POST" else None)
        if method == "GET":
            return self.browser.get(path, headers=headers)
        plausible = {
            "csrf_token": self.token,
            "version": "1",
            "reason": "because of this",
            "name": "Another name",
            "label": "another",
            "value": "1",
            "amount": "1",
            "description": "changed",
        }
        return self.browser.post(path, data=plausible | typed, headers=headers)


def _a_key(email: str) -> str:
    """Make a key of all that a person holds, whether or not their role makes keys itself."""
    who = actor_of_address(email)
    if who.organisation_id is None or who.scope.client_id is not None:
        return "of nobody"
    scopes = tuple(one.key for one in reachable_scopes(who.permissions))
    who = replace(who, permissions=who.permissions | {"api-keys.own"})
    return perform(CreateApiKey("Guard", scopes), who)["token"]


def said(answer: TestResponse) -> str:
    """Return what an answer says, without the request's own id and token."""
    text = answer.get_data(as_text=True) + answer.headers.get("HX-Trigger", "")
    text = text.replace(answer.headers["X-Request-Id"], "")
    *befores, last = _END_OF_TOKEN.split(text)
    return "".join([*(before.rstrip(_LETTERS_OF_TOKEN) for before in befores), last])


def state_of(organisation_id: int) -> str:
    """Return a fingerprint of every row of an organisation, its logs left out."""
    digest = hashlib.sha256()
    with database.reading() as session:
        for table in sorted(Base.metadata.tables.values(), key=lambda table: table.name):
            if "organisation_id" in table.c and table.name not in _LOGS:
                rows = session.execute(
                    select(table)
                    .where(table.c.organisation_id == organisation_id)
                    .order_by(*table.primary_key.columns)
                )
                digest.update(repr((table.name, rows.all())).encode())
    return digest.hexdigest()
