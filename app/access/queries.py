"""Who a signed-in person is: their permissions and scope, read in few queries."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Select,
    String,
    bindparam,
    cast,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, contains_eager

from app.access.agents import Agent, Position
from app.access.delegations import Delegation, lent
from app.access.models import LoginSession, Role, User, UserClient, UserDesk, UserProject, UserRole
from app.access.reach import scope_of
from app.controls.bounds import Bounds, Spot
from app.controls.commands import door
from app.controls.identity import PLATFORM, Actor, RequestContext, Scope
from app.controls.licensing import unlicensed_permissions
from app.controls.permissions import CLIENT_ONLY, PLATFORM_ONLY, TENANT_PERMISSIONS
from app.controls.review import AUTHORIZED
from app.controls.tenant import Organisation, calendar_date
from app.db.rows import rows_of
from app.db.types import BigId, Json
from app.organisation.models import Branch

_LIVE_SESSION = (
    select(LoginSession, User, Organisation)
    .join(User, User.id == LoginSession.user_id)
    .outerjoin(Organisation, Organisation.id == LoginSession.organisation_id)
    .outerjoin(Organisation.licence)
    .options(contains_eager(Organisation.licence))
    .where(
        LoginSession.token_hash == bindparam("token_hash"),
        LoginSession.expires_at > bindparam("now", type_=LoginSession.expires_at.type),
        LoginSession.awaits_factor.is_(False),
        User.is_active,
        or_(User.organisation_id.is_(None), Organisation.is_active),
    )
)


def live_session(
    session: Session, token_hash: str, now: datetime
) -> tuple[LoginSession, User] | None:
    """Return the session and its active user, or None when either has ended.

    The organisation and its licence are read along, so that asking for them costs no query.
    An organisation that is closed has no living sessions but the platform's.
    """
    row = session.execute(_LIVE_SESSION, {"token_hash": token_hash, "now": now}).one_or_none()
    if row is None:
        return None
    # The session forgets what nobody holds; this holds the organisation for the request.
    session.info["organisation"] = row[2]
    return row[0], row[1]


def actor_of(
    session: Session, user: User, *, organisation_id: int | None, context: RequestContext
) -> Actor:
    """Build the actor: permissions of all their roles, projects, desks and client scope."""
    tenant = session.get(Organisation, organisation_id) if organisation_id else None
    unlicensed = unlicensed_permissions(tenant)
    if user.kind == "platform":
        return replace(_platform_actor(user, organisation_id, context), unlicensed=unlicensed)
    today = calendar_date(tenant, door.clock()) if tenant else date.min
    actor, standing = _person(session, user, context, today=today)
    if user.kind == "client":
        query = select(UserClient.client_id).where(UserClient.user_id == user.id)
        scope = Scope(client_id=session.scalars(query).one())
        actor = replace(actor, role="Customer", permissions=CLIENT_ONLY, scope=scope)
        return replace(actor, unlicensed=unlicensed)
    bounds = _bounds(session, standing, tenant, context)
    lent_ids = [row.id for row in standing if row.kind == "lent"]
    lenders = _lenders(session, lent_ids, unlicensed, today=today) if lent_ids else ()
    return replace(actor, unlicensed=unlicensed, stands_in_for=lenders, bounds=bounds)


def _bounds(
    session: Session, standing: Sequence[Any], tenant: Organisation | None, context: RequestContext
) -> Bounds | None:
    """Return when and where an agent may act; nothing is read for whoever is none."""
    agent_id = next((row.id for row in standing if row.kind == "agent"), None)
    if agent_id is None or tenant is None:
        return None
    agent = session.get_one(Agent, agent_id)
    bounds = agent.bounds(tenant.time_zone)
    if bounds.zone is None or not context.login_session_id:
        return bounds
    spot = session.get(Position, context.login_session_id)
    if spot is None or spot.user_id != agent.user_id:
        return bounds
    return replace(bounds, spot=Spot(spot.latitude, spot.longitude, spot.reported_at))


def _person(
    session: Session, user: User, context: RequestContext, *, today: date
) -> tuple[Actor, Sequence[Any]]:
    values = {"user": user.id, "branch": user.branch_id, "today": today}
    standing = rows_of(session, _STANDING, values)
    roles = sorted((row for row in standing if row.kind == "role"), key=lambda row: row.name)
    permissions = frozenset(name for role in roles for name in role.permissions)
    actor = Actor(
        user_id=user.id,
        organisation_id=user.organisation_id,
        name=user.name,
        role=", ".join(role.name for role in roles),
        branch_id=user.branch_id,
        branch=next((row.name for row in standing if row.kind == "branch"), ""),
        permissions=permissions,
        scope=_scope(standing, permissions),
        context=context,
    )
    return actor, standing


def _lenders(
    session: Session,
    delegation_ids: list[int],
    unlicensed: frozenset[str],
    *,
    today: date,
) -> tuple[Actor, ...]:
    """Return those who lent the right to approve, each with what they lent and still hold.

    Who stands in lends nothing on: what was lent to a lender is left out.
    """
    query = (
        select(Delegation, User)
        .join(User, User.id == Delegation.from_user_id)
        .where(Delegation.id.in_(delegation_ids), User.is_active)
        .order_by(Delegation.id)
    )
    lenders = []
    for delegation, user in session.execute(query):
        whole, _standing_of_lender = _person(session, user, RequestContext(), today=today)
        lenders.append(lending(replace(whole, unlicensed=unlicensed), delegation.levels))
    return tuple(lenders)


def lending(lender: Actor, levels: Iterable[int]) -> Actor:
    """Return the lender with nothing but the rights to approve that are lent."""
    return replace(lender, permissions=lent(lender.permissions, levels), stands_in_for=())


def _platform_actor(user: User, organisation_id: int | None, context: RequestContext) -> Actor:
    permissions = PLATFORM_ONLY | {PLATFORM, "activity.view", "dashboard.view"}
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


def _scope(standing: Sequence[Any], permissions: frozenset[str]) -> Scope:
    members = {
        kind: frozenset(row.id for row in standing if row.kind == kind)
        for kind in ("project", "desk")
    }
    return scope_of(permissions, members["project"], members["desk"])


def running(today: Any) -> tuple[ColumnElement[bool], ...]:
    """Return what is true of a delegation while it lasts, by the calendar where people are.

    An absence has nothing to do with the business date, which a late close leaves behind.
    """
    return (
        Delegation.revoked_at.is_(None),
        Delegation.first_day <= today,
        Delegation.last_day >= today,
    )


def _standing() -> CompoundSelect[Any]:
    """Select branch, roles, projects, desks and what is lent to a person, at `today`, at once."""
    user, branch = bindparam("user", type_=BigId), bindparam("branch", type_=BigId)
    today = bindparam("today", type_=Date)

    def part(kind: str, key: Any, name: Any = None, permissions: Any = None) -> Select[Any]:
        return select(
            literal(kind).label("kind"),
            key.label("id"),
            (cast(null(), String) if name is None else name).label("name"),
            (cast(null(), Json) if permissions is None else permissions).label("permissions"),
        )

    roles = part("role", Role.id, Role.name, Role.permissions)
    return union_all(
        roles.join(UserRole, UserRole.role_id == Role.id).where(UserRole.user_id == user),
        part("branch", Branch.id, Branch.name).where(Branch.id == branch),
        part("lent", Delegation.id).where(Delegation.to_user_id == user, *running(today)),
        part("agent", Agent.id).where(
            Agent.user_id == user,
            Agent.record_status == AUTHORIZED,
            Agent.retired_at.is_(None),
        ),
        part("project", UserProject.project_id).where(UserProject.user_id == user),
        part("desk", UserDesk.desk_id).where(UserDesk.user_id == user),
    )


# Put together once: every page of every person asks for it.
_STANDING = _standing()
