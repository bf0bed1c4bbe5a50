"""The public ids of assets and transactions."""

import uuid


def new_public_id() -> str:
    """Return a random UUID: the id that outsiders see (W07.03, W09.06)."""
    return str(uuid.uuid4())
