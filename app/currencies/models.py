"""The history of rates, which only grows, and how the last visit to the feed went."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Stamped, Tenant
from app.db.types import Instant, Rate

OWN_SOURCES = ("SYSTEM", "MANUAL")
SOURCES = (*OWN_SOURCES, "CBK", "THIRD_PARTY")


class ExchangeRate(Tenant, Base):
    """What one unit of a currency was worth in base units from a date on. Rows never change.

    SYSTEM was written by the house itself (the base, a feed with a margin), MANUAL by a person:
    both are the organisation's own rates. CBK and THIRD_PARTY are known beside them and used only
    where a posting asks for them.
    """

    __tablename__ = "exchange_rate"
    __referred__ = False
    __constraints__ = (
        CheckConstraint("source in ('SYSTEM', 'MANUAL', 'CBK', 'THIRD_PARTY')", name="source"),
        Index("ix_exchange_rate_history", "organisation_id", "currency", "effective_on", "id"),
        ForeignKeyConstraint(
            ["organisation_id", "currency"],
            ["organisation_currency.organisation_id", "organisation_currency.code"],
        ),
    )

    currency: Mapped[str]
    base_currency: Mapped[str]
    buy_rate: Mapped[Decimal] = mapped_column(Rate)
    sell_rate: Mapped[Decimal] = mapped_column(Rate)
    mid_rate: Mapped[Decimal] = mapped_column(Rate)
    effective_on: Mapped[date]
    source: Mapped[str]
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    recorded_by: Mapped[str]

    def title(self) -> str:
        """Name the rate in the log."""
        return f"{self.currency} of {self.effective_on.isoformat()} ({self.source})"


class RateFeed(Tenant, Stamped, Base):
    """How the organisation's last visits to the feed of rates went."""

    __tablename__ = "rate_feed"
    __audited__ = False
    __referred__ = False
    __constraints__ = (UniqueConstraint("organisation_id"),)

    tried_at: Mapped[datetime | None] = mapped_column(Instant)
    fetched_at: Mapped[datetime | None] = mapped_column(Instant)
    rates_on: Mapped[date | None]
    stored: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")
