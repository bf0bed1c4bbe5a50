"""What a configuration file carries of work day years; holidays have the names they have here."""

from datetime import date
from typing import Any

from app.calendars.commands import (
    WORK_DAY_YEAR,
    CreateWorkDayYear,
    EditWorkDayYear,
    create_work_day_year,
    edit_work_day_year,
)
from app.calendars.models import MONTHS, WorkDayYear
from app.controls.work import Work
from app.kernel.errors import Refusal
from app.records.portable import carry_reviewed

_MONTHS = {str(month): month for month in MONTHS}


def draft(work: Work, columns: dict[str, Any]) -> int:
    """Draft the year, with weekends and holidays as the file has them, and hand it in."""
    year_id = create_work_day_year(work, CreateWorkDayYear(columns["year"]))
    edit(work, work.session.get_one(WorkDayYear, year_id), columns, hand_in=True)
    return year_id


def edit(
    work: Work, record: WorkDayYear, columns: dict[str, Any], *, hand_in: bool = False
) -> None:
    """Save weekends and holidays of a draft; refused (422): months that are none."""
    if not columns["weekends"].keys() <= _MONTHS.keys():
        raise Refusal("has months other than 1 to 12", field="weekends")
    weekends = {_MONTHS[month]: tuple(days) for month, days in columns["weekends"].items()}
    command = EditWorkDayYear(
        record.id, record.version, weekends, tuple(columns["holidays"]), submit=hand_in
    )
    edit_work_day_year(work, command)


carry_reviewed(
    WORK_DAY_YEAR,
    key="work_day_years",
    title="Work day years",
    identity=("year",),
    fields=("weekends", "holidays"),
    types={"holidays": list[date]},
    told={"holidays": lambda record: sorted(record.holidays)},
    create=draft,
    edit=edit,
)
