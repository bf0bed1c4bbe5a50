"""The other measures: batches, `verify`, lists, prints and memory."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from app.ledger.seals import seal_all
from app.reports.bench import bare
from app.reports.bench.batches import BATCH, batches, fill
from app.reports.bench.figures import Ratio, interleaved
from app.reports.bench.scratch import scratch_database, settle
from app.reports.snapshot import snapshot
from app.reports.verify import breaches

_ENTRIES_OF_A_TRANSFER = 2
_MINUTE = 60.0


def rate_of(once: Callable[[], object], seconds: float, *, work: int = 1) -> float:
    """Return how much work a second a function does."""
    started, number = time.perf_counter(), 0
    while (elapsed := time.perf_counter() - started) < seconds:
        once()
        number += work
    return number / elapsed


def imports(url: str, *, seconds: float, rounds: int) -> Iterator[Ratio]:
    """Lines a second in batches, beside one by one by hand-written SQL."""
    with scratch_database(url, assets=200) as bank:
        bare.prepare(bank.url, 200)
        settle(bank.url)
        one_by_one = bare.transfers(bank.url, 200, is_hot=False)
        batch = batches(bank)
        yield interleaved(
            "batches of a thousand, beside one by one",
            lambda: rate_of(one_by_one, seconds),
            lambda: rate_of(batch, seconds, work=BATCH),
            rounds=rounds,
            wanted="at least 5, aim at 12",
        )


def verification(url: str, *, transactions: int, rounds: int) -> Iterator[Ratio]:
    """Entries a minute that `verify` checks, in millions: one is asked for."""
    with scratch_database(url, assets=200) as bank:
        fill(bank, transactions)
        seal_all()
        settle(bank.url)
        rates = []
        for _ in range(rounds):
            started = time.perf_counter()
            with snapshot(bank.url) as view:
                (entries,) = view.few("SELECT count(*) FROM entry")[0]
                if any(True for _ in breaches(view)):
                    raise RuntimeError("the benchmark's own books do not verify")
            rates.append(entries / (time.perf_counter() - started) * _MINUTE / 1_000_000)
        name = f"verify, millions of entries a minute, {entries:,} entries"
        yield Ratio(name, tuple(rates), "at least 1")


def memory(url: str, *, seconds: float) -> Iterator[Ratio]:
    """MiB of a process that posts, seals and verifies for a while."""
    with scratch_database(url, assets=200) as bank:
        batch = batches(bank)
        sizes = [_resident_mib()]
        started = time.perf_counter()
        while time.perf_counter() - started < seconds:
            batch()
            seal_all()
            with snapshot(bank.url) as view:
                list(breaches(view))
            sizes.append(_resident_mib())
        yield Ratio("memory of a working process, MiB", tuple(sizes), "under 250")


def _resident_mib() -> float:
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this system does not tell a process its memory")
