"""What goes with an account that is deleted: slices above say which of their records do."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.ledger.accounts import Account

_belongings: list[type[Any]] = []


def belongs_to_account(model: type[Any]) -> None:
    """Let the records of a model, by their `account_id`, be deleted with their account."""
    _belongings.append(model)


def belongings_of(session: Session, account: Account) -> list[Any]:
    """Return the records that go with an account."""
    return [
        record
        for model in _belongings
        for record in session.scalars(
            select(model).where(
                model.organisation_id == account.organisation_id, model.account_id == account.id
            )
        )
    ]
