"""A report as a file: CSV and JSON as they are read, XLSX row by row, PDF as pages."""

import csv
import io
import json
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook

from app.books.tables import Column, Row, Table, plain
from app.kernel.errors import Refusal
from app.kernel.money import Money
from app.kernel.spreadsheet import inert
from app.prints.printing import print_page

PDF = "pdf"
MOST_PRINTED = 5_000
# What is longer is printed by the worker: so many lines take less than a second.
PRINTED_AT_ONCE = 150
MOST_SHEET_ROWS = 1_000_000
_CHUNK = 1_000
_LONGEST_SHEET_NAME = 31
_NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_TOO_LONG = "More than {most:,} lines are too many for a {what}. Choose fewer days, or CSV."


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Whose report it is and when it was made, for what is printed."""

    organisation: str
    printed_at: datetime
    printed: str


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file; `write` yields its bytes a part at a time."""

    extension: str
    name: str
    mimetype: str
    write: Callable[[Table, Letterhead], Iterator[bytes]]


def _csv(table: Table, _head: Letterhead) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    columns = table.columns
    writer.writerow([label for column in columns for label in _labels(column)])
    for number, row in enumerate(table.rows, start=1):
        writer.writerow([inert(value) for column in columns for value in _texts(column, row)])
        if number % _CHUNK == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _json(table: Table, _head: Letterhead) -> Iterator[bytes]:
    """Write amounts in minor units with their currency and exponent (design 9.14)."""
    opening = {
        "title": table.title,
        "facts": dict(table.facts),
        "notes": list(table.notes),
        "columns": [{"key": one.key, "label": one.label} for one in table.columns],
    }
    yield (json.dumps(opening)[:-1] + ', "rows": [').encode()
    separator = "\n"
    for row in table.rows:
        values = {column.key: _object(row.values.get(column.key)) for column in table.columns}
        yield (separator + json.dumps({"level": row.level, **values})).encode()
        separator = ",\n"
    yield b"\n]}\n"


def _xlsx(table: Table, _head: Letterhead) -> Iterator[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.xlsx"
        # Rows are written as they come, and a text is never a formula or a link.
        settings = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
        }
        with Workbook(str(path), settings) as book:
            _fill(book, table)
        with path.open("rb") as file:
            while part := file.read(1 << 16):
                yield part


def _fill(book: Workbook, table: Table) -> None:
    sheet = book.add_worksheet(_sheet_name(table.title))
    bold = book.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, [label for one in table.columns for label in _labels(one)], bold)
    for number, row in enumerate(table.rows, start=1):
        if number > MOST_SHEET_ROWS:
            raise Refusal(_TOO_LONG.format(most=MOST_SHEET_ROWS, what="sheet"))
        values = [value for column in table.columns for value in _numbers(column, row)]
        sheet.write_row(number, 0, values, bold if row.level != "line" else None)


def _sheet_name(title: str) -> str:
    """Return a title as Excel takes it: at most 31 characters, some of them and a name refused."""
    plain_title = _NOT_IN_SHEET_NAMES.sub(" ", title).strip(" '")
    name = plain_title[:_LONGEST_SHEET_NAME].rstrip(" '")
    return name if name and name.casefold() != "history" else "Report"


def _pdf(table: Table, head: Letterhead) -> Iterator[bytes]:
    yield print_table(table, head, lambda _percent: None)[1]


def print_table(table: Table, head: Letterhead, report: Callable[[int], None]) -> tuple[int, bytes]:
    """Return how many lines were printed, and the PDF; `report` is told the percent.

    Refused as printing is, and (422) more lines than a PDF holds.
    """
    rows: list[tuple[str, list[str]]] = []
    for row in table.rows:
        if len(rows) == MOST_PRINTED:
            raise Refusal(_TOO_LONG.format(most=MOST_PRINTED, what="PDF"))
        rows.append((row.level, [shown(row.values.get(one.key)) for one in table.columns]))
    content = print_page(
        "report.html",
        {
            "title": table.title,
            "organisation": head.organisation,
            "printed": head.printed,
            "facts": table.facts,
            "notes": table.notes,
            "columns": table.columns,
            "rows": rows,
        },
        printed_at=head.printed_at,
        identifier=f"{table.title} {head.printed}",
        report=report,
    )
    return len(rows), content


def is_long(table: Table) -> tuple[bool, Table]:
    """Tell whether a table is printed by the worker; returns it with all of its rows."""
    rows = iter(table.rows)
    first = list(islice(rows, PRINTED_AT_ONCE + 1))
    return len(first) > PRINTED_AT_ONCE, replace(table, rows=chain(first, rows))


def shown(value: Any) -> str:
    """Return a value as people read it: amounts with their currency."""
    if value is None:
        return ""
    return str(value) if isinstance(value, Money) else str(plain(value))


def _labels(column: Column) -> tuple[str, ...]:
    return (column.label, "Currency") if column.kind == "money" else (column.label,)


def _texts(column: Column, row: Row) -> tuple[str, ...]:
    value = row.values.get(column.key)
    text = "" if value is None else str(plain(value))
    if column.kind != "money":
        return (text,)
    return (text, value.currency if isinstance(value, Money) else "")


def _numbers(column: Column, row: Row) -> tuple[Any, ...]:
    """Return what a sheet can add up: amounts as decimals, which it keeps as numbers."""
    value = row.values.get(column.key)
    if isinstance(value, Money):
        return value.decimal, value.currency
    if column.kind == "money":
        return None, None
    return (plain(value),)


def _object(value: Any) -> Any:
    if isinstance(value, Money):
        return {"minor": value.minor, "currency": value.currency, "exponent": value.exponent}
    return plain(value)


def _taken(buffer: io.StringIO) -> bytes:
    chunk = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return chunk


FORMATS = {
    one.extension: one
    for one in (
        Format("csv", "CSV", "text/csv", _csv),
        Format(
            "xlsx",
            "Excel",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            _xlsx,
        ),
        Format("json", "JSON", "application/json", _json),
        Format(PDF, "PDF", "application/pdf", _pdf),
    )
}
