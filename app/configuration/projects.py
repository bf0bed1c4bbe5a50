"""Projects as a resource: here, because a new one may start with the configuration of another."""

from typing import Any

from flask import Blueprint
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.configuration.commands import CreateProjectLike
from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.organisation.commands import EditProject
from app.organisation.forms import ProjectForm
from app.organisation.models import Desk, Project
from app.organisation.queries import project_choices
from app.records.pages import record_page
from app.records.retiring import mount_retirable
from app.reference.commands import CreateProject
from app.reference.pages import page_of
from app.web import cells
from app.web.forms import as_id, set_choices
from app.web.listing import Column, Listing, contains
from app.web.pages import fact
from app.web.resource import Resource
from app.web.respond import row_action

PATH = "/admin/projects"


def _select(actor: Actor) -> Select[Any]:
    return select(Project.id, Project.name, Project.created_at).where(*visible(actor, Project))


def _may_clone(actor: Actor) -> bool:
    return actor.may("configuration.create") and actor.may("configuration.edit")


def _actions(row: Any, actor: Actor) -> list[dict[str, Any]]:
    actions = []
    if actor.may("configuration.view"):
        actions.append(row_action("Configuration of", page_of(row.id), "settings"))
    if _may_clone(actor):
        href = f"{PATH}/{row.id}/clone"
        actions.append(row_action("Clone configuration into", href, "copy"))
    return actions


def _detail(session: Session, actor: Actor, project: Project) -> dict[str, Any]:
    query = select(Desk.name).where(
        *visible(actor, Desk), Desk.project_id == project.id, Desk.retired_at.is_(None)
    )
    desks = ", ".join(session.scalars(query.order_by(Desk.is_default.desc(), Desk.name)))
    href = f"/admin/desks?project={project.id}" if holds(actor, "desks.view") else None
    return record_page(
        PROJECTS, project, [fact("Desks", cells.text(desks, href=href, drawer=False))],
        subtitle="Project",
    )  # fmt: skip


def _prepare(form: ProjectForm, session: Session, who: Actor, project: Project | None) -> None:
    if project is not None or not _may_clone(who):
        del form.clone_from_id
    else:
        set_choices(form.clone_from_id, project_choices(session, who), empty="Nothing")


def _created(form: ProjectForm) -> CreateProject | CreateProjectLike:
    source_id = as_id(form.clone_from_id.data) if form.clone_from_id else None
    if source_id is None:
        return CreateProject(form.name.data)
    return CreateProjectLike(form.name.data, source_id)


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
    mount_retirable(
        Resource(
            listing=PROJECTS,
            model=Project,
            singular="Project",
            module="projects",
            detail=_detail,
            form=ProjectForm,
            prepare=_prepare,
            create=_created,
            edit=lambda project, form, version: EditProject(project.id, version, form.name.data),
        ),
        blueprint,
    )
