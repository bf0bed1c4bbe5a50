"""The chart of accounts and the accounts kept under it."""

from datetime import date

from sqlalchemy import CheckConstraint, ColumnElement, Index, UniqueConstraint, exists, text
from sqlalchemy.orm import Mapped, mapped_column

from app.clients.sight import SeenWithClient
from app.controls.review import Reviewed
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Json
from app.reference.codes import AccountStatus

PRODUCT_KINDS = ("asset", "liability", "income", "expense")
CREDIT_NORMAL = frozenset({"liability", "income"})


class Product(Tenant, Versioned, Stamped, Retirable, Reviewed, Base):
    """An entry of the chart of accounts; a contract product is one that clients hold."""

    __tablename__ = "product"
    __content__ = ("name", "kind", "is_contract", "currency", "branch_ids", "description")
    __constraints__ = (
        UniqueConstraint("organisation_id", "code"),
        CheckConstraint("kind in ('asset', 'liability', 'income', 'expense')", name="kind"),
    )

    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    is_contract: Mapped[bool] = mapped_column(default=False)
    currency: Mapped[str | None]
    branch_ids: Mapped[list[int]] = mapped_column(Json, default=list)
    description: Mapped[str] = mapped_column(default="")

    def title(self) -> str:
        """Name the product in the log."""
        return f"{self.code} {self.name}"


class ProductBalance(Tenant, Stamped, Base):
    """The record that a product is kept at a branch; its figure is the sum of its assets there."""

    __tablename__ = "product_balance"
    __constraints__ = (
        UniqueConstraint("organisation_id", "product_id", "branch_id"),
        within("product", "product_id"),
        within("branch", "branch_id"),
    )

    product_id: Mapped[int] = mapped_column(BigId)
    branch_id: Mapped[int] = mapped_column(BigId)


class Account(Tenant, Versioned, Stamped, Reviewed, SeenWithClient, Base):
    """A numbered container of assets: a client's, an agent's or the house's own."""

    __tablename__ = "account"
    __content__ = (
        "product_id",
        "client_id",
        "holder",
        "branch_id",
        "currency",
        "start_on",
        "end_on",
        "schedule_frequency",
        "signing_rule",
        "sector",
        "services",
    )
    __constraints__ = (
        UniqueConstraint("organisation_id", "number"),
        UniqueConstraint("organisation_id", "external_id"),
        UniqueConstraint("public_id"),
        CheckConstraint("holder in ('client', 'agent', 'internal')", name="holder"),
        CheckConstraint("(holder = 'client') = (client_id is not null)", name="client"),
        Index("ix_account_client", "organisation_id", "client_id"),
        Index("ix_account_list", "organisation_id", "project_id", "id"),
        Index("ix_account_product", "organisation_id", "product_id", "branch_id"),
        Index(
            "uq_account_purpose",
            "organisation_id",
            "branch_id",
            "purpose",
            "currency",
            unique=True,
            sqlite_where=text("purpose is not null"),
            postgresql_where=text("purpose is not null"),
        ),
        within("product", "product_id"),
        within("client", "client_id"),
        within("project", "project_id"),
        within("branch", "branch_id"),
        within("account_type", "account_type_id"),
        within("account_status", "account_status_id"),
    )

    public_id: Mapped[str]
    uid: Mapped[str]
    number: Mapped[str]
    name: Mapped[str]
    qr_code: Mapped[str]
    holder: Mapped[str]
    purpose: Mapped[str | None]
    product_id: Mapped[int] = mapped_column(BigId)
    client_id: Mapped[int | None] = mapped_column(BigId)
    account_type_id: Mapped[int | None] = mapped_column(BigId)
    account_status_id: Mapped[int | None] = mapped_column(BigId)
    project_id: Mapped[int | None] = mapped_column(BigId)
    branch_id: Mapped[int] = mapped_column(BigId)
    currency: Mapped[str]
    external_id: Mapped[str | None]
    start_on: Mapped[date | None]
    end_on: Mapped[date | None]
    schedule_frequency: Mapped[str] = mapped_column(default="")
    signing_rule: Mapped[str] = mapped_column(default="")
    sector: Mapped[str] = mapped_column(default="")
    services: Mapped[list[str]] = mapped_column(Json, default=list)
    properties: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    is_active: Mapped[bool] = mapped_column(default=True)
    # Closed for good: nothing is booked on it from this business day on.
    closed_on: Mapped[date | None]
    closing_reason: Mapped[str | None]

    @property
    def is_closed(self) -> bool:
        """Whether it was closed: it takes nothing new, and is not opened again."""
        return self.closed_on is not None

    def title(self) -> str:
        """Name the account in the log."""
        return f"{self.number} {self.name}"


def open_to_close() -> ColumnElement[bool]:
    """Return the clause of the accounts that the close of business may book on (E21.04).

    An account without a status allows it.
    """
    is_barred = exists().where(
        AccountStatus.id == Account.account_status_id, ~AccountStatus.allow_cob
    )
    return ~is_barred
