"""How far an XLSX reaches once it is unfolded, found out before whoever reads it unfolds it.

A reader keeps room for every cell between the first and the last: two cells at the ends of a sheet
would take hundreds of gigabytes, and a few kilobytes can unpack to as much.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from app.kernel.errors import Refusal

MOST_LINES = 10_000
MOST_COLUMNS = 200
LARGEST_UNPACKED = 16 * 1024 * 1024
UNREADABLE = "This is neither a CSV nor an XLSX file of payments"
_BOOK = "xl/workbook.xml"
# What an ODS and an XLSB are known by: a cell of theirs may repeat itself a million times.
_OTHER_BOOKS = {"content.xml", "xl/workbook.bin"}
# A cell says AB7, and one that says nothing stands in a row that says 7.
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,10})([0-9]{1,10})["']""")


def demand_modest(content: bytes) -> None:
    """Refuse (422) what unpacks to more than 16 MiB, has cells too far from the first, or is none.

    What cannot be measured is refused as well: the reader may know ways to pack that we do not.
    Every part is looked at, for a book may keep its sheets under any name.
    """
    left = LARGEST_UNPACKED
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                with archive.open(entry) as packed:
                    part = packed.read(left + 1)
                left -= len(part)
                if left < 0:
                    raise _refusal("The file unpacks to more than 16 MiB")
                _demand_near(part)
            _demand_xlsx({name.lower() for name in archive.namelist()})
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise _refusal(UNREADABLE) from error


def _demand_xlsx(names: set[str]) -> None:
    """Refuse what another kind of book is read by: their cells say otherwise where they stand."""
    if _BOOK not in names or names & _OTHER_BOOKS:
        raise _refusal(UNREADABLE)


def _demand_near(part: bytes) -> None:
    rows, columns = set(), set()
    for column, row in _places(part):
        rows.add(row)
        if column:
            columns.add(column)
    if rows and max(rows) - min(rows) >= MOST_LINES:
        raise _refusal(f"A sheet can have at most {MOST_LINES:,} lines, counting empty ones")
    if columns and max(columns) - min(columns) >= MOST_COLUMNS:
        raise _refusal(f"A sheet can have at most {MOST_COLUMNS} columns, counting empty ones")


def _places(part: bytes) -> Iterator[tuple[int, int]]:
    """Yield column and row of every cell, AB7 as 28 and 7, and of a row the column 0."""
    for found in _PLACE.finditer(part):
        letters, digits = found.groups()
        column = 0
        for letter in letters.upper():
            column = column * 26 + letter - ord("A") + 1
        yield column, int(digits)


def _refusal(sentence: str) -> Refusal:
    return Refusal(sentence, field="file")
