"""Agents: users who act for the organisation outside of its counters, at certain hours and places.

The record stands here because who a person is is read here; its screens and commands are above.
"""

from datetime import datetime, time

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.bounds import Bounds, Zone
from app.controls.review import Reviewed
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned, within
from app.db.types import BigId, Instant


class Agent(Tenant, Versioned, Stamped, Retirable, Reviewed, Base):
    """A user who is an agent of a branch (E26).

    Hours and zone are changed at once when the agent is approved (E26.09), so they are no part of
    what is reviewed. A place is in millionths of a degree, a radius in metres.
    """

    __tablename__ = "agent"
    __content__ = ("user_id", "branch_id")
    __about__ = "user_id"
    __constraints__ = (
        UniqueConstraint("organisation_id", "number"),
        Index(
            "uq_agent_user",
            "organisation_id",
            "user_id",
            unique=True,
            sqlite_where=text("retired_at is null"),
            postgresql_where=text("retired_at is null"),
        ),
        Index(
            "uq_agent_account",
            "organisation_id",
            "account_id",
            unique=True,
            sqlite_where=text("account_id is not null"),
            postgresql_where=text("account_id is not null"),
        ),
        CheckConstraint("(start_time is null) = (end_time is null)", name="hours"),
        CheckConstraint("end_time > start_time", name="day"),
        CheckConstraint(
            "not is_geo_locked or (zone_latitude is not null and zone_longitude is not null"
            " and zone_radius_metres is not null)",
            name="zone",
        ),
        CheckConstraint("zone_radius_metres > 0", name="radius"),
        within("user", "user_id"),
        within("branch", "branch_id"),
        within("account", "account_id"),
    )

    number: Mapped[str]
    user_id: Mapped[int] = mapped_column(BigId)
    branch_id: Mapped[int] = mapped_column(BigId)
    account_id: Mapped[int | None] = mapped_column(BigId)
    is_active: Mapped[bool] = mapped_column(default=True)
    start_time: Mapped[time | None]
    end_time: Mapped[time | None]
    is_geo_locked: Mapped[bool] = mapped_column(default=False)
    zone_latitude: Mapped[int | None]
    zone_longitude: Mapped[int | None]
    zone_radius_metres: Mapped[int | None]

    @property
    def zone(self) -> Zone | None:
        """The zone, where one is kept."""
        if self.zone_latitude is None or self.zone_longitude is None:
            return None
        return Zone(self.zone_latitude, self.zone_longitude, self.zone_radius_metres or 0)

    def bounds(self, time_zone: str) -> Bounds:
        """Return what bounds the agent's acts, without a position yet."""
        hours = None
        if self.start_time is not None and self.end_time is not None:
            hours = (self.start_time, self.end_time)
        zone = self.zone if self.is_geo_locked else None
        return Bounds(time_zone, hours, zone, is_suspended=not self.is_active)

    def title(self) -> str:
        """Name the agent in the log."""
        return self.number


class Position(Base):
    """Where an agent's signed-in browser last said it is; a session has one row."""

    __tablename__ = "session_position"
    __audited__ = False
    __table_args__ = (
        CheckConstraint("latitude between -90000000 and 90000000", name="latitude"),
        CheckConstraint("longitude between -180000000 and 180000000", name="longitude"),
    )

    session_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user.id"))
    latitude: Mapped[int]
    longitude: Mapped[int]
    reported_at: Mapped[datetime] = mapped_column(Instant)
