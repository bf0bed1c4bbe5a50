"""How far a person's own permissions reach when they give permissions to others."""

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.access.models import (
    LoginSession,
    PasswordReset,
    Role,
    User,
    UserDesk,
    UserProject,
    UserRole,
)
from app.controls.identity import PLATFORM, Actor, Scope
from app.controls.permissions import find
from app.controls.work import Work
from app.kernel.errors import Forbidden

BEYOND = "You cannot give or take permissions that you do not hold yourself"
BEYOND_PERSON = (
    "This person has permissions that you do not hold yourself: "
    "only somebody who holds them all can change or deactivate the person"
)
BEYOND_PLACES = (
    "This person works in projects, on desks or for customers that you do not see: "
    "only somebody who sees them all can act for the person"
)


def covers(actor: Actor, permission: str) -> bool:
    """Tell whether the actor may pass the permission on; who sees all may pass on seeing own."""
    if actor.is_system or actor.may(PLATFORM) or permission in actor.permissions:
        return True
    module, _, action = permission.partition(".")
    return action == "view-own" and f"{module}.view-all" in actor.permissions


def reaches(actor: Actor, permissions: Iterable[str]) -> bool:
    """Tell whether none of the permissions is beyond the actor's own."""
    return all(covers(actor, permission) for permission in permissions)


def demand_reach(actor: Actor, permissions: Iterable[str]) -> None:
    """Refuse with 403 when one of the permissions is beyond the actor's own."""
    if not reaches(actor, permissions):
        raise Forbidden(BEYOND)


def permissions_of(session: Session, user_id: int) -> set[str]:
    """Return all permissions of a person's roles."""
    query = (
        select(Role.permissions)
        .join(UserRole, UserRole.role_id == Role.id)
        .where(UserRole.user_id == user_id)
    )
    return {permission for held in session.scalars(query) for permission in held}


def beyond_reach(session: Session, actor: Actor, user: User) -> str:
    """Say why the actor may not change the user; "" for oneself and where nothing is beyond."""
    if user.id == actor.user_id:
        return ""
    if not reaches(actor, permissions_of(session, user.id)):
        return BEYOND_PERSON
    return BEYOND_PLACES if works_beyond(session, actor, user) else ""


def works_beyond(session: Session, actor: Actor, user: User) -> bool:
    """Tell whether a colleague works where the actor sees nothing.

    What is given to the colleague, and what their sign-in opens, would count there as well. A
    client's login is seen by whoever sees the client.
    """
    if user.kind == "client":
        return False
    held = frozenset(permissions_of(session, user.id))
    if actor.scope.own_clients and not held.isdisjoint({"clients.view-own", "clients.view-all"}):
        return True
    projects = select(UserProject.project_id).where(UserProject.user_id == user.id)
    desks = select(UserDesk.desk_id).where(UserDesk.user_id == user.id)
    theirs = scope_of(held, frozenset(session.scalars(projects)), frozenset(session.scalars(desks)))
    return not actor.scope.contains(theirs)


def scope_of(
    permissions: frozenset[str], project_ids: frozenset[int], desk_ids: frozenset[int]
) -> Scope:
    """Return what a person with these permissions and memberships may see (W09.21-27)."""
    return Scope(
        allowed_project_ids=None if "projects.view-all" in permissions else project_ids,
        desk_ids=None if "desks.view-all" in permissions else desk_ids,
        own_clients="clients.view-all" not in permissions,
    )


def reachable(work: Work, user_id: int) -> User:
    """Return the user; refuses (403) one who may do, or works where, the actor may not."""
    user = find(work.session, work.actor, User, user_id)
    if beyond := beyond_reach(work.session, work.actor, user):
        raise Forbidden(beyond)
    return user


def end_sessions(work: Work, user_ids: Iterable[int]) -> None:
    """End every session of these people: what they may do has changed (design 10)."""
    ids = list(user_ids)
    work.session.execute(
        delete(LoginSession)
        .where(LoginSession.user_id.in_(ids))
        .execution_options(synchronize_session=False)
    )


def end_sessions_elsewhere(work: Work, user_id: int) -> None:
    """End a person's sessions but that of the request, which is among one's own alone."""
    work.session.execute(
        delete(LoginSession).where(
            LoginSession.user_id == user_id,
            LoginSession.id != work.actor.context.login_session_id,
        )
    )


def drop_links(work: Work, user_id: int) -> None:
    """Let no link that was mailed to the person before open anything."""
    work.session.execute(delete(PasswordReset).where(PasswordReset.user_id == user_id))


def oneself(work: Work) -> User:
    """Return the person who acts; refused (403) where nobody is signed in."""
    user = work.session.get(User, work.actor.user_id) if work.actor.user_id else None
    if user is None:
        raise Forbidden("Sign in first.")
    return user
