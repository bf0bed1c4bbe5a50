"""Work day years as a list."""

from typing import Any

from sqlalchemy import Select, select

from app.calendars.models import WorkDayYear
from app.controls.identity import Actor
from app.controls.permissions import visible
from app.controls.review import AUTHORIZED
from app.records.retiring import status_filter
from app.records.reviewed import standing_cell
from app.web import cells
from app.web.listing import Column, Listing, register

PATH = "/admin/work-day-years"


def _select(actor: Actor) -> Select[Any]:
    return select(
        WorkDayYear.id,
        WorkDayYear.year,
        WorkDayYear.record_status,
        WorkDayYear.supersedes_id,
        WorkDayYear.holidays,
        WorkDayYear.created_at,
        WorkDayYear.retired_at,
    ).where(*visible(actor, WorkDayYear))


def _called(row: Any) -> str:
    is_amending = row.supersedes_id and row.record_status != AUTHORIZED
    return f"{row.year} (amendment)" if is_amending else str(row.year)


YEARS = register(
    Listing(
        name="work-day-years",
        title="Work Day Years",
        section="Calendar & Operations",
        path=PATH,
        select=_select,
        key=WorkDayYear.id,
        columns=(
            Column("year", "Year", lambda row: cells.text(_called(row)), sort=WorkDayYear.year,
                   priority=1),
            Column("holidays", "Public holidays", lambda row: cells.text(len(row.holidays)),
                   numeric=True),
            Column("status", "Status", standing_cell,
                   sort=WorkDayYear.record_status, priority=1),
            Column("created", "Created", lambda row: cells.instant(row.created_at),
                   sort=WorkDayYear.created_at),
        ),
        filters=(
            status_filter(WorkDayYear),
        ),
        sort="-year",
        href=lambda row: f"{PATH}/{row.id}",
        label=_called,
        empty="Create the first year: it says which days are worked once it is approved.",
    )
)  # fmt: skip
