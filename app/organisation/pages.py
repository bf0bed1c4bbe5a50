"""The pages of a desk and of a branch."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.permissions import visible
from app.kernel.countries import known_countries
from app.organisation.models import Branch, Desk, Project
from app.organisation.resource import BRANCHES, BRANCHES_PATH, DESKS
from app.records.pages import record_page
from app.web import cells
from app.web.pages import fact


def desk_detail(session: Session, actor: Actor, desk: Desk) -> dict[str, Any]:
    """Return the page of a desk."""
    del actor
    project = session.get_one(Project, desk.project_id)
    rows = [
        fact("Project", cells.text(project.name)),
        fact("Default desk", cells.flag(is_set=desk.is_default)),
    ]
    return record_page(DESKS, desk, rows, subtitle="Desk")


def branch_detail(session: Session, actor: Actor, branch: Branch) -> dict[str, Any]:
    """Return the page of a branch, with the branches above and under it."""
    parent = session.get(Branch, branch.parent_id) if branch.parent_id else None
    under = select(Branch).where(
        *visible(actor, Branch), Branch.parent_id == branch.id, Branch.retired_at.is_(None)
    )
    rows = [
        fact("Code", cells.ident(branch.code)),
        fact("Country", cells.text(known_countries().get(branch.country, branch.country))),
        fact("Currency", cells.text(branch.currency)),
        fact("Head office of its country", cells.flag(is_set=branch.is_head_office)),
        fact("Parent branch", _link(parent) if parent else cells.text("")),
    ]
    page = record_page(BRANCHES, branch, rows, subtitle="Branch")
    children = [fact(one.code, _link(one)) for one in session.scalars(under.order_by(Branch.code))]
    if children:
        page["cards"].append({"title": "Branches under it", "rows": children, "open": True})
    return page | {"title": branch.name, "ident": branch.code}


def _link(branch: Branch) -> cells.Cell:
    return cells.text(branch.name, href=f"{BRANCHES_PATH}/{branch.id}", drawer=False)
