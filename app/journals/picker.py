"""Finding the account a line is booked on: by the start of its number, or a part of a name."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import visible
from app.controls.review import AUTHORIZED
from app.db.parts import SHORTEST_INDEXED, kept_with, part_of
from app.db.session import database
from app.ledger.accounts import Account
from app.ledger.house import may_be_booked_by_hand
from app.ledger.models import Asset
from app.organisation.models import Branch

MOST = 12
_MOST_MATCHES = 1_000
_LAST = "\uffff"
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Found:
    """An account as the picker shows it; the house's own with the branch they are kept at."""

    number: str
    name: str
    currency: str
    house_of: str


def find_accounts(
    session: Session, actor: Actor, typed: str, *, currency: str | None = None
) -> Sequence[Found]:
    """Return up to twelve usable accounts in sight whose number, name or owner holds the text.

    Fewer than three characters are the start of a number. With a currency: those that hold it.
    """
    looked_for = " ".join(typed.split())[:LONGEST].lower()
    if not looked_for:
        return []
    query = (
        select(Account.number, Account.name, Account.currency, Account.holder, Client.name)
        .add_columns(Branch.name)
        .outerjoin(Client, Client.id == Account.client_id)
        .outerjoin(Branch, Branch.id == Account.branch_id)
        .where(Account.id.in_(_ids(session, actor, looked_for, currency)))
        .order_by(Account.number)
        .limit(MOST)
    )
    return [
        Found(
            number, owner or name, currency or own, (branch or "") if holder == "internal" else ""
        )
        for number, name, own, holder, owner, branch in session.execute(query)
    ]


def _usable(actor: Actor, currency: str | None) -> Select[int]:
    usable = select(Account.id).where(
        *visible(actor, Account),
        Account.is_active,
        Account.record_status == AUTHORIZED,
        may_be_booked_by_hand(),
    )
    if currency is None:
        return usable
    held = (Asset.account_id == Account.id, Asset.currency == currency, Asset.is_active)
    return usable.where(exists().where(*held))


def _ids(session: Session, actor: Actor, looked_for: str, currency: str | None) -> set[int]:
    """Look accounts up by each way there is, each by an index of its own."""
    usable = _usable(actor, currency)
    start = looked_for.upper()
    numbered = usable.where(Account.number >= start, Account.number < start + _LAST)
    if len(looked_for) < SHORTEST_INDEXED:
        if database.is_postgresql:
            numbered = usable.where(Account.number.startswith(start, autoescape=True))
        return set(session.scalars(numbered.limit(MOST)))
    if database.is_postgresql:
        owner = func.lower(Client.name).contains(looked_for, autoescape=True)
        ways = [
            usable.where(func.lower(Account.number).contains(looked_for, autoescape=True)),
            usable.where(func.lower(Account.name).contains(looked_for, autoescape=True)),
            usable.join(Client, Client.id == Account.client_id).where(owner),
        ]
    else:
        named = _by_trigrams(session, "account", "number name", looked_for)
        owners = _by_trigrams(session, "client", "name", looked_for)
        owned = select(Account.id).where(
            Account.organisation_id == actor.tenant_id, Account.client_id.in_(owners)
        )
        among = {*named, *session.scalars(owned.limit(_MOST_MATCHES))}
        # By their ids: any index of the table would lead to all accounts of the organisation.
        found = usable.where(Account.id.in_(among)).with_hint(Account, "NOT INDEXED", "sqlite")
        ways = [numbered, found]
    return {key for way in ways for key in session.scalars(way.limit(MOST))}


def _by_trigrams(session: Session, table: str, names: str, looked_for: str) -> list[int]:
    """Return the rows whose names hold the text; of a part that very many have, the newest."""
    ids = kept_with(f"{table}_name_text", part_of(looked_for), names=names)
    newest = ids.order_by(ids.selected_columns[0].desc())
    return list(session.scalars(newest.limit(_MOST_MATCHES)))
