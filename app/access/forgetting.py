"""What is kept for a while only: sessions that are over, and answers whose keys come no more."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select

from app.access.models import LoginSession
from app.controls.commands import SYSTEM_ONLY, handles, perform
from app.controls.idempotency import KEPT_DAYS, IdempotencyKey
from app.controls.identity import system_actor
from app.controls.work import Work

AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class ForgetEndedSessions:
    """Delete everybody's sessions that nothing opens any more."""


@dataclass(frozen=True, slots=True)
class ForgetOldKeys:
    """Delete the oldest answers that are older than they are kept, `AT_ONCE` at most."""


def forget_what_is_over() -> None:
    """Delete both, the answers in parts, so that no posting waits long for one of them."""
    worker = system_actor(None, frozenset(), "Worker")
    perform(ForgetEndedSessions(), worker)
    while perform(ForgetOldKeys(), worker) == AT_ONCE:
        pass


@handles(ForgetEndedSessions, permission=SYSTEM_ONLY)
def forget_ended_sessions(work: Work, command: ForgetEndedSessions) -> int:
    """Delete them; returns how many."""
    del command
    over = delete(LoginSession).where(LoginSession.expires_at <= work.now)
    return len(work.session.execute(over.returning(LoginSession.id)).all())


@handles(ForgetOldKeys, permission=SYSTEM_ONLY)
def forget_old_keys(work: Work, command: ForgetOldKeys) -> int:
    """Delete them; returns how many.

    Only the oldest are looked at, by their ids: an index on the moment would cost every posting.
    """
    del command
    oldest = select(IdempotencyKey.id).order_by(IdempotencyKey.id).limit(AT_ONCE)
    old = delete(IdempotencyKey).where(
        IdempotencyKey.id.in_(oldest),
        IdempotencyKey.created_at < work.now - timedelta(days=KEPT_DAYS),
    )
    return len(work.session.execute(old.returning(IdempotencyKey.id)).all())
