"""The forms of a work day year: choosing it, and twelve months to click."""

from calendar import Calendar
from datetime import date, timedelta
from typing import Any

from wtforms import SelectField, SelectMultipleField

from app.calendars.commands import CreateWorkDayYear, EditWorkDayYear
from app.calendars.models import MONTHS, WorkDayYear
from app.web.forms import Form, as_id, chosen, options

WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class YearForm(Form):
    """The year to be created (E14.01)."""

    year = SelectField("Year", chosen("Year"))

    def create(self) -> CreateWorkDayYear:
        """Return the command of a new year."""
        return CreateWorkDayYear(as_id(self.year.data) or 0)


class MonthsForm(Form):
    """The weekends ("1-6" is Sunday in January) and the public holidays of a year."""

    weekends = SelectMultipleField("Weekend")
    holidays = SelectMultipleField("Public holidays")

    def offer(self, record: WorkDayYear) -> None:
        """Offer every weekday of every month and every day, and tick what is saved."""
        self.weekends.choices = options((f"{m}-{day}", name) for m in MONTHS
                                        for day, name in enumerate(WEEK))  # fmt: skip
        first = date(record.year, 1, 1)
        days = (first + timedelta(days=number) for number in range(366))
        self.holidays.choices = options(one.isoformat() for one in days if one.year == record.year)
        if not self.is_posted:
            self.weekends.data = [f"{m}-{day}" for m, days in record.weekends.items()
                                  for day in days]  # fmt: skip
            self.holidays.data = list(record.holidays)

    def edit(self, year_id: int, version: int, *, hand_in: bool) -> EditWorkDayYear:
        """Return the command that saves the months."""
        weekends: dict[int, tuple[int, ...]] = {}
        for one in self.weekends.data or ():
            month, day = one.split("-")
            weekends[int(month)] = (*weekends.get(int(month), ()), int(day))
        holidays = tuple(date.fromisoformat(one) for one in self.holidays.data or ())
        return EditWorkDayYear(year_id, version, weekends, holidays, submit=hand_in)


def months_of(
    year: int, weekends: dict[str, list[int]], holidays: dict[str, str]
) -> list[dict[str, Any]]:
    """Return the twelve months as weeks of days, each with what it is."""
    return [
        {
            "number": month,
            "name": f"{date(year, month, 1):%B}",
            "weekdays": [
                {"value": f"{month}-{day}", "name": name, "is_off": day in weekends[str(month)]}
                for day, name in enumerate(WEEK)
            ],
            "weeks": [
                [_day(one, month, weekends, holidays) for one in week]
                for week in Calendar().monthdatescalendar(year, month)
            ],
        }
        for month in MONTHS
    ]


def _day(
    one: date, month: int, weekends: dict[str, list[int]], holidays: dict[str, str]
) -> dict[str, Any] | None:
    if one.month != month:
        return None
    return {
        "iso": one.isoformat(),
        "number": one.day,
        "is_off": one.weekday() in weekends[str(month)],
        "is_holiday": one.isoformat() in holidays,
        "name": holidays.get(one.isoformat(), ""),
    }
