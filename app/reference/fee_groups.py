"""Fee groups of a project: a customer's profile names one, so they stand below the customers.

What a group charges is told in `app/fees`.
"""

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.sight import SeenWithProject
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned, within
from app.db.types import BigId

_LIVE_NAME = text("retired_at is null")
_DEFAULT = text("is_default and retired_at is null")


class FeeGroup(Tenant, Versioned, Stamped, Retirable, SeenWithProject, Base):
    """A name under which fees are kept; the default one's hold for all customers of the project."""

    __tablename__ = "fee_group"
    __configuration__ = True
    __constraints__ = (
        Index(
            "uq_fee_group_name",
            "organisation_id",
            "project_id",
            "name",
            unique=True,
            sqlite_where=_LIVE_NAME,
            postgresql_where=_LIVE_NAME,
        ),
        Index(
            "uq_fee_group_default",
            "organisation_id",
            "project_id",
            unique=True,
            sqlite_where=_DEFAULT,
            postgresql_where=_DEFAULT,
        ),
        within("project", "project_id"),
    )

    project_id: Mapped[int] = mapped_column(BigId)
    name: Mapped[str]
    is_default: Mapped[bool] = mapped_column(default=False)

    def title(self) -> str:
        """Name the group in the log."""
        return self.name
