"""Ninety business days of money: salaries at the end of the month, rents, cash, small change."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from random import Random

from app.controls.commands import perform
from app.controls.identity import Actor
from app.demonstration.bank import BASE
from app.demonstration.calendar import business_days
from app.demonstration.customers import Holding
from app.imports.commands import ImportTransactions
from app.imports.rows import TransactionRow
from app.kernel.portions import portions

DAYS = 90
TRANSACTIONS = 3_000
BATCH = 500
SOURCE_OF_BITCOIN = "bc1q94gythf829prrgm2e5sqa3kjc3t54pq6fvwtcs"

EMPLOYERS = (
    "Kenya Airways",
    "Safari Foods Ltd",
    "County Government",
    "Uchumi Stores",
    "Umoja SACCO",
)
LANDLORDS = ("Acacia Estates", "Baobab Lettings", "Lakeview Homes")
Move = tuple[str, str, str, str, int]
# What happens on any day: direction, purpose of the other side, text, party, least and most in
# whole units; of bitcoin, in thousands of satoshi.
_SHILLINGS = (
    ("out", "cash", "Cash withdrawal", "", 500, 20_000),
    ("in", "cash", "Cash deposit", "", 1_000, 30_000),
    ("in", "clearing", "Mobile money in", "M-Pesa", 300, 15_000),
    ("out", "clearing", "Mobile money out", "M-Pesa", 200, 9_000),
    ("out", "clearing", "Electricity token", "Kenya Power", 500, 4_000),
    ("out", "clearing", "Groceries", "Naivas", 800, 9_500),
    ("out", "clearing", "School fees", "Hill School", 12_000, 48_000),
)
_ABROAD = (
    ("in", "clearing", "Remittance received", "Wise", 80, 1_500),
    ("out", "clearing", "Card payment", "Booking", 20, 400),
    ("out", "clearing", "Transfer abroad", "Correspondent bank", 50, 900),
)
_BITCOIN = (
    ("in", "clearing", "Bitcoin received", SOURCE_OF_BITCOIN, 1, 90),
    ("out", "clearing", "Bitcoin sent", SOURCE_OF_BITCOIN, 1, 40),
)
_UNITS = {BASE: 100, "USD": 100, "EUR": 100, "JPY": 150, "KWD": 400, "BTC": 1_000}
# What an account in shillings is opened with, and how much more passes through it than usual.
_OPENING = {"personal": 40_000, "savings": 180_000, "business": 2_400_000}
_BUSINESS_IS_LARGER = 6


def past_of(holdings: list[Holding], business_date: date) -> list[TransactionRow]:
    """Return what happened on the business days before this one, day by day."""
    days, story = business_days(business_date, DAYS), _Story()
    plan = [(days[0], holding, "opening") for holding in holdings]
    plan += list(_of_the_month(holdings, days))
    while len(plan) < TRANSACTIONS:
        plan.append((story.random.choice(days[1:]), story.random.choice(holdings), "any"))
    plan.sort(key=lambda item: item[0])
    return [story.row(line, *happening) for line, happening in enumerate(plan, start=1)]


def write_history(rows: list[TransactionRow], by: Actor, to: date) -> None:
    """Post the past before a day through the import's batches; a second time does nothing."""
    for batch in portions(rows, BATCH):
        perform(ImportTransactions(tuple(batch), to), by)


class _Story:
    """Writes the rows one after the other, so that no account falls below zero."""

    def __init__(self) -> None:
        self.random = Random(1)  # noqa: S311 - a story, not a secret
        self._balances: Counter[str] = Counter()

    def row(self, line: int, day: date, holding: Holding, occasion: str) -> TransactionRow:
        """Return what happens to an account on a day, by the occasion."""
        direction, through, text, party, amount = getattr(self, f"_{occasion}")(holding)
        if direction == "out" and amount > self._balances[holding.external_id]:
            direction, through, text, party = "in", "clearing", "Funds received", "Own account"
        self._balances[holding.external_id] += amount if direction == "in" else -amount
        return TransactionRow(
            line=line,
            reference=f"SAV-T{line:05}",
            account=holding.external_id,
            currency=holding.currency,
            direction=direction,
            amount_minor=amount,
            value_date=day,
            through=through,
            description=text,
            counterparty=party,
        )

    def _opening(self, holding: Holding) -> Move:
        units = _OPENING[holding.label] if holding.currency == BASE else 3_000
        amount = units * self.random.randrange(80, 160) // 100
        return "in", "clearing", "Opening deposit", "Transfer in", amount * _UNITS[holding.currency]

    def _salary(self, holding: Holding) -> Move:
        employer = EMPLOYERS[holding.client_id % len(EMPLOYERS)]
        shillings = 45_000 + holding.client_id * 7_919 % 190 * 1_000
        return "in", "clearing", "Salary", employer, shillings * _UNITS[BASE]

    def _rent(self, holding: Holding) -> Move:
        landlord = LANDLORDS[holding.client_id % len(LANDLORDS)]
        shillings = 15_000 + holding.client_id * 7_919 % 60 * 500
        return "out", "clearing", "Rent", landlord, shillings * _UNITS[BASE]

    def _any(self, holding: Holding) -> Move:
        of_currency = {BASE: _SHILLINGS, "BTC": _BITCOIN}.get(holding.currency, _ABROAD)
        direction, through, text, party, least, most = self.random.choice(of_currency)
        units = self.random.randrange(least, most)
        if holding.currency == BASE:
            units = max(units // 50, 1) * 50
        if holding.label == "business":
            units *= _BUSINESS_IS_LARGER
        return direction, through, text, party, units * _UNITS[holding.currency]


def _of_the_month(holdings: list[Holding], days: list[date]) -> Iterator[tuple[date, Holding, str]]:
    """Yield the salaries of each month's last business day and the rents of its third."""
    paid = [item for item in holdings if item.currency == BASE and item.label == "personal"]
    for month in sorted({(day.year, day.month) for day in days}):
        of_month = [day for day in days if (day.year, day.month) == month]
        is_whole = of_month[-1] != days[-1]
        for holding in paid:
            if is_whole and of_month[-1] != days[0]:
                yield of_month[-1], holding, "salary"
            if len(of_month) > 3 and of_month[0] != days[0]:  # noqa: PLR2004 - the third day
                yield of_month[2], holding, "rent"
