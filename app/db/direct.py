"""Statements made a thousand times a second: the driver's own, on the session's connection.

They take part in the session's transaction; what they leave out is the ORM's machinery, which
costs more than the statement. Errors become those that SQLAlchemy raises.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ClauseElement, Connection
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.db.session import PREPARED_AFTER

_POSTGRESQL = psycopg.dialect()  # type: ignore[no-untyped-call]
_SQLITE = pysqlite.dialect(paramstyle="named")


def written(query: ClauseElement, *, for_postgresql: bool) -> str:
    """Return a query as text with named parameters, as `fetch` takes it."""
    return str(query.compile(dialect=_POSTGRESQL if for_postgresql else _SQLITE))


def fetch(session: Session, sql: str, values: Mapping[str, Any]) -> Sequence[Any]:
    """Run a statement that returns rows."""
    connection = session.connection()
    cursor = connection.connection.cursor()
    if connection.dialect.name == "postgresql":
        # Who had the connection before may have asked it to plan everything anew.
        cursor.connection.prepare_threshold = PREPARED_AFTER
    try:
        cursor.execute(sql, values)
        rows = cursor.fetchall()
    except connection.dialect.loaded_dbapi.Error as error:
        raise _failure(connection, sql, error) from error
    finally:
        cursor.close()
    return rows


def run(session: Session, statements: Sequence[tuple[str, Sequence[Mapping[str, Any]]]]) -> None:
    """Run statements in order, each once for each of its rows of values."""
    connection = session.connection()
    cursor = connection.connection.cursor()
    for sql, rows in statements:
        try:
            if len(rows) == 1:
                cursor.execute(sql, rows[0])
            else:
                cursor.executemany(sql, rows)
        except connection.dialect.loaded_dbapi.Error as error:
            raise _failure(connection, sql, error) from error
    cursor.close()


def _failure(connection: Connection, sql: str, error: Exception) -> BaseException:
    dialect = connection.dialect
    if dialect.is_disconnect(error, connection.connection, None):  # type: ignore[arg-type]
        connection.invalidate(error)
    errors = dialect.loaded_dbapi.Error
    return DBAPIError.instance(sql, None, error, errors, hide_parameters=True, dialect=dialect)
