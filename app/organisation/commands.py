"""Projects, desks, branches and currencies of an organisation are added, renamed and retired."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.core import get_global
from sqlalchemy import ColumnElement, func, select

from app.controls.commands import STALE, handles
from app.controls.permissions import find
from app.controls.usage import user_of
from app.controls.work import Work
from app.kernel.currencies import known_currencies
from app.kernel.errors import Conflict, Missing, Refusal
from app.organisation.models import Branch, Desk, OrganisationCurrency, Project

_ALPHA_3 = 3
_LONGEST_NAME = 100


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
class EditProject:
    """Rename a project."""

    project_id: int
    version: int
    name: str


@dataclass(frozen=True, slots=True)
class RetireProject:
    """Take a project out of use; its records stay."""

    project_id: int


@dataclass(frozen=True, slots=True)
class EditDesk:
    """Rename a desk."""

    desk_id: int
    version: int
    name: str


@dataclass(frozen=True, slots=True)
class RetireDesk:
    """Take a desk out of use."""

    desk_id: int


@dataclass(frozen=True, slots=True)
class EditBranch:
    """Rename a branch or move it under another parent; its code and country stay."""

    branch_id: int
    version: int
    name: str
    parent_id: int | None


@dataclass(frozen=True, slots=True)
class RetireBranch:
    """Take a branch out of use."""

    branch_id: int


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
    _demand_free(work, Branch, name)
    in_country = select(Branch).where(
        Branch.organisation_id == organisation_id, Branch.country == command.country
    )
    others = work.session.scalars(in_country).all()
    if command.is_head_office and any(branch.is_head_office for branch in others):
        raise Conflict(f"A Lead branch already exists for {command.country}", field="country")
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
    name = _named(command.name)
    _demand_free(work, Desk, name, Desk.project_id == project.id)
    desk = Desk(organisation_id=work.actor.tenant_id, project_id=project.id, name=name)
    return work.add(desk).id


@handles(EditProject, permission="projects.edit")
def edit_project(work: Work, command: EditProject) -> int:
    """Give the project another name that no other has."""
    project = _live(work, Project, command.project_id, command.version)
    _rename(work, project, command.name)
    return int(project.id)


@handles(RetireProject, permission="projects.delete")
def retire_project(work: Work, command: RetireProject) -> None:
    """Retire a project that nobody and nothing belongs to (409 otherwise)."""
    project = _live(work, Project, command.project_id)
    _demand_unused(work, project, "Project")
    project.retired_at = work.now


@handles(EditDesk, permission="desks.edit")
def edit_desk(work: Work, command: EditDesk) -> int:
    """Give the desk another name that no other of its project has."""
    desk = _live(work, Desk, command.desk_id, command.version)
    _rename(work, desk, command.name, Desk.project_id == desk.project_id)
    return int(desk.id)


@handles(RetireDesk, permission="desks.delete")
def retire_desk(work: Work, command: RetireDesk) -> None:
    """Retire a desk without people and customers; the default one stays (409)."""
    desk = _live(work, Desk, command.desk_id)
    if desk.is_default:
        raise Conflict("The default desk of a project cannot be deleted")
    _demand_unused(work, desk, "Desk")
    desk.retired_at = work.now


@handles(EditBranch, permission="branches.edit")
def edit_branch(work: Work, command: EditBranch) -> int:
    """Save name and parent; a branch never stands under itself."""
    branch = _live(work, Branch, command.branch_id, command.version)
    _rename(work, branch, command.name)
    if branch.parent_id is None and branch.is_head_office:
        return int(branch.id)
    parent_id = command.parent_id or _lead(work, branch.country)
    above: Branch | None = _live(work, Branch, parent_id)
    while above is not None:
        if above.id == branch.id:
            raise Refusal("A branch cannot stand under itself", field="parent_id")
        above = work.session.get(Branch, above.parent_id) if above.parent_id else None
    branch.parent_id = parent_id
    return int(branch.id)


@handles(RetireBranch, permission="branches.delete")
def retire_branch(work: Work, command: RetireBranch) -> None:
    """Retire a branch without children, people, customers and accounts (E40.17)."""
    branch = _live(work, Branch, command.branch_id)
    if branch.is_head_office:
        raise Conflict("A head office cannot be deleted")
    children = select(func.count()).where(
        Branch.organisation_id == branch.organisation_id,
        Branch.parent_id == branch.id,
        Branch.retired_at.is_(None),
    )
    if work.session.scalar(children):
        raise Conflict("A branch with child branches cannot be deleted")
    _demand_unused(work, branch, "Branch")
    branch.retired_at = work.now


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
    if len(name) > _LONGEST_NAME:
        raise Refusal(f"Name can have at most {_LONGEST_NAME} characters", field="name")
    return name


def _live(work: Work, model: type[Any], record_id: int, version: int | None = None) -> Any:
    record = find(work.session, work.actor, model, record_id)
    if record.retired_at is not None:
        raise Missing
    if version is not None and record.version != version:
        raise Conflict(STALE)
    return record


def _rename(work: Work, record: Any, text: str, *within: ColumnElement[bool]) -> None:
    name = _named(text)
    if name != record.name:
        _demand_free(work, type(record), name, type(record).id != record.id, *within)
        record.name = name


def _demand_free(work: Work, model: type[Any], name: str, *within: ColumnElement[bool]) -> None:
    taken = select(func.count()).where(
        model.organisation_id == work.actor.tenant_id,
        func.lower(model.name) == name.lower(),
        *within,
    )
    if work.session.scalar(taken):
        raise Conflict("This name is in use already", field="name")


def _demand_unused(work: Work, record: Any, singular: str) -> None:
    noun = user_of(work.session, record)
    if noun is not None:
        raise Conflict(f"{singular} cannot be deleted: {noun} belong to it")


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
