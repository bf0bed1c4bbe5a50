"""What a line of each file means: parsed strictly, or told what is wrong with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.kernel.currencies import known_currencies
from app.kernel.errors import Refusal
from app.kernel.money import parse_minor, parse_minor_or_zero

CLIENTS, ACCOUNTS, TRANSACTIONS = "clients.csv", "accounts.csv", "transactions.csv"
CLIENT_COLUMNS = ("external_id", "first_name", "surname", "gender", "date_of_birth", "town")
ACCOUNT_COLUMNS = (
    "external_id", "client_external_id", "opened_on", "currency", "branch_town",
    "statement_frequency",
)  # fmt: skip
TRANSACTION_COLUMNS = (
    "reference", "account_external_id", "value_date", "direction", "amount", "currency", "type",
    "counterparty_bank", "counterparty_account", "source_balance",
)  # fmt: skip
GENDERS = frozenset({"", "F", "M"})
DIRECTIONS = {"credit": "in", "debit": "out"}
CASH_TYPES = frozenset({"cash-deposit", "cash-withdrawal"})
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST_TEXT = 200
_LONGEST_KEY = 64


class WrongRow(Refusal):
    """A row that cannot be imported: its file, its line and the reason."""

    def __init__(self, file: str, line: int, reason: str) -> None:
        """Join the three into the sentence that the list of wrong rows shows."""
        super().__init__(f"{file}, line {line}: {reason}")
        self.file = file
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ClientRow:
    """An individual of the other bank."""

    line: int
    external_id: str
    first_name: str
    surname: str
    gender: str
    date_of_birth: date
    town: str


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account of the other bank, with the client who holds it."""

    line: int
    external_id: str
    client: str
    opened_on: date
    currency: str
    branch_town: str
    statement_frequency: str


@dataclass(frozen=True, slots=True)
class TransactionRow:
    """A movement on an account: `through` is the house's purpose on its other side."""

    line: int
    reference: str
    account: str
    currency: str
    direction: str
    amount_minor: int
    value_date: date
    through: str
    description: str
    counterparty: str
    source_balance_minor: int | None = None

    @property
    def signed_minor(self) -> int:
        """The amount as it changes the account's balance."""
        return self.amount_minor if self.direction == "in" else -self.amount_minor


def client_row(line: int, cells: Mapping[str, str], today: date) -> ClientRow:
    """Read a client; refuses a missing id or name, another gender, and a birth after `today`."""
    if cells["gender"] not in GENDERS:
        raise Refusal(f"the gender “{cells['gender']}” is neither F nor M")
    return ClientRow(
        line=line,
        external_id=_key(cells, "external_id"),
        first_name=_needed(cells, "first_name"),
        surname=_needed(cells, "surname"),
        gender=cells["gender"],
        date_of_birth=_date(cells, "date_of_birth", today),
        town=_text(cells, "town"),
    )


def account_row(line: int, cells: Mapping[str, str], today: date) -> AccountRow:
    """Read an account; refuses a missing id, an unknown currency and a start after `today`."""
    return AccountRow(
        line=line,
        external_id=_key(cells, "external_id"),
        client=_key(cells, "client_external_id"),
        opened_on=_date(cells, "opened_on", today),
        currency=_currency(cells),
        branch_town=_text(cells, "branch_town"),
        statement_frequency=_text(cells, "statement_frequency"),
    )


def transaction_row(line: int, cells: Mapping[str, str], today: date) -> TransactionRow:
    """Read a transaction; refuses a bad reference, date, direction, amount or currency."""
    currency = _currency(cells)
    exponent = known_currencies()[currency].exponent
    if cells["direction"] not in DIRECTIONS:
        raise Refusal(f"the direction “{cells['direction']}” is neither credit nor debit")
    kind = _needed(cells, "type")
    parties = (cells["counterparty_bank"], _text(cells, "counterparty_account"))
    return TransactionRow(
        line=line,
        reference=_key(cells, "reference"),
        account=_key(cells, "account_external_id"),
        currency=currency,
        direction=DIRECTIONS[cells["direction"]],
        amount_minor=_amount(cells["amount"], exponent),
        value_date=_date(cells, "value_date", today),
        through="cash" if kind in CASH_TYPES else "clearing",
        description=kind.replace("-", " ").capitalize(),
        counterparty=" ".join(part for part in parties if part),
        source_balance_minor=_balance(cells["source_balance"], exponent),
    )


def day_fault(day: date, last_day: date | None) -> str:
    """Say what is wrong with a day after the last one that rows may have; "" where nothing is."""
    if last_day is None or day <= last_day:
        return ""
    return f"{day.isoformat()} is after the business date {last_day.isoformat()}"


def _text(cells: Mapping[str, str], name: str) -> str:
    text = cells[name].strip()
    if len(text) > _LONGEST_TEXT or not text.isprintable():
        raise Refusal(f"the {_words(name)} is not a text of at most {_LONGEST_TEXT} characters")
    return text


def _needed(cells: Mapping[str, str], name: str) -> str:
    text = _text(cells, name)
    if not text:
        raise Refusal(f"the {_words(name)} is missing")
    return text


def _key(cells: Mapping[str, str], name: str) -> str:
    text = _needed(cells, name)
    if len(text) > _LONGEST_KEY:
        raise Refusal(f"the {_words(name)} is longer than {_LONGEST_KEY} characters")
    return text


def _date(cells: Mapping[str, str], name: str, today: date) -> date:
    text = cells[name].strip()
    try:
        # The library would also take weeks and dates without dashes.
        found = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        raise Refusal(f"the {_words(name)} “{text}” is not a date such as 1993-01-31")
    if found > today:
        raise Refusal(f"the {_words(name)} {text} is in the future")
    return found


def _currency(cells: Mapping[str, str]) -> str:
    code = cells["currency"].strip()
    if code not in known_currencies():
        raise Refusal(f"the currency “{code}” is unknown")
    return code


def _amount(text: str, exponent: int) -> int:
    try:
        return parse_minor(text, exponent, name="the amount")
    except Refusal as refusal:
        raise Refusal(f"{refusal.sentence} (“{text[:_LONGEST_KEY]}”)") from refusal


def _balance(text: str, exponent: int) -> int | None:
    typed = text.strip()
    if not typed:
        return None
    size = parse_minor_or_zero(typed.removeprefix("-"), exponent, name="the source balance")
    return -size if typed.startswith("-") else size


def _words(name: str) -> str:
    return name.replace("_", " ")
