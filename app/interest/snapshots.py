"""The balances of every client asset at close, day by day, and what came late restated."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias

from sqlalchemy import (
    ColumnElement,
    Insert,
    Select,
    case,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from app.controls.commands import SYSTEM_ONLY, handles
from app.controls.work import Work
from app.interest.models import BalanceSnapshot, InterestAccrual
from app.ledger.models import Asset, Entry

ASSETS_AT_ONCE = 10_000
Lapses: TypeAlias = Callable[[int, date], Select[tuple[int, int]]]
_lapses: list[Lapses] = []
_SIGNED = case((Entry.side == "C", Entry.amount_minor), else_=-Entry.amount_minor)


def lapses(function: Lapses) -> Lapses:
    """Register what selects, of an organisation on a day, overdrafts that nobody grants any more.

    Pairs of an asset and the part of its permitted overdraft that stands only until it is repaid.
    """
    _lapses.append(function)
    return function


@dataclass(frozen=True, slots=True)
class SnapshotBalances:
    """Write the balances of assets between two ids for each day up to before `until`."""

    since: date
    until: date
    first_id: int
    last_id: int


@dataclass(frozen=True, slots=True)
class RestateBalances:
    """Work value balances of assets between two ids out anew, where interest is not posted."""

    since: date
    until: date
    first_id: int
    last_id: int


@handles(SnapshotBalances, permission=SYSTEM_ONLY)
def snapshot_balances(work: Work, command: SnapshotBalances) -> int:
    """Insert the rows that are missing; returns how many.

    The house's own assets have none, nor have those that nothing was ever booked on.
    """
    written = 0
    for day in days_between(command.since, command.until):
        statement = insert(BalanceSnapshot).from_select(_COLUMNS, _balances(work, command, day))
        written += count_inserted(work, statement)
    return written


@handles(RestateBalances, permission=SYSTEM_ONLY)
def restate_balances(work: Work, command: RestateBalances) -> None:
    """Sum the entries by value date; days whose interest is posted keep what it was paid on.

    Days before anything was booked on an asset get balances now: of value alone.
    """
    _fill(work, command)
    worth = (
        select(func.coalesce(func.sum(_SIGNED), 0))
        .where(
            Entry.organisation_id == work.actor.tenant_id,
            Entry.asset_id == BalanceSnapshot.asset_id,
            Entry.bucket == "real",
            Entry.value_date <= BalanceSnapshot.day,
        )
        .scalar_subquery()
    )
    posted = exists().where(
        InterestAccrual.organisation_id == work.actor.tenant_id,
        InterestAccrual.asset_id == BalanceSnapshot.asset_id,
        InterestAccrual.day == BalanceSnapshot.day,
        InterestAccrual.posting_id.is_not(None),
    )
    work.session.execute(
        update(BalanceSnapshot)
        .where(
            BalanceSnapshot.organisation_id == work.actor.tenant_id,
            BalanceSnapshot.asset_id.between(command.first_id, command.last_id),
            BalanceSnapshot.day >= command.since,
            BalanceSnapshot.day < command.until,
            ~posted,
        )
        .values(value_minor=worth)
        .execution_options(synchronize_session=False)
    )


def count_inserted(work: Work, statement: Insert) -> int:
    """Carry an INSERT out of a SELECT out; returns how many rows it wrote."""
    result = work.session.execute(statement.execution_options(preserve_rowcount=True))
    return int(result.rowcount)  # type: ignore[attr-defined]


def chunks_of_assets(session: Session, organisation_id: int) -> list[tuple[int, int]]:
    """Return ranges of ids that hold the organisation's client assets, 10,000 in each."""
    mine = select(Asset.id).where(Asset.organisation_id == organisation_id, Asset.is_limited)
    found, after = [], 0
    while True:
        rest = mine.where(Asset.id > after).order_by(Asset.id)
        first = session.scalar(rest.limit(1))
        if first is None:
            return found
        last = session.scalar(rest.offset(ASSETS_AT_ONCE - 1).limit(1))
        if last is None:
            last = session.scalar(
                select(func.max(Asset.id)).where(
                    Asset.organisation_id == organisation_id, Asset.is_limited
                )
            )
        after = int(last or first)
        found.append((first, after))


def late_entries(session: Session, organisation_id: int, business_date: date) -> dict[int, date]:
    """Return assets with entries since the close before that are worth earlier, and since when.

    Not before the first balances that were kept.
    """
    before = select(func.min(BalanceSnapshot.day), func.max(BalanceSnapshot.day)).where(
        BalanceSnapshot.organisation_id == organisation_id, BalanceSnapshot.day < business_date
    )
    first, previous = session.execute(before).one()
    if previous is None:
        return {}
    kept = func.coalesce(BalanceSnapshot.sequence, 0)
    query = (
        select(Entry.asset_id, func.min(Entry.value_date))
        .select_from(Asset)
        .outerjoin(
            BalanceSnapshot,
            (BalanceSnapshot.organisation_id == organisation_id)
            & (BalanceSnapshot.asset_id == Asset.id)
            & (BalanceSnapshot.day == previous),
        )
        .join(Entry, (Entry.asset_id == Asset.id) & (Entry.sequence > kept))
        .where(
            Asset.organisation_id == organisation_id,
            Asset.is_limited,
            Asset.sequence > kept,
            Entry.organisation_id == organisation_id,
            Entry.value_date < business_date,
        )
        .group_by(Entry.asset_id)
    )
    return {row[0]: max(row[1], first) for row in session.execute(query)}


def days_between(since: date, until: date) -> Iterator[date]:
    """Yield each calendar day from the first on, the last not included."""
    for number in range((until - since).days):
        yield since + timedelta(days=number)


_COLUMNS = [
    "organisation_id", "asset_id", "day", "ledger_minor", "value_minor", "held_minor",
    "overdraft_minor", "sequence",
]  # fmt: skip


def _fill(work: Work, command: RestateBalances) -> None:
    """Insert the days that assets have none of, from the first on: nothing was booked on them."""
    tenant = work.actor.tenant_id
    missing = (
        Asset.organisation_id == tenant,
        Asset.is_limited,
        Asset.sequence > 0,
        Asset.id.between(command.first_id, command.last_id),
    )
    without = select(Asset.id).where(*missing, ~_is_there(tenant, command.since)).limit(1)
    if work.session.scalar(without) is None:
        return
    for day in days_between(command.since, command.until):
        nothing = [literal(0).label(name) for name in ("ledger", "worth", "held")]
        query = select(
            Asset.organisation_id, Asset.id, literal(day), *nothing, Asset.overdraft_minor,
            literal(0).label("last"),
        ).where(*missing, ~_is_there(tenant, day))  # fmt: skip
        count_inserted(work, insert(BalanceSnapshot).from_select(_COLUMNS, query))


def _balances(work: Work, command: SnapshotBalances, day: date) -> Select[tuple[object, ...]]:
    """Select a day's balances: what is value-dated later is left out of the value balance.

    The overdraft is the one that is granted, not what is permitted until it is repaid: beyond it a
    penalty is due.
    """
    tenant = work.actor.tenant_id
    ledger, sequence = _at_cut_off(tenant, command.until)
    later = (
        select(Entry.asset_id, func.sum(_SIGNED).label("minor"))
        .where(
            Entry.organisation_id == tenant,
            Entry.value_date > Entry.posting_date,
            Entry.value_date > day,
            Entry.posting_date < command.until,
            Entry.bucket == "real",
        )
        .group_by(Entry.asset_id)
        .subquery()
    )
    lapsed = [function(tenant, day).subquery() for function in _lapses]
    query = (
        select(
            Asset.organisation_id,
            Asset.id,
            literal(day),
            ledger,
            ledger - func.coalesce(later.c.minor, 0),
            Asset.held_minor,
            Asset.overdraft_minor - sum(func.coalesce(one.c.minor, 0) for one in lapsed),
            sequence,
        )
        .outerjoin(later, later.c.asset_id == Asset.id)
        .where(
            Asset.organisation_id == tenant,
            Asset.is_limited,
            Asset.sequence > 0,
            Asset.id.between(command.first_id, command.last_id),
            ~_is_there(tenant, day),
        )
    )
    for one in lapsed:
        query = query.outerjoin(one, one.c.asset_id == Asset.id)
    return query


def _is_there(tenant: int, day: date) -> ColumnElement[bool]:
    kept = aliased(BalanceSnapshot)
    return exists().where(
        kept.organisation_id == tenant, kept.asset_id == Asset.id, kept.day == day
    )


def _at_cut_off(tenant: int, until: date) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """Return an asset's balance and its last entry's sequence before the next day began on it.

    Others may have booked on it since the cut-off; from the first of theirs on nothing is in these
    balances, whatever day it is of: the next close finds it late.
    """
    mine = (Entry.organisation_id == tenant, Entry.asset_id == Asset.id)
    since = select(func.min(Entry.sequence)).where(*mine, Entry.posting_date >= until)
    begun = since.correlate(Asset).scalar_subquery()
    real = case((Entry.bucket == "real", _SIGNED), else_=0)
    booked = select(func.coalesce(func.sum(real), 0)).where(*mine, Entry.sequence >= begun)
    before = Asset.balance_minor - booked.correlate(Asset).scalar_subquery()
    return before, func.coalesce(begun - 1, Asset.sequence)
