"""Projects, desks, branches, departments and currencies of an organisation."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.identity import Actor
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Rate
from app.records.models import Coded, code_key


class Project(Tenant, Versioned, Stamped, Retirable, Base):
    """A business line; the scope of configuration."""

    __tablename__ = "project"
    __configuration__ = True
    __constraints__ = (UniqueConstraint("organisation_id", "name"),)

    name: Mapped[str]

    @classmethod
    def visible_to(cls, actor: Actor) -> tuple[Any, ...]:
        """Only the actor's projects, unless all may be seen."""
        projects = actor.scope.allowed_project_ids
        return () if projects is None else (cls.id.in_(projects),)

    def title(self) -> str:
        """Name the project in the log."""
        return self.name


class Desk(Tenant, Versioned, Stamped, Retirable, Base):
    """A team inside a project: who sees whom. Each project has one default desk."""

    __tablename__ = "desk"
    __configuration__ = True
    __constraints__ = (
        UniqueConstraint("organisation_id", "project_id", "name"),
        within("project", "project_id"),
    )

    project_id: Mapped[int] = mapped_column(BigId)
    name: Mapped[str]
    is_default: Mapped[bool] = mapped_column(default=False)

    @classmethod
    def visible_to(cls, actor: Actor) -> tuple[Any, ...]:
        """Only desks of the actor's projects and desks, unless all may be seen."""
        clauses: list[Any] = []
        if actor.scope.project_ids is not None:
            clauses.append(cls.project_id.in_(actor.scope.project_ids))
        if actor.scope.desk_ids is not None:
            clauses.append(cls.id.in_(actor.scope.desk_ids))
        return tuple(clauses)

    def title(self) -> str:
        """Name the desk in the log."""
        return self.name


class Branch(Tenant, Versioned, Stamped, Retirable, Base):
    """A legal and accounting unit where money is booked; a tree under the head office."""

    __tablename__ = "branch"
    __constraints__ = (
        UniqueConstraint("organisation_id", "code"),
        UniqueConstraint("organisation_id", "name"),
        Index(
            "uq_branch_lead",
            "organisation_id",
            "country",
            unique=True,
            sqlite_where=text("is_head_office and retired_at is null"),
            postgresql_where=text("is_head_office and retired_at is null"),
        ),
        within("branch", "parent_id"),
    )

    code: Mapped[str]
    name: Mapped[str]
    country: Mapped[str]
    currency: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(BigId)
    is_head_office: Mapped[bool] = mapped_column(default=False)

    def title(self) -> str:
        """Name the branch in the log."""
        return f"{self.code} {self.name}"


class Department(Coded, Base):
    """A part of the organisation where people work; a tree without a root of its own (E10)."""

    __tablename__ = "department"
    __constraints__ = (code_key("department"), within("department", "parent_id"))

    parent_id: Mapped[int | None] = mapped_column(BigId)


class CostCentre(Coded, Base):
    """What the cost of people is counted under (E11)."""

    __tablename__ = "cost_centre"
    __constraints__ = (code_key("cost_centre"),)


class OrganisationCurrency(Tenant, Versioned, Stamped, Retirable, Base):
    """A currency the organisation keeps books in; rates are base units for one unit of it.

    These are the rates in force, which the house buys, sells and values at; what they were before
    stands in `exchange_rate`. With a margin, the daily feed sets them: mid less and plus so many
    percent.
    """

    __tablename__ = "organisation_currency"
    __configuration__ = True
    __constraints__ = (
        UniqueConstraint("organisation_id", "code"),
        CheckConstraint("exponent between 0 and 8", name="exponent"),
        CheckConstraint("kind in ('fiat', 'crypto', 'custom')", name="kind"),
    )

    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    exponent: Mapped[int]
    is_base: Mapped[bool] = mapped_column(default=False)
    buy_rate: Mapped[Decimal] = mapped_column(Rate)
    sell_rate: Mapped[Decimal] = mapped_column(Rate)
    mid_rate: Mapped[Decimal] = mapped_column(Rate)
    rate_date: Mapped[date]
    rate_source: Mapped[str] = mapped_column(default="SYSTEM")
    feed_margin_percent: Mapped[Decimal | None] = mapped_column(Rate)

    def title(self) -> str:
        """Name the currency in the log."""
        return self.code
