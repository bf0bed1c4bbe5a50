"""Processes that all set off at once: each one is a web process of its own on the same database.

They are forked from one that has imported the application, which takes each of them longer than
its race.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.pool import Pool
from typing import Any

PROCESSES = 5
_gate: Any = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one command came to: its answer, or the sentence of its refusal."""

    answer: Any = None
    refusal: str = ""


@contextmanager
def contestants(database_url: str, folder: str) -> Iterator[Pool]:
    """Start the processes; they keep their connections until the block ends."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["app"])
    gate = server.Barrier(PROCESSES)
    with server.Pool(PROCESSES, _enter, (database_url, folder, gate)) as pool:
        yield pool


def at_once(pool: Pool, batches: list[list[tuple[Any, Any, str | None]]]) -> list[Outcome]:
    """Give each process its batch of (command, actor, key) and return all outcomes."""
    assert len(batches) == PROCESSES
    return [outcome for batch in pool.map(_run, batches, chunksize=1) for outcome in batch]


def _enter(database_url: str, folder: str, gate: Any) -> None:
    global _gate  # noqa: PLW0603  A pool's process gets its gate here and keeps it.
    os.environ["COUNTINGHOUSE_VAR"] = folder
    from app import create_app

    create_app(database_url=database_url, testing=True)
    _gate = gate


def _run(batch: list[tuple[Any, Any, str | None]]) -> list[Outcome]:
    _gate.wait(timeout=60)
    return [_attempt(*attempt) for attempt in batch]


def _attempt(command: Any, actor: Any, key: str | None) -> Outcome:
    from app.controls.commands import perform
    from app.kernel.errors import Refusal

    try:
        return Outcome(answer=perform(command, actor, key=key))
    except Refusal as refusal:
        return Outcome(refusal=refusal.sentence)


def alike(count: int, make: Callable[[], tuple[Any, Any, str | None]]) -> list[list[Any]]:
    """Return batches for all processes, each of `count` attempts."""
    return [[make() for _ in range(count)] for _ in range(PROCESSES)]
