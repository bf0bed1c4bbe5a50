"""What is planned: the year's working days, approved, next year's draft, and calls to make."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.agenda.commands import CreateEvent
from app.calendars.commands import CreateWorkDayYear
from app.controls.approvals import SubmitRecord
from app.demonstration.bank import RETAIL, Bank
from app.demonstration.cast import ADMINISTRATOR
from app.demonstration.script import Script

ZONE = "Africa/Nairobi"
# Days from today, the hour, what kind, and what is to be done.
EVENTS = (
    (1, 10, "call", "Ask about the harvest loan"),
    (3, 15, "reminder", "Send the yearly statement"),
    (7, 9, "call", "Welcome a new business"),
)


def plan(script: Script, bank: Bank) -> None:
    """Put the years and the administrator's calendar down, by the usual commands."""
    administrator, today = script.by(ADMINISTRATOR.login), bank.business_date
    year_id = script.do(CreateWorkDayYear(today.year), administrator)
    script.do(SubmitRecord("work-day-year", year_id), administrator)
    script.do(CreateWorkDayYear(today.year + 1), administrator)
    for days, hour, kind, name in EVENTS:
        at = datetime.combine(today + timedelta(days=days), time(hour), ZoneInfo(ZONE))
        script.do(CreateEvent(kind, name, at, bank.projects[RETAIL]), administrator)
