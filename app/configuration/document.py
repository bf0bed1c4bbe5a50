"""The file: its form, how it is written from the records, and how its text is read."""

import json
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.configuration.records import (
    Names,
    is_retired,
    is_whole,
    name_of,
    records_of,
    values_of,
)
from app.controls.portable import Portable, portable_tables
from app.controls.tenant import Organisation
from app.kernel.errors import Refusal
from app.kernel.texts import UNKEPT, can_be_kept

FORMAT = "countinghouse-configuration"
VERSION = 1
LARGEST_BYTES = 2 * 1024 * 1024
MOST_ROWS = 5_000
LONGEST_NAME = 100
_DEEPEST = 12


class Unreadable(Refusal):
    """A file that is none of ours, or has errors: each with its path (422)."""

    title = "The file cannot be imported"

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        """Carry every (path, sentence) that was found."""
        first = f"{problems[0][0]} {problems[0][1]}".strip()
        more = f" and {len(problems) - 1} more errors" if len(problems) > 1 else ""
        super().__init__(f"{first}{more}")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds: the currency its amounts are in, and rows by table."""

    base_currency: Any
    tables: dict[str, Any]


def document_of(
    session: Session, organisation: Organisation, *, now: datetime, left_out: Container[str]
) -> dict[str, Any]:
    """Return the organisation's configuration, table by table, without what is out of use.

    `left_out` are the keys of tables that it does not hold.
    """
    every = tables_of(session, organisation.id)
    return {
        "format": FORMAT,
        "version": VERSION,
        "organisation": organisation.name,
        "base_currency": organisation.base_currency,
        "exported_at": now.isoformat(timespec="seconds"),
        "tables": {key: rows for key, rows in every.items() if key not in left_out},
    }


def tables_of(session: Session, organisation_id: int) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every table; what refers to a record out of use is left out with it."""
    names = Names()
    tables = {}
    for table in portable_tables():
        every = records_of(session, organisation_id, table)
        whole = [one for one in every if not is_retired(one) and is_whole(table, one, names)]
        carried = table.among(session, [one for one in whole if table.exported(one)])
        names.keep(table, [*carried, *_also_named(table, every, carried, names)])
        tables[table.key] = [
            values_of(table, record, names)
            for record in carried
            if is_whole(table, record, names)  # now that rows of the table itself have names
        ]
    return tables


def _also_named(table: Portable, every: list[Any], carried: list[Any], names: Names) -> list[Any]:
    """Return what a file may name though it does not carry it."""
    if not table.called_by:
        return [one for one in every if table.everywhere(one) and not is_retired(one)]
    called = {name_of(table, one, names) for one in carried}
    return [one for one in every if name_of(table, one, names) in called]


def text_of(document: dict[str, Any]) -> str:
    """Write a document as people read it and version control compares it."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    # No reader takes a text of ours for markup; to JSON the two are the same.
    return text.replace("<", "\\u003c") + "\n"


def parse(text: str) -> Document:
    """Return what a file's text holds; refuses what is no file of this form."""
    try:
        document = json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Unreadable([("", f"This is no JSON: {error.msg} at {where}")]) from error
    except (ValueError, RecursionError) as error:
        raise Unreadable([("", "This is no JSON that can be read")]) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise Unreadable([("format", f"must be {FORMAT}")])
    if document.get("version") != VERSION:
        raise Unreadable([("version", f"must be {VERSION}, the form that this version reads")])
    tables = document.get("tables")
    if not isinstance(tables, dict) or _is_deeper(tables, _DEEPEST):
        raise Unreadable([("tables", "must be an object of lists")])
    found = Document(document.get("base_currency"), tables)
    unkept = [*_unkept("base_currency", found.base_currency), *_unkept("tables", tables)]
    if unkept:
        raise Unreadable([(path, UNKEPT) for path in unkept])
    return found


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")


def _unkept(path: str, value: Any) -> Iterator[str]:
    """Find the texts that no database takes; a name that is one stands for what it names."""
    if isinstance(value, dict):
        for name, one in value.items():
            is_kept = can_be_kept(name)
            yield from _unkept(f"{path}.{name[:LONGEST_NAME]}", one) if is_kept else (path,)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _unkept(f"{path}[{number}]", one)
    elif isinstance(value, str) and not can_be_kept(value):
        yield path


def _is_deeper(value: Any, most: int) -> bool:
    """Tell whether more than so many objects and lists stand in each other, and look no further."""
    if not isinstance(value, dict | list):
        return False
    parts = value.values() if isinstance(value, dict) else value
    return most == 0 or any(_is_deeper(one, most - 1) for one in parts)
