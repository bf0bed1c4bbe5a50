"""What a command did, as events: read from its changes and postings, in its own transaction."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clients.models import Client
from app.controls.audit import RecordChange
from app.controls.review import AUTHORIZED, LEVEL_OF, review_kinds
from app.controls.work import Work
from app.invoices.models import Invoice
from app.kernel.portions import portions
from app.ledger.accounts import Account
from app.ledger.models import Transaction
from app.payments.models import PaymentFile
from app.reference.codes import AccountStatus
from app.statements.models import READY, Statement

_CHUNK = 500
_LOST = ("Failed", "Expired", "Canceled")
_SETTLED = ("posted", "partly", "failed")
_TOLD = (
    "id", "reference", "kind", "direction", "amount_minor", "currency", "fee_minor", "tax_minor",
    "asset_id", "account_id", "client_id", "project_id", "external_id", "reverses_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of a record: its name, whose it is, and what it tells."""

    event: str
    entity: str
    entity_id: int
    label: str
    project_id: int | None
    data: dict[str, Any]


def happenings(work: Work) -> Iterator[Happening]:
    """Yield every event of the command, postings first."""
    for part in portions(work.posted_transaction_ids, _CHUNK):
        columns = Transaction.__table__.columns
        rows = work.session.execute(select(columns).where(columns.id.in_(part)))
        for row in rows.mappings():
            yield _of_transaction("transaction.completed", row)
    for change in work.changes:
        if change.entity_id is None or change.operation == "deleted":
            continue
        if change.status_after in LEVEL_OF:
            yield from _waiting(work.session, change)
        read = _READERS.get(change.entity)
        if read is not None:
            yield from read(work.session, change)


def concerns(work: Work) -> bool:
    """Tell whether anything of the command could be an event, without asking the database."""
    return bool(work.posted_transaction_ids) or any(
        change.entity in _READERS or change.status_after in LEVEL_OF for change in work.changes
    )


def _new(change: RecordChange, field: str) -> str | None:
    """Return the value that a field has changed to; None where it has not changed."""
    kept = change.fields.get(field)
    if kept is None or kept.get("old") == kept.get("new"):
        return None
    return kept.get("new")


def _of_transaction(event: str, row: Any) -> Happening:
    data = {name: row[name] for name in _TOLD}
    data |= {"status": row["processing"], "posting_date": row["posting_date"].isoformat()}
    return Happening(event, "transaction", row["id"], row["reference"], row["project_id"], data)


def _transaction(session: Session, change: RecordChange) -> Iterator[Happening]:
    processing = _new(change, "processing")
    event = "transaction.reversed" if processing == "Reversed" else ""
    event = "transaction.failed" if processing in _LOST else event
    if event:
        one = session.get_one(Transaction, change.entity_id)
        columns = [column.key for column in Transaction.__table__.columns]
        yield _of_transaction(event, {name: getattr(one, name) for name in columns})


def _account(session: Session, change: RecordChange) -> Iterator[Happening]:
    active, is_new = _new(change, "is_active"), change.operation == "created"
    found = {
        "account.opened": change.status_after == AUTHORIZED,
        "account.frozen": active == "No" and not is_new,
        "account.unfrozen": active == "Yes" and not is_new,
        "account.status-changed": "account_status_id" in change.fields and not is_new,
    }
    for event in (name for name, is_so in found.items() if is_so):
        account = session.get_one(Account, change.entity_id)
        status = session.get(AccountStatus, account.account_status_id or 0)
        data = {
            "id": account.id,
            "number": account.number,
            "client_id": account.client_id,
            "project_id": account.project_id,
            "currency": account.currency,
            "is_active": account.is_active,
            "status_code": status.code if status else None,
            "external_id": account.external_id,
        }
        yield Happening(event, "account", account.id, account.number, account.project_id, data)


def _client(session: Session, change: RecordChange) -> Iterator[Happening]:
    if change.status_after == AUTHORIZED:
        client = session.get_one(Client, change.entity_id)
        names = ("id", "number", "kind", "project_id", "external_id")
        data = {name: getattr(client, name) for name in names}
        yield Happening(
            "client.approved", "client", client.id, client.number, client.project_id, data
        )


def _statement(session: Session, change: RecordChange) -> Iterator[Happening]:
    if _new(change, "state") == READY:
        one = session.get_one(Statement, change.entity_id)
        names = ("id", "reference", "client_id", "account_id")
        data = {name: getattr(one, name) for name in names}
        yield Happening("statement.ready", "statement", one.id, one.reference, one.project_id, data)


def _invoice(session: Session, change: RecordChange) -> Iterator[Happening]:
    if _new(change, "status") is not None:
        one = session.get_one(Invoice, change.entity_id)
        names = ("id", "number", "status", "amount_minor", "paid_minor", "currency", "client_id",
                 "project_id", "external_id")  # fmt: skip
        data = {name: getattr(one, name) for name in names}
        event = "issued" if change.operation == "created" else "status-changed"
        yield Happening(f"invoice.{event}", "invoice", one.id, one.number, one.project_id, data)


def _settlement(session: Session, change: RecordChange) -> Iterator[Happening]:
    if _new(change, "state") in _SETTLED:
        one = session.get_one(PaymentFile, change.entity_id)
        data = {"id": one.id, "reference": one.reference, "state": one.state}
        yield Happening("settlement.finished", "payment_file", one.id, one.reference, None, data)


def _waiting(session: Session, change: RecordChange) -> Iterator[Happening]:
    kind = next((one for one in review_kinds.values()
                 if one.model.__tablename__ == change.entity), None)  # fmt: skip
    if kind is None:
        return
    record = session.get_one(kind.model, change.entity_id)
    level = LEVEL_OF[change.status_after]
    # A name is personal; whoever is let in finds a customer or an account by the number.
    title = getattr(record, "number", None) or record.title()
    yield Happening(
        "approval.waiting",
        change.entity,
        record.id,
        title,
        getattr(record, "project_id", None),
        {"kind": kind.key, "id": record.id, "title": title, "level": level},
    )


_READERS: dict[str, Callable[[Session, RecordChange], Iterator[Happening]]] = {
    "transaction": _transaction,
    "account": _account,
    "client": _client,
    "invoice": _invoice,
    "statement": _statement,
    "payment_file": _settlement,
}
