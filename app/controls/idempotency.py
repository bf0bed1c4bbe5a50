"""One effect per organisation, person, command and key: the answer is stored with the effect."""

import hashlib
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Index, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.controls.secrecy import cipher
from app.controls.work import Work
from app.db.base import Base, Identified
from app.db.types import BigId, Instant, Json
from app.kernel.errors import Conflict

LONGEST_KEY = 100
# A form is sent within hours, a program tries again for some days.
KEPT_DAYS = 30


class KeyReused(Conflict):
    """A key came again with another request than the one that was carried out under it (409)."""

    def __init__(self) -> None:
        """Say it to a program; where a person reads it, it is said otherwise."""
        super().__init__("This key was already used for a different request")


class IdempotencyKey(Identified, Base):
    """The answer that was given to a command under a key; kept for `KEPT_DAYS`."""

    __tablename__ = "idempotency_key"
    __audited__ = False
    __table_args__ = (
        Index(
            "uq_idempotency_key",
            "organisation_id",
            "user_id",
            "action",
            "key",
            unique=True,
        ),
    )

    organisation_id: Mapped[int] = mapped_column(BigId)
    user_id: Mapped[int] = mapped_column(BigId)
    action: Mapped[str]
    key: Mapped[str]
    digest: Mapped[str]
    answer: Mapped[Any] = mapped_column(Json, nullable=True)
    created_at: Mapped[datetime] = mapped_column(Instant)


def digest_of(command: Any) -> str:
    """Return a fingerprint of the command, keyed because a command may hold a password."""
    return cipher.fingerprint(orjson.dumps(command, default=_plain, option=_OPTIONS).decode())


def remember(work: Work, answer: Any) -> None:
    """Store the answer in the command's transaction; the unique key makes a racing twin fail."""
    if values := key_rows(work, answer):
        work.session.execute(insert(IdempotencyKey), values)


def key_rows(work: Work, answer: Any) -> list[dict[str, Any]]:
    """Return the row that stores the answer, or none without a key or when it is stored already.

    What writes in one statement, such as a posting, stores the answer with it.
    """
    if work.key is None or work.is_remembered:
        return []
    work.is_remembered = True
    return [
        {
            "organisation_id": work.given_in or 0,
            "user_id": work.actor.user_id or 0,
            "action": work.action,
            "key": work.key,
            "digest": digest_of(work.command),
            "answer": answer,
            "created_at": work.now,
        }
    ]


def recall(session: Session, work: Work, key: str, command: Any) -> tuple[bool, Any]:
    """Return (True, answer) when the key was used before; the same key with another body is 409."""
    query = select(IdempotencyKey.digest, IdempotencyKey.answer).where(
        IdempotencyKey.organisation_id == (work.given_in or 0),
        IdempotencyKey.user_id == (work.actor.user_id or 0),
        IdempotencyKey.action == work.action,
        IdempotencyKey.key == key,
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return False, None
    if row.digest != digest_of(command):
        raise KeyReused
    return True, row.answer


def _plain(value: Any) -> Any:
    """Write a set in one order, a file as its digest, and what else JSON does not know as text."""
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    return str(value)


_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
