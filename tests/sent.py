"""What reaches the database while something is done."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from app.db.session import database


@contextmanager
def statements_sent() -> Iterator[list[str]]:
    """Collect the statements that SQLAlchemy sends, but for the beginnings of transactions."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
