"""A project like another: the rows of the one, under the name of the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.configuration.document import Document, tables_of
from app.configuration.records import name_in
from app.configuration.rights import beyond
from app.controls.identity import Actor
from app.controls.portable import Portable, portable_tables
from app.controls.tenant import Organisation
from app.kernel.errors import Refusal
from app.organisation.models import Project

# Projects are the two that are spoken of; where people work is each project's own.
_STAYING = ("projects", "desks")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Clone:
    """A file of the rows to be taken over, and the titles of tables left out for want of rights."""

    document: Document
    left_out: list[str]


def clone_of(session: Session, actor: Actor, project: Project, source: Project) -> Clone:
    """Return what the project takes over from the source; refuses (422) one and the same."""
    if project.id == source.id:
        raise Refusal("Choose another project to clone from", field="source_id")
    tenant = session.get_one(Organisation, project.organisation_id)
    every = tables_of(session, tenant.id)
    copier = _Copier(source.name, project.name)
    moved: dict[str, list[Row]] = {}
    for table in portable_tables():
        rows = [] if table.key in _STAYING else copier.rows(table, every[table.key])
        if rows:
            moved[table.key] = rows
    concerned = [table for table in portable_tables() if table.key in moved]
    left_out = beyond(actor, concerned, lambda table: (table.adds_with, "edit"))
    kept = {key: rows for key, rows in moved.items() if key not in left_out}
    return Clone(Document(tenant.base_currency, kept), sorted(left_out.values()))


class _Copier:
    """Rewrites rows of the source; what is called otherwise then is known to those that follow."""

    def __init__(self, source: str, project: str) -> None:
        self.source, self.project = source, project
        self.new_names = {"projects": {source: project}}

    def rows(self, table: Portable, rows: Sequence[Row]) -> list[Row]:
        """Return the rows that refer to the source, or to rows of it, as the project's own."""
        made, known = [], self.new_names.setdefault(table.key, {})
        for row in rows:
            own = row | self._references(table, row)
            if own == row:
                continue
            if all(own[field] == row[field] for field in table.identity):
                own["name"] = self._name(table, row, rows)
            known[name_in(table, row)] = name_in(table, own)
            made.append(own)
        return made

    def _references(self, table: Portable, row: Row) -> Row:
        return {
            field: self.new_names.get(key, {}).get(row[field], row[field])
            for field, key in table.references.items()
        }

    def _name(self, table: Portable, row: Row, rows: Sequence[Row]) -> str:
        """Return a name of its own for a row that no project tells from others: "Large (Main)"."""
        plain = str(row["name"]).removesuffix(f" ({self.source})")
        if any(one["name"] == plain and one["project"] == self.project for one in rows):
            return plain
        suffix = f" ({self.project})"
        return plain[: table.longest - len(suffix)] + suffix
