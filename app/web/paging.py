"""Keyset pages: fifty rows after or before a row, at the same cost however far one pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, tuple_
from sqlalchemy.orm import Session

from app.db import cursors
from app.db.counting import written_out
from app.db.keys import is_wide, rows_with
from app.db.rows import rows_of
from app.web.listing import Chosen, Listing, Narrowed, Query

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
    session: Session, listing: Listing, *, chosen: Chosen, left: Narrowed, asked: Query
) -> Slice:
    """Read one page. Ties are broken by the key, so no row is shown twice or left out."""
    backwards = "before" in asked
    cursor = asked.get("before") or asked.get("after")
    expression = sorted_by(listing, chosen)
    order = _Order(expression, listing.key, chosen.descending != backwards, bool(cursor))
    edge = {}
    if cursor:
        edge["edge_value"], edge["edge_key"] = cursors.decode(cursor, expression)
    rows = _rows(session, left, order, edge)
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


class _Order(NamedTuple):
    """How a page's rows are ordered, and whether it begins inside of them, at a cursor's edge."""

    expression: Any
    key: Any
    descending: bool
    inside: bool


def _rows(
    session: Session, left: Narrowed, order: _Order, edge: Mapping[str, Any]
) -> Sequence[Any]:
    """Return a page's rows and one more, of a wide list by their keys where values narrow it."""
    if not left.clauses and not left.is_narrow:
        return rows_of(session, _kept_page(left.rows, order), edge)
    if not is_wide(left.rows):
        return session.execute(_page_of(left.query, order), edge).all()
    named = left.keys(order.key, order.expression)
    keys = session.scalars(_page_of(named, order), edge).all()
    found = {row.key: row for row in rows_of(session, _kept_rows(left.rows, order), {"keys": keys})}
    return [found[key] for key in keys if key in found]


def _page_of(query: Select[Any], order: _Order) -> Select[Any]:
    if order.inside:
        key, expression = order.key, order.expression
        here = tuple_(expression, key)
        edge = tuple_(
            bindparam("edge_value", type_=expression.type), bindparam("edge_key", type_=key.type)
        )
        query = query.where(here < edge if order.descending else here > edge)
    query = ordered(query, order.expression, order.key, descending=order.descending)
    return query.limit(written_out(PAGE_ROWS + 1))


# Put together once for a query that is kept: to do so takes longer than to send it.
_kept_page = lru_cache(maxsize=_KEPT_STATEMENTS)(_page_of)


@lru_cache(maxsize=_KEPT_STATEMENTS)
def _kept_rows(rows: Select[Any], order: _Order) -> Select[Any]:
    named = rows.add_columns(order.expression.label("sorted_by"), order.key.label("key"))
    return rows_with(named, order.key)
