"""Where transactions live, how their processing status is written, and which have a receipt."""

from app.controls.review import AUTHORIZED
from app.ledger.kinds import CUSTOMER_KINDS, PROCESSING_STATUSES
from app.ledger.models import Transaction

ARROWS = {"in": "⤵", "out": "⤴", "both": "⇄"}
PATH = "/admin/transactions"
TONES = {
    "Completed": "success",
    "Pending": "warning",
    "Processing": "info",
    "Canceled": "danger",
    "Failed": "danger",
    "Reversed": "neutral",
    "Expired": "neutral",
}


def reachable(record_status: str) -> frozenset[str]:
    """Return what a status given by hand may stand for: Completed once it is approved (W09.13)."""
    left_out = {"Reversed"} if record_status == AUTHORIZED else {"Reversed", "Completed"}
    return frozenset(PROCESSING_STATUSES) - left_out


def processing_name(processing: str) -> str:
    """Return the word people read: Completed and Processed are one thing (design 9.1)."""
    return "Processed" if processing == "Completed" else processing


def has_receipt(one: Transaction) -> bool:
    """Tell whether a customer takes along a receipt: their money was moved, and still is."""
    return (
        one.processing == "Completed" and one.client_id is not None and one.kind in CUSTOMER_KINDS
    )
