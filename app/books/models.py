"""Reports that people compose of their own: what is added up, by what."""

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Stamped, Tenant, Versioned
from app.db.types import Json


class CustomReport(Tenant, Versioned, Stamped, Base):
    """A named choice of what entries are grouped by and what is added up (W01.24)."""

    __tablename__ = "custom_report"
    __constraints__ = (UniqueConstraint("organisation_id", "name"),)

    name: Mapped[str]
    groups: Mapped[list[str]] = mapped_column(Json)
    measures: Mapped[list[str]] = mapped_column(Json)

    def title(self) -> str:
        """Name the report in the log."""
        return self.name
