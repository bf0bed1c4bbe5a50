"""What was done and is not sealed yet: events written with the change, read after commit."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, insert
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.work import Work
from app.db.base import Base, Identified
from app.db.types import BigId, Instant


class OutboxEvent(Identified, Base):
    """An event of one operation, waiting to be sealed; the sealer deletes it when it has."""

    __tablename__ = "outbox_event"
    __audited__ = False
    __table_args__ = (Index("ix_outbox_event_organisation", "organisation_id", "id"),)

    organisation_id: Mapped[int] = mapped_column(BigId)
    operation_id: Mapped[str]
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(Instant)


def event_values(work: Work) -> dict[str, Any]:
    """Return the columns of the operation's one event: its rows in the log and in the ledger."""
    return {
        "organisation_id": work.actor.organisation_id or 0,
        "operation_id": work.operation_id,
        "payload": {"transactions": work.posted_transaction_ids},
        "created_at": work.now,
    }


def publish(work: Work) -> None:
    """Write the operation's event in its own transaction."""
    work.session.execute(insert(OutboxEvent), event_values(work))
