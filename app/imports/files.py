"""Reads the three files whole before anything is written, and collects every wrong row."""

import csv
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Generic, TypeVar

from app.imports.order import in_order
from app.imports.rows import (
    ACCOUNT_COLUMNS,
    ACCOUNTS,
    CLIENT_COLUMNS,
    CLIENTS,
    TRANSACTION_COLUMNS,
    TRANSACTIONS,
    AccountRow,
    ClientRow,
    TransactionRow,
    WrongRow,
    account_row,
    client_row,
    day_fault,
    transaction_row,
)
from app.kernel.errors import Refusal

Row = TypeVar("Row", ClientRow, AccountRow, TransactionRow)


@dataclass(slots=True)
class Sheet(Generic[Row]):
    """One file as it was read: its good rows in order, and its wrong ones."""

    rows: list[Row] = field(default_factory=list)
    wrong: list[WrongRow] = field(default_factory=list)

    def batches(self, size: int) -> Iterator[list[Row]]:
        """Yield the rows `size` lines at a time, up to the first batch that has a wrong row.

        What comes after it is left to the next run: books are kept in the order of time.
        """
        lines = sorted(item.line for item in (*self.rows, *self.wrong))
        number_of = {line: index // size for index, line in enumerate(lines)}
        end = min((number_of[item.line] for item in self.wrong), default=len(lines))
        # Rows may have changed places among themselves: the places, not the rows, are counted.
        numbers = [number_of[line] for line in sorted(row.line for row in self.rows)]
        numbered = zip(numbers, self.rows, strict=True)
        for number, members in groupby(numbered, key=itemgetter(0)):
            if number >= end:
                return
            yield [row for _, row in members]


@dataclass(slots=True)
class Books:
    """The three files of a bank."""

    clients: Sheet[ClientRow]
    accounts: Sheet[AccountRow]
    transactions: Sheet[TransactionRow]

    @property
    def wrong(self) -> list[WrongRow]:
        """Every wrong row, in the order of the files."""
        return [*self.clients.wrong, *self.accounts.wrong, *self.transactions.wrong]


def read_books(
    folder: Path,
    *,
    today: date,
    last_day: date | None = None,
    known_clients: Collection[str] = (),
    known_accounts: Mapping[str, str] | None = None,
) -> Books:
    """Read the files of a folder; what they refer to is in them or known already.

    `known_accounts` gives the currency of each account that was imported before; a row after
    `last_day`, where there is one, is wrong.
    """
    clients = _read(folder / CLIENTS, CLIENT_COLUMNS, client_row, today)
    _refuse_repeated(clients, CLIENTS, lambda row: row.external_id)
    accounts = _read(folder / ACCOUNTS, ACCOUNT_COLUMNS, account_row, today)
    _refuse_repeated(accounts, ACCOUNTS, lambda row: row.external_id)
    holders = {row.external_id for row in clients.rows} | set(known_clients)
    _keep(accounts, ACCOUNTS, lambda row: _holder_fault(row, holders))
    _keep(accounts, ACCOUNTS, lambda row: day_fault(row.opened_on, last_day))
    transactions = _read(folder / TRANSACTIONS, TRANSACTION_COLUMNS, transaction_row, today)
    _refuse_repeated(transactions, TRANSACTIONS, lambda row: row.reference)
    currencies = {row.external_id: row.currency for row in accounts.rows} | dict(
        known_accounts or {}
    )
    _keep(transactions, TRANSACTIONS, lambda row: _account_fault(row, currencies))
    _keep(transactions, TRANSACTIONS, lambda row: day_fault(row.value_date, last_day))
    transactions.rows = in_order(transactions.rows)
    return Books(clients, accounts, transactions)


def _read(
    path: Path,
    columns: tuple[str, ...],
    parse: Callable[[int, Mapping[str, str], date], Row],
    today: date,
) -> Sheet[Row]:
    sheet: Sheet[Row] = Sheet()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for line, cells in _lines(csv.reader(file, strict=True), columns):
                try:
                    sheet.rows.append(parse(line, _whole(cells), today))
                except Refusal as refusal:
                    sheet.wrong.append(WrongRow(path.name, line, refusal.sentence))
    except Refusal as refusal:
        sheet.wrong.append(WrongRow(path.name, 1, refusal.sentence))
    except (OSError, UnicodeError, csv.Error) as error:
        after = sheet.rows[-1].line + 1 if sheet.rows else 1
        sheet.wrong.append(WrongRow(path.name, after, f"the file cannot be read ({error})"))
    return sheet


def _lines(reader: Any, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str] | int]]:
    """Yield each row's line number and its cells by name, or how many it has when that is wrong."""
    header = next(reader, [])
    missing = [name for name in columns if name not in header]
    if missing:
        raise Refusal(f"the column {missing[0]} is missing")
    for cells in reader:
        if len(cells) == len(header):
            yield reader.line_num, dict(zip(header, cells, strict=True))
        elif cells:
            yield reader.line_num, len(cells)


def _whole(cells: dict[str, str] | int) -> dict[str, str]:
    if isinstance(cells, int):
        raise Refusal(f"the row has {cells} cells, which are not as many as the columns")
    return cells


def _refuse_repeated(sheet: Sheet[Row], file: str, key: Callable[[Row], str]) -> None:
    first: dict[str, int] = {}

    def fault(row: Row) -> str:
        line = first.setdefault(key(row), row.line)
        return "" if line == row.line else f"{key(row)} was given in line {line} already"

    _keep(sheet, file, fault)


def _keep(sheet: Sheet[Row], file: str, fault: Callable[[Row], str]) -> None:
    """Move the rows that have a fault to the wrong ones."""
    good = []
    for row in sheet.rows:
        reason = fault(row)
        if reason:
            sheet.wrong.append(WrongRow(file, row.line, reason))
        else:
            good.append(row)
    sheet.rows = good
    sheet.wrong.sort(key=lambda wrong: wrong.line)


def _holder_fault(row: AccountRow, holders: Collection[str]) -> str:
    return "" if row.client in holders else f"the client {row.client} is unknown"


def _account_fault(row: TransactionRow, currencies: Mapping[str, str]) -> str:
    if row.account not in currencies:
        return f"the account {row.account} is unknown"
    if currencies[row.account] != row.currency:
        return f"the account {row.account} is not kept in {row.currency}"
    return ""
