"""Carrying a plan out: through the ORM, so that each change is logged like any other."""

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy.exc import IntegrityError

from app.configuration.document import Unreadable
from app.configuration.plan import Plan
from app.configuration.records import (
    Identity,
    Names,
    folded,
    identity_of,
    is_retired,
    marked_group,
    name_of,
    records_of,
    values_of,
)
from app.controls.portable import FileRow, Portable, portable_tables
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal

_LINE = re.compile(r"(?P<word>[a-z]+)-(?P<number>\d+)-(?P<part>\w+)")


def carry_out(work: Work, plan: Plan) -> dict[str, int]:
    """Write what the plan says, table by table; returns how many rows were added and changed.

    Refuses (422) with every row that the commands of its slice refuse, each with its path.
    """
    counted = {
        "added": sum(len(plan.added(key)) for key in plan.tables),
        "changed": sum(len(plan.changed(key)) for key in plan.tables),
    }
    names, ids, problems = Names(), Ids(), []
    for table in portable_tables():
        writer = _Writer(work, table, names, ids)
        try:
            writer.write(plan.named(table.key))
        except IntegrityError as error:
            clash = (f"tables.{table.key}", "holds a row that does not go with what is here")
            raise Unreadable([*problems, *writer.problems, clash]) from error
        problems += writer.problems
        writer.look()
    if problems:
        raise Unreadable(problems)
    return counted


class Ids:
    """Which record a name means: where several have it, one in use, and of those the newest."""

    def __init__(self) -> None:
        self._ids: dict[str, dict[str, int]] = {}

    def keep(self, table: Portable, records: Iterable[Any], names: Names) -> None:
        """Learn the names of a table's records."""
        ordered = sorted(records, key=lambda one: (not is_retired(one), _is_settled(one), one.id))
        self._ids[table.key] = {folded(name_of(table, one, names)): one.id for one in ordered}

    def of(self, key: str, name: str) -> int:
        """Return the id; a name that could not be given to a record raises `_UnmetError`."""
        try:
            return self._ids[key][folded(name)]
        except KeyError as error:
            raise _UnmetError from error


class _UnmetError(Exception):
    """A row refers to one that could not be written, which is told already."""


def _is_settled(record: Any) -> bool:
    return bool(getattr(record, "is_authorised", True))


class _Writer:
    """Writes the rows of one table; the tables it refers to are written already."""

    def __init__(self, work: Work, table: Portable, names: Names, ids: Ids) -> None:
        self.work, self.table = work, table
        self.names, self.ids = names, ids
        self.current: dict[Identity, tuple[dict[str, Any], Any]] = {}
        self.problems: list[tuple[str, str]] = []

    def write(self, rows: list[FileRow]) -> None:
        """Add and change; marks and references within the table come when all rows are there."""
        busy = [row for row in rows if row.record is None or row.changes]
        if not busy:
            return
        flag = self.table.marks[0] if self.table.marks else None
        self.look()
        later = {flag, *self._own_references()}
        written = [(row, *found) for row in busy if (found := self._try_row(row, later))]
        self.work.session.flush()  # marks and references need the ids
        self.look()
        for row, record, fields in written:
            self._set(record, row, set(fields) & set(self._own_references()))
            if flag in fields:
                self._mark(row, record, flag)
            if self.table.changed is not None:
                self.table.changed(self.work, record, fields)
        self.work.session.flush()  # the tables that come next read these rows

    def look(self) -> None:
        """Read the records as they are now, with those that were made along with others."""
        table = self.table
        records = records_of(self.work.session, self.work.actor.tenant_id, table)
        self.names.keep(table, records)
        self.ids.keep(table, records, self.names)
        self.current = {}
        for record in sorted(records, key=is_retired, reverse=True):  # one in use stands
            values = values_of(table, record, self.names)
            self.current[identity_of(table, values)] = (values, record)

    def _try_row(self, row: FileRow, later: set[str | None]) -> tuple[Any, tuple[str, ...]] | None:
        """Write a row, or note with its path in the file why it cannot be."""
        try:
            return self._write_row(row, later)
        except Refusal as refusal:
            self.problems.append((self._path(row, refusal.field or ""), refusal.sentence))
        except _UnmetError:
            pass
        return None

    def _path(self, row: FileRow, word: str) -> str:
        """Return where in the file the fault is; "lines-2-minimum" is in the third of a list."""
        line = _LINE.fullmatch(word)
        if line and (name := self.table.field_of(line["word"])):
            return f"{row.path}.{name}[{line['number']}]"
        name = self.table.field_of(line["part"] if line else word)
        return f"{row.path}.{name}" if name else row.path

    def _write_row(self, row: FileRow, later: set[str | None]) -> tuple[Any, tuple[str, ...]]:
        """Write all fields but those that come later; returns the record and its new fields."""
        if row.record is not None:
            self._save(row.record, row, set(row.changes) - later)
            return row.record, tuple(row.changes)
        values, twin = self.current.get(identity_of(self.table, row.values), ({}, None))
        if twin is None or is_retired(twin):
            columns = dict(self._columns(row, set(self.table.all_fields) - later))
            return self._add(columns), self.table.fields
        # It came with its project, as the system's statuses do.
        changes = {name for name in self.table.fields if values[name] != row.values[name]}
        is_system = bool(self.table.system) and twin.is_system
        kept = {*self.table.fixed, *(self.table.system if is_system else ())}
        if changes & kept:
            raise Conflict(f"{twin.title()} is a system entry and cannot be changed")
        self._save(twin, row, changes - later)
        return twin, tuple(changes)

    def _add(self, columns: dict[str, Any]) -> Any:
        if self.table.create is not None:
            return self.table.create(self.work, columns)
        record = self.table.model(organisation_id=self.work.actor.tenant_id, **columns)
        self.work.session.add(record)
        return record

    def _save(self, record: Any, row: FileRow, fields: set[str]) -> None:
        if self.table.edit is None:
            self._set(record, row, fields)
        elif fields:
            columns = dict(self._columns(row, self.table.all_fields))
            self.table.edit(self.work, record, columns)

    def _set(self, record: Any, row: FileRow, fields: Iterable[str]) -> None:
        for column, value in self._columns(row, fields):
            setattr(record, column, value)

    def _columns(self, row: FileRow, fields: Iterable[str]) -> Iterable[tuple[str, Any]]:
        table = self.table
        for field in fields:
            value = row.values[field]
            if field in table.references and value is not None:
                value = self.ids.of(table.references[field], value)
            if field in table.lists:
                value = [self.ids.of(table.lists[field], one) for one in value]
            yield table.column(field), value

    def _own_references(self) -> list[str]:
        return [name for name, key in self.table.references.items() if key == self.table.key]

    def _mark(self, row: FileRow, record: Any, flag: str) -> None:
        """Give the record the mark, and take it from the one of its group that has it."""
        if row.values[flag]:
            group = marked_group(self.table, row.values)
            for values, other in self.current.values():
                is_beside = other is not record and marked_group(self.table, values) == group
                if is_beside and getattr(other, flag):
                    setattr(other, flag, False)
            self.work.session.flush()  # the index allows one mark at a time
        setattr(record, flag, row.values[flag])
