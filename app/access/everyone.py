"""Everyone of an organisation as they could act now, read in few queries whatever their number."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.delegations import Delegation
from app.access.models import Role, User, UserDesk, UserProject, UserRole
from app.access.queries import lending, running
from app.access.reach import scope_of
from app.controls.commands import door
from app.controls.identity import Actor
from app.controls.licensing import unlicensed_permissions
from app.controls.tenant import Organisation, calendar_date


def employees(session: Session, organisation_id: int) -> list[Actor]:
    """Return the active employees by name, each with permissions, scope and whom they stand in for.

    Somebody with a temporary password counts: they can sign in and approve.
    """
    roles = _by_user(session, select(UserRole.user_id, Role).join(Role, Role.id == UserRole.role_id)
                     .where(UserRole.organisation_id == organisation_id))  # fmt: skip
    projects = _by_user(session, _links(UserProject, UserProject.project_id, organisation_id))
    desks = _by_user(session, _links(UserDesk, UserDesk.desk_id, organisation_id))
    query = (
        select(User)
        .where(User.organisation_id == organisation_id, User.kind == "employee", User.is_active)
        .order_by(User.first_name, User.last_name, User.id)
    )
    found = {}
    tenant = session.get_one(Organisation, organisation_id)
    unlicensed = unlicensed_permissions(tenant)
    for user in session.scalars(query):
        permissions = frozenset(one for role in roles[user.id] for one in role.permissions)
        found[user.id] = Actor(
            user_id=user.id,
            organisation_id=organisation_id,
            name=user.name,
            role=", ".join(sorted(role.name for role in roles[user.id])),
            branch_id=user.branch_id,
            permissions=permissions,
            unlicensed=unlicensed,
            scope=scope_of(permissions, frozenset(projects[user.id]), frozenset(desks[user.id])),
        )
    return _with_lenders(session, tenant, found)


def _with_lenders(
    session: Session, tenant: Organisation, found: dict[int | None, Actor]
) -> list[Actor]:
    today = calendar_date(tenant, door.clock())
    query = (
        select(Delegation)
        .where(Delegation.organisation_id == tenant.id, *running(today))
        .order_by(Delegation.id)
    )
    lenders: dict[int, list[Actor]] = defaultdict(list)
    for one in session.scalars(query):
        if one.from_user_id in found:
            lenders[one.to_user_id].append(lending(found[one.from_user_id], one.levels))
    return [
        replace(actor, stands_in_for=tuple(lenders.get(key or 0, ())))
        for key, actor in found.items()
    ]


def _links(link: type[Any], target: Any, organisation_id: int) -> Any:
    return select(link.user_id, target).where(link.organisation_id == organisation_id)


def _by_user(session: Session, query: Any) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = defaultdict(list)
    rows: Iterable[Any] = session.execute(query)
    for user_id, value in rows:
        grouped[user_id].append(value)
    return grouped
