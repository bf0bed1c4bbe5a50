"""Finding rows by a part of a text in their columns, whatever its case, by kept trigrams.

Migration 0003 says which columns have them: PostgreSQL keeps one index of a table's columns in
lower case, SQLite a table of its own beside it. Fewer than three characters have no trigram.
"""

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Select,
    any_,
    column,
    func,
    literal_column,
    or_,
    select,
    table,
)

from app.db.session import database
from app.db.types import BigId

SHORTEST_INDEXED = 3


def holds_part(typed: str, *columns: Any) -> ColumnElement[bool]:
    """Match rows of one table of which one of the columns holds the text."""
    if database.is_postgresql or len(typed) < SHORTEST_INDEXED:
        low = typed.lower()
        return or_(*(func.lower(one).contains(low, autoescape=True) for one in columns))
    model, names = columns[0].class_, " ".join(one.key for one in columns)
    kept = f"{model.__tablename__}_name_text"
    return model.id.in_(kept_with(kept, typed, names=names))  # type: ignore[no-any-return]


def kept_with(kept: str, typed: str, *, names: str) -> Select[Any]:
    """Select the ids of SQLite's trigrams that hold the text in one of the columns named."""
    texts = table(kept, column("rowid", BigId))
    quoted = typed.replace('"', '""')
    matched = literal_column(kept).op("MATCH")(f'{{{names}}} : "{quoted}"')
    return select(texts.c.rowid).where(matched)


def among(column: Any, ids: Select[Any] | CompoundSelect[Any]) -> ColumnElement[bool]:
    """Match a column against ids that are looked up first.

    PostgreSQL joins no more than eight tables by thought; a list that joins ten would look the
    ids up last. As an array they come first and an index finds their rows.
    """
    if database.is_postgresql:
        looked_up = func.array(ids.scalar_subquery(), type_=ARRAY(BigInteger))
        matched: ColumnElement[bool] = column == any_(looked_up)
        return matched
    return column.in_(ids)  # type: ignore[no-any-return]
