"""The organisation as the controls need it, and the licence it works under."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db.base import Base, Identified, Stamped, Tenant, Versioned
from app.db.types import BigId, Instant


class Organisation(Identified, Versioned, Stamped, Base):
    """A tenant. `configuration_version` rises with each change of rules, rates or statuses.

    Nothing is booked before `books_open_from`, nor on or before `closed_through`, the last day that
    a close of business has sealed; a difference of rounding between currencies may come to
    `rounding_tolerance_minor` of base currency (E41.30).
    """

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint("length(base_currency) between 3 and 12", name="currency"),
        CheckConstraint("rounding_tolerance_minor >= 0", name="rounding"),
    )

    name: Mapped[str] = mapped_column(unique=True)
    country: Mapped[str]
    base_currency: Mapped[str]
    base_exponent: Mapped[int]
    time_zone: Mapped[str] = mapped_column(default="UTC")
    business_date: Mapped[date]
    is_active: Mapped[bool] = mapped_column(default=True)
    is_demonstration: Mapped[bool] = mapped_column(default=False)
    may_self_authorise: Mapped[bool] = mapped_column(default=True)
    books_open_from: Mapped[date | None]
    closed_through: Mapped[date | None]
    rounding_tolerance_minor: Mapped[int] = mapped_column(BigId, default=100)
    # After how many days approvers are reminded of what waits; 0 sends no reminder.
    reminder_days: Mapped[int] = mapped_column(default=2)
    configuration_version: Mapped[int] = mapped_column(default=1)

    licence: Mapped["Licence | None"] = relationship(viewonly=True, uselist=False)

    def title(self) -> str:
        """Name the organisation in the log."""
        return self.name


def calendar_date(organisation: Organisation, now: datetime) -> date:
    """Return the date that the calendar shows where the organisation is."""
    return now.astimezone(ZoneInfo(organisation.time_zone)).date()


class Licence(Tenant, Versioned, Stamped, Base):
    """What an organisation may use, and until when: a document that the platform has signed."""

    __tablename__ = "licence"
    __constraints__ = (UniqueConstraint("organisation_id"),)

    licensee: Mapped[str]
    modules: Mapped[list[str]]
    expires_on: Mapped[date]
    is_active: Mapped[bool] = mapped_column(default=True)
    issued_at: Mapped[datetime] = mapped_column(Instant)
    signature: Mapped[str]

    def title(self) -> str:
        """Name the licence in the log."""
        return f"Licence until {self.expires_on.isoformat()}"
