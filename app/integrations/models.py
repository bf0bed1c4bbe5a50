"""Outside systems, what they are told of, and every time they were told it."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

from sqlalchemy import CheckConstraint, Index, false
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.identity import Actor
from app.controls.review import Reviewed
from app.controls.sight import SharedOrOfProject
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Instant

SYSTEM_KINDS = {
    "payments": "Payment gateway",
    "custody": "Custody of digital assets",
    "compliance": "Compliance and screening",
    "accounting": "Accounting",
    "messaging": "Messaging",
    "other": "Other",
}
WAITING, DELIVERED, FAILED, HELD = "waiting", "delivered", "failed", "held"
STATES = {
    WAITING: ("Waiting", "info"),
    DELIVERED: ("Delivered", "success"),
    FAILED: ("Failed", "danger"),
    HELD: ("Held", "warning"),
}


def is_taken(status_code: int | None) -> bool:
    """Tell whether a status says that a message was taken."""
    return status_code is not None and HTTPStatus.OK <= status_code < HTTPStatus.MULTIPLE_CHOICES


class ThirdPartySystem(Tenant, Versioned, Stamped, Retirable, Reviewed, SharedOrOfProject, Base):
    """A system outside of the house, of one project or of all (M03.13).

    `credentials_token` is the bearer token it is asked and told with, encrypted; nobody is shown
    it again. `tested_at` and `test_result` are the last connection test. One with a `checks_path`
    is asked there who approved customers are (W02.02), until that is stopped by hand.
    """

    __tablename__ = "third_party_system"
    __configuration__ = True
    __redacted__ = frozenset({"credentials_token"})
    __content__ = ("name", "kind", "base_url", "project_id", "description", "checks_path")
    __joined__ = frozenset({"checks_path"})
    __constraints__ = (
        CheckConstraint(f"kind in {tuple(SYSTEM_KINDS)}", name="kind"),
        within("project", "project_id"),
    )

    name: Mapped[str]
    kind: Mapped[str]
    base_url: Mapped[str]
    project_id: Mapped[int | None] = mapped_column(BigId)
    description: Mapped[str] = mapped_column(default="")
    checks_path: Mapped[str | None]
    checks_stopped_at: Mapped[datetime | None] = mapped_column(Instant)
    credentials_token: Mapped[str] = mapped_column(default="")
    tested_at: Mapped[datetime | None] = mapped_column(Instant)
    test_result: Mapped[str] = mapped_column(default="")

    @property
    def checks_identity(self) -> bool:
        """Whether it is asked who customers are: an authorised one is, until that is stopped."""
        is_used = self.is_authorised and self.retired_at is None
        return is_used and self.checks_path is not None and self.checks_stopped_at is None

    def title(self) -> str:
        """Name the system in the log."""
        return self.name


class HookConfig(Tenant, Versioned, Stamped, Retirable, Reviewed, SharedOrOfProject, Base):
    """Which events a system is told of, at which path of its address, signed with which secret.

    It speaks once it is authorised, as long as it is not paused: by hand, or by the house after
    repeated failure. Of events that belong to a project only those of its own reach it.
    """

    __tablename__ = "hook_config"
    __configuration__ = True
    __redacted__ = frozenset({"secret_token"})
    __content__ = ("name", "system_id", "project_id", "events", "path")
    __constraints__ = (
        within("third_party_system", "system_id"),
        within("project", "project_id"),
    )

    name: Mapped[str]
    system_id: Mapped[int] = mapped_column(BigId)
    project_id: Mapped[int | None] = mapped_column(BigId)
    events: Mapped[list[str]]
    path: Mapped[str] = mapped_column(default="")
    secret_token: Mapped[str]
    paused_at: Mapped[datetime | None] = mapped_column(Instant)
    paused_reason: Mapped[str] = mapped_column(default="")

    def title(self) -> str:
        """Name the hook in the log."""
        return self.name


class Delivery(Tenant, SharedOrOfProject, Base):
    """One event for one hook: its postback. `message_id` lets the receiver drop a second copy."""

    __tablename__ = "delivery"
    # What happened is in the log already; this is how it was told.
    __audited__ = False
    __constraints__ = (
        CheckConstraint(f"state in {tuple(STATES)}", name="state"),
        Index("uq_delivery_message", "organisation_id", "hook_id", "message_id", unique=True),
        Index("ix_delivery_record", "organisation_id", "entity", "entity_id", "id"),
        Index("ix_delivery_hook", "organisation_id", "hook_id", "state", "id"),
        within("hook_config", "hook_id"),
        within("project", "project_id"),
    )

    hook_id: Mapped[int] = mapped_column(BigId)
    message_id: Mapped[str]
    event: Mapped[str]
    entity: Mapped[str]
    entity_id: Mapped[int] = mapped_column(BigId)
    label: Mapped[str]
    project_id: Mapped[int | None] = mapped_column(BigId)
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default=WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None] = mapped_column(Instant)
    last_answer: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)

    @classmethod
    def visible_to(cls, actor: Actor) -> tuple[Any, ...]:
        """Those of the actor's projects, for people who see every customer there."""
        scope = actor.scope
        if scope.own_clients or scope.desk_ids is not None or scope.client_id is not None:
            return (false(),)
        return super().visible_to(actor)

    def title(self) -> str:
        """Name the postback on its page."""
        return f"{self.event} {self.label}"


class DeliveryAttempt(Tenant, Base):
    """One request to the other side, and the head of what it answered."""

    __tablename__ = "delivery_attempt"
    __audited__ = False
    __referred__ = False
    __constraints__ = (
        Index("ix_delivery_attempt", "organisation_id", "delivery_id", "id"),
        within("delivery", "delivery_id"),
    )

    delivery_id: Mapped[int] = mapped_column(BigId)
    at: Mapped[datetime] = mapped_column(Instant)
    url: Mapped[str]
    request_head: Mapped[str]
    status_code: Mapped[int | None]
    answer_head: Mapped[str] = mapped_column(default="")
    error: Mapped[str] = mapped_column(default="")
    milliseconds: Mapped[int] = mapped_column(default=0)

    @property
    def is_good(self) -> bool:
        """Whether the other side took the message: it answered with a 2xx status."""
        return is_taken(self.status_code)
