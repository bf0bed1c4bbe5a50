"""What a project configures for itself, and the organisation's identity types."""

from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.sight import SeenWithProject
from app.db.base import Base, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Json
from app.records.models import Coded, code_key

PROCESSING = (
    "Pending",
    "Processing",
    "Completed",
    "Canceled",
    "Failed",
    "Reversed",
    "Expired",
)
PALETTE = (
    "slate",
    "blue",
    "sky",
    "teal",
    "green",
    "lime",
    "amber",
    "orange",
    "red",
    "pink",
    "violet",
    "brown",
)


class _ProjectRow(Tenant, Versioned, Stamped, SeenWithProject):
    """A row of one project's configuration; system rows cannot be deleted or renamed."""

    project_id: Mapped[int] = mapped_column(BigId)
    label: Mapped[str]
    name: Mapped[str]
    is_system: Mapped[bool] = mapped_column(default=False)
    is_default: Mapped[bool] = mapped_column(default=False)

    def title(self) -> str:
        """Name the row in the log."""
        return self.name


def _project_constraints(table: str) -> tuple[Any, ...]:
    return (
        UniqueConstraint("organisation_id", "project_id", "label"),
        within("project", "project_id"),
        Index(
            f"uq_{table}_default",
            "organisation_id",
            "project_id",
            unique=True,
            sqlite_where=text("is_default"),
            postgresql_where=text("is_default"),
        ),
    )


class AccountType(_ProjectRow, Base):
    """A type of account, such as savings or corporate, with its own extra properties."""

    __tablename__ = "account_type"
    __configuration__ = True
    __constraints__ = _project_constraints("account_type")

    properties: Mapped[list[dict[str, str]]] = mapped_column(Json, default=list)


class ProjectCurrency(_ProjectRow, Base):
    """A currency a project deals in; `label` is its code."""

    __tablename__ = "project_currency"
    __configuration__ = True
    __constraints__ = (
        *_project_constraints("project_currency"),
        CheckConstraint("kind in ('fiat', 'crypto', 'custom')", name="kind"),
        CheckConstraint("limit_minor is null or limit_minor >= 0", name="limit"),
        CheckConstraint("network_fee_minor >= 0", name="network_fee"),
    )

    kind: Mapped[str]
    exponent: Mapped[int]
    limit_minor: Mapped[int | None] = mapped_column(BigId)
    network_fee_minor: Mapped[int] = mapped_column(BigId, default=0)
    networks: Mapped[list[str]] = mapped_column(Json, default=list)
    description: Mapped[str] = mapped_column(default="")
    creates_asset: Mapped[bool] = mapped_column(default=False)


class TransactionSubType(_ProjectRow, Base):
    """A finer classification of transactions than In and Out."""

    __tablename__ = "transaction_sub_type"
    __configuration__ = True
    __constraints__ = (
        *_project_constraints("transaction_sub_type"),
        CheckConstraint("direction in ('in', 'out', 'both')", name="direction"),
    )

    direction: Mapped[str] = mapped_column(default="both")


class TransactionStatus(_ProjectRow, Base):
    """A status as people read it, mapped to one of the processing statuses."""

    __tablename__ = "transaction_status"
    __configuration__ = True
    __constraints__ = (
        *_project_constraints("transaction_status"),
        CheckConstraint(
            f"processing in ({', '.join(repr(name) for name in PROCESSING)})", name="processing"
        ),
    )

    processing: Mapped[str]
    colour: Mapped[str] = mapped_column(default="slate")


class IdentityType(Coded, Base):
    """A kind of identity document: of a country or of any, what it must say, and in which form."""

    __tablename__ = "identity_type"
    __constraints__ = (code_key("identity_type"),)

    country: Mapped[str] = mapped_column(default="")
    needs_reference: Mapped[bool] = mapped_column(default=True)
    needs_issue_date: Mapped[bool] = mapped_column(default=False)
    needs_expiry_date: Mapped[bool] = mapped_column(default=False)
    pattern: Mapped[str] = mapped_column(default="")
