"""The mixin of code-and-description records, of which an organisation has a dozen lists."""

from sqlalchemy import Index, TextClause, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Retirable, Stamped, Tenant, Versioned

_IN_USE = text("retired_at is null")


def code_key(table: str, *, where: TextClause = _IN_USE) -> Index:
    """Let a code be there once among the records in use; a retired one's may be given again."""
    return Index(
        f"uq_{table}_code",
        "organisation_id",
        "code",
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )


class Coded(Tenant, Versioned, Stamped, Retirable):
    """A record that people choose from a list: its code stays, its name is what they read."""

    code: Mapped[str]
    name: Mapped[str] = mapped_column(default="")

    def title(self) -> str:
        """Name the record in the log and on its page."""
        return f"{self.code} {self.name}".strip()
