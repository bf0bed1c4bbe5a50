"""Reports that people compose of their own, and how capital is measured."""

from decimal import Decimal

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Stamped, Tenant, Versioned
from app.db.types import Json, Rate


class CustomReport(Tenant, Versioned, Stamped, Base):
    """A named choice of what entries are grouped by and what is added up (W01.24)."""

    __tablename__ = "custom_report"
    __constraints__ = (UniqueConstraint("organisation_id", "name"),)

    name: Mapped[str]
    groups: Mapped[list[str]] = mapped_column(Json)
    measures: Mapped[list[str]] = mapped_column(Json)

    def title(self) -> str:
        """Name the report in the log."""
        return self.name


class CapitalTerms(Tenant, Versioned, Stamped, Base):
    """How a supervisor has capital measured: weights in percent and tiers by a product's code.

    What has no weight counts in full; what has no tier is no capital. The least ratios are percent.
    """

    __tablename__ = "capital_terms"
    __constraints__ = (UniqueConstraint("organisation_id"),)

    weights: Mapped[dict[str, int]] = mapped_column(Json, default=dict)
    tiers: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    least_core: Mapped[Decimal] = mapped_column(Rate)
    least_total: Mapped[Decimal] = mapped_column(Rate)

    def title(self) -> str:
        """Name the terms in the log."""
        return "Capital adequacy"
