# ruff: noqa: S608  Tampering is done by statements written by hand.
"""Changes rows behind the application's back, in a transaction that is never committed."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import make_url

from app.models import metadata
from app.reports.snapshot import Breach, Snapshot
from app.reports.verify import breaches

# Columns whose values the database limits: another legal value.
LEGAL = {
    "side": "CASE side WHEN 'D' THEN 'C' ELSE 'D' END",
    "bucket": "CASE bucket WHEN 'real' THEN 'bonus' ELSE 'real' END",
    "kind": "CASE kind WHEN 'deposit' THEN 'withdrawal' ELSE 'deposit' END",
    "direction": "CASE direction WHEN 'in' THEN 'out' ELSE 'in' END",
    "processing": "CASE processing WHEN 'Completed' THEN 'Reversed' ELSE 'Processing' END",
    "record_status": "CASE record_status WHEN 'AUTHORIZED' THEN 'CAPTURED' ELSE 'REJECTED' END",
    "state": "CASE state WHEN 'active' THEN 'released' ELSE 'active' END",
    "actor_kind": "CASE actor_kind WHEN 'Human' THEN 'System' ELSE 'Human' END",
    "level": "CASE level WHEN 1 THEN 2 ELSE 1 END",
}
LEGAL_BY_TABLE = {
    ("asset", "kind"): "CASE kind WHEN 'fiat' THEN 'crypto' ELSE 'fiat' END",
    ("activity", "status"): "CASE status WHEN 'Success' THEN 'Failure' ELSE 'Success' END",
    ("transaction", "lines"): "NULL",
    ("review_step", "kind"): "'client'",
}


@dataclass(slots=True)
class Tampered:
    """A connection that may do anything, and the check of what it did."""

    connection: Any
    is_postgresql: bool

    def run(self, sql: str, *values: Any) -> Any:
        """Run a statement with `?` for values."""
        if self.is_postgresql:
            sql = sql.replace("?", "%s")
        return self.connection.execute(sql, values)

    def one(self, sql: str, *values: Any) -> Any:
        """Return the single value of a query."""
        (value,) = self.run(sql, *values).fetchone()
        return value

    def found(self, organisation_id: int | None) -> list[Breach]:
        """Verify what this connection sees."""
        return list(self._breaches(organisation_id))

    def names(self, organisation_id: int | None, table: str, *row_ids: int) -> bool:
        """Verify until one of the rows is named; no further."""
        with closing(self._breaches(organisation_id)) as found:
            return any(one.table == table and one.id in row_ids for one in found)

    def _breaches(self, organisation_id: int | None) -> Generator[Breach, None, None]:
        view = Snapshot(self.connection, is_postgresql=self.is_postgresql)
        yield from breaches(view, organisation_id)

    def change(self, table: str, column: str, row_id: int) -> None:
        """Put another value into one column of one row."""
        self.run(
            f'UPDATE "{table}" SET "{column}" = {self._other(table, column)} WHERE id = ?', row_id
        )

    def copy(self, table: str, row_id: int, **changed: str) -> int:
        """Insert the row a second time under a new id, with some columns given by SQL."""
        names = [column.name for column in metadata.tables[table].columns]
        new_id = self.one(f'SELECT max(id) + 1000 FROM "{table}"')
        changed["id"] = str(new_id)
        chosen = ", ".join(changed.get(name, f'"{name}"') for name in names)
        listed = ", ".join(f'"{name}"' for name in names)
        self.run(
            f'INSERT INTO "{table}" ({listed}) SELECT {chosen} FROM "{table}" WHERE id = ?', row_id
        )
        return int(new_id)

    def _other(self, table: str, column: str) -> str:
        if (table, column) in LEGAL_BY_TABLE:
            return LEGAL_BY_TABLE[table, column]
        if column in LEGAL:
            return LEGAL[column]
        kind = str(metadata.tables[table].columns[column].type.compile()).upper()
        if kind.startswith(("JSON", "JSONB")):
            return '\'[{"field": "x"}]\'' if table != "seal" else "'{\"entry\": [1]}'"
        return self._by_type(column, kind)

    def _by_type(self, column: str, kind: str) -> str:
        name = f'"{column}"'
        later = {"DATE": "1 day", "DATETIME": "1 second", "TIMESTAMP": "1 second"}
        for start, step in later.items():
            if kind.startswith(start) and (start != "DATE" or kind == "DATE"):
                return self._later(name, kind, step)
        if kind.startswith(("BIGINT", "INTEGER")):
            return f"coalesce({name}, 0) + 1000"
        if kind.startswith("BOOL"):
            return f"NOT {name}"
        if kind.startswith(("BLOB", "BINARY", "VARBINARY")):
            return "'\\x00'::bytea" if self.is_postgresql else "x'00'"
        if column in {"rate", "exchange_rate"}:
            return "2" if self.is_postgresql else "'2'"
        return f"coalesce({name}, '') || 'x'"

    def _later(self, name: str, kind: str, step: str) -> str:
        if self.is_postgresql:
            return f"(coalesce({name}, now()) + interval '{step}')" + (
                "::date" if kind == "DATE" else ""
            )
        if kind == "DATE":
            return f"date(coalesce({name}, '2026-01-01'), '+1 day')"
        return f"strftime('%Y-%m-%d %H:%M:%f000', coalesce({name}, '2026-01-01'), '+1 second')"


@contextmanager
def tampering(url: str) -> Iterator[Tampered]:
    """Open a connection without guards; what it does is rolled back."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        connection: Any = sqlite3.connect(address.database or "", isolation_level=None)
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("BEGIN IMMEDIATE")
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in connection.execute(query).fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        is_postgresql = False
    else:
        plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
        connection, is_postgresql = psycopg.connect(plain), True
        connection.execute("SET timezone TO 'UTC'")
        connection.execute("SET session_replication_role = replica")
    try:
        yield Tampered(connection, is_postgresql)
    finally:
        connection.rollback()
        connection.close()
