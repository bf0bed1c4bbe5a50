"""An export that was asked for, and the compressed parts it was written in."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.identity import Actor
from app.db.base import Base, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Instant

STATES = {
    "waiting": ("Waiting", "neutral"),
    "running": ("Being written", "info"),
    "ready": ("Ready", "success"),
    "failed": ("Failed", "danger"),
    "expired": ("Expired", "neutral"),
}


class Export(Tenant, Versioned, Stamped, Base):
    """A list as it was narrowed when the export was asked for; only who asked sees it."""

    __tablename__ = "export"
    __constraints__ = (
        CheckConstraint(
            "state in ('waiting', 'running', 'ready', 'failed', 'expired')", name="state"
        ),
        Index("ix_export_list", "organisation_id", "requested_by", "id"),
    )

    list_name: Mapped[str]
    title_text: Mapped[str]
    query: Mapped[str]
    state: Mapped[str] = mapped_column(default="waiting")
    refusal: Mapped[str] = mapped_column(default="")
    requested_by: Mapped[int] = mapped_column(BigId)
    row_count: Mapped[int] = mapped_column(BigId, default=0)
    size_bytes: Mapped[int] = mapped_column(BigId, default=0)
    work_id: Mapped[int | None] = mapped_column(BigId)
    expires_at: Mapped[datetime] = mapped_column(Instant)

    @classmethod
    def visible_to(cls, actor: Actor) -> tuple[Any, ...]:
        """An export holds what its requester may see, so it is theirs alone."""
        return (cls.requested_by == actor.user_id,)

    @property
    def is_under_way(self) -> bool:
        """Whether it waits for the worker or is being written."""
        return self.state in {"waiting", "running"}

    def title(self) -> str:
        """Name the export in the log."""
        return f"Export of {self.title_text.lower()}"


class ExportPart(Tenant, Base):
    """About a mebibyte of the file, compressed; parts follow each other by number."""

    __tablename__ = "export_part"
    __audited__ = False
    __constraints__ = (
        UniqueConstraint("export_id", "number"),
        within("export", "export_id"),
    )

    export_id: Mapped[int] = mapped_column(BigId)
    number: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
