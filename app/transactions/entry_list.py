"""Entries as a list: every debit and credit, narrowed to an asset, an account or a transaction."""

from typing import Any

from flask import Blueprint
from sqlalchemy import ColumnElement, Select, select

from app.assets.resource import currencies
from app.controls.identity import Actor
from app.controls.permissions import kept_by_scope, visible
from app.db.parts import among
from app.ledger.accounts import Account
from app.ledger.kinds import KINDS, kind_name
from app.ledger.models import Asset, Entry, Transaction
from app.records.naming import named
from app.web import cells
from app.web.forms import is_id
from app.web.listing import Column, Filter, Listing, between, contains, equals
from app.web.resource import Resource, mount

blueprint = Blueprint("entries", __name__)
PATH = "/admin/entries"
SIDES = {"D": "Debit", "C": "Credit"}
BUCKETS = {"real": "Balance", "bonus": "Bonus"}


@kept_by_scope
def entry_select(actor: Actor) -> Select[Any]:
    """Select the entries of the assets in sight, each with its transaction."""
    return (
        select(
            *(getattr(Entry, name) for name in _OWN),
            Asset.uid,
            Asset.exponent,
            Account.id.label("account_id"),
            Account.number,
            Account.name.label("account_name"),
            Transaction.reference,
            Transaction.kind,
            Transaction.description,
        )
        .join(Asset, Asset.id == Entry.asset_id)
        .join(Account, Account.id == Asset.account_id)
        .join(Transaction, Transaction.id == Entry.transaction_id)
        .where(Entry.organisation_id == actor.organisation_id, *visible(actor, Asset))
    )


_OWN = (
    "id", "transaction_id", "line", "asset_id", "side", "bucket", "amount_minor", "currency",
    "rate", "rate_source", "base_minor", "posting_date", "value_date", "code", "narrative",
    "sequence", "balance_after_minor",
)  # fmt: skip


def _of_asset(value: str) -> ColumnElement[bool]:
    named = select(Asset.id).where((Asset.uid == value) | (Asset.public_id == value))
    return Entry.asset_id == int(value) if is_id(value) else among(Entry.asset_id, named)


def _of_account(value: str) -> ColumnElement[bool]:
    by_name = (Account.number == value) | (Account.uid == value) | (Account.public_id == value)
    if is_id(value):
        by_name |= Account.id == int(value)
    assets = select(Asset.id).join(Account, Account.id == Asset.account_id).where(by_name)
    return among(Entry.asset_id, assets)


def _of_transaction(value: str) -> ColumnElement[bool]:
    if is_id(value):
        return Entry.transaction_id == int(value)
    named = (Transaction.reference == value) | (Transaction.uid == value)
    return among(Entry.transaction_id, select(Transaction.id).where(named))


def _amount(row: Any) -> cells.Cell:
    return cells.money(row.amount_minor, row.exponent, row.currency)


def _after(row: Any) -> cells.Cell:
    if row.balance_after_minor is None:
        return cells.text("")
    return cells.money(row.balance_after_minor, row.exponent, row.currency)


def _plain(name: str) -> Any:
    return lambda row: cells.text(getattr(row, name))


ENTRIES = Listing(
    name="entries",
    title="Entries",
    section="Ledger",
    path=PATH,
    select=entry_select,
    key=Entry.id,
    columns=(
        Column("id", "ID", lambda row: cells.ident(str(row.id)), sort=Entry.id, priority=1),
        Column("posting-date", "Posting date", lambda row: cells.day(row.posting_date)),
        Column("account", "Account", lambda row: cells.text(
            row.number, href=f"/admin/accounts/{row.account_id}"), priority=1),
        Column("asset", "Asset", lambda row: cells.text(
            row.uid, href=f"/admin/assets/{row.asset_id}")),
        Column("side", "Side", lambda row: cells.text(SIDES[row.side]), priority=1),
        Column("amount", "Amount", _amount, sort=Entry.amount_minor, money=True, priority=1),
        Column("after", "Balance after", _after, money=True),
        Column("kind", "Kind", lambda row: cells.text(kind_name(row.kind))),
        Column("transaction", "Transaction", lambda row: cells.text(
            row.reference, href=f"/admin/transactions/{row.transaction_id}")),
        Column("description", "Description", _plain("description"), priority=3, shown=False),
        Column("value-date", "Value date", lambda row: cells.day(row.value_date), shown=False),
        Column("account-name", "Account name", _plain("account_name"), shown=False),
        Column("line", "Line", _plain("line"), shown=False),
        Column("bucket", "Bucket", lambda row: cells.text(BUCKETS[row.bucket]), shown=False),
        Column("code", "Transaction code", _plain("code"), shown=False),
        Column("narrative", "Narrative", _plain("narrative"), shown=False),
        Column("rate", "Rate", lambda row: cells.text(format(row.rate, "f")), shown=False),
        Column("rate-source", "Rate source", _plain("rate_source"), shown=False),
        Column("sequence", "Sequence", _plain("sequence"), shown=False),
    ),
    filters=(
        Filter("transaction", "Transaction", "text", _of_transaction,
               named("transaction", Transaction, "reference")),
        Filter("asset", "Asset", "text", _of_asset, named("asset", Asset, "public_id", "uid")),
        Filter("account", "Account", "text", _of_account,
               named("account", Account, "public_id", "number")),
        Filter("side", "Side", "choice", equals(Entry.side), lambda _s, _a: tuple(SIDES.items())),
        Filter("kind", "Kind", "choices", equals(Transaction.kind),
               lambda _s, _a: tuple((kind, kind_name(kind)) for kind in KINDS)),
        Filter("currency", "Currency", "choices", equals(Entry.currency), currencies),
        Filter("posted", "Posting date", "dates", between(Entry.posting_date)),
    ),
    search=contains(Transaction.reference, Account.number, Asset.uid),
    search_hint="Transaction, account or asset",
    sort="-id",
    href=lambda row: f"/admin/transactions/{row.transaction_id}",
    label=lambda row: f"entry {row.id}",
    empty="Every posted transaction leaves its debit and credit here.",
)  # fmt: skip
mount(Resource(ENTRIES, Entry, "Entry", "transactions"), blueprint)
