"""Statements made a thousand times a second: the driver's own, on the session's connection.

They take part in the session's transaction; what they leave out is the ORM's machinery, which
costs more than the statement. Errors become those that SQLAlchemy raises.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ClauseElement
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.db.session import database

_POSTGRESQL = psycopg.dialect()  # type: ignore[no-untyped-call]
_SQLITE = pysqlite.dialect(paramstyle="named")


def written(query: ClauseElement, *, for_postgresql: bool) -> str:
    """Return a query as text with named parameters, as `fetch` takes it."""
    return str(query.compile(dialect=_POSTGRESQL if for_postgresql else _SQLITE))


def fetch(session: Session, sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Run a statement that returns rows."""
    with _cursor(session, sql) as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def run(session: Session, sql: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Run a statement that returns none, once for each row of values."""
    with _cursor(session, sql) as cursor:
        if len(rows) == 1:
            cursor.execute(sql, rows[0])
        else:
            cursor.executemany(sql, rows)


@contextmanager
def _cursor(session: Session, sql: str) -> Iterator[Any]:
    connection = session.connection()
    dialect = database.engine.dialect
    errors = dialect.loaded_dbapi.Error
    cursor = connection.connection.cursor()
    try:
        yield cursor
    except errors as error:
        if dialect.is_disconnect(error, connection.connection, cursor):
            connection.invalidate(error)
        raise DBAPIError.instance(
            sql, None, error, errors, hide_parameters=True, dialect=dialect
        ) from error
    finally:
        cursor.close()
