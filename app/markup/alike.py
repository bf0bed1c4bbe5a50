"""A column's cells, made once for all rows of a page that say the same in it.

Fifty rows name one project, one branch, three statuses. What a cell is made from is found out by
watching which of the row's values are read: another row with the same values has the same cell.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, TypeAlias

Cell: TypeAlias = Mapping[str, Any]
# Where so many rows had as many cells, the others are likely to have their own as well.
_ALL_DIFFER = 6


class _Watched:
    """A row that remembers which of its values were read."""

    __slots__ = ("_read", "_row")

    def __init__(self, row: Any, read: set[str]) -> None:
        self._row, self._read = row, read

    def __getattr__(self, name: str) -> Any:
        self._read.add(name)
        return getattr(self._row, name)


def cells_of(make: Callable[[Any], Cell], rows: Sequence[Any]) -> list[Cell]:
    """Make a cell of each row; those that are alike are one and the same.

    `make` may look at nothing of a row but its values by their names, and else at what is the
    same for the whole page.
    """
    made: list[Cell] = []
    known: dict[Any, Cell] = {}
    read: set[str] = set()
    values: Callable[[Any], Any] = _nothing
    for number, row in enumerate(rows):
        if number == _ALL_DIFFER == len(known):
            return made + [make(one) for one in rows[number:]]
        try:
            cell = known.get(values(row))
            if cell is None:
                before = len(read)
                cell = make(_Watched(row, read))
                if len(read) > before:
                    values = attrgetter(*read)
                    known.clear()
                known[values(row)] = cell
        except TypeError:
            # One of the values is no key, such as a list.
            return made + [make(one) for one in rows[number:]]
        made.append(cell)
    return made


def _nothing(_row: Any) -> tuple[()]:
    return ()
