"""Keyset pages: fifty rows after or before a row, at the same cost however far one pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, literal, tuple_
from sqlalchemy.orm import Session

from app.db import cursors
from app.db.counting import written_out
from app.web.listing import Chosen, Listing, Query

PAGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows of one page, and where the pages beside it begin."""

    rows: Sequence[Any]
    next_cursor: str | None
    previous_cursor: str | None
    is_all: bool


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
        value, key = cursors.decode(cursor, expression)
        here = tuple_(expression, listing.key)
        edge = tuple_(literal(value, expression.type), literal(key, listing.key.type))
        query = query.where(here < edge if descending else here > edge)
    terms = (expression, listing.key) if expression is not listing.key else (listing.key,)
    query = query.order_by(*(term.desc() if descending else term.asc() for term in terms))
    rows = session.execute(query.limit(written_out(PAGE_ROWS + 1))).all()
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
