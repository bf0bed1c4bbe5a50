"""Guessing is held back: attempts are counted before they are answered, and counted at once.

Each attempt counts three times: for the pair of subject (an address typed at sign-in) and place
(the client's network address), for the subject alone and for the place alone. The pair's bound is
low. The subject's is far above it, so that a stranger who guesses cannot lock the person out.
"""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, case, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.controls.commands import handles
from app.controls.secrecy import cipher
from app.controls.work import Work
from app.db.base import Base, Identified
from app.db.session import database
from app.db.types import Instant
from app.kernel.errors import Refusal

SIGN_IN, RESET, PASSWORD, FACTOR = "sign-in", "reset", "password", "second factor"
_ANY = ""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many attempts are allowed within so many minutes of the first."""

    pair: int
    subject: int
    place: int
    minutes: int


BOUNDS = {
    SIGN_IN: Bounds(pair=8, subject=64, place=256, minutes=15),
    RESET: Bounds(pair=5, subject=20, place=100, minutes=60),
    PASSWORD: Bounds(pair=8, subject=16, place=256, minutes=15),
    # Only who knows the password comes to try, so the subject's bound locks nobody else out.
    FACTOR: Bounds(pair=8, subject=16, place=256, minutes=15),
}


class Attempts(Identified, Base):
    """How often something was tried until a moment; subject and place are fingerprints."""

    __tablename__ = "attempts"
    __audited__ = False
    __table_args__ = (
        Index("uq_attempts", "purpose", "subject", "place", unique=True),
        Index("ix_attempts_until", "until"),
    )

    purpose: Mapped[str]
    subject: Mapped[str]
    place: Mapped[str]
    count: Mapped[int]
    until: Mapped[datetime] = mapped_column(Instant)


class TooManyAttempts(Refusal):
    """Attempts are held back for this subject or place, known or not (429)."""

    status = 429
    title = "Too many attempts"


@dataclass(frozen=True, slots=True)
class CountAttempt:
    """Count an attempt before it is answered; refused when there were too many."""

    purpose: str
    subject: str
    address: str


@handles(CountAttempt, permission=None)
def count_attempt(work: Work, command: CountAttempt) -> None:
    """Add one to each of the three counts; beyond a bound this refuses with 429.

    Counting is one statement of the database's own, so attempts sent at once are all counted.
    """
    work.session.execute(delete(Attempts).where(Attempts.until < work.now))
    bounds = BOUNDS[command.purpose]
    subject, place = cipher.fingerprint(command.subject), _place(command.address)
    shared = {
        "purpose": command.purpose,
        "until": work.now + timedelta(minutes=bounds.minutes),
        "count": 1,
    }
    for row_subject, row_place, bound in (
        (subject, place, bounds.pair),
        (subject, _ANY, bounds.subject),
        (_ANY, place, bounds.place),
    ):
        if _counted(work, {"subject": row_subject, "place": row_place} | shared) > bound:
            raise TooManyAttempts(
                f"Too many attempts. Please wait {bounds.minutes} minutes and try again."
            )


def forget_attempts(work: Work, purpose: str, subject: str, address: str) -> None:
    """Forget a subject's attempts after the right answer, which was itself no attempt to guess."""
    release(work, purpose, subject)
    work.session.execute(
        update(Attempts)
        .where(
            Attempts.purpose == purpose,
            Attempts.subject == _ANY,
            Attempts.place == _place(address),
            Attempts.count > 0,
        )
        .values(count=Attempts.count - 1)
    )


def release(work: Work, purpose: str, subject: str) -> None:
    """Forget every attempt for a subject, from wherever it came."""
    work.session.execute(
        delete(Attempts).where(
            Attempts.purpose == purpose, Attempts.subject == cipher.fingerprint(subject)
        )
    )


def held_until(session: Session, purpose: str, subject: str, now: datetime) -> datetime | None:
    """Return until when a subject is held back, from everywhere or from one place, or None."""
    bounds = BOUNDS[purpose]
    bound = case((Attempts.place == _ANY, bounds.subject), else_=bounds.pair)
    query = select(func.max(Attempts.until)).where(
        Attempts.purpose == purpose,
        Attempts.subject == cipher.fingerprint(subject),
        Attempts.until > now,
        Attempts.count >= bound,
    )
    return session.scalar(query)


def _counted(work: Work, values: dict[str, Any]) -> int:
    insert: Any = postgresql.insert if database.is_postgresql else sqlite.insert
    statement = insert(Attempts).values(values)
    statement = statement.on_conflict_do_update(
        index_elements=["purpose", "subject", "place"], set_={"count": Attempts.count + 1}
    ).returning(Attempts.count)
    return int(work.session.scalar(statement) or 0)


def _place(address: str) -> str:
    """Return the fingerprint of a client's place: its address, or its network of 64 bits in IPv6.

    One household or one server has a whole such network to guess from.
    """
    try:
        given = ipaddress.ip_address(address)
    except ValueError:
        return cipher.fingerprint(address or "nowhere")
    network = 64 if given.version == 6 else 32  # noqa: PLR2004
    return cipher.fingerprint(str(ipaddress.ip_network((given, network), strict=False)))
