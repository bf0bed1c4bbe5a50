"""The people of a corporate customer."""

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.clients.models import PartOfClient
from app.db.base import Base, Stamped, Versioned, within

DIRECTOR, SHAREHOLDER, CONTACT = "director", "shareholder", "contact"
WHOLE_BASIS_POINTS = 10_000


class CompanyMember(PartOfClient, Versioned, Stamped, Base):
    """A director, a shareholder or a contact person of a corporate customer.

    `share_basis_points` is a shareholder's part of the company, in hundredths of a percent.
    """

    __tablename__ = "company_member"
    __personal__ = frozenset({"identity_number", "email", "phone"})
    __constraints__ = (
        CheckConstraint("role in ('director', 'shareholder', 'contact')", name="role"),
        CheckConstraint("(role = 'shareholder') = (share_basis_points is not null)", name="share"),
        CheckConstraint("share_basis_points between 1 and 10000", name="whole"),
        Index("ix_company_member_client", "organisation_id", "client_id"),
        within("client", "client_id"),
    )

    role: Mapped[str]
    name: Mapped[str]
    position: Mapped[str] = mapped_column(default="")
    identity_number: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    share_basis_points: Mapped[int | None]
