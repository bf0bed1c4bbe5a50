"""Projects as a resource: here, because a new one starts with its configuration."""

from typing import Any

from flask import Blueprint
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.permissions import visible
from app.organisation.commands import EditProject, RetireProject
from app.organisation.forms import ProjectForm
from app.organisation.models import Project
from app.organisation.queries import project_choices
from app.organisation.resource import usual_actions
from app.reference.commands import CreateProject
from app.reference.pages import page_of
from app.web import cells
from app.web.forms import as_id, set_choices
from app.web.listing import Column, Listing, contains
from app.web.resource import Resource, mount
from app.web.respond import row_action

PATH = "/admin/projects"


def _select(actor: Actor) -> Select[Any]:
    return select(Project.id, Project.name, Project.created_at).where(
        *visible(actor, Project), Project.retired_at.is_(None)
    )


def _actions(row: Any, actor: Actor) -> list[dict[str, Any]]:
    actions = usual_actions(PATH, "projects", row, actor)
    if actor.may("configuration.view"):
        actions.insert(0, row_action("Configuration of", page_of(row.id), "settings"))
    return actions


def _prepare(form: ProjectForm, session: Session, who: Actor, project: Project | None) -> None:
    if project is not None:
        del form.clone_from_id
    else:
        set_choices(form.clone_from_id, project_choices(session, who), empty="Nothing")


PROJECTS = Listing(
    name="projects",
    title="Projects",
    section="Organisation",
    path=PATH,
    select=_select,
    key=Project.id,
    columns=(
        Column("name", "Name", lambda row: cells.text(row.name), sort=Project.name, priority=1),
        Column(
            "created",
            "Created",
            lambda row: cells.instant(row.created_at),
            sort=Project.created_at,
        ),
    ),
    search=contains(Project.name),
    search_hint="Name of a project",
    sort="name",
    label=lambda row: row.name,
    actions=_actions,
    empty="Create a project: its customers, accounts and configuration are its own.",
)


def mount_projects(blueprint: Blueprint) -> None:
    """Add the projects' pages."""
    mount(
        Resource(
            listing=PROJECTS,
            model=Project,
            singular="Project",
            module="projects",
            form=ProjectForm,
            prepare=_prepare,
            create=lambda form: CreateProject(form.name.data, as_id(form.clone_from_id.data)),
            edit=lambda project, form, version: EditProject(project.id, version, form.name.data),
            delete=lambda project: RetireProject(project.id),
        ),
        blueprint,
    )
