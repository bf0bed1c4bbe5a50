"""Keyset pages: fifty rows after or before a row, at the same cost however far one pages."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Select, func, literal, select, tuple_
from sqlalchemy.orm import Session

from app.kernel.errors import Refusal
from app.web.listing import Chosen, Listing, Query

PAGE_ROWS = 50
COUNTED_ROWS = 10_000
_LONGEST_CURSOR = 1_000
_MOST_DIGITS = 40


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows of one page, and where the pages beside it begin."""

    rows: Sequence[Any]
    next_cursor: str | None
    previous_cursor: str | None


def ordered(listing: Listing, chosen: Chosen, query: Select[Any]) -> tuple[Select[Any], Any]:
    """Add what the cursor needs to the query; returns it with the expression it sorts by."""
    column = next((one for one in listing.columns if one.key == chosen.sort_key), None)
    expression = listing.key if column is None or column.sort is None else column.sort
    return query.add_columns(expression.label("sorted_by"), listing.key.label("key")), expression


def fetch(
    session: Session, listing: Listing, *, chosen: Chosen, query: Select[Any], asked: Query
) -> Slice:
    """Read one page. Ties are broken by the key, so no row is shown twice or left out."""
    query, expression = ordered(listing, chosen, query)
    backwards = "before" in asked
    cursor = asked.get("before") or asked.get("after")
    descending = chosen.descending != backwards
    if cursor:
        value, key = _decode(cursor, expression)
        here = tuple_(expression, listing.key)
        edge = tuple_(literal(value, expression.type), literal(key, listing.key.type))
        query = query.where(here < edge if descending else here > edge)
    terms = (expression, listing.key) if expression is not listing.key else (listing.key,)
    query = query.order_by(*(term.desc() if descending else term.asc() for term in terms))
    rows = session.execute(query.limit(PAGE_ROWS + 1)).all()
    more = len(rows) > PAGE_ROWS
    rows = rows[:PAGE_ROWS]
    if backwards:
        rows = rows[::-1]
    has_next, has_previous = (bool(cursor), more) if backwards else (more, bool(cursor))
    return Slice(
        rows,
        _encode(rows[-1]) if rows and has_next else None,
        _encode(rows[0]) if rows and has_previous else None,
    )


def count(session: Session, query: Select[Any]) -> tuple[str, bool]:
    """Count up to 10,000 rows; above that the text says so. The cost has a ceiling."""
    capped = query.with_only_columns(literal(1)).order_by(None).limit(COUNTED_ROWS + 1).subquery()
    total = session.scalar(select(func.count()).select_from(capped)) or 0
    return (f"{total:,}", True) if total <= COUNTED_ROWS else (f"{COUNTED_ROWS:,}+", False)


def _encode(row: Any) -> str:
    text = json.dumps([_plain(row.sorted_by), row.key])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _decode(cursor: str, expression: Any) -> tuple[Any, Any]:
    try:
        padded = cursor[:_LONGEST_CURSOR] + "=" * (-len(cursor) % 4)
        value, key = json.loads(base64.urlsafe_b64decode(padded))
        return _typed(value, expression.type), _whole(key, BigInteger())
    except (ValueError, TypeError, ArithmeticError):
        raise Refusal("This page's address is not complete. Start from the first page.") from None


def _typed(value: Any, column: Any) -> Any:
    """Read a value as its column holds it; raises ValueError for what no row can hold."""
    kind = column.python_type
    if kind is datetime:
        return datetime.fromisoformat(value).astimezone(UTC)
    if kind is date:
        return date.fromisoformat(value)
    if kind is int:
        return _whole(value, column)
    if kind is Decimal:
        number = Decimal(value)
        if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
            raise ValueError(value)
        return number
    return _written(value) if kind is str else kind(value)


def _whole(value: Any, column: Any) -> int:
    number = int(value)
    bits = 63 if isinstance(column, BigInteger) else 31
    if abs(number) >= 1 << bits:
        raise ValueError(value)
    return number


def _written(value: Any) -> str:
    text = str(value)
    text.encode()  # half of a pair of surrogates is refused here
    if "\x00" in text:
        raise ValueError(value)
    return text
