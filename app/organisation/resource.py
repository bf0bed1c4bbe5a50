"""Desks and branches as lists."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from app.controls.identity import Actor
from app.controls.permissions import visible
from app.kernel.countries import known_countries
from app.organisation.models import Branch, Desk, Project
from app.organisation.queries import project_choices
from app.web import cells
from app.web.listing import Column, Filter, Listing, by_id, contains, equals

DESKS_PATH = "/admin/desks"
BRANCHES_PATH = "/admin/branches"
_Parent = aliased(Branch)


def _desks(actor: Actor) -> Select[Any]:
    return (
        select(Desk.id, Desk.name, Desk.is_default, Desk.created_at, Project.name.label("project"))
        .join(Project, Project.id == Desk.project_id)
        .where(*visible(actor, Desk))
    )


DESKS = Listing(
    name="desks",
    title="Desks",
    section="Organisation",
    path=DESKS_PATH,
    select=_desks,
    key=Desk.id,
    columns=(
        Column("name", "Name", lambda row: cells.text(row.name), sort=Desk.name, priority=1),
        Column("project", "Project", lambda row: cells.text(row.project), sort=Project.name),
        Column("default", "Default", lambda row: cells.flag(is_set=row.is_default), priority=3),
        Column(
            "created", "Created", lambda row: cells.instant(row.created_at), sort=Desk.created_at
        ),
    ),
    filters=(Filter("project", "Project", "choices", by_id(Desk.project_id), project_choices),),
    search=contains(Desk.name),
    search_hint="Name of a desk",
    sort="name",
    label=lambda row: row.name,
    empty="Create a desk to say who sees whom.",
)


def _branches(actor: Actor) -> Select[Any]:
    return (
        select(
            Branch.id,
            Branch.code,
            Branch.name,
            Branch.country,
            Branch.currency,
            Branch.is_head_office,
            func.coalesce(_Parent.name, "").label("parent"),
        )
        .outerjoin(_Parent, _Parent.id == Branch.parent_id)
        .where(*visible(actor, Branch))
    )


def countries(_session: Session, _actor: Actor) -> Sequence[tuple[str, str]]:
    """Return the countries of the world for a choice."""
    return tuple(known_countries().items())


BRANCHES = Listing(
    name="branches",
    title="Branch Management",
    section="Organisation",
    path=BRANCHES_PATH,
    select=_branches,
    key=Branch.id,
    columns=(
        Column("code", "Code", lambda row: cells.ident(row.code), sort=Branch.code, priority=1),
        Column("name", "Name", lambda row: cells.text(row.name), sort=Branch.name, priority=1),
        Column(
            "country",
            "Country",
            lambda row: cells.text(known_countries().get(row.country, row.country)),
            sort=Branch.country,
        ),
        Column("currency", "Currency", lambda row: cells.text(row.currency), sort=Branch.currency),
        Column("parent", "Parent", lambda row: cells.text(row.parent)),
        Column(
            "head_office",
            "Head office",
            lambda row: (
                cells.badge("Head Office", "info") if row.is_head_office else cells.text("")
            ),
        ),
    ),
    filters=(Filter("country", "Country", "choice", equals(Branch.country), countries),),
    search=contains(Branch.name, Branch.code),
    search_hint="Name or code",
    sort="code",
    label=lambda row: row.name,
    empty="The head office is made with the licence.",
)
