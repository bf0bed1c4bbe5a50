"""Runs the checks of the code and the tests one after the other, and counts what failed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from xml.etree import ElementTree as ET

from tests.servers import start_what_is_missing

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(sys.executable).parent
UPGRADE_CHECK = ROOT / "static/node_modules/htmx.org/dist/scripts/upgrade-check.py"


class Count(NamedTuple):
    """How many passed and failed: tests of a test run, or a check of the code, which is one."""

    passed: int
    failed: int


def run_all(
    *,
    databases: Sequence[str],
    bank: Path | None,
    lint: bool,
    pytest_arguments: Sequence[str],
) -> int:
    """Run everything, going on after a failure; return 1 where anything failed."""
    counts = _check_code() if lint else []
    start_what_is_missing()
    given = {"COUNTINGHOUSE_BANK": str(bank)} if bank else {}
    # Compiling takes each process longer than its start: what one has compiled is there for all.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for database in databases:
        environment = {**kept, **given, "COUNTINGHOUSE_TEST_DATABASE": database}
        counts.append(_test(database, pytest_arguments, environment))
    passed, failed = (sum(column) for column in zip(*counts, strict=True))
    print(f"\n{passed} passed, {failed} failed")
    return 1 if failed else 0


def _check_code() -> list[Count]:
    """Run the checks of the code side by side: the slowest takes one core for itself."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(lambda lint: _check(*lint), _lints()))


def _lints() -> list[tuple[str, list[str | Path]]]:
    templates = [folder for folder in ("templates", "static/js") if (ROOT / folder).is_dir()]
    lints: list[tuple[str, list[str | Path]]] = [
        ("mypy", [PROGRAMS / "mypy", "--no-error-summary"]),
        ("ruff check", [PROGRAMS / "ruff", "check", "--quiet", "--output-format", "concise"]),
        ("ruff format", [PROGRAMS / "ruff", "format", "--check", "--output-format", "concise"]),
        ("import-linter", [PROGRAMS / "lint-imports", "--no-cache"]),
    ]
    if "templates" in templates:
        lints.append(("djlint", [PROGRAMS / "djlint", "--lint", "--quiet", "templates"]))
    if templates:
        upgrade = [sys.executable, UPGRADE_CHECK, "--no-color", "--ext", ".js", *templates]
        lints.append(("htmx upgrade check", upgrade))
    return lints


def _check(name: str, command: list[str | Path]) -> Count:
    started = time.monotonic()
    result = subprocess.run(
        command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    fine = result.returncode == 0
    _report(name, "fine" if fine else "FAILED", started)
    if not fine:
        print(result.stdout)
    return Count(1, 0) if fine else Count(0, 1)


def _test(database: str, arguments: Sequence[str], environment: Mapping[str, str]) -> Count:
    started = time.monotonic()
    with TemporaryDirectory() as folder:
        record = Path(folder) / "record.xml"
        command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "worksteal"]
        quietly = ["--quiet", "-o", "junit_family=xunit1", f"--junit-xml={record}"]
        result = subprocess.run(
            [*command, *quietly, *arguments], cwd=ROOT, env=dict(environment), check=False
        )
        count = _read(record)
    # A run that broke before or after its tests failed, whatever the tests said.
    if result.returncode and not count.failed:
        count = Count(count.passed, 1)
    _report(f"tests on {database}", f"{count.passed} passed, {count.failed} failed", started)
    return count


def _read(record: Path) -> Count:
    if not record.exists():
        return Count(0, 0)
    suites = ET.parse(record).getroot().iter("testsuite")  # noqa: S314 - we just wrote it
    ran = failed = 0
    for suite in suites:
        ran += int(suite.get("tests", 0)) - int(suite.get("skipped", 0))
        failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
    return Count(max(ran - failed, 0), failed)


def _report(name: str, outcome: str, started: float) -> None:
    print(f"{name:<22} {outcome}  ({time.monotonic() - started:.1f} s)", flush=True)
