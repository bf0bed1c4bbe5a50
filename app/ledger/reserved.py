"""A hold: the record of money that is reserved."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Stamped, Tenant, within
from app.db.types import BigId, Instant


class Hold(Tenant, Stamped, Base):
    """Money reserved on an asset until it is captured or released, once.

    One by hand was placed by `placed_by_name`, until `expires_at` at most. The others end with
    their transaction, or with what will become one.
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

    @property
    def is_by_hand(self) -> bool:
        """Whether a person placed it, and a person may release it."""
        return self.transaction_id is None and self.placed_by_name != ""
