"""One consistent, read-only view of the database for `verify`, over a connection of its own."""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import quote

import psycopg
from sqlalchemy import make_url

_FETCH = 5_000
_SESSION = (
    "SET timezone TO 'UTC'",
    "SET cursor_tuple_fraction TO 1.0",
    "SET work_mem TO '64MB'",
    "SET jit TO off",
)
_COLUMNS = """
    SELECT c.relname::text, a.attname::text, format_type(a.atttypid, NULL)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'
        AND a.attnum > 0 AND NOT a.attisdropped
"""


class CannotCheck(Exception):
    """The check could not be made; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Breach:
    """One row that is not as it must be, and the rule of safety it breaks."""

    rule: int
    table: str
    id: int | None
    sentence: str
    organisation_id: int | None = None


class Snapshot:
    """A read-only transaction. Rows are streamed: what is checked need not fit into memory."""

    def __init__(self, connection: Any, *, is_postgresql: bool) -> None:
        """Take a connection whose transaction has begun."""
        self._connection = connection
        self._names = count()
        self._columns: dict[str, dict[str, str]] = defaultdict(dict)
        self.is_postgresql = is_postgresql
        # Called as the rows come, portion by portion, so that a long check shows it is alive.
        self.heard: Callable[[], None] = lambda: None

    def rows(self, sql: str, parameters: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        """Run a query with `?` for values and yield its rows a portion at a time."""
        if not self.is_postgresql:
            cursor = self._connection.execute(sql, parameters)
            cursor.arraysize = _FETCH
            while portion := cursor.fetchmany():
                self.heard()
                yield from portion
            return
        with self._connection.cursor(name=f"verify_{next(self._names)}") as cursor:
            cursor.itersize = _FETCH
            cursor.execute(sql.replace("%", "%%").replace("?", "%s"), parameters or None)
            while portion := cursor.fetchmany(_FETCH):
                self.heard()
                yield from portion

    def few(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Run a query whose answer is small, in one exchange."""
        if self.is_postgresql:
            sql = sql.replace("%", "%%").replace("?", "%s")
        return list(self._connection.execute(sql, parameters or ()).fetchall())

    def by_ids(self, selected: str, table: str, ids: Iterable[int]) -> list[tuple[Any, ...]]:
        """Select expressions from the rows of a table with these ids."""
        wanted = list(ids)
        if self.is_postgresql:
            return self.few(f'SELECT {selected} FROM "{table}" WHERE id = ANY(?)', (wanted,))
        listed = "[" + ",".join(map(str, wanted)) + "]"
        return self.few(
            f'SELECT {selected} FROM "{table}" WHERE id IN (SELECT value FROM json_each(?))',
            (listed,),
        )

    def columns(self, table: str) -> dict[str, str]:
        """Return a table's columns with their types, as the database itself knows them."""
        if table not in self._columns and self.is_postgresql:
            for name, column, kind in self.few(_COLUMNS):
                self._columns[name][column] = kind
        elif table not in self._columns:
            info = self.few(f'PRAGMA table_info("{table}")')
            self._columns[table] = {row[1]: row[2] for row in info}
        return self._columns[table]

    def text_of(self, column: str) -> str:
        """Return the SQL that writes a date or an exact rate as the hash chain writes it."""
        if not self.is_postgresql:
            return column
        is_rate = column.rpartition(".")[2] == "rate"
        return f"trim_scale({column})::text" if is_rate else f"{column}::text"


@contextmanager
def snapshot(url: str) -> Iterator[Snapshot]:
    """Open the view; raises CannotCheck when the database cannot be read."""
    address = make_url(url)
    try:
        if address.get_backend_name() == "sqlite":
            connection, is_postgresql = _sqlite(address.database or ""), False
        else:
            plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
            connection, is_postgresql = _postgresql(plain), True
    except (sqlite3.Error, psycopg.Error) as error:
        raise CannotCheck(f"The database cannot be opened: {error}") from error
    try:
        yield Snapshot(connection, is_postgresql=is_postgresql)
    except (sqlite3.Error, psycopg.Error) as error:
        raise CannotCheck(f"The database cannot be read: {error}") from error
    finally:
        connection.close()


def _sqlite(path: str) -> Any:
    connection = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, isolation_level=None)
    connection.execute("PRAGMA cache_size=-64000")
    connection.execute("BEGIN")
    return connection


def _postgresql(address: str) -> Any:
    connection: Any = psycopg.connect(address, connect_timeout=10)
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    for setting in _SESSION:
        connection.execute(setting)
    return connection
