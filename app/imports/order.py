"""The order of a day: files give an account's rows of one day in any order, the balances tell it.

Posted in another order, an account would seem to be overdrawn where it never was.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from app.imports.rows import TransactionRow


def in_order(rows: Sequence[TransactionRow]) -> list[TransactionRow]:
    """Return the rows with each account's day put in the order of its running source balance.

    A day's rows keep the places in the file that they have together; rows without a source
    balance keep their own.
    """
    days: dict[tuple[str, str, date], list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        days[row.account, row.currency, row.value_date].append(place)
    ordered = list(rows)
    balance: dict[tuple[str, str], int] = defaultdict(int)
    # Dates within an account may be mixed in the file; a balance runs through them in order.
    for (account, currency, _), found in sorted(days.items(), key=lambda item: item[0][2]):
        day = [rows[place] for place in found]
        if any(row.source_balance_minor is None for row in day):
            continue
        chain = _chained(day, balance[account, currency])
        balance[account, currency] = chain[-1].source_balance_minor or 0
        for place, row in zip(found, chain, strict=True):
            ordered[place] = row
    return ordered


def _chained(day: list[TransactionRow], balance_minor: int) -> list[TransactionRow]:
    """Order a day's rows so that each begins nearest to where the one before it ended."""
    left, chain = list(day), []
    while left:
        following = min(left, key=lambda row: abs(_before(row) - balance_minor))
        left.remove(following)
        chain.append(following)
        balance_minor = following.source_balance_minor or 0
    return chain


def _before(row: TransactionRow) -> int:
    return (row.source_balance_minor or 0) - row.signed_minor
