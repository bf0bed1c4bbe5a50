"""The manager a transaction keeps: the client's at the moment of each update (W09.30-36).

A listener sees every save of a single transaction, whichever command makes it. A change of the
client touches no transaction.
"""

from typing import Any

from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session, UOWTransaction

from app.clients.models import Client
from app.ledger.models import Transaction


def current_managers(session: Session, client_ids: set[int]) -> dict[int, int | None]:
    """Return the manager of each client that exists; None is a client without one."""
    query = select(Client.id, Client.manager_id).where(Client.id.in_(client_ids))
    with session.no_autoflush:
        return {row.id: row.manager_id for row in session.execute(query)}


def _refresh(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    updated = [
        record
        for record in session.dirty
        if isinstance(record, Transaction)
        and record.client_id is not None
        and inspect(record).persistent
        and session.is_modified(record)
    ]
    if not updated:
        return
    clients = {one.client_id for one in updated if one.client_id is not None}
    managers = current_managers(session, clients)
    for one in updated:
        if one.client_id in managers:
            one.manager_id = managers[one.client_id]


# Before the log's own listener, so that the log tells of the new manager as well.
event.listen(Session, "before_flush", _refresh, insert=True)
