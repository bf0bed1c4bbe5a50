"""A request, where it stands, and what was said about it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import visible
from app.db.base import Base, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Instant

OPEN, IN_PROGRESS, WAITING = "open", "in-progress", "waiting"
RESOLVED, CLOSED = "resolved", "closed"
STATUSES = {
    OPEN: "Open",
    IN_PROGRESS: "In progress",
    WAITING: "Waiting",
    RESOLVED: "Resolved",
    CLOSED: "Closed",
}
TONES = {
    OPEN: "info",
    IN_PROGRESS: "warning",
    WAITING: "neutral",
    RESOLVED: "success",
    CLOSED: "neutral",
}
KINDS = {"support": "Support ticket", "service": "Service request"}
PRIORITIES = {"low": "Low", "normal": "Normal", "high": "High", "urgent": "Urgent"}


class ServiceRequest(Tenant, Versioned, Stamped, Base):
    """A request to the house: about a whole project, or about one client of it."""

    __tablename__ = "service_request"
    __constraints__ = (
        UniqueConstraint("organisation_id", "project_id", "number"),
        CheckConstraint(f"status in {tuple(STATUSES)}", name="status"),
        CheckConstraint(f"kind in {tuple(KINDS)}", name="kind"),
        CheckConstraint(f"priority in {tuple(PRIORITIES)}", name="priority"),
        Index("ix_service_request_list", "organisation_id", "project_id", "id"),
        Index("ix_service_request_client", "organisation_id", "client_id", "id"),
        within("project", "project_id"),
        within("client", "client_id"),
        within("user", "assignee_id"),
    )

    project_id: Mapped[int] = mapped_column(BigId)
    client_id: Mapped[int | None] = mapped_column(BigId)
    assignee_id: Mapped[int | None] = mapped_column(BigId)
    number: Mapped[str]
    kind: Mapped[str]
    subject: Mapped[str]
    status: Mapped[str] = mapped_column(default=OPEN)
    priority: Mapped[str] = mapped_column(default="normal")

    @classmethod
    def visible_to(cls, actor: Actor) -> tuple[Any, ...]:
        """Those of the projects in sight that are about no client, or about one in sight.

        A client sees their own alone, never what is about the whole project.
        """
        scope, clauses = actor.scope, []
        if scope.client_id is not None:
            return (cls.client_id == scope.client_id,)
        if scope.project_ids is not None:
            clauses.append(cls.project_id.in_(scope.project_ids))
        if scope.desk_ids is not None or scope.own_clients:
            seen = select(Client.id).where(*visible(actor, Client))
            clauses.append(or_(cls.client_id.is_(None), cls.client_id.in_(seen)))
        return tuple(clauses)

    @property
    def is_open(self) -> bool:
        """Whether anything more can be said or done about it."""
        return self.status != CLOSED

    def title(self) -> str:
        """Name it in the log."""
        return f"{self.number} {self.subject}"


class RequestMessage(Tenant, Base):
    """What somebody wrote about a request; a note is for the house alone."""

    __tablename__ = "request_message"
    __redacted__ = frozenset({"body"})
    __constraints__ = (
        Index("ix_request_message_list", "organisation_id", "request_id", "id"),
        within("service_request", "request_id"),
        within("user", "author_id"),
    )

    request_id: Mapped[int] = mapped_column(BigId)
    author_id: Mapped[int | None] = mapped_column(BigId)
    author: Mapped[str]
    is_from_client: Mapped[bool] = mapped_column(default=False)
    is_note: Mapped[bool] = mapped_column(default=False)
    body: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Instant)

    def title(self) -> str:
        """Name it in the log."""
        return f"Message of {self.author}"
