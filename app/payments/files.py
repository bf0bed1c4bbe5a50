"""Reads a CSV or an XLSX of payments into rows of text; what they mean is judged elsewhere."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from app.kernel.errors import Refusal
from app.kernel.texts import meant_line
from app.payments.extent import UNREADABLE
from app.payments.sheets import as_text, sheet_lines

COLUMNS = ("debit_account", "credit_account", "amount", "currency", "narrative", "reference")
HEADS = ("Debit account", "Credit account", "Amount", "Currency", "Narrative", "Reference")
MOST_ROWS = 5_000
LARGEST_BYTES = 2 * 1024 * 1024
_LONGEST_TEXT = 200
_LONGEST_HEAD, _MOST_UNUSED = 60, 20
_ZIP, _PDF = b"PK\x03\x04", b"%PDF-"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_SEPARATOR_LINE = re.compile(r'"?sep=([,;\t|])"?\s*', re.IGNORECASE)
_NOT_UTF_8 = "This file is not written in UTF-8. Save it as “CSV UTF-8” in Excel, or as XLSX."
# One that is left open would swallow the payments up to the next.
QUOTES = "Line {line}: a quotation mark is not closed, or stands in the middle of a text"
TWO_READINGS = "Line {line}: write the amount without a comma, as 1500 or 1.5; it may mean either"
# Where something else than commas parts the values, the comma may be the decimal sign.
_OTHER_SEPARATORS = frozenset(";\t|")
_OF_TWO_READINGS = re.compile(r"[0-9]{1,3},[0-9]{3}")
_REQUIRED = frozenset(COLUMNS[:3])
_Lines: TypeAlias = Iterator[tuple[int, Sequence[Any]]]


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


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file, and the headings of the columns that nothing is read from."""

    rows: list[TypedRow]
    unused: list[str]


def read_payments(content: bytes) -> Table:
    """Return what the file says, its kind told by its content, not its name.

    Refused (422): a file above 2 MiB, of another kind, neither in UTF-8 nor in UTF-16 with its
    mark, without its headings, without a row, with more than 5,000 rows, in a sheet that reaches
    over more than 10,000 lines, or with a text above 200 characters.
    """
    if len(content) > LARGEST_BYTES:
        raise _refusal("The file is larger than 2 MiB")
    if content.startswith(_PDF):
        raise _refusal(UNREADABLE)
    unused: list[str] = []
    is_sheet = content.startswith(_ZIP)
    lines, separator = (sheet_lines(content), "") if is_sheet else _text(content)
    rows = list(_rows(lines, unused, separator))
    if not rows:
        raise _refusal("The file has no payments")
    return Table(rows, unused)


def _text(content: bytes) -> tuple[_Lines, str]:
    """Return the lines of a CSV and what separates their values."""
    lines = list(io.StringIO(_decoded(content), newline=""))
    above, separator = _opening(lines)
    return _parted(lines, above, separator), separator


def _parted(lines: Sequence[str], above: int, separator: str) -> _Lines:
    """Yield the values of each line, with the number of the file's line that it begins on."""
    reader = csv.reader(lines[above:], delimiter=separator, strict=True)
    line = above + 1
    try:
        for values in reader:
            if any(_holds_a_payment(value, separator) for value in values):
                raise _refusal(QUOTES.format(line=line))
            yield line, values
            line = above + reader.line_num + 1
    except csv.Error as error:
        raise _refusal(QUOTES.format(line=line)) from error


def _holds_a_payment(value: str, separator: str) -> bool:
    """Tell whether a text of several lines has swallowed one that looks like a payment's."""
    _first, *more = value.splitlines() or [""]
    return any(line.count(separator) >= len(_REQUIRED) - 1 for line in more)


def _decoded(content: bytes) -> str:
    encoding = "utf-16" if content.startswith(_UTF_16) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        is_binary = encoding == "utf-16" or _BINARY.search(content)
        raise _refusal(UNREADABLE if is_binary else _NOT_UTF_8) from error
    if "\0" in text:
        raise _refusal(UNREADABLE)
    return text


def _opening(lines: Sequence[str]) -> tuple[int, str]:
    """Return how many lines stand above the headings, and the separator.

    It is told in a line such as Excel's `sep=;`, else it is what the headings have most of.
    """
    for number, line in enumerate(lines):
        if told := _SEPARATOR_LINE.fullmatch(line):
            return number + 1, told[1]
        if line.strip():
            return number, max(",;\t", key=line.count)
    return 0, ","


def _rows(lines: _Lines, unused: list[str], separator: str) -> Iterator[TypedRow]:
    """Yield the payments; the headings that name no column of theirs are added to `unused`."""
    places: dict[str, int] = {}
    number_of_rows = 0
    for line, values in lines:
        if not any(str(value).strip() for value in values):
            continue
        if not places:
            heads = [meant_line(str(value)).strip() for value in values]
            places = _places(heads)
            unused += _unused(heads, places)
            continue
        number_of_rows += 1
        if number_of_rows > MOST_ROWS:
            raise _refusal(f"A file can have at most {MOST_ROWS:,} payments")
        row = TypedRow(line, **_read(values, places, line))
        if separator in _OTHER_SEPARATORS and _OF_TWO_READINGS.fullmatch(row.amount):
            raise _refusal(TWO_READINGS.format(line=line))
        yield row


def _places(heads: Sequence[str]) -> dict[str, int]:
    named = [head.lower().replace(" ", "_") for head in heads]
    places = {column: named.index(column) for column in COLUMNS if column in named}
    if twice := [
        head for column, head in zip(COLUMNS, HEADS, strict=True) if named.count(column) > 1
    ]:
        raise _refusal(f"The first line names a column more than once: {', '.join(twice)}")
    if missing := sorted(_REQUIRED - set(places)):
        names = ", ".join(HEADS[COLUMNS.index(column)] for column in missing)
        raise _refusal(f"The first line must name the columns; missing: {names}")
    return places


def _unused(heads: Sequence[str], places: dict[str, int]) -> list[str]:
    used = set(places.values())
    names = [head for place, head in enumerate(heads) if head and place not in used]
    return [name[:_LONGEST_HEAD] for name in names[:_MOST_UNUSED]]


def _read(values: Sequence[Any], places: dict[str, int], line: int) -> dict[str, str]:
    read = {
        column: meant_line(as_text(values[places[column]], line=line)).strip()
        if column in places and places[column] < len(values)
        else ""
        for column in COLUMNS
    }
    if any(len(text) > _LONGEST_TEXT for text in read.values()):
        raise _refusal(f"Line {line}: a text can have at most {_LONGEST_TEXT} characters")
    return read


def _refusal(sentence: str) -> Refusal:
    return Refusal(sentence, field="file")
