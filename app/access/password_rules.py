"""What an organisation asks of passwords, and the one place where a password is set."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column
from zxcvbn import zxcvbn

from app.access.models import User
from app.access.passwords import LONGEST, SHORTEST, passwords
from app.controls.commands import STALE, handles
from app.controls.tenant import Organisation
from app.controls.work import Work
from app.db.base import Base, Identified, Stamped, Tenant, Versioned
from app.db.types import BigId, Instant
from app.kernel.errors import Conflict, Refusal

LONGEST_MINIMUM = 64
MOST_REMEMBERED = 24
_REMEMBERED = 5
_JUDGED, _LEAST_SCORE = 48, 2
_WORDS = re.compile(r"\w{3,}")
GUESSED = "This password is easily guessed. Choose several words that do not belong together"


class PasswordRules(Tenant, Versioned, Stamped, Base):
    """An organisation's rules; without a row the house's own apply."""

    __tablename__ = "password_rules"
    __constraints__ = (
        UniqueConstraint("organisation_id"),
        CheckConstraint(f"shortest between {SHORTEST} and {LONGEST_MINIMUM}", name="shortest"),
        CheckConstraint(f"remembered between 0 and {MOST_REMEMBERED}", name="remembered"),
    )

    shortest: Mapped[int] = mapped_column(default=SHORTEST)
    remembered: Mapped[int] = mapped_column(default=_REMEMBERED)

    def title(self) -> str:
        """Name the rules in the log."""
        return "Password rules"


class FormerPassword(Identified, Base):
    """The hash of a password that a person had, so that it is not chosen again."""

    __tablename__ = "former_password"
    __audited__ = False
    __table_args__ = (Index("ix_former_password_user", "user_id", "id"),)

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user.id"))
    password_hash: Mapped[str]
    replaced_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class SavePasswordRules:
    """Say how long passwords must be, and how many former ones are not chosen again."""

    version: int
    shortest: int
    remembered: int


@handles(SavePasswordRules, permission="roles.edit")
def save_password_rules(work: Work, command: SavePasswordRules) -> None:
    """Save the rules; they hold for every password chosen from now on."""
    if not SHORTEST <= command.shortest <= LONGEST_MINIMUM:
        raise Refusal(f"Choose from {SHORTEST} to {LONGEST_MINIMUM} characters", field="shortest")
    if not 0 <= command.remembered <= MOST_REMEMBERED:
        raise Refusal(f"Choose from 0 to {MOST_REMEMBERED} passwords", field="remembered")
    rules = rules_of(work.session, work.actor.tenant_id)
    if rules.version != command.version:
        raise Conflict(STALE)
    if rules.id is None:
        rules.version = 1
        work.session.add(rules)
    rules.shortest, rules.remembered = command.shortest, command.remembered


def rules_of(session: Session, organisation_id: int | None) -> PasswordRules:
    """Return the organisation's rules, or the house's own as a row of version 0, not stored."""
    query = select(PasswordRules).where(PasswordRules.organisation_id == organisation_id)
    found = session.scalars(query).one_or_none()
    return found or PasswordRules(
        organisation_id=organisation_id, shortest=SHORTEST, remembered=_REMEMBERED, version=0
    )


def too_short(shortest: int) -> str:
    """Return the sentence of E04.13, with the organisation's own minimum."""
    return f"Password must be at least {shortest} characters"


def choose_password(work: Work, user: User, password: str) -> None:
    """Give a person the password they chose; refuses (422) one against the rules.

    It is no longer temporary, and the one before it is remembered (E04.19).
    """
    rules = rules_of(work.session, user.organisation_id)
    if len(password) < rules.shortest:
        raise Refusal(too_short(rules.shortest), field="password")
    if len(password) > LONGEST:
        raise Refusal(f"Password can have at most {LONGEST} characters", field="password")
    if password.lower() in {user.email, user.email.partition("@")[0]}:
        raise Refusal("Password must not be your email address", field="password")
    _demand_unguessable(work.session, user, password)
    former = work.session.scalars(
        select(FormerPassword)
        .where(FormerPassword.user_id == user.id)
        .order_by(FormerPassword.id.desc())
    ).all()
    # The one in use counts as the first of those remembered, a temporary one always.
    known = [user.password_hash, *(one.password_hash for one in former)]
    if any(passwords.verify(one, password) for one in known[: max(1, rules.remembered)]):
        raise Refusal("Choose a password that you have not used before", field="password")
    for one in former[max(0, rules.remembered - 1) :]:
        work.session.delete(one)
    work.session.add(
        FormerPassword(user_id=user.id, password_hash=user.password_hash, replaced_at=work.now)
    )
    user.password_hash = passwords.hash(password)
    user.password_temporary_until = None


def _demand_unguessable(session: Session, user: User, password: str) -> None:
    """Refuse (422) what some million guesses find, the person's and the house's names among them.

    Wheeler, "zxcvbn: Low-Budget Password Strength Estimation" (USENIX Security 2016).
    """
    house = session.get(Organisation, user.organisation_id) if user.organisation_id else None
    names = (user.name, user.email, house.name if house else "")
    known = [*names, *(word for name in names for word in _WORDS.findall(name))]
    # A score counts powers of a thousand; what lies behind the first signs only adds to it.
    if zxcvbn(password[:_JUDGED], known)["score"] < _LEAST_SCORE:
        raise Refusal(GUESSED, field="password")
