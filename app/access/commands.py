"""Signing in and out; the commands of people and roles have modules of their own."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select

from app.access.factors import factors_of, is_asked_for_factor
from app.access.models import LoginSession, User
from app.access.passwords import passwords, token_hash
from app.access.people import CreateUser, EditUser, SetUserActive, create_user, normal_email
from app.access.queries import actor_of
from app.access.roles import CreateRole, DeleteRole, EditRole
from app.access.throttle import SIGN_IN, forget_attempts
from app.controls.commands import handles
from app.controls.identity import RequestContext
from app.controls.permissions import find
from app.controls.tenant import Organisation
from app.controls.work import Work
from app.kernel.errors import Missing, Refusal
from app.organisation.models import Project

__all__ = [
    "ChooseProject",
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
    "may_enter",
    "open_session",
]

AUTHENTICATION_FAILED = "Authentication failed. Check your email and password."
TEMPORARY_EXPIRED = "Your temporary password has expired. Ask an administrator for a new one."
# A browser that rests is signed out, and one that does not is as well at the end of a long day.
IDLE = timedelta(minutes=60)
LONGEST = timedelta(hours=12)
# Who has a second factor shows it within this time of the password.
SECOND_STEP = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class SignIn:
    """Open a session for an address and a password."""

    email: str
    password: str
    context: RequestContext


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


@handles(SignIn, permission=None)
def sign_in(work: Work, command: SignIn) -> str:
    """Check the password and open a new session; returns its token.

    Of a person with a second factor it is a half one, which `FinishSignIn` makes whole.

    Unknown address, wrong password and inactive user are refused in the same words (E03.08). The
    attempt is counted before, by `CountAttempt`.
    """
    email = normal_email(command.email)
    user = work.session.scalars(select(User).where(User.email == email)).one_or_none()
    matches = passwords.verify(user.password_hash if user else None, command.password)
    if user is None or not matches or not may_enter(work, user):
        raise Refusal(AUTHENTICATION_FAILED)
    if user.password_temporary_until is not None and user.password_temporary_until < work.now:
        raise Refusal(TEMPORARY_EXPIRED)
    work.actor = actor_of(
        work.session, user, organisation_id=user.organisation_id, context=command.context
    )
    forget_attempts(work, SIGN_IN, email, command.context.address)
    is_half = bool(factors_of(work.session, user.id))
    return open_session(work, user, command.context, awaits_factor=is_half)


def open_session(
    work: Work, user: User, context: RequestContext, *, awaits_factor: bool = False
) -> str:
    """Add a session, whole or waiting for its second factor; returns its token."""
    token = secrets.token_urlsafe(32)
    owes = is_asked_for_factor(work.session, user.id) and not factors_of(work.session, user.id)
    if not awaits_factor:
        user.last_signed_in_at = work.now
    work.add(
        LoginSession(
            token_hash=token_hash(token),
            user_id=user.id,
            organisation_id=user.organisation_id,
            created_at=work.now,
            seen_at=work.now,
            expires_at=work.now + (SECOND_STEP if awaits_factor else IDLE),
            ends_at=work.now + LONGEST,
            awaits_factor=awaits_factor,
            owes_factor=owes,
            proved_at=work.now,
            address=context.address,
            browser=context.browser,
        )
    )
    return token


@handles(SignOut, permission=None, is_about_oneself=True)
def sign_out(work: Work, command: SignOut) -> None:
    """Delete the session; its cookie is worthless from then on (E05.06)."""
    work.session.execute(
        delete(LoginSession).where(LoginSession.token_hash == token_hash(command.token))
    )


@handles(KeepSession, permission=None)
def keep_session(work: Work, command: KeepSession) -> None:
    """Move the session's end away as long as it is used, to its last moment at most."""
    session = work.session.get(LoginSession, command.session_id)
    if session is not None:
        session.seen_at = work.now
        session.expires_at = min(session.ends_at, max(session.expires_at, work.now + IDLE))


@handles(ChooseProject, permission=None, is_about_oneself=True)
def choose_project(work: Work, command: ChooseProject) -> None:
    """Remember the project in the person's own session; one out of scope is refused with 404."""
    session = work.session.get(LoginSession, command.session_id)
    if session is None or session.user_id != work.actor.user_id:
        raise Missing
    if command.project_id is not None:
        find(work.session, work.actor, Project, command.project_id)
    session.project_id = command.project_id


def may_enter(work: Work, user: User) -> bool:
    """Tell whether the person and their organisation are open to sign-in.

    A licence that is not good keeps nobody out here: what comes after sign-in says so (E38.03).
    A service account comes by its keys alone.
    """
    if user.kind == "service":
        return False
    if user.organisation_id is None:
        return user.is_active
    return user.is_active and work.session.get_one(Organisation, user.organisation_id).is_active
