"""Tables of configuration that a file carries: each slice says in a few lines which and how.

Ids never leave the house: a row is named by its identity, and refers to others by theirs.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from graphlib import TopologicalSorter
from typing import Any, TypeAlias

from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.work import Work


@dataclass(slots=True)
class FileRow:
    """A row of a file beside the record it names; a record that no row names has path "".

    `values` are by field, references as the identity they name. `changes` are (before, after).
    """

    path: str
    values: dict[str, Any]
    record: Any = None
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Context:
    """What a check may look at: who asks, and every table as it would be after the import."""

    session: Session
    actor: Actor
    tables: Mapping[str, Sequence[FileRow]]


Problem: TypeAlias = tuple[str, str]
Check: TypeAlias = Callable[[Context, FileRow], Iterator[Problem]]


def nothing_to_check(_context: Context, _row: FileRow) -> Iterator[Problem]:
    """Find no problem with a row."""
    yield from ()


@dataclass(frozen=True, slots=True)
class Portable:
    """How a file carries a table.

    identity    the fields that name a row; no two rows agree in them
    called_by   those of them by which other rows refer to it; without it all, joined with " / "
    fields      the other fields
    references  fields that name a row of another table, by that table's key
    lists       fields that are lists of names of rows of another table, by that table's key
    columns     the columns of fields that are called otherwise
    types       what a field is read as where its column does not say it, such as list[Band]
    told        a field's value of a record where it is no column's
    choices     fields whose texts come from a list
    fixed       fields that can be set on a new row only
    system      fields that a row of the system keeps as well
    marks       a flag that one row has in each group of equal fields: ("is_default", ("project",))
    module      whose permissions to create and to edit are asked for
    check       yields (field, sentence) for what else is wrong with a row that is new or changes
    create      makes a new row where more is to be done than to add it; returns the record
    edit        saves all columns of a record where more is to be done than to set what changed
    words       fields by what `create` and `edit` call them when they refuse, if not by the column
    adds_with   the verb whose permission a new row asks for
    changed     what follows when the named fields of a record have changed
    exported    tells of a record whether a file carries it
    among       narrows the records that a file carries to those that matter
    everywhere  tells of a record that every organisation has: none is exported, all may be named
    stands_for  tells whether a row (first) that names no record means one by another name (second)
    outdated    fields of a row (first) that stay as a record (second) has them, being older
    renewable   whether the name of a record that was deleted may be given again
    is_exact    whether rows may differ by capitals alone
    longest     how long a field of the identity, or the field `name`, may be
    most        the highest percentages, by field or part, where they may be above 100
    note        what is to be known of new rows, as the preview tells it
    """

    key: str
    title: str
    model: type[Any]
    module: str
    identity: tuple[str, ...]
    fields: tuple[str, ...] = ()
    called_by: tuple[str, ...] = ()
    references: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    choices: Mapping[str, Callable[[], Iterable[str]]] = field(default_factory=dict)
    fixed: tuple[str, ...] = ()
    system: tuple[str, ...] = ()
    marks: tuple[str, tuple[str, ...]] | None = None
    check: Check = nothing_to_check
    create: Callable[[Work, dict[str, Any]], Any] | None = None
    edit: Callable[[Work, Any, dict[str, Any]], object] | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    adds_with: str = "create"
    changed: Callable[[Work, Any, Iterable[str]], None] | None = None
    exported: Callable[[Any], bool] = lambda _record: True
    among: Callable[[Session, list[Any]], list[Any]] = lambda _session, records: records
    everywhere: Callable[[Any], bool] = lambda _record: False
    stands_for: Callable[[Mapping[str, Any], Mapping[str, Any]], bool] | None = None
    outdated: Callable[[Mapping[str, Any], Mapping[str, Any]], Container[str]] = (
        lambda _row, _record: ()
    )
    renewable: bool = False
    is_exact: bool = False
    longest: int = 100
    most: Mapping[str, int] = field(default_factory=dict)
    note: str = ""

    @property
    def all_fields(self) -> tuple[str, ...]:
        """The fields of a row in the order of the file."""
        return (*self.identity, *self.fields)

    def column(self, name: str) -> str:
        """Return the column behind a field: "project" is kept as `project_id`."""
        return self.columns.get(name, f"{name}_id" if name in self.references else name)

    def field_of(self, word: str) -> str:
        """Return the field that a refusal speaks of, or nothing where it is none of this table."""
        by_column = {self.column(name): name for name in self.all_fields}
        found = self.words.get(word, by_column.get(word, word))
        return found if found in self.all_fields else ""


_tables: dict[str, Portable] = {}


def portable(table: Portable) -> Portable:
    """Register a table; those it refers to may come later, from slices below or above."""
    if table.key in _tables:
        raise KeyError(f"{table.key} is registered twice")
    _tables[table.key] = table
    portable_tables.cache_clear()
    return table


@cache
def portable_tables() -> tuple[Portable, ...]:
    """Return the tables in an order in which each comes after those it refers to."""
    below = {
        key: sorted({*table.references.values(), *table.lists.values()} - {key})
        for key, table in sorted(_tables.items())
    }
    return tuple(_tables[key] for key in TopologicalSorter(below).static_order())
