"""Who a signed-in person is: their permissions and scope, read in few queries."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, literal, select, union_all
from sqlalchemy.orm import Session

from app.access.models import LoginSession, Role, User, UserClient, UserDesk, UserProject, UserRole
from app.controls.identity import PLATFORM, Actor, RequestContext, Scope
from app.controls.permissions import CLIENT_ONLY, PLATFORM_ONLY, TENANT_PERMISSIONS
from app.controls.tenant import Organisation
from app.organisation.models import Branch


def live_session(
    session: Session, token_hash: str, now: datetime
) -> tuple[LoginSession, User] | None:
    """Return the session and its active user, or None when either has ended.

    The organisation is read along, so that asking the session for it costs no query.
    """
    query = (
        select(LoginSession, User, Organisation)
        .join(User, User.id == LoginSession.user_id)
        .outerjoin(Organisation, Organisation.id == LoginSession.organisation_id)
        .where(
            LoginSession.token_hash == token_hash,
            LoginSession.expires_at > now,
            User.is_active,
        )
    )
    row = session.execute(query).one_or_none()
    return (row[0], row[1]) if row else None


def actor_of(
    session: Session, user: User, *, organisation_id: int | None, context: RequestContext
) -> Actor:
    """Build the actor: permissions of all their roles, projects, desks and client scope."""
    if user.kind == "platform":
        return _platform_actor(user, organisation_id, context)
    standing = session.execute(
        select(Branch.name.label("branch"), Role.name, Role.permissions)
        .select_from(User)
        .outerjoin(Branch, Branch.id == User.branch_id)
        .outerjoin(UserRole, UserRole.user_id == User.id)
        .outerjoin(Role, Role.id == UserRole.role_id)
        .where(User.id == user.id)
        .order_by(Role.name)
    ).all()
    roles = [row for row in standing if row.name is not None]
    permissions = frozenset(name for role in roles for name in role.permissions)
    actor = Actor(
        user_id=user.id,
        organisation_id=user.organisation_id,
        name=user.name,
        role=", ".join(role.name for role in roles),
        branch_id=user.branch_id,
        branch=standing[0].branch or "",
        permissions=permissions,
        context=context,
    )
    if user.kind == "client":
        query = select(UserClient.client_id).where(UserClient.user_id == user.id)
        scope = Scope(client_id=session.scalars(query).one())
        return replace(actor, role="Client", permissions=CLIENT_ONLY, scope=scope)
    return replace(actor, scope=_scope(session, user, permissions))


def _platform_actor(user: User, organisation_id: int | None, context: RequestContext) -> Actor:
    permissions = PLATFORM_ONLY | {PLATFORM}
    if organisation_id is not None:
        permissions |= TENANT_PERMISSIONS
    return Actor(
        user_id=user.id,
        organisation_id=organisation_id,
        name=user.name,
        role="Platform administrator",
        permissions=permissions,
        context=context,
    )


def _scope(session: Session, user: User, permissions: frozenset[str]) -> Scope:
    everything = {"projects.view-all", "desks.view-all"} <= permissions
    rows = [] if everything else session.execute(_memberships(user.id)).all()
    members = {
        kind: frozenset(row.id for row in rows if row.kind == kind) for kind in ("project", "desk")
    }
    return Scope(
        allowed_project_ids=None if "projects.view-all" in permissions else members["project"],
        desk_ids=None if "desks.view-all" in permissions else members["desk"],
        own_clients="clients.view-all" not in permissions,
    )


def _memberships(user_id: int) -> CompoundSelect[Any]:
    projects = select(literal("project").label("kind"), UserProject.project_id.label("id"))
    desks = select(literal("desk"), UserDesk.desk_id)
    return union_all(
        projects.where(UserProject.user_id == user_id), desks.where(UserDesk.user_id == user_id)
    )
