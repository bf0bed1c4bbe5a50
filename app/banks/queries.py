"""What others ask of banks: choices for forms, the default, how one is reached."""

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.banks.models import Bank
from app.controls.identity import Actor
from app.controls.permissions import visible


def bank_choices(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Return the banks, the default first and then by name (W10.17)."""
    query = select(Bank.id, Bank.name).where(*visible(actor, Bank), Bank.retired_at.is_(None))
    rows = session.execute(query.order_by(Bank.is_default.desc(), Bank.name, Bank.id))
    return [(row.id, row.name) for row in rows]


def default_bank_id(session: Session, actor: Actor) -> int | None:
    """Return the bank that a new fiat asset starts with (W10.08)."""
    query = select(Bank.id).where(*visible(actor, Bank), Bank.is_default, Bank.retired_at.is_(None))
    return session.scalars(query).one_or_none()


def live_bank(session: Session, organisation_id: int, bank_id: int | None) -> Bank | None:
    """Return the bank, unless it was deleted in the meantime."""
    if bank_id is None:
        return None
    query = select(Bank).where(
        Bank.organisation_id == organisation_id, Bank.id == bank_id, Bank.retired_at.is_(None)
    )
    return session.scalars(query).one_or_none()


def credentials_of(bank: Bank) -> dict[str, Any]:
    """Return what integrations need to reach the bank; never shown to anybody."""
    found: dict[str, Any] = json.loads(bank.credentials) if bank.credentials else {}
    return found
