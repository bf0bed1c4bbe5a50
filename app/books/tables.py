"""A report is a table: columns, rows and totals, the same on the screen and in every file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app.kernel.money import Money, plain_decimal


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `kind` is text, ident, date, instant, count or money (whose values are Money)."""

    key: str
    label: str
    kind: str = "text"

    @property
    def is_numeric(self) -> bool:
        """Whether its values stand at the right."""
        return self.kind in {"money", "count"}


@dataclass(frozen=True, slots=True)
class Row:
    """Values by column key; `level` is heading, line or total; `href` leads to what is behind."""

    values: Mapping[str, Any]
    level: str = "line"
    href: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A report worked out. `rows` may be read once only; `facts` say what it is of.

    `next_href` is where the lines go on that a page leaves out.
    """

    title: str
    columns: tuple[Column, ...]
    rows: Iterable[Row]
    facts: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = field(default=())
    next_href: str = ""
    empty: str = "Nothing was posted in this period."


def plain(value: Any) -> Any:
    """Return a value as a file holds it: amounts as decimals without grouping, dates in ISO."""
    if isinstance(value, Money):
        return plain_decimal(value.minor, value.exponent)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value
