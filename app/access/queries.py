"""Who a signed-in person is: their permissions and scope, read in few queries."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import LoginSession, Role, User, UserClient, UserDesk, UserProject, UserRole
from app.controls.identity import PLATFORM, Actor, RequestContext, Scope
from app.controls.permissions import CLIENT_ONLY, PLATFORM_ONLY, TENANT_PERMISSIONS
from app.organisation.models import Branch


def live_session(
    session: Session, token_hash: str, now: datetime
) -> tuple[LoginSession, User] | None:
    """Return the session and its active user, or None when either has ended."""
    query = (
        select(LoginSession, User)
        .join(User, User.id == LoginSession.user_id)
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
    roles = session.execute(
        select(Role.name, Role.permissions)
        .join(UserRole, UserRole.role_id == Role.id)
        .where(UserRole.user_id == user.id)
        .order_by(Role.name)
    ).all()
    permissions = frozenset(name for role in roles for name in role.permissions)
    actor = Actor(
        user_id=user.id,
        organisation_id=user.organisation_id,
        name=user.name,
        role=", ".join(role.name for role in roles),
        branch_id=user.branch_id,
        branch=_branch_name(session, user.branch_id),
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
    projects = desks = None
    if "projects.view-all" not in permissions:
        projects = frozenset(
            session.scalars(select(UserProject.project_id).where(UserProject.user_id == user.id))
        )
    if "desks.view-all" not in permissions:
        desks = frozenset(
            session.scalars(select(UserDesk.desk_id).where(UserDesk.user_id == user.id))
        )
    return Scope(
        allowed_project_ids=projects,
        desk_ids=desks,
        own_clients="clients.view-all" not in permissions,
    )


def _branch_name(session: Session, branch_id: int | None) -> str:
    if branch_id is None:
        return ""
    return session.scalar(select(Branch.name).where(Branch.id == branch_id)) or ""
