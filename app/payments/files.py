"""Reads a CSV or an XLSX of payments into rows of text; what they mean is judged elsewhere."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from app.kernel.errors import Refusal

COLUMNS = ("debit_account", "credit_account", "amount", "currency", "narrative", "reference")
HEADS = ("Debit account", "Credit account", "Amount", "Currency", "Narrative", "Reference")
MOST_ROWS = 5_000
LARGEST_BYTES = 2 * 1024 * 1024
_LONGEST_TEXT = 200
_ZIP = b"PK\x03\x04"
_UNREADABLE = "This is neither a CSV nor an XLSX file of payments"
_REQUIRED = frozenset(COLUMNS[:3])


@dataclass(frozen=True, slots=True)
class TypedRow:
    """One line of the file as it was typed; `line` is its number in the file."""

    line: int
    debit_account: str
    credit_account: str
    amount: str
    currency: str
    narrative: str
    reference: str


def read_payments(content: bytes) -> list[TypedRow]:
    """Return the rows of the file, told apart by its content, not its name.

    Refused (422): a file above 2 MiB, of another kind, without its headings, without a row, with
    more than 5,000 rows or with a text above 200 characters.
    """
    if len(content) > LARGEST_BYTES:
        raise _refusal("The file is larger than 2 MiB")
    lines = _sheet(content) if content.startswith(_ZIP) else _text(content)
    rows = list(_rows(lines))
    if not rows:
        raise _refusal("The file has no payments")
    return rows


def _text(content: bytes) -> Iterable[Sequence[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refusal(_UNREADABLE) from error
    if "\0" in text:
        raise _refusal(_UNREADABLE)
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    return csv.reader(io.StringIO(text), delimiter=separator)


def _sheet(content: bytes) -> Iterable[Sequence[str]]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        found = book.get_sheet_by_index(0).to_python(nrows=MOST_ROWS + 2)
    except (CalamineError, IndexError, ValueError) as error:
        raise _refusal(_UNREADABLE) from error
    return ([_as_text(value) for value in row] for row in found)


def _as_text(value: Any) -> str:
    """Write a cell as it would be typed: a sheet keeps every number with a point."""
    return str(value).removesuffix(".0")


def _rows(lines: Iterable[Sequence[str]]) -> Iterator[TypedRow]:
    places: dict[str, int] = {}
    number_of_rows = 0
    try:
        for line, values in enumerate(lines, start=1):
            if not any(value.strip() for value in values):
                continue
            if not places:
                places = _places(values)
                continue
            number_of_rows += 1
            if number_of_rows > MOST_ROWS:
                raise _refusal(f"A file can have at most {MOST_ROWS:,} payments")
            yield TypedRow(line, **_read(values, places, line))
    except csv.Error as error:
        raise _refusal(_UNREADABLE) from error


def _places(heads: Sequence[str]) -> dict[str, int]:
    named = [head.strip().lower().replace(" ", "_") for head in heads]
    places = {column: named.index(column) for column in COLUMNS if column in named}
    if missing := sorted(_REQUIRED - set(places)):
        names = ", ".join(HEADS[COLUMNS.index(column)] for column in missing)
        raise _refusal(f"The first line must name the columns; missing: {names}")
    return places


def _read(values: Sequence[str], places: dict[str, int], line: int) -> dict[str, str]:
    read = {
        column: values[places[column]].strip()
        if column in places and places[column] < len(values)
        else ""
        for column in COLUMNS
    }
    if any(len(text) > _LONGEST_TEXT for text in read.values()):
        raise _refusal(f"Line {line}: a text can have at most {_LONGEST_TEXT} characters")
    return read


def _refusal(sentence: str) -> Refusal:
    return Refusal(sentence, field="file")
