"""Records that a signed-in person must never meet, and the addresses that would lead to them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
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
from app.allocations.commands import LinkAccount
from app.approvals.decisions import DECISIONS
from app.books.commands import CreateCustomReport
from app.calendars.commands import CreateWorkDayYear
from app.cards.commands import AddCard, CardTerms
from app.closing.configuration import ClosingTerms, CreateClosingConfiguration
from app.collateral.commands import AddCollateral, AddValuation, Described, Worth
from app.controls.audit import Activity
from app.controls.commands import door, perform
from app.controls.review import review_kinds
from app.controls.saved_views import SaveView
from app.controls.tenant import Licence
from app.credit.commands import CreateFacilityClass
from app.db.base import Base
from app.db.session import database
from app.exports.commands import RequestExport
from app.facilities.commands import CreateFacility, Offer
from app.fees.commands import AddFees, CreateFeeGroup, Fee, Threshold
from app.fees.models import CompanyFee
from app.funding.commands import LinkFundingSource
from app.holds.commands import PlaceHold
from app.invoices.commands import InvoiceTerms, IssueInvoice
from app.invoices.documents import AttachDocument
from app.mail.models import Mail
from app.notices.models import Notice
from app.organisation.models import Branch, Desk, OrganisationCurrency
from app.payment_methods.commands import CreatePaymentMethod, MethodTerms
from app.payments.commands import UploadPayments
from app.records.commands import CreateCode
from app.reference.sections import SECTIONS
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
    an_account,
    an_approval_rule,
    an_asset,
    first_asset,
    signed_in,
)
from tests.fees.books import a_code, a_commission, flat
from tests.pages import token_of
from tests.statements.books import request, work_until_settled

MISSING = 987_654_321
PAYMENTS = b"Debit account,Credit account,Amount\nACC-1,ACC-2,1\n"
_OWNERS = {
    "/account/second-factor/passkeys": "passkey",
    "/account/sessions": "session",
    "/admin/accounts": "account",
    "/admin/activity": "activity",
    "/admin/addresses": "address",
    "/admin/activity-rules": "activity-rule",
    "/admin/approval-rules": "rule",
    "/admin/assets": "asset",
    "/admin/banks": "bank",
    "/admin/branches": "branch",
    "/admin/cards": "card",
    "/admin/calendar": "event",
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
    "/admin/funding-sources": "funding",
    "/admin/holds": "hold",
    "/admin/facilities": "facility",
    "/admin/facilities/accounts": "facility-account",
    "/admin/facilities/collateral": "collateral",
    "/admin/facilities/collateral/valuations": "valuation",
    "/admin/invoice-documents": "invoice-document",
    "/admin/invoices": "invoice",
    "/admin/facility-classes": "facility-class",
    "/admin/licences": "licence",
    "/admin/mails": "mail",
    "/admin/notices": "notice",
    "/admin/lists/views": "view",
    "/admin/organisations": "organisation",
    "/admin/payments": "payments",
    "/admin/platforms": "platform",
    "/admin/products": "product",
    "/admin/projects": "project",
    "/admin/reports/custom": "report",
    "/admin/roles": "role",
    "/admin/statements": "statement",
    "/admin/transaction-codes": "transaction-code",
    "/admin/transactions": "transaction",
    "/admin/users": "user",
    "/admin/withdrawal-methods": "payment-method",
    "/admin/work-day-years": "work-day-year",
    "/admin/workflow-stages": "workflow-stage",
    "/admin/workflow-types": "workflow-type",
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
_OWNERS |= {path: entity for entity, path in CODES.items()}
_TOKEN = re.compile(r"(?<![\w-])[\w-]{20,}\.[\w-]{6}\.[\w-]{27}")
# What is written whether or not a request is refused.
_LOGS = {"activity", "due_work", "idempotency_key", "login_session", "outbox_event", "seal"}


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
    days = (door.clock().date(), door.clock().date())
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
    ids["commission-type"] = a_commission(house, flat(0, None, 1_00), submit=False, name=mark)
    ids |= fees_of(house, mark, house.project_id)
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
        for name, model in models.items():
            query = select(func.max(model.id)).where(model.organisation_id == house.organisation_id)
            ids[name] = session.scalars(query).one()
    ids["passkey"] = _a_passkey(ids["user"], mark)
    ids |= configuration_of(house, house.project_id)
    ids |= _payments_of(house, mark)
    with database.reading() as session:
        kept = select(OrganisationCurrency.code).where(
            OrganisationCurrency.organisation_id == house.organisation_id
        )
        has_coins = "BTC" in session.scalars(kept).all()
    if has_coins:
        coins = an_asset(house, ids["account"], "BTC")
        command = AddAddress(coins, "Bitcoin", f"bc1q{uuid4().hex}")
        ids["address"] = perform(command, house.administrator)
    return Foreign(house.organisation_id, mark, ids | _of_closes(house, mark))


def _of_closes(house: House, mark: str) -> dict[str, int]:
    """Make a configuration, and close the day: the last thing that happens in a house."""
    configuration = CreateClosingConfiguration(ClosingTerms(mark))
    with at(datetime(2026, 11, 20, 19, tzinfo=UTC)):
        run_id = close(house).id
    return {
        "closing-configuration": perform(configuration, house.administrator),
        "closing-run": run_id,
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
    type_id = perform(CreateCode("collateral-type", code, code, {}), house.administrator)
    worth = Worth(BUSINESS_DATE, "KES", 50_00, 40_00)
    pledged = AddCollateral(facility_id, Described(type_id, mark, "KES", mark), worth)
    collateral_id = perform(pledged, house.administrator)
    return {
        "facility": facility_id,
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


def fees_of(house: House, mark: str, project_id: int) -> dict[str, int]:
    """Make a fee group with a fee in a project."""
    group_id = perform(CreateFeeGroup(project_id, mark), house.administrator)
    fee = AddFees(group_id, Fee("static"), (Threshold(Decimal(1)),))
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
    """A signed-in browser that asks for addresses."""

    def __init__(self, app: Flask, email: str) -> None:
        self.browser: FlaskClient = app.test_client()
        assert signed_in(self.browser, email).status_code == 303
        self.token = token_of(self.browser)

    def ask(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **typed: Any
    ) -> TestResponse:
        """Open the address, or send it a form that many routes would take."""
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


def said(answer: TestResponse) -> str:
    """Return what an answer says, without the request's own id and token."""
    text = answer.get_data(as_text=True) + answer.headers.get("HX-Trigger", "")
    text = text.replace(answer.headers["X-Request-Id"], "")
    return _TOKEN.sub("", text)


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
