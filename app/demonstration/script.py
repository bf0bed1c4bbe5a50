"""Carries the demonstration's commands out once, however often its making is begun."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from app.access.models import User
from app.access.queries import actor_of
from app.controls.approvals import ApproveRecord, DenyRecord, RejectRecord
from app.controls.commands import perform
from app.controls.identity import Actor, RequestContext
from app.controls.review import LEVEL_OF, review_kinds
from app.db.session import database
from app.demonstration.cast import DOMAIN, Member


def address(login: str) -> str:
    """Return the address that somebody of the demonstration signs in with."""
    return f"{login}@{DOMAIN}"


def is_registered(email: str) -> bool:
    """Tell whether somebody signs in with this address."""
    with database.reading() as session:
        return session.scalar(select(User.id).where(User.email == email)) is not None


def actor(login: str) -> Actor:
    """Return the person as the one who acts."""
    with database.reading() as session:
        user = session.scalars(select(User).where(User.email == address(login))).one()
        context = RequestContext(service="demonstration")
        return actor_of(session, user, organisation_id=user.organisation_id, context=context)


@dataclass(slots=True)
class Script:
    """The commands in their order: each has a key of its own, so a repeated one does nothing."""

    people: dict[str, Actor] = field(default_factory=dict)
    _count: int = 0

    def do(self, command: Any, by: Actor) -> Any:
        """Carry a command out, or return what it answered the first time."""
        self._count += 1
        return perform(command, by, key=f"demonstration-{self._count}")

    def by(self, login: str) -> Actor:
        """Return one of the bank's people."""
        if login not in self.people:
            self.people[login] = actor(login)
        return self.people[login]

    def approve(self, kind: str, record_id: int, *, level: int) -> None:
        """Approve a record that waits at this level, by the approver of the level."""
        version, waits_at = _standing(kind, record_id)
        if waits_at == level:
            perform(ApproveRecord(kind, record_id, version), self.by(f"approver{level}"))

    def reject(self, kind: str, record_id: int, reason: str) -> None:
        """Send a waiting record back to its maker."""
        version, waits_at = _standing(kind, record_id)
        if waits_at:
            perform(RejectRecord(kind, record_id, version, reason), self.by("approver1"))

    def deny(self, kind: str, record_id: int, reason: str) -> None:
        """Refuse a waiting record for good."""
        version, waits_at = _standing(kind, record_id)
        if waits_at:
            perform(DenyRecord(kind, record_id, version, reason), self.by("approver1"))


def name_of(member: Member) -> str:
    """Return the person's first and last name."""
    return f"{member.first_name} {member.last_name}"


def _standing(kind: str, record_id: int) -> tuple[int, int]:
    """Return the record's version and the level it waits at, 0 where it does not wait."""
    with database.reading() as session:
        record = session.get_one(review_kinds[kind].model, record_id)
        return record.version, LEVEL_OF.get(record.record_status, 0)
