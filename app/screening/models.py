"""What an outside service was asked about a customer's identity, and what it answered."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.clients.sight import SeenWithClient
from app.db.base import Base, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Instant

WAITING, PENDING, REVIEW, PASSED, FAILED, STOPPED = (
    "waiting", "pending", "review", "passed", "failed", "stopped",
)  # fmt: skip
STATES = {
    WAITING: ("Not answered yet", "info"),
    PENDING: ("Under way", "info"),
    REVIEW: ("Looked at by people", "warning"),
    PASSED: ("Passed", "success"),
    FAILED: ("Failed", "danger"),
    STOPPED: ("Given up", "neutral"),
}
SETTLED = (PASSED, FAILED, STOPPED)


class IdentityCheck(Tenant, Versioned, Stamped, SeenWithClient, Base):
    """One question to one service, asked under its `reference` until it is settled (W02.02)."""

    __tablename__ = "identity_check"
    __constraints__ = (
        UniqueConstraint("reference"),
        CheckConstraint(f"state in {tuple(STATES)}", name="state"),
        Index("ix_identity_check_client", "organisation_id", "client_id", "id"),
        within("client", "client_id"),
        within("project", "project_id"),
        within("third_party_system", "system_id"),
    )

    reference: Mapped[str]
    client_id: Mapped[int] = mapped_column(BigId)
    project_id: Mapped[int] = mapped_column(BigId)
    system_id: Mapped[int] = mapped_column(BigId)
    state: Mapped[str] = mapped_column(default=WAITING)
    reason: Mapped[str] = mapped_column(default="")
    attempts: Mapped[int] = mapped_column(default=0)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)

    def title(self) -> str:
        """Name the check in the log."""
        return f"Identity check {self.reference[:8]}"
