"""The clause that finds transactions by a part of what they show, for pages and exports.

What is typed is looked up first, by one statement: the assets whose own codes, account or owner
hold it, and the transactions whose own codes or texts do. Few of each go into the list's query as
plain ids, which an index walks in the list's order.
"""

import re
from collections import defaultdict
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from app.clients.models import Client
from app.controls.audit import Activity
from app.db.parts import SHORTEST_INDEXED, among, holds_part, kept_with
from app.db.session import database
from app.ledger.accounts import Account
from app.ledger.models import Asset, Transaction
from app.transactions.search import TransactionSearch, waiting_rows

NEWEST_ROWS = 10_000
MOST_IDS = 1_000
_COMMON_ONE_IN = 100
_SEARCHED = (
    "public_id", "uid", "reference", "source", "source_email", "beneficiary", "description",
    "external_id", "order_id", "network_hash",
)  # fmt: skip
_REFERENCE = re.compile(r"txn-([0-9]{1,15})")
_CODE = re.compile(r"cbtr([0-9a-z]{1,10})")
# What may be a piece of a code; the number of an account is of no transaction.
_OF_A_CODE = re.compile(r"(?!acc-)[0-9a-z-]{1,40}")


def search_clause(
    session: Session, typed: str, organisation_id: int, *, most: int | None, is_walked: bool = False
) -> ColumnElement[bool]:
    """Return a search for any part of any text, whatever its case (W09.28).

    `most` keeps a word that very many have from being looked up everywhere: the newest so many
    are enough for a page. `is_walked` looks for such a word row by row, in whatever order the
    list is walked: beside a filter or a sort fifty rows are soon found. Fewer than three
    characters have no trigram: they are looked for among the newest rows.
    """
    if len(typed) < SHORTEST_INDEXED:
        return among(Transaction.id, _newest_with(typed, organisation_id))
    assets, own = _looked_up(session, typed, organisation_id)
    if len(assets) > MOST_IDS:
        owned = Transaction.asset_id.in_(_assets(typed, organisation_id))
    else:
        owned = Transaction.asset_id.in_(assets) if assets else false()
    if len(own) <= MOST_IDS:
        return or_(owned, Transaction.id.in_(own)) if own else owned
    if is_walked and own[0] - own[-1] <= MOST_IDS * _COMMON_ONE_IN:
        return or_(owned, _walked(typed))
    return or_(owned, among(Transaction.id, _own(typed, organisation_id, most=most)))


def by_code(typed: str) -> ColumnElement[bool] | None:
    """Match the transactions whose reference or code starts with the text; None if none can.

    Both are the id written out, so their start is a range of ids at any size.
    """
    low = typed.lower()
    if match := _REFERENCE.fullmatch(low):
        return _in_ranges(match[1], width=8, base=10)
    if match := _CODE.fullmatch(low):
        return _in_ranges(match[1], width=6, base=36)
    return None


def _in_ranges(digits: str, *, width: int, base: int) -> ColumnElement[bool]:
    """Match ids that start with these digits; one that is padded has no more than `width`."""
    last = "9" if base == 10 else "z"  # noqa: PLR2004
    widest = width if digits.startswith("0") else 12
    ends = (
        [int(digits.ljust(size, end), base) for end in ("0", last)]
        for size in range(max(width, len(digits)), max(widest, len(digits)) + 1)
    )
    return or_(*(Transaction.id.between(low, high) for low, high in ends))


def _looked_up(session: Session, typed: str, organisation_id: int) -> tuple[list[int], list[int]]:
    """Return up to so many assets and transactions, and one more: the latter newest first."""
    most = MOST_IDS + 1
    assets = _assets(typed, organisation_id).limit(most).subquery()
    own = _own(typed, organisation_id, most=most).subquery()
    query = union_all(
        select(literal("asset").label("kind"), *assets.c), select(literal("own"), *own.c)
    )
    found = defaultdict(set)
    for kind, key in session.execute(query, execution_options={"planned_anew": True}):
        found[kind].add(key)
    return sorted(found["asset"]), sorted(found["own"], reverse=True)[:most]


def _assets(typed: str, organisation_id: int) -> CompoundSelect[Any]:
    """Select the assets that hold the text in their codes, or in their account's or owner's."""
    mine = select(Asset.id).where(Asset.organisation_id == organisation_id)
    accounts = select(Account.id).where(
        Account.organisation_id == organisation_id,
        holds_part(typed, Account.number, Account.uid),
    )
    owners = select(Client.id).where(
        Client.organisation_id == organisation_id,
        holds_part(typed, Client.name, Client.number, Client.email),
    )
    return union(
        mine.where(holds_part(typed, Asset.uid, Asset.public_id)),
        mine.where(among(Asset.account_id, accounts)),
        mine.where(among(Asset.client_id, owners)),
    )


def _own(typed: str, organisation_id: int, *, most: int | None) -> CompoundSelect[Any]:
    """Select the transactions that hold the text themselves, of each kind the newest so many."""
    kinds = [_kept(typed, organisation_id, "text")]
    coded = by_code(typed)
    if coded is not None:
        mine = select(Transaction.id).where(Transaction.organisation_id == organisation_id)
        kinds.append(mine.where(coded))
    elif _OF_A_CODE.fullmatch(typed.lower()):
        kinds.append(_kept(typed, organisation_id, "codes"))
    if most is not None:
        kinds = [_newest(one, most) for one in kinds]
    return union_all(*kinds, _waiting(typed))


def _newest(ids: Select[Any], most: int) -> Select[Any]:
    newest = ids.order_by(ids.selected_columns[0].desc()).limit(most).subquery()
    return select(newest.c[0])


def _kept(typed: str, organisation_id: int, name: str) -> Select[Any]:
    """Select the transactions whose kept text or codes hold what is typed."""
    if not database.is_postgresql:
        return kept_with(f"transaction_{name}", typed, names=name)
    column = getattr(TransactionSearch, name)
    return select(TransactionSearch.transaction_id).where(
        TransactionSearch.organisation_id == organisation_id,
        column.contains(typed.lower(), autoescape=True),
    )


def _walked(typed: str) -> ColumnElement[bool]:
    """Match a transaction by a look at its text, where a look-up of all would be too much."""
    kept = TransactionSearch.text + "\n" + TransactionSearch.codes
    own = select(kept).where(TransactionSearch.transaction_id == Transaction.id)
    has_it = own.scalar_subquery().contains(typed.lower(), autoescape=True)
    return or_(has_it, among(Transaction.id, _waiting(typed)))


def _waiting(typed: str) -> Select[Any]:
    """Search those that wait for their text, by the columns it will be made of."""
    one = aliased(Transaction)
    ids = waiting_rows().with_only_columns(Activity.entity_id)
    return select(one.id).where(among(one.id, ids), or_(*_in_columns(one, typed)))


def _newest_with(typed: str, organisation_id: int) -> Select[Any]:
    """Search the newest rows of an organisation by their columns and their parties'."""
    one, asset, account, client = (
        aliased(model) for model in (Transaction, Asset, Account, Client)
    )
    parties = [
        column.icontains(typed, autoescape=True)
        for column in (asset.uid, account.number, client.name, client.email)
    ]
    return (
        select(one.id)
        .outerjoin(asset, asset.id == one.asset_id)
        .outerjoin(account, account.id == one.account_id)
        .outerjoin(client, client.id == one.client_id)
        .where(one.id > _newest_from(organisation_id), or_(*_in_columns(one, typed), *parties))
    )


def _in_columns(one: Any, typed: str) -> list[ColumnElement[bool]]:
    clauses = [getattr(one, name).icontains(typed, autoescape=True) for name in _SEARCHED]
    digits = typed.replace(",", "").replace(".", "")
    if digits.isascii() and digits.isdigit():
        clauses.append(cast(one.amount_minor, String).contains(digits))
    return clauses


def _newest_from(organisation_id: int) -> Any:
    newest = aliased(Transaction)
    mine = select(newest.id).where(newest.organisation_id == organisation_id)
    edge = mine.order_by(newest.id.desc()).offset(NEWEST_ROWS).limit(1)
    return func.coalesce(edge.scalar_subquery(), 0)
