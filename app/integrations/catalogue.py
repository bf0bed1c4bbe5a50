"""The banking events that other systems can be told of, with what each tells (W01.31)."""

from dataclasses import dataclass
from typing import Any

_TRANSACTION = {
    "id": 1042,
    "reference": "TXN-00001042",
    "kind": "deposit",
    "direction": "in",
    "status": "Completed",
    "amount_minor": 125_000,
    "currency": "KES",
    "fee_minor": 0,
    "tax_minor": 0,
    "asset_id": 77,
    "account_id": 31,
    "client_id": 12,
    "project_id": 1,
    "external_id": None,
    "reverses_id": None,
    "posting_date": "2026-11-20",
}
_ACCOUNT = {
    "id": 31,
    "number": "ACC-00000031",
    "client_id": 12,
    "project_id": 1,
    "currency": "KES",
    "is_active": True,
    "status_code": "ACTIVE",
    "external_id": None,
}
_INVOICE = {
    "id": 9,
    "number": "INV-000009",
    "status": "Pending",
    "amount_minor": 40_000,
    "paid_minor": 0,
    "currency": "KES",
    "client_id": 12,
    "project_id": 1,
    "external_id": None,
}


@dataclass(frozen=True, slots=True)
class Event:
    """A kind of event: its name on the wire, when it happens, and an example of its data."""

    name: str
    when: str
    example: dict[str, Any]


EVENTS = (
    Event("transaction.completed", "A transaction was posted.", _TRANSACTION),
    Event(
        "transaction.failed",
        "A transaction ended without money moving: it failed, expired or was cancelled.",
        _TRANSACTION | {"status": "Failed"},
    ),
    Event(
        "transaction.reversed",
        "A reversal was recorded, and its original shows as reversed.",
        _TRANSACTION | {"status": "Reversed"},
    ),
    Event("account.opened", "An account was authorised and can be used.", _ACCOUNT),
    Event(
        "account.frozen",
        "An account was deactivated: nothing can be booked on it.",
        _ACCOUNT | {"is_active": False},
    ),
    Event("account.unfrozen", "A deactivated account was activated again.", _ACCOUNT),
    Event(
        "account.status-changed",
        "An account was given another status of the organisation's list.",
        _ACCOUNT | {"status_code": "DORMANT"},
    ),
    Event(
        "client.approved",
        "A customer was authorised.",
        {"id": 12, "number": "CUS-00000012", "kind": "individual", "project_id": 1,
         "external_id": None},
    ),
    Event(
        "approval.waiting",
        "A record waits for an approval at a level.",
        {"kind": "transaction", "id": 1043, "title": "TXN-00001043", "level": 2},
    ),
    Event(
        "statement.ready",
        "A statement of account can be downloaded.",
        {"id": 5, "reference": "STM-00000005", "client_id": 12, "account_id": None},
    ),
    Event("invoice.issued", "A customer was sent an invoice.", _INVOICE),
    Event(
        "invoice.status-changed",
        "An invoice was paid, in full or in part, or stands otherwise than before.",
        _INVOICE | {"status": "Paid", "paid_minor": 40_000},
    ),
    Event(
        "settlement.finished",
        "A batch of payments was posted, wholly or in part, or failed.",
        {"id": 3, "reference": "PAY-000003", "state": "partly"},
    ),
)  # fmt: skip
EVENT_NAMES = tuple(event.name for event in EVENTS)
TEST_EVENT = Event("test.ping", "Sent by hand from a hook's page.", {"hook_id": 4})
