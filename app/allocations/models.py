"""An account's share of a facility, and what is drawn of it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Instant

_IN_USE = text("released_at is null")


class FacilityAccount(Tenant, Versioned, Stamped, Base):
    """A link: amounts in minor units of the facility's currency, `asset_id` the account's in it.

    `permitted_minor` is what the link adds to the asset's permitted overdraft, `outstanding_minor`
    what is drawn of it now, `drawn_minor` all that ever was: of a term facility it is not drawn
    again. All three follow the postings (E30.05).
    """

    __tablename__ = "facility_account"
    __constraints__ = (
        # One debt belongs to one facility.
        Index(
            "uq_facility_account_asset", "organisation_id", "asset_id", unique=True,
            sqlite_where=_IN_USE, postgresql_where=_IN_USE,
        ),
        Index("ix_facility_account_facility", "organisation_id", "facility_id"),
        CheckConstraint("allocation_minor > 0", name="allocation"),
        CheckConstraint(
            "outstanding_minor >= 0 and outstanding_minor <= permitted_minor", name="outstanding"
        ),
        CheckConstraint("drawn_minor >= outstanding_minor", name="drawn"),
        CheckConstraint("released_at is null or permitted_minor = 0", name="released"),
        within("facility", "facility_id"),
        within("account", "account_id"),
        within("asset", "asset_id"),
    )  # fmt: skip

    facility_id: Mapped[int] = mapped_column(BigId)
    account_id: Mapped[int] = mapped_column(BigId)
    asset_id: Mapped[int] = mapped_column(BigId)
    allocation_minor: Mapped[int] = mapped_column(BigId)
    permitted_minor: Mapped[int] = mapped_column(BigId, default=0)
    outstanding_minor: Mapped[int] = mapped_column(BigId, default=0)
    drawn_minor: Mapped[int] = mapped_column(BigId, default=0)
    linked_on: Mapped[date]
    released_at: Mapped[datetime | None] = mapped_column(Instant)
