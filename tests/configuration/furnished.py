"""An organisation that has a row of its own in every table that a file carries."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import select

from app.access.password_rules import SavePasswordRules, rules_of
from app.access.roles import CreateRole
from app.accounts.rules.commands import CreateActivityRule
from app.approvals.commands import CreateApprovalRule
from app.books.commands import CreateCustomReport
from app.calendars.commands import CreateWorkDayYear, EditWorkDayYear
from app.charges.commands import CreateCharge
from app.closing.configuration import ClosingTerms, CreateClosingConfiguration
from app.conditions.base_rates import CreateBaseRate
from app.controls.commands import perform
from app.credit.commands import ChooseEligibleProducts, CreateFacilityClass
from app.db.session import database
from app.integrations.hooks import CreateHook
from app.integrations.systems import CreateSystem
from app.onboarding.commands import CreateOnboardingRule, Opening
from app.organisation.branches import CreateBranch
from app.organisation.commands import CreateDesk
from app.payment_methods.commands import CreatePaymentMethod, MethodTerms
from app.projects.commands import CreateInProject
from app.records.commands import CreateCode
from app.reference.commands import CreateAccountType, CreateTransactionStatus, MakeDefault
from app.reference.models import TransactionStatus
from app.reference.types import Property
from app.workflows.commands import CreateWorkflowStage, CreateWorkflowType
from tests.banks.scenes import a_bank
from tests.factories import House
from tests.fees.books import a_code, a_commission, a_fee, a_group, flat
from tests.interest.books import a_condition, a_ledger, charge_terms, follow_product, tier

SECRET = "xyzzy-quokka"
_LISTS = {
    "translation": {"language": "sw", "label": "Name", "translation": "Jina"},
    "project-text": {"language": "en", "code": "portal-greeting", "body": "Welcome. " * 400},
    "mail-template": {
        "language": "en", "letter": "approvals-waiting", "subject": "Waiting", "body": "Look.",
    },
    "snippet": {"language": "en", "name": "Offer", "place": "balances", "body": "Save more."},
    "marketplace-product": {
        "name": "Card reader", "currency": "KES", "price": "1250.50", "is_active": True,
    },
    "project-numbering": {"kind": "order", "prefix": "SALE-", "next_number": "17"},
}  # fmt: skip


def furnish(house: House) -> None:
    """Make a row of every table by the real commands, and secrets where there are any."""
    _organisation(house)
    _project(house)
    _prices(house)
    _credit(house)
    _outside(house)


def _organisation(house: House) -> None:
    by, project = house.administrator, house.project_id
    branch = perform(CreateBranch("Mombasa", "KE"), by)
    perform(CreateDesk(project, "Counter"), by)
    perform(CreateCode("department", "SALES", "Sales"), by)
    perform(CreateCode("cost-centre", "CC1", "Counter"), by)
    perform(CreateRole("Cashier", ("assets.view", "assets.deposit"), "At the counter"), by)
    dormant = perform(CreateCode("account-status", "SLEEPS", "Sleeps", {"allow_debit": False}), by)
    perform(CreateActivityRule("idle", 180, dormant, submit=True), by)
    large = CreateApprovalRule("Large", "transaction", 2, 500_00, project_id=project,
                               branch_id=branch)  # fmt: skip
    perform(large, by)
    with database.reading() as session:
        version = rules_of(session, house.organisation_id).version
    perform(SavePasswordRules(version, 14, 3), by)
    year = perform(CreateWorkDayYear(2031), by)
    holidays = (date(2031, 1, 1), date(2031, 7, 7))
    perform(EditWorkDayYear(year, 1, {1: (5, 6)}, holidays, submit=True), by)
    terms = ClosingTerms("Nightly", is_automatic=True, closes_at="22:30",
                         notified_ids=(by.user_id or 0,))  # fmt: skip
    perform(CreateClosingConfiguration(terms, submit=True), by)
    perform(CreateCustomReport("By branch", ("branch", "month"), ("debit", "count")), by)


def _project(house: House) -> None:
    by, project = house.administrator, house.project_id
    perform(
        CreateAccountType(project, "savings", "Savings", (Property("Goal"),), is_default=True), by
    )
    perform(CreateTransactionStatus(project, "held", "Held", "Pending", "violet"), by)
    with database.reading() as session:
        query = select(TransactionStatus.id).where(
            TransactionStatus.project_id == project, TransactionStatus.label == "pending"
        )
        pending = session.scalars(query).one()
    perform(MakeDefault("statuses", pending), by)
    for entity, values in _LISTS.items():
        perform(CreateInProject(entity, project, values), by)
    perform(CreateOnboardingRule(project, "individual", Opening(house.product_id, "KES")), by)


def _prices(house: House) -> None:
    a_code(house, "debit", code="FEE01")
    a_commission(house, flat(0, 1_000_00, 25_00), flat(1_000_00, None, 50_00), code="COUNTER")
    group = a_group(house, "Retail", is_default=True)
    a_fee(house, group, "1.5", basis="percent", currency="KES")
    a_fee(house, group, "10", label=None)
    central = CreateBaseRate("CBR", "Central bank", Decimal("9.5"), date(2026, 1, 1), submit=True)
    rate_id = perform(central, house.administrator)
    condition = a_condition(
        house, a_ledger(house), tier("C", 0, 500_00, "1.25"), tier("C", 500_00, None, "2"),
        code="SAV-STD", base_rate_id=rate_id,
    )  # fmt: skip
    follow_product(house, condition)
    perform(CreateCharge("LEDGER", charge_terms(house), submit=True), house.administrator)


def _credit(house: House) -> None:
    by = house.administrator
    term = CreateFacilityClass("TERM-5", "Five years", is_revolving=False, submit=True)
    perform(ChooseEligibleProducts(perform(term, by), (house.product_id,)), by)
    loans = perform(CreateWorkflowType("LOANS", "Loans to people", submit=True), by)
    perform(CreateWorkflowStage(loans, "FIRST", "First look", 1, submit=True), by)


def _outside(house: House) -> None:
    by = house.administrator
    told = CreateSystem("Ledger of the group", "accounting", "https://ledger.example.com",
                        credentials=SECRET, submit=True)  # fmt: skip
    told_of = ("client.approved",)
    perform(CreateHook("Approvals", perform(told, by), told_of, path="/in", submit=True), by)
    terms = MethodTerms("card", "auto", "internal", currencies=("KES",), rules={"limit": [1, None]},
                        credentials={"key": SECRET})  # fmt: skip
    perform(CreatePaymentMethod(house.project_id, "deposit", "Card", terms), by)
    a_bank(house, "Bank of the Lake", is_default=True, credentials={"key": SECRET})
