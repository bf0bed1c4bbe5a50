"""People are invited by mail, with a temporary password that they replace at their first sign-in.

`CreateUser` stays what provisioning and the demonstration use: it mails nothing and asks no DNS.
"""

from dataclasses import dataclass, fields
from typing import Any

from app.access.domains import demand_receiver
from app.access.models import User
from app.access.people import CreateUser, create_user
from app.access.reach import drop_links, end_sessions, reachable
from app.access.temporary import hand_out, replace_password, temporary_password
from app.controls.commands import handles
from app.controls.work import Work
from app.kernel.errors import Conflict, Forbidden


@dataclass(frozen=True, slots=True)
class InviteUser:
    """Add an employee and mail them how to sign in."""

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
class SendTemporaryPassword:
    """Replace a person's password by a temporary one that is mailed to them."""

    user_id: int


@handles(InviteUser, permission="users.create")
def invite_user(work: Work, command: InviteUser) -> int:
    """Create the user and write the welcome; refuses a domain that takes no mail (E12.04)."""
    return welcome(
        work, CreateUser(kind="employee", password=temporary_password(), **_given(command))
    )


def welcome(work: Work, command: CreateUser) -> int:
    """Create the user with a temporary password and mail it; returns their id."""
    demand_receiver(command.email, lambda: work.organisation)
    user_id = create_user(work, command)
    user = work.session.get_one(User, user_id)
    subject = f"Welcome to {work.organisation.name}"
    hand_out(work, user, command.password, letter="welcome", subject=subject)
    return user_id


@handles(SendTemporaryPassword, permission="users.edit")
def send_temporary_password(work: Work, command: SendTemporaryPassword) -> int:
    """Mail a new temporary password; the old one and every session end at once."""
    user = reachable(work, command.user_id)
    if user.id == work.actor.user_id:
        raise Forbidden("Change your own password in your account")
    if not user.is_active:
        raise Conflict("Activate the person first")
    if user.kind == "service":
        raise Conflict("A service account has no password: it comes by its keys")
    replace_password(work, user)
    end_sessions(work, [user.id])
    drop_links(work, user.id)
    return user.id


def _given(command: InviteUser) -> dict[str, Any]:
    """Return what was asked for, as `CreateUser` names it."""
    return {one.name: getattr(command, one.name) for one in fields(command)}
