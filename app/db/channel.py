"""A writing transaction on one connection: the driver's own statements, and the ORM when asked for.

What is posted a thousand times a second goes through `fetch` and `run`: the ORM's machinery costs
more than such a statement. A command that asks for the `session` has it in the same transaction.
Errors are those that SQLAlchemy raises.
"""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from sqlalchemy import ClauseElement, Connection, Dialect, Engine
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import PoolProxiedConnection

from app.db.postgresql import STATEMENTS, Statements, mark_stale

_POSTGRESQL = psycopg.dialect()  # type: ignore[no-untyped-call]
_SQLITE = pysqlite.dialect(paramstyle="named")

Values = Mapping[str, Any]


def written(query: ClauseElement, *, for_postgresql: bool) -> str:
    """Return a query as text with named parameters, as `fetch` takes it."""
    return str(query.compile(dialect=_POSTGRESQL if for_postgresql else _SQLITE))


def as_raised(dialect: Dialect, sql: str, error: Exception) -> BaseException:
    """Return a driver's error as SQLAlchemy raises it, without the statement's values."""
    errors = dialect.loaded_dbapi.Error
    return DBAPIError.instance(sql, None, error, errors, hide_parameters=True, dialect=dialect)


class Channel:
    """One writing transaction: it begins with the first statement and ends with `commit`."""

    def __init__(self, engine: Engine) -> None:
        """Take nothing from the pool yet."""
        self._engine = engine
        self._session: Session | None = None
        self._connection: Connection | None = None
        self._pooled: PoolProxiedConnection | None = None
        self._last: tuple[str, Values] | None = None

    @classmethod
    def of(cls, session: Session) -> Self:
        """Return the channel of a session that is open already."""
        channel = cls(session.get_bind().engine)
        channel._session = session
        return channel

    def __enter__(self) -> Self:
        """Use the channel for a block, and give the connection back after it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the connection back to the pool, which rolls back what is not committed."""
        self._last = None
        if self._session is not None:
            self._session.close()
        if self._connection is not None:
            self._connection.close()
        elif self._pooled is not None:
            self._pooled.close()

    @property
    def session(self) -> Session:
        """The ORM's session in this transaction, opened at the first call."""
        self._settle()
        if self._session is None:
            self._connection = Connection(self._engine, self._raw())
            self._session = Session(self._connection, expire_on_commit=False)
        return self._session

    def flush(self) -> None:
        """Write what the session has changed, if there is one."""
        if self._session is not None:
            self._session.flush()

    def fetch(self, sql: str, values: Values) -> Sequence[Any]:
        """Run a statement that returns rows."""
        self._settle()
        raw = self._raw()
        try:
            if statements := self._statements(raw):
                return statements.fetch(sql, values)
            cursor = raw.cursor()
            if not raw.driver_connection.in_transaction:  # type: ignore[union-attr]
                cursor.execute("BEGIN IMMEDIATE")
            cursor.execute(sql, values)
            rows = cursor.fetchall()
            cursor.close()
        except self._engine.dialect.loaded_dbapi.Error as error:
            raise self._failure(sql, error) from error
        return rows

    def run(self, statements: Sequence[tuple[str, Sequence[Values]]]) -> None:
        """Run statements of SQLite in order, each once for each of its rows of values."""
        cursor = self._raw().cursor()
        for sql, rows in statements:
            try:
                if len(rows) == 1:
                    cursor.execute(sql, rows[0])
                else:
                    cursor.executemany(sql, rows)
            except self._engine.dialect.loaded_dbapi.Error as error:
                raise self._failure(sql, error) from error
        cursor.close()

    def write_last(self, sql: str, values: Values) -> None:
        """Run a statement of PostgreSQL with the commit in one round trip, unless more follows.

        What it refuses is then raised by `commit`. Where the session is open, it runs at once.
        """
        if self._session is not None:
            self.fetch(sql, values)
        else:
            self._settle()
            self._last = sql, values

    def commit(self) -> None:
        """Commit what was written, by the session or without it."""
        if self._session is not None:
            self._session.commit()
        if self._pooled is None:
            return
        last, self._last = self._last, None
        try:
            if last is not None:
                self._statements(self._pooled).commit(*last)  # type: ignore[union-attr]
            else:
                self._pooled.commit()
        except self._engine.dialect.loaded_dbapi.Error as error:
            raise self._failure(last[0] if last else "COMMIT", error) from error

    def rollback(self) -> None:
        """Take back what was not committed."""
        self._last = None
        if self._session is not None:
            self._session.rollback()
        if self._pooled is not None and self._pooled.is_valid:
            self._pooled.rollback()
            mark_stale(self._pooled.info)

    def _settle(self) -> None:
        if self._last is not None:
            last, self._last = self._last, None
            self.fetch(*last)

    def _raw(self) -> PoolProxiedConnection:
        """Return the connection, in a transaction of the session's where there is a session."""
        if self._session is not None:
            return self._session.connection().connection
        if self._pooled is None:
            try:
                self._pooled = self._engine.raw_connection()
            except self._engine.dialect.loaded_dbapi.Error as error:
                raise self._failure("BEGIN", error) from error
        return self._pooled

    def _statements(self, raw: PoolProxiedConnection) -> Statements | None:
        """Return what PostgreSQL's connection has prepared; None on SQLite."""
        if self._engine.dialect.name != "postgresql":
            return None
        kept: Statements | None = raw.info.get(STATEMENTS)
        if kept is None:
            kept = raw.info[STATEMENTS] = Statements(raw.driver_connection)  # type: ignore[arg-type]
        return kept

    def _failure(self, sql: str, error: Exception) -> BaseException:
        dialect = self._engine.dialect
        owner = self._connection or self._pooled
        if owner is not None and dialect.is_disconnect(error, self._pooled, None):  # type: ignore[arg-type]
            owner.invalidate(error)
            self._engine.dispose()  # what waits in the pool was lost with it
        return as_raised(dialect, sql, error)
