"""Where transactions live, how their processing status is written, and which have a receipt."""

from app.ledger.kinds import CUSTOMER_KINDS
from app.ledger.models import Transaction

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


def processing_name(processing: str) -> str:
    """Return the word people read: Completed and Processed are one thing (design 9.1)."""
    return "Processed" if processing == "Completed" else processing


def has_receipt(one: Transaction) -> bool:
    """Tell whether a customer takes along a receipt: their money was moved, and still is."""
    return (
        one.processing == "Completed" and one.client_id is not None and one.kind in CUSTOMER_KINDS
    )
