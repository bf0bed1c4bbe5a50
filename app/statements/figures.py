"""The figures of a statement: what each asset opened with, what moved, what it closed with."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, select
from sqlalchemy.orm import Session, aliased

from app.db.sums import exact_sum
from app.ledger.accounts import Account
from app.ledger.kinds import OUTGOING, kind_name
from app.ledger.models import Asset, Entry, Transaction

SIGNED = case((Entry.side == "C", Entry.amount_minor), else_=-Entry.amount_minor)
_TRANSFERS = ("transfer_out", "transfer_in")
_KINDS = {
    "deposit": ("Deposit", "from"),
    "withdrawal": ("Withdrawal", "to"),
    "payout": ("Payout", "to"),
    "invoice_payment": ("Payment", "for"),
    "transfer_out": ("Transfer", "to"),
    "transfer_in": ("Transfer", "from"),
    "bonus": ("Bonus", "from"),
    "journal": ("Journal entry", "with"),
    "opening": ("Opening balance", "from"),
}


@dataclass(frozen=True, slots=True)
class StatedEntry:
    """One entry as it is stated; amounts in minor units, `balance_minor` after it."""

    posting_date: date
    value_date: date
    reference: str
    text: str
    side: str
    amount_minor: int
    balance_minor: int


@dataclass(slots=True)
class Section:
    """One bucket of one asset over the period: opening plus in minus out is closing."""

    asset_id: int
    account_number: str
    account_name: str
    currency: str
    exponent: int
    bucket: str
    opening_minor: int
    entries: list[StatedEntry] = field(default_factory=list)

    @property
    def in_minor(self) -> int:
        """The sum of the credits."""
        return sum(entry.amount_minor for entry in self.entries if entry.side == "C")

    @property
    def out_minor(self) -> int:
        """The sum of the debits."""
        return sum(entry.amount_minor for entry in self.entries if entry.side == "D")

    @property
    def closing_minor(self) -> int:
        """The balance after the last entry of the period."""
        return self.entries[-1].balance_minor if self.entries else self.opening_minor


def sections_of(
    session: Session, organisation_id: int, asset_ids: list[int], *, period: tuple[date, date]
) -> tuple[Section, ...]:
    """Return a section for each asset, and one more for a bonus bucket that was ever used.

    Entries stand by their posting date, those of a day in the order they were posted, so that one
    that came late has the same balance beside it whatever the period. The assets must be inside the
    scope of the one who asked; here only the organisation is checked again.
    """
    openings = _openings(session, organisation_id, asset_ids, before=period[0])
    moved = _moved(session, organisation_id, asset_ids, period)
    sections: dict[tuple[int, str], Section] = {}
    for asset_id, currency, exponent, number, name in _assets(session, organisation_id, asset_ids):
        for bucket in ("real", "bonus"):
            key = (asset_id, bucket)
            if bucket == "real" or key in openings or key in moved:
                opening = openings.get(key, 0)
                sections[key] = Section(asset_id, number, name, currency, exponent, bucket, opening)
    for key, rows in moved.items():
        balance = sections[key].opening_minor
        for row in rows:
            balance += row.amount_minor if row.side == "C" else -row.amount_minor
            sections[key].entries.append(_stated(row, balance))
    return tuple(sections.values())


def count_entries(
    session: Session, organisation_id: int, asset_ids: list[int], *, period: tuple[date, date]
) -> int:
    """Return how many entries the assets have in the period."""
    query = select(func.count()).where(
        *_of(organisation_id, asset_ids), Entry.posting_date.between(*period)
    )
    return session.scalars(query).one()


def has_entries(
    session: Session, organisation_id: int, asset_ids: list[int], *, until: date
) -> bool:
    """Tell whether anything was booked on the assets up to and including a day."""
    booked = exists().where(*_of(organisation_id, asset_ids), Entry.posting_date <= until)
    return bool(session.scalar(select(booked)))


def _of(organisation_id: int, asset_ids: list[int]) -> tuple[ColumnElement[bool], ...]:
    return (Entry.organisation_id == organisation_id, Entry.asset_id.in_(asset_ids))


def _openings(
    session: Session, organisation_id: int, asset_ids: list[int], *, before: date
) -> dict[tuple[int, str], int]:
    query = (
        select(Entry.asset_id, Entry.bucket, exact_sum(SIGNED))
        .where(*_of(organisation_id, asset_ids), Entry.posting_date < before)
        .group_by(Entry.asset_id, Entry.bucket)
    )
    return {(asset_id, bucket): total for asset_id, bucket, total in session.execute(query)}


def stated_entries() -> Select[Any]:
    """Select entries with what `movement_text` says of them; the caller narrows and sorts."""
    other_asset, other = aliased(Asset), aliased(Account)
    other_id = case(
        (Transaction.asset_id == Entry.asset_id, Transaction.counter_asset_id),
        else_=Transaction.asset_id,
    )
    return (
        select(
            Entry.asset_id, Entry.bucket, Entry.side, Entry.amount_minor, Entry.posting_date,
            Entry.value_date, Entry.narrative, Transaction.reference, Transaction.kind,
            Transaction.description, Transaction.source, Transaction.beneficiary,
            other.number.label("other_number"), other.name.label("other_name"),
        )
        .join(Transaction, Transaction.id == Entry.transaction_id)
        .outerjoin(
            other_asset, and_(Transaction.kind.in_(_TRANSFERS), other_asset.id == other_id)
        )
        .outerjoin(other, other.id == other_asset.account_id)
    )  # fmt: skip


def _moved(
    session: Session, organisation_id: int, asset_ids: list[int], period: tuple[date, date]
) -> dict[tuple[int, str], list[Row[Any]]]:
    query = (
        stated_entries()
        .where(*_of(organisation_id, asset_ids), Entry.posting_date.between(*period))
        .order_by(Entry.posting_date, Entry.sequence, Entry.id)
    )
    moved: dict[tuple[int, str], list[Row[Any]]] = {}
    for row in session.execute(query):
        moved.setdefault((row.asset_id, row.bucket), []).append(row)
    return moved


def _assets(session: Session, organisation_id: int, asset_ids: list[int]) -> Iterable[Row[Any]]:
    query = (
        select(Asset.id, Asset.currency, Asset.exponent, Account.number, Account.name)
        .join(Account, Account.id == Asset.account_id)
        .where(Asset.organisation_id == organisation_id, Asset.id.in_(asset_ids))
        .order_by(Account.number, Asset.id)
    )
    return session.execute(query)


def _stated(row: Row[Any], balance_minor: int) -> StatedEntry:
    return StatedEntry(
        posting_date=row.posting_date,
        value_date=row.value_date,
        reference=row.reference,
        text=movement_text(row),
        side=row.side,
        amount_minor=row.amount_minor,
        balance_minor=balance_minor,
    )


def movement_text(row: Row[Any]) -> str:
    """Say what happened and with whom: "Transfer to ACC-00000002 Juma Otieno · Rent"."""
    if row.narrative:
        return str(row.narrative)
    party = row.source or row.beneficiary
    if row.kind in OUTGOING:
        party = row.beneficiary
    if row.other_number:
        party = f"{row.other_number} {row.other_name}"
    what, link = _KINDS.get(row.kind, (kind_name(row.kind), "with"))
    said = f"{what} {link} {party}" if party.strip() else what
    is_told = row.description.strip() in {"", party.strip()}
    text = said if is_told else f"{said} · {row.description}"
    return " ".join(text.split())
