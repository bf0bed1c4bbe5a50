"""The browsers a person is signed in with: they see them all and end any of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import LoginSession
from app.controls.commands import handles
from app.controls.work import Work
from app.kernel.errors import Missing


@dataclass(frozen=True, slots=True)
class EndSession:
    """Sign one of one's own browsers out."""

    session_id: int


@handles(EndSession, permission=None)
def end_session(work: Work, command: EndSession) -> None:
    """Delete the session; another person's is the 404 of a missing id."""
    found = work.session.get(LoginSession, command.session_id)
    if found is None or work.actor.user_id is None or found.user_id != work.actor.user_id:
        raise Missing
    work.session.delete(found)


def open_sessions(session: Session, user_id: int, now: datetime) -> Sequence[LoginSession]:
    """Return a person's living sessions, the latest used first."""
    query = (
        select(LoginSession)
        .where(LoginSession.user_id == user_id, LoginSession.expires_at > now)
        .order_by(LoginSession.seen_at.desc(), LoginSession.id.desc())
    )
    return session.scalars(query).all()
