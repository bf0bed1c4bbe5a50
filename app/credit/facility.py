"""A credit facility: how much a customer may draw, in which currency, how long, on what terms.

It stands on the floor of the classes, below collateral and allocations, which refer to it; how it
is opened, judged and ended is the slice `facilities`.
"""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.clients.sight import SeenWithClient
from app.controls.audit import readable
from app.controls.review import AUTHORIZED, Reviewed
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned, within
from app.db.types import BigId

PATH = "/admin/facilities"
ACTIVE, SUSPENDED, EXPIRED, CANCELLED = "ACTIVE", "SUSPENDED", "EXPIRED", "CANCELLED"
STATUSES = {
    ACTIVE: "Active", SUSPENDED: "Suspended", EXPIRED: "Expired", CANCELLED: "Cancelled",
}  # fmt: skip
MANUAL, AUTOMATIC = "MANUAL", "AUTOMATIC"
INHERIT, REVOLVING, TERM = "INHERIT", "YES", "NO"
_IN_USE = text("retired_at is null")
# What an amendment changes; what was approved with the facility is kept beside it.
_AMENDED = ("approved_minor", "advised_minor", "expires_on", "review_days")


class Facility(Tenant, Versioned, Stamped, Retirable, Reviewed, SeenWithClient, Base):
    """A limit of credit, all amounts in minor units of its currency.

    `approved_minor` is the whole limit, `advised_minor` what the customer was told and what
    accounts share; `base_minor` is the approved amount in base currency when it was last judged.
    Those that begin with `reviewed_` are the terms that were approved with the facility, once an
    amendment changed them. The status is None until the facility is authorized. It and
    `is_available` change afterwards without a new approval, so they are no part of the content.
    """

    __tablename__ = "facility"
    __content__ = (
        "reference", "client_id", "facility_class_id", "loan_purpose_id", "workflow_type_id",
        "description", "currency", "approved_minor", "advised_minor", "expires_on", "review_days",
        "expiry_mode", "revolving",
    )  # fmt: skip
    __constraints__ = (
        Index(
            "uq_facility_reference", "organisation_id", "reference", unique=True,
            sqlite_where=_IN_USE, postgresql_where=_IN_USE,
        ),
        Index("ix_facility_list", "organisation_id", "project_id", "id"),
        Index("ix_facility_client", "organisation_id", "client_id"),
        Index("ix_facility_end", "organisation_id", "status", "expires_on"),
        CheckConstraint("advised_minor > 0 and advised_minor <= approved_minor", name="advised"),
        CheckConstraint("review_days between 1 and 365", name="review_days"),
        CheckConstraint("expiry_mode in ('MANUAL', 'AUTOMATIC')", name="expiry_mode"),
        CheckConstraint("revolving in ('INHERIT', 'YES', 'NO')", name="revolving"),
        CheckConstraint(
            "status in ('ACTIVE', 'SUSPENDED', 'EXPIRED', 'CANCELLED')", name="status"
        ),
        CheckConstraint(
            "(record_status = 'AUTHORIZED') = (status is not null)", name="authorised"
        ),
        within("client", "client_id"),
        within("project", "project_id"),
        within("branch", "branch_id"),
        within("facility_class", "facility_class_id"),
        within("loan_purpose", "loan_purpose_id"),
        within("workflow_type", "workflow_type_id"),
        within("workflow_stage", "stage_id"),
    )  # fmt: skip

    reference: Mapped[str]
    client_id: Mapped[int] = mapped_column(BigId)
    project_id: Mapped[int] = mapped_column(BigId)
    branch_id: Mapped[int] = mapped_column(BigId)
    facility_class_id: Mapped[int] = mapped_column(BigId)
    loan_purpose_id: Mapped[int | None] = mapped_column(BigId)
    workflow_type_id: Mapped[int | None] = mapped_column(BigId)
    stage_id: Mapped[int | None] = mapped_column(BigId)
    description: Mapped[str]
    currency: Mapped[str]
    exponent: Mapped[int]
    approved_minor: Mapped[int] = mapped_column(BigId)
    advised_minor: Mapped[int] = mapped_column(BigId)
    base_minor: Mapped[int] = mapped_column(BigId)
    expires_on: Mapped[date]
    review_days: Mapped[int] = mapped_column(default=30)
    expiry_mode: Mapped[str] = mapped_column(default=MANUAL)
    revolving: Mapped[str] = mapped_column(default=INHERIT)
    is_available: Mapped[bool] = mapped_column(default=True)
    status: Mapped[str | None]
    status_memo: Mapped[str] = mapped_column(default="")
    approved_on: Mapped[date | None]
    reminded_on: Mapped[date | None]
    reviewed_approved_minor: Mapped[int | None] = mapped_column(BigId)
    reviewed_advised_minor: Mapped[int | None] = mapped_column(BigId)
    reviewed_expires_on: Mapped[date | None]
    reviewed_review_days: Mapped[int | None]

    def amend(self, **terms: int | date) -> None:
        """Put other terms in force, keeping those that were approved with the facility."""
        for name in _AMENDED:
            if getattr(self, f"reviewed_{name}") is None:
                setattr(self, f"reviewed_{name}", getattr(self, name))
            setattr(self, name, terms[name])

    def content(self) -> dict[str, Any]:
        """Return what was reviewed: of an amended facility, its first terms."""
        first = {name: readable(getattr(self, f"reviewed_{name}")) for name in _AMENDED}
        return super().content() | {name: told for name, told in first.items() if told is not None}

    @property
    def is_active(self) -> bool:
        """Whether it is authorized and its status is Active: its collateral may be changed."""
        return self.record_status == AUTHORIZED and self.status == ACTIVE

    @property
    def is_open(self) -> bool:
        """Whether more may be drawn under it: active, and not blocked by its marker."""
        return self.is_active and self.is_available

    @property
    def review_on(self) -> date:
        """The day on which its review is due, before it expires (E27.11)."""
        return self.expires_on - timedelta(days=self.review_days)

    def has_ended(self, day: date) -> bool:
        """Tell whether its last day is over on another, where it ends by itself."""
        return self.expiry_mode == AUTOMATIC and self.expires_on < day

    def is_revolving_under(self, *, class_is_revolving: bool) -> bool:
        """Tell whether what is repaid may be drawn again, by its own word or its class's."""
        return class_is_revolving if self.revolving == INHERIT else self.revolving == REVOLVING

    def review_amount(self) -> int:
        """The amount that the approval rules judge: the approved one in base currency."""
        return self.base_minor

    def title(self) -> str:
        """Name the facility in the log."""
        return self.reference
