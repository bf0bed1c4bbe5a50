"""Posting through the whole command path, beside hand-written SQL with row locks."""

import multiprocessing
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from app.reports.bench import bare
from app.reports.bench.figures import Ratio, interleaved
from app.reports.bench.scratch import Bank, scratch_database, settle

ASSETS = 200
HISTORY = 3_000


@dataclass(frozen=True, slots=True)
class _Client:
    """A process of its own and the pipe to it."""

    process: Any
    pipe: Any


def measure(url: str, *, clients: tuple[int, ...], seconds: float, rounds: int) -> Iterator[Ratio]:
    """Yield the ratios for each number of clients, spread and hot."""
    kind = "SQLite" if url.startswith("sqlite") else "PostgreSQL"
    with scratch_database(url, assets=ASSETS, history=HISTORY) as bank:
        bare.prepare(bank.url, ASSETS)
        settle(bank.url)
        for number in clients:
            with _clients(bank, number) as team:
                for is_hot in (False, True):
                    name = "one hot cash account" if is_hot else "spread over accounts"
                    yield interleaved(
                        f"posting, {kind}, clients: {number}, {name}",
                        lambda: _rate(team, "bare", is_hot, seconds),  # noqa: B023
                        lambda: _rate(team, "product", is_hot, seconds),  # noqa: B023
                        rounds=rounds,
                        wanted=_wanted(kind, number, is_hot=is_hot),
                    )


def _wanted(kind: str, clients: int, *, is_hot: bool) -> str:
    if kind == "SQLite":
        return "at least 0.4"
    if clients == 1:
        return ""
    return "at least 1.5, aim at 2.5" if is_hot else "at least 0.6, aim at 1.0"


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


def _rate(team: list[_Client], kind: str, is_hot: bool, seconds: float) -> float:  # noqa: FBT001
    """Let all clients work at once; returns how many postings a second they made together."""
    for client in team:
        client.pipe.send((kind, is_hot, seconds))
    return float(sum(client.pipe.recv() for client in team))


def _serve(bank: Bank, pipe: Any) -> None:
    from app import create_app  # noqa: PLC0415  The process is new and has its own connections.

    create_app(database_url=bank.url)
    made: dict[tuple[str, bool], Callable[[], None]] = {}
    pipe.send("ready")
    while (order := pipe.recv()) is not None:
        kind, is_hot, seconds = order
        if (kind, is_hot) not in made:
            made[kind, is_hot] = (
                bare.transfers(bank.url, len(bank.asset_ids), is_hot=is_hot)
                if kind == "bare"
                else _movements(bank, is_hot=is_hot)
            )
        pipe.send(_counted(made[kind, is_hot], seconds))


def _counted(once: Callable[[], None], seconds: float) -> float:
    started, number = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - started) < seconds:
        once()
        number += 1
    return number / elapsed


def _movements(bank: Bank, *, is_hot: bool) -> Callable[[], None]:
    """Return a function that posts once: transfers between clients, or deposits into cash."""
    from app.controls.commands import perform  # noqa: PLC0415  As above.
    from app.transactions.commands import Deposit, Transfer  # noqa: PLC0415

    def once() -> None:
        one, other = random.sample(bank.asset_ids, 2)
        command = Deposit(one, 100) if is_hot else Transfer(one, other, 100)
        perform(command, bank.actor, key=uuid4().hex)

    return once
