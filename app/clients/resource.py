"""Customers as a resource: list, filters and page."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.access.models import User
from app.clients.matching import is_found
from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import holds, kept_by_scope, visible
from app.kernel.phones import spaced
from app.organisation.models import Desk, Project
from app.organisation.queries import branch_choices, desk_choices, project_choices
from app.records.queries import coded_choices
from app.records.retiring import status_filter
from app.records.reviewed import standing_cell
from app.reference.codes import CLIENT_KINDS, CustomerRating, CustomerType
from app.reference.fee_groups import FeeGroup
from app.web import cells
from app.web.context import actor
from app.web.listing import Column, Filter, Listing, by_id, equals, within_days

PATH = "/admin/clients"


def customer_types(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Return the types of customer in use."""
    return coded_choices(session, actor, CustomerType)


def ratings(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Return the ratings of customers in use."""
    return coded_choices(session, actor, CustomerRating)


@kept_by_scope
def _select(actor: Actor) -> Select[Any]:
    return (
        select(
            Client.id,
            Client.number,
            Client.name,
            Client.email,
            Client.phone,
            Client.kind,
            Client.record_status,
            Client.retired_at,
            Client.created_at,
            Project.name.label("project"),
            Desk.name.label("desk"),
            (User.first_name + " " + User.last_name).label("manager"),
        )
        .join(Project, Project.id == Client.project_id)
        .outerjoin(Desk, Desk.id == Client.desk_id)
        .outerjoin(User, User.id == Client.manager_id)
        .where(*visible(actor, Client))
    )


def projects(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Return the projects in the actor's scope that are in use, for choices."""
    return project_choices(session, actor)


def desks(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Return the desks in the actor's scope that are in use, each with its project."""
    return desk_choices(session, actor)


def desks_of(session: Session, actor: Actor, project_id: int | None) -> list[tuple[int, str]]:
    """Return those of one project."""
    query = select(Desk.id, Desk.name).where(
        *visible(actor, Desk), Desk.project_id == project_id, Desk.retired_at.is_(None)
    )
    return [(row.id, row.name) for row in session.execute(query.order_by(Desk.name))]


def managers(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Return the employees who may care for clients."""
    query = (
        select(User)
        .where(User.organisation_id == actor.tenant_id, User.kind == "employee", User.is_active)
        .order_by(User.first_name)
    )
    return [(one.id, one.name) for one in session.scalars(query)]


def fee_groups(
    session: Session, actor: Actor, project_id: int | None = None
) -> list[tuple[int, str]]:
    """Return the fee groups of a project, or of all in scope, each then with its project."""
    query = (
        select(FeeGroup.id, FeeGroup.name, Project.name.label("project"))
        .join(Project, Project.id == FeeGroup.project_id)
        .where(*visible(actor, FeeGroup), FeeGroup.retired_at.is_(None))
        .order_by(Project.name, FeeGroup.name)
    )
    if project_id is not None:
        query = query.where(FeeGroup.project_id == project_id)
    return [
        (row.id, row.name if project_id else f"{row.project} · {row.name}")
        for row in session.execute(query)
    ]


def _bulk(actor: Actor) -> list[dict[str, Any]]:
    if not holds(actor, "clients.edit"):
        return []
    return [{"label": "Submit for approval", "href": f"{PATH}/submit", "danger": False}]


CLIENTS = Listing(
    name="clients",
    title="Customers",
    section="CRM",
    path=PATH,
    select=_select,
    key=Client.id,
    columns=(
        Column(
            "number", "Number", lambda row: cells.ident(row.number), sort=Client.number, priority=1
        ),
        Column("name", "Name", lambda row: cells.text(row.name), sort=Client.name, priority=1),
        Column(
            "status",
            "Status",
            standing_cell,
            sort=Client.record_status,
            priority=1,
        ),
        Column(
            "kind",
            "Kind",
            lambda row: cells.text(CLIENT_KINDS[row.kind]),
            sort=Client.kind,
            shown=False,
        ),
        Column("email", "Email", lambda row: cells.text(row.email), sort=Client.email),
        Column("phone", "Phone", lambda row: cells.text(spaced(row.phone)), shown=False),
        Column("project", "Project", lambda row: cells.text(row.project), sort=Project.name),
        Column("desk", "Desk", lambda row: cells.text(row.desk)),
        Column("manager", "Manager", lambda row: cells.text(row.manager)),
        Column("created", "Created", lambda row: cells.instant(row.created_at), sort=Client.id),
    ),
    filters=(
        status_filter(Client),
        Filter("project", "Project", "choices", by_id(Client.project_id), projects),
        Filter("desk", "Desk", "choices", by_id(Client.desk_id), desks),
        Filter("branch", "Branch", "choices", by_id(Client.branch_id), branch_choices),
        Filter(
            "kind",
            "Kind",
            "choice",
            equals(Client.kind),
            lambda _s, _a: tuple(CLIENT_KINDS.items()),
        ),
        Filter("type", "Customer type", "choices", equals(Client.customer_type), customer_types),
        Filter("rating", "Customer rating", "choices", equals(Client.rating), ratings),
        Filter("manager", "Manager", "choices", by_id(Client.manager_id), managers),
        Filter("created", "Created", "dates", within_days(Client.created_at)),
    ),
    search=lambda typed: is_found(typed, actor().tenant_id),
    search_hint="Name, number, email, phone or document",
    sort="-created",
    href=lambda row: f"{PATH}/{row.id}",
    label=lambda row: row.name,
    bulk=_bulk,
    empty="Create the first customer to open accounts for them.",
)
