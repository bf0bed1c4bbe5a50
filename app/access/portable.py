"""What a configuration file carries of roles and password rules.

Nobody gives by a file what they do not hold.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select

from app.access.models import Role, UserRole
from app.access.password_rules import (
    PasswordRules,
    SavePasswordRules,
    rules_of,
    save_password_rules,
)
from app.access.reach import BEYOND, covers, end_sessions
from app.access.roles import ADMINISTRATOR
from app.controls.permissions import TENANT_PERMISSIONS
from app.controls.portable import Context, FileRow, Portable, Problem, portable
from app.controls.work import Work


def check_role(context: Context, row: FileRow) -> Iterator[Problem]:
    """The administrators' role stays; what a role gains or loses is within one's own reach."""
    if row.values["name"] == ADMINISTRATOR:
        yield "name", f"names the role {ADMINISTRATOR}, which cannot be changed"
        return
    held = set(row.record.permissions if row.record is not None else ())
    wanted = set(row.values["permissions"])
    unknown = sorted(wanted - held - TENANT_PERMISSIONS)
    if unknown:
        yield "permissions", f"are not known here: {', '.join(unknown[:5])}"
    elif not all(covers(context.actor, permission) for permission in held ^ wanted):
        yield "permissions", f"are beyond you: {BEYOND[:1].lower()}{BEYOND[1:]}"


def end_holders_sessions(work: Work, role: Any, changes: Iterable[str]) -> None:
    """Sign those out who hold a role that may do other things now (design 10)."""
    if "permissions" in changes:
        holders = select(UserRole.user_id).where(UserRole.role_id == role.id)
        end_sessions(work, set(work.session.scalars(holders)) - {work.actor.user_id})


def save_rules(work: Work, columns: dict[str, Any]) -> PasswordRules:
    """Save the one row of rules; returns it."""
    version = rules_of(work.session, work.actor.tenant_id).version
    save_password_rules(work, SavePasswordRules(version, **columns))
    work.session.flush()  # the first of an organisation are returned as they are kept
    return rules_of(work.session, work.actor.tenant_id)


portable(
    Portable(
        "roles",
        "Roles",
        Role,
        "roles",
        identity=("name",),
        fields=("description", "permissions", "asks_second_factor"),
        check=check_role,
        changed=end_holders_sessions,
        exported=lambda role: role.name != ADMINISTRATOR,
        everywhere=lambda role: role.name == ADMINISTRATOR,
    )
)
portable(
    Portable(
        "password_rules",
        "Password rules",
        PasswordRules,
        "roles",
        identity=(),
        fields=("shortest", "remembered"),
        create=save_rules,
        edit=lambda work, _record, columns: save_rules(work, columns),
        adds_with="edit",
    )
)
