"""The configuration page: which project, and its four panels (W03.01, W12.02-07)."""

from typing import Any
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.permissions import holds
from app.kernel.money import format_minor
from app.organisation.models import Project
from app.reference.currencies import KINDS
from app.reference.models import AccountType, ProjectCurrency, TransactionStatus
from app.reference.queries import live_projects, rows_of, sources_of
from app.reference.sections import SECTIONS, Section
from app.reference.statuses import STARTING
from app.reference.types import DIRECTIONS

PATH = "/admin/configurations"


def configuration_page(
    session: Session, actor: Actor, *, project_id: int | None, search: str
) -> dict[str, Any]:
    """Return the page: pills of the projects that match, and the panels of the chosen one."""
    projects = live_projects(session, actor)
    matching = [one for one in projects if search.lower() in one.name.lower()]
    wanted = project_id or actor.scope.chosen_project_id
    chosen = next((one for one in matching if one.id == wanted), None)
    chosen = chosen or (matching[0] if matching else None)
    return {
        "search": search,
        "pills": [
            {
                "name": one.name,
                "href": f"{PATH}?{_query(one.id, search)}",
                "current": chosen is not None and one.id == chosen.id,
            }
            for one in matching
        ],
        "project": chosen,
        "panels": [
            _panel(session, actor, section, chosen) for section in SECTIONS.values() if chosen
        ],
    }


def page_of(project_id: int) -> str:
    """Return the address of a project's configuration."""
    return f"{PATH}?{_query(project_id, '')}"


def _query(project_id: int, search: str) -> str:
    pairs = {"project": project_id} | ({"search": search} if search else {})
    return urlencode(pairs)


def _panel(session: Session, actor: Actor, section: Section, project: Project) -> dict[str, Any]:
    rows = rows_of(session, section, project)
    base = f"{PATH}/{section.key}"
    may_add = holds(actor, "configuration.create")
    is_own = any(not row.is_system for row in rows)
    can_clone = may_add and not is_own and sources_of(session, actor, section, project)
    return {
        "key": section.key,
        "title": section.title,
        "count": len(rows),
        "add_href": f"{base}/new?project={project.id}" if may_add else None,
        "add_label": f"Add {section.singular.lower()}",
        "clone_href": f"{base}/clone?project={project.id}" if can_clone else None,
        "rows": [_row(actor, section, row, base) for row in rows],
    }


def _row(actor: Actor, section: Section, row: Any, base: str) -> dict[str, Any]:
    may_edit = holds(actor, "configuration.edit")
    may_delete = holds(actor, "configuration.delete") and not row.is_system
    return {
        "id": row.id,
        "label": row.label,
        "name": row.name,
        "tone": f"c-{row.colour}" if isinstance(row, TransactionStatus) else None,
        "detail": _detail(row),
        "is_system": row.is_system,
        "is_default": row.is_default,
        "default_href": f"{base}/{row.id}/default"
        if section.has_default and may_edit and _may_be_default(row)
        else None,
        "edit_href": f"{base}/{row.id}/edit" if may_edit else None,
        "delete_href": f"{base}/{row.id}/delete" if may_delete else None,
    }


def _may_be_default(row: Any) -> bool:
    if isinstance(row, TransactionStatus) and row.processing not in STARTING:
        return False
    return not row.is_default


def _detail(row: Any) -> str:
    """Say in a line what the row's kind of record is about."""
    if isinstance(row, AccountType):
        return ", ".join(one["name"] for one in row.properties)
    if isinstance(row, ProjectCurrency):
        return _currency_detail(row)
    if isinstance(row, TransactionStatus):
        return f"Stands for {row.processing}" if row.name != row.processing else ""
    return DIRECTIONS[row.direction]


def _currency_detail(row: ProjectCurrency) -> str:
    parts = [KINDS[row.kind]]
    if row.limit_minor:
        parts.append(f"limit {format_minor(row.limit_minor, row.exponent)}")
    if row.network_fee_minor:
        parts.append(f"fee {format_minor(row.network_fee_minor, row.exponent)}")
    if row.networks:
        parts.append(", ".join(row.networks))
    return " · ".join(parts)
