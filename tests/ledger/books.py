"""What tests read of the ledger: rows as they stand after the last commit, sealed when asked."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from app.controls.commands import perform
from app.controls.identity import system_actor
from app.db.session import database
from app.ledger.accounts import Account
from app.ledger.models import Asset, Entry, Hold, Movement, Transaction
from app.ledger.seals import SealRows


def seal(organisation_id: int) -> None:
    """Seal what waits of one organisation: the backlog of all other tests would take long."""
    sealer = system_actor(organisation_id, frozenset(), "Sealer")
    while perform(SealRows(), sealer):
        pass


def row(model: type[Any], record_id: int) -> Any:
    """Return one row as it stands."""
    with database.reading() as session:
        return session.get_one(model, record_id)


def asset(asset_id: int) -> Asset:
    """Return the asset as it stands."""
    return row(Asset, asset_id)


def transaction(transaction_id: int) -> Transaction:
    """Return the transaction as it stands."""
    return row(Transaction, transaction_id)


def entries_of(transaction_id: int) -> list[Entry]:
    """Return a transaction's entries by line."""
    with database.reading() as session:
        query = select(Entry).where(Entry.transaction_id == transaction_id).order_by(Entry.line)
        return list(session.scalars(query))


def entries_of_asset(asset_id: int) -> list[Entry]:
    """Return an asset's entries, oldest first."""
    with database.reading() as session:
        query = select(Entry).where(Entry.asset_id == asset_id).order_by(Entry.id)
        return list(session.scalars(query))


def holds_of(asset_id: int) -> list[Hold]:
    """Return an asset's holds, oldest first."""
    with database.reading() as session:
        return list(
            session.scalars(select(Hold).where(Hold.asset_id == asset_id).order_by(Hold.id))
        )


def count(model: type[Any], organisation_id: int) -> int:
    """Return how many rows of a table an organisation has."""
    with database.reading() as session:
        query = select(func.count()).where(model.organisation_id == organisation_id)
        return session.scalar(query) or 0


def house_balance(organisation_id: int, currency: str = "KES", *, purpose: str = "cash") -> int:
    """Return what the house's one account for a purpose has: rolled up and waiting movements."""
    with database.reading() as session:
        found = session.execute(
            select(Asset.id, Asset.balance_minor)
            .join(Account, Account.id == Asset.account_id)
            .where(
                Asset.organisation_id == organisation_id,
                Asset.currency == currency,
                Account.purpose == purpose,
            )
        ).one()
        query = select(func.coalesce(func.sum(Movement.amount_minor), 0))
        return found.balance_minor + int(
            session.scalar(query.where(Movement.asset_id == found.id)) or 0
        )


def base_sum(organisation_id: int) -> int:
    """Return the signed sum of all entries in base currency: zero in sound books."""
    signed = func.sum(Entry.base_minor).filter(Entry.side == "C") - func.sum(
        Entry.base_minor
    ).filter(Entry.side == "D")
    with database.reading() as session:
        return int(session.scalar(select(signed).where(Entry.organisation_id == organisation_id)))


def received(transfer_out_id: int) -> Transaction:
    """Return the transfer_in of a transfer, which must have exactly one."""
    with database.reading() as session:
        query = select(Transaction).where(Transaction.pair_id == transfer_out_id)
        found = session.scalars(query).one()
        session.expunge(found)
        return found
