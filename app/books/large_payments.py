"""What is reported against money laundering: large transactions of customers, and split ones."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Session, aliased

from app.books.parameters import Parameters
from app.books.tables import Column, Row, Table
from app.clients.models import Client
from app.controls.permissions import visible
from app.db.session import database
from app.db.sums import parts_of, reaches, whole_of
from app.kernel.money import Money
from app.ledger.accounts import Account
from app.ledger.models import LIVE_REVERSAL, Asset, Entry, Transaction, kind_name

PAGE_ROWS = 200
_CHUNK = 500
# The house's own doing.
_OF_THE_HOUSE = ("reversal", "revaluation", "opening")
# The side of a customer that counts: not the fees of what comes in, nor what an exchange gives
# for what it takes. Lines that were typed have no direction but their own.
_COUNTED = case(
    (Transaction.direction == "in", "C"),
    (or_(Transaction.direction == "out", Transaction.kind == "exchange"), "D"),
    else_=Entry.side,
)
_COLUMNS = (
    Column("date", "Date", "date"),
    Column("reference", "Reference", "ident"),
    Column("customer", "Customer", "ident"),
    Column("name", "Name"),
    Column("account", "Account", "ident"),
    Column("kind", "Transaction"),
    Column("amount", "Amount", "money"),
    Column("base", "In base currency", "money"),
    Column("day", "Customer's day", "money"),
    Column("reason", "Reported for"),
    Column("party", "Other side"),
)


def large_payments(session: Session, asked: Parameters) -> Table:
    """Return the customers' transactions that reach the threshold, alone or in a day (W02.17).

    A day's transactions of one customer in one direction are added up, so that an amount that was
    split is found. Both are measured in base currency, by the customer's own entries, account by
    account; what a posted reversal has undone is left out.
    """
    found = _found(asked)
    notes = asked.scope_notes
    if asked.branch_id is not None:
        notes += ("What a customer did at other branches is not added up.",)
    if asked.is_page:
        count = session.scalars(select(func.count()).select_from(found.subquery())).one()
        if count > PAGE_ROWS:
            notes += (
                f"The first {PAGE_ROWS:,} of {count:,} are shown. The files hold all of them.",
            )
        found = found.limit(PAGE_ROWS)
    return Table(
        title="AML transactions",
        columns=_COLUMNS,
        rows=_rows(asked, found),
        facts=(
            ("From", asked.first.isoformat()),
            ("To", asked.last.isoformat()),
            ("Threshold", str(asked.base.money(asked.threshold_minor))),
        ),
        notes=notes,
        empty="Nothing reached the threshold in this period.",
    )


def _found(asked: Parameters) -> Select[Any]:
    together = (
        Asset.client_id, Transaction.posting_date, Entry.side, Transaction.kind == "exchange",
    )  # fmt: skip
    base_minor = func.sum(Entry.base_minor)
    high, low = parts_of(cast(base_minor, BigInteger))
    query = (
        select(
            Transaction.id, Transaction.posting_date, Transaction.reference, Transaction.kind,
            Transaction.source, Transaction.beneficiary, Entry.side, Asset.client_id,
            Asset.account_id, Asset.currency, Asset.exponent,
            func.sum(Entry.amount_minor).label("amount_minor"), base_minor.label("base_minor"),
            func.sum(high).over(partition_by=together).label("day_high"),
            func.sum(low).over(partition_by=together).label("day_low"),
        )
        .join(Entry, Entry.transaction_id == Transaction.id)
        .join(Asset, Asset.id == Entry.asset_id)
        .where(
            *visible(asked.actor, Transaction),
            *visible(asked.actor, Asset),
            Asset.client_id.is_not(None),
            Transaction.posting_date.between(asked.first, asked.last),
            Transaction.posted_at.is_not(None),
            Transaction.kind.not_in(_OF_THE_HOUSE),
            ~_is_undone(),
            Entry.side == _COUNTED,
        )
        .group_by(Transaction.id, Asset.id, Entry.side)
    )  # fmt: skip
    if asked.branch_id is not None:
        query = query.where(Transaction.branch_id == asked.branch_id)
    one = query.subquery()
    least = asked.threshold_minor
    return (
        select(one, Client.number.label("customer"), Client.name, Account.number.label("account"))
        .join(Client, Client.id == one.c.client_id)
        .join(Account, Account.id == one.c.account_id)
        .where(or_(one.c.base_minor >= least, reaches(one.c.day_high, one.c.day_low, least)))
        .order_by(one.c.posting_date, one.c.client_id, one.c.id, one.c.account_id, one.c.side)
    )


def _is_undone() -> ColumnElement[bool]:
    """Match what a reversal has undone; of one that is not posted the customer has the money."""
    reversal = aliased(Transaction)
    posted = exists().where(
        reversal.organisation_id == Transaction.organisation_id,
        reversal.reverses_id == Transaction.id,
        reversal.posted_at.is_not(None),
        # So the database takes the index of the live ones.
        text(LIVE_REVERSAL),
    )
    return and_(Transaction.processing == "Reversed", posted)


def _rows(asked: Parameters, found: Select[Any]) -> Iterator[Row]:
    with database.streaming() as session:
        for one in session.execute(found.execution_options(yield_per=_CHUNK)):
            is_large = one.base_minor >= asked.threshold_minor
            yield Row(
                {
                    "date": one.posting_date,
                    "reference": one.reference,
                    "customer": one.customer,
                    "name": one.name,
                    "account": one.account,
                    "kind": kind_name(one.kind),
                    "party": one.source if one.side == "C" else one.beneficiary,
                    "amount": Money(int(one.amount_minor), one.currency, one.exponent),
                    "base": asked.base.money(int(one.base_minor)),
                    "day": asked.base.money(whole_of(int(one.day_high), int(one.day_low))),
                    "reason": "Its amount" if is_large else "The day's sum",
                },
                href=f"/admin/transactions/{one.id}",
            )
