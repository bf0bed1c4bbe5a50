"""A funding source: somebody's account at another bank, linked to one asset."""

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.clients.sight import SeenWithClient
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned, within
from app.db.types import BigId

PENDING, VERIFIED, REJECTED = "Pending", "Verified", "Rejected"
STATUSES = (PENDING, VERIFIED, REJECTED)
KINDS = {"checking": "Checking", "savings": "Savings", "business": "Business", "other": "Other"}


class FundingSource(Tenant, Versioned, Stamped, Retirable, SeenWithClient, Base):
    """An external bank account (V07). Its number is kept encrypted; people see the last four.

    `number_mark` is a keyed digest of the number, so that the same account is not linked twice;
    `external_id` is the source's id at the provider that linked it.
    """

    __tablename__ = "funding_source"
    __redacted__ = frozenset({"number_token", "number_mark"})
    __constraints__ = (
        CheckConstraint("status in ('Pending', 'Verified', 'Rejected')", name="status"),
        CheckConstraint(f"kind in ({', '.join(repr(one) for one in KINDS)})", name="kind"),
        Index("ix_funding_source_asset", "organisation_id", "asset_id"),
        Index(
            "uq_funding_source_number",
            "organisation_id",
            "asset_id",
            "number_mark",
            unique=True,
            sqlite_where=text("retired_at is null"),
            postgresql_where=text("retired_at is null"),
        ),
        within("asset", "asset_id"),
        within("client", "client_id"),
    )

    asset_id: Mapped[int] = mapped_column(BigId)
    client_id: Mapped[int | None] = mapped_column(BigId)
    project_id: Mapped[int | None] = mapped_column(BigId)
    bank_name: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    number_token: Mapped[str]
    number_mark: Mapped[str]
    last4: Mapped[str]
    external_id: Mapped[str | None]
    status: Mapped[str] = mapped_column(default=PENDING)
    rejection_reason: Mapped[str] = mapped_column(default="")

    def title(self) -> str:
        """Name the source in the log, by no more than its last four digits."""
        return f"{self.bank_name} ••{self.last4}"
