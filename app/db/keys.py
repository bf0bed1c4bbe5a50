"""Finds the keys of a page's or a count's rows in one table, without joins that filter nothing.

PostgreSQL weighs every join of a statement whose best plan hangs on its values. Of a list with a
dozen of them that took longer than all else: its keys are found first, without the joins, and
what the page says of fifty keys is one statement that is planned once.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    ColumnElement,
    FromClause,
    Join,
    Select,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BinaryExpression

from app.db.session import database

# Fewer joins are planned in less time than a second statement takes.
_MANY_JOINS = 5
_KEPT = 256


def keys_of(
    rows: Select[Any], clauses: Sequence[ColumnElement[bool]], *named: ColumnElement[Any]
) -> Select[Any]:
    """Select columns of the rows that clauses leave, from no more tables than are asked for.

    A join is left out where it can neither add a row nor take one away: an outer one by the
    primary key, of whose table no clause and no column speaks.
    """
    root, _joins = _root(rows)
    spoken = [*named, *clauses, *(() if rows.whereclause is None else (rows.whereclause,))]
    if root is not None and all(_speaks_of(one, root) for one in spoken):
        return select(*named).select_from(root).where(*spoken[len(named) :])
    narrowed = rows.where(*clauses) if clauses else rows
    return narrowed.with_only_columns(*named, maintain_column_froms=True)


def is_wide(rows: Select[Any]) -> bool:
    """Tell whether rows have so many idle joins that their keys are better asked for alone."""
    root, joins = _root(rows)
    return root is not None and joins > _MANY_JOINS


@lru_cache(maxsize=_KEPT)
def rows_with(rows: Select[Any], key: Any) -> Select[Any]:
    """Select the rows of the keys that are sent as `keys`, in no order."""
    if database.is_postgresql:
        return rows.where(key == any_(bindparam("keys", None, ARRAY(BigInteger))))
    sent = func.json_each(bindparam("keys", None, JSON())).table_valued("value")
    return rows.where(key.in_(select(sent.c.value)))


@lru_cache(maxsize=_KEPT)
def _root(rows: Select[Any]) -> tuple[FromClause | None, int]:
    """Return the table that rows are of, and how many idle joins stand beside it."""
    froms = rows.get_final_froms()
    if len(froms) != 1:
        return None, 0
    table, joins = froms[0], 0
    while isinstance(table, Join):
        if not _is_idle(table):
            return None, 0
        table, joins = table.left, joins + 1
    return table, joins


def _speaks_of(element: ColumnElement[Any], root: FromClause) -> bool:
    # What a select asks its parts for. Its own answer comes a hundred times more slowly.
    return all(one == root for one in element._from_objects)  # noqa: SLF001


def _is_idle(join: Join) -> bool:
    """Tell whether a join finds one row at most, and keeps its left side where it finds none."""
    on, keys = join.onclause, list(join.right.primary_key)
    if not join.isouter or join.full or len(keys) != 1:
        return False
    if not isinstance(on, BinaryExpression) or on.operator is not operators.eq:
        return False
    sides = [join.right.c.contains_column(side) for side in (on.left, on.right)]
    mine = on.left if sides[0] else on.right
    return sides.count(True) == 1 and bool(mine.primary_key)
