"""A role's page: what it allows, who has it, and what an administrator may do with it."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.matrix import permission_words
from app.access.models import Role, User, UserRole
from app.access.reach import reaches
from app.access.resource import PEOPLE_PATH, ROLES_PATH, standing_of
from app.access.roles import is_administrators
from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.records.pages import with_zone
from app.web import cells
from app.web.pages import fact
from app.web.respond import row_action

_MOST_PEOPLE = 200


def role_detail(session: Session, actor: Actor, role: Role) -> dict[str, Any]:
    """Return the role's page; its people are named to those who may see users."""
    allowed = [
        fact(module, cells.text(", ".join(actions)))
        for module, actions in permission_words(role.permissions)
    ]
    cards = [{"title": "What it allows", "rows": allowed, "open": True}]
    if holds(actor, "users.view"):
        cards.append({"title": "Who has this role", "rows": _people(session, actor, role),
                      "open": True})  # fmt: skip
    page = {
        "title": role.name,
        "subtitle": role.description,
        "ident": "",
        "badge": {"text": "System", "tone": "neutral"}
        if role.is_system
        else {"text": "Custom", "tone": "info"},
        "back": {"label": "Roles & Permissions", "href": ROLES_PATH},
        "actions": _actions(actor, role),
        "cards": cards,
        "tabs": [],
        "workflow": None,
        "timeline": None,
        "version": role.version,
    }
    return with_zone(page, "The role is gone for good. While people hold it, it stays.")


def _actions(actor: Actor, role: Role) -> list[dict[str, Any]]:
    path, actions = f"{ROLES_PATH}/{role.id}", []
    is_reached = reaches(actor, role.permissions)
    if holds(actor, "roles.edit") and not is_administrators(role):
        actions.append(row_action("Edit", f"{path}/edit", "pencil"))
    if holds(actor, "roles.create"):
        actions.append(row_action("Clone", f"{path}/clone", "copy"))
    if holds(actor, "roles.edit") and is_reached:
        actions.append(row_action("See as this role", f"{path}/preview", "eye"))
    if holds(actor, "roles.delete") and not role.is_system and is_reached:
        actions.append(row_action("Delete", f"{path}/delete", "trash-2", dialog=True, danger=True))
    return actions


def _people(session: Session, actor: Actor, role: Role) -> list[dict[str, Any]]:
    query = (
        select(User)
        .join(UserRole, UserRole.user_id == User.id)
        .where(UserRole.role_id == role.id, *visible(actor, User))
        .order_by(User.first_name, User.last_name, User.id)
        .limit(_MOST_PEOPLE + 1)
    )
    people = list(session.scalars(query))
    rows = [
        fact(standing_of(one)[0],
             cells.text(one.name, href=f"{PEOPLE_PATH}/{one.id}", drawer=False))
        for one in people[:_MOST_PEOPLE]
    ]  # fmt: skip
    if len(people) > _MOST_PEOPLE:
        href = f"{PEOPLE_PATH}?role={role.id}"
        rows.append(fact("More", cells.text("All who have it", href=href, drawer=False)))
    return rows or [fact("Nobody", cells.text("No user has this role"))]
