"""Projects, desks and currencies of an organisation are added and renamed; see also branches."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.controls.commands import handles
from app.controls.retiring import live, referred, retires, unless_used
from app.controls.work import Work
from app.kernel.currencies import known_currencies
from app.kernel.errors import Conflict, Refusal
from app.organisation.branches import CreateBranch, EditBranch
from app.organisation.departments import COST_CENTRES, DEPARTMENTS
from app.organisation.models import Desk, OrganisationCurrency, Project
from app.organisation.names import demand_free, named, rename

__all__ = [
    "COST_CENTRES",
    "DEPARTMENTS",
    "AddCurrency",
    "CreateBranch",
    "CreateDesk",
    "EditBranch",
    "EditDesk",
    "EditProject",
]
_people_of_desk = unless_used("Desk")


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
class EditDesk:
    """Rename a desk."""

    desk_id: int
    version: int
    name: str


@dataclass(frozen=True, slots=True)
class AddCurrency:
    """Let the organisation keep books in a currency: base units for one unit of it."""

    code: str
    mid_rate: Decimal
    rate_source: str = "SYSTEM"


@handles(CreateDesk, permission="desks.create")
def create_desk(work: Work, command: CreateDesk) -> int:
    """Create a desk in a project that the actor sees."""
    project_id = referred(work, Project, command.project_id, field="project_id")
    name = named(command.name)
    demand_free(work, Desk, name, Desk.project_id == project_id)
    desk = Desk(organisation_id=work.actor.tenant_id, project_id=project_id, name=name)
    return work.add(desk).id


@handles(EditProject, permission="projects.edit")
def edit_project(work: Work, command: EditProject) -> int:
    """Give the project another name that no other has."""
    project = live(work, Project, command.project_id, command.version)
    rename(work, project, command.name)
    return int(project.id)


@handles(EditDesk, permission="desks.edit")
def edit_desk(work: Work, command: EditDesk) -> int:
    """Give the desk another name that no other of its project has."""
    desk = live(work, Desk, command.desk_id, command.version)
    rename(work, desk, command.name, Desk.project_id == desk.project_id)
    return int(desk.id)


def _obstacle_of_desk(session: Session, desk: Desk) -> str | None:
    if desk.is_default:
        return "The default desk of a project cannot be deleted"
    return _people_of_desk(session, desk)


retires(Project, "Project", permission="projects.delete", obstacle=unless_used("Project"))
retires(Desk, "Desk", permission="desks.delete", obstacle=_obstacle_of_desk)


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
