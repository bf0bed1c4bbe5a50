"""Events of a person's calendar."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.identity import Actor
from app.db.base import Base, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Instant

CALL, REMINDER = "call", "reminder"
KINDS = {CALL: "Call", REMINDER: "Reminder"}


class CalendarEvent(Tenant, Versioned, Stamped, Base):
    """A call or a reminder of one employee in one project, perhaps about a client (M03.18)."""

    __tablename__ = "calendar_event"
    __constraints__ = (
        CheckConstraint("kind in ('call', 'reminder')", name="kind"),
        Index("ix_calendar_event_list", "organisation_id", "user_id", "starts_at"),
        within("user", "user_id"),
        within("project", "project_id"),
        within("client", "client_id"),
    )

    user_id: Mapped[int] = mapped_column(BigId)
    project_id: Mapped[int] = mapped_column(BigId)
    client_id: Mapped[int | None] = mapped_column(BigId)
    kind: Mapped[str]
    name: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    starts_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant, default=None)

    @classmethod
    def visible_to(cls, actor: Actor) -> tuple[Any, ...]:
        """One's own, in the projects in sight."""
        own: list[Any] = [cls.user_id == actor.user_id]
        if actor.scope.project_ids is not None:
            own.append(cls.project_id.in_(actor.scope.project_ids))
        return tuple(own)

    def title(self) -> str:
        """Name the event in the log."""
        return f"{KINDS[self.kind]} {self.name}"
