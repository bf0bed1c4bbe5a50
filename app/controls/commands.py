"""The one door of writing: `perform(command, actor)` opens the session and makes the one commit."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from app.controls import audit, idempotency, outbox
from app.controls.bounds import demand_within
from app.controls.clashes import refusal_of
from app.controls.identity import Actor
from app.controls.permissions import demand, known_permission
from app.controls.work import Work
from app.db.session import database
from app.kernel.clock import Clock, system_clock
from app.kernel.crash import crash_point
from app.kernel.errors import Conflict, Forbidden, Refusal, Unavailable

_ATTEMPTS = 4
# Who lost a race tries again, and who finds that the driver dropped what was planned.
_RETRIED_STATES = frozenset({"40001", "40P01", "26000"})
STALE = "Someone else changed this record in the meantime. Look at it again before you save."
# Where the commands stand that whoever is signed in gives for themselves.
_ONES_OWN = ("app.access.", "app.notices.", "app.web.")
LOOKING_ONLY = "You are seeing the portal as a role. Nothing can be changed until you leave it."

Handler: TypeAlias = Callable[[Work, Any], Any]
Follower: TypeAlias = Callable[[Work], None]


@dataclass(frozen=True, slots=True)
class _Entry:
    handler: Handler
    permission: str | None
    action: str


class _Door:
    """The registry of handlers, and the clock they are given."""

    def __init__(self) -> None:
        self.entries: dict[type[Any], _Entry] = {}
        self.clock: Clock = system_clock
        self.followers: list[Follower] = []


door = _Door()


def handles(command: type[Any], *, permission: str | None) -> Callable[[Handler], Handler]:
    """Register the one handler of a command with its one permission.

    Permission None is for commands that anyone may give (signing in) or whose handler demands
    a permission that depends on the record (approvals); a name that is not in the catalogue or
    a second handler stops the start-up.
    """
    if permission is not None and not known_permission(permission):
        raise KeyError(f"{command.__name__} asks for unknown permission {permission}")
    if command in door.entries:
        raise KeyError(f"{command.__name__} has a handler already")

    def register(handler: Handler) -> Handler:
        door.entries[command] = _Entry(handler, permission, _action_of(command))
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
    Raises Refusal, whose failure is logged, and nothing is changed.
    """
    entry = door.entries[type(command)]
    try:
        if actor.is_preview:
            raise Forbidden(LOOKING_ONLY)
        if actor.bounds is not None and not _is_ones_own(entry, command):
            demand_within(actor.bounds, door.clock())
        if entry.permission is not None:
            demand(actor, entry.permission)
        return _repeated(command, actor, entry, key)
    except Refusal as refusal:
        with suppress(OperationalError):  # a database that does not answer keeps no log either
            _log_failure(actor, _named(entry, command), command, refusal)
        raise


def _is_ones_own(entry: _Entry, command: Any) -> bool:
    """Tell whether a command is about the person alone: signing out, reading one's notices."""
    return entry.permission is None and type(command).__module__.startswith(_ONES_OWN)


def _repeated(command: Any, actor: Actor, entry: _Entry, key: str | None) -> Any:
    if key is not None and len(key) > idempotency.LONGEST_KEY:
        raise Refusal("The idempotency key is too long")
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return _attempt(command, actor, entry, key)
        except IntegrityError as error:
            # Who lost a race for a key looks again, and says in its own words who has it.
            if attempt == 1:
                continue
            raise refusal_of(error) from error
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) in _RETRIED_STATES and attempt < _ATTEMPTS:
                continue
            if not isinstance(error, OperationalError):
                raise
            raise Unavailable("The database does not answer. Nothing was changed.") from error
    raise AssertionError("unreachable")


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
            _commit(work)
        except (Refusal, IntegrityError, StaleDataError) as error:
            work.channel.rollback()
            return _answer_again(work, command, key, error)
    for follow in work.after_commit:
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
        # A command whose refusal must name its record says which: its table and its id.
        about = getattr(command, "about", ("", None))
        audit.write_failure(work, sentence=refusal.sentence, about=about)
        work.has_log_rows = True
        _commit(work)


def _commit(work: Work) -> None:
    """Publish the operation's event, unless its posting statement has, and commit."""
    if work.has_log_rows and not work.has_event:
        outbox.publish(work)
    crash_point("before commit")
    work.channel.commit()
    crash_point("after commit")


def _named(entry: _Entry, command: Any) -> str:
    """Return what the log calls this command: one that serves many records says it itself."""
    return str(getattr(command, "action", entry.action))


def _action_of(command: type[Any]) -> str:
    """Write a command's name as people read it: FreezeAccount → "Freeze account"."""
    words = re.findall(r"[A-Z][a-z0-9]*", command.__name__)
    return " ".join([words[0], *(word.lower() for word in words[1:])])
