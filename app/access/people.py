"""People are added, changed and deactivated; their roles, projects and desks with them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from app.access.administrators import one_at_a_time
from app.access.letters import tell_of_address
from app.access.models import Role, User, UserClient, UserDesk, UserProject, UserRole
from app.access.passwords import LONGEST, SHORTEST, passwords
from app.access.places import demand_inside
from app.access.reach import (
    demand_reach,
    drop_links,
    end_sessions,
    end_sessions_elsewhere,
    reachable,
)
from app.access.temporary import replace_password
from app.controls.commands import STALE, handles
from app.controls.permissions import find
from app.controls.retiring import referred, usable
from app.controls.work import Work
from app.kernel.addresses import NO_ADDRESS, is_address
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.organisation.models import Branch, CostCentre, Department, Desk, Project

EMAIL_TAKEN = "User with this email already exists"
_LONGEST_NAME = 100
_LONGEST_NUMBER = 30
_LINKED: dict[type[Any], type[Any]] = {UserRole: Role, UserProject: Project, UserDesk: Desk}


@dataclass(frozen=True, slots=True)
class CreateUser:
    """Add a person to the organisation with roles, projects and desks."""

    kind: str
    email: str
    first_name: str
    last_name: str
    password: str
    role_ids: tuple[int, ...] = ()
    project_ids: tuple[int, ...] = ()
    desk_ids: tuple[int, ...] = ()
    branch_id: int | None = None
    client_id: int | None = None
    staff_number: str = ""
    department_id: int | None = None
    cost_centre_id: int | None = None


@dataclass(frozen=True, slots=True)
class EditUser:
    """Change an employee; roles, projects and desks are given whole."""

    user_id: int
    version: int
    email: str
    first_name: str
    last_name: str
    role_ids: tuple[int, ...]
    project_ids: tuple[int, ...] = ()
    desk_ids: tuple[int, ...] = ()
    branch_id: int | None = None
    staff_number: str = ""
    department_id: int | None = None
    cost_centre_id: int | None = None


@dataclass(frozen=True, slots=True)
class SetUserActive:
    """Deactivate a person, or let them in again."""

    user_id: int
    is_active: bool


# What a person holds besides sessions, and loses for good when they are deactivated.
TakeAway = Callable[[Work, User], None]
_TAKEN_AWAY: list[TakeAway] = []


def taken_away(take_away: TakeAway) -> TakeAway:
    """Register what a higher floor takes from a person who is deactivated."""
    _TAKEN_AWAY.append(take_away)
    return take_away


def normal_email(email: str) -> str:
    """Return the address as it is compared: trimmed, lower case."""
    return email.strip().lower()


@handles(CreateUser, permission="users.create")
def create_user(work: Work, command: CreateUser) -> int:
    """Create the user; an address is used once in the whole installation (409)."""
    organisation_id = work.actor.organisation_id
    if (command.kind == "platform") != (organisation_id is None):
        raise Refusal("Platform people belong to no organisation", field="kind")
    if not SHORTEST <= len(command.password) <= LONGEST:
        raise Refusal(f"Password must be at least {SHORTEST} characters", field="password")
    email = _free_email(work, command.email, kind=command.kind)
    user = work.add(
        User(
            organisation_id=organisation_id,
            kind=command.kind,
            email=email,
            first_name=_named(command.first_name, "First name", "first_name"),
            last_name=_named(command.last_name, "Last name", "last_name"),
            password_hash=passwords.hash(command.password),
            branch_id=referred(work, Branch, command.branch_id, field="branch_id"),
            staff_number=_free_number(work, command.staff_number),
            department_id=referred(work, Department, command.department_id, field="department_id"),
            cost_centre_id=referred(
                work, CostCentre, command.cost_centre_id, field="cost_centre_id"
            ),
        )
    )
    if command.client_id is not None:
        work.session.add(
            UserClient(
                organisation_id=organisation_id, user_id=user.id, client_id=command.client_id
            )
        )
    if command.role_ids:
        _give_roles(work, user, command.role_ids)
    _assign(work, user, UserProject, command.project_ids)
    _assign(work, user, UserDesk, command.desk_ids)
    demand_inside(work, user, command.desk_ids)
    return user.id


@handles(EditUser, permission="users.edit")
def edit_user(work: Work, command: EditUser) -> int:
    """Save the person, where somebody is left who can administer people (409)."""
    with one_at_a_time(work, "users.edit"):
        return save_user(work, command)


@handles(SetUserActive, permission="users.edit")
def set_user_active(work: Work, command: SetUserActive) -> bool:
    """Set the flag; who is deactivated is signed out everywhere and loses their keys at once.

    Refused (409) where nobody would be left who can administer people.
    """
    with one_at_a_time(work, "users.edit"):
        user = reachable(work, command.user_id)
        if user.id == work.actor.user_id:
            raise Forbidden("You cannot deactivate yourself")
        user.is_active = command.is_active
        if not command.is_active:
            end_sessions(work, [user.id])
            for take_away in _TAKEN_AWAY:
                take_away(work, user)
    return user.is_active


def save_user(work: Work, command: EditUser) -> int:
    """Save the person; new roles and a new address end their sessions.

    Nobody changes their own roles (403).
    """
    user = reachable(work, command.user_id)
    if user.version != command.version:
        raise Conflict(STALE)
    if normal_email(command.email) != user.email:
        _readdress(work, user, command.email)
    if command.staff_number.strip() != (user.staff_number or ""):
        user.staff_number = _free_number(work, command.staff_number)
    user.first_name = _named(command.first_name, "First name", "first_name")
    user.last_name = _named(command.last_name, "Last name", "last_name")
    _move(work, user, command)
    held = set(work.session.scalars(select(UserRole.role_id).where(UserRole.user_id == user.id)))
    if held != set(command.role_ids):
        if user.id == work.actor.user_id:
            raise Forbidden("You cannot change your own roles", field="role_ids")
        _give_roles(work, user, command.role_ids)
        end_sessions(work, [user.id])
    # The projects of a client's login follow the client: no form asks for them.
    if user.kind != "client":
        _assign(work, user, UserProject, command.project_ids)
        _assign(work, user, UserDesk, command.desk_ids)
        demand_inside(work, user, command.desk_ids)
    return user.id


def _readdress(work: Work, user: User, typed: str) -> None:
    """Let the person sign in with another address, which both addresses are told.

    Who changed it could ask for a new password there, so no session and no link is left behind.
    A temporary password went to the former address: the new one gets another.
    """
    former, user.email = user.email, _free_email(work, typed, kind=user.kind)
    drop_links(work, user.id)
    end_sessions_elsewhere(work, user.id)
    tell_of_address(work, user, former)
    if user.password_temporary_until is not None:
        replace_password(work, user)


def _move(work: Work, user: User, command: EditUser) -> None:
    """Set where the person works; what they have already may have been retired meanwhile."""
    for model, field in (
        (Branch, "branch_id"),
        (Department, "department_id"),
        (CostCentre, "cost_centre_id"),
    ):
        wanted = getattr(command, field)
        if wanted != getattr(user, field):
            setattr(user, field, referred(work, model, wanted, field=field))


def _free_email(work: Work, text: str, *, kind: str) -> str:
    """Return the address; refused: one that no mail reaches (422), one that is taken (409)."""
    email = normal_email(text)
    if kind != "service" and not is_address(email):
        raise Refusal(NO_ADDRESS, field="email")
    if work.session.scalar(select(func.count()).where(User.email == email)):
        raise Conflict(EMAIL_TAKEN, field="email")
    return email


def _free_number(work: Work, text: str) -> str | None:
    number = text.strip()
    if len(number) > _LONGEST_NUMBER:
        raise Refusal(
            f"Staff number can have at most {_LONGEST_NUMBER} characters", field="staff_number"
        )
    taken = select(func.count()).where(
        User.organisation_id == work.actor.organisation_id, User.staff_number == number
    )
    if number and work.session.scalar(taken):
        raise Conflict("Another person has this staff number", field="staff_number")
    return number or None


def _named(text: str, label: str, field: str) -> str:
    name = text.strip()
    if not name:
        raise Refusal(f"{label} is required", field=field)
    if len(name) > _LONGEST_NAME:
        raise Refusal(f"{label} can have at most {_LONGEST_NAME} characters", field=field)
    return name


def _give_roles(work: Work, user: User, role_ids: tuple[int, ...]) -> None:
    """Set the roles; each new one must be within the giver's own permissions (403)."""
    roles = [find(work.session, work.actor, Role, role_id) for role_id in set(role_ids)]
    if not roles:
        raise Refusal("Choose at least one role", field="role_ids")
    for role in roles:
        demand_reach(work.actor, role.permissions)
    _assign(work, user, UserRole, role_ids)


def _assign(work: Work, user: User, link: type[Any], wanted: tuple[int, ...]) -> None:
    """Let the person's links of a kind be exactly these; what the actor cannot see stays as it is.

    So a narrower view never takes away what it does not show.
    """
    model = _LINKED[link]
    column = getattr(link, f"{model.__tablename__}_id")
    kept = {
        getattr(row, column.key): row
        for row in work.session.scalars(select(link).where(link.user_id == user.id))
    }
    for target_id in set(wanted) - kept.keys():
        if model is Role:
            target = find(work.session, work.actor, Role, target_id)
        else:
            target = usable(work, model, target_id, field=f"{column.key}s")
        values = {column.key: target.id, "user_id": user.id}
        work.session.add(link(organisation_id=user.organisation_id, **values))
    for target_id in kept.keys() - set(wanted):
        if _is_seen(work, model, target_id):
            work.session.delete(kept[target_id])


def _is_seen(work: Work, model: type[Any], target_id: int) -> bool:
    try:
        find(work.session, work.actor, model, target_id)
    except Refusal:
        return False
    return True
