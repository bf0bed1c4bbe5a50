"""Seeing the portal as a role: an administrator looks through its eyes and can change nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from app.access.models import LoginSession, Role
from app.access.reach import covers, demand_reach
from app.controls.audit import RecordChange
from app.controls.commands import handles
from app.controls.identity import Actor, Scope
from app.controls.permissions import find
from app.controls.work import Work
from app.kernel.errors import Missing
from app.organisation.models import Desk, Project


@dataclass(frozen=True, slots=True)
class SeeAsRole:
    """Let a browser see the portal as a role that works in these projects and desks."""

    session_id: int
    role_id: int
    project_ids: tuple[int, ...] = ()
    desk_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class StopSeeingAsRole:
    """Let a browser see the portal as its own person again."""

    session_id: int


@handles(SeeAsRole, permission="roles.edit")
def see_as_role(work: Work, command: SeeAsRole) -> None:
    """Begin, and write it down; a role that may do more than oneself is refused (403)."""
    login = _own_session(work, command.session_id)
    role = find(work.session, work.actor, Role, command.role_id)
    demand_reach(work.actor, role.permissions)
    for model, ids in ((Project, command.project_ids), (Desk, command.desk_ids)):
        for record_id in ids:
            find(work.session, work.actor, model, record_id)
    login.preview = {
        "role_id": role.id,
        "project_ids": list(command.project_ids),
        "desk_ids": list(command.desk_ids),
    }
    _write_down(work, role, "seen as")


@handles(StopSeeingAsRole, permission=None, is_about_oneself=True)
def stop_seeing_as_role(work: Work, command: StopSeeingAsRole) -> None:
    """End, and write it down; where nothing was begun there is nothing to end."""
    login = _own_session(work, command.session_id)
    if login.preview is None:
        return
    role = work.session.get(Role, login.preview["role_id"])
    login.preview = None
    if role is not None:
        _write_down(work, role, "left")


def seen_as(session: Session, actor: Actor, preview: Mapping[str, Any]) -> Actor:
    """Return the actor as the role would be, never with more than their own permissions and scope.

    A role that was deleted meanwhile is seen no longer.
    """
    role = session.get(Role, preview["role_id"])
    if role is None or role.organisation_id != actor.organisation_id:
        return actor
    permissions = frozenset(one for one in role.permissions if covers(actor, one))
    own = actor.scope
    scope = Scope(
        allowed_project_ids=_members(
            own.allowed_project_ids,
            preview["project_ids"],
            sees_all="projects.view-all" in permissions,
        ),
        desk_ids=_members(
            own.desk_ids, preview["desk_ids"], sees_all="desks.view-all" in permissions
        ),
        own_clients=own.own_clients or "clients.view-all" not in permissions,
        chosen_project_id=own.chosen_project_id,
    )
    return replace(
        actor,
        role=role.name,
        permissions=permissions,
        scope=scope,
        is_preview=True,
        stands_in_for=(),
    )


def _members(
    own: frozenset[int] | None, chosen: list[int], *, sees_all: bool
) -> frozenset[int] | None:
    if sees_all:
        return own
    return frozenset(chosen) if own is None else own & frozenset(chosen)


def _own_session(work: Work, session_id: int) -> LoginSession:
    login = work.session.get(LoginSession, session_id)
    if login is None or login.user_id != work.actor.user_id:
        raise Missing
    return login


def _write_down(work: Work, role: Role, what: str) -> None:
    """Log the look itself: nothing of the role has changed."""
    work.changes.append(RecordChange("role", role.id, role.title(), what, role.organisation_id))
