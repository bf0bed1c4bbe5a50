"""Engines and sessions: one for reading, one for writing, on SQLite and PostgreSQL alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.orm import Session, sessionmaker

from app.db.channel import Channel
from app.db.postgresql import mark_stale

_SQLITE_WAIT_SECONDS = 30
_SQLITE_WAL_PAGES = 4_000
_POOL_SIZE = 8
PREPARED_AFTER = 5


class Database:
    """The database of this process; `configure` is called once by the application's factory.

    PostgreSQL plans a statement once that comes often, whatever its values are. One whose best
    plan hangs on them says so by the execution option `planned_anew`.
    """

    def __init__(self) -> None:
        """Start without an engine; using it before `configure` is a programming error."""
        self._engine: Engine | None = None

    def configure(self, url: str, *, durable: bool = True) -> None:
        """Connect to `url`; not durable (tests only) leaves out SQLite's disk syncs."""
        if self._engine is not None:
            self._engine.dispose()
        if make_url(url).get_backend_name() == "sqlite":
            self._engine = _sqlite_engine(url, durable=durable)
        else:
            self._engine = _postgresql_engine(url)
        self._streamers = sessionmaker(self._engine)
        self._readers = sessionmaker(_for_reading(self._engine))
        self._writing = self._engine.execution_options(writing=True)

    @property
    def engine(self) -> Engine:
        """The engine in use."""
        if self._engine is None:
            raise RuntimeError("the database is not configured")
        return self._engine

    @property
    def is_postgresql(self) -> bool:
        """Whether the database in use is PostgreSQL; else it is SQLite."""
        return self.engine.dialect.name == "postgresql"

    def reader(self) -> Session:
        """Open a session that reads; it is never committed."""
        return self._readers()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a reading session and close it at the end of the block."""
        with self._readers() as session:
            yield session

    @contextmanager
    def streaming(self) -> Iterator[Session]:
        """Open a reading session for rows that are fetched by and by: a cursor needs its block."""
        with self._streamers() as session:
            yield session

    def channel(self) -> Channel:
        """Return a writing transaction that has not begun; only `perform()` asks for it."""
        return Channel(self._writing)

    def count_rows(self) -> None:
        """Let the planner know how full the tables are, after many rows were added at once.

        PostgreSQL keeps the plans it made for empty tables, in foreign keys as well: each check
        would read its whole table. SQLite plans by its keys alone.
        """
        if self.is_postgresql:
            with self.engine.execution_options(
                isolation_level="AUTOCOMMIT"
            ).connect() as connection:
                connection.execute(text("ANALYZE"))


database = Database()


def _postgresql_engine(url: str) -> Engine:
    # A list joins ten tables in the order they are to be walked; to weigh all orders against
    # each other takes longer than to read its page. Up to five at a time are weighed. A page that
    # ends after fifty rows is never worth compiling, whatever all its rows would cost.
    options = "-c timezone=utc -c join_collapse_limit=5 -c jit=off"
    engine = create_engine(
        url,
        pool_size=_POOL_SIZE,
        max_overflow=_POOL_SIZE,
        pool_pre_ping=False,
        pool_use_lifo=True,
        pool_reset_on_return=None,  # as below
        connect_args={"connect_timeout": 5, "options": options},
    )

    @event.listens_for(engine, "before_cursor_execute")
    def prepare(*call: Any) -> None:
        _connection, cursor, _statement, _parameters, context, _many = call
        anew = context is not None and context.execution_options.get("planned_anew", False)
        cursor.connection.prepare_threshold = None if anew else PREPARED_AFTER

    @event.listens_for(engine, "rollback")
    @event.listens_for(engine, "rollback_savepoint")
    def roll_back(connection: Connection, *_savepoint: Any) -> None:
        mark_stale(connection.connection.info)

    @event.listens_for(engine, "reset")
    def give_back(raw: Any, record: Any, _state: Any) -> None:
        # Most come back with nothing to roll back, and to ask the driver each time costs more.
        if raw.pgconn.transaction_status != TransactionStatus.IDLE:
            mark_stale(record.info)
            raw.rollback()

    return engine


def _for_reading(engine: Engine) -> Engine:
    """Let each statement of PostgreSQL stand alone, which at READ COMMITTED it does anyway.

    A block would have to be rolled back at its end, and with it the driver forgets what it has
    prepared: planning the statements of a list took longer than reading its rows. SQLite keeps
    the block, for there it is a snapshot.
    """
    if engine.dialect.name != "postgresql":
        return engine
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def _sqlite_engine(url: str, *, durable: bool) -> Engine:
    engine = create_engine(url, connect_args={"timeout": _SQLITE_WAIT_SECONDS})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA synchronous={'FULL' if durable else 'OFF'}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA recursive_triggers=ON")
        cursor.execute("PRAGMA cache_size=-32000")
        # A posting touches some thirty pages, mostly the same ones: they are copied back seldom.
        cursor.execute(f"PRAGMA wal_autocheckpoint={_SQLITE_WAL_PAGES}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        # A deferred transaction that turns to writing fails under load, so writers say so first.
        if connection.connection.driver_connection.in_transaction:
            return  # a channel has begun it
        writing = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine
