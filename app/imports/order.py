"""The order of a day: files give an account's rows of one day in any order, the balances tell it.

Posted in another order, an account would seem to be overdrawn where it never was.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from app.imports.rows import TransactionRow

# How far the source's balances are from the sum of its amounts within a day.
FRACTIONS_MINOR = 100


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
        balance[account, currency] = _after(chain[-1])
        for place, row in zip(found, chain, strict=True):
            ordered[place] = row
    return ordered


def _chained(day: list[TransactionRow], balance_minor: int) -> list[TransactionRow]:
    """Order a day's rows so that each begins where the one before it ended.

    Balances are places and rows are ways between them, each gone once: Hierholzer's algorithm.
    Where there is no such walk the rows stay as they are.
    """
    place = _places([balance_minor, *map(_before, day), *map(_after, day)])
    ways: dict[int, list[TransactionRow]] = defaultdict(list)
    for row in reversed(day):
        ways[place[_before(row)]].append(row)
    walk: list[TransactionRow] = []
    stack: list[tuple[int, TransactionRow | None]] = [(place[balance_minor], None)]
    while stack:
        here, came_by = stack[-1]
        if ways[here]:
            row = ways[here].pop()
            stack.append((place[_after(row)], row))
        else:
            stack.pop()
            if came_by is not None:
                walk.append(came_by)
    return walk[::-1] if len(walk) == len(day) else day


def _places(balances: list[int]) -> dict[int, int]:
    """Number the balances; those that differ by hidden fractions alone are one."""
    number, last, places = 0, None, {}
    for balance in sorted(balances):
        if last is not None and balance - last > FRACTIONS_MINOR:
            number += 1
        places[balance] = number
        last = balance
    return places


def _before(row: TransactionRow) -> int:
    return _after(row) - row.signed_minor


def _after(row: TransactionRow) -> int:
    return row.source_balance_minor or 0
