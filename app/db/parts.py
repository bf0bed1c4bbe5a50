"""Finding rows by a part of a text in their columns, whatever its case, by kept trigrams.

Migration 0003 says which columns have them: PostgreSQL keeps one index of a table's columns in
lower case, SQLite a table of its own beside it. Fewer than three characters have no trigram.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    and_,
    any_,
    bindparam,
    column,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
)

from app.db.session import database
from app.db.types import BigId

SHORTEST_INDEXED = 3
MOST_WORDS = 6
_ESCAPE = "/"


@dataclass(frozen=True, slots=True)
class Part:
    """What is looked for, as LIKE and as FTS5 take it; short of three characters has no trigram.

    `digits` is for amounts in minor units: the text without what separates its digits.
    """

    pattern: Any
    phrase: Any
    digits: Any
    is_short: bool = False


# Stands for a text that is given when a statement is sent: `values_of` gives it.
BOUND = Part(
    bindparam("pattern", type_=String()),
    bindparam("phrase", type_=String()),
    bindparam("digits", type_=String()),
)


def part_of(typed: str) -> Part:
    """Return a text as what is looked for."""
    values = values_of(typed)
    is_short = len(typed) < SHORTEST_INDEXED
    return Part(values["pattern"], values["phrase"], values["digits"], is_short)


def values_of(typed: str) -> dict[str, str]:
    """Return what a statement with a bound part is sent with."""
    low, quoted = typed.lower(), typed.replace('"', '""')
    for mark in f"{_ESCAPE}%_":
        low = low.replace(mark, f"{_ESCAPE}{mark}")
    digits = typed.replace(",", "").replace(".", "")
    is_number = digits.isascii() and digits.isdigit()
    return {
        "pattern": f"%{low}%",
        "phrase": f'"{quoted}"',
        "digits": f"%{digits}%" if is_number else "",
    }


def holds_part(typed: str | Part, *columns: Any) -> ColumnElement[bool]:
    """Match rows of one table of which one of the columns holds the text."""
    part = part_of(typed) if isinstance(typed, str) else typed
    if database.is_postgresql or part.is_short:
        return or_(*(is_like(func.lower(one), part) for one in columns))
    model, names = columns[0].class_, " ".join(one.key for one in columns)
    return model.id.in_(kept_with(f"{model.__tablename__}_name_text", part, names=names))  # type: ignore[no-any-return]


def holds_words(typed: str, *columns: Any) -> ColumnElement[bool]:
    """Match rows of which each word of the text is a part of one of the columns, in any order."""
    words = typed.replace(",", " ").split()[:MOST_WORDS] or [typed]
    return and_(*(holds_part(word, *columns) for word in words))


def is_like(column: Any, part: Part) -> ColumnElement[bool]:
    """Match a column that is in lower case already."""
    matched: ColumnElement[bool] = column.like(part.pattern, escape=_ESCAPE)
    return matched


def kept_with(kept: str, part: Part, *, names: str) -> Select[Any]:
    """Select the ids of SQLite's trigrams that hold the text in one of the columns named."""
    texts = table(kept, column("rowid", BigId))
    phrase = literal(f"{{{names}}} : ") + part.phrase
    return select(texts.c.rowid).where(literal_column(kept).op("MATCH")(phrase))


def among(column: Any, ids: Select[Any] | CompoundSelect[Any]) -> ColumnElement[bool]:
    """Match a column against ids that are looked up first.

    PostgreSQL orders the joins of no more than five tables by their cost (join_collapse_limit, set
    in `session`): a list that joins ten would look the ids up last. As an array they come first, by
    an index.
    """
    if database.is_postgresql:
        looked_up = func.array(ids.scalar_subquery(), type_=ARRAY(BigInteger))
        matched: ColumnElement[bool] = column == any_(looked_up)
        return matched
    return column.in_(ids)  # type: ignore[no-any-return]
