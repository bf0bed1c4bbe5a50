"""What the configuration page reads: projects to choose from, rows of a section, sources."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.permissions import scoped
from app.organisation.models import OrganisationCurrency, Project
from app.reference.models import ProjectCurrency
from app.reference.sections import Section


def live_projects(session: Session, actor: Actor) -> list[Project]:
    """Return the projects the actor may see that are not retired, by name."""
    query = scoped(actor, Project).where(Project.retired_at.is_(None))
    return list(session.scalars(query.order_by(func.lower(Project.name))))


def rows_of(session: Session, section: Section, project: Project) -> list[Any]:
    """Return a section's rows: the system's first, then in the order they were added."""
    model = section.model
    query = select(model).where(
        model.organisation_id == project.organisation_id, model.project_id == project.id
    )
    return list(session.scalars(query.order_by(model.is_system.desc(), model.id)))


def sources_of(
    session: Session, actor: Actor, section: Section, project: Project
) -> list[tuple[int, str]]:
    """Return the other projects that have rows of their own to clone."""
    model = section.model
    own = select(model.project_id).where(
        model.organisation_id == project.organisation_id, model.is_system.is_(False)
    )
    query = scoped(actor, Project).where(
        Project.retired_at.is_(None), Project.id != project.id, Project.id.in_(own)
    )
    return [(one.id, one.name) for one in session.scalars(query.order_by(Project.name))]


def kept_currencies(session: Session, organisation_id: int) -> dict[str, OrganisationCurrency]:
    """Return the currencies the organisation keeps books in, by code."""
    query = select(OrganisationCurrency).where(
        OrganisationCurrency.organisation_id == organisation_id,
        OrganisationCurrency.retired_at.is_(None),
    )
    return {row.code: row for row in session.scalars(query.order_by(OrganisationCurrency.code))}


def project_codes(session: Session, project: Project) -> set[str]:
    """Return the codes of the currencies a project deals in."""
    query = select(ProjectCurrency.label).where(
        ProjectCurrency.organisation_id == project.organisation_id,
        ProjectCurrency.project_id == project.id,
    )
    return set(session.scalars(query))
