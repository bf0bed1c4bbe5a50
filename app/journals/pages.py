"""What the sheet's templates show: batches, lines, balances, and the sentences beside them."""

from dataclasses import dataclass, field
from typing import Any

from app.fees.models import TransactionCode
from app.journals.book import Book
from app.journals.lines import SOURCE_NAMES
from app.journals.reckoning import Reckoning, Totals
from app.journals.sheet import Judged, Sheet, TypedBatch, TypedLine
from app.kernel.money import format_minor
from app.mandates.pages import told_joint
from app.mandates.queries import jointly_signed

_DECIDED = "Another person decides on this, and asks for their written order."
_HEADS = (("D", "Debit"), ("C", "Credit"))


@dataclass(slots=True)
class SheetPage:
    """A sheet with everything its template asks for; `wrong` are the ids of fields at fault.

    `signing` says of each account that no single holder may sign for alone what it asks.
    """

    batches: list[dict[str, Any]]
    blank: dict[str, Any]
    total: dict[str, Any]
    base: str
    codes: list[tuple[str, str]]
    currencies: list[tuple[str, int]]
    sources: list[tuple[str, str]]
    typed_sources: frozenset[str]
    accounts_href: str
    wrong: frozenset[str] = frozenset()
    errors: list[dict[str, str]] = field(default_factory=list)
    signing: list[str] = field(default_factory=list)


def sheet_page(
    sheet: Sheet,
    judged: Judged,
    book: Book,
    codes: list[TransactionCode],
    *,
    accounts_href: str,
    with_errors: bool,
) -> SheetPage:
    """Return the page of a sheet; its errors only where it was handed in.

    `accounts_href` is the address that its account picker asks.
    """
    faults = judged.faults if with_errors else []
    total = judged.reckoning.total
    return SheetPage(
        batches=[_batch(batch, judged.reckoning, book) for batch in sheet.batches],
        blank=_batch(_blank(), Reckoning(), book),
        total=balance(total, book, is_balanced=judged.reckoning.is_balanced),
        base=book.base,
        codes=[(one.code, f"{one.code} · {one.description}") for one in codes],
        currencies=list(book.exponents.items()),
        sources=list(SOURCE_NAMES.items()),
        typed_sources=book.terms.typed_sources,
        accounts_href=accounts_href,
        wrong=frozenset(name for name, _ in faults),
        errors=_errors(faults, sheet),
        signing=_signing(judged.reckoning, book),
    )


def balance(totals: Totals, book: Book, *, is_balanced: bool) -> dict[str, Any]:
    """Return what a strip says: both totals, and whether they are equal."""
    exponent = book.organisation.base_exponent
    is_empty = not totals.debit_minor and not totals.credit_minor
    difference = abs(totals.difference_minor)
    return {
        "debit": format_minor(totals.debit_minor, exponent),
        "credit": format_minor(totals.credit_minor, exponent),
        "difference": format_minor(difference, exponent) if difference else "",
        "currency": book.base,
        "text": "" if is_empty else "Balanced" if is_balanced else "Not balanced",
        "is_balanced": is_balanced and not is_empty,
    }


def _signing(reckoning: Reckoning, book: Book) -> list[str]:
    lines = (one.line for one in reckoning.booked.values())
    taken = ((one.asset_id, one.side, one.amount_minor) for one in lines)
    joint = jointly_signed(book.session, book.organisation.id, taken)
    return [f"{told_joint(account, signatories)}. {_DECIDED}" for account, signatories in joint]


def _blank() -> TypedBatch:
    """Return the batch that the browser copies: its numbers are replaced as it is added."""
    return TypedBatch(0, "", [TypedLine(0, "D"), TypedLine(0, "C")])


def _batch(batch: TypedBatch, reckoning: Reckoning, book: Book) -> dict[str, Any]:
    totals = reckoning.batches.get(batch.number, Totals())
    return {
        "number": batch.number,
        "code": batch.code,
        "balance": balance(totals, book, is_balanced=reckoning.evens(batch.number)),
        "sides": [
            {
                "side": side,
                "name": name,
                "lines": [_line(batch, line, book) for line in batch.lines if line.side == side],
            }
            for side, name in _HEADS
        ],
    }


def _line(batch: TypedBatch, line: TypedLine, book: Book) -> dict[str, Any]:
    holding = book.holding(line.account, line.currency)
    own = holding.currency if holding else ""
    return {
        "id": f"b{batch.number}-l{line.number}",
        "number": line.number,
        "typed": line,
        "owner": holding.owner if holding else "",
        "own": own,
        "is_foreign": bool(own and line.currency and line.currency != own),
        "is_rate_typed": line.source in book.terms.typed_sources,
        "precision": book.exponents.get(line.currency or own, book.organisation.base_exponent),
    }


def _errors(faults: list[tuple[str, str]], sheet: Sheet) -> list[dict[str, str]]:
    """Return each sentence once, leading to the first field it is about."""
    first = f"b{sheet.batches[0].number}" if sheet.batches else "sheet"
    seen: dict[str, str] = {}
    for name, sentence in faults:
        seen.setdefault(sentence, name or first)
    return [{"text": sentence, "href": f"#{name}"} for sentence, name in seen.items()]
