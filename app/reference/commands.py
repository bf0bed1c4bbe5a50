"""Projects with the configuration they start from, and what is done alike to every row of it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from app.controls.commands import handles
from app.controls.locking import find_locked
from app.controls.permissions import find
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal
from app.organisation.models import Desk, Project
from app.reference import lists
from app.reference.currencies import CreateProjectCurrency, EditProjectCurrency
from app.reference.models import TransactionStatus, TransactionSubType
from app.reference.sections import (
    LONGEST_NAME,
    Section,
    clear_default,
    demand_unused,
    make_default,
    row_of,
    section_of,
)
from app.reference.statuses import (
    CreateTransactionStatus,
    EditTransactionStatus,
    demand_may_start,
)
from app.reference.types import (
    CreateAccountType,
    CreateTransactionSubType,
    EditAccountType,
    EditTransactionSubType,
)

__all__ = [
    "CloneConfiguration",
    "CreateAccountType",
    "CreateProject",
    "CreateProjectCurrency",
    "CreateTransactionStatus",
    "CreateTransactionSubType",
    "DeleteConfiguration",
    "EditAccountType",
    "EditProjectCurrency",
    "EditTransactionStatus",
    "EditTransactionSubType",
    "MakeDefault",
    "create_project",
    "lists",
]

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
    ("transfer", "Transfer", "both"),
)
_OWN_TO_A_ROW = frozenset(
    {"id", "project_id", "is_system", "version", "created_at", "updated_at", "is_default"}
)


@dataclass(frozen=True, slots=True)
class CreateProject:
    """Add a project with its default desk and what every project starts from."""

    name: str


@dataclass(frozen=True, slots=True)
class MakeDefault:
    """Mark a row as the one default of its section."""

    section: str
    row_id: int


@dataclass(frozen=True, slots=True)
class DeleteConfiguration:
    """Remove a row of a section for good."""

    section: str
    row_id: int


@dataclass(frozen=True, slots=True)
class CloneConfiguration:
    """Copy a section's rows from another project into one that has none of its own."""

    section: str
    project_id: int
    source_id: int


@handles(CreateProject, permission="projects.create")
def create_project(work: Work, command: CreateProject) -> int:
    """Create the project; a new one completes transactions at once (W03.29, design 9.2)."""
    organisation_id = work.actor.tenant_id
    name = _free_name(work, command.name)
    project = work.add(Project(organisation_id=organisation_id, name=name))
    scope = {"organisation_id": organisation_id, "project_id": project.id}
    work.session.add(Desk(**scope, name="Default desk", is_default=True))
    for label, title, colour in SYSTEM_STATUSES:
        work.session.add(
            TransactionStatus(
                **scope,
                label=label,
                name=title,
                processing=title,
                colour=colour,
                is_system=True,
                is_default=label == "completed",
            )
        )
    for label, title, direction in SYSTEM_SUB_TYPES:
        work.session.add(
            TransactionSubType(
                **scope, label=label, name=title, direction=direction, is_system=True
            )
        )
    return project.id


@handles(MakeDefault, permission="configuration.edit")
def make_row_default(work: Work, command: MakeDefault) -> int:
    """Move the mark; a status must be one that a transaction can start in (W12.04, W03.32)."""
    section = section_of(command.section)
    row = row_of(work.session, work.actor, section.model, command.row_id)
    find_locked(work, Project, row.project_id)
    if not section.has_default:
        raise Conflict("This section has no default")
    if isinstance(row, TransactionStatus):
        demand_may_start(row.processing)
    make_default(work, row)
    return int(row.id)


@handles(DeleteConfiguration, permission="configuration.delete")
def delete_configuration(work: Work, command: DeleteConfiguration) -> None:
    """Delete the row; refused (409) for system rows, a needed default and what is in use."""
    section = section_of(command.section)
    row = row_of(work.session, work.actor, section.model, command.row_id)
    find_locked(work, Project, row.project_id)
    if row.is_system:
        raise Conflict(f"{row.name} is a system entry and cannot be deleted")
    if section.needs_default and row.is_default:
        raise Conflict(f"{row.name} is the default. Choose another default first")
    demand_unused(work.session, section, row)
    work.session.delete(row)


@handles(CloneConfiguration, permission="configuration.create")
def clone_configuration(work: Work, command: CloneConfiguration) -> int:
    """Copy the source's rows; refused (409) where rows exist already (W12.07). Returns how many."""
    section = section_of(command.section)
    project = find_locked(work, Project, command.project_id)
    source = find(work.session, work.actor, Project, command.source_id)
    if project.id == source.id:
        raise Refusal("Choose another project to clone from", field="source_id")
    own = select(func.count()).where(
        section.model.organisation_id == project.organisation_id,
        section.model.project_id == project.id,
        section.model.is_system.is_(False),
    )
    if work.session.scalar(own):
        raise Conflict(f"{section.title} of {project.name} are set up already", field="source_id")
    copied = _copy_rows(work, section, project_id=project.id, source_id=source.id)
    if not copied:
        raise Refusal(f"{source.name} has nothing to clone here", field="source_id")
    return copied


def _free_name(work: Work, text: str) -> str:
    name = text.strip()
    if not name:
        raise Refusal("Name is required", field="name")
    if len(name) > LONGEST_NAME:
        raise Refusal(f"Name can have at most {LONGEST_NAME} characters", field="name")
    taken = select(func.count()).where(
        Project.organisation_id == work.actor.tenant_id, func.lower(Project.name) == name.lower()
    )
    if work.session.scalar(taken):
        raise Conflict("A project with this name exists already", field="name")
    return name


def _copy_rows(work: Work, section: Section, *, project_id: int, source_id: int) -> int:
    """Copy the rows whose labels the project lacks, and which of all is the default."""
    model = section.model

    def rows(of_project: int) -> list[Any]:
        query = select(model).where(
            model.organisation_id == work.actor.tenant_id, model.project_id == of_project
        )
        return list(work.session.scalars(query.order_by(model.id)))

    source = rows(source_id)
    known = {row.label for row in rows(project_id)}
    missing = [row for row in source if row.label not in known]
    columns = [key for key in model.__mapper__.columns.keys() if key not in _OWN_TO_A_ROW]  # noqa: SIM118
    for row in missing:
        values = {key: getattr(row, key) for key in columns}
        work.session.add(model(**values, project_id=project_id))
    default = next((row.label for row in source if row.is_default), None)
    if section.has_default and default is not None:
        work.session.flush()  # the copies are read again to mark the default
        clear_default(work, model, project_id)
        next(row for row in rows(project_id) if row.label == default).is_default = True
    return len(missing)
