"""How fast batches are posted and books verified."""

import time
from collections.abc import Callable, Iterator

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
        bare.prepare(bank.url, 200, history=3_000)
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
