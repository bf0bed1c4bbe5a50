"""Forward-dated transactions, what they reserve, and the standing orders that make them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.clients.sight import SeenWithClient
from app.controls.review import DENIED, RECORD_STATUSES, Reviewed
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Instant
from app.schedules.words import (
    DRAFT,
    FAILED,
    FORWARD_STATUSES,
    ORDER_STATUSES,
    SCHEDULED,
    SOURCE_TYPE,
    TYPES,
)


class Planned(SeenWithClient):
    """What both keep: lines with their rates of `rated_on`, and whose they are.

    `total_minor` is all that is debited, in base currency. The asset is the first client's; the
    client is named where it is one alone, as on a transaction.
    """

    reference: Mapped[str]
    branch_id: Mapped[int] = mapped_column(BigId)
    narrative: Mapped[str] = mapped_column(default="")
    lines: Mapped[list[dict[str, Any]]]
    total_minor: Mapped[int] = mapped_column(BigId)
    rated_on: Mapped[date]
    asset_id: Mapped[int] = mapped_column(BigId)
    counter_asset_id: Mapped[int] = mapped_column(BigId)

    @declared_attr
    def client_id(cls) -> Mapped[int | None]:  # noqa: N805
        """Whose money it is, where it is one client's."""
        return mapped_column(BigId)

    @declared_attr
    def project_id(cls) -> Mapped[int | None]:  # noqa: N805
        """The project of the clients, where it is one."""
        return mapped_column(BigId)

    def review_amount(self) -> int:
        """The amount the approval rules judge."""
        return self.total_minor

    def title(self) -> str:
        """Name the record in the log."""
        return self.reference


def _planned() -> tuple[Any, ...]:
    return (
        UniqueConstraint("organisation_id", "reference"),
        CheckConstraint("total_minor > 0", name="total"),
        CheckConstraint(f"record_status in {RECORD_STATUSES}", name="record_status"),
        within("branch", "branch_id"),
        within("client", "client_id"),
        within("project", "project_id"),
        within("asset", "asset_id"),
        within("asset", "counter_asset_id"),
    )


class StandingOrder(Planned, Tenant, Versioned, Stamped, Retirable, Reviewed, Base):
    """A template of a monthly payment. `status` is DRAFT until it is authorized.

    `last_generated_on` and `next_scheduled_on` are days before they are rolled. While the next
    payment cannot be reserved yet, `waiting_reason` says why.
    """

    __tablename__ = "standing_order"
    __content__ = (
        "branch_id", "day_of_month", "start_on", "end_on", "narrative", "lines", "total_minor",
        "rated_on",
    )  # fmt: skip
    __constraints__ = (
        *_planned(),
        CheckConstraint("day_of_month between 1 and 31", name="day"),
        CheckConstraint("end_on is null or end_on >= start_on", name="dates"),
        CheckConstraint(f"status in {ORDER_STATUSES}", name="status"),
        CheckConstraint("(status = 'DRAFT') = (record_status <> 'AUTHORIZED')", name="authorised"),
        CheckConstraint("generated_count >= 0", name="count"),
        Index("ix_standing_order_status", "organisation_id", "status", "id"),
    )

    day_of_month: Mapped[int]
    start_on: Mapped[date]
    end_on: Mapped[date | None]
    status: Mapped[str] = mapped_column(default=DRAFT)
    last_generated_on: Mapped[date | None]
    next_scheduled_on: Mapped[date | None]
    generated_count: Mapped[int] = mapped_column(default=0)
    waiting_reason: Mapped[str] = mapped_column(default="")
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class ForwardDated(Planned, Tenant, Versioned, Stamped, Reviewed, Base):
    """A transaction to be posted when the business date reaches `execution_on`.

    `execution_on` is `scheduled_on` rolled to a working day by the policy. One that a standing
    order made names the order and its month.
    """

    __tablename__ = "forward_dated"
    __content__ = (
        "kind", "branch_id", "scheduled_on", "policy", "narrative", "lines", "total_minor",
        "rated_on",
    )  # fmt: skip
    __constraints__ = (
        *_planned(),
        UniqueConstraint("organisation_id", "transaction_id"),
        CheckConstraint(f"kind in {tuple(TYPES)}", name="kind"),
        CheckConstraint("policy in ('forward', 'back')", name="policy"),
        CheckConstraint(f"status in {FORWARD_STATUSES}", name="status"),
        CheckConstraint(
            "status in ('DRAFT', 'CANCELLED') or record_status = 'AUTHORIZED'", name="authorised"
        ),
        CheckConstraint("(status = 'EXECUTED') = (transaction_id is not null)", name="executed"),
        CheckConstraint(
            "(kind = 'STANDING_ORDER_INSTANCE') = (standing_order_id is not null) "
            "and (standing_order_id is null) = (occurrence is null)",
            name="source",
        ),
        Index(
            "uq_forward_dated_occurrence",
            "organisation_id",
            "standing_order_id",
            "occurrence",
            unique=True,
        ),
        Index("ix_forward_dated_due", "organisation_id", "status", "execution_on"),
        within("transaction", "transaction_id"),
        within("standing_order", "standing_order_id"),
    )

    kind: Mapped[str]
    scheduled_on: Mapped[date]
    policy: Mapped[str] = mapped_column(default="forward")
    execution_on: Mapped[date]
    status: Mapped[str] = mapped_column(default=DRAFT)
    standing_order_id: Mapped[int | None] = mapped_column(BigId)
    occurrence: Mapped[str | None]
    transaction_id: Mapped[int | None] = mapped_column(BigId)
    failure_reason: Mapped[str] = mapped_column(default="")
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    acknowledged_at: Mapped[datetime | None] = mapped_column(Instant)
    acknowledgement: Mapped[str] = mapped_column(default="")

    @property
    def is_editable(self) -> bool:
        """Whether it may still be changed: a cancelled draft may not (E43.40)."""
        return super().is_editable and self.status == DRAFT

    @property
    def can_cancel(self) -> bool:
        """Whether it can be cancelled: nothing was posted, and it is not being posted (E43.38)."""
        return self.status in {DRAFT, SCHEDULED} and self.record_status != DENIED

    @property
    def is_unseen_failure(self) -> bool:
        """Whether it failed and nobody has looked into it: it may block the close of its day."""
        return self.status == FAILED and self.acknowledged_at is None

    @property
    def source_type(self) -> str | None:
        """What made it, where nobody typed it (E43.56)."""
        return SOURCE_TYPE if self.standing_order_id is not None else None


class ForwardReservation(Tenant, Base):
    """What a forward-dated transaction reserves on an asset: its hold, also in base currency."""

    __tablename__ = "forward_reservation"
    __referred__ = False
    __constraints__ = (
        UniqueConstraint("organisation_id", "hold_id"),
        UniqueConstraint(
            "organisation_id",
            "forward_dated_id",
            "asset_id",
            name="uq_forward_reservation_asset",
        ),
        CheckConstraint("amount_minor > 0 and base_minor >= 0", name="amount"),
        within("forward_dated", "forward_dated_id"),
        within("asset", "asset_id"),
        within("hold", "hold_id"),
    )

    forward_dated_id: Mapped[int] = mapped_column(BigId)
    asset_id: Mapped[int] = mapped_column(BigId)
    hold_id: Mapped[int] = mapped_column(BigId)
    amount_minor: Mapped[int] = mapped_column(BigId)
    base_minor: Mapped[int] = mapped_column(BigId)
