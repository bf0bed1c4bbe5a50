"""Rows of a statement that comes again and again: sent by the driver, named by their columns.

Put together and written out once, for whoever keeps the statement. What is left out is what the
ORM does around each of them, which for fifty rows took longer than to read them.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Engine, Executable
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session

from app.db.channel import as_raised
from app.db.session import PREPARED_AFTER

_KEPT = 512
# What PostgreSQL calls the one type of which a reader asks how it was sent.
_NUMERIC = 1700
_SQLITE = pysqlite.dialect(paramstyle="named")


class Written(NamedTuple):
    """A statement as the driver takes it, with what makes its values and its rows."""

    sql: str
    values: Mapping[str, Any]
    sent: Mapping[str, Callable[[Any], Any]]
    make: Callable[[Any], Any]
    read: Sequence[tuple[int, Callable[[Any], Any]]]


def rows_of(session: Session, statement: Executable, values: Mapping[str, Any]) -> Sequence[Any]:
    """Return the rows of a statement that its caller keeps, named by its columns."""
    written = _kept(statement, session.get_bind().engine)
    if written is None:
        return session.execute(statement, values).all()
    return rows_written(session, written, values)


def rows_written(session: Session, written: Written, values: Mapping[str, Any]) -> Sequence[Any]:
    """Return the rows of a statement of which its caller keeps no more than its text."""
    sent = {
        name: written.sent[name](value) if name in written.sent else value
        for name, value in values.items()
    }
    given = {**written.values, **sent}
    _tell(session.connection(), written.sql, given)
    rows = _fetch(session, written.sql, given)
    if not written.read:
        return [written.make(row) for row in rows]
    return [written.make(_read(row, written.read)) for row in rows]


def _fetch(session: Session, sql: str, values: Mapping[str, Any]) -> Sequence[Any]:
    connection = session.connection()
    cursor = connection.connection.cursor()
    if connection.dialect.name == "postgresql":
        # Who had the connection before may have asked it to plan everything anew.
        cursor.connection.prepare_threshold = PREPARED_AFTER
    try:
        cursor.execute(sql, values)
        return cursor.fetchall()
    except connection.dialect.loaded_dbapi.Error as error:
        if connection.dialect.is_disconnect(error, connection.connection, None):
            connection.invalidate(error)
        raise as_raised(connection.dialect, sql, error) from error
    finally:
        cursor.close()


def _tell(connection: Connection, sql: str, values: Mapping[str, Any]) -> None:
    """Call the engine's listeners for a statement that the driver is sent directly."""
    listeners = connection.dispatch.before_cursor_execute
    cursor = connection.connection.cursor()
    for listen in listeners:
        listen(connection, cursor, sql, values, None, False)  # noqa: FBT003
    cursor.close()


def _read(row: Sequence[Any], read: Sequence[tuple[int, Callable[[Any], Any]]]) -> Sequence[Any]:
    values = list(row)
    for place, process in read:
        values[place] = process(values[place])
    return values


@lru_cache(maxsize=_KEPT)
def _kept(statement: Any, engine: Engine) -> Written | None:
    try:
        return write_out(statement, engine)
    except (InvalidRequestError, ValueError):
        return None


def write_out(statement: Any, engine: Engine) -> Written:
    """Write a statement out, which takes a tenth of the room of the statement itself.

    Raises ValueError where its columns cannot name a row, InvalidRequestError where the driver's
    values are not the columns' own.
    """
    dialect = _SQLITE if engine.dialect.name == "sqlite" else engine.dialect
    columns = statement.selected_columns
    named = [column.key for column in columns]
    row = namedtuple("Row", named)  # type: ignore[misc]  # noqa: PYI024  Named as they come.
    read = [(at, one) for at, c in enumerate(columns) if (one := _reader(c.type, dialect))]
    compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    sent = {}
    for name, bind in compiled.binds.items():
        process = bind.type.dialect_impl(dialect).bind_processor(dialect)
        if process is not None:
            sent[name] = process
    values = {
        name: sent[name](value) if name in sent else value
        for name, value in compiled.params.items()
    }
    return Written(str(compiled), values, sent, row._make, read)


def _reader(kind: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    process: Callable[[Any], Any] | None = kind.dialect_impl(dialect).result_processor(
        dialect, _NUMERIC
    )
    return process
