"""Projects with the configuration they start from; the four configuration panels' commands."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from app.controls.commands import handles
from app.controls.permissions import find
from app.controls.work import Work
from app.kernel.currencies import known_currencies
from app.kernel.errors import Conflict, Refusal
from app.organisation.models import Desk, OrganisationCurrency, Project
from app.reference.models import (
    PALETTE,
    PROCESSING,
    AccountType,
    IdentityType,
    ProjectCurrency,
    TransactionStatus,
    TransactionSubType,
)

SYSTEM_STATUSES = (
    ("pending", "Pending", "amber"),
    ("processing", "Processing", "sky"),
    ("completed", "Completed", "green"),
    ("canceled", "Canceled", "red"),
)
SYSTEM_SUB_TYPES = (
    ("deposit", "Deposit", "in"),
    ("withdrawal", "Withdrawal", "out"),
    ("exchange", "Exchange", "both"),
)


@dataclass(frozen=True, slots=True)
class CreateProject:
    """Add a project with its default desk and the system's statuses and sub-types."""

    name: str


@dataclass(frozen=True, slots=True)
class CreateAccountType:
    """Add a type of account to a project (W03.04)."""

    project_id: int
    label: str
    name: str


@dataclass(frozen=True, slots=True)
class CreateProjectCurrency:
    """Let a project deal in a currency of its organisation; the limit is in minor units."""

    project_id: int
    code: str
    limit_minor: int | None = None
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class CreateTransactionStatus:
    """Add a status of a project's own, mapped to a processing status (W03.30)."""

    project_id: int
    label: str
    name: str
    processing: str
    colour: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class CreateIdentityType:
    """Add a kind of identity document with the pattern of its references; none takes any."""

    label: str
    name: str
    pattern: str = ""


@handles(CreateProject, permission="projects.create")
def create_project(work: Work, command: CreateProject) -> int:
    """Create the project; a new one completes transactions at once (W03.29, design 9.2)."""
    organisation_id = work.actor.tenant_id
    project = work.add(Project(organisation_id=organisation_id, name=command.name))
    work.session.add(
        Desk(
            organisation_id=organisation_id,
            project_id=project.id,
            name="Default desk",
            is_default=True,
        )
    )
    for label, name, colour in SYSTEM_STATUSES:
        work.session.add(
            TransactionStatus(
                organisation_id=organisation_id,
                project_id=project.id,
                label=label,
                name=name,
                processing=name,
                colour=colour,
                is_system=True,
                is_default=label == "completed",
            )
        )
    for label, name, direction in SYSTEM_SUB_TYPES:
        work.session.add(
            TransactionSubType(
                organisation_id=organisation_id,
                project_id=project.id,
                label=label,
                name=name,
                direction=direction,
                is_system=True,
            )
        )
    return project.id


@handles(CreateAccountType, permission="configuration.create")
def create_account_type(work: Work, command: CreateAccountType) -> int:
    """Add the type; a label is used once in a project (W03.05)."""
    values = _row_of(work, AccountType, command)
    return work.add(AccountType(**values)).id


@handles(CreateProjectCurrency, permission="configuration.create")
def create_project_currency(work: Work, command: CreateProjectCurrency) -> int:
    """Add a currency that the organisation keeps books in."""
    query = select(OrganisationCurrency).where(
        OrganisationCurrency.organisation_id == work.actor.tenant_id,
        OrganisationCurrency.code == command.code,
    )
    kept = work.session.scalars(query).one_or_none()
    if kept is None:
        raise Refusal("Choose a currency of this organisation", field="code")
    project = find(work.session, work.actor, Project, command.project_id)
    _demand_free(work, ProjectCurrency, project.id, kept.code)
    if command.is_default:
        _clear_default(work, ProjectCurrency, project.id)
    known = known_currencies().get(kept.code)
    currency = ProjectCurrency(
        organisation_id=work.actor.tenant_id,
        project_id=project.id,
        label=kept.code,
        name=kept.name,
        kind=kept.kind,
        exponent=kept.exponent,
        limit_minor=command.limit_minor,
        networks=list(known.networks) if known else [],
        is_default=command.is_default,
    )
    return work.add(currency).id


@handles(CreateTransactionStatus, permission="configuration.create")
def create_transaction_status(work: Work, command: CreateTransactionStatus) -> int:
    """Add the status; a new default replaces the one before (W03.32)."""
    if command.processing not in PROCESSING:
        raise Refusal("Choose what the status stands for", field="processing")
    if command.colour not in PALETTE:
        raise Refusal("Choose a colour of the palette", field="colour")
    values = _row_of(work, TransactionStatus, command)
    if command.is_default:
        _clear_default(work, TransactionStatus, command.project_id)
    status = TransactionStatus(
        **values,
        processing=command.processing,
        colour=command.colour,
        is_default=command.is_default,
    )
    return work.add(status).id


@handles(CreateIdentityType, permission="configuration.create")
def create_identity_type(work: Work, command: CreateIdentityType) -> int:
    """Add the identity type; a label is used once in an organisation."""
    taken = select(func.count()).where(
        IdentityType.organisation_id == work.actor.tenant_id, IdentityType.label == command.label
    )
    if work.session.scalar(taken):
        raise Conflict("This label is in use already")
    identity_type = IdentityType(
        organisation_id=work.actor.tenant_id,
        label=command.label,
        name=command.name,
        pattern=command.pattern,
    )
    return work.add(identity_type).id


def _row_of(
    work: Work, model: type[Any], command: CreateAccountType | CreateTransactionStatus
) -> dict[str, Any]:
    """Check what every row of a project's configuration has, and return its columns."""
    project = find(work.session, work.actor, Project, command.project_id)
    label, name = command.label.strip(), command.name.strip()
    if not label:
        raise Refusal("Label is required", field="label")
    if not name:
        raise Refusal("Name is required", field="name")
    _demand_free(work, model, project.id, label)
    return {
        "organisation_id": work.actor.tenant_id,
        "project_id": project.id,
        "label": label,
        "name": name,
    }


def _demand_free(work: Work, model: type[Any], project_id: int, label: str) -> None:
    taken = select(func.count()).where(
        model.organisation_id == work.actor.tenant_id,
        model.project_id == project_id,
        model.label == label,
    )
    if work.session.scalar(taken):
        raise Conflict("This label is in use already")


def _clear_default(work: Work, model: type[Any], project_id: int) -> None:
    query = select(model).where(
        model.organisation_id == work.actor.tenant_id,
        model.project_id == project_id,
        model.is_default,
    )
    for row in work.session.scalars(query):
        row.is_default = False
    work.session.flush()  # the index allows one default at a time
