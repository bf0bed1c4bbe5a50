"""The lines that are saved now beside those that were typed, where someone else was faster."""

from collections import Counter
from collections.abc import Iterable

from app.journals.book import Book
from app.journals.lines import SOURCE_NAMES, JournalLine
from app.kernel.money import format_minor

_SIDES = {"D": "debit", "C": "credit"}


def compared_lines(
    saved: Iterable[JournalLine], typed: Iterable[JournalLine], book: Book
) -> list[dict[str, str]]:
    """Return {label, before, after} for each code and each line that is not the same in both."""
    before, after = _said(saved, book), _said(typed, book)
    return [
        {"label": label, "before": before.get(label, ""), "after": after.get(label, "")}
        for label in before | after
        if before.get(label) != after.get(label)
    ]


def _said(lines: Iterable[JournalLine], book: Book) -> dict[str, str]:
    """Write codes and lines under the places they have on the sheet."""
    said: dict[str, str] = {}
    counts: Counter[tuple[int, str]] = Counter()
    for line in lines:
        counts[line.batch, line.side] += 1
        place = f"Batch {line.batch}"
        said[f"{place}, transaction code"] = line.code
        said[f"{place}, {_SIDES[line.side]} line {counts[line.batch, line.side]}"] = _text(
            line, book
        )
    return said


def _text(line: JournalLine, book: Book) -> str:
    holding = book.holding(line.account, line.currency)
    currency = line.currency or (holding.currency if holding else "")
    exponent = book.exponents.get(currency, book.organisation.base_exponent)
    parts = [line.account, f"{format_minor(line.amount_minor, exponent)} {currency}"]
    if line.rate is not None:
        parts.append(f"{SOURCE_NAMES[line.source]} {line.rate}")
    return " · ".join(part for part in (*parts, line.narrative) if part)
