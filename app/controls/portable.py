"""Tables of configuration that a file carries: each slice says in a few lines which and how.

Ids never leave the house: a row is named by its identity, and refers to others by theirs.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
    fields      the other fields
    references  fields that name a row of another table, by that table's key
    choices     fields whose texts come from a list
    fixed       fields that can be set on a new row only
    system      fields that a row of the system keeps as well
    marks       a flag that one row has in each group of equal fields: ("is_default", ("project",))
    module      whose permissions to create and to edit are asked for
    check       yields (field, sentence) for what else is wrong with a row that is new or changes
    create      makes a new row where more is to be done than to add it; returns the record
    changed     what follows when the named fields of a record have changed
    exported    tells of a record whether a file carries it
    stands_for  tells whether a row (first) that names no record means one by another name (second)
    renewable   whether the name of a record that was deleted may be given again
    """

    key: str
    title: str
    model: type[Any]
    module: str
    identity: tuple[str, ...]
    fields: tuple[str, ...] = ()
    references: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Callable[[], Iterable[str]]] = field(default_factory=dict)
    fixed: tuple[str, ...] = ()
    system: tuple[str, ...] = ()
    marks: tuple[str, tuple[str, ...]] | None = None
    check: Check = nothing_to_check
    create: Callable[[Work, dict[str, Any]], Any] | None = None
    changed: Callable[[Work, Any, Iterable[str]], None] | None = None
    exported: Callable[[Any], bool] = lambda _record: True
    stands_for: Callable[[Mapping[str, Any], Mapping[str, Any]], bool] | None = None
    renewable: bool = False
    is_of_project: bool = False

    @property
    def all_fields(self) -> tuple[str, ...]:
        """The fields of a row in the order of the file."""
        return (*self.identity, *self.fields)

    def column(self, name: str) -> str:
        """Return the column behind a field: "project" is kept as `project_id`."""
        return f"{name}_id" if name in self.references else name


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
        key: [other for other in sorted(set(table.references.values())) if other != key]
        for key, table in sorted(_tables.items())
    }
    return tuple(_tables[key] for key in TopologicalSorter(below).static_order())
