"""Keyset pages: fifty rows after or before a row, at the same cost however far one pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, tuple_
from sqlalchemy.orm import Session

from app.db import cursors
from app.db.counting import written_out
from app.web.listing import Chosen, Listing, Query

PAGE_ROWS = 50
_KEPT_STATEMENTS = 256


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows of one page, and where the pages beside it begin."""

    rows: Sequence[Any]
    next_cursor: str | None
    previous_cursor: str | None
    is_all: bool


def sorted_by(listing: Listing, chosen: Chosen) -> Any:
    """Return the expression that the list is sorted by."""
    column = next((one for one in listing.columns if one.key == chosen.sort_key), None)
    return listing.key if column is None or column.sort is None else column.sort


def ordered(query: Select[Any], expression: Any, key: Any, *, descending: bool) -> Select[Any]:
    """Sort the query, ties by the key, and add what the cursor needs."""
    query = query.add_columns(expression.label("sorted_by"), key.label("key"))
    terms = (expression, key) if expression is not key else (key,)
    return query.order_by(*(term.desc() if descending else term.asc() for term in terms))


def fetch(
    session: Session, listing: Listing, *, chosen: Chosen, query: Select[Any], asked: Query
) -> Slice:
    """Read one page. Ties are broken by the key, so no row is shown twice or left out."""
    backwards = "before" in asked
    cursor = asked.get("before") or asked.get("after")
    descending, expression = chosen.descending != backwards, sorted_by(listing, chosen)
    query = _page_of(query, expression, listing.key, descending=descending, inside=bool(cursor))
    edge = {}
    if cursor:
        edge["edge_value"], edge["edge_key"] = cursors.decode(cursor, expression)
    rows = session.execute(query, edge).all()
    more = len(rows) > PAGE_ROWS
    rows = rows[:PAGE_ROWS]
    if backwards:
        rows = rows[::-1]
    has_next, has_previous = (bool(cursor), more) if backwards else (more, bool(cursor))
    return Slice(
        rows,
        cursors.encode(rows[-1]) if rows and has_next else None,
        cursors.encode(rows[0]) if rows and has_previous else None,
        is_all=not cursor and not more,
    )


@lru_cache(maxsize=_KEPT_STATEMENTS)
def _page_of(
    query: Select[Any], expression: Any, key: Any, *, descending: bool, inside: bool
) -> Select[Any]:
    """Return the statement of a page; `inside` begins at a cursor's edge.

    Put together once for a query that is kept: to do so takes longer than to send it.
    """
    if inside:
        here = tuple_(expression, key)
        edge = tuple_(
            bindparam("edge_value", type_=expression.type), bindparam("edge_key", type_=key.type)
        )
        query = query.where(here < edge if descending else here > edge)
    query = ordered(query, expression, key, descending=descending)
    return query.limit(written_out(PAGE_ROWS + 1))
