"""The browsers people are signed in with: everybody ends their own, administrators anybody's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import LoginSession
from app.access.reach import end_sessions, end_sessions_elsewhere, reachable
from app.access.throttle import FACTOR, PASSWORD, SIGN_IN, release
from app.controls.commands import handles
from app.controls.work import Work
from app.kernel.errors import Missing


@dataclass(frozen=True, slots=True)
class EndSession:
    """Sign one of one's own browsers out."""

    session_id: int


@dataclass(frozen=True, slots=True)
class EndOtherSessions:
    """Sign out every browser of one's own but the one at hand."""


@dataclass(frozen=True, slots=True)
class EndSessionOfUser:
    """Sign out one browser of somebody else."""

    user_id: int
    session_id: int


@dataclass(frozen=True, slots=True)
class EndSessionsOfUser:
    """Sign somebody out everywhere."""

    user_id: int


@dataclass(frozen=True, slots=True)
class UnlockUser:
    """Let somebody try to sign in again at once, however often it was tried wrongly."""

    user_id: int


@handles(EndSession, permission=None, is_about_oneself=True)
def end_session(work: Work, command: EndSession) -> None:
    """Delete the session; another person's is the 404 of a missing id."""
    _end(work, work.actor.user_id or 0, command.session_id)


@handles(EndOtherSessions, permission=None, is_about_oneself=True)
def end_other_sessions(work: Work, command: EndOtherSessions) -> None:
    """Delete all but the session of this request."""
    del command
    end_sessions_elsewhere(work, work.actor.user_id or 0)


@handles(EndSessionOfUser, permission="users.edit")
def end_session_of_user(work: Work, command: EndSessionOfUser) -> None:
    """Delete the session of someone within the actor's reach."""
    _end(work, reachable(work, command.user_id).id, command.session_id)


@handles(EndSessionsOfUser, permission="users.edit")
def end_sessions_of_user(work: Work, command: EndSessionsOfUser) -> None:
    """Delete every session of someone within the actor's reach."""
    end_sessions(work, [reachable(work, command.user_id).id])


@handles(UnlockUser, permission="users.edit")
def unlock_user(work: Work, command: UnlockUser) -> None:
    """Forget the attempts that were counted for the person's address."""
    user = reachable(work, command.user_id)
    for purpose in (SIGN_IN, PASSWORD, FACTOR):
        release(work, purpose, user.email)


def open_sessions(session: Session, user_id: int, now: datetime) -> Sequence[LoginSession]:
    """Return a person's living sessions, the latest used first."""
    query = (
        select(LoginSession)
        .where(
            LoginSession.user_id == user_id,
            LoginSession.expires_at > now,
            LoginSession.awaits_factor.is_(False),
        )
        .order_by(LoginSession.seen_at.desc(), LoginSession.id.desc())
    )
    return session.scalars(query).all()


def _end(work: Work, user_id: int, session_id: int) -> None:
    found = work.session.get(LoginSession, session_id)
    if found is None or found.user_id != user_id:
        raise Missing
    work.session.delete(found)
