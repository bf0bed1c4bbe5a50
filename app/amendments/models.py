"""A change of a facility's terms, from what they were to what they shall be."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.clients.sight import SeenWithClient
from app.controls.review import Reviewed
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned, within
from app.db.types import BigId

_OPEN = text("retired_at is null and record_status not in ('AUTHORIZED', 'DENIED')")


class FacilityAmendment(Tenant, Versioned, Stamped, Retirable, Reviewed, SeenWithClient, Base):
    """New terms of a facility, amounts in minor units of its currency.

    What ends in `_before` is what was in force when the amendment was made. It stays so until the
    amendment is settled, for a facility has one open amendment at a time; so the terms that were
    approved with the facility itself are those before its first amendment.
    """

    __tablename__ = "facility_amendment"
    __content__ = (
        "facility_id", "currency", "approved_before_minor", "approved_minor",
        "advised_before_minor", "advised_minor", "expires_before", "expires_on",
        "review_days_before", "review_days", "reason",
    )  # fmt: skip
    __constraints__ = (
        Index(
            "uq_facility_amendment_open", "organisation_id", "facility_id", unique=True,
            sqlite_where=_OPEN, postgresql_where=_OPEN,
        ),
        Index("ix_facility_amendment_facility", "organisation_id", "facility_id", "id"),
        CheckConstraint("advised_minor > 0 and advised_minor <= approved_minor", name="advised"),
        CheckConstraint("review_days between 1 and 365", name="review_days"),
        within("facility", "facility_id"),
        within("client", "client_id"),
        within("project", "project_id"),
        within("branch", "branch_id"),
    )  # fmt: skip

    facility_id: Mapped[int] = mapped_column(BigId)
    reference: Mapped[str]
    client_id: Mapped[int] = mapped_column(BigId)
    project_id: Mapped[int] = mapped_column(BigId)
    branch_id: Mapped[int] = mapped_column(BigId)
    currency: Mapped[str]
    exponent: Mapped[int]
    approved_before_minor: Mapped[int] = mapped_column(BigId)
    approved_minor: Mapped[int] = mapped_column(BigId)
    base_minor: Mapped[int] = mapped_column(BigId)
    advised_before_minor: Mapped[int] = mapped_column(BigId)
    advised_minor: Mapped[int] = mapped_column(BigId)
    expires_before: Mapped[date]
    expires_on: Mapped[date]
    review_days_before: Mapped[int]
    review_days: Mapped[int]
    reason: Mapped[str]

    @property
    def changes_anything(self) -> bool:
        """Whether any of the terms is another than before."""
        before = (
            self.approved_before_minor, self.advised_before_minor, self.expires_before,
            self.review_days_before,
        )  # fmt: skip
        return before != (
            self.approved_minor, self.advised_minor, self.expires_on, self.review_days,
        )  # fmt: skip

    def review_amount(self) -> int:
        """The amount that the approval rules judge: the new limit in base currency."""
        return self.base_minor

    def title(self) -> str:
        """Name the amendment in the log."""
        return f"Amendment of {self.reference}"
