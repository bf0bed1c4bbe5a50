"""What others choose from: the projects, desks and branches that are in use."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.configured import kept_while_configured
from app.controls.identity import Actor
from app.controls.permissions import find, visible
from app.controls.work import Work
from app.kernel.currencies import known_currencies
from app.kernel.errors import Refusal
from app.organisation.models import Branch, Desk, OrganisationCurrency, Project


def checked_project(work: Work, project_id: int | None) -> int | None:
    """Return the project; whoever sees only some decides nothing for all of them (422)."""
    if project_id is not None:
        return find(work.session, work.actor, Project, project_id).id
    if work.actor.scope.allowed_project_ids is not None:
        raise Refusal("Choose a project of yours", field="project_id")
    return None


@kept_while_configured
def project_choices(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Return the projects in the actor's scope by name."""
    return _choices(session, actor, Project)


def branch_choices(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Return the organisation's branches by name."""
    return _choices(session, actor, Branch)


@kept_while_configured
def desk_choices(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Return the desks in the actor's scope, each with its project."""
    query = (
        select(Desk.id, Desk.name, Project.name.label("project"))
        .join(Project, Project.id == Desk.project_id)
        .where(*visible(actor, Desk), Desk.retired_at.is_(None), Project.retired_at.is_(None))
        .order_by(Project.name, Desk.name)
    )
    return [(row.id, f"{row.project} · {row.name}") for row in session.execute(query)]


def currency_choices(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Return the currencies of the world; those the organisation keeps books in come first."""
    enabled = set(
        session.scalars(
            select(OrganisationCurrency.code).where(*visible(actor, OrganisationCurrency))
        )
    )
    known = [one for one in known_currencies().values() if one.kind == "fiat"]
    known.sort(key=lambda one: (one.code not in enabled, one.code))
    return [(one.code, f"{one.code} · {one.name}") for one in known]


def _choices(session: Session, actor: Actor, model: type[Any]) -> list[tuple[int, str]]:
    query = select(model.id, model.name).where(*visible(actor, model), model.retired_at.is_(None))
    return [(row.id, row.name) for row in session.execute(query.order_by(model.name))]


def kept_currency(session: Session, actor: Actor, code: str) -> OrganisationCurrency:
    """Return a currency that the organisation keeps books in; another is refused (422)."""
    query = select(OrganisationCurrency).where(
        *visible(actor, OrganisationCurrency),
        OrganisationCurrency.code == code,
        OrganisationCurrency.retired_at.is_(None),
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise Refusal("Choose a currency of this organisation", field="currency")
    return found


def kept_currencies(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Return the currencies that the organisation keeps books in, the base first."""
    query = (
        select(OrganisationCurrency.code, OrganisationCurrency.name)
        .where(*visible(actor, OrganisationCurrency), OrganisationCurrency.retired_at.is_(None))
        .order_by(OrganisationCurrency.is_base.desc(), OrganisationCurrency.code)
    )
    return [(row.code, f"{row.code} {row.name}") for row in session.execute(query)]
