"""A month of one's calendar as its template wants it, and the page of one event."""

from calendar import Calendar, month_name
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.agenda.models import KINDS, CalendarEvent
from app.agenda.queries import events_between
from app.calendars.queries import year_in_force
from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import visible
from app.organisation.models import Project
from app.records.pages import with_zone
from app.web import cells
from app.web.pages import fact
from app.web.respond import row_action

PATH = "/admin/calendar"
_ICONS = {"call": "phone", "reminder": "bell"}
_YEAR = 12


def month_page(
    session: Session, who: Actor, first: date, *, today: date, zone: str
) -> dict[str, Any]:
    """Return weeks of days with their events, and the neighbours of the month."""
    weeks = Calendar().monthdatescalendar(first.year, first.month)
    rows = events_between(session, who, (weeks[0][0], weeks[-1][-1]), zone)
    lines = [_line(row, zone) for row in rows]
    by_day: dict[date, list[dict[str, Any]]] = {}
    for line in lines:
        by_day.setdefault(line["day"], []).append(line)
    year = year_in_force(session, who.organisation_id or 0, first.year)

    def day(one: date) -> dict[str, Any]:
        in_month = one.month == first.month
        known = year is not None and one.year == year.year
        return {
            "number": one.day,
            "label": f"{one.day} {month_name[one.month]} {one.year}",
            "iso": one.isoformat(),
            "in_month": in_month,
            "is_today": one == today,
            "is_off": bool(known and year and not year.is_working_day(one)),
            "holiday": year.holidays.get(one.isoformat(), "") if known and year else "",
            "events": by_day.get(one, []),
        }

    return {
        "title": f"{month_name[first.month]} {first.year}",
        "month": f"{first:%Y-%m}",
        "weeks": [[day(one) for one in week] for week in weeks],
        "list": [line for line in lines if line["day"].month == first.month],
        "before": _href(first, -1),
        "after": _href(first, 1),
        "today": f"{PATH}?month={today:%Y-%m}",
        "new": f"{PATH}/new?day={(today if today.month == first.month else first).isoformat()}",
    }  # fmt: skip


def event_detail(session: Session, who: Actor, event: CalendarEvent) -> dict[str, Any]:
    """Return the page of one event."""
    project = session.get_one(Project, event.project_id)
    # A client may have left one's scope since; then it is not named.
    query = select(Client.name).where(*visible(who, Client), Client.id == event.client_id)
    client = session.scalars(query).one_or_none() or ""
    about = cells.text(client, href=f"/admin/clients/{event.client_id}" if client else None)
    path = f"{PATH}/{event.id}"
    badge = {"text": "Done", "tone": "success"} if event.done_at else None
    page = {
        "title": event.name,
        "subtitle": KINDS[event.kind],
        "ident": "",
        "badge": badge,
        "back": {"label": "Calendar", "href": PATH},
        "actions": [
            row_action("Mark as to do" if event.done_at else "Mark as done", f"{path}/done",
                       "undo-2" if event.done_at else "check", dialog=True, primary=True),
            row_action("Edit", f"{path}/edit", "pencil", drawer=True),
            row_action("Delete", f"{path}/delete", "trash-2", dialog=True, danger=True),
        ],
        "cards": [
            {
                "title": "General",
                "open": True,
                "rows": [
                    fact("When", cells.instant(event.starts_at)),
                    fact("Project", cells.text(project.name)),
                    fact("Customer", about),
                    fact("Note", cells.text(event.note)),
                    fact("Version", cells.text(event.version)),
                ],
            }
        ],
        "tabs": [],
        "workflow": None,
        "timeline": None,
        "version": event.version,
    }  # fmt: skip
    return with_zone(page, "The event leaves your calendar for good.")


def _line(row: Any, zone: str) -> dict[str, Any]:
    event = row.CalendarEvent
    local = event.starts_at.astimezone(ZoneInfo(zone))
    return {
        "href": f"{PATH}/{event.id}",
        "kind": KINDS[event.kind],
        "icon": _ICONS[event.kind],
        "name": event.name,
        "client": row.client or "",
        "project": row.project,
        "day": local.date(),
        "day_text": f"{local.date():%a} {local.day} {month_name[local.month]}",
        "time": f"{local:%H:%M}",
        "is_done": event.done_at is not None,
    }


def _href(first: date, step: int) -> str:
    months = first.year * _YEAR + first.month - 1 + step
    return f"{PATH}?month={months // _YEAR:04d}-{months % _YEAR + 1:02d}"
