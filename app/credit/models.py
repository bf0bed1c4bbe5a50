"""Facility classes and the products that may be used under them."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.review import IN_USE, Reviewed
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned, within
from app.db.types import BigId, plain_rate
from app.records.models import code_key

BASIS_POINTS = 10_000


class FacilityClass(Tenant, Versioned, Stamped, Retirable, Reviewed, Base):
    """A template of credit facilities: revolving or for a term, and how much of a limit is usable.

    `availability_basis_points` is the share of a facility's limit that may be utilised, in
    hundredths of a percent.
    """

    __tablename__ = "facility_class"
    __content__ = ("code", "name", "description", "is_revolving", "availability_basis_points")
    __constraints__ = (
        code_key("facility_class", where=IN_USE),
        CheckConstraint("availability_basis_points between 0 and 10000", name="availability"),
    )

    code: Mapped[str]
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    is_revolving: Mapped[bool] = mapped_column(default=True)
    availability_basis_points: Mapped[int] = mapped_column(default=BASIS_POINTS)

    @property
    def availability_percent(self) -> Decimal:
        """The share as people read it: 8750 → 87.5."""
        return percent_of(self.availability_basis_points)

    def title(self) -> str:
        """Name the class in the log and on its page."""
        return f"{self.code} {self.name}"


def percent_of(basis_points: int) -> Decimal:
    """Return hundredths of a percent as a percentage without trailing zeros."""
    return plain_rate(Decimal(basis_points).scaleb(-2))


class EligibleProduct(Tenant, Stamped, Base):
    """A contract product that loans under a facility class may be kept in."""

    __tablename__ = "eligible_product"
    __constraints__ = (
        UniqueConstraint("organisation_id", "facility_class_id", "product_id"),
        within("facility_class", "facility_class_id"),
        within("product", "product_id"),
    )

    facility_class_id: Mapped[int] = mapped_column(BigId)
    product_id: Mapped[int] = mapped_column(BigId)
