"""Whom a transfer goes to, found by what a teller knows of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.clients.models import Client
from app.controls.configured import kept_while_configured
from app.controls.identity import Actor
from app.controls.permissions import visible
from app.journals.picker import Found, find_accounts
from app.kernel.errors import Refusal
from app.ledger.accounts import Account
from app.ledger.kinds import INCOMING
from app.ledger.models import Asset
from app.reference.models import TransactionSubType

MEANT = "Choose the account that is meant: {accounts}"
_MOST_OFFERED = 3


@dataclass(frozen=True, slots=True)
class OfferedSubType:
    """A sub-type of a project, as the counter's forms offer it."""

    id: int
    label: str
    name: str
    direction: str
    is_system: bool


@kept_while_configured
def sub_types(session: Session, actor: Actor) -> dict[int, list[OfferedSubType]]:
    """Return the sub-types of the projects in sight, by name."""
    found: dict[int, list[OfferedSubType]] = defaultdict(list)
    query = select(TransactionSubType).where(*visible(actor, TransactionSubType))
    for one in session.scalars(query.order_by(TransactionSubType.name, TransactionSubType.id)):
        offered = OfferedSubType(one.id, one.label, one.name, one.direction, one.is_system)
        found[one.project_id].append(offered)
    return found


def sub_types_offered(
    session: Session, actor: Actor, project_id: int | None, kind: str
) -> tuple[str, list[tuple[str, str]]]:
    """Return the name of the kind's own sub-type, and those the project added in its direction."""
    known = sub_types(session, actor).get(project_id or 0, [])
    direction = "in" if kind in INCOMING else "out"
    own = next((one.name for one in known if one.is_system and one.label == kind), "None")
    added = [
        (one.label, one.name)
        for one in known
        if not one.is_system and one.direction in (direction, "both")
    ]
    return own, added


def find_receivers(session: Session, actor: Actor, typed: str, source: Any) -> Sequence[Found]:
    """Return whom a transfer out of an asset may go to, by a name, a number or a UID.

    They hold its currency; what names one asset finds that one alone. Nobody pays their own.
    """
    currency = source.currency
    found = _receivers(session, actor, typed, currency)
    return [one for one in found if one.number != source.account_number]


def receiver_named(session: Session, actor: Actor, typed: str, source: Any) -> int:
    """Return the id of the asset that a transfer out of `source` goes to (`asset_named`).

    A name alone pays nobody (422): the sentence offers the accounts it may mean.
    """
    try:
        return asset_named(session, actor, typed, source.currency)
    except Refusal as refusal:
        found = find_receivers(session, actor, typed, source)[:_MOST_OFFERED]
        if not found:
            raise
        offered = ", ".join(f"{one.number} {one.name}" for one in found)
        raise Refusal(MEANT.format(accounts=offered), field=refusal.field) from None


def _receivers(session: Session, actor: Actor, typed: str, currency: str) -> Sequence[Found]:
    name = typed.strip()
    if not name:
        return []
    try:
        asset_id = asset_named(session, actor, name, currency)
    except Refusal:
        return find_accounts(session, actor, name, currency=currency)
    query = (
        select(Account.name, Client.name)
        .join(Asset, Asset.account_id == Account.id)
        .outerjoin(Client, Client.id == Asset.client_id)
        .where(*visible(actor, Asset), Asset.id == asset_id)
    )
    account, owner = session.execute(query).one()
    return [Found(name, owner or account, currency, "")]


def asset_named(session: Session, actor: Actor, typed: str, currency: str) -> int:
    """Return the id of the asset in a currency with this UID, id, account or QR code; else 422.

    A customer's own code means their oldest account that holds the currency.
    """
    name = typed.strip()
    query = (
        select(Asset.id)
        .join(Account, Account.id == Asset.account_id)
        .outerjoin(Client, Client.id == Asset.client_id)
        .where(
            *visible(actor, Asset),
            Asset.currency == currency,
            or_(
                Asset.uid == name,
                Asset.public_id == name,
                Account.number == name.upper(),
                Account.uid == name,
                Account.public_id == name,
                Account.qr_code == name.upper(),
                Client.qr_code == name.upper(),
            ),
        )
        .order_by(Asset.id)
        .limit(1)
    )
    asset_id = session.scalar(query)
    if asset_id is None:
        raise Refusal(
            f"There is no asset in {currency} with this number, UID or code",
            field="counter_asset_id",
        )
    return asset_id
