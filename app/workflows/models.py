"""Types of loan workflows, and their stages in order."""

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.review import IN_USE, Reviewed
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Json
from app.records.models import code_key


class WorkflowType(Tenant, Versioned, Stamped, Retirable, Reviewed, Base):
    """A way that loans go, such as "Consumer loan" (E42.35)."""

    __tablename__ = "workflow_type"
    __content__ = ("code", "name", "description")
    __constraints__ = (code_key("workflow_type", where=IN_USE),)

    code: Mapped[str]
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")

    def title(self) -> str:
        """Name the type in the log and on its page."""
        return f"{self.code} {self.name}"


class WorkflowStage(Tenant, Versioned, Stamped, Retirable, Reviewed, Base):
    """A stage of a type; `place` orders them, `role_ids` act there, none: all (E42.36)."""

    __tablename__ = "workflow_stage"
    __content__ = ("workflow_type_id", "code", "name", "place", "role_ids", "description")
    __constraints__ = (
        *(
            Index(
                f"uq_workflow_stage_{key}", "organisation_id", "workflow_type_id", key, unique=True,
                sqlite_where=IN_USE, postgresql_where=IN_USE,
            )
            for key in ("code", "place")
        ),
        CheckConstraint("place between 1 and 99", name="place"),
        within("workflow_type", "workflow_type_id"),
    )  # fmt: skip

    workflow_type_id: Mapped[int] = mapped_column(BigId)
    code: Mapped[str]
    name: Mapped[str]
    place: Mapped[int]
    role_ids: Mapped[list[int]] = mapped_column(Json, default=list)
    description: Mapped[str] = mapped_column(default="")

    def title(self) -> str:
        """Name the stage in the log and on its page."""
        return f"{self.code} {self.name}"
