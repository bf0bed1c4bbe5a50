"""What a transaction moved on the assets one looks at, in the sign of the balance shown there."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, ColumnElement, and_, case, cast, func, literal, select
from sqlalchemy.orm import Session

from app.ledger.accounts import CREDIT_NORMAL, Account, Product
from app.ledger.kinds import comes_in
from app.ledger.models import Asset, Entry, Transaction

OPPOSITE = {"in": "out", "out": "in", "both": "both"}
# The house's own accounts are told in the sign of their product's kind: cash in hand is positive.
NATURAL = case(
    (and_(Account.holder == "internal", Product.kind.not_in(CREDIT_NORMAL)), -1), else_=1
)
_SIDE = case((Entry.side == "C", Entry.amount_minor), else_=-Entry.amount_minor)


@dataclass(frozen=True, slots=True)
class Place:
    """An asset one looks at; `natural` is -1 where a debit raises the balance shown."""

    currency: str
    exponent: int
    natural: int


@dataclass(frozen=True, slots=True)
class Moved:
    """An amount as it is seen: never below zero, with "in", "out" or, without a sign, "both"."""

    minor: int
    exponent: int
    currency: str
    direction: str


Places: TypeAlias = Mapping[int, Place]


def places_seen(session: Session, clause: ColumnElement[bool]) -> Places:
    """Return the assets that one looks at, by their ids."""
    query = (
        select(Asset.id, Asset.currency, Asset.exponent, NATURAL)
        .join(Account, Account.id == Asset.account_id)
        .join(Product, Product.id == Account.product_id)
        .where(clause)
    )
    return {key: Place(*told) for key, *told in session.execute(query)}


def moved_columns(asset_ids: Collection[int]) -> tuple[ColumnElement[Any], ...]:
    """Return the columns `moved` reads: credits less debits, the first and last asset of them."""
    ends = (func.min(Entry.asset_id), func.max(Entry.asset_id))
    first, last = (_of_entries(end, asset_ids) for end in ends)
    if len(asset_ids) == 1:
        first = last = literal(next(iter(asset_ids)))
    return (net_column(asset_ids).label("net_minor"), first.label("net_first"),
            last.label("net_last"))  # fmt: skip


def net_column(asset_ids: Collection[int]) -> ColumnElement[Any]:
    """Return credits less debits of some assets; null where nothing is posted on them."""
    return _of_entries(cast(func.sum(_SIDE), BigInteger), asset_ids)


def moved(one: Any, net: Any, seen: Places) -> Moved:
    """Return what a transaction moved on the assets one looks at (W09.04, V03.07).

    A movement in or out is told by its own asset as its header tells it, an exchange by what it
    gave or brought. All else, such as a journal, has no direction of its own: there the net of
    the assets' lines counts, of what waits that of the lines planned. `net` has the columns of
    `moved_columns`. Over several assets there is no one amount: that of the header, unsigned.
    """
    if not seen or (one.asset_id in seen and one.direction != "both"):
        return _of_header(one, one.direction)
    if one.settled_currency is not None:
        is_own = one.asset_id in seen
        if is_own != (one.counter_asset_id in seen):
            direction = "in" if comes_in(one) == is_own else "out"
            return _of_header(one, direction) if is_own else _settled(one, direction)
    lines = [line for line in one.lines or () if line["asset_id"] in seen]
    touched = {line["asset_id"] for line in lines}
    minor = sum(
        line["amount_minor"] if line["side"] == "C" else -line["amount_minor"] for line in lines
    )
    if net.net_minor is not None:
        minor, touched = net.net_minor, {net.net_first, net.net_last}
    if len(touched) != 1:
        return _of_header(one, "both" if touched else OPPOSITE[one.direction])
    place = seen[touched.pop()]
    minor *= place.natural
    direction = "both" if minor == 0 else ("in" if minor > 0 else "out")
    return Moved(abs(minor), place.exponent, place.currency, direction)


def _of_entries(column: ColumnElement[Any], asset_ids: Collection[int]) -> ColumnElement[Any]:
    mine = (Entry.transaction_id == Transaction.id, Entry.asset_id.in_(asset_ids))
    return select(column).where(*mine).correlate(Transaction).scalar_subquery()


def _of_header(one: Any, direction: str) -> Moved:
    return Moved(one.amount_minor, one.exponent, one.currency, direction)


def _settled(one: Any, direction: str) -> Moved:
    return Moved(one.settled_minor, one.settled_exponent, one.settled_currency, direction)
