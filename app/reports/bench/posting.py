"""Posting through the whole command path, beside hand-written SQL with row locks.

A transfer posts two balanced transactions, four entries in all. It is measured twice: beside the
same two written by hand, and beside one of two lines, which is half of its work.
"""

import multiprocessing
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from app.reports.bench import bare
from app.reports.bench.figures import Ratio, interleaved
from app.reports.bench.scratch import Bank, scratch_database, settle

ASSETS = 200
HISTORY = 3_000
BRANCHES = 4


@dataclass(frozen=True, slots=True)
class _Client:
    """A process of its own and the pipe to it."""

    process: Any
    pipe: Any


@dataclass(frozen=True, slots=True)
class _Comparison:
    """What the product posts and what the hand does beside it; both stand in the line's name."""

    name: str
    product: str
    bare: str


_COMPARISONS = (
    _Comparison("deposit, spread / one by hand", "deposit", "one"),
    _Comparison("transfer (two transactions) / two by hand", "transfer", "two"),
    _Comparison("transfer (two transactions) / one by hand", "transfer", "one"),
    _Comparison("deposit, one cash account / one by hand, hot", "deposit hot", "one hot"),
)


def measure(url: str, *, clients: tuple[int, ...], seconds: float, rounds: int) -> Iterator[Ratio]:
    """Yield the ratios for each number of clients and each comparison."""
    kind = "SQLite" if url.startswith("sqlite") else "PostgreSQL"
    with scratch_database(url, assets=ASSETS, history=HISTORY, branches=BRANCHES) as bank:
        bare.prepare(bank.url, ASSETS, history=HISTORY)
        settle(bank.url)
        for number in clients:
            with _clients(bank, number) as team:
                for one in _COMPARISONS:
                    yield interleaved(
                        f"{kind} x{number}: {one.name}",
                        lambda: _rate(team, one.bare, seconds),  # noqa: B023
                        lambda: _rate(team, one.product, seconds),  # noqa: B023
                        rounds=rounds,
                        wanted=_wanted(kind, number, one),
                    )


def _wanted(kind: str, clients: int, one: _Comparison) -> str:
    if kind == "SQLite":
        return "at least 0.4"
    if clients == 1:
        return ""
    return "at least 1.5, aim at 2.5" if one.bare == "one hot" else "at least 0.6, aim at 1.0"


@contextmanager
def _clients(bank: Bank, number: int) -> Iterator[list[_Client]]:
    spawn = multiprocessing.get_context("spawn")
    team = []
    for _ in range(number):
        ours, theirs = spawn.Pipe()
        process = spawn.Process(target=_serve, args=(bank, theirs), daemon=True)
        process.start()
        team.append(_Client(process, ours))
    for client in team:
        client.pipe.recv()
    try:
        yield team
    finally:
        for client in team:
            client.pipe.send(None)
            client.process.join(timeout=10)


def _rate(team: list[_Client], what: str, seconds: float) -> float:
    """Let all clients work at once; returns how many postings a second they made together."""
    for client in team:
        client.pipe.send((what, seconds))
    return float(sum(client.pipe.recv() for client in team))


def _serve(bank: Bank, pipe: Any) -> None:
    from app import create_app  # noqa: PLC0415  The process is new and has its own connections.

    create_app(database_url=bank.url)
    made: dict[str, Callable[[], None]] = {}
    pipe.send("ready")
    while (order := pipe.recv()) is not None:
        what, seconds = order
        if what not in made:
            made[what] = _work(bank, what)
        pipe.send(_counted(made[what], seconds))


def _work(bank: Bank, what: str) -> Callable[[], None]:
    """Return the function that posts once, by hand or through the product."""
    if what.startswith("one"):
        return bare.transfers(bank.url, len(bank.asset_ids), is_hot=what == "one hot")
    if what == "two":
        return bare.transfers(bank.url, len(bank.asset_ids), is_hot=False, is_pair=True)
    return _movements(bank, what)


def _counted(once: Callable[[], None], seconds: float) -> float:
    started, number = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - started) < seconds:
        once()
        number += 1
    return number / elapsed


def _movements(bank: Bank, what: str) -> Callable[[], None]:
    """Return a function that transfers, or deposits into one cash account or the branches' own."""
    from app.controls.commands import perform  # noqa: PLC0415  As above.
    from app.transactions.commands import Deposit, Transfer  # noqa: PLC0415

    tellers = [replace(bank.actor, branch_id=branch_id) for branch_id in bank.branch_ids]

    def once() -> None:
        one, other = random.sample(bank.asset_ids, 2)
        actor = random.choice(tellers) if what == "deposit" else bank.actor  # noqa: S311
        command = Transfer(one, other, 100) if what == "transfer" else Deposit(one, 100)
        perform(command, actor, key=uuid4().hex)

    return once
