"""Finding the account a line is booked on: by the start of its number, or a part of a name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select, text
from sqlalchemy import column as sql_column
from sqlalchemy import table as lightweight
from sqlalchemy.orm import Session

from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import visible
from app.controls.review import AUTHORIZED
from app.db.session import database
from app.db.types import BigId
from app.ledger.accounts import Account
from app.organisation.models import Branch

MOST = 12
SHORTEST_INDEXED = 3
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Found:
    """An account as the picker shows it; the house's own with the branch they are kept at."""

    number: str
    name: str
    currency: str
    house_of: str


def find_accounts(session: Session, actor: Actor, typed: str) -> Sequence[Found]:
    """Return up to twelve usable accounts in sight whose number, name or owner holds the text."""
    looked_for = " ".join(typed.split())[:LONGEST].lower()
    if not looked_for:
        return []
    ids = {key for arm in _arms(actor, looked_for) for key in session.scalars(arm.limit(MOST))}
    query = (
        select(Account.number, Account.name, Account.currency, Account.holder, Client.name)
        .add_columns(Branch.name)
        .outerjoin(Client, Client.id == Account.client_id)
        .outerjoin(Branch, Branch.id == Account.branch_id)
        .where(Account.id.in_(ids))
        .order_by(Account.number)
        .limit(MOST)
    )
    return [
        Found(number, owner or name, currency, (branch or "") if holder == "internal" else "")
        for number, name, currency, holder, owner, branch in session.execute(query)
    ]


def _arms(actor: Actor, looked_for: str) -> list[Select[Any]]:
    """Return a query for each way to find an account, each by an index of its own."""
    usable = (
        *visible(actor, Account),
        Account.is_active,
        Account.record_status == AUTHORIZED,
    )
    mine = select(Account.id).where(*usable)
    owned = select(Account.id).join(Client, Client.id == Account.client_id).where(*usable)
    if len(looked_for) < SHORTEST_INDEXED:
        # Nothing so short has a trigram; so many have it that the first rows will do.
        start = looked_for.upper()
        found = or_(
            Account.number.startswith(start, autoescape=True),
            func.lower(Account.name).startswith(looked_for, autoescape=True),
        )
        named = func.lower(Client.name).startswith(looked_for, autoescape=True)
        return [mine.where(found), owned.where(named)]
    if database.is_postgresql:
        return [
            mine.where(func.lower(Account.number).contains(looked_for, autoescape=True)),
            mine.where(func.lower(Account.name).contains(looked_for, autoescape=True)),
            owned.where(func.lower(Client.name).contains(looked_for, autoescape=True)),
        ]
    return [
        _by_trigrams(mine, "account", Account.id, looked_for),
        _by_trigrams(owned, "client", Client.id, looked_for),
    ]


def _by_trigrams(query: Select[Any], table: str, column: Any, looked_for: str) -> Select[Any]:
    """Walk the table of trigrams first: the limit ends the walk, however many rows match."""
    texts = lightweight(f"{table}_name_text", sql_column("rowid", BigId))
    phrase = '"' + looked_for.replace('"', '""') + '"'
    matching = text(f"{texts.name} MATCH :phrase").bindparams(phrase=phrase)
    return query.select_from(texts).where(column == texts.c.rowid, matching)
