"""The sealer: ties what was committed into one hash chain per organisation.

It runs in the worker every few seconds, so that no writer waits for a chain that all share. A
seal keeps a digest of every row its operations wrote or changed, as the row stands then; the
newest digest of a row must fit the row. `app/reports` checks that with code of its own.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import LargeBinary, Text, UniqueConstraint, cast, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.controls.apart import apart
from app.controls.audit import Activity
from app.controls.commands import SYSTEM_ONLY, handles, perform
from app.controls.identity import system_actor
from app.controls.outbox import OutboxEvent
from app.controls.review import ReviewStep
from app.controls.work import Work
from app.db.base import Base, Identified
from app.db.session import database
from app.db.types import BigId, Hash, Instant
from app.kernel.crash import crash_point
from app.kernel.portions import portions
from app.ledger.models import Entry

MAXIMUM_EVENTS = 2_000
GENESIS = bytes(32)
ABSENT = bytes(32)
FORM = 1
# Records whose every change is logged; a seal covers them as they stand after their operation.
RECORDS = ("account", "approval_rule", "asset", "hold", "licence", "transaction")
# These move with postings, which seal the entries they are summed from.
MOVING = {
    "asset": frozenset(
        {
            "balance_minor", "bonus_minor", "held_minor", "pending_in_minor", "pending_out_minor",
            "deposited_minor", "withdrawn_minor", "sequence", "head_hash",
        }
    )
}  # fmt: skip
_CHUNK = 500


class Seal(Identified, Base):
    """One link of an organisation's chain: rows by table, their digests, the hash over all."""

    __tablename__ = "seal"
    __audited__ = False
    __table_args__ = (UniqueConstraint("organisation_id", "number"),)

    organisation_id: Mapped[int] = mapped_column(BigId)
    number: Mapped[int]
    form: Mapped[int]
    rows: Mapped[dict[str, Any]]
    digests: Mapped[bytes] = mapped_column(LargeBinary)
    previous_hash: Mapped[bytes] = mapped_column(Hash)
    hash: Mapped[bytes] = mapped_column(Hash)
    sealed_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class SealRows:
    """Seal up to 2,000 waiting events of the organisation acted in."""


def seal_all() -> int:
    """Seal everything that waits, organisation by organisation; returns how many events.

    What fails in one is logged and holds up none of the others.
    """
    total = 0
    with database.reading() as session:
        organisations = list(session.scalars(select(OutboxEvent.organisation_id).distinct()))
    for organisation_id in organisations:
        actor = system_actor(organisation_id, frozenset(), "Sealer")
        with apart(f"seal of organisation {organisation_id}"):
            while sealed := perform(SealRows(), actor):
                total += sealed
    return total


@handles(SealRows, permission=SYSTEM_ONLY)
def seal_rows(work: Work, command: SealRows) -> int:
    """Take waiting events in order and add one link; returns how many events it sealed."""
    del command
    session, organisation_id = work.session, work.actor.tenant_id
    # Not skipping what is locked: a second sealer waits here and then reads the newest link.
    query = (
        select(OutboxEvent)
        .where(OutboxEvent.organisation_id == organisation_id)
        .order_by(OutboxEvent.id)
        .limit(MAXIMUM_EVENTS)
        .with_for_update()
    )
    events = session.scalars(query).all()
    if not events:
        return 0
    last = session.execute(
        select(Seal.number, Seal.hash)
        .where(Seal.organisation_id == organisation_id)
        .order_by(Seal.number.desc())
        .limit(1)
    ).one_or_none()
    rows, digests = _digests(session, _touched(session, events))
    seal = Seal(
        organisation_id=organisation_id,
        number=last.number + 1 if last else 1,
        form=FORM,
        rows=rows,
        digests=digests,
        previous_hash=last.hash if last else GENESIS,
        sealed_at=work.now,
    )
    seal.hash = link(seal)
    session.add(seal)
    crash_point("link made")
    session.execute(delete(OutboxEvent).where(OutboxEvent.id.in_([event.id for event in events])))
    return len(events)


def link(seal: Seal) -> bytes:
    """Return SHA-256 over the previous hash, what the seal says of itself, and its digests."""
    rows = json.dumps(seal.rows, sort_keys=True, separators=(",", ":"))
    at = seal.sealed_at.astimezone(UTC).isoformat()
    own = f"{seal.organisation_id}|{seal.number}|{seal.form}|{at}|{rows}|"
    return hashlib.sha256(seal.previous_hash + own.encode() + seal.digests).digest()


def _touched(session: Session, events: Sequence[OutboxEvent]) -> dict[str, set[int]]:
    """Return the ids of all rows that the events' operations wrote or changed, by table."""
    touched: dict[str, set[int]] = defaultdict(set)
    operations = [event.operation_id for event in events]
    for part in portions(operations, _CHUNK):
        activities = select(Activity.id, Activity.entity, Activity.entity_id).where(
            Activity.operation_id.in_(part)
        )
        for row in session.execute(activities):
            touched["activity"].add(row.id)
            if row.entity in RECORDS and row.entity_id is not None:
                touched[row.entity].add(row.entity_id)
        steps = select(ReviewStep.id).where(ReviewStep.operation_id.in_(part))
        touched["review_step"].update(session.scalars(steps))
    posted = {item for event in events for item in event.payload["transactions"]}
    touched["transaction"] |= posted
    for part in portions(sorted(posted), _CHUNK):
        entries = select(Entry.id).where(Entry.transaction_id.in_(part))
        touched["entry"].update(session.scalars(entries))
    return touched


def _digests(session: Session, touched: dict[str, set[int]]) -> tuple[dict[str, list[int]], bytes]:
    """Return the sorted ids of each table, and the digests in that order, tables by name."""
    rows = {table: sorted(touched[table]) for table in sorted(touched) if touched[table]}
    digests = bytearray()
    for table, ids in rows.items():
        for part in portions(ids, _CHUNK):
            found = _digests_of(session, table, part)
            digests += b"".join(found.get(row_id, ABSENT) for row_id in part)
    return rows, bytes(digests)


def _digests_of(session: Session, table: str, ids: Sequence[int]) -> dict[int, bytes]:
    """Return SHA-256 of each row as a JSON array of its columns, written by the database."""
    model = Base.metadata.tables[table]
    kept = (c for c in model.columns if c.name not in MOVING.get(table, ()))
    columns = sorted(kept, key=lambda column: str(column.name))
    query = select(model.c.id).where(model.c.id.in_(ids))
    if database.is_postgresql:
        written = cast(func.json_build_array(*columns), Text)
        digest = func.sha256(func.convert_to(written, "UTF8"))
        return {row[0]: bytes(row[1]) for row in session.execute(query.add_columns(digest))}
    plain = [func.hex(c) if isinstance(c.type, LargeBinary) else c for c in columns]
    found = session.execute(query.add_columns(func.json_array(*plain)))
    return {row[0]: hashlib.sha256(row[1].encode()).digest() for row in found}
