"""What a journal is made of as it is asked for: lines in batches, and what is wrong with them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

SOURCES = ("SYSTEM", "MANUAL", "CBK", "THIRD_PARTY")
SOURCE_NAMES = {
    "SYSTEM": "System mid rate",
    "MANUAL": "Manual rate",
    "CBK": "Central bank (CBK)",
    "THIRD_PARTY": "Third party",
}
MOST_LINES = 1_000
LONGEST_NARRATIVE = 500
LONGEST_LINE_NARRATIVE = 200

NO_POSTING_DATE = "Posting date is required."
NO_VALUE_DATE = "Value date is required."
NO_BRANCH = "Branch is required."
NO_DEBIT = "At least one debit line is required."
NO_CREDIT = "At least one credit line is required."
NO_ACCOUNT = "All lines must have an account selected."
UNKNOWN_ACCOUNT = "The account {number} is unknown."
LATER_RATE = "Rate date cannot be after the posting date."
NO_CODE = "All lines must have a transaction code selected."
UNKNOWN_CODE = "No transaction code {code} is in use."
NO_NARRATIVE = "All lines must have a narrative."
NO_AMOUNT = "All line amounts must be greater than zero."
TOO_SMALL = "The amount is too small: it comes to nothing in {currency}."
UNBALANCED = (
    "Transaction is not balanced in {base}. Debit total: {debit} \N{EM DASH} "
    "Credit total: {credit}."
)
NO_CURRENCY = "Choose a currency from the list"
NO_RATE = (
    "Rate unavailable for {given} \N{RIGHTWARDS ARROW} {wanted}. "
    "Please configure tenant currencies first."
)


@dataclass(frozen=True, slots=True)
class Terms:
    """How a sheet takes its exchange rates, and the sentences that differ from sheet to sheet.

    The rate of a source among `typed_sources` is given with the line; that of the others is looked
    up. An empty `bad_rate` leaves the sentence to whoever reads the number.
    """

    typed_sources: frozenset[str] = frozenset({"MANUAL"})
    no_rate: str = "Enter the exchange rate, such as 129.35"
    bad_rate: str = ""
    unbalanced: str = UNBALANCED


AT_POSTING = Terms()


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One line: an account's number and an amount in minor units of `currency`.

    Where that is not the account's own currency, it is converted at the rate of `source`; a
    rate that is typed is given with it, and its date where one is known. An empty currency is the
    account's own.
    """

    batch: int
    code: str
    side: str
    account: str
    currency: str
    amount_minor: int
    narrative: str
    source: str = "SYSTEM"
    rate: Decimal | None = None
    rate_on: date | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A sentence about one line (by its place), one batch, or the whole; `name` is the field.

    What is wrong with a batch is told with the first of its lines that shows it.
    """

    sentence: str
    name: str = ""
    line: int | None = None
    batch: int | None = None

    @property
    def field(self) -> str | None:
        """Where the fault stands among the lines, such as `lines.1.account`."""
        return None if self.line is None else f"lines.{self.line}.{self.name}"
