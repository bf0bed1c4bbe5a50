"""The shell around every page: sections by permission, projects, the person.

What waits for approval is counted by a fragment of its own, so that no page pays for it.
"""

from dataclasses import dataclass
from typing import Any

from flask import Flask, g, request
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.local import LocalProxy

from app.controls.identity import Actor
from app.controls.permissions import holds, scoped
from app.controls.tenant import Organisation
from app.organisation.models import Project
from app.web.context import actor, organisation, read_session


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the sidebar: shown to those who hold the permission."""

    label: str
    href: str
    icon: str
    permission: str


SECTIONS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "",
        (
            Entry("Dashboard", "/admin/dashboard", "layout-dashboard", "dashboard.view"),
            Entry("Approvals", "/admin/approvals", "circle-check", "approvals.view"),
        ),
    ),
    (
        "CRM",
        (Entry("Customers", "/admin/clients", "users", "clients.view"),),
    ),
    (
        "Core Banking",
        (
            Entry("Accounts", "/admin/accounts", "wallet", "accounts.view"),
            Entry("Assets", "/admin/assets", "coins", "assets.view"),
            Entry("Transactions", "/admin/transactions", "arrow-up-down", "transactions.view"),
            Entry("Statements", "/admin/statements", "file-text", "statements.view"),
            Entry("Configurations", "/admin/configurations", "settings", "configuration.view"),
        ),
    ),
    (
        "Ledger",
        (Entry("Chart of Accounts", "/admin/products", "book-open", "products.view"),),
    ),
    (
        "Organisation",
        (
            Entry("Projects", "/admin/projects", "folder-kanban", "projects.view"),
            Entry("Desks", "/admin/desks", "panels-top-left", "desks.view"),
            Entry("Branch Management", "/admin/branches", "building-2", "branches.view"),
            Entry("Departments", "/admin/departments", "network", "structure.view"),
            Entry("Cost Centres", "/admin/cost-centres", "network", "structure.view"),
            Entry("People", "/admin/users", "user-cog", "users.view"),
            Entry("Roles & Permissions", "/admin/roles", "shield-check", "roles.view"),
            Entry("Approval Rules", "/admin/approval-rules", "scale", "approval-rules.view"),
        ),
    ),
    (
        "System",
        (
            Entry("Activity Logs", "/admin/activity", "list", "activity.view"),
            Entry("Licenses", "/admin/licences", "badge-check", "licences.view"),
        ),
    ),
)


_OF_THE_PLATFORM = ("licences", "dashboard", "activity")


def install_shell(app: Flask) -> None:
    """Give every template `shell`, made when a page of the signed-in shell asks for it."""

    @app.context_processor
    def shell() -> dict[str, Any]:
        if not current_user.is_authenticated:
            return {}
        return {"shell": LocalProxy(_shell_of_request)}


def _shell_of_request() -> dict[str, Any]:
    if "shell" not in g:
        g.shell = _shell(read_session(), actor(), organisation())
    made: dict[str, Any] = g.shell
    return made


def _shell(session: Session, who: Actor, tenant: Organisation | None) -> dict[str, Any]:
    chosen = current_user.login_session.project_id
    projects = _projects(session, who) if tenant else []
    return {
        "organisation": tenant.name if tenant else "Countinghouse",
        "business_date": tenant.business_date.isoformat() if tenant else "",
        "place": _place(who, tenant),
        "sections": _sections(who, tenant),
        "projects": [
            {"id": "", "name": "All projects", "current": chosen is None},
            *({"id": key, "name": name, "current": key == chosen} for key, name in projects),
        ],
        "project_switch_url": "/switch-project",
        "user": {
            "name": who.name,
            "initials": "".join(part[0] for part in who.name.split()[:2]).upper(),
            "role": who.role,
            "email": current_user.user.email,
        },
        "notifications_href": "/admin/approvals",
    }


def _projects(session: Session, who: Actor) -> list[tuple[int, str]]:
    """Return the projects in sight, which a page's own filters may have read already."""
    if "visible_projects" in g:
        found: list[tuple[int, str]] = g.visible_projects
        return found
    query = scoped(who, Project).where(Project.retired_at.is_(None)).order_by(Project.name)
    return [(one.id, one.name) for one in session.scalars(query)]


def _place(who: Actor, tenant: Organisation | None) -> str:
    if tenant is None:
        return "Platform"
    return f"{tenant.base_currency} · {who.branch or tenant.name}"


def _sections(who: Actor, tenant: Organisation | None) -> list[dict[str, Any]]:
    sections = []
    for label, entries in SECTIONS:
        shown = [
            {
                "label": entry.label,
                "href": entry.href,
                "icon": entry.icon,
                "current": request.path == entry.href or request.path.startswith(f"{entry.href}/"),
                "badge_href": f"{entry.href}/count" if entry.href == "/admin/approvals" else None,
            }
            for entry in entries
            if holds(who, entry.permission)
            and (tenant is not None or entry.permission.startswith(_OF_THE_PLATFORM))
        ]
        if shown:
            sections.append({"label": label, "entries": shown})
    return sections
