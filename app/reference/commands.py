"""Projects with the configuration they start from; the four configuration panels' commands."""

from dataclasses import dataclass

from app.controls.commands import handles
from app.controls.work import Work
from app.organisation.models import Desk, Project
from app.reference.models import TransactionStatus, TransactionSubType

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
