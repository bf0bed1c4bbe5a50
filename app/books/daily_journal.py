"""The journal: every transaction of some days with its entries, as it was posted."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.books.parameters import Parameters
from app.books.tables import Column, Row, Table
from app.controls.permissions import visible
from app.db.session import database
from app.db.sums import exact_sum
from app.kernel.money import Money
from app.ledger.accounts import Account
from app.ledger.models import Asset, Entry, Transaction, kind_name

PATH = "/admin/reports/journal"
PAGE_TRANSACTIONS = 100
_CHUNK = 500
_COLUMNS = (
    Column("date", "Date", "date"),
    Column("reference", "Reference", "ident"),
    Column("account", "Account", "ident"),
    Column("text", "Narrative"),
    Column("code", "Code", "ident"),
    Column("debit", "Debit", "money"),
    Column("credit", "Credit", "money"),
    Column("base", "In base currency", "money"),
)


def daily_journal(session: Session, asked: Parameters) -> Table:
    """Return transactions in the order they were made, each with its entries (W01.23, W02.16).

    A page's total is that of the whole report, as every file of it has it.
    """
    return Table(
        title="Transaction journal",
        columns=_COLUMNS,
        rows=_rows(asked),
        facts=(("From", asked.first.isoformat()), ("To", asked.last.isoformat())),
        next_href=_next_href(session, asked),
    )


def _rows(asked: Parameters) -> Iterator[Row]:
    ids = _page(asked) if asked.is_page else _transactions(asked)
    entries = (
        select(
            Entry.transaction_id, Entry.side, Entry.amount_minor, Entry.currency, Entry.base_minor,
            Entry.narrative, Entry.code, Entry.posting_date, Asset.exponent, Account.number,
            Transaction.reference, Transaction.kind, Transaction.description,
        )
        .join(Transaction, Transaction.id == Entry.transaction_id)
        .join(Asset, Asset.id == Entry.asset_id)
        .join(Account, Account.id == Asset.account_id)
        .where(Entry.transaction_id.in_(ids))
        .order_by(Entry.transaction_id, Entry.line)
    )  # fmt: skip
    total = 0
    with database.streaming() as session:
        found = session.execute(entries.execution_options(yield_per=_CHUNK))
        for _, lines in groupby(found, attrgetter("transaction_id")):
            for row in _lines_of(asked, lines):
                if row.values["debit"] is not None:
                    total += row.values["base"].minor
                yield row
        if asked.is_page:
            # What the other pages hold counts as well.
            total = _total_minor(session, asked)
    name = "Total debits, equal to credits"
    yield Row({"text": name, "base": asked.base.money(total)}, "total")


def _total_minor(session: Session, asked: Parameters) -> int:
    query = select(exact_sum(Entry.base_minor)).where(
        Entry.transaction_id.in_(_transactions(asked)), Entry.side == "D"
    )
    return session.scalar(query) or 0


def _lines_of(asked: Parameters, lines: Iterable[Any]) -> Iterator[Row]:
    for number, line in enumerate(lines):
        amount = Money(line.amount_minor, line.currency, line.exponent)
        is_debit = line.side == "D"
        text = line.narrative or (line.description if number == 0 else "")
        kind = kind_name(line.kind) if number == 0 else ""
        yield Row(
            {
                "date": line.posting_date,
                "reference": line.reference,
                "account": line.number,
                "text": " · ".join(part for part in (kind, text) if part),
                "code": line.code,
                "debit": amount if is_debit else None,
                "credit": None if is_debit else amount,
                "base": asked.base.money(line.base_minor),
            },
            href=f"/admin/transactions/{line.transaction_id}",
        )


def _transactions(asked: Parameters) -> Select[Any]:
    query = select(Transaction.id).where(
        *visible(asked.actor, Transaction),
        Transaction.posting_date.between(asked.first, asked.last),
        Transaction.posted_at.is_not(None),
    )
    if asked.branch_id is not None:
        query = query.where(Transaction.branch_id == asked.branch_id)
    return query


def _page(asked: Parameters) -> Select[Any]:
    query = _transactions(asked).order_by(Transaction.id).limit(PAGE_TRANSACTIONS)
    return query if asked.after is None else query.where(Transaction.id > asked.after)


def _next_href(session: Session, asked: Parameters) -> str:
    if not asked.is_page:
        return ""
    ids = list(session.scalars(_page(asked).offset(PAGE_TRANSACTIONS - 1).limit(2)))
    if len(ids) < 2:  # noqa: PLR2004  the page's last, and one more
        return ""
    values = {"first": asked.first.isoformat(), "last": asked.last.isoformat(), "after": ids[0]}
    if asked.branch_id is not None:
        values["branch"] = asked.branch_id
    return f"{PATH}?{urlencode(values)}"
