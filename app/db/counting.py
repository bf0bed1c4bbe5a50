"""Counts that cost no more than a page: up to a number, above which only that is known."""

from collections.abc import Hashable
from time import monotonic
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, func, literal_column, select
from sqlalchemy.orm import Session

COUNTED_ROWS = 10_000
_REMEMBERED_SECONDS = 60
_MOST_REMEMBERED = 10_000
_too_many: dict[Hashable, float] = {}


def count(session: Session, query: Select[Any], *, asked: Hashable) -> tuple[str, bool]:
    """Count up to 10,000 rows of a select of keys; above that the text says so.

    The cost has a ceiling. `asked` stands for the query: what had more than can be counted is not
    counted for a minute.
    """
    if not is_known_many(asked):
        total = _counted(session, query)
        if total <= COUNTED_ROWS:
            return f"{total:,}", True
        if len(_too_many) >= _MOST_REMEMBERED:
            _too_many.clear()
        _too_many[asked] = monotonic() + _REMEMBERED_SECONDS
    return f"{COUNTED_ROWS:,}+", False


def is_known_many(asked: Hashable) -> bool:
    """Tell whether these rows were found within the last minute to be more than is counted."""
    return _too_many.get(asked, 0) >= monotonic()


def _counted(session: Session, query: Select[Any]) -> int:
    most = written_out(COUNTED_ROWS + 1)
    capped = query.order_by(None).limit(most).subquery()
    options = query.get_execution_options()
    return session.scalar(select(func.count()).select_from(capped), execution_options=options) or 0


def written_out(number: int) -> ColumnElement[int]:
    """Write a limit into the statement: PostgreSQL plans once what it can see to be short.

    Bound as a value it would be planned anew each time, which took longer than reading the page.
    """
    return literal_column(str(number), BigInteger)
