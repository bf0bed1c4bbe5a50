"""A command is tried, to hear what it would be refused for, and leaves no trace."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

from app.controls.commands import door, handles
from app.controls.permissions import demand
from app.controls.work import Work


@dataclass(frozen=True, slots=True)
class Rehearse:
    """Try a command whose form is not complete yet."""

    is_rehearsal: ClassVar[bool] = True
    command: Any


@handles(Rehearse, permission=None)
def rehearse(work: Work, asked: Rehearse) -> None:
    """Refuse what the command itself would refuse, and nothing else: what it wrote is undone."""
    entry = door.entries[type(asked.command)]
    if entry.permission is not None:
        demand(work.actor, entry.permission)
    with undone(work):
        entry.handler(work, asked.command)


@contextmanager
def undone(work: Work) -> Iterator[None]:
    """Take back what is written inside: nothing is changed, logged or done after the commit."""
    undo = work.session.begin_nested()
    try:
        yield
    finally:
        undo.rollback()
        work.changes.clear()
        work.noted.clear()
        work.after_commit.clear()
