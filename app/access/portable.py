"""What a configuration file carries of roles and password rules.

Nobody gives by a file what they do not hold.
"""

from collections.abc import Iterator
from typing import Any

from app.access.enrolment import AskSecondFactor, ask_second_factor
from app.access.models import Role
from app.access.password_rules import (
    PasswordRules,
    SavePasswordRules,
    rules_of,
    save_password_rules,
)
from app.access.reach import BEYOND, reaches
from app.access.roles import ADMINISTRATOR, EditRole, edit_role
from app.controls.permissions import TENANT_PERMISSIONS
from app.controls.portable import Context, FileRow, Portable, Problem, portable
from app.controls.work import Work

_BEYOND = f"beyond you: {BEYOND[:1].lower()}{BEYOND[1:]}"


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
    elif not reaches(context.actor, held ^ wanted):
        yield "permissions", f"are {_BEYOND}"
    if "asks_second_factor" in row.changes and not reaches(context.actor, held):
        yield "asks_second_factor", f"is {_BEYOND}"


def save_role(work: Work, role: Role, columns: dict[str, Any]) -> None:
    """Save a role by the commands of its page, with what follows for those who hold it."""
    asks = columns.pop("asks_second_factor")
    edit_role(work, EditRole(role.id, role.version, **columns))
    if asks != role.asks_second_factor:
        ask_second_factor(work, AskSecondFactor(role.id, role.version, asks))


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
        edit=save_role,
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
