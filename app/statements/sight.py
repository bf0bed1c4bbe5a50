"""Whose statements a client sees and asks for, judged when they look rather than when it was made.

An asset that the house deactivated is hidden from its client for as long as it is (W08.11). Those
of a closed account are inactive as well, but what happened up to its closing stays the client's.
"""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, cast, exists, func, or_, select

from app.controls.identity import Actor
from app.controls.permissions import scoped
from app.db.session import database
from app.ledger.accounts import Account
from app.ledger.models import Asset


def covers_hidden(organisation_id: Any, asset_ids: Any) -> ColumnElement[bool]:
    """Return the clause of the statements, by their columns, that are over a hidden asset."""
    unfolded = func.jsonb_array_elements_text if database.is_postgresql else func.json_each
    stated = unfolded(asset_ids).table_valued("value")
    return exists(
        select(Asset.id)
        .select_from(stated)
        .join(Asset, Asset.id == cast(stated.c.value, BigInteger))
        .join(Account, Account.id == Asset.account_id)
        .where(
            Asset.organisation_id == organisation_id,
            Asset.is_active.is_(False),
            Account.closed_on.is_(None),
        )
        .correlate_except(Asset, Account, stated)
    )


def statable(actor: Actor, *, since: date | None = None) -> Select[Asset]:
    """Select the assets in sight that statements are made of.

    A client's own are those that are active, and those of accounts closed on `since` or later.
    """
    client_id = actor.scope.client_id
    if client_id is None:
        return scoped(actor, Asset)
    closed = exists().where(Account.id == Asset.account_id, Account.closed_on.is_not(None))
    if since is not None:
        closed = closed.where(Account.closed_on >= since)
    closed = closed.correlate(Asset)
    return select(Asset).where(
        Asset.organisation_id == actor.tenant_id,
        Asset.client_id == client_id,
        or_(Asset.is_active, closed),
    )
