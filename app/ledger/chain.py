"""The hash chain of an asset's entries: what is hashed, in one documented form (safety 4)."""

import hashlib
from datetime import date
from decimal import Decimal

GENESIS = bytes(32)


def chain_hash(
    previous: bytes | None,
    *,
    asset_id: int,
    sequence: int,
    transaction_id: int,
    side: str,
    bucket: str,
    amount_minor: int,
    currency: str,
    rate: Decimal,
    base_minor: int,
    posting_date: date,
    value_date: date,
    balance_after_minor: int,
) -> bytes:
    """Return SHA-256 over the previous hash and the entry's fields joined by "|"."""
    text = (
        f"{asset_id}|{sequence}|{transaction_id}|{side}|{bucket}|{amount_minor}|{currency}|"
        f"{rate:f}|{base_minor}|{posting_date.isoformat()}|{value_date.isoformat()}|"
        f"{balance_after_minor}"
    )
    return hashlib.sha256((previous or GENESIS) + text.encode()).digest()
