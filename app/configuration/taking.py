"""Carrying a plan out: through the ORM, so that each change is logged like any other."""

from collections.abc import Iterable
from typing import Any

from app.configuration.plan import Plan
from app.configuration.records import (
    Identity,
    folded,
    identity_of,
    marked_group,
    name_of,
    records_of,
    values_of,
)
from app.controls.portable import FileRow, Portable, portable_tables
from app.controls.work import Work
from app.kernel.errors import Conflict


def carry_out(work: Work, plan: Plan) -> dict[str, int]:
    """Write what the plan says, table by table; returns how many rows were added and changed."""
    counted = {
        "added": sum(len(plan.added(key)) for key in plan.tables),
        "changed": sum(len(plan.changed(key)) for key in plan.tables),
    }
    names: dict[str, dict[int, str]] = {}
    for table in portable_tables():
        _Writer(work, table, names).write(plan.named(table.key))
        if len(table.identity) == 1:
            records = records_of(work.session, work.actor.tenant_id, table)
            names[table.key] = {record.id: name_of(table, record) for record in records}
    return counted


class _Writer:
    """Writes the rows of one table; the tables it refers to are written already."""

    def __init__(self, work: Work, table: Portable, names: dict[str, dict[int, str]]) -> None:
        self.work, self.table = work, table
        self.names = names
        self.ids = {
            key: {folded(name): id_ for id_, name in ids.items()} for key, ids in names.items()
        }
        self.current: dict[Identity, tuple[dict[str, Any], Any]] = {}

    def write(self, rows: list[FileRow]) -> None:
        """Add and change; marks and references within the table come when all rows are there."""
        busy = [row for row in rows if row.record is None or row.changes]
        if not busy:
            return
        flag = self.table.marks[0] if self.table.marks else None
        self._look()
        later = {flag, *self._own_references()}
        written = [(row, *self._write_row(row, later)) for row in busy]
        self.work.session.flush()  # marks and references need the ids
        self._look()
        for row, record, fields in written:
            self._set(record, row, set(fields) & set(self._own_references()))
            if flag in fields:
                self._mark(row, record, flag)
            if self.table.changed is not None:
                self.table.changed(self.work, record, fields)
        self.work.session.flush()  # the tables that come next read these rows

    def _look(self) -> None:
        """Read the records as they are now, with those that were made along with others."""
        table = self.table
        records = records_of(self.work.session, self.work.actor.tenant_id, table)
        names = self.names
        if len(table.identity) == 1:
            names = names | {table.key: {one.id: name_of(table, one) for one in records}}
            self.ids[table.key] = {folded(name): id_ for id_, name in names[table.key].items()}
        self.current = {}
        for record in records:
            values = values_of(table, record, names)
            self.current[identity_of(table, values)] = (values, record)

    def _write_row(self, row: FileRow, later: set[str | None]) -> tuple[Any, tuple[str, ...]]:
        """Write all fields but those that come later; returns the record and its new fields."""
        if row.record is not None:
            self._set(row.record, row, set(row.changes) - later)
            return row.record, tuple(row.changes)
        values, twin = self.current.get(identity_of(self.table, row.values), ({}, None))
        if twin is None:
            columns = dict(self._columns(row, set(self.table.all_fields) - later))
            return self._add(columns), self.table.fields
        # It came with its project, as the system's statuses do.
        changes = {name for name in self.table.fields if values[name] != row.values[name]}
        is_system = bool(self.table.system) and twin.is_system
        kept = {*self.table.fixed, *(self.table.system if is_system else ())}
        if changes & kept:
            raise Conflict(f"{twin.title()} is a system entry and cannot be changed")
        self._set(twin, row, changes - later)
        return twin, tuple(changes)

    def _add(self, columns: dict[str, Any]) -> Any:
        if self.table.create is not None:
            return self.table.create(self.work, columns)
        record = self.table.model(organisation_id=self.work.actor.tenant_id, **columns)
        self.work.session.add(record)
        return record

    def _set(self, record: Any, row: FileRow, fields: Iterable[str]) -> None:
        for column, value in self._columns(row, fields):
            setattr(record, column, value)

    def _columns(self, row: FileRow, fields: Iterable[str]) -> Iterable[tuple[str, Any]]:
        for field in fields:
            value = row.values[field]
            if field in self.table.references and value is not None:
                value = self.ids[self.table.references[field]][folded(value)]
            yield self.table.column(field), value

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
