"""The second step of signing in, entering by a passkey alone, and proving oneself again later."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.commands import AUTHENTICATION_FAILED, may_enter, open_session
from app.access.models import LoginSession, User
from app.access.passkeys import check_passkey
from app.access.passwords import token_hash
from app.access.proofs import Proof, note_proof, prove
from app.access.queries import actor_of
from app.controls.commands import handles
from app.controls.identity import RequestContext
from app.controls.work import Work
from app.kernel.errors import Forbidden, Refusal

# How long a proof counts for what asks for a fresh one.
FRESH = timedelta(minutes=5)
TOO_LATE = "That took too long. Sign in again."


@dataclass(frozen=True, slots=True)
class FinishSignIn:
    """Turn the half session with this token into a whole one."""

    token: str
    proof: Proof
    context: RequestContext

    @property
    def action(self) -> str:
        """What the log calls it: the person signs in by this."""
        return "Sign in"


@dataclass(frozen=True, slots=True)
class SignInByPasskey:
    """Open a session for whoever holds a passkey; the device has verified them."""

    answer: str
    challenge: str
    context: RequestContext

    @property
    def action(self) -> str:
        """As of FinishSignIn."""
        return "Sign in"


@dataclass(frozen=True, slots=True)
class ConfirmIdentity:
    """Prove again that it is the person who sits there."""

    proof: Proof


@handles(FinishSignIn, permission=None, is_about_oneself=True)
def finish_sign_in(work: Work, command: FinishSignIn) -> str:
    """Check the proof and open a session; returns its token, which nobody has seen before."""
    found = half_session(work.session, command.token, work.now)
    if found is None:
        raise Refusal(TOO_LATE)
    half, user = found
    prove(work, user, command.proof)
    work.session.delete(half)
    return open_session(work, user, command.context)


@handles(SignInByPasskey, permission=None)
def sign_in_by_passkey(work: Work, command: SignInByPasskey) -> str:
    """Two factors in one: the device and how it knows its owner. Returns the session's token."""
    passkey = check_passkey(work, command.answer, command.challenge, user_id=None)
    user = work.session.get_one(User, passkey.user_id)
    if not may_enter(work, user):
        raise Refusal(AUTHENTICATION_FAILED)
    work.actor = actor_of(
        work.session, user, organisation_id=user.organisation_id, context=command.context
    )
    note_proof(work, user, passkey.title())
    return open_session(work, user, command.context)


@handles(ConfirmIdentity, permission=None, is_about_oneself=True)
def confirm_identity(work: Work, command: ConfirmIdentity) -> None:
    """Note the moment of the proof in the session at hand."""
    own = work.session.get(LoginSession, work.actor.context.login_session_id)
    if own is None or own.user_id != work.actor.user_id:
        raise Forbidden("Sign in first.")
    prove(work, work.session.get_one(User, own.user_id), command.proof)
    own.proved_at = work.now


def half_session(session: Session, token: str, now: datetime) -> tuple[LoginSession, User] | None:
    """Return the session that waits for its second factor, with its person."""
    query = (
        select(LoginSession, User)
        .join(User, User.id == LoginSession.user_id)
        .where(
            LoginSession.token_hash == token_hash(token),
            LoginSession.awaits_factor,
            LoginSession.expires_at > now,
            User.is_active,
        )
    )
    row = session.execute(query).one_or_none()
    return (row[0], row[1]) if row is not None else None
