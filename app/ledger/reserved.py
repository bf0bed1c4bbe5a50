"""A hold: the record of money that is reserved."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Stamped, Tenant, within
from app.db.types import BigId, Instant


class Hold(Tenant, Stamped, Base):
    """Money reserved on an asset until it is captured or released, once.

    One without a transaction was placed by hand, `placed_by_name`, until `expires_at` at most.
    """

    __tablename__ = "hold"
    __constraints__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("state in ('active', 'captured', 'released')", name="state"),
        Index("ix_hold_asset", "organisation_id", "asset_id", "state"),
        Index("ix_hold_transaction", "organisation_id", "transaction_id"),
        within("asset", "asset_id"),
        within("transaction", "transaction_id"),
    )

    asset_id: Mapped[int] = mapped_column(BigId)
    transaction_id: Mapped[int | None] = mapped_column(BigId)
    amount_minor: Mapped[int] = mapped_column(BigId)
    state: Mapped[str] = mapped_column(default="active")
    reason: Mapped[str] = mapped_column(default="")
    placed_by_name: Mapped[str] = mapped_column(default="")
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_reason: Mapped[str] = mapped_column(default="")
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
