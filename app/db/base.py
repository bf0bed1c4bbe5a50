"""The declarative base and the mixins that give a table its organisation, version and stamps."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Constraint, ForeignKey, ForeignKeyConstraint, MetaData, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from app.db.types import BigId, Instant, Json

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table of the house; `__audited__` False leaves a technical table out of the log."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        dict[str, Any]: Json,
        dict[str, str]: Json,
        list[dict[str, Any]]: Json,
        list[dict[str, str]]: Json,
        list[str]: Json,
        list[int]: Json,
        datetime: Instant,
    }

    __audited__: ClassVar[bool] = True
    __configuration__: ClassVar[bool] = False
    __personal__: ClassVar[frozenset[str]] = frozenset()
    __redacted__: ClassVar[frozenset[str]] = frozenset()


class Identified:
    """A numbered row."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)


class Tenant(Identified):
    """A row of one organisation; (organisation, id) is unique so that others can refer to it.

    `__referred__` False leaves that key out, for rows written often that nothing refers to.
    """

    __referred__: ClassVar[bool] = True

    @declared_attr
    def organisation_id(cls) -> Mapped[int]:  # noqa: N805
        """The organisation that owns the row."""
        return mapped_column(BigId, ForeignKey("organisation.id"), index=False)

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805
        """Add the tenant key to the class's own constraints, given as `__constraints__`."""
        name = cls.__tablename__  # type: ignore[attr-defined]
        key = UniqueConstraint("organisation_id", "id", name=f"uq_{name}_tenant")
        own = getattr(cls, "__constraints__", ())
        return (key, *own) if cls.__referred__ else tuple(own)


class Versioned:
    """A row whose saves count up from 1 and are refused when they are based on an older one."""

    version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        """Let the ORM compare the version at each update; the log raises it once a command."""
        return {"version_id_col": cls.version, "version_id_generator": False}


class Stamped:
    """A row that says when it was made and last changed."""

    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class Retirable:
    """A row that is retired rather than deleted."""

    retired_at: Mapped[datetime | None] = mapped_column(Instant, default=None)


def within(table: str, column: str) -> ForeignKeyConstraint:
    """Refer to another row of the same organisation: (organisation_id, column) → table."""
    return ForeignKeyConstraint(
        ["organisation_id", column], [f"{table}.organisation_id", f"{table}.id"]
    )


def within_by_trigger(table: str, column: str) -> Constraint:
    """Refer as `within`; on PostgreSQL a trigger asks, for a key would lock the row referred to."""
    return within(table, column).ddl_if(dialect="sqlite")
