"""Branches, desks and currencies are added to an organisation."""

import re
from dataclasses import dataclass
from decimal import Decimal

from babel.core import get_global
from sqlalchemy import func, select

from app.controls.commands import handles
from app.controls.permissions import find
from app.controls.work import Work
from app.kernel.currencies import known_currencies
from app.kernel.errors import Conflict, Refusal
from app.organisation.models import Branch, Desk, OrganisationCurrency, Project

_ALPHA_3 = 3


@dataclass(frozen=True, slots=True)
class CreateBranch:
    """Add a branch under a parent; `country` is its two-letter code."""

    name: str
    country: str
    parent_id: int | None = None
    is_head_office: bool = False


@dataclass(frozen=True, slots=True)
class CreateDesk:
    """Add a desk to a project."""

    project_id: int
    name: str


@dataclass(frozen=True, slots=True)
class AddCurrency:
    """Let the organisation keep books in a currency: base units for one unit of it."""

    code: str
    mid_rate: Decimal
    rate_source: str = "SYSTEM"


@handles(CreateBranch, permission="branches.create")
def create_branch(work: Work, command: CreateBranch) -> int:
    """Create the branch with a code of its own; one Head Office for each country (E13.04)."""
    organisation_id = work.actor.tenant_id
    name = _named(command.name)
    in_country = select(Branch).where(
        Branch.organisation_id == organisation_id, Branch.country == command.country
    )
    others = work.session.scalars(in_country).all()
    if command.is_head_office and any(branch.is_head_office for branch in others):
        raise Conflict(f"A Lead branch already exists for {command.country}")
    parent_id = command.parent_id or _lead(work, command.country)
    branch = Branch(
        organisation_id=organisation_id,
        code=_branch_code(work, command.country, len(others)),
        name=name,
        country=command.country,
        parent_id=find(work.session, work.actor, Branch, parent_id).id,
        is_head_office=command.is_head_office,
    )
    return work.add(branch).id


@handles(CreateDesk, permission="desks.create")
def create_desk(work: Work, command: CreateDesk) -> int:
    """Create a desk in a project that the actor sees."""
    project = find(work.session, work.actor, Project, command.project_id)
    desk = Desk(
        organisation_id=work.actor.tenant_id, project_id=project.id, name=_named(command.name)
    )
    return work.add(desk).id


@handles(AddCurrency, permission="configuration.create")
def add_currency(work: Work, command: AddCurrency) -> int:
    """Add a currency of the global list with its rate (E15.01, E15.05)."""
    known = known_currencies().get(command.code)
    if known is None:
        raise Refusal("Choose a currency from the list", field="code")
    if command.mid_rate <= 0:
        raise Refusal("Mid Rate must be greater than 0", field="mid_rate")
    taken = select(func.count()).where(
        OrganisationCurrency.organisation_id == work.actor.tenant_id,
        OrganisationCurrency.code == command.code,
    )
    if work.session.scalar(taken):
        raise Conflict(f"{command.code} is a currency of this organisation already")
    currency = OrganisationCurrency(
        organisation_id=work.actor.tenant_id,
        code=known.code,
        name=known.name,
        kind=known.kind,
        exponent=known.exponent,
        mid_rate=command.mid_rate,
        rate_date=work.business_date,
        rate_source=command.rate_source,
    )
    return work.add(currency).id


def _named(text: str) -> str:
    name = text.strip()
    if not name:
        raise Refusal("Name is required", field="name")
    return name


def _lead(work: Work, country: str) -> int:
    """Return the country's head office, else the organisation's first."""
    query = (
        select(Branch.id)
        .where(Branch.organisation_id == work.actor.tenant_id, Branch.is_head_office)
        .order_by(Branch.country != country, Branch.id)
    )
    return work.session.scalars(query).first() or 0


def _branch_code(work: Work, country: str, number: int) -> str:
    """Return the next code of the country, such as "ABC-KEN-001-0000" (E13.02)."""
    letters = re.sub(r"[^A-Z]", "", work.organisation.name.upper())[:3].ljust(3, "X")
    longer = {
        short[0]: code
        for code, short in get_global("territory_aliases").items()
        if len(code) == _ALPHA_3 and code.isalpha()
    }
    return f"{letters}-{longer.get(country, country)}-{number:03d}-0000"
