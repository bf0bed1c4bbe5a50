"""Savanna Savings itself: branches, projects, currencies, people and rules."""

import os
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from app.access.commands import CreateUser
from app.access.models import Role
from app.accounts.rules.commands import CreateActivityRule
from app.approvals.commands import CreateApprovalRule
from app.controls.commands import door, perform
from app.controls.identity import Actor, system_actor
from app.controls.numbering import initialised
from app.controls.permissions import ALL_PERMISSIONS
from app.controls.tenant import Organisation
from app.credit.commands import ChooseEligibleProducts, CreateFacilityClass
from app.currencies.commands import AddCurrency, EditCurrency
from app.currencies.rates import with_margin
from app.db.session import database
from app.demonstration.calendar import business_days
from app.demonstration.cast import (
    ADMINISTRATOR,
    BOTH,
    DESKS,
    DIASPORA,
    KAMPALA,
    MOMBASA,
    NAIROBI,
    PLATFORM,
    RETAIL,
    STAFF,
    Member,
)
from app.demonstration.script import Script, address, is_registered
from app.demonstration.staff import introduce
from app.ledger.accounts import Product
from app.licences.provisioning import InitialiseSequences, ProvisionOrganisation
from app.organisation.commands import CreateBranch, CreateDesk
from app.organisation.models import Branch, Project
from app.products.commands import CreateProduct
from app.reference.codes import AccountStatus
from app.reference.commands import (
    CreateAccountType,
    CreateProject,
    CreateProjectCurrency,
    CreateTransactionStatus,
)
from app.reference.models import IdentityType

NAME = "Savanna Savings"
BASE = "KES"
LICENSED_YEARS = 5
DORMANT_DAYS = 180
# How many days were closed before the present one.
CLOSES = 2
# Shillings for one unit.
RATES = {
    "USD": Decimal("129.25"),
    "EUR": Decimal("140.6"),
    "JPY": Decimal("0.8421"),
    "KWD": Decimal("420.75"),
    "BTC": Decimal(11_850_000),
}
# What the bank buys and sells below and above that.
MARGIN_PERCENT = Decimal("0.8")
# What the rates were before today, and for how long.
RATE_BEFORE = Decimal("0.985")
RATED_DAYS = 200
ACCOUNT_TYPES = (
    ("personal", "Personal Account"),
    ("savings", "Savings Account"),
    ("business", "Business Account"),
)
# Levels asked for above an amount in shillings.
TRANSACTION_RULES = ((100_000, 1), (500_000, 2), (1_000_000, 3))


@dataclass(slots=True)
class Bank:
    """The ids of what was made, by the names of the cast."""

    organisation_id: int
    closed_dates: tuple[date, ...]
    business_date: date
    product_id: int
    currencies: dict[str, int] = field(default_factory=dict)
    branches: dict[str, int] = field(default_factory=dict)
    projects: dict[str, int] = field(default_factory=dict)
    desks: dict[str, int] = field(default_factory=dict)
    types: dict[tuple[str, str], int] = field(default_factory=dict)
    identity_types: dict[str, int] = field(default_factory=dict)


def found(script: Script) -> Bank:
    """Make the bank, or find it; returns its ids."""
    organisation_id = _organisation_id() or _provision()
    with database.reading() as session:
        organisation = session.get_one(Organisation, organisation_id)
        bank = Bank(
            organisation_id,
            *_days(organisation.created_at.date()),
            product_id=session.scalars(
                select(Product.id)
                .where(Product.organisation_id == organisation_id, Product.is_contract)
                .order_by(Product.id)
            ).first()
            or 0,
        )
        head_office = select(Branch.id).where(
            Branch.organisation_id == organisation_id, Branch.parent_id.is_(None)
        )
        bank.branches[NAIROBI] = session.scalars(head_office).one()
        first_project = select(Project.id).where(
            Project.organisation_id == organisation_id, Project.name == RETAIL
        )
        bank.projects[RETAIL] = session.scalars(first_project).one()
        types = select(IdentityType).where(IdentityType.organisation_id == organisation_id)
        bank.identity_types = {row.code: row.id for row in session.scalars(types)}
        has_numbers = initialised(session, organisation_id)
    if not has_numbers:
        perform(InitialiseSequences(), _platform().within(organisation_id))
    _furnish(script, bank)
    _hire(bank)
    introduce(script, organisation_id)
    return bank


def quote_today(script: Script, bank: Bank) -> None:
    """Let the bank deal at the rates of the present day: they are typed once it has come."""
    for code, rate in RATES.items():
        quoted = with_margin(rate, MARGIN_PERCENT)
        command = EditCurrency(bank.currencies[code], 1, quoted, rate_date=bank.business_date)
        script.do(command, script.by(ADMINISTRATOR.login))


def ask_for_approval(script: Script) -> None:
    """Make the approval rules; until then the past is written without them."""
    administrator = script.by(ADMINISTRATOR.login)
    for shillings, levels in TRANSACTION_RULES:
        name = f"Transactions above {shillings:,} {BASE}"
        rule = CreateApprovalRule(name, "transaction", levels, minimum_minor=shillings * 100)
        script.do(rule, administrator)
    script.do(CreateApprovalRule("Every customer", "client", 1), administrator)


def open_platform() -> None:
    """Let the platform's administrator in; the last of the demonstration, which marks its end."""
    _add(PLATFORM, Bank(0, (), date.min, 0), organisation_id=None)


def _organisation_id() -> int | None:
    with database.reading() as session:
        query = select(Organisation.id).where(
            Organisation.name == NAME, Organisation.is_demonstration
        )
        return session.scalar(query)


def _platform() -> Actor:
    return system_actor(None, ALL_PERMISSIONS, "Demonstration")


def _days(today: date) -> tuple[tuple[date, ...], date]:
    """Return the days that are closed before the present one, and it: weekdays up to today."""
    *closed, present = business_days(today + timedelta(days=1), CLOSES + 1)
    return tuple(closed), present


def _provision() -> int:
    today = door.clock().date()
    organisation_id: int = perform(
        ProvisionOrganisation(
            name=NAME,
            country="KE",
            base_currency=BASE,
            time_zone="Africa/Nairobi",
            expires_on=date(today.year + LICENSED_YEARS, 12, 31),
            business_date=_days(today)[0][0],
            administrator_email=address(ADMINISTRATOR.login),
            administrator_first_name=ADMINISTRATOR.first_name,
            administrator_last_name=ADMINISTRATOR.last_name,
            administrator_password=_password(),
            project_name=RETAIL,
            head_office_name=NAIROBI,
            is_demonstration=True,
        ),
        _platform(),
    )
    return organisation_id


def _furnish(script: Script, bank: Bank) -> None:
    administrator = script.by(ADMINISTRATOR.login)
    bank.branches[MOMBASA] = script.do(CreateBranch(MOMBASA, "KE"), administrator)
    kampala = CreateBranch(KAMPALA, "UG", is_head_office=True)
    bank.branches[KAMPALA] = script.do(kampala, administrator)
    bank.projects[DIASPORA] = script.do(CreateProject(DIASPORA), administrator)
    for project, desk in DESKS:
        command = CreateDesk(bank.projects[project], desk)
        bank.desks[desk] = script.do(command, administrator)
    for code, rate in RATES.items():
        _keep(script, bank, code, rate)
    for name in BOTH:
        _configure(script, bank, name)
    _lend(script, bank)
    _watch(script, bank)


def _keep(script: Script, bank: Bank, code: str, rate: Decimal) -> None:
    """Let the bank deal in a currency, at a rate of the past."""
    before = with_margin(rate * RATE_BEFORE, MARGIN_PERCENT)
    since = bank.closed_dates[0] - timedelta(days=RATED_DAYS)
    command = AddCurrency(code, before, rate_date=since)
    bank.currencies[code] = script.do(command, script.by(ADMINISTRATOR.login))


def _configure(script: Script, bank: Bank, name: str) -> None:
    administrator, project_id = script.by(ADMINISTRATOR.login), bank.projects[name]
    script.do(CreateProjectCurrency(project_id, BASE, is_default=True), administrator)
    for code in RATES:
        script.do(CreateProjectCurrency(project_id, code), administrator)
    for label, text in ACCOUNT_TYPES:
        command = CreateAccountType(project_id, label, text)
        bank.types[name, label] = script.do(command, administrator)
    review = CreateTransactionStatus(project_id, "review", "Review", "Processing", "violet")
    script.do(review, administrator)


def _lend(script: Script, bank: Bank) -> None:
    """Authorize a class of facilities, with the products whose accounts may draw under it."""
    administrator = script.by(ADMINISTRATOR.login)
    loans = CreateProduct("asset", "Loans to members", is_contract=True, submit=True)
    product_id = script.do(loans, administrator)
    overdraft = CreateFacilityClass(
        "BUSINESS_OD",
        "Business overdraft",
        "Working capital of small firms, reviewed each year",
        availability_percent=Decimal(80),
        submit=True,
    )
    class_id = script.do(overdraft, administrator)
    script.do(ChooseEligibleProducts(class_id, (product_id, bank.product_id)), administrator)


def _watch(script: Script, bank: Bank) -> None:
    """Let accounts fall asleep that nothing is booked on for half a year."""
    with database.reading() as session:
        dormant = select(AccountStatus.id).where(
            AccountStatus.organisation_id == bank.organisation_id,
            AccountStatus.code == "DORMANT",
        )
        status_id = session.scalars(dormant).one()
    rule = CreateActivityRule("idle", DORMANT_DAYS, status_id, submit=True)
    script.do(rule, script.by(ADMINISTRATOR.login))


def _hire(bank: Bank) -> None:
    for member in STAFF:
        _add(member, bank, organisation_id=bank.organisation_id)


def _add(member: Member, bank: Bank, *, organisation_id: int | None) -> None:
    # No key: its fingerprint would be made of the password.
    if is_registered(address(member.login)):
        return
    with database.reading() as session:
        roles = select(Role.id).where(
            Role.organisation_id == organisation_id, Role.name == member.role
        )
        role_ids = tuple(session.scalars(roles))
    command = CreateUser(
        kind="employee" if organisation_id else "platform",
        email=address(member.login),
        first_name=member.first_name,
        last_name=member.last_name,
        password=_password(),
        role_ids=role_ids,
        project_ids=tuple(bank.projects[name] for name in member.projects),
        branch_id=bank.branches.get(member.branch),
    )
    perform(command, system_actor(organisation_id, ALL_PERMISSIONS, "Demonstration"))


def _password() -> str:
    return os.environ["COUNTINGHOUSE_DEMO_PASSWORD"]
