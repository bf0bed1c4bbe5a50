"""Clients and their identity documents."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Index, Select, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, object_session

from app.controls.identity import Actor
from app.controls.permissions import visible
from app.controls.review import Reviewed
from app.controls.sight import sees_clients
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned, within
from app.db.types import BigId


class Client(Tenant, Versioned, Stamped, Retirable, Reviewed, Base):
    """An individual or corporate customer of a project, cared for by a desk and a manager."""

    __tablename__ = "client"
    __personal__ = frozenset({"email", "phone", "date_of_birth", "address"})
    __content__ = (
        "kind", "title_code", "first_name", "surname", "corporate_name", "gender",
        "marital_status", "customer_type", "rating", "date_of_birth", "incorporated_on", "email",
        "phone", "address", "city", "country",
    )  # fmt: skip
    __joined__ = frozenset({"incorporated_on"})
    __constraints__ = (
        UniqueConstraint("organisation_id", "number"),
        UniqueConstraint("organisation_id", "external_id"),
        CheckConstraint("kind in ('individual', 'corporate')", name="kind"),
        Index("ix_client_list", "organisation_id", "project_id", "id"),
        Index("ix_client_manager", "organisation_id", "manager_id"),
        within("project", "project_id"),
        within("desk", "desk_id"),
        within("branch", "branch_id"),
        within("user", "manager_id"),
        within("fee_group", "fee_group_id"),
        CheckConstraint("credit_limit_minor >= 0", name="credit_limit"),
    )

    number: Mapped[str]
    qr_code: Mapped[str]
    kind: Mapped[str] = mapped_column(default="individual")
    name: Mapped[str]
    title_code: Mapped[str] = mapped_column(default="")
    first_name: Mapped[str] = mapped_column(default="")
    surname: Mapped[str] = mapped_column(default="")
    corporate_name: Mapped[str] = mapped_column(default="")
    gender: Mapped[str] = mapped_column(default="")
    marital_status: Mapped[str] = mapped_column(default="")
    customer_type: Mapped[str] = mapped_column(default="")
    rating: Mapped[str] = mapped_column(default="")
    date_of_birth: Mapped[date | None]
    incorporated_on: Mapped[date | None]
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    country: Mapped[str] = mapped_column(default="")
    external_id: Mapped[str | None]
    project_id: Mapped[int] = mapped_column(BigId)
    desk_id: Mapped[int | None] = mapped_column(BigId)
    branch_id: Mapped[int] = mapped_column(BigId)
    manager_id: Mapped[int | None] = mapped_column(BigId)
    fee_group_id: Mapped[int | None] = mapped_column(BigId)
    # What all facilities together may come to, in base currency; None is no limit.
    credit_limit_minor: Mapped[int | None] = mapped_column(BigId)

    @classmethod
    def visible_to(cls, actor: Actor) -> tuple[Any, ...]:
        """The intersection of the actor's projects, desks and own clients (W09.27)."""
        scope, clauses = actor.scope, []
        if scope.client_id is not None:
            clauses.append(cls.id == scope.client_id)
        if scope.project_ids is not None:
            clauses.append(cls.project_id.in_(scope.project_ids))
        if scope.desk_ids is not None:
            clauses.append(cls.desk_id.in_(scope.desk_ids))
        if scope.own_clients:
            clauses.append(cls.manager_id == actor.user_id)
        return tuple(clauses)

    def title(self) -> str:
        """Name the client in the log."""
        return f"{self.number} {self.name}"


class PartOfClient(Tenant):
    """What is typed in a client's own form: its changes are the client's, whose version they raise.

    Else who had the form open before would save theirs over it, and never be told.
    """

    client_id: Mapped[int] = mapped_column(BigId)

    def part_of(self) -> Client:
        """Return the client."""
        session = object_session(self)
        if session is None:
            raise RuntimeError("a part is asked for its client while it is written")
        return session.get_one(Client, self.client_id)


class IdentityDocument(PartOfClient, Versioned, Stamped, Base):
    """A document that proves who a client is."""

    __tablename__ = "identity_document"
    __personal__ = frozenset({"reference"})
    __constraints__ = (
        Index("ix_identity_document_client", "organisation_id", "client_id"),
        Index("ix_identity_document_reference", "organisation_id", "reference"),
        within("client", "client_id"),
        within("identity_type", "identity_type_id"),
        within("document_type", "document_type_id"),
    )

    identity_type_id: Mapped[int] = mapped_column(BigId)
    document_type_id: Mapped[int | None] = mapped_column(BigId)
    reference: Mapped[str]
    issued_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    country: Mapped[str] = mapped_column(default="")


@sees_clients
def clients_in_sight(actor: Actor) -> Select[int]:
    """Select the clients that an actor may see, for what is theirs on lower floors."""
    return select(Client.id).where(*visible(actor, Client))
