"""One table of a file beside its records: each row read, and what would differ noted."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from app.configuration.bounds import MOST_ITEMS, demand_within
from app.configuration.document import LONGEST_NAME, MOST_ROWS
from app.configuration.marks import move_marks
from app.configuration.records import (
    Identity,
    Names,
    folded,
    identity_of,
    is_retired,
    values_of,
)
from app.configuration.values import default_of, may_be_empty, read, written
from app.controls.portable import FileRow, Portable
from app.kernel.errors import Refusal

_OFFERED = 20


class Comparison:
    """Reads the rows that a file gives for a table; `problems` are (path, sentence)."""

    def __init__(self, table: Portable) -> None:
        self.table = table
        self.problems: list[tuple[str, str]] = []

    def rows(self, given: Any, records: Sequence[Any], names: Names) -> list[FileRow]:
        """Return the rows of the file, each with its record, and the records it does not name."""
        table = self.table
        kept: dict[Identity, list[FileRow]] = {}
        for record in records:
            if table.renewable and is_retired(record):
                continue
            row = FileRow("", self._plain(values_of(table, record, names)), record)
            kept.setdefault(identity_of(table, row.values), []).append(row)
        made: dict[Identity, list[FileRow]] = {}
        for row in self._read_rows(given):
            made.setdefault(identity_of(table, row.values), []).append(row)
        for identity, rows in made.items():
            found = kept.pop(identity, []) or self._stand_in(rows[0], kept, made.keys())
            self._match_all(rows, self._meant(found, len(rows)))
        others = [row for group in kept.values() for row in group if not is_retired(row.record)]
        whole = [*chain.from_iterable(made.values()), *others]
        self.problems.extend(move_marks(table, whole))
        return whole

    def _meant(self, found: Sequence[FileRow], number: int) -> Sequence[FileRow]:
        """Leave out, where there are more records than rows, those that no file would hold."""
        if len(found) <= number:
            return found
        carried = [
            one for one in found if not is_retired(one.record) and self.table.exported(one.record)
        ]
        return carried or found

    def _match_all(self, rows: Sequence[FileRow], found: Sequence[FileRow]) -> None:
        """Match rows of one identity: as many records as rows are meant in their order."""
        if len(rows) == len(found):
            for row, one in zip(rows, found, strict=True):
                self._match(row, [one])
            return
        for row in rows[1:]:
            self._refuse(row.path, f"is there twice: as {rows[0].path} too")
        self._match(rows[0], found)

    def _refuse(self, path: str, sentence: str) -> None:
        self.problems.append((path, sentence))

    def _read_rows(self, given: Any) -> Iterator[FileRow]:
        path = f"tables.{self.table.key}"
        if not isinstance(given, list) or len(given) > MOST_ROWS:
            self._refuse(path, f"must be a list of at most {MOST_ROWS} rows")
            return
        for number, one in enumerate(given):
            here = f"{path}[{number}]"
            if not isinstance(one, dict):
                self._refuse(here, "must be an object")
                continue
            values = dict(self._read_fields(here, one))
            if all(field in values for field in self.table.identity):
                yield FileRow(here, values)

    def _read_fields(self, path: str, given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        for name in given:
            if name not in self.table.all_fields:
                self._refuse(f"{path}.{name[:LONGEST_NAME]}", "is no field of this table")
        for name in self.table.all_fields:
            if name not in given:
                if name in self.table.identity:
                    self._refuse(f"{path}.{name}", "is missing")
                continue
            try:
                yield name, self._value(name, given[name])
            except Refusal as refusal:
                self._refuse(f"{path}.{name}", refusal.sentence)

    def _value(self, name: str, value: Any) -> Any:
        """Read a field by the type of its column, and by what its table says of it."""
        table = self.table
        if name in table.references:
            return self._reference(name, value)
        if name in table.lists:
            return _names(value)
        made = read(table, name, value)
        demand_within(table, name, made)
        if name in {*table.identity, "name"} and isinstance(made, str):
            if not made and default_of(table, name) != (True, ""):
                raise Refusal("must not be empty")
            if len(made) > table.longest:
                raise Refusal(f"can have at most {table.longest} characters")
        if name in table.choices and made not in (options := tuple(table.choices[name]())):
            raise Refusal(f"must be one of {', '.join(options[:_OFFERED])}")
        return made

    def _reference(self, name: str, value: Any) -> str | None:
        if value is None and may_be_empty(self.table, name):
            return None
        if not isinstance(value, str):
            raise Refusal("must be a text")
        return value.strip()

    def _stand_in(
        self, row: FileRow, kept: dict[Identity, list[FileRow]], named: Collection[Identity]
    ) -> list[FileRow]:
        """Return the record that the row means by another name, unless a row names it."""
        means = self.table.stands_for
        if means is None:
            return []
        for identity, group in kept.items():
            is_free = identity not in named and not is_retired(group[0].record)
            if is_free and means(row.values, group[0].values):
                return kept.pop(identity)
        return []

    def _match(self, row: FileRow, found: Sequence[FileRow]) -> None:
        if len(found) > 1:
            self._refuse(row.path, "names several records here")
        elif found and is_retired(found[0].record):
            self._refuse(row.path, "names a record that was deleted here")
        elif found:
            self._compare(row, found[0])
        else:
            self._complete(row)

    def _plain(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Read what a record would write, so that both sides are compared as values."""
        named = {**self.table.references, **self.table.lists}
        return {
            name: value if name in named else self._kept(name, value)
            for name, value in values.items()
        }

    def _kept(self, name: str, value: Any) -> Any:
        """Read what a record keeps; what no file could say now is compared as it is."""
        try:
            return read(self.table, name, value)
        except Refusal:
            return value

    def _compare(self, row: FileRow, found: FileRow) -> None:
        table = self.table
        row.record = found.record
        outdated = table.outdated(row.values, found.values)
        given = {name: value for name, value in row.values.items() if name not in outdated}
        row.values = found.values | given
        for name in table.identity:
            # A name stays as it is written here, whatever the case in the file.
            if folded(row.values[name]) == folded(found.values[name]):
                row.values[name] = found.values[name]
        for name in table.all_fields:
            before, after = found.values[name], row.values[name]
            is_named = name in table.references or name in table.lists
            is_same_name = is_named and folded(before) == folded(after)
            if before == after or is_same_name:
                continue
            row.changes[name] = (written(before), written(after))
            is_fixed = name in table.fixed
            if is_fixed or (name in table.system and found.record.is_system):
                words = "cannot be changed" if is_fixed else "of a system entry cannot be changed"
                self._refuse(f"{row.path}.{name}", f"{words}: it is {written(before)} here")

    def _complete(self, row: FileRow) -> None:
        """Give a new row what its table gives when nothing is said."""
        for name in self.table.fields:
            if name in row.values:
                continue
            has_default, value = default_of(self.table, name)
            if has_default:
                row.values[name] = value
            elif all(path != f"{row.path}.{name}" for path, _sentence in self.problems):
                self._refuse(f"{row.path}.{name}", "is missing")


def _names(value: Any) -> list[str]:
    """Read a list of names of other rows; the order in which they stand says nothing."""
    if not isinstance(value, list) or len(value) > MOST_ITEMS:
        raise Refusal(f"must be a list of at most {MOST_ITEMS}")
    if not all(isinstance(one, str) for one in value):
        raise Refusal("must be a list of texts")
    return sorted({one.strip() for one in value})
