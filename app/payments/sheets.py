"""Reads the first sheet of an XLSX, and its cells as the sheet shows them.

A sheet keeps every number as a binary fraction that is exact to fifteen digits: what a person
typed with more is no longer in the file.
"""

import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from app.kernel.errors import Refusal
from app.payments.extent import UNREADABLE, demand_modest

MOST_DIGITS = 15
TOO_LONG = (
    f"Line {{line}}: a number has more than {MOST_DIGITS} digits, which a sheet does not keep."
    " Format the cell as text and type it again."
)


def sheet_lines(content: bytes) -> Iterator[tuple[int, Sequence[Any]]]:
    """Yield the rows of the first sheet under the numbers that the sheet shows."""
    demand_modest(content)
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    except (CalamineError, IndexError, ValueError) as error:
        raise Refusal(UNREADABLE, field="file") from error
    first = sheet.start[0] + 1 if sheet.start else 1
    yield from enumerate(sheet.to_python(), start=first)


def as_text(value: Any, *, line: int) -> str:
    """Write a cell as it would be typed: plain decimals, without a needless point.

    Refused (422): a number too long to be exact.
    """
    if not isinstance(value, float):
        return str(value)
    if abs(value) >= 10**MOST_DIGITS:
        raise Refusal(TOO_LONG.format(line=line), field="file")
    # A formula leaves traces behind the fifteenth digit, which the sheet does not show either.
    return format(Decimal(f"{value:.{MOST_DIGITS}g}"), "f")
