"""Gives each run of the tests its own databases: one is migrated, every worker gets a clone.

`COUNTINGHOUSE_TEST_DATABASE` says which kind, `TEST_POSTGRES_URL` where the server is. Tests
never share rows: each makes an organisation of its own, so nothing is emptied in between.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

ROOT = Path(__file__).resolve().parent.parent
POSTGRES_URL = os.environ.get(
    "TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
)


class Databases(Protocol):
    """The databases of one run, on one kind of server."""

    def clone(self, worker: str) -> str:
        """Return the URL of a migrated database for this worker alone."""

    def drop(self) -> None:
        """Drop every database of the run."""


def databases(kind: str, folder: Path, run: str) -> Databases:
    """Return the databases of this run; `folder` is shared by its workers."""
    return PostgresqlDatabases(folder, run) if kind == "postgresql" else SqliteDatabases(folder)


class SqliteDatabases:
    """Clones are copies of a file; pytest clears the folder of old runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def clone(self, worker: str) -> str:
        template = self._folder / "template.db"
        with _once(template) as is_first:
            if is_first:
                _migrate(f"sqlite:///{template}")
        copy = self._folder / f"{worker}.db"
        shutil.copyfile(template, copy)
        return f"sqlite:///{copy}"

    def drop(self) -> None:
        for path in self._folder.glob("*.db*"):
            path.unlink()


class PostgresqlDatabases:
    """Clones are made by the server from a template."""

    def __init__(self, folder: Path, run: str) -> None:
        self._folder = folder
        self._prefix = f"countinghouse_test_{run}"

    def clone(self, worker: str) -> str:
        template, copy = f"{self._prefix}_template", f"{self._prefix}_{worker}"
        with _once(self._folder / "postgresql") as is_first, self._server() as server:
            if is_first:
                server.execute(text(f'CREATE DATABASE "{template}"'))
                _hurry(server, template)
                _migrate(self._url(template))
            # Under the lock: a template may be copied by one at a time.
            server.execute(text(f'CREATE DATABASE "{copy}" TEMPLATE "{template}"'))
            _hurry(server, copy)
        return self._url(copy)

    def drop(self) -> None:
        ours = text("SELECT datname FROM pg_database WHERE starts_with(datname, :prefix)")
        with self._server() as server:
            for name in server.scalars(ours, {"prefix": self._prefix}).all():
                server.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))

    def _url(self, name: str) -> str:
        return make_url(POSTGRES_URL).set(database=name).render_as_string(hide_password=False)

    @contextmanager
    def _server(self) -> Iterator[Connection]:
        engine = create_engine(POSTGRES_URL, isolation_level="AUTOCOMMIT")
        try:
            connection = engine.connect()
        except OperationalError as error:
            sentence = (
                "The tests need PostgreSQL and it cannot be reached"
                f" ({str(error.orig).splitlines()[0]}); set TEST_POSTGRES_URL to a server of yours."
            )
            raise ConnectionError(sentence) from error
        with connection:
            yield connection
        engine.dispose()


def _hurry(server: Connection, name: str) -> None:
    """Let a database not wait for the disk, as SQLite does not in tests: no test outlives it."""
    server.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit TO off'))


@contextmanager
def _once(mark: Path) -> Iterator[bool]:
    """Hold the lock of `mark`, saying whether this is the first time it is held and done with."""
    done = mark.with_suffix(".done")
    with mark.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not done.exists()
        done.touch()


def _migrate(url: str) -> None:
    """Migrate in a process of its own, as `python3 wsgi.py db upgrade` does."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
    environment = {**os.environ, "DATABASE_URL": url, "FLASK_SKIP_DOTENV": "1"}
    result = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if result.returncode:
        message = f"The migrations failed:\n{result.stdout}{result.stderr}"
        raise RuntimeError(message)
