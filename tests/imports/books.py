"""A small bank of the tests' own: three clients, three accounts, thirty transactions."""

from __future__ import annotations

import csv
from pathlib import Path

CLIENTS = """external_id,first_name,surname,gender,date_of_birth,town
1,Jana,Dvořáková,F,1950-02-03,Praha
2,Karel,Novák,M,1948-11-30,Brno
3,Eva,Malá,F,1961-07-15,Praha
"""
ACCOUNTS = """external_id,client_external_id,opened_on,currency,branch_town,statement_frequency
11,1,1993-01-01,CZK,Praha,MONTHLY
12,2,1993-01-02,CZK,Brno,WEEKLY
13,3,1993-01-03,CZK,Praha,MONTHLY
"""
COLUMNS = (
    "reference", "account_external_id", "value_date", "direction", "amount", "currency", "type",
    "counterparty_bank", "counterparty_account", "source_balance",
)  # fmt: skip
# Minor units after the last row; account 13 was overdrawn by 250.00 on the way.
BALANCES = {"11": 119_500, "12": 60_000, "13": 25_000}
OVERDRAFT_MINOR = 25_000


def transactions() -> list[dict[str, str]]:
    """Return the thirty rows: ten for each account, in the order of their days."""
    amounts = {
        "11": [100_000, *[10_000, -5_000, 1_500] * 3],
        "12": [50_000, *[-1_000, 1_000] * 4, 10_000],
        "13": [20_000, -45_000, 30_000, -10_000, 10_000, *[5_000, -5_000] * 2, 20_000],
    }
    running = dict.fromkeys(amounts, 0)
    rows = []
    for day in range(10):
        for account, found in amounts.items():
            amount = found[day]
            running[account] += amount
            rows.append(_row(len(rows), account, day=day, amount=amount, balance=running[account]))
    assert running == BALANCES
    return rows


def write_books(folder: Path, rows: list[dict[str, str]] | None = None) -> Path:
    """Write the three files into the folder, with these transactions in place of its own."""
    folder.mkdir(exist_ok=True)
    (folder / "clients.csv").write_text(CLIENTS, encoding="utf-8")
    (folder / "accounts.csv").write_text(ACCOUNTS, encoding="utf-8")
    with (folder / "transactions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(transactions() if rows is None else rows)
    return folder


def changed(number: int, **cells: str) -> list[dict[str, str]]:
    """Return the rows with other cells in one of them; `number` counts from 1."""
    rows = transactions()
    rows[number - 1] = rows[number - 1] | cells
    return rows


def _row(number: int, account: str, *, day: int, amount: int, balance: int) -> dict[str, str]:
    is_in, is_cash = amount > 0, number % 2 == 0
    kind = ("cash-deposit", "transfer-from-bank") if is_in else ("cash-withdrawal", "insurance")
    return {
        "reference": f"R{number + 1}",
        "account_external_id": account,
        "value_date": f"1993-01-{day + 4:02}",
        "direction": "credit" if is_in else "debit",
        "amount": f"{abs(amount) / 100:.2f}",
        "currency": "CZK",
        "type": kind[0] if is_cash else kind[1],
        "counterparty_bank": "" if is_cash else "QR",
        "counterparty_account": "" if is_cash else "13943797",
        "source_balance": f"{balance / 100:.2f}",
    }
