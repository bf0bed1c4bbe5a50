"""Signing in and out; the commands of people and roles have modules of their own."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select

from app.access.models import LoginSession, SignInAttempt, User
from app.access.passwords import passwords
from app.access.people import CreateUser, EditUser, SetUserActive, create_user, normal_email
from app.access.queries import actor_of
from app.access.roles import CreateRole, DeleteRole, EditRole
from app.controls.commands import handles
from app.controls.identity import RequestContext
from app.controls.permissions import find
from app.controls.work import Work
from app.kernel.errors import Missing, Refusal
from app.organisation.models import Project

__all__ = [
    "ChooseProject",
    "CountFailedSignIn",
    "CreateRole",
    "CreateUser",
    "DeleteRole",
    "EditRole",
    "EditUser",
    "KeepSession",
    "SetUserActive",
    "SignIn",
    "SignOut",
    "create_user",
]

AUTHENTICATION_FAILED = "Authentication failed. Check your email and password."
SESSION_HOURS = 12
ATTEMPTS_ALLOWED = 8
ATTEMPT_MINUTES = 15


class TooManyAttempts(Refusal):
    """Sign-in is throttled for this address, known or not (429)."""

    status = 429
    title = "Too many attempts"


@dataclass(frozen=True, slots=True)
class SignIn:
    """Open a session for an address and a password."""

    email: str
    password: str
    context: RequestContext


@dataclass(frozen=True, slots=True)
class CountFailedSignIn:
    """Remember a failed attempt for a typed address, so that guessing is throttled."""

    email: str


@dataclass(frozen=True, slots=True)
class SignOut:
    """End the session with this token."""

    token: str


@dataclass(frozen=True, slots=True)
class KeepSession:
    """Note that a session was seen, at most once a minute."""

    session_id: int


@dataclass(frozen=True, slots=True)
class ChooseProject:
    """Narrow a session to one project, or to none."""

    session_id: int
    project_id: int | None


def token_hash(token: str) -> str:
    """Return what the database keeps of a session's token."""
    return hashlib.sha256(token.encode()).hexdigest()


@handles(SignIn, permission=None)
def sign_in(work: Work, command: SignIn) -> str:
    """Check throttle and password and open a new session; returns its token.

    Unknown address, wrong password and inactive user are refused in the same words (E03.08).
    """
    email = normal_email(command.email)
    _demand_attempts_left(work, email)
    user = work.session.scalars(select(User).where(User.email == email)).one_or_none()
    matches = passwords.verify(user.password_hash if user else None, command.password)
    if user is None or not matches or not user.is_active:
        raise Refusal(AUTHENTICATION_FAILED)
    work.actor = actor_of(
        work.session, user, organisation_id=user.organisation_id, context=command.context
    )
    work.session.execute(delete(SignInAttempt).where(SignInAttempt.subject_hash == _subject(email)))
    user.last_signed_in_at = work.now
    token = secrets.token_urlsafe(32)
    work.add(
        LoginSession(
            token_hash=token_hash(token),
            user_id=user.id,
            organisation_id=user.organisation_id,
            created_at=work.now,
            seen_at=work.now,
            expires_at=work.now + timedelta(hours=SESSION_HOURS),
            address=command.context.address,
            browser=command.context.browser,
        )
    )
    return token


@handles(CountFailedSignIn, permission=None)
def count_failed_sign_in(work: Work, command: CountFailedSignIn) -> None:
    """Add an attempt and forget the ones that no longer count."""
    oldest = work.now - timedelta(minutes=ATTEMPT_MINUTES)
    work.session.execute(delete(SignInAttempt).where(SignInAttempt.at < oldest))
    subject = _subject(normal_email(command.email))
    work.session.execute(insert(SignInAttempt), {"subject_hash": subject, "at": work.now})


@handles(SignOut, permission=None)
def sign_out(work: Work, command: SignOut) -> None:
    """Delete the session; its cookie is worthless from then on (E05.06)."""
    work.session.execute(
        delete(LoginSession).where(LoginSession.token_hash == token_hash(command.token))
    )


@handles(KeepSession, permission=None)
def keep_session(work: Work, command: KeepSession) -> None:
    """Move the session's end away, as long as it is used."""
    session = work.session.get(LoginSession, command.session_id)
    if session is not None:
        session.seen_at = work.now
        session.expires_at = max(session.expires_at, _end(work.now))


@handles(ChooseProject, permission=None)
def choose_project(work: Work, command: ChooseProject) -> None:
    """Remember the project in the person's own session; one out of scope is refused with 404."""
    session = work.session.get(LoginSession, command.session_id)
    if session is None or session.user_id != work.actor.user_id:
        raise Missing
    if command.project_id is not None:
        find(work.session, work.actor, Project, command.project_id)
    session.project_id = command.project_id


def _end(now: datetime) -> datetime:
    return now + timedelta(hours=SESSION_HOURS)


def _subject(email: str) -> str:
    return hashlib.sha256(email.encode()).hexdigest()


def _demand_attempts_left(work: Work, email: str) -> None:
    since = work.now - timedelta(minutes=ATTEMPT_MINUTES)
    query = select(func.count()).where(
        SignInAttempt.subject_hash == _subject(email), SignInAttempt.at >= since
    )
    if (work.session.scalar(query) or 0) >= ATTEMPTS_ALLOWED:
        raise TooManyAttempts(
            f"Too many attempts. Please wait {ATTEMPT_MINUTES} minutes and try again."
        )
