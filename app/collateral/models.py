"""Pledged things and their valuations, which are added and never changed."""

from datetime import date

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Retirable, Stamped, Tenant, Versioned, within
from app.db.types import BigId

METHODS = ("Market Comparison", "Income Approach", "Cost Approach", "Other")


class Collateral(Tenant, Versioned, Stamped, Retirable, Base):
    """A pledged thing. Its values are those of its newest valuation, in that one's currency.

    `market_minor` and `forced_minor` are minor units of `value_currency`; `currency` is what the
    next valuation is expected in.
    """

    __tablename__ = "collateral"
    __constraints__ = (
        Index("ix_collateral_facility", "organisation_id", "facility_id"),
        CheckConstraint("market_minor > 0", name="market"),
        CheckConstraint("forced_minor >= 0 and forced_minor <= market_minor", name="forced"),
        within("facility", "facility_id"),
        within("collateral_type", "collateral_type_id"),
    )

    facility_id: Mapped[int] = mapped_column(BigId)
    collateral_type_id: Mapped[int] = mapped_column(BigId)
    reference: Mapped[str]
    currency: Mapped[str]
    description: Mapped[str]
    market_minor: Mapped[int] = mapped_column(BigId)
    forced_minor: Mapped[int] = mapped_column(BigId)
    value_currency: Mapped[str]
    value_exponent: Mapped[int]
    valued_on: Mapped[date]
    expires_on: Mapped[date | None]
    remarks: Mapped[str] = mapped_column(default="")

    def title(self) -> str:
        """Name the collateral in the log."""
        return self.reference


class CollateralValuation(Tenant, Versioned, Stamped, Retirable, Base):
    """What a collateral was worth on a day, in whose opinion; only its deletion is ever added."""

    __tablename__ = "collateral_valuation"
    __constraints__ = (
        Index("ix_collateral_valuation_list", "organisation_id", "collateral_id", "valued_on"),
        CheckConstraint("market_minor > 0", name="market"),
        CheckConstraint("forced_minor >= 0 and forced_minor <= market_minor", name="forced"),
        CheckConstraint(f"method in {('', *METHODS)}", name="method"),
        within("collateral", "collateral_id"),
    )

    collateral_id: Mapped[int] = mapped_column(BigId)
    valued_on: Mapped[date]
    currency: Mapped[str]
    exponent: Mapped[int]
    market_minor: Mapped[int] = mapped_column(BigId)
    forced_minor: Mapped[int] = mapped_column(BigId)
    method: Mapped[str] = mapped_column(default="")
    valuer: Mapped[str]
    reference: Mapped[str] = mapped_column(default="")
    remarks: Mapped[str] = mapped_column(default="")

    def title(self) -> str:
        """Name the valuation in the log."""
        return f"{self.valued_on.isoformat()} {self.valuer}"
