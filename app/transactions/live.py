"""Which rows of an open list still wait, and whether they have moved since: a cheap question."""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.permissions import visible
from app.ledger.models import Transaction

LIVE = "/admin/transactions/live"
_MOST = 50
_ROW = re.compile(r"([0-9]{1,18})\.([0-9]{1,9})")


def live_href(seen: dict[int, int]) -> str | None:
    """Return the address that asks about rows and their versions; None where none waits."""
    if not seen:
        return None
    return f"{LIVE}?at={'-'.join(f'{key}.{version}' for key, version in sorted(seen.items()))}"


def live_rows(asked: str) -> dict[int, int]:
    """Read what an address asks about; what is no id with its version is left out."""
    parts = [_ROW.fullmatch(part) for part in asked.split("-")[:_MOST]]
    return {int(part[1]): int(part[2]) for part in parts if part and part[0].isascii()}


def unchanged(session: Session, actor: Actor, seen: dict[int, int]) -> bool:
    """Tell whether each row has still the version that the list shows."""
    query = select(Transaction.id, Transaction.version).where(
        *visible(actor, Transaction), Transaction.id.in_(seen)
    )
    return {row.id: row.version for row in session.execute(query)} == seen
