"""The organisation as the controls need it: business date, base currency and its switches."""

from datetime import date

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Identified, Stamped, Versioned


class Organisation(Identified, Versioned, Stamped, Base):
    """A tenant. `configuration_version` rises with each change of rules, rates or statuses."""

    __tablename__ = "organisation"
    __table_args__ = (CheckConstraint("length(base_currency) between 3 and 12", name="currency"),)

    name: Mapped[str] = mapped_column(unique=True)
    country: Mapped[str]
    base_currency: Mapped[str]
    base_exponent: Mapped[int]
    time_zone: Mapped[str] = mapped_column(default="UTC")
    business_date: Mapped[date]
    is_active: Mapped[bool] = mapped_column(default=True)
    is_demonstration: Mapped[bool] = mapped_column(default=False)
    may_self_authorise: Mapped[bool] = mapped_column(default=True)
    configuration_version: Mapped[int] = mapped_column(default=1)

    def title(self) -> str:
        """Name the organisation in the log."""
        return self.name
