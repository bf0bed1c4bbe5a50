"""A password is changed by its owner, or chosen anew by who can read the owner's mail.

Asking for a new password only leaves a note for the worker, for known and unknown addresses
alike: the answer says the same in the same time, and the mail is written afterwards.
"""

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.access.letters import tell_of_password, write_to
from app.access.models import LoginSession, PasswordReset, User
from app.access.password_rules import choose_password
from app.access.passwords import passwords, token_hash
from app.access.people import normal_email
from app.access.queries import actor_of
from app.access.reach import drop_links, end_sessions, end_sessions_elsewhere, oneself
from app.access.throttle import PASSWORD, SIGN_IN, forget_attempts, release
from app.controls.commands import SYSTEM_ONLY, handles, perform
from app.controls.due import Job, does, enqueue
from app.controls.identity import RequestContext, system_actor
from app.controls.secrecy import cipher
from app.controls.work import Work
from app.db.session import database
from app.kernel.errors import Missing, Refusal
from app.mail.post import post

KIND = "password-reset"
LINK_MINUTES = 60
INVALID_LINK = "Invalid or expired link"


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Replace one's own password."""

    current: str
    password: str


@dataclass(frozen=True, slots=True)
class RenewSession:
    """Give the browser at hand another token: a copy of the former one opens nothing any more."""


@dataclass(frozen=True, slots=True)
class RequestPasswordReset:
    """Ask for a link to choose a new password."""

    email: str


@dataclass(frozen=True, slots=True)
class SendResetLink:
    """Mail a person the link they asked for."""

    user_id: int


@dataclass(frozen=True, slots=True)
class ResetPassword:
    """Choose a new password with the token of a link."""

    token: str
    password: str
    context: RequestContext


@handles(ChangePassword, permission=None, is_about_oneself=True)
def change_password(work: Work, command: ChangePassword) -> None:
    """Set it and end every other session; a wrong current password is refused (E06.09)."""
    user = oneself(work)
    if not passwords.verify(user.password_hash, command.current):
        raise Refusal("Current password is not correct", field="current")
    choose_password(work, user, command.password)
    forget_attempts(work, PASSWORD, user.email, work.actor.context.address)
    _after_change(work, user)
    end_sessions_elsewhere(work, user.id)


@handles(RenewSession, permission=None, is_about_oneself=True)
def renew_session(work: Work, command: RenewSession) -> str:
    """Replace the token of the request's session and return it; without one it is missing (404)."""
    del command
    session = work.session.get(LoginSession, work.actor.context.login_session_id)
    if session is None or session.user_id != work.actor.user_id:
        raise Missing
    token = secrets.token_urlsafe(32)
    session.token_hash = token_hash(token)
    return token


@handles(RequestPasswordReset, permission=None)
def request_password_reset(work: Work, command: RequestPasswordReset) -> None:
    """Leave a note for the worker, whoever has the address or nobody."""
    sealed = cipher.encrypt(normal_email(command.email))
    enqueue(work, KIND, uuid.uuid4().hex, {"email": sealed})


@does(KIND)
def answer_request(job: Job) -> None:
    """Mail the link to the active user of the address; for any other address do nothing."""
    email = cipher.decrypt(job.payload["email"])
    with database.reading() as session:
        query = select(User.id, User.organisation_id).where(User.email == email, User.is_active)
        found = session.execute(query).one_or_none()
    if found is not None:
        worker = system_actor(found.organisation_id, frozenset(), "Worker")
        perform(SendResetLink(found.id), worker, key=job.occurrence_key)


@handles(SendResetLink, permission=SYSTEM_ONLY)
def send_reset_link(work: Work, command: SendResetLink) -> None:
    """Store the token's hash and write the letter; links sent before stay good."""
    user = work.session.get_one(User, command.user_id)
    token = secrets.token_urlsafe(32)
    work.session.execute(delete(PasswordReset).where(PasswordReset.expires_at < work.now))
    work.add(
        PasswordReset(
            token_hash=token_hash(token),
            user_id=user.id,
            expires_at=work.now + timedelta(minutes=LINK_MINUTES),
        )
    )
    write_to(
        work,
        user,
        "reset-password",
        subject="Reset Your Password",
        values={
            "name": user.shown_name,
            "link": f"{post.public_url}/reset-password/{token}",
            "minutes": str(LINK_MINUTES),
        },
    )


@handles(ResetPassword, permission=None)
def reset_password(work: Work, command: ResetPassword) -> None:
    """Use the link up, set the password, end every session (E04.16, E04.20).

    Of two that come at once, one uses the link and the other finds it used.
    """
    used = (
        update(PasswordReset)
        .where(
            PasswordReset.token_hash == token_hash(command.token),
            PasswordReset.used_at.is_(None),
            PasswordReset.expires_at > work.now,
        )
        .values(used_at=work.now)
        .returning(PasswordReset.user_id)
    )
    user_id = work.session.scalar(used)
    user = work.session.get(User, user_id) if user_id else None
    if user is None or not user.is_active:
        raise Refusal(INVALID_LINK)
    work.actor = actor_of(
        work.session, user, organisation_id=user.organisation_id, context=command.context
    )
    choose_password(work, user, command.password)
    release(work, SIGN_IN, user.email)
    _after_change(work, user)
    end_sessions(work, [user.id])


def has_open_link(session: Session, token: str, now: datetime) -> bool:
    """Tell whether a link's token can still be used, by someone who may sign in."""
    query = (
        select(PasswordReset.id)
        .join(User, User.id == PasswordReset.user_id)
        .where(
            PasswordReset.token_hash == token_hash(token),
            PasswordReset.used_at.is_(None),
            PasswordReset.expires_at > now,
            User.is_active,
        )
    )
    return session.scalar(query) is not None


def owner_of_link(session: Session, token: str) -> int | None:
    """Return the organisation whose rules hold for the one who has the link."""
    query = (
        select(User.organisation_id)
        .join(PasswordReset, PasswordReset.user_id == User.id)
        .where(PasswordReset.token_hash == token_hash(token))
    )
    return session.scalar(query)


def _after_change(work: Work, user: User) -> None:
    drop_links(work, user.id)
    tell_of_password(work, user)
