"""Who of an organisation holds a permission, and as far as which scope: for telling them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import Role, User, UserDesk, UserProject, UserRole
from app.access.queries import actor_of
from app.access.reach import scope_of
from app.controls.identity import RequestContext
from app.controls.permissions import holds, scoped
from app.kernel.errors import Refusal


@dataclass(frozen=True, slots=True)
class Place:
    """Whose a record is: its project, desk and manager, as far as it has them."""

    project_id: int | None = None
    desk_id: int | None = None
    manager_id: int | None = None


def holders_of(
    session: Session, organisation_id: int, permission: str, place: Place | None = None
) -> list[int]:
    """Return the active employees who hold a permission and, given a place, see what is there."""
    query = select(Role.id, Role.permissions).where(Role.organisation_id == organisation_id)
    roles = {row.id: frozenset(row.permissions) for row in session.execute(query)}
    giving = [role_id for role_id, held in roles.items() if permission in held]
    if not giving:
        return []
    people = (
        select(UserRole.user_id)
        .join(User, User.id == UserRole.user_id)
        .where(UserRole.role_id.in_(giving), User.is_active, User.kind == "employee")
        .distinct()
        .order_by(UserRole.user_id)
    )
    found = list(session.scalars(people))
    if place is None or not found:
        return found
    return _who_see(session, found, roles, place)


def at_work(session: Session, organisation_id: int, user_id: int | None) -> list[int]:
    """Return the person where they are an active employee: nobody reads what others are told."""
    person = select(User.id).where(
        User.organisation_id == organisation_id,
        User.id == user_id,
        User.kind == "employee",
        User.is_active,
    )
    return list(session.scalars(person))


def demand_holder(
    session: Session, user_id: int, permission: str, record: Any, *, field: str
) -> None:
    """Refuse (422) to give a record to anyone but an active employee who may see it."""
    organisation_id = record.organisation_id
    user = session.get(User, user_id)
    if user is None or (user.organisation_id, user.kind) != (organisation_id, "employee"):
        raise Refusal("Choose one of the employees", field=field)
    if not user.is_active:
        raise Refusal(f"{user.name} is inactive. Choose another employee", field=field)
    who = actor_of(session, user, organisation_id=organisation_id, context=RequestContext())
    model = type(record)
    seen = scoped(who, model).where(model.id == record.id)
    if not holds(who, permission) or session.scalars(seen).one_or_none() is None:
        raise Refusal(f"{user.name} cannot see this record. Choose another employee", field=field)


def _who_see(
    session: Session, user_ids: list[int], roles: dict[int, frozenset[str]], place: Place
) -> list[int]:
    held: dict[int, frozenset[str]] = dict.fromkeys(user_ids, frozenset())
    query = select(UserRole.user_id, UserRole.role_id).where(UserRole.user_id.in_(user_ids))
    for user_id, role_id in session.execute(query):
        held[user_id] |= roles.get(role_id, frozenset())
    in_project = select(UserProject.user_id).where(UserProject.project_id == place.project_id)
    in_desk = select(UserDesk.user_id).where(UserDesk.desk_id == place.desk_id)
    projects, desks = set(session.scalars(in_project)), set(session.scalars(in_desk))
    project_ids, desk_ids = frozenset({place.project_id or 0}), frozenset({place.desk_id or 0})
    nothing: frozenset[int] = frozenset()

    def sees(user_id: int) -> bool:
        scope = scope_of(
            held[user_id],
            project_ids if user_id in projects else nothing,
            desk_ids if user_id in desks else nothing,
        )
        return scope.covers(
            project_id=place.project_id,
            desk_id=place.desk_id,
            manager_id=place.manager_id,
            client_id=None,
            user_id=user_id,
        )

    return [one for one in user_ids if sees(one)]
