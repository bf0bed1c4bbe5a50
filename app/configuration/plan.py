"""What an import would do, found out before anything changes: added, changed, left, or wrong."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from app.configuration.comparing import Comparison
from app.configuration.document import LONGEST_NAME, Document
from app.configuration.records import Names, folded, name_in, records_of
from app.controls.identity import Actor
from app.controls.permissions import holds
from app.controls.portable import Context, FileRow, Portable, portable_tables
from app.controls.tenant import Organisation


@dataclass(slots=True)
class Plan:
    """Every table's rows, those of the file and those it does not name, and what is wrong."""

    tables: dict[str, list[FileRow]] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)

    def named(self, key: str) -> list[FileRow]:
        """Return the rows of a table that the file names or that change because of it."""
        return [row for row in self.tables.get(key, ()) if row.path or row.changes]

    def added(self, key: str) -> list[FileRow]:
        """Return the rows that would be new."""
        return [row for row in self.named(key) if row.record is None]

    def changed(self, key: str) -> list[FileRow]:
        """Return the rows that would differ from now."""
        return [row for row in self.named(key) if row.record is not None and row.changes]

    @property
    def fingerprint(self) -> str:
        """Say in one word what would be done: what was confirmed must be what happens."""
        content = [
            (key, row.path, row.record.id, sorted(row.changes.items()))
            if row.record
            else (key, row.path, None, sorted(row.values.items()))
            for key in self.tables
            for row in self.named(key)
        ]
        return hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest()


def plan_of(session: Session, actor: Actor, tenant: Organisation, document: Document) -> Plan:
    """Compare a file with the records; finds every problem it can at once."""
    plan = Plan()
    if document.base_currency != tenant.base_currency:
        sentence = f"must be {tenant.base_currency}, in which this organisation keeps its books"
        plan.problems.append(("base_currency", sentence))
    known = {table.key for table in portable_tables()}
    for key in document.tables:
        if key not in known:
            path = f"tables.{key[:LONGEST_NAME]}"
            plan.problems.append((path, "is no table of a configuration"))
    names = Names()
    for table in portable_tables():
        records = records_of(session, tenant.id, table)
        names.keep(table, records)
        comparison = Comparison(table)
        given = document.tables.get(table.key, [])
        plan.tables[table.key] = comparison.rows(given, records, names)
        plan.problems += comparison.problems
    _check(plan, Context(session, actor, plan.tables))
    return plan


def _check(plan: Plan, context: Context) -> None:
    """Ask what goes across rows: references, permissions, and each table's own rules."""
    known: dict[str, set[str]] = {}
    for table in portable_tables():
        busy = [row for row in plan.named(table.key) if row.record is None or row.changes]
        known[table.key] = {folded(name_in(table, one.values)) for one in plan.tables[table.key]}
        for row in busy:
            plan.problems.extend(_dangling(known, table, row))
            plan.problems.extend(_circles(plan, table, row))
            verb = table.adds_with if row.record is None else "edit"
            if not holds(context.actor, f"{table.module}.{verb}"):
                plan.problems.append((row.path, f"asks for the permission {table.module}.{verb}"))
        if not plan.problems:
            for row in busy:
                found = table.check(context, row)
                plan.problems.extend((f"{row.path}.{name}", text) for name, text in found)


def _dangling(
    known: dict[str, set[str]], table: Portable, row: FileRow
) -> Iterator[tuple[str, str]]:
    wanted = [(name, key, row.values.get(name)) for name, key in table.references.items()]
    for name, key in table.lists.items():
        wanted += [(name, key, one) for one in row.values.get(name) or ()]
    for name, key, one in wanted:
        if one is not None and folded(one) not in known[key]:
            yield f"{row.path}.{name}", f"names no row of {key}: {one}"


def _circles(plan: Plan, table: Portable, row: FileRow) -> Iterator[tuple[str, str]]:
    """Find a row that stands under itself, such as a branch under its own child."""
    for name in (one for one, key in table.references.items() if key == table.key):
        above = {
            folded(name_in(table, one.values)): folded(one.values.get(name))
            for one in plan.tables[table.key]
        }
        own = folded(name_in(table, row.values))
        here, passed = above.get(own), set()
        while here is not None and here != own and here not in passed:
            passed.add(here)
            here = above.get(here)
        if here == own:
            yield f"{row.path}.{name}", "leads back to this row"
