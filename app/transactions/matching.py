"""The clause that finds transactions by a part of what they show, for pages and exports.

What is typed is looked up first, by one statement: the assets whose own codes, account or owner
hold it, and the transactions whose own codes or texts do. Few of each go into the list's query as
plain ids, which an index walks in the list's order.
"""

import re
from collections import defaultdict
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    bindparam,
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
from app.db.parts import (
    BOUND,
    SHORTEST_INDEXED,
    Part,
    among,
    holds_part,
    is_like,
    kept_with,
    part_of,
    values_of,
)
from app.db.session import database
from app.db.types import BigId
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
    coded = by_code(typed)
    has_codes = coded is None and bool(_OF_A_CODE.fullmatch(typed.lower()))
    assets, own = _looked_up(session, typed, organisation_id, has_codes=has_codes)
    found = [] if coded is None else [coded]
    if len(assets) > MOST_IDS:
        found.append(Transaction.asset_id.in_(_assets(part_of(typed), organisation_id)))
    elif assets:
        found.append(Transaction.asset_id.in_(assets))
    if len(own) > MOST_IDS and is_walked and own[0] - own[-1] <= MOST_IDS * _COMMON_ONE_IN:
        found.append(_walked(typed))
    elif len(own) > MOST_IDS:
        ids = _own(part_of(typed), organisation_id, most=most, has_codes=has_codes)
        found.append(among(Transaction.id, ids))
    elif own:
        found.append(Transaction.id.in_(own))
    return or_(*found) if found else false()


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


def _looked_up(
    session: Session, typed: str, organisation_id: int, *, has_codes: bool
) -> tuple[list[int], list[int]]:
    """Return up to so many assets and transactions, and one more: the latter newest first."""
    query = _look_up(MOST_IDS + 1, has_codes=has_codes, is_postgresql=database.is_postgresql)
    values = values_of(typed) | {"organisation": organisation_id}
    found = defaultdict(set)
    for kind, key in session.execute(query, values, execution_options={"planned_anew": True}):
        found[kind].add(key)
    own = sorted(found["own"], reverse=True)
    return sorted(found["asset"]), own[: MOST_IDS + 1]


@lru_cache(maxsize=8)
def _look_up(most: int, *, has_codes: bool, is_postgresql: bool) -> CompoundSelect[Any]:
    """Return the statement that looks a part up: to put it together takes longer than to send it.

    It differs by the kind of database, which those that make its parts ask for themselves.
    """
    del is_postgresql
    organisation = bindparam("organisation", type_=BigId)
    assets = _assets(BOUND, organisation).limit(most).subquery()
    own = _own(BOUND, organisation, most=most, has_codes=has_codes).subquery()
    return union_all(
        select(literal("asset").label("kind"), *assets.c), select(literal("own"), *own.c)
    )


def _assets(part: Part, organisation_id: Any) -> CompoundSelect[Any]:
    """Select the assets that hold the text in their codes, or in their account's or owner's."""
    mine = select(Asset.id).where(Asset.organisation_id == organisation_id)
    accounts = select(Account.id).where(
        Account.organisation_id == organisation_id,
        holds_part(part, Account.number, Account.uid, Account.public_id),
    )
    owners = select(Client.id).where(
        Client.organisation_id == organisation_id,
        holds_part(part, Client.name, Client.number, Client.email),
    )
    return union(
        mine.where(holds_part(part, Asset.uid, Asset.public_id)),
        mine.where(among(Asset.account_id, accounts)),
        mine.where(among(Asset.client_id, owners)),
    )


def _own(
    part: Part, organisation_id: Any, *, most: int | None, has_codes: bool
) -> CompoundSelect[Any]:
    """Select the transactions that hold the text themselves, of each kind the newest so many."""
    names = ("text", "codes") if has_codes else ("text",)
    kinds = [_kept(part, organisation_id, name) for name in names]
    if most is not None:
        kinds = [_newest(one, most) for one in kinds]
    return union_all(*kinds, _waiting(part))


def _newest(ids: Select[Any], most: int) -> Select[Any]:
    newest = ids.order_by(ids.selected_columns[0].desc()).limit(most).subquery()
    return select(newest.c[0])


def _kept(part: Part, organisation_id: Any, name: str) -> Select[Any]:
    """Select the transactions whose kept text or codes hold what is typed."""
    if not database.is_postgresql:
        return kept_with(f"transaction_{name}", part, names=name)
    return select(TransactionSearch.transaction_id).where(
        TransactionSearch.organisation_id == organisation_id,
        is_like(getattr(TransactionSearch, name), part),
    )


def _walked(typed: str) -> ColumnElement[bool]:
    """Match a transaction by a look at its text, where a look-up of all would be too much."""
    part = part_of(typed)
    kept = TransactionSearch.text + "\n" + TransactionSearch.codes
    own = select(kept).where(TransactionSearch.transaction_id == Transaction.id)
    return or_(is_like(own.scalar_subquery(), part), among(Transaction.id, _waiting(part)))


def _waiting(part: Part) -> Select[Any]:
    """Search those that wait for their text, by the columns it will be made of."""
    one = aliased(Transaction)
    ids = waiting_rows().with_only_columns(Activity.entity_id)
    return select(one.id).where(among(one.id, ids), or_(*_in_columns(one, part)))


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
        .where(
            one.id > _newest_from(organisation_id), or_(*_in_columns(one, part_of(typed)), *parties)
        )
    )


def _in_columns(one: Any, part: Part) -> list[ColumnElement[bool]]:
    texts = [is_like(func.lower(getattr(one, name)), part) for name in _SEARCHED]
    return [*texts, cast(one.amount_minor, String).like(part.digits)]


def _newest_from(organisation_id: int) -> Any:
    newest = aliased(Transaction)
    mine = select(newest.id).where(newest.organisation_id == organisation_id)
    edge = mine.order_by(newest.id.desc()).offset(NEWEST_ROWS).limit(1)
    return func.coalesce(edge.scalar_subquery(), 0)
