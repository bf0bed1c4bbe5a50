"""Where transactions live and how their processing status is written and coloured."""

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
