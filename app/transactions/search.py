"""The text people search transactions by, kept beside them and filled in off the hot path.

Posting writes nothing here. The worker reads the log from its mark on and writes one text for
each transaction it finds there without one; what has no text yet is searched by its columns.
PostgreSQL finds a part of a text by a trigram index, SQLite by an FTS5 table that follows this
one; where neither is to be had the text is read through.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.controls.audit import Activity
from app.controls.commands import SYSTEM_ONLY, door, handles, perform
from app.controls.identity import system_actor
from app.controls.work import Work
from app.db.base import Base
from app.db.session import database
from app.db.types import BigId
from app.kernel.money import format_minor, plain_decimal
from app.ledger.models import Transaction

_BATCH = 2_000
# A command that began before the mark may commit after it; none runs this long.
_SETTLED_AFTER = timedelta(minutes=2)
_ENTITY = "transaction"


class TransactionSearch(Base):
    """What one transaction is found by: its texts and amount in one text, its codes in another.

    All codes are made of the same few parts, which would make each look-up of a word a long one.
    The names and numbers of its parties are theirs, and are looked up there.
    """

    __tablename__ = "transaction_search"
    __audited__ = False

    transaction_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    organisation_id: Mapped[int] = mapped_column(BigId)
    text: Mapped[str]
    codes: Mapped[str]


class SearchMark(Base):
    """How far the log is read: one row."""

    __tablename__ = "search_mark"
    __audited__ = False

    name: Mapped[str] = mapped_column(primary_key=True)
    activity_id: Mapped[int] = mapped_column(BigId)


@dataclass(frozen=True, slots=True)
class IndexTransactions:
    """Write the texts of up to 2,000 transactions that wait for theirs."""


@dataclass(frozen=True, slots=True)
class IndexMissing:
    """Write the texts of the transactions above an id that have none, whatever the log says."""

    above_id: int


def index_all() -> int:
    """Index everything that waits; returns how many transactions. The worker calls it."""
    total = 0
    actor = system_actor(None, frozenset(), "Worker")
    while _has_work():
        found, moved = perform(IndexTransactions(), actor)
        total += found
        if not found and not moved:
            break
    return total


def index_missing() -> int:
    """Index every transaction without a text, such as those of a restored database."""
    actor = system_actor(None, frozenset(), "Worker")
    total, above_id = 0, 0
    while ids := perform(IndexMissing(above_id), actor):
        total, above_id = total + len(ids), ids[-1]
    return total


@handles(IndexTransactions, permission=SYSTEM_ONLY)
def index_transactions(work: Work, command: IndexTransactions) -> tuple[int, bool]:
    """Index the next of the log; returns how many transactions, and whether the mark moved."""
    del command
    session = work.session
    mark = _locked_mark(session)
    rows = session.execute(waiting_rows().order_by(Activity.id).limit(_BATCH)).all()
    _write(session, sorted({row.entity_id for row in rows}))
    read_all = len(rows) < _BATCH
    reached = session.scalar(select(func.max(Activity.id))) if read_all else rows[-1].id
    settled = session.scalar(
        select(Activity.id)
        .where(
            Activity.id > mark,
            Activity.id <= (reached or 0),
            Activity.occurred_at <= work.now - _SETTLED_AFTER,
        )
        .order_by(Activity.id.desc())
        .limit(1)
    )
    if settled is not None:
        mine = update(SearchMark).where(SearchMark.name == _ENTITY)
        session.execute(mine.values(activity_id=settled))
    return len(rows), settled is not None


@handles(IndexMissing, permission=SYSTEM_ONLY)
def index_missing_transactions(work: Work, command: IndexMissing) -> list[int]:
    """Write the next texts that are missing; returns the ids."""
    _locked_mark(work.session)
    query = (
        select(Transaction.id)
        .where(Transaction.id > command.above_id, ~_indexed(Transaction.id))
        .order_by(Transaction.id)
        .limit(_BATCH)
    )
    ids = list(work.session.scalars(query))
    _write(work.session, ids)
    return ids


def forget_text(work: Work, transaction_id: int) -> None:
    """Drop a transaction's text when what it says has changed: the next beat writes it anew."""
    mine = TransactionSearch.transaction_id == transaction_id
    work.session.execute(delete(TransactionSearch).where(mine))


def waiting_rows() -> Select[Any]:
    """Select the log's rows above the mark whose transactions have no text."""
    mark = select(SearchMark.activity_id).where(SearchMark.name == _ENTITY).scalar_subquery()
    return select(Activity.id, Activity.entity_id).where(
        Activity.id > mark,
        Activity.entity == _ENTITY,
        Activity.entity_id.is_not(None),
        ~_indexed(Activity.entity_id),
    )


def _indexed(transaction_id: Any) -> ColumnElement[bool]:
    return exists().where(TransactionSearch.transaction_id == transaction_id)


def _has_work() -> bool:
    """Tell whether the log has rows to index, or old ones for the mark to pass."""
    limit = door.clock() - _SETTLED_AFTER
    mark = select(SearchMark.activity_id).where(SearchMark.name == _ENTITY).scalar_subquery()
    passed = select(Activity.id).where(Activity.id > mark, Activity.occurred_at <= limit)
    with database.reading() as session:
        return any(session.execute(query.limit(1)).first() for query in (waiting_rows(), passed))


def _locked_mark(session: Session) -> int:
    """Return how far the log is read; a second worker waits here."""
    query = select(SearchMark.activity_id).where(SearchMark.name == _ENTITY)
    return session.scalars(query.with_for_update()).one()


def _write(session: Session, ids: list[int]) -> None:
    query = select(Transaction).where(Transaction.id.in_(ids), ~_indexed(Transaction.id))
    rows = [
        {
            "transaction_id": one.id,
            "organisation_id": one.organisation_id,
            "text": _text_of(one),
            "codes": f"{one.public_id}\n{one.uid}\n{one.reference}".lower(),
        }
        for one in session.scalars(query)
    ]
    if rows:
        session.execute(insert(TransactionSearch), rows)


def _text_of(one: Transaction) -> str:
    parts = (
        one.source_email, one.source, one.beneficiary, one.description, one.external_id,
        one.order_id, one.network_hash, plain_decimal(one.amount_minor, one.exponent),
        format_minor(one.amount_minor, one.exponent), one.currency,
    )  # fmt: skip
    return "\n".join(part for part in parts if part).lower()
