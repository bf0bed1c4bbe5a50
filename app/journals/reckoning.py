"""Lines become entries: converted, summed by batch, balanced in base currency, or refused."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext
from typing import Any

from app.journals.book import Book, Holding
from app.journals.lines import (
    AT_POSTING,
    LATER_RATE,
    LONGEST_LINE_NARRATIVE,
    MOST_LINES,
    NO_ACCOUNT,
    NO_AMOUNT,
    NO_CODE,
    NO_CREDIT,
    NO_CURRENCY,
    NO_DEBIT,
    NO_NARRATIVE,
    NO_RATE,
    SOURCES,
    TOO_SMALL,
    UNKNOWN_ACCOUNT,
    UNKNOWN_CODE,
    Fault,
    JournalLine,
)
from app.kernel.errors import Refusal
from app.kernel.money import MAXIMUM_BASE_MINOR, convert_minor, format_minor
from app.ledger.house import NOT_BY_HAND, is_kept_by_itself
from app.ledger.journal import TOO_MUCH, Line

_DIGITS = 80
_RATE_PLACES = Decimal(1).scaleb(-12)
_ONE = Decimal(1)
_SIDES = {"D": "debit", "C": "credit"}
_WORDS = {"debit": "debit lines", "credit": "credit lines"}


@dataclass(frozen=True, slots=True)
class Booked:
    """A line as it will be posted, and what was typed where that was another currency."""

    line: Line
    holding: Holding
    typed: dict[str, Any] | None = None


@dataclass(slots=True)
class Totals:
    """Debits and credits in minor units of base currency."""

    debit_minor: int = 0
    credit_minor: int = 0

    def add(self, line: Line) -> None:
        """Count a line in."""
        if line.side == "D":
            self.debit_minor += line.base_minor
        else:
            self.credit_minor += line.base_minor

    @property
    def difference_minor(self) -> int:
        """Debits less credits."""
        return self.debit_minor - self.credit_minor


@dataclass(slots=True)
class Reckoning:
    """Everything known of a journal's lines: entries by place, totals by batch, what is wrong."""

    booked: dict[int, Booked] = field(default_factory=dict)
    batches: dict[int, Totals] = field(default_factory=lambda: defaultdict(Totals))
    total: Totals = field(default_factory=Totals)
    faults: list[Fault] = field(default_factory=list)
    rounding_minor: int = 0

    @property
    def is_balanced(self) -> bool:
        """Whether debits equal credits, but for a difference of rounding within the tolerance."""
        return self.total.difference_minor == self.rounding_minor

    def evens(self, batch: int) -> bool:
        """Whether a batch balances by itself, or holds all that rounding left over."""
        totals = self.batches.get(batch, Totals())
        return totals.difference_minor in {0, self.rounding_minor}

    @property
    def uneven_batch(self) -> int:
        """The batch that rounding left uneven, where it is one, else the last."""
        uneven = [number for number in self.batches if not self.evens(number)]
        leftover = [
            number
            for number, totals in self.batches.items()
            if totals.difference_minor == self.rounding_minor
        ]
        return leftover[0] if leftover and not uneven else max(self.batches)


def reckon(lines: Sequence[JournalLine], book: Book) -> Reckoning:
    """Work every line out and collect all that is wrong, in the order people read it."""
    found = Reckoning()
    for place, line in enumerate(lines):
        _reckon_line(found, place, line, book)
    found.faults = [*_of_sides(lines), *_of_codes(lines, book), *found.faults]
    difference = found.total.difference_minor
    is_mixed = any(one.typed or one.holding.currency != book.base for one in found.booked.values())
    if is_mixed and abs(difference) <= book.organisation.rounding_tolerance_minor:
        found.rounding_minor = difference
    if not found.faults and not found.is_balanced:
        found.faults.append(Fault(_unbalanced(found.total, book)))
    if found.total.debit_minor > MAXIMUM_BASE_MINOR:
        found.faults.append(Fault(TOO_MUCH))
    return found


def _reckon_line(found: Reckoning, place: int, line: JournalLine, book: Book) -> None:
    holding = book.holding(line.account, line.currency) if line.account.strip() else None
    if holding is None:
        found.faults.append(Fault(_no_holding(line), "account", place))
    elif is_kept_by_itself(holding.purpose):
        found.faults.append(Fault(NOT_BY_HAND.format(number=holding.number), "account", place))
    if line.amount_minor <= 0:
        found.faults.append(Fault(NO_AMOUNT, "amount", place))
    if not line.narrative.strip():
        found.faults.append(Fault(NO_NARRATIVE, "narrative", place))
    elif len(line.narrative) > LONGEST_LINE_NARRATIVE:
        sentence = f"A line's narrative can have at most {LONGEST_LINE_NARRATIVE} characters"
        found.faults.append(Fault(sentence, "narrative", place))
    if holding is None or line.amount_minor <= 0:
        return
    try:
        booked = _booked(line, holding, book)
    except Refusal as refusal:
        found.faults.append(Fault(refusal.sentence, refusal.field or "amount", place))
        return
    found.booked[place] = booked
    found.batches[line.batch].add(booked.line)
    found.total.add(booked.line)


def _no_holding(line: JournalLine) -> str:
    number = line.account.strip()
    return UNKNOWN_ACCOUNT.format(number=number) if number else NO_ACCOUNT


def _of_sides(lines: Sequence[JournalLine]) -> list[Fault]:
    sides = {line.side for line in lines}
    faults = []
    if "D" not in sides:
        faults.append(Fault(NO_DEBIT))
    if "C" not in sides:
        faults.append(Fault(NO_CREDIT))
    if len(lines) > MOST_LINES:
        faults.append(Fault(f"A transaction can have at most {MOST_LINES:,} lines"))
    return faults


def _of_codes(lines: Sequence[JournalLine], book: Book) -> list[Fault]:
    """Judge every code: known, authorized, and for the side it is on; a batch is told once."""
    faults: dict[tuple[int, str], Fault] = {}
    for place, line in enumerate(lines):
        sentence = _wrong_code(line, book.codes.get(line.code))
        if sentence:
            fault = Fault(sentence, "code", place, line.batch)
            faults.setdefault((line.batch, sentence), fault)
    return list(faults.values())


def _wrong_code(line: JournalLine, of: str | None) -> str:
    """Return what is wrong with a line's code that is `of` debit, credit or both, or nothing."""
    if not line.code.strip():
        return NO_CODE
    if of is None:
        return UNKNOWN_CODE.format(code=line.code)
    if of not in {"both", _SIDES[line.side]}:
        return f"Transaction code {line.code} is for {_WORDS[of]} only."
    return ""


def _booked(line: JournalLine, holding: Holding, book: Book) -> Booked:
    """Convert into the asset's own currency; the entry's rate is what base it is worth (E41.28).

    A typed rate is units of the base for one unit of the other where the base is one of the
    two, else units of the account's currency for one of the line's.
    """
    currency = line.currency or holding.currency
    if currency == holding.currency:
        rate = _rate(book, currency, "SYSTEM", wanted=book.base)
        entry = _entry(line, holding, book, amount_minor=line.amount_minor, rate=rate)
        return Booked(entry, holding)
    if line.source not in SOURCES:
        raise Refusal("Choose a rate source from the list", field="source")
    if book.terms is AT_POSTING and line.rate_on is not None and line.rate_on > book.on:
        raise Refusal(LATER_RATE, field="on")
    if currency not in book.exponents and line.source in book.terms.typed_sources:
        raise Refusal(NO_CURRENCY, field="currency")
    cross, rate = _rates(line, currency, holding, book)
    exponent = book.exponents[currency]
    amount_minor = convert_minor(
        line.amount_minor, cross, exponent=exponent, base_exponent=holding.exponent
    )
    if amount_minor == 0:
        raise Refusal(TOO_SMALL.format(currency=holding.currency), field="amount")
    typed = {
        "amount_minor": line.amount_minor,
        "currency": currency,
        "exponent": exponent,
        "source": line.source,
        "rate": format(line.rate, "f")
        if line.source in book.terms.typed_sources and line.rate
        else None,
        "rate_on": line.rate_on.isoformat() if line.rate_on else None,
    }
    entry = _entry(line, holding, book, amount_minor=amount_minor, rate=rate)
    return Booked(replace(entry, rate_source=line.source), holding, typed)


def _entry(
    line: JournalLine, holding: Holding, book: Book, *, amount_minor: int, rate: Decimal
) -> Line:
    base_minor = convert_minor(
        amount_minor,
        rate,
        exponent=holding.exponent,
        base_exponent=book.organisation.base_exponent,
    )
    return Line(
        holding.asset_id,
        line.side,
        amount_minor,
        base_minor,
        rate,
        code=line.code,
        narrative=line.narrative.strip(),
        batch=line.batch,
    )


def _rates(
    line: JournalLine, currency: str, holding: Holding, book: Book
) -> tuple[Decimal, Decimal]:
    """Return the account's units for one unit of the line's, and base units for one of its own."""
    with localcontext(prec=_DIGITS):
        if line.source not in book.terms.typed_sources:
            given = _rate(book, currency, line.source, wanted=holding.currency)
            own = _rate(book, holding.currency, line.source, wanted=book.base)
            return given / own, own
        if line.rate is None:
            raise Refusal(book.terms.no_rate, field="rate")
        if holding.currency == book.base:
            return line.rate, _ONE
        if currency == book.base:
            return _ONE / line.rate, line.rate
        given = _rate(book, currency, "SYSTEM", wanted=book.base)
        return line.rate, (given / line.rate).quantize(_RATE_PLACES)


def _rate(book: Book, currency: str, source: str, *, wanted: str) -> Decimal:
    rate = book.rate(currency, source)
    if not rate:
        raise Refusal(NO_RATE.format(given=currency, wanted=wanted), field="currency")
    return rate


def _unbalanced(total: Totals, book: Book) -> str:
    debit, credit = (
        format_minor(minor, book.organisation.base_exponent)
        for minor in (total.debit_minor, total.credit_minor)
    )
    return book.terms.unbalanced.format(base=book.base, debit=debit, credit=credit)
