"""Keyset pages as statements: so many rows after or before a row, in an order of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, tuple_
from sqlalchemy.orm import Session

from app.db.counting import written_out
from app.db.keys import is_wide, keys_of, rows_with
from app.db.rows import rows_of

PAGE_ROWS = 50
_KEPT_STATEMENTS = 256


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What is left of a list: its rows in sight, and the clauses that narrow them.

    `is_narrow` where values or a scope decide which rows come; `is_kept` where the select of the
    rows is one and the same for all who see the same.
    """

    rows: Select[Any]
    clauses: tuple[ColumnElement[bool], ...]
    is_narrow: bool
    is_kept: bool

    @property
    def query(self) -> Select[Any]:
        """The rows themselves, not yet sorted or paged."""
        return self._planned(self.rows.where(*self.clauses) if self.clauses else self.rows)

    def keys(self, *named: ColumnElement[Any]) -> Select[Any]:
        """Select no more than these columns of the rows, such as their key."""
        return self._planned(keys_of(self.rows, self.clauses, *named))

    def _planned(self, query: Select[Any]) -> Select[Any]:
        # Whose rows and which values decide how they are best found; all of them come one way.
        return query.execution_options(planned_anew=True) if self.is_narrow else query


class Order(NamedTuple):
    """How a page's rows are ordered, and whether it begins inside of them, at a cursor's edge."""

    expression: Any
    key: Any
    descending: bool
    inside: bool


def ordered(query: Select[Any], expression: Any, key: Any, *, descending: bool) -> Select[Any]:
    """Sort the query, ties by the key, and add what the cursor needs."""
    query = query.add_columns(expression.label("sorted_by"), key.label("key"))
    terms = (expression, key) if expression is not key else (key,)
    return query.order_by(*(term.desc() if descending else term.asc() for term in terms))


def page_rows(
    session: Session, left: Narrowed, order: Order, edge: Mapping[str, Any], *, by_keys: bool
) -> Sequence[Any]:
    """Return a page's rows and one more; `by_keys` may spend a second statement on a wide list."""
    if left.is_kept and not left.is_narrow and not left.clauses:
        return rows_of(session, _kept_page(left.rows, order), edge)
    if not by_keys or not left.is_kept or not is_wide(left.rows):
        return session.execute(_page_of(left.query, order), edge).all()
    keys = session.scalars(_page_of(left.keys(order.key, order.expression), order), edge).all()
    rows = rows_of(session, _kept_rows(left.rows, order), {"keys": keys}) if keys else ()
    found = {row.key: row for row in rows}
    # What has gone since is not shown.
    return [found[key] for key in keys if key in found]


def _page_of(query: Select[Any], order: Order) -> Select[Any]:
    if order.inside:
        key, expression = order.key, order.expression
        here = tuple_(expression, key)
        edge = tuple_(
            bindparam("edge_value", None, expression.type), bindparam("edge_key", None, key.type)
        )
        query = query.where(here < edge if order.descending else here > edge)
    query = ordered(query, order.expression, order.key, descending=order.descending)
    return query.limit(written_out(PAGE_ROWS + 1))


# Put together once for a query that is kept: to do so takes longer than to send it.
_kept_page = lru_cache(maxsize=_KEPT_STATEMENTS)(_page_of)


@lru_cache(maxsize=_KEPT_STATEMENTS)
def _kept_rows(rows: Select[Any], order: Order) -> Select[Any]:
    named = rows.add_columns(order.expression.label("sorted_by"), order.key.label("key"))
    return rows_with(named, order.key)
