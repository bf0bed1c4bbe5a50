"""Turns figures into the texts that templates/pdf/statement.html prints, with no sum left to do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clients.codes import name_of
from app.clients.models import Client
from app.controls.tenant import Organisation
from app.kernel.money import format_minor
from app.statements.commands import shown_date
from app.statements.figures import Section, StatedEntry
from app.statements.models import Statement

# Widths in em of a sans-serif face: what one line of the description's column can hold.
_LINE_EM = {"": 18.0, "wide": 9.5}
_NARROW, _WIDE = frozenset("ijlftr.,:;'|! ()[]-/·"), frozenset("mwMW@%—")
_LONGEST_REFERENCE = 13
# So many entries stay together on a page, however much their texts wrap.
_SHORT_SECTION = 12
_LONGEST_NARROW_AMOUNT = 14


@dataclass(frozen=True, slots=True)
class PrintedEntry:
    """One line of the table. A text that needs more than one line wraps in a slower layout."""

    posted: str
    value: str
    reference: str
    text: str
    wraps: bool
    is_credit: bool
    amount: str
    balance: str


@dataclass(frozen=True, slots=True)
class PrintedSection:
    """One account and currency, or its bonus, ready to print."""

    account: str
    name: str
    currency: str
    bucket: str
    width: str
    opening: str
    money_in: str
    money_out: str
    closing: str
    entries: tuple[PrintedEntry, ...]

    @property
    def is_short(self) -> bool:
        """Whether the section is kept whole on one page."""
        return len(self.entries) <= _SHORT_SECTION


def statement_values(
    session: Session, statement: Statement, sections: tuple[Section, ...], *, printed_at: datetime
) -> dict[str, Any]:
    """Return the values of the template: letterhead, holder, period and the printed sections."""
    organisation = session.get_one(Organisation, statement.organisation_id)
    local = printed_at.astimezone(ZoneInfo(organisation.time_zone))
    return {
        "organisation": organisation.name,
        "country": _country(organisation.country),
        "reference": statement.reference,
        "holder": _holder(session, statement),
        "first_day": shown_date(statement.first_day),
        "last_day": shown_date(statement.last_day),
        "printed": f"{shown_date(local.date())}, {local:%H:%M} {organisation.time_zone}",
        "sections": [_printed(section) for section in sections],
    }


def _holder(session: Session, statement: Statement) -> dict[str, Any]:
    query = select(Client).where(
        Client.organisation_id == statement.organisation_id, Client.id == statement.client_id
    )
    client = session.scalars(query).one_or_none()
    if client is None:
        return {"name": statement.subject_name, "number": "", "address": ()}
    lines = (client.address, client.city, _country(client.country))
    return {
        "name": f"{name_of(session, client, 'title_code')} {client.name}".strip(),
        "number": client.number,
        "address": tuple(line for line in lines if line),
    }


def _country(code: str) -> str:
    return str(Locale("en").territories.get(code, code))


def _printed(section: Section) -> PrintedSection:
    def shown(minor: int) -> str:
        return format_minor(minor, section.exponent)

    closing, money_in, money_out = (
        shown(minor) for minor in (section.closing_minor, section.in_minor, section.out_minor)
    )
    balances = [section.opening_minor, *(entry.balance_minor for entry in section.entries)]
    longest = max(len(shown(max(balances))), len(shown(min(balances))), len(money_in))
    width = "wide" if max(longest, len(money_out)) > _LONGEST_NARROW_AMOUNT else ""
    return PrintedSection(
        account=section.account_number,
        name=section.account_name,
        currency=section.currency,
        bucket="Bonus" if section.bucket == "bonus" else "",
        width=width,
        opening=shown(section.opening_minor),
        money_in=money_in,
        money_out=money_out,
        closing=closing,
        entries=tuple(_line(entry, section.exponent, width) for entry in section.entries),
    )


def _line(entry: StatedEntry, exponent: int, width: str) -> PrintedEntry:
    is_long = len(entry.reference) > _LONGEST_REFERENCE
    return PrintedEntry(
        posted=shown_date(entry.posting_date),
        value=shown_date(entry.value_date),
        reference=entry.reference,
        text=entry.text,
        wraps=is_long or _width_em(entry.text) > _LINE_EM[width],
        is_credit=entry.side == "C",
        amount=format_minor(entry.amount_minor, exponent),
        balance=format_minor(entry.balance_minor, exponent),
    )


def _width_em(text: str) -> float:
    """Estimate a text's width, generously: no font is asked, so that any may be installed."""
    return sum(map(_character_em, text))


def _character_em(character: str) -> float:
    if character in _NARROW:
        return 0.34
    if not character.isascii():
        return 1.0
    if character in _WIDE:
        return 0.95
    return 0.72 if character.isupper() else 0.56
