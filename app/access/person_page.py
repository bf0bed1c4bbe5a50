"""A user's page for administrators: work, rights, browsers, and what they and others did."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.access.browsers import browser_name
from app.access.factors import factors_of
from app.access.matrix import permission_words
from app.access.models import LoginSession, Role, User, UserDesk, UserProject, UserRole
from app.access.open_sessions import open_sessions
from app.access.reach import beyond_reach, permissions_of
from app.access.resource import KINDS, PEOPLE_PATH, address_of, standing_of
from app.access.throttle import FACTOR, SIGN_IN, held_until
from app.controls.audit import Activity
from app.controls.commands import door
from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.mail.models import Mail
from app.mail.resource import STATES
from app.organisation.models import Branch, CostCentre, Department, Desk, Project
from app.trail.changes import changed_rows
from app.web import cells
from app.web.pages import fact
from app.web.respond import row_action

_HISTORY_ROWS = 30
_SIGN_IN, _SIGN_IN_ROWS = "Sign in", 5
_GIVEN = frozenset({"role", "project", "desk"})


def person_detail(session: Session, actor: Actor, user: User) -> dict[str, Any]:
    """Return the page of one user; deletion is not among its actions (E40.27)."""
    now = door.clock()
    held = held_until(session, SIGN_IN, user.email, now)
    held = held or held_until(session, FACTOR, user.email, now)
    text, tone = standing_of(user)
    # Where somebody sits is shown to those who may end it.
    obstacle = beyond_reach(session, actor, user) if holds(actor, "users.edit") else ""
    is_reached = holds(actor, "users.edit") and not obstacle
    sessions = open_sessions(session, user.id, now) if is_reached else ()
    return {
        "title": user.name,
        "subtitle": address_of(user),
        "ident": "",
        "badge": {"text": text, "tone": tone},
        "back": {"label": "Users", "href": PEOPLE_PATH},
        "actions": [
            *(_actions(session, actor, user, is_held=held is not None) if is_reached else ()),
            *_log_link(actor, user),
        ],
        "cards": [
            _work(session, user),
            _signing_in(session, actor, user, held),
            *_rights(session, user),
        ],
        "tabs": [],
        "workflow": None,
        "timeline": _history(session, actor, user),
        "version": user.version,
        "extra": "access/_sessions.html",
        "sessions": shown_sessions(sessions, present_id=actor.context.login_session_id),
        "sessions_href": f"{PEOPLE_PATH}/{user.id}/sessions",
        "shows_sessions": is_reached,
        "obstacle": obstacle,
    }


def shown_sessions(
    sessions: Sequence[LoginSession], *, present_id: int | None = None
) -> list[dict[str, Any]]:
    """Return living sessions as lines, the present one first."""
    return [
        {
            "id": one.id,
            "browser": browser_name(one.browser),
            "address": one.address,
            "since": cells.instant(one.created_at),
            "seen": cells.instant(one.seen_at),
            "is_present": one.id == present_id,
        }
        for one in sorted(sessions, key=lambda one: one.id != present_id)
    ]


def places_of(session: Session, user: User) -> list[dict[str, Any]]:
    """Return where in the organisation a user stands: department, cost centre and branch."""
    places = (
        ("Department", Department, user.department_id),
        ("Cost Centre", CostCentre, user.cost_centre_id),
        ("Branch", Branch, user.branch_id),
    )
    return [
        fact(label, cells.text(found.name if found else ""))
        for label, model, key in places
        for found in (session.get(model, key) if key else None,)
    ]


def _actions(session: Session, actor: Actor, user: User, *, is_held: bool) -> list[dict[str, Any]]:
    path = f"{PEOPLE_PATH}/{user.id}"
    actions = []
    if user.kind == "employee":
        actions.append(row_action("Edit", f"{path}/edit", "pencil", drawer=True))
    if user.id == actor.user_id:
        return actions
    if is_held:
        actions.append(row_action("Unlock", f"{path}/unlock", "lock-open", dialog=True))
    if factors_of(session, user.id):
        href = f"{path}/reset-second-factor"
        actions.append(row_action("Reset second factor", href, "shield-off", dialog=True))
    if user.is_active:
        if user.kind != "service":
            href = f"{path}/temporary-password"
            actions.append(row_action("Send temporary password", href, "mail", dialog=True))
        href = f"{path}/deactivate"
        actions.append(row_action("Deactivate", href, "ban", dialog=True, danger=True))
    else:
        href = f"{path}/activate"
        actions.append({**row_action("Activate", href, "play", dialog=True), "primary": True})
    return actions


def _log_link(actor: Actor, user: User) -> list[dict[str, Any]]:
    if not holds(actor, "activity.view"):
        return []
    href = f"/admin/activity?{urlencode({'search': user.name})}"
    return [row_action("What they did", href, "list")]


def _work(session: Session, user: User) -> dict[str, Any]:
    rows = [
        fact("Name", cells.text(user.name)),
        fact("Email", cells.text(address_of(user))),
        fact("Kind", cells.text(KINDS[user.kind])),
        fact("Staff number", cells.text(user.staff_number)),
        *places_of(session, user),
    ]
    return _card("Work", rows)


def _signing_in(session: Session, actor: Actor, user: User, held: Any) -> dict[str, Any]:
    rows = [
        fact("Last sign-in", cells.instant(user.last_signed_in_at)),
        fact("Second factor", cells.text(factors_of(session, user.id).sentence())),
    ]
    if user.password_temporary_until is not None:
        rows.append(fact("Temporary password until", cells.instant(user.password_temporary_until)))
    if held is not None:
        rows.append(fact("Sign-in held back until", cells.instant(held)))
    mail = session.scalars(
        select(Mail)
        .where(Mail.recipient == user.email, *visible(actor, Mail))
        .order_by(Mail.id.desc())
        .limit(1)
    ).one_or_none()
    if mail is not None:
        told = f"{STATES[mail.state]}: {mail.subject}"
        rows.append(fact("Latest mail", cells.text(f"{told}. {mail.message}".rstrip(". "))))
    return _card("Signing in", rows)


def _rights(session: Session, user: User) -> list[dict[str, Any]]:
    """Return roles, projects and desks, and what the roles add up to."""

    def names(model: Any, link: Any, column: Any) -> str:
        query = select(model.name).join(link, column == model.id).where(link.user_id == user.id)
        return ", ".join(session.scalars(query.order_by(model.name)))

    rows = [
        fact("Roles", cells.text(names(Role, UserRole, UserRole.role_id))),
        fact("Projects", cells.text(names(Project, UserProject, UserProject.project_id))),
        fact("Desks", cells.text(names(Desk, UserDesk, UserDesk.desk_id))),
    ]
    permissions = [
        fact(module, cells.text(", ".join(actions)))
        for module, actions in permission_words(permissions_of(session, user.id))
    ]
    return [
        _card("Where they work", rows),
        {"title": "Permissions", "rows": permissions, "open": False},
    ]


def _history(session: Session, actor: Actor, user: User) -> list[dict[str, Any]] | None:
    """Return what happened to the user, newest first, for readers of the log.

    Signing in happens so often that a few rows of it must do. What they did themselves is a
    search of the log: it has no index by person.
    """
    if not holds(actor, "activity.view"):
        return None
    is_sign_in = Activity.action == _SIGN_IN
    rows = [
        *_happened(session, actor, user, ~is_sign_in, most=_HISTORY_ROWS),
        *_happened(session, actor, user, is_sign_in, most=_SIGN_IN_ROWS),
    ]
    return [
        {
            "title": row.action,
            "who": row.actor_name,
            "when": cells.instant(row.occurred_at)["text"],
            "text": _changed(row) if row.tags == "modified" else "",
        }
        for row in sorted(rows, key=lambda row: row.id, reverse=True)
    ]


def _happened(
    session: Session, actor: Actor, user: User, clause: ColumnElement[bool], *, most: int
) -> Sequence[Activity]:
    query = (
        select(Activity)
        .where(
            Activity.organisation_id == actor.tenant_id,
            Activity.entity == "user",
            Activity.entity_id == user.id,
            clause,
        )
        .order_by(Activity.id.desc())
        .limit(most)
    )
    return session.scalars(query).all()


def _changed(row: Activity) -> str:
    """Name the fields that were changed, and what was given or taken; not when they signed in."""
    kept = [one for one in row.changes if one["field"] != "last_signed_in_at"]
    told = ", ".join(
        f"{one['label']} {one['kind']}: {one['after'] or one['before']}"
        if one["label"] in _GIVEN
        else str(one["label"])
        for one in changed_rows(kept)
    )
    return told[:1].upper() + told[1:]


def _card(title: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"title": title, "rows": rows, "open": True}
