"""Keyset pages: fifty rows after or before a row, at the same cost however far one pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.db import cursors
from app.db.keyset import PAGE_ROWS, Narrowed, Order, page_rows
from app.web.listing import Chosen, Listing, Query


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


def fetch(
    session: Session,
    listing: Listing,
    *,
    chosen: Chosen,
    left: Narrowed,
    asked: Query,
    by_keys: bool,
) -> Slice:
    """Read one page. Ties are broken by the key, so no row is shown twice or left out."""
    backwards = "before" in asked
    cursor = asked.get("before") or asked.get("after")
    expression = sorted_by(listing, chosen)
    order = Order(expression, listing.key, chosen.descending != backwards, bool(cursor))
    edge = {}
    if cursor:
        edge["edge_value"], edge["edge_key"] = cursors.decode(cursor, expression)
    rows = page_rows(session, left, order, edge, by_keys=by_keys)
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
