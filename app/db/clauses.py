"""Clauses that many lists are narrowed by: what a filter's or a search's value is in SQL."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, and_, or_


def contains(*columns: Any) -> Callable[[str], ColumnElement[bool]]:
    """Return a search: any of the columns holds the text, whatever its case."""

    def clause(text: str) -> ColumnElement[bool]:
        return or_(*(column.icontains(text, autoescape=True) for column in columns))

    return clause


def equals(column: Any) -> Callable[[Any], ColumnElement[bool]]:
    """Return a clause for a text column: one value or any of several."""

    def clause(value: Any) -> ColumnElement[bool]:
        matched: ColumnElement[bool] = (
            column.in_(value) if isinstance(value, list) else column == value
        )
        return matched

    return clause


def between(column: Any) -> Callable[[Any], ColumnElement[bool]]:
    """Return a clause for a pair: from the low end to the high end, both included."""

    def clause(pair: tuple[Any, Any]) -> ColumnElement[bool]:
        low, high = pair
        parts = []
        if low is not None:
            parts.append(column >= low)
        if high is not None:
            parts.append(column <= high)
        return and_(*parts)

    return clause
