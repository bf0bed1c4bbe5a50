"""The mixin of records that belong to one project and are seen by those who see the project."""

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.sight import SeenWithProject
from app.db.base import Retirable, Stamped, Tenant, Versioned
from app.db.types import BigId


def once_in_project(table: str, *columns: str) -> Index:
    """Let a key be there once among a project's records in use; a retired one's may come again."""
    in_use = text("retired_at is null")
    return Index(
        f"uq_{table}_key",
        "organisation_id",
        "project_id",
        *columns,
        unique=True,
        sqlite_where=in_use,
        postgresql_where=in_use,
    )


class OfProject(Tenant, Versioned, Stamped, Retirable, SeenWithProject):
    """A record of one project, which stays the same; its model adds `within("project", …)`."""

    project_id: Mapped[int] = mapped_column(BigId)
