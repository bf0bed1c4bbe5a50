"""The switchers on top of the sidebar: everybody's project, and the platform's organisation."""

from typing import Any

from sqlalchemy.orm import Session

from app.controls.identity import PLATFORM, Actor
from app.controls.tenant import Organisation
from app.licences.queries import first_organisations
from app.organisation.queries import project_choices

_OFFERED_ORGANISATIONS = 8


def project_switcher(
    session: Session, who: Actor, tenant: Organisation | None
) -> list[dict[str, Any]]:
    """Return the projects to choose from, the active one first (M01.02)."""
    if tenant is None:
        return []
    chosen = who.scope.chosen_project_id
    offered = [("", "All projects"), *project_choices(session, who)]
    made = [{"id": key, "name": name, "current": (key or None) == chosen} for key, name in offered]
    return sorted(made, key=lambda one: not one["current"])


def organisation_switcher(
    session: Session, who: Actor, tenant: Organisation | None
) -> dict[str, Any] | None:
    """Return what platform people choose from, and whether they are inside of one."""
    if not who.may(PLATFORM):
        return None
    others = [
        {"name": name, "href": f"/switch-organisation/{key}"}
        for key, name in first_organisations(session, _OFFERED_ORGANISATIONS)
        if tenant is None or key != tenant.id
    ]
    return {
        "inside": tenant.name if tenant else None,
        "others": others,
        "all_href": "/admin/organisations",
        "leave_href": "/leave-organisation",
    }


def page_after_switch(path: str | None, entries: list[str]) -> str:
    """Return where to be after a switch: the list of the section one was in.

    The record that was open may be out of sight now, and a page without a list leads home.
    """
    if path is None or path == "/":
        return "/"
    inside = [entry for entry in entries if path == entry or path.startswith(f"{entry}/")]
    return max(inside, key=len, default="/")
