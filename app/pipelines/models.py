"""A CI/CD server that reports its runs, and the runs it has told of."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.sight import SeenWithProject
from app.db.base import Base, Tenant, within
from app.db.types import BigId, Instant
from app.projects.models import OfProject, once_in_project

SYSTEMS = {
    "gitlab": "GitLab CI",
    "jenkins": "Jenkins",
    "github": "GitHub Actions",
    "other": "Other",
}
RUNNING, PASSED, FAILED, CANCELLED = "running", "passed", "failed", "cancelled"
STATUSES = {RUNNING: "Running", PASSED: "Passed", FAILED: "Failed", CANCELLED: "Cancelled"}
TONES = {RUNNING: "info", PASSED: "success", FAILED: "danger", CANCELLED: "neutral"}


class PipelineServer(OfProject, Base):
    """A server that may report to a project; of its token the hash alone is kept."""

    __tablename__ = "pipeline_server"
    __redacted__ = frozenset({"token_hash"})
    __constraints__ = (
        CheckConstraint(f"system in {tuple(SYSTEMS)}", name="system"),
        UniqueConstraint("token_hash"),
        once_in_project("pipeline_server", "name"),
        within("project", "project_id"),
    )

    name: Mapped[str]
    system: Mapped[str]
    token_hash: Mapped[str | None] = mapped_column(default=None)

    def title(self) -> str:
        """Name it in the log."""
        return self.name


class PipelineRun(Tenant, SeenWithProject, Base):
    """A run as its server told of it last; one that has ended stays as it ended.

    It is not in the log: it is nobody's deed here, and there may be thousands a day.
    """

    __tablename__ = "pipeline_run"
    __audited__ = False
    __constraints__ = (
        UniqueConstraint("organisation_id", "server_id", "run"),
        CheckConstraint(f"status in {tuple(STATUSES)}", name="status"),
        CheckConstraint("duration_seconds >= 0", name="duration"),
        Index("ix_pipeline_run_list", "organisation_id", "project_id", "started_at", "id"),
        within("project", "project_id"),
        within("pipeline_server", "server_id"),
    )

    project_id: Mapped[int] = mapped_column(BigId)
    server_id: Mapped[int] = mapped_column(BigId)
    run: Mapped[str]
    pipeline: Mapped[str]
    branch: Mapped[str]
    status: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(Instant)
    duration_seconds: Mapped[int | None] = mapped_column(BigId)
    url: Mapped[str] = mapped_column(default="")
