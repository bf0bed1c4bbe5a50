"""Many accounts opened by one command, each judged by itself (W07.48)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.accounts.commands import OpenAccount, open_account
from app.clients.models import Client
from app.controls.clashes import refusal_of
from app.controls.commands import handles
from app.controls.permissions import visible
from app.controls.work import Work
from app.kernel.errors import Refusal
from app.ledger.accounts import Account, Product
from app.reference.models import AccountType

MOST_ROWS = 500
POLICIES = ("all", "skip")


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account to open, by the codes and numbers that people know."""

    product_code: str
    currency: str
    client_number: str = ""
    account_type: str = ""
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class ImportAccounts:
    """Open accounts; `policy` is "all" (or none) or "skip" (what is refused)."""

    policy: str
    rows: tuple[AccountRow, ...]


@handles(ImportAccounts, permission="accounts.create")
def import_accounts(work: Work, command: ImportAccounts) -> dict[str, Any]:
    """Open what can be opened; returns how many, and row by row the id or why it was refused.

    With "all", one refused row leaves every other unopened as well.
    """
    if command.policy not in POLICIES:
        raise Refusal("Choose what happens when a row is refused", field="policy")
    if not 0 < len(command.rows) <= MOST_ROWS:
        raise Refusal(f"An import has 1 to {MOST_ROWS} accounts", field="accounts")
    found = _found(work, command.rows)
    rows: list[dict[str, Any]] = []
    mark = len(work.changes)
    try:
        with work.session.begin_nested():
            rows += (_opened(work, row, found) for row in command.rows)
            _demand_all(command, rows)
    except _NotAll:
        _forget(work, mark)
        rows = [row | {"id": None, "number": None} for row in rows]
    opened = sum(row["id"] is not None for row in rows)
    return {"opened": opened, "refused": len(rows) - opened, "rows": rows}


def _demand_all(command: ImportAccounts, rows: Sequence[dict[str, Any]]) -> None:
    if command.policy == "all" and any(row["id"] is None for row in rows):
        raise _NotAll


class _NotAll(Exception):
    """Takes back what was opened: all was asked for, and one row was refused."""


@dataclass(slots=True)
class _Found:
    """What the rows name, by those names; a type of account belongs to a project."""

    products: dict[str, int]
    clients: dict[str, tuple[int, int]]
    types: dict[tuple[str, int], int]


def _opened(work: Work, row: AccountRow, found: _Found) -> dict[str, Any]:
    mark = len(work.changes)
    try:
        with work.session.begin_nested():
            account_id = open_account(work, _command(row, found))
            account = work.session.get_one(Account, account_id)
            work.session.flush()  # a refusal of the database belongs to this row
    except Refusal as refusal:
        reason = refusal.sentence
    except IntegrityError as error:
        reason = refusal_of(error).sentence
    else:
        return {"id": account_id, "number": account.number, "reason": ""}
    _forget(work, mark)
    return {"id": None, "number": None, "reason": reason}


def _forget(work: Work, mark: int) -> None:
    """Leave what was taken back out of the log."""
    del work.changes[mark:]


def _command(row: AccountRow, found: _Found) -> OpenAccount:
    product_id = found.products.get(row.product_code)
    if product_id is None:
        raise Refusal(f"The product {row.product_code} is unknown")
    client_id, project_id = found.clients.get(row.client_number, (None, 0))
    if row.client_number and client_id is None:
        raise Refusal(f"The customer {row.client_number} is unknown")
    type_id = found.types.get((row.account_type, project_id))
    if row.account_type and type_id is None:
        raise Refusal(f"The account type {row.account_type} is unknown")
    return OpenAccount(
        product_id,
        row.currency,
        client_id=client_id,
        account_type_id=type_id,
        external_id=row.external_id or None,
    )


def _found(work: Work, rows: Sequence[AccountRow]) -> _Found:
    """Return the ids of what the rows name, inside the actor's scope, by three queries."""

    def named(model: type[Any], column: Any, names: set[str], *more: Any) -> Any:
        query = select(column, model.id, *more).where(*visible(work.actor, model))
        return work.session.execute(query.where(column.in_(names - {""}))).all()

    products = named(Product, Product.code, {row.product_code for row in rows})
    clients = named(Client, Client.number, {row.client_number for row in rows}, Client.project_id)
    types = named(
        AccountType, AccountType.label, {row.account_type for row in rows}, AccountType.project_id
    )
    return _Found(
        dict(products),
        {number: (key, project_id) for number, key, project_id in clients},
        {(label, project_id): key for label, key, project_id in types},
    )
