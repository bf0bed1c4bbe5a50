"""A compliance report: what was found, who sees to it, what was done, how it ended."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.sight import SeenWithProject
from app.db.base import Base, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Instant

INCIDENT, VIOLATION, PENETRATION = "incident", "violation", "penetration"
KINDS = {
    INCIDENT: "Incident report",
    VIOLATION: "Violation report",
    PENETRATION: "Penetration report",
}
OPEN, TRACKED, CLOSED = "open", "in-progress", "closed"
STATUSES = {OPEN: "Open", TRACKED: "In progress", CLOSED: "Closed"}
TONES = {OPEN: "danger", TRACKED: "warning", CLOSED: "success"}
SEVERITIES = {"low": "Low", "medium": "Medium", "high": "High", "critical": "Critical"}


class ComplianceReport(Tenant, Versioned, Stamped, SeenWithProject, Base):
    """A report of one project (M03.20-22). A closed one says how it ended and stays as it is."""

    __tablename__ = "compliance_report"
    __constraints__ = (
        UniqueConstraint("organisation_id", "project_id", "number"),
        CheckConstraint(f"kind in {tuple(KINDS)}", name="kind"),
        CheckConstraint(f"status in {tuple(STATUSES)}", name="status"),
        CheckConstraint(f"severity in {tuple(SEVERITIES)}", name="severity"),
        CheckConstraint("(status = 'closed') = (closed_at is not null)", name="closed"),
        Index("ix_compliance_report_list", "organisation_id", "kind", "id"),
        within("project", "project_id"),
        within("user", "owner_id"),
    )

    project_id: Mapped[int] = mapped_column(BigId)
    owner_id: Mapped[int | None] = mapped_column(BigId)
    kind: Mapped[str]
    number: Mapped[str]
    name: Mapped[str]
    severity: Mapped[str]
    status: Mapped[str] = mapped_column(default=OPEN)
    found_on: Mapped[date]
    description: Mapped[str]
    steps_taken: Mapped[str] = mapped_column(default="")
    resolution: Mapped[str] = mapped_column(default="")
    closed_at: Mapped[datetime | None] = mapped_column(Instant, default=None)

    def title(self) -> str:
        """Name it in the log."""
        return f"{self.number} {self.name}"
