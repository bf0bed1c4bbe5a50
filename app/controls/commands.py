"""The one door of writing: `perform(command, actor)` opens the session and makes the one commit."""

import re
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from app.controls import audit, idempotency, outbox
from app.controls.apart import apart
from app.controls.bounds import demand_within
from app.controls.clashes import refusal_of
from app.controls.identity import Actor
from app.controls.permissions import demand, demand_system, known_permission
from app.controls.subject import subject_of
from app.controls.work import Work
from app.db.session import database
from app.kernel.clock import Clock, system_clock
from app.kernel.crash import crash_point
from app.kernel.errors import Conflict, Forbidden, Refusal, Unanswered, Unavailable

_ATTEMPTS = 4
_LOOKS = 2
# Who lost a race tries again, and who finds that the driver dropped what was planned.
_RETRIED_STATES = frozenset({"40001", "40P01", "26000"})
# A connection that was lost, and a server that is being stopped, leave a commit in doubt.
_IN_DOUBT = frozenset({"", "08", "57"})
STALE = "Someone else changed this record in the meantime. Look at it again before you save."
# Stands for a permission with the commands that the house itself gives and nobody else.
SYSTEM_ONLY = "system only"
LOOKING_ONLY = "You are seeing the portal as a role. Nothing can be changed until you leave it."

Handler: TypeAlias = Callable[[Work, Any], Any]
Follower: TypeAlias = Callable[[Work], None]


@dataclass(frozen=True, slots=True)
class _Entry:
    handler: Handler
    permission: str | None
    action: str
    is_about_oneself: bool


class _Door:
    """The registry of handlers, and the clock they are given."""

    def __init__(self) -> None:
        self.entries: dict[type[Any], _Entry] = {}
        self.clock: Clock = system_clock
        self.followers: list[Follower] = []


door = _Door()
# Whether anything was handed in for commit since this was last set to False, as each request does:
# what fails after that may be done nevertheless.
commit_begun: ContextVar[bool] = ContextVar("commit_begun", default=False)


def handles(
    command: type[Any], *, permission: str | None, is_about_oneself: bool = False
) -> Callable[[Handler], Handler]:
    """Register the one handler of a command with its one permission.

    SYSTEM_ONLY is for what workers and the close do. Permission None is for commands that anyone
    may give (signing in), or give for themselves, or whose handler demands a permission that
    depends on the record (approvals). What is about oneself alone, such as reading one's notices,
    is done at any hour and place. A name that is not in the catalogue or a second handler stops
    the start-up.
    """
    if permission not in {None, SYSTEM_ONLY} and not known_permission(str(permission)):
        raise KeyError(f"{command.__name__} asks for unknown permission {permission}")
    if command in door.entries:
        raise KeyError(f"{command.__name__} has a handler already")

    def register(handler: Handler) -> Handler:
        door.entries[command] = _Entry(handler, permission, action_of(command), is_about_oneself)
        return handler

    return register


def follows(follower: Follower) -> Follower:
    """Register what a higher floor writes in the same transaction, once a command is handled.

    It is called after every command and looks at what was done; it must cost nothing where
    that does not concern it.
    """
    door.followers.append(follower)
    return follower


def perform(command: Any, actor: Actor, *, key: str | None = None) -> Any:
    """Carry a command out: permission, idempotency, handler, log, outbox, the one commit.

    Returns what the handler returns (an id or a JSON value). With a key, the same command by the
    same person returns the first answer again; another body under that key is refused with 409.
    Raises Refusal, whose failure is logged, and nothing is changed; of Unanswered, a Refusal too,
    nobody knows.
    """
    entry = door.entries[type(command)]
    try:
        if actor.is_preview:
            raise Forbidden(LOOKING_ONLY)
        if actor.bounds is not None and not entry.is_about_oneself:
            demand_within(actor.bounds, door.clock())
        if entry.permission == SYSTEM_ONLY:
            demand_system(actor)
        elif entry.permission is not None:
            demand(actor, entry.permission)
        return _repeated(command, actor, entry, key)
    except Refusal as refusal:
        # A database that does not answer keeps no log either; while one types nothing is tried yet.
        if not getattr(command, "is_rehearsal", False):
            with suppress(OperationalError, Unanswered):
                _log_failure(actor, _named(entry, command), command, refusal)
        raise


def _repeated(command: Any, actor: Actor, entry: _Entry, key: str | None) -> Any:
    if key is not None and len(key) > idempotency.LONGEST_KEY:
        raise Refusal("The idempotency key is too long")
    looks = attempts = 0
    while True:
        try:
            return _attempt(command, actor, entry, key)
        except IntegrityError as error:
            looks += 1
            # Who lost a race for a key looks again, and says in its own words who has it.
            if looks == _LOOKS:
                raise refusal_of(error) from error
        except DBAPIError as error:
            attempts += 1
            if _state_of(error) in _RETRIED_STATES and attempts < _ATTEMPTS:
                continue
            if not isinstance(error, OperationalError):
                raise
            raise Unavailable("The database does not answer. Nothing was changed.") from error


def _attempt(command: Any, actor: Actor, entry: _Entry, key: str | None) -> Any:
    work = Work(database.channel(), actor, door.clock(), _named(entry, command), command, key)
    with work.channel:
        try:
            crash_point("command begun")
            answer = entry.handler(work, command)
            crash_point("command handled")
            work.channel.flush()  # the log needs every change before the commit
            for follower in door.followers:
                follower(work)
            audit.write(work)
            crash_point("command logged")
            idempotency.remember(work, answer)
            commit_begun.set(True)
            _commit(work)
        except Unanswered:
            raise
        except (Refusal, IntegrityError, StaleDataError) as error:
            work.channel.rollback()
            return _answer_again(work, command, key, error)
    for follow in work.after_commit:
        with apart("what follows a commit"):
            follow()
    return answer


def _answer_again(work: Work, command: Any, key: str | None, error: Exception) -> Any:
    """Return the stored answer of a repeated key, else raise what there is to say."""
    if key is not None:
        with database.reading() as session:
            found, answer = idempotency.recall(session, work, key, command)
        if found:
            return answer
    if isinstance(error, StaleDataError):
        raise Conflict(STALE) from error
    raise error


def _log_failure(actor: Actor, action: str, command: Any, refusal: Refusal) -> None:
    if actor.user_id is None and actor.organisation_id is None:
        return
    work = Work(database.channel(), actor, door.clock(), action)
    with work.channel:
        about = subject_of(work.session, actor, command)
        audit.write_failure(work, sentence=refusal.sentence, about=about)
        work.has_log_rows = True
        _commit(work)


def _commit(work: Work) -> None:
    """Publish the operation's event, unless its posting statement has, and commit.

    Raises Unanswered (503) where it is not known whether that was done.
    """
    if work.has_log_rows and not work.has_event:
        outbox.publish(work)
    crash_point("before commit")
    try:
        work.channel.commit()
    except OperationalError as error:
        if _state_of(error)[:2] not in _IN_DOUBT:
            raise
        raise Unanswered from error
    crash_point("after commit")


def _state_of(error: DBAPIError) -> str:
    """Return the SQLSTATE by which PostgreSQL answered; "" where it did not, and of SQLite."""
    return getattr(error.orig, "sqlstate", None) or ""


def _named(entry: _Entry, command: Any) -> str:
    """Return what the log calls this command: one that serves many records says it itself."""
    return str(getattr(command, "action", entry.action))


def action_of(command: type[Any]) -> str:
    """Write a command's name as people read it: FreezeAccount → "Freeze account"."""
    words = re.findall(r"[A-Z][a-z0-9]*", command.__name__)
    return " ".join([words[0], *(word.lower() for word in words[1:])])
