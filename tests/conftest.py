"""What every test may ask for: a migrated database, the application on it, and a client."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from multiprocessing.pool import Pool
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.coverage import rows
from tests.databases import databases
from tests.loopback import dns_server

KIND = os.environ.get("COUNTINGHOUSE_TEST_DATABASE", "sqlite")
RUN = os.environ.setdefault("COUNTINGHOUSE_TEST_RUN", uuid4().hex[:12])
_GARBAGE = (20_000, 20, 20)
gc.disable()  # until all tests are collected: what is imported stays
# The migrations and the application read them; no test needs a secret of its own.
os.environ["SECRET_KEY"] = "for tests only"
os.environ["COUNTINGHOUSE_ENV"] = "development"


def pytest_report_header() -> str:
    return f"database: {KIND}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse names of rows that do not exist; leave the bank out where its records are not."""
    known = {row.id for row in rows()}
    for item in items:
        for mark in item.iter_markers("checks"):
            if unknown := set(mark.args) - known:
                names = ", ".join(sorted(map(str, unknown)))
                message = f"{item.nodeid} names rows that are not in checks.tsv: {names}"
                raise pytest.UsageError(message)
    if "COUNTINGHOUSE_BANK" not in os.environ:
        banks = [item for item in items if item.get_closest_marker("bank")]
        config.hook.pytest_deselected(items=banks)
        items[:] = [item for item in items if item not in banks]


def pytest_collection_finish() -> None:
    """Let the collector of garbage pass over what lives as long as the run: most of what there is.

    What the tests leave behind is collected less often than usual, for there is room enough.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE)
    gc.enable()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Drop the run's PostgreSQL databases when the last worker has ended."""
    is_worker = hasattr(config, "workerinput")
    if KIND == "postgresql" and not is_worker and not config.option.collectonly:
        databases(KIND, Path(), RUN).drop()


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> str:
    """A migrated database of this worker's own."""
    folder = tmp_path_factory.getbasetemp()
    shared = folder if worker_id == "master" else folder.parent
    return databases(KIND, shared, RUN).clone(worker_id)


@pytest.fixture(scope="session")
def app(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on this worker's database, with files and a queue of its own."""
    from app import create_app

    with pytest.MonkeyPatch.context() as patch, dns_server() as resolver:
        patch.setenv("DNS_SERVER", resolver)
        # The worker of a test is told where the data is as any worker is: by the environment.
        patch.setenv("DATABASE_URL", database_url)
        patch.setenv("COUNTINGHOUSE_VAR", str(tmp_path_factory.mktemp("var")))
        patch.delenv("REDIS_URL", raising=False)
        made = create_app(database_url=database_url, testing=True)
        gc.freeze()
        yield made


@pytest.fixture(scope="module")
def pool(app: Flask, database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    """Processes that set off at once, each a web process of its own on the same database."""
    from tests.ledger.contest import contestants

    with contestants(database_url, str(tmp_path_factory.mktemp("contest"))) as found:
        yield found


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without scripts, signed out."""
    return app.test_client()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """The system's Chromium, quiet, for pytest-playwright; its shell where there is one."""
    quiet = "disable-gpu disable-quic no-first-run disable-background-networking"
    quiet += " disable-component-update disable-sync no-sandbox"
    path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    flags = [f"--{flag}" for flag in quiet.split()]
    return {**browser_type_launch_args, "executable_path": path, "args": flags}
