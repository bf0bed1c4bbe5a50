"""The sheet of lines as it is typed: read from a form's fields, changed by its buttons, judged."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from app.journals.book import Book
from app.journals.lines import MOST_LINES, Fault, JournalLine
from app.journals.reckoning import Reckoning, reckon
from app.kernel.errors import Refusal
from app.kernel.money import parse_minor_or_zero, plain_decimal
from app.kernel.rates import parse_rate
from app.kernel.texts import meant_line

_FIELD = re.compile(
    r"b(?P<batch>[0-9]{1,4})(?:-l(?P<line>[0-9]{1,4}))?-"
    r"(?P<name>code|side|account|currency|amount|narrative|source|rate|on)"
)
_STEP = re.compile(
    r"(?:(?P<add>[DC])(?P<to>[0-9]{1,4})|drop-b(?P<batch>[0-9]{1,4})(?:-l(?P<line>[0-9]{1,4}))?)"
)
_LONGEST_TYPED = 1_000
_SIDES = ("D", "C")
ADD_BATCH = "batch"


@dataclass(frozen=True, slots=True)
class TypedLine:
    """One line's fields as texts; its number stays its own while others come and go."""

    number: int
    side: str = "D"
    account: str = ""
    currency: str = ""
    amount: str = ""
    narrative: str = ""
    source: str = "SYSTEM"
    rate: str = ""
    on: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed: such a line is left out."""
        return not (self.account.strip() or self.amount.strip() or self.narrative.strip())


@dataclass(slots=True)
class TypedBatch:
    """A transaction code and the lines booked under it."""

    number: int
    code: str = ""
    lines: list[TypedLine] = field(default_factory=list)

    def next_number(self) -> int:
        """Return a number no line of the batch has."""
        return max((line.number for line in self.lines), default=0) + 1


@dataclass(slots=True)
class Sheet:
    """All batches in their order."""

    batches: list[TypedBatch] = field(default_factory=list)

    @property
    def numbers(self) -> list[str]:
        """The account numbers that were typed."""
        return [line.account for batch in self.batches for line in batch.lines]

    def add_batch(self, code: str = "") -> TypedBatch:
        """Add a batch with an empty debit and credit line."""
        number = max((batch.number for batch in self.batches), default=0) + 1
        lines = [TypedLine(place, side) for place, side in enumerate(_SIDES, start=1)]
        self.batches.append(TypedBatch(number, code, lines))
        return self.batches[-1]


@dataclass(slots=True)
class Judged:
    """A sheet's lines as the command takes them, what they come to, and which fields are wrong."""

    lines: tuple[JournalLine, ...]
    places: tuple[tuple[int, int], ...]
    reckoning: Reckoning
    faults: list[tuple[str, str]]


def empty_sheet() -> Sheet:
    """Return a sheet with one batch."""
    sheet = Sheet()
    sheet.add_batch()
    return sheet


def read_sheet(form: Iterable[tuple[str, str]]) -> Sheet:
    """Read the fields of all lines, once over; more lines than are allowed end the reading."""
    found: dict[int, dict[int, dict[str, Any]]] = {}
    codes: dict[int, str] = {}
    count = 0
    for key, text in form:
        match = _FIELD.fullmatch(key)
        if match is None:
            continue
        batch, name, typed = int(match["batch"]), match["name"], meant_line(text[:_LONGEST_TYPED])
        if match["line"] is None:
            if name == "code":
                codes.setdefault(batch, typed.strip())
            continue
        lines = found.setdefault(batch, {})
        if int(match["line"]) not in lines:
            count += 1
            if count > MOST_LINES + 1:
                break
        lines.setdefault(int(match["line"]), {}).setdefault(name, typed)
    return Sheet(
        [
            TypedBatch(number, codes.get(number, ""), _lines(found.get(number, {})))
            for number in sorted(found.keys() | codes.keys())
        ]
    )


def take_step(sheet: Sheet, step: str) -> None:
    """Do what a button of the sheet asks: add a line or a batch, or take one away."""
    if step == ADD_BATCH:
        sheet.add_batch()
        return
    match = _STEP.fullmatch(step)
    if match is None:
        return
    number = int(match["to"] or match["batch"])
    batch = next((one for one in sheet.batches if one.number == number), None)
    if batch is None:
        return
    if match["add"]:
        batch.lines.append(TypedLine(batch.next_number(), match["add"]))
    elif match["line"]:
        batch.lines = [line for line in batch.lines if line.number != int(match["line"])]
    else:
        sheet.batches.remove(batch)


def sheet_of(kept: Iterable[Mapping[str, Any]], names: Mapping[int, tuple[str, str, int]]) -> Sheet:
    """Return the sheet that kept lines came from.

    `names` tell of each asset its account's number, its currency and its decimals.
    """
    sheet = Sheet()
    for line in kept:
        if line.get("rounding"):
            continue
        if not sheet.batches or sheet.batches[-1].number != line["batch"]:
            sheet.batches.append(TypedBatch(line["batch"], line["code"]))
        batch = sheet.batches[-1]
        batch.lines.append(_as_typed(line, names[line["asset_id"]], batch.next_number()))
    return sheet


def judge(sheet: Sheet, book: Book) -> Judged:
    """Read every text strictly, work the lines out, and name the field of each fault."""
    lines, places, wrong = [], [], {}
    for batch in sheet.batches:
        for typed in batch.lines:
            if typed.is_blank:
                continue
            lines.append(_line(typed, batch, book, place=len(lines), wrong=wrong))
            places.append((batch.number, typed.number))
    reckoning = reckon(lines, book)
    faults = []
    for fault in reckoning.faults:
        sentence = wrong.pop((fault.line, fault.name), fault.sentence)
        faults.append((_field_of(fault, places), sentence))
    for (place, name), sentence in wrong.items():
        faults.append((_field_of(Fault(sentence, name, place), places), sentence))
    return Judged(tuple(lines), tuple(places), reckoning, faults)


def _lines(found: dict[int, dict[str, Any]]) -> list[TypedLine]:
    lines = [TypedLine(number, **values) for number, values in sorted(found.items())]
    return [line if line.side in _SIDES else replace(line, side="D") for line in lines]


def _line(
    typed: TypedLine,
    batch: TypedBatch,
    book: Book,
    *,
    place: int,
    wrong: dict[tuple[int | None, str], str],
) -> JournalLine:
    holding = book.holding(typed.account, typed.currency)
    exponent = book.exponents.get(
        typed.currency, holding.exponent if holding else book.organisation.base_exponent
    )
    amount_minor, rate, rate_on = 0, None, None
    if typed.amount.strip() and not typed.amount.strip().startswith(("-", "\N{MINUS SIGN}")):
        try:
            amount_minor = parse_minor_or_zero(typed.amount, exponent)
        except Refusal as refusal:
            wrong[place, "amount"] = refusal.sentence
    is_typed = typed.source in book.terms.typed_sources
    if typed.rate.strip() and is_typed:
        try:
            rate = parse_rate(typed.rate)
        except Refusal as refusal:
            wrong[place, "rate"] = book.terms.bad_rate or refusal.sentence
    if typed.on.strip() and is_typed:
        try:
            rate_on = date.fromisoformat(typed.on.strip())
        except ValueError:
            wrong[place, "on"] = "Rate date must be a date such as 2026-11-20"
    return JournalLine(
        batch=batch.number,
        code=batch.code,
        side=typed.side,
        account=typed.account.strip().upper(),
        currency=typed.currency,
        amount_minor=amount_minor,
        narrative=typed.narrative.strip(),
        source=typed.source,
        rate=rate,
        rate_on=rate_on,
    )


def _field_of(fault: Fault, places: list[tuple[int, int]]) -> str:
    if fault.batch is not None:
        return f"b{fault.batch}-code"
    if fault.line is None:
        return ""
    batch, line = places[fault.line]
    return f"b{batch}-l{line}-{fault.name}"


def _as_typed(line: Mapping[str, Any], name: tuple[str, str, int], number: int) -> TypedLine:
    account, currency, exponent = name
    typed = line.get("typed") or {}
    return TypedLine(
        number,
        side=line["side"],
        account=account,
        currency=typed.get("currency", currency),
        amount=plain_decimal(
            typed.get("amount_minor", line["amount_minor"]), typed.get("exponent", exponent)
        ),
        narrative=line["narrative"],
        source=typed.get("source", "SYSTEM"),
        rate=typed.get("rate") or "",
        on=typed.get("rate_on") or "",
    )
