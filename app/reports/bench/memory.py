"""What a web process and a worker hold after a while of the bank's day, each at its largest."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.reports.bench.batches import batches, fill
from app.reports.bench.figures import Ratio
from app.reports.bench.scratch import BUSINESS_DATE, Bank, scratch_database, sign_in

_HISTORY = 20_000
_PAGES = (
    "/admin/dashboard",
    "/admin/transactions",
    "/admin/transactions?type=out&status=completed",
    "/admin/transactions?search=benchmark",
    "/admin/transactions.csv",
    "/admin/transactions/300",
    "/admin/clients",
    "/admin/accounts",
    "/admin/assets",
    "/admin/activity",
    "/admin/approvals",
    "/admin/statements",
)


def measure(url: str, *, seconds: float) -> Iterator[Ratio]:
    """Yield the most MiB that a web process, a worker and its printer held."""
    with scratch_database(url, assets=50) as bank:
        fill(bank, _HISTORY)
        (web,) = _in_its_own(_web, bank, seconds)
        yield Ratio("memory of a web process, MiB", (web,), "under 150")
        worker, printer = _in_its_own(_worker, bank, seconds)
        yield Ratio("memory of a worker, MiB", (worker,), "under 250")
        yield Ratio("memory of its printer while it prints, MiB", (printer,))


def csv_mib(bank: Bank) -> float:
    """Return how many MiB a web process grows by sending all transactions as CSV."""
    (grown,) = _in_its_own(_csv, bank, 0)
    return grown


def _in_its_own(work: Callable[..., None], bank: Bank, seconds: float) -> tuple[float, ...]:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=work, args=(bank, seconds, theirs))
    process.start()
    theirs.close()
    found: tuple[float, ...] = ours.recv()
    process.join()
    return found


def _web(bank: Bank, seconds: float, pipe: Any) -> None:
    from app import create_app  # noqa: PLC0415  The process is new.

    browser = sign_in(create_app(database_url=bank.url), bank)
    held = [0.0]

    def day() -> None:
        for page in _PAGES:
            chunks = browser.get(page, buffered=False).response
            held.extend(resident_mib() for _chunk in chunks)

    _repeat(day, seconds)
    pipe.send((max(held),))


def _csv(bank: Bank, _seconds: float, pipe: Any) -> None:
    from app import create_app  # noqa: PLC0415  As above.

    browser = sign_in(create_app(database_url=bank.url), bank)
    browser.get("/admin/transactions").get_data()
    before = resident_mib()
    chunks = browser.get("/admin/transactions.csv", buffered=False).response
    pipe.send((max(resident_mib() for _chunk in chunks) - before,))


def _worker(bank: Bank, seconds: float, pipe: Any) -> None:
    from app import create_app  # noqa: PLC0415  As above.
    from app.controls.commands import perform  # noqa: PLC0415
    from app.controls.due import sweep  # noqa: PLC0415
    from app.ledger.rollup import roll_up  # noqa: PLC0415
    from app.ledger.seals import seal_all  # noqa: PLC0415
    from app.prints import printing  # noqa: PLC0415
    from app.statements.commands import RequestStatement  # noqa: PLC0415
    from app.transactions.search import index_all  # noqa: PLC0415

    create_app(database_url=bank.url)
    post, days, held = batches(bank), iter(range(1, 10_000)), [0.0]

    def beat() -> None:
        post()
        since = BUSINESS_DATE - timedelta(days=next(days))
        perform(RequestStatement("asset", bank.asset_ids[0], since, BUSINESS_DATE), bank.actor)
        for step in (sweep, roll_up, seal_all, index_all):
            step()
            held.append(resident_mib())

    _repeat(beat, seconds)
    pipe.send((max(held), printing.largest_mib()))


def _repeat(once: Callable[[], object], seconds: float) -> None:
    started = time.perf_counter()
    while time.perf_counter() - started < seconds:
        once()


def resident_mib() -> float:
    """Return what this process holds; the memory a password's hash takes is given back at once."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this system does not tell a process its memory")
