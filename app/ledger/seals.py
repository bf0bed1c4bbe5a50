"""The sealer: ties committed log rows and transactions into one hash chain per organisation.

It runs in the worker every few seconds, so that no writer waits for a chain that all share.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.controls.audit import Activity
from app.controls.commands import handles, perform
from app.controls.identity import system_actor
from app.controls.outbox import OutboxEvent
from app.controls.work import Work
from app.db.base import Base, Identified
from app.db.session import database
from app.db.types import BigId, Hash, Instant
from app.ledger.models import Entry, Transaction

MAXIMUM_EVENTS = 2_000
GENESIS = bytes(32)


class Seal(Identified, Base):
    """One link of an organisation's chain: the rows it covers, and the hash over all before."""

    __tablename__ = "seal"
    __audited__ = False
    __table_args__ = (UniqueConstraint("organisation_id", "number"),)

    organisation_id: Mapped[int] = mapped_column(BigId)
    number: Mapped[int]
    activity_ids: Mapped[list[int]]
    transaction_ids: Mapped[list[int]]
    previous_hash: Mapped[bytes] = mapped_column(Hash)
    hash: Mapped[bytes] = mapped_column(Hash)
    sealed_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class SealRows:
    """Seal up to 2,000 waiting events of the organisation acted in."""


def seal_all() -> int:
    """Seal everything that waits, organisation by organisation; returns how many events."""
    total = 0
    with database.reading() as session:
        organisations = list(session.scalars(select(OutboxEvent.organisation_id).distinct()))
    for organisation_id in organisations:
        actor = system_actor(organisation_id, frozenset(), "Sealer")
        while sealed := perform(SealRows(), actor):
            total += sealed
    return total


@handles(SealRows, permission=None)
def seal_rows(work: Work, command: SealRows) -> int:
    """Take waiting events in order and add one link; returns how many events it sealed."""
    del command
    session, organisation_id = work.session, work.actor.tenant_id
    query = (
        select(OutboxEvent)
        .where(OutboxEvent.organisation_id == organisation_id)
        .order_by(OutboxEvent.id)
        .limit(MAXIMUM_EVENTS)
        .with_for_update(skip_locked=True)
    )
    events = session.scalars(query).all()
    if not events:
        return 0
    last = session.scalars(
        select(Seal).where(Seal.organisation_id == organisation_id).order_by(Seal.number.desc())
    ).first()
    operations = [event.operation_id for event in events]
    activity_ids = list(
        session.scalars(
            select(Activity.id).where(Activity.operation_id.in_(operations)).order_by(Activity.id)
        )
    )
    transaction_ids = sorted({item for event in events for item in event.payload["transactions"]})
    previous = last.hash if last else GENESIS
    session.add(
        Seal(
            organisation_id=organisation_id,
            number=last.number + 1 if last else 1,
            activity_ids=activity_ids,
            transaction_ids=transaction_ids,
            previous_hash=previous,
            hash=link(session, previous, activity_ids, transaction_ids),
            sealed_at=work.now,
        )
    )
    session.execute(delete(OutboxEvent).where(OutboxEvent.id.in_([event.id for event in events])))
    return len(events)


def link(
    session: Session, previous: bytes, activity_ids: list[int], transaction_ids: list[int]
) -> bytes:
    """Return SHA-256 over the previous hash and the canonical text of each row, in id order."""
    digest = hashlib.sha256(previous)
    for model, ids, key in (
        (Activity, activity_ids, Activity.id),
        (Transaction, transaction_ids, Transaction.id),
        (Entry, transaction_ids, Entry.transaction_id),
    ):
        for row in _rows(session, model, key, ids):
            digest.update(canonical(row))
    return digest.digest()


def canonical(row: dict[str, Any]) -> bytes:
    """Write a row as sorted JSON: what is hashed of it."""
    return json.dumps(row, sort_keys=True, default=_text, separators=(",", ":")).encode()


def _rows(session: Session, model: Any, key: Any, ids: list[int]) -> list[dict[str, Any]]:
    columns = [c for c in model.__table__.columns if c.name not in SEALED_LATER.get(model, ())]
    found: list[dict[str, Any]] = []
    for start in range(0, len(ids), 500):
        query = select(*columns).where(key.in_(ids[start : start + 500])).order_by(model.id)
        found.extend(dict(row) for row in session.execute(query).mappings())
    return found


# These may still change after posting, each change with a log row of its own (design 9.7).
SEALED_LATER: dict[Any, frozenset[str]] = {
    Transaction: frozenset(
        {"description", "manager_id", "status_id", "processing", "version", "updated_at"}
    )
}


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
