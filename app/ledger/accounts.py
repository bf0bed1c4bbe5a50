"""The chart of accounts and the accounts kept under it."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, Index, UniqueConstraint, exists, text
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.review import Reviewed
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Json
from app.reference.codes import AccountStatus

PRODUCT_KINDS = ("asset", "liability", "income", "expense")
CREDIT_NORMAL = frozenset({"liability", "income"})
# A name of its own: the list around it may join the client as well.
_OWNER = Client.__table__.alias()


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


class Account(Tenant, Versioned, Stamped, Reviewed, Base):
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

    @classmethod
    def visible_to(cls, actor: Actor) -> tuple[Any, ...]:
        """Accounts follow their clients; the house's own are for those who see all clients."""
        return follow_client(actor, cls.client_id, cls.project_id)

    @property
    def is_closed(self) -> bool:
        """Whether it was closed: it takes nothing new, and is not opened again."""
        return self.closed_on is not None

    def title(self) -> str:
        """Name the account in the log."""
        return f"{self.number} {self.name}"


def follow_client(
    actor: Actor,
    client_id: InstrumentedAttribute[Any],
    project_id: InstrumentedAttribute[Any],
) -> tuple[ColumnElement[bool], ...]:
    """Return the clauses for rows that belong to a client: they are seen with their client."""
    scope, clauses = actor.scope, []
    if scope.client_id is not None:
        clauses.append(client_id == scope.client_id)
    if scope.project_ids is not None:
        clauses.append(project_id.in_(scope.project_ids))
    if scope.desk_ids is not None:
        clauses.append(_owner_is(client_id, _OWNER.c.desk_id.in_(scope.desk_ids)))
    if scope.own_clients:
        clauses.append(_owner_is(client_id, _OWNER.c.manager_id == actor.user_id))
    return tuple(clauses)


def open_to_close() -> ColumnElement[bool]:
    """Return the clause of the accounts that the close of business may book on (E21.04).

    An account without a status allows it.
    """
    is_barred = exists().where(
        AccountStatus.id == Account.account_status_id, ~AccountStatus.allow_cob
    )
    return ~is_barred


def _owner_is(
    client_id: InstrumentedAttribute[Any], clause: ColumnElement[bool]
) -> ColumnElement[bool]:
    return exists().where(_OWNER.c.id == client_id, clause).correlate_except(_OWNER)
