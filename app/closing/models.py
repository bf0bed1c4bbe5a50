"""How an organisation closes its days, each close, and each of its steps."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.review import RECORD_STATUSES, Reviewed
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Instant, Json

RUNNING, BLOCKED, COMPLETED = "running", "blocked", "completed"
RUN_STATES = {
    RUNNING: ("Running", "info"),
    BLOCKED: ("Blocked", "danger"),
    COMPLETED: ("Completed", "success"),
}
WAITING, UNDER_WAY, DONE, LEFT_OUT = "waiting", "under way", "done", "left out"
STEP_STATES = {
    WAITING: ("Waiting", "neutral"),
    UNDER_WAY: ("Under way", "info"),
    DONE: ("Done", "success"),
    BLOCKED: ("Blocked", "danger"),
    LEFT_OUT: ("Left out", "neutral"),
}
WARN, BLOCK = "warn", "block"
SEVERITIES = {WARN: "Warn, and close", BLOCK: "Block the close"}


class ClosingConfiguration(Tenant, Versioned, Stamped, Retirable, Reviewed, Base):
    """How days are closed; one authorized configuration of an organisation is in force (E42.38).

    `closes_at` is a time such as "22:30" in the organisation's time zone, of the day itself or of
    the following one. `left_out` holds keys of steps, `notified_ids` the users who are told.
    """

    __tablename__ = "closing_configuration"
    __content__ = (
        "name", "is_automatic", "closes_at", "is_on_following_day", "blocks_on_failed_fdt",
        "on_pending", "blocks_on_breaches", "left_out", "notified_ids",
    )  # fmt: skip
    __constraints__ = (
        CheckConstraint("on_pending in ('warn', 'block')", name="on_pending"),
        CheckConstraint(f"record_status in {RECORD_STATUSES}", name="record_status"),
        CheckConstraint("not is_in_force or record_status = 'AUTHORIZED'", name="in_force"),
        Index(
            "uq_closing_configuration_in_force",
            "organisation_id",
            unique=True,
            sqlite_where=sql("is_in_force"),
            postgresql_where=sql("is_in_force"),
        ),
    )

    name: Mapped[str]
    is_automatic: Mapped[bool] = mapped_column(default=False)
    closes_at: Mapped[str] = mapped_column(default="")
    is_on_following_day: Mapped[bool] = mapped_column(default=False)
    blocks_on_failed_fdt: Mapped[bool] = mapped_column(default=True)
    on_pending: Mapped[str] = mapped_column(default=WARN)
    blocks_on_breaches: Mapped[bool] = mapped_column(default=False)
    left_out: Mapped[list[str]] = mapped_column(Json)
    notified_ids: Mapped[list[int]] = mapped_column(Json)
    is_in_force: Mapped[bool] = mapped_column(default=False)

    def title(self) -> str:
        """Name the configuration in the log and on its page."""
        return self.name


class ClosingRun(Tenant, Versioned, Stamped, Base):
    """The close of one business date: `next_date` is the working day that opens after it."""

    __tablename__ = "closing_run"
    __constraints__ = (
        UniqueConstraint("organisation_id", "business_date"),
        CheckConstraint("state in ('running', 'blocked', 'completed')", name="state"),
        CheckConstraint("next_date > business_date", name="dates"),
        CheckConstraint("(state = 'completed') = (ended_at is not null)", name="ended"),
        Index(
            "uq_closing_run_open",
            "organisation_id",
            unique=True,
            sqlite_where=sql("state <> 'completed'"),
            postgresql_where=sql("state <> 'completed'"),
        ),
        within("closing_configuration", "configuration_id"),
    )

    business_date: Mapped[date]
    next_date: Mapped[date]
    state: Mapped[str] = mapped_column(default=RUNNING)
    refusal: Mapped[str] = mapped_column(default="")
    is_automatic: Mapped[bool] = mapped_column(default=False)
    started_by: Mapped[int | None] = mapped_column(BigId, ForeignKey("user.id"))
    starter_name: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    configuration_id: Mapped[int | None] = mapped_column(BigId)

    def title(self) -> str:
        """Name the close in the log and on its page."""
        return f"Close of {self.business_date.isoformat()}"


class ClosingRunStep(Tenant, Base):
    """A step of a close as it went, once for each date. `tries` counts how often it was asked."""

    __tablename__ = "closing_run_step"
    __constraints__ = (
        UniqueConstraint("organisation_id", "business_date", "key"),
        UniqueConstraint("organisation_id", "business_date", "position"),
        ForeignKeyConstraint(
            ["organisation_id", "business_date"],
            ["closing_run.organisation_id", "closing_run.business_date"],
        ),
        CheckConstraint(
            "state in ('waiting', 'under way', 'done', 'blocked', 'left out')", name="state"
        ),
        CheckConstraint("(state = 'done') = (ended_at is not null)", name="ended"),
    )

    business_date: Mapped[date]
    key: Mapped[str]
    name: Mapped[str]
    position: Mapped[int]
    state: Mapped[str] = mapped_column(default=WAITING)
    sentence: Mapped[str] = mapped_column(default="")
    tries: Mapped[int] = mapped_column(default=1)
    work_id: Mapped[int | None] = mapped_column(BigId, default=None)
    started_at: Mapped[datetime | None] = mapped_column(Instant, default=None)
    ended_at: Mapped[datetime | None] = mapped_column(Instant, default=None)

    @property
    def seconds(self) -> int | None:
        """How long it took, in whole seconds, once it is done."""
        if self.started_at is None or self.ended_at is None:
            return None
        return round((self.ended_at - self.started_at).total_seconds())

    def title(self) -> str:
        """Name the step in the log."""
        return f"{self.name}, {self.business_date.isoformat()}"
