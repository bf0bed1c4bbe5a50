"""The shell around every page: sections by permission, projects, the person.

What waits for approval is counted by a fragment of its own, so that no page pays for it.
"""

from typing import Any

from flask import Flask, g, request
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.local import LocalProxy

from app.controls.identity import Actor
from app.controls.permissions import holds
from app.controls.tenant import Organisation
from app.web.context import actor, organisation, read_session
from app.workspace.sections import SECTIONS, Entry, Tab
from app.workspace.switchers import organisation_switcher, project_switcher

_OF_THE_PLATFORM = ("platform", "licences", "dashboard", "activity")


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
    return {
        "organisation": tenant.name if tenant else "Countinghouse",
        "business_date": tenant.business_date.isoformat() if tenant else "",
        "place": _place(who, tenant),
        "sections": _sections(who, tenant),
        "projects": project_switcher(session, who, tenant),
        "organisations": organisation_switcher(session, who, tenant),
        "project_switch_url": "/switch-project",
        "user": {
            "name": current_user.user.shown_name,
            "initials": current_user.user.initials,
            "role": who.role,
            "email": current_user.user.email,
        },
        "calendar_href": "/admin/calendar",
        "preview": who.role if who.is_preview else "",
        "tabs": _tabs(who),
    }


def _place(who: Actor, tenant: Organisation | None) -> str:
    if tenant is None:
        return "Platform"
    return f"{tenant.base_currency} · {who.branch or tenant.name}"


def _tabs(who: Actor) -> list[dict[str, Any]]:
    """Return the tabs of the line that the present page belongs to."""
    lines = (entry for _label, entries in SECTIONS for entry in entries if entry.tabs)
    here = next((one for one in lines if any(_is_here(tab.href) for tab in one.tabs)), None)
    return [
        {"label": tab.label, "href": tab.href, "current": _is_here(tab.href)}
        for tab in (here.tabs if here else ())
        if holds(who, tab.permission)
    ]


def _is_here(href: str) -> bool:
    return request.path == href or request.path.startswith(f"{href}/")


def _sections(who: Actor, tenant: Organisation | None) -> list[dict[str, Any]]:
    sections = []
    for label, entries in SECTIONS:
        shown = [
            _line(entry, places)
            for entry in entries
            if (places := [one for one in entry.places if _may_see(who, tenant, one.permission)])
        ]
        if shown:
            sections.append({"label": label, "entries": shown})
    return sections


def _may_see(who: Actor, tenant: Organisation | None, permission: str) -> bool:
    return holds(who, permission) and (
        tenant is not None or permission.startswith(_OF_THE_PLATFORM)
    )


def _line(entry: Entry, places: list[Tab]) -> dict[str, Any]:
    href = places[0].href
    return {
        "label": entry.label,
        "href": href,
        "icon": entry.icon,
        "current": any(_is_here(one.href) for one in places),
        "badge_href": f"{href}/count" if href == "/admin/approvals" else None,
    }
