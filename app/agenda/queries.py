"""One's own events of a month, and the projects they may be of."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.agenda.models import CalendarEvent
from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import visible
from app.organisation.models import Project

MOST_EVENTS = 500


def events_between(
    session: Session, actor: Actor, days: tuple[date, date], zone: str
) -> Sequence[Row[Any]]:
    """Return the events of the days, both included, in order, with the names beside them."""
    local = ZoneInfo(zone)
    first = datetime.combine(days[0], time(), local)
    after = datetime.combine(days[1] + timedelta(days=1), time(), local)
    query = (
        select(CalendarEvent, Client.name.label("client"), Project.name.label("project"))
        .join(Project, Project.id == CalendarEvent.project_id)
        .outerjoin(Client, Client.id == CalendarEvent.client_id)
        .where(*visible(actor, CalendarEvent))
        .where(CalendarEvent.starts_at >= first, CalendarEvent.starts_at < after)
        .order_by(CalendarEvent.starts_at, CalendarEvent.id)
        .limit(MOST_EVENTS)
    )
    return session.execute(query).all()


def project_choices(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Return the projects in sight: the chosen one alone, where one is chosen."""
    query = select(Project).where(*visible(actor, Project), Project.retired_at.is_(None))
    return [(one.id, one.name) for one in session.scalars(query.order_by(Project.id))]
