"""Projects and desks of an organisation are added and renamed; see also branches."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.controls.commands import handles
from app.controls.retiring import live, referred, retires, unless_used
from app.controls.work import Work
from app.organisation.branches import CreateBranch, EditBranch
from app.organisation.departments import COST_CENTRES, DEPARTMENTS
from app.organisation.models import Desk, Project
from app.organisation.names import demand_free, named, rename

__all__ = [
    "COST_CENTRES",
    "DEPARTMENTS",
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
