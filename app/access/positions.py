"""An agent's browser says where it is, so that acts can be bound to a zone (E26.18)."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete

from app.access.agents import Position
from app.controls.bounds import MOST_LATITUDE, MOST_LONGITUDE, parse_degrees
from app.controls.commands import handles
from app.controls.work import Work

KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ReportPosition:
    """Say where one's browser is, in degrees as they are written."""

    latitude: str
    longitude: str


@handles(ReportPosition, permission=None, is_about_oneself=True)
def report_position(work: Work, command: ReportPosition) -> None:
    """Keep the place of the session; of whoever is bound to no zone nothing is kept.

    What other sessions said the day before is forgotten.
    """
    bounds, session_id = work.actor.bounds, work.actor.context.login_session_id
    if bounds is None or bounds.zone is None or not session_id or work.actor.user_id is None:
        return
    latitude = parse_degrees(command.latitude, name="Latitude", most=MOST_LATITUDE)
    longitude = parse_degrees(command.longitude, name="Longitude", most=MOST_LONGITUDE)
    work.session.execute(delete(Position).where(Position.reported_at < work.now - KEPT))
    work.session.merge(
        Position(
            session_id=session_id,
            user_id=work.actor.user_id,
            latitude=latitude,
            longitude=longitude,
            reported_at=work.now,
        )
    )
