"""What is to be done at or after a moment, and who does it until when."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Identified
from app.db.types import BigId, Instant


class DueWork(Identified, Base):
    """One thing to do at or after `due_at`, done once per organisation, kind and occurrence."""

    __tablename__ = "due_work"
    __audited__ = False
    __table_args__ = (
        CheckConstraint("state in ('waiting', 'running', 'done', 'failed')", name="state"),
        Index("uq_due_work_occurrence", "organisation_id", "kind", "occurrence_key", unique=True),
        Index("ix_due_work_state", "state", "due_at"),
    )

    organisation_id: Mapped[int] = mapped_column(BigId)
    kind: Mapped[str]
    occurrence_key: Mapped[str]
    payload: Mapped[dict[str, Any]]
    due_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None] = mapped_column(Instant, default=None)
    leased_by: Mapped[str | None] = mapped_column(default=None)
    progress_percent: Mapped[int] = mapped_column(default=0)
    message: Mapped[str] = mapped_column(default="")
    requested_by: Mapped[int | None] = mapped_column(BigId, default=None)
