"""Roles are named sets of permissions; nobody gives or takes what they do not hold."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from app.access.administrators import one_at_a_time
from app.access.models import Role, UserRole
from app.access.reach import demand_reach, end_sessions
from app.controls.commands import STALE, handles
from app.controls.permissions import TENANT_PERMISSIONS, find
from app.controls.usage import user_of
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal

ADMINISTRATOR = "Tenant Administrator"
NAME_TAKEN = "A role with this name exists already"
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class CreateRole:
    """Add a role with its permissions."""

    name: str
    permissions: tuple[str, ...]
    description: str = ""


@dataclass(frozen=True, slots=True)
class EditRole:
    """Change a role; permissions are given whole."""

    role_id: int
    version: int
    name: str
    permissions: tuple[str, ...]
    description: str = ""


@dataclass(frozen=True, slots=True)
class DeleteRole:
    """Remove a role that nobody holds."""

    role_id: int


@handles(CreateRole, permission="roles.create")
def create_role(work: Work, command: CreateRole) -> int:
    """Create a role of the organisation (403 for a permission beyond the maker's own)."""
    _demand_known(command.permissions)
    demand_reach(work.actor, command.permissions)
    role = Role(
        organisation_id=work.actor.tenant_id,
        name=_free_name(work, command.name),
        description=command.description.strip(),
        permissions=sorted(set(command.permissions)),
    )
    return work.add(role).id


@handles(EditRole, permission="roles.edit")
def edit_role(work: Work, command: EditRole) -> int:
    """Save the role, where somebody is left who can administer people (409)."""
    with one_at_a_time(work, "roles.edit"):
        return _save_role(work, command)


@handles(DeleteRole, permission="roles.delete")
def delete_role(work: Work, command: DeleteRole) -> None:
    """Delete the role; system roles and roles that people hold stay (409)."""
    role = find(work.session, work.actor, Role, command.role_id)
    if role.is_system:
        raise Conflict(f"{role.name} is a system role and cannot be deleted")
    demand_reach(work.actor, role.permissions)
    noun = user_of(work.session, role)
    if noun is not None:
        raise Conflict(f"Role cannot be deleted: {noun} hold it")
    work.session.delete(role)


def is_administrators(role: Any) -> bool:
    """Tell whether it is the role that nobody changes, of a role or of a row of their list."""
    return bool(role.is_system and role.name == ADMINISTRATOR)


def demand_changeable(role: Role) -> None:
    """Refuse (409) the administrators' role."""
    if is_administrators(role):
        raise Conflict(f"The role {ADMINISTRATOR} cannot be changed")


def _save_role(work: Work, command: EditRole) -> int:
    """Save it; changed permissions end the sessions of those who hold it (design 10)."""
    role = find(work.session, work.actor, Role, command.role_id)
    if role.version != command.version:
        raise Conflict(STALE)
    demand_changeable(role)
    name = command.name.strip()
    if role.is_system and name != role.name:
        raise Conflict("A system role keeps its name", field="name")
    if name != role.name:
        role.name = _free_name(work, name, except_id=role.id)
    role.description = command.description.strip()
    held, wanted = set(role.permissions), set(command.permissions)
    if held != wanted:
        _demand_known(wanted - held)
        demand_reach(work.actor, held ^ wanted)
        role.permissions = sorted(wanted)
        holders = select(UserRole.user_id).where(UserRole.role_id == role.id)
        end_sessions(work, set(work.session.scalars(holders)) - {work.actor.user_id})
    return role.id


def _demand_known(permissions: Iterable[str]) -> None:
    if not TENANT_PERMISSIONS.issuperset(permissions):
        raise Refusal("Choose permissions from the list", field="permissions")


def _free_name(work: Work, text: str, *, except_id: int = 0) -> str:
    name = text.strip()
    if not name:
        raise Refusal("Name is required", field="name")
    if len(name) > _LONGEST_NAME:
        raise Refusal(f"Name can have at most {_LONGEST_NAME} characters", field="name")
    taken = select(func.count()).where(
        Role.organisation_id == work.actor.tenant_id,
        func.lower(Role.name) == name.lower(),
        Role.id != except_id,
    )
    if work.session.scalar(taken):
        raise Conflict(NAME_TAKEN, field="name")
    return name
