"""How far facilities have come in their loan workflow: one row for each move."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Tenant, within
from app.db.types import BigId, Instant


class FacilityMove(Tenant, Base):
    """A facility reached a stage: when, by whom, with which remark. Rows are only added."""

    __tablename__ = "facility_move"
    __referred__ = False
    __constraints__ = (
        Index("ix_facility_move_list", "organisation_id", "facility_id", "id"),
        within("facility", "facility_id"),
        within("workflow_stage", "stage_id"),
    )

    facility_id: Mapped[int] = mapped_column(BigId)
    stage_id: Mapped[int] = mapped_column(BigId)
    moved_at: Mapped[datetime] = mapped_column(Instant)
    moved_by: Mapped[str]
    remark: Mapped[str] = mapped_column(default="")
