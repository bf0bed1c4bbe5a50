"""Technical entries of a record: what automated processes and outside services did with it.

They stand apart from the log of changes: that one tells what people changed, this one what a
worker, a platform or the mail said on the way (V03.10-11). Rows are added and never changed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Index, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.controls.commands import SYSTEM_ONLY, handles, perform
from app.controls.identity import Actor, system_actor
from app.controls.work import Work
from app.db.base import Base, Identified
from app.db.types import BigId, Instant

LONGEST_MESSAGE = 500
_NEWEST = 200


class ServiceEntry(Identified, Base):
    """One line: when, which part of the system, what it has to say of which record."""

    __tablename__ = "service_log"
    __audited__ = False
    __table_args__ = (
        Index("ix_service_log_record", "organisation_id", "entity", "entity_id", "id"),
    )

    organisation_id: Mapped[int] = mapped_column(BigId)
    entity: Mapped[str]
    entity_id: Mapped[int] = mapped_column(BigId)
    at: Mapped[datetime] = mapped_column(Instant)
    service: Mapped[str]
    message: Mapped[str]


@dataclass(frozen=True, slots=True)
class NoteEvent:
    """Write a line of a record by itself, where no change of it is to be saved with the line."""

    entity: str
    entity_id: int
    service: str
    message: str


def note(work: Work, record: Any, service: str, message: str) -> None:
    """Write what a service has to say of a record, in the command's own transaction."""
    _write(work, NoteEvent(record.__tablename__, record.id, service, message))


def note_alone(organisation_id: int, record: Any, service: str, message: str) -> None:
    """Write the same outside of a command, so that it stays when the command is refused."""
    keeper = system_actor(organisation_id, frozenset(), service)
    perform(NoteEvent(record.__tablename__, record.id, service, message), keeper)


def entries_of(session: Session, actor: Actor, record: Any) -> list[ServiceEntry]:
    """Return the newest lines of a record that the actor was let see, newest first."""
    query = (
        select(ServiceEntry)
        .where(
            ServiceEntry.organisation_id == actor.tenant_id,
            ServiceEntry.entity == record.__tablename__,
            ServiceEntry.entity_id == record.id,
        )
        .order_by(ServiceEntry.id.desc())
        .limit(_NEWEST)
    )
    return list(session.scalars(query))


@handles(NoteEvent, permission=SYSTEM_ONLY)
def note_event(work: Work, command: NoteEvent) -> None:
    """Write the line."""
    _write(work, command)


def _write(work: Work, event: NoteEvent) -> None:
    values = {
        "organisation_id": work.actor.tenant_id,
        "entity": event.entity,
        "entity_id": event.entity_id,
        "at": work.now,
        "service": event.service,
        "message": event.message[:LONGEST_MESSAGE],
    }
    work.session.execute(insert(ServiceEntry), values)
