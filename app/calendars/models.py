"""A work day year: the weekends of each month and the public holidays of a year (E14)."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.controls.review import IN_USE, RECORD_STATUSES, Reviewed
from app.db.base import Base, Retirable, Stamped, Tenant, Versioned
from app.db.types import BigId, Json

FIRST_YEAR, LAST_YEAR = 2000, 2199
MONTHS = range(1, 13)


class WorkDayYear(Tenant, Versioned, Stamped, Retirable, Reviewed, Base):
    """Which days of a year are worked; it counts from its approval on.

    `weekends` holds for each month ("1" to "12") the weekdays that are not worked, Monday 0.
    `holidays` holds the name of each public holiday by its date.

    `supersedes_id` names the one in force that an amendment takes the place of once it is approved,
    for a holiday may be gazetted when its year has begun.
    """

    __tablename__ = "work_day_year"
    __content__ = ("year", "weekends", "holidays")
    __constraints__ = (
        CheckConstraint(f"year between {FIRST_YEAR} and {LAST_YEAR}", name="year"),
        CheckConstraint(f"record_status in {RECORD_STATUSES}", name="record_status"),
        # The year itself is there once, and of its amendments one at a time; none that was denied.
        Index(
            "uq_work_day_year_year",
            "organisation_id",
            "year",
            text("coalesce(supersedes_id, 0)"),
            unique=True,
            sqlite_where=IN_USE,
            postgresql_where=IN_USE,
        ),
    )

    year: Mapped[int]
    weekends: Mapped[dict[str, list[int]]] = mapped_column(Json)
    holidays: Mapped[dict[str, str]] = mapped_column(Json)
    supersedes_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("work_day_year.id"), default=None
    )

    @property
    def is_amending(self) -> bool:
        """Whether it is an amendment that does not count yet."""
        return self.supersedes_id is not None and not self.is_authorised

    def is_working_day(self, day: date) -> bool:
        """Tell whether a day of this year is worked."""
        is_weekend = day.weekday() in self.weekends.get(str(day.month), ())
        return not is_weekend and day.isoformat() not in self.holidays

    def title(self) -> str:
        """Name the year in the log."""
        return f"Work day year {self.year}{' (amendment)' if self.is_amending else ''}"
