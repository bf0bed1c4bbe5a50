"""An organisation always keeps somebody who can administer its people."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import or_, select

from app.access.models import Role, User, UserRole
from app.access.reach import permissions_of
from app.controls.identity import PLATFORM
from app.controls.permissions import demand
from app.controls.tenant import Organisation
from app.controls.work import Work
from app.kernel.errors import Conflict

ADMINISTERING = frozenset({"users.edit", "roles.edit"})
NOBODY_LEFT = "Somebody must be left who can administer people: give another person that role first"


@contextmanager
def one_at_a_time(work: Work, permission: str) -> Iterator[None]:
    """Let one command at a time change what people of an organisation may do.

    Who had to wait is asked for their permission again (403): it may be gone by now. What takes
    away the last one who can administer people is refused (409), but from the platform's own
    people, who can let somebody in again.

    One who can is an active employee whose password has not run out unused and whose roles
    together give both `users.edit` and `roles.edit`, as the Tenant Administrator's always does.
    """
    lock = select(Organisation.id).where(Organisation.id == work.actor.organisation_id)
    work.session.execute(lock.with_for_update(key_share=True))
    _look_again(work, permission)
    is_watched = not work.actor.may(PLATFORM) and _has_administrator(work)
    yield
    if is_watched and not _has_administrator(work):
        raise Conflict(NOBODY_LEFT)


def _look_again(work: Work, permission: str) -> None:
    actor = work.actor
    if actor.user_id is None or actor.may(PLATFORM):
        return
    is_active = work.session.scalar(select(User.is_active).where(User.id == actor.user_id))
    held = permissions_of(work.session, actor.user_id) if is_active else set()
    work.actor = replace(actor, permissions=actor.permissions & held)
    demand(work.actor, permission)


def _has_administrator(work: Work) -> bool:
    query = (
        select(UserRole.user_id, Role.permissions)
        .join(Role, Role.id == UserRole.role_id)
        .join(User, User.id == UserRole.user_id)
        .where(
            User.organisation_id == work.actor.organisation_id,
            User.kind == "employee",
            User.is_active,
            or_(
                User.password_temporary_until.is_(None),
                User.password_temporary_until >= work.now,
            ),
        )
    )
    held: dict[int, set[str]] = defaultdict(set)
    for user_id, permissions in work.session.execute(query):
        held[user_id].update(permissions)
    return any(permissions >= ADMINISTERING for permissions in held.values())
