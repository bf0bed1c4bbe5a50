"""The general ledger of one account in one currency: opening, every entry, closing."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select, and_, case, or_, select
from sqlalchemy.orm import Session

from app.books.parameters import Parameters
from app.books.tables import Column, Row, Table
from app.controls.permissions import visible
from app.db.session import database
from app.db.sums import exact_sum
from app.kernel.errors import Refusal
from app.kernel.money import Money
from app.ledger.accounts import CREDIT_NORMAL, Account, Product
from app.ledger.models import Asset, Entry, Transaction, kind_name

PATH = "/admin/reports/general-ledger"
PAGE_ROWS = 200
_CHUNK = 1_000
_NET = case((Entry.side == "C", Entry.amount_minor), else_=-Entry.amount_minor)
_UNKNOWN = "There is no account with this number"
_NO_CURRENCY = "The account has no {wanted}. It has {currencies}."
_COLUMNS = (
    Column("date", "Date", "date"),
    Column("reference", "Reference", "ident"),
    Column("text", "Narrative"),
    Column("code", "Code", "ident"),
    Column("debit", "Debit", "money"),
    Column("credit", "Credit", "money"),
    Column("balance", "Balance", "money"),
)


def general_ledger(session: Session, asked: Parameters) -> Table:
    """Return the entries of a period with the balance after each.

    Refuses (422) an unknown account, and a currency the account does not have.

    The balance is on the account's own side: what it has or spent, what it owes or earned.
    """
    asset, account, product, currencies = _account(session, asked)
    facts = (
        ("Account", account.title()),
        ("Product", product.title()),
        ("Currency", asset.currency),
        ("From", asked.first.isoformat()),
        ("To", asked.last.isoformat()),
    )
    others = [code for code in currencies if code != asset.currency]
    notes = (f"The account also has {', '.join(others)}.",) if others else ()
    table = Table(title="General ledger", columns=_COLUMNS, rows=(), facts=facts, notes=notes)
    pages = _Pages(session, asked, asset, is_debit_normal=product.kind not in CREDIT_NORMAL)
    return Table(table.title, _COLUMNS, pages.rows(), facts, notes, next_href=pages.next_href())


class _Pages:
    """The entries of one asset, a page at a time on the screen and all of them in a file."""

    def __init__(
        self, session: Session, asked: Parameters, asset: Asset, *, is_debit_normal: bool
    ) -> None:
        self._session = session
        self._asked = asked
        self._asset = asset
        self._sign = -1 if is_debit_normal else 1
        self._place = self._place_of(asked.after)
        self._ends_at = self._end_of_page()

    def next_href(self) -> str:
        """Return where the lines go on after this page, or nothing."""
        if self._ends_at is None:
            return ""
        asked = self._asked
        values = {
            "account": asked.account,
            "currency": self._asset.currency,
            "first": asked.first.isoformat(),
            "last": asked.last.isoformat(),
            "after": self._ends_at,
        }
        return f"{PATH}?{urlencode(values)}"

    def rows(self) -> Iterator[Row]:
        """Yield the opening balance, the entries, and the closing balance or what is carried."""
        balance = self._opening()
        is_first = self._place is None
        name = "Opening balance" if is_first else "Brought forward"
        yield Row({"text": name, "balance": self._money(balance * self._sign)}, "total")
        query = self._entries()
        if self._asked.is_page:
            query = query.limit(PAGE_ROWS)
        with database.streaming() as session:
            for row in session.execute(query.execution_options(yield_per=_CHUNK)):
                balance += row.net
                yield self._row(row, balance * self._sign)
        name = "Closing balance" if self._ends_at is None else "Carried forward"
        yield Row({"text": name, "balance": self._money(balance * self._sign)}, "total")

    def _row(self, row: Any, balance_minor: int) -> Row:
        amount = self._money(abs(row.net))
        text = row.narrative or row.description or row.source or row.beneficiary
        values = {
            "date": row.posting_date,
            "reference": row.reference,
            "text": f"{kind_name(row.kind)} · {text}" if text else kind_name(row.kind),
            "code": row.code,
            "debit": amount if row.net < 0 else None,
            "credit": amount if row.net > 0 else None,
            "balance": self._money(balance_minor),
        }
        return Row(values, href=f"/admin/transactions/{row.transaction_id}")

    def _entries(self) -> Select[Any]:
        query = (
            select(
                Entry.id, Entry.posting_date, Entry.transaction_id, Entry.narrative, Entry.code,
                _NET.label("net"), Transaction.reference, Transaction.kind,
                Transaction.description, Transaction.source, Transaction.beneficiary,
            )
            .join(Transaction, Transaction.id == Entry.transaction_id)
            .where(*self._mine(), Entry.posting_date.between(self._asked.first, self._asked.last))
            .order_by(Entry.posting_date, Entry.id)
        )  # fmt: skip
        return query if self._place is None else query.where(self._is_after())

    def _opening(self) -> int:
        before: ColumnElement[bool] = Entry.posting_date < self._asked.first
        if self._place is not None:
            before = ~self._is_after()
        query = select(exact_sum(_NET)).where(*self._mine(), before)
        return self._session.scalar(query) or 0

    def _mine(self) -> tuple[ColumnElement[bool], ...]:
        asset = self._asset
        return (Entry.organisation_id == asset.organisation_id, Entry.asset_id == asset.id)

    def _is_after(self) -> ColumnElement[bool]:
        day, entry_id = self._place or (self._asked.first, 0)
        return or_(Entry.posting_date > day, and_(Entry.posting_date == day, Entry.id > entry_id))

    def _place_of(self, after: int | None) -> tuple[Any, int] | None:
        if after is None:
            return None
        query = select(Entry.posting_date).where(*self._mine(), Entry.id == after)
        day = self._session.scalar(query)
        return None if day is None else (day, after)

    def _end_of_page(self) -> int | None:
        """Return the page's last entry where another follows it."""
        if not self._asked.is_page:
            return None
        query = self._entries().with_only_columns(Entry.id).offset(PAGE_ROWS - 1).limit(2)
        ids = list(self._session.scalars(query))
        return ids[0] if len(ids) == 2 else None  # noqa: PLR2004  the last, and one more

    def _money(self, minor: int) -> Money:
        return Money(minor, self._asset.currency, self._asset.exponent)


def _account(session: Session, asked: Parameters) -> tuple[Asset, Account, Product, list[str]]:
    if not asked.account:
        raise Refusal("Account is required", field="account")
    query = (
        select(Asset, Account, Product)
        .join(Account, Account.id == Asset.account_id)
        .join(Product, Product.id == Account.product_id)
        .where(*visible(asked.actor, Asset), Account.number == asked.account.upper())
        .order_by(Asset.id)
    )
    found = session.execute(query).all()
    if not found:
        raise Refusal(_UNKNOWN, field="account")
    currencies = [row.Asset.currency for row in found]
    if asked.currency and asked.currency not in currencies:
        sentence = _NO_CURRENCY.format(wanted=asked.currency, currencies=", ".join(currencies))
        raise Refusal(sentence, field="currency")
    wanted = asked.currency or found[0].Account.currency
    asset, account, product = next((row for row in found if row.Asset.currency == wanted), found[0])
    return asset, account, product, currencies
