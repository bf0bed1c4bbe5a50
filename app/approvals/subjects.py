"""What a checker sees of a record before deciding: its fields, its amount, what follows."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.calendars.models import WorkDayYear
from app.calendars.pages import holiday_facts, weekend_facts, year_facts
from app.clients.models import Client
from app.clients.pages import client_detail
from app.controls.identity import Actor
from app.controls.review import ReviewKind
from app.fees.commission_pages import commission_detail
from app.kernel.money import Money, format_minor
from app.ledger.accounts import Account, Product
from app.ledger.kinds import kind_name
from app.ledger.models import Asset, Transaction
from app.organisation.models import Branch
from app.payments.checking import balances_of, rows_to_check
from app.payments.models import POLICIES, PaymentFile
from app.records.pages import record_badge
from app.records.reviewed import mounted
from app.records.workflow import review_timeline, workflow_panel
from app.schedules.pages import forward_detail, order_detail
from app.trail.changes import field_label
from app.transactions.days import is_late
from app.transactions.pages import signing_cards, transaction_detail
from app.transactions.queries import told_amount
from app.transactions.requoting import requoted
from app.web import cells
from app.web.context import organisation, read_session
from app.web.pages import fact

Detail: TypeAlias = Callable[[Session, Actor, Any], dict[str, Any]]
# Kinds with a whole page of their own; of the others the facts are shown.
PAGES: dict[str, Detail] = {
    "client": client_detail,
    "transaction": transaction_detail,
    "commission-type": commission_detail,
    "forward-dated": forward_detail,
    "standing-order": order_detail,
}
_REFERENCES: dict[str, type[Any]] = {
    "product_id": Product,
    "client_id": Client,
    "branch_id": Branch,
    "branch_ids": Branch,
    "asset_id": Asset,
    "counter_asset_id": Asset,
}
_NOT_TOLD = frozenset(
    {
        "lines",
        "base_minor",
        "amount_minor",
        "client_id",
        "total_minor",
        "fees_minor",
        "settled_currency",
        "rows_sha256",
    }
)
_AMOUNTS = frozenset({"fee_minor", "tax_minor", "settled_minor"})


def subject_detail(session: Session, who: Actor, kind: ReviewKind, record: Any) -> dict[str, Any]:
    """Return the record's own page, or one made of what is reviewed."""
    if kind.key in PAGES:
        return PAGES[kind.key](session, who, record)
    return {
        "title": record.title(),
        "subtitle": kind.name,
        "ident": "",
        "badge": record_badge(record),
        "back": None,
        "actions": [],
        "cards": _cards(session, who, kind, record),
        "tabs": [],
        "workflow": workflow_panel(session, who, kind, record),
        "timeline": review_timeline(session, kind, record),
        "version": record.version,
        **({"payments": rows_to_check(session, record)} if kind.model is PaymentFile else {}),
    }


def told(session: Session, who: Actor, kind: ReviewKind, record: Any) -> list[dict[str, Any]]:
    """Return the cards that a checker reads in a dialog: those of the record's own page."""
    # What a transaction holds for the machine as well is told by its fields, with what it does.
    if kind.key in PAGES and not isinstance(record, Transaction):
        named = {"title": kind.name, "rows": [fact("Record", cells.text(record.title()))]}
        return [named, *PAGES[kind.key](session, who, record)["cards"]]
    return _cards(session, who, kind, record)


def _cards(session: Session, who: Actor, kind: ReviewKind, record: Any) -> list[dict[str, Any]]:
    """Return the cards of the record's own page, else one with a line for each reviewed field."""
    if isinstance(record, WorkDayYear):
        return _year_cards(session, record)
    pages = mounted.get(kind.key)
    if pages is None:
        signing = signing_cards(session, record) if isinstance(record, Transaction) else []
        return [{"title": kind.name, "rows": _fields(session, record), "open": True}, *signing]
    own = pages.detail(session, who, record)
    named = fact("Record", cells.text(record.title()))
    return [
        {"title": kind.name, "rows": [named, *own["rows"]], "open": True},
        *({**card, "open": True} for card in own.get("cards", ())),
    ]


def _year_cards(session: Session, record: WorkDayYear) -> list[dict[str, Any]]:
    parts = (
        ("Work Day Year", year_facts(session, record)),
        ("Weekends", weekend_facts(record)),
        ("Public holidays", holiday_facts(record)),
    )
    return [{"title": title, "rows": rows, "open": True} for title, rows in parts]


def named(session: Session, record: Any) -> list[dict[str, Any]]:
    """Return what tells a record from others: its name, its amount, whose it is."""
    rows = [fact("Record", cells.text(record.title()))]
    amount = amount_cell(record)
    if amount["text"]:
        rows.append(fact("Amount", amount))
    if isinstance(record, PaymentFile) and record.fees_minor:
        rows.append(fact("Fees", _in_base(record.fees_minor)))
    if client_id := getattr(record, "client_id", None):
        rows.append(fact("Customer", cells.text(_named(session, "client_id", client_id))))
    return rows


def _fields(session: Session, record: Any) -> list[dict[str, Any]]:
    rows = named(session, record)
    content: Mapping[str, Any] = record.content()
    for name, value in content.items():
        if name in _NOT_TOLD or value in {None, "", "[]"}:
            continue
        shown = _shown(session, record, name, value)
        cell = _money(record, name) if name in _AMOUNTS else cells.text(shown)
        rows.append(fact(field_label(name).capitalize(), cell))
    return [*rows, *_since(session, record)]


def _since(session: Session, record: Any) -> list[dict[str, Any]]:
    """Return what is otherwise now than when it was handed in."""
    if not isinstance(record, Transaction):
        return []
    tenant, rows = organisation(), requoted(session, record)
    if tenant is not None and is_late(tenant, record):
        rows.append(fact("Booked on, once approved", cells.day(tenant.business_date)))
    return rows


def kind_of(kind: ReviewKind, record: Any) -> str:
    """Name what a record is; of a transaction, what it does with the money as well."""
    if not isinstance(record, Transaction):
        return kind.name
    return f"{kind.name} · {kind_name(record.kind).lower()}"


def amount_cell(record: Any) -> cells.Cell:
    """Show the amount of a record that has one; a total is in base currency."""
    if hasattr(record, "total_minor"):
        return _in_base(record.total_minor)
    if not isinstance(record, Transaction):
        return cells.text("")
    told = told_amount(read_session(), record)
    return cells.money(told.minor, told.exponent, told.currency)


def _in_base(minor: int) -> cells.Cell:
    tenant = organisation()
    if tenant is None:
        return cells.text("")
    return cells.money(minor, tenant.base_exponent, tenant.base_currency)


def _money(record: Transaction, name: str) -> cells.Cell:
    """Show one of a transaction's other amounts: what it settles in has a currency of its own."""
    minor = getattr(record, name)
    if name == "settled_minor":
        return cells.money(minor, record.settled_exponent or 0, record.settled_currency or "")
    return cells.money(minor, record.exponent, record.currency)


def currency_of(record: Any) -> str:
    """Return the currency that a record's amounts are in."""
    return str(getattr(record, "currency", "") or "")


def balances_after(session: Session, record: Any) -> list[dict[str, str]]:
    """Return each limited asset's balance and headroom, now and after posting (experience 20).

    Of a file of payments, those of the accounts that it debits.
    """
    if isinstance(record, PaymentFile):
        return [
            row
            for asset, number, moved in balances_of(session, record)
            for row in _pairs(asset, number, moved=moved, held=0)
        ]
    lines = getattr(record, "lines", None) or []
    is_transaction = isinstance(record, Transaction)
    if not lines or (record.posted_at is not None if is_transaction else record.is_authorised):
        return []
    is_reserved = is_transaction and record.is_reserved
    found = session.execute(
        select(Asset, Account.number)
        .join(Account, Account.id == Asset.account_id)
        .where(Asset.id.in_([line["asset_id"] for line in lines]), Asset.is_limited)
        .order_by(Asset.id)
    )
    rows = []
    for asset, number in found:
        moved = sum(_signed(line) for line in lines if line["asset_id"] == asset.id)
        held = sum(
            line["amount_minor"]
            for line in lines
            if is_reserved and line["asset_id"] == asset.id and line["side"] == "D"
        )
        rows += _pairs(asset, number, moved=moved, held=held)
    return rows


def _pairs(asset: Asset, number: str, *, moved: int, held: int) -> list[dict[str, str]]:
    """Return balance and headroom; what was held for the movement is free again after it."""
    available = asset.available_minor
    return [
        _pair(asset, f"{number} balance", asset.balance_minor, asset.balance_minor + moved),
        _pair(asset, f"{number} available", available, available + held + moved),
    ]


def _signed(line: Mapping[str, Any]) -> int:
    amount: int = line["amount_minor"]
    return amount if line["side"] == "C" else -amount


def _pair(asset: Asset, label: str, before_minor: int, after_minor: int) -> dict[str, str]:
    before, after = (
        f"{format_minor(minor, asset.exponent)} {asset.currency}"
        for minor in (before_minor, after_minor)
    )
    return {"label": label, "before": before, "after": after}


def _shown(session: Session, record: Any, name: str, value: Any) -> Any:
    if name in _REFERENCES:
        return _named(session, name, getattr(record, name))
    if isinstance(record, PaymentFile) and name == "policy":
        return POLICIES[record.policy]
    if not isinstance(record, Transaction):
        return value
    if name == "charges":
        return "; ".join(_charge(record, one) for one in record.charges or ())
    return kind_name(record.kind) if name == "kind" else value


def _charge(record: Transaction, charge: Mapping[str, Any]) -> str:
    """Write one fee of a movement: what it is called, how much, and the tax on it."""
    amount = Money(charge["amount_minor"], record.currency, record.exponent or 0)
    tax = Money(charge["tax_minor"], record.currency, record.exponent or 0)
    return f"{charge['name']}: {amount}" + (f", tax {tax}" if charge["tax_minor"] else "")


def _named(session: Session, name: str, value: Any) -> str:
    ids = value if isinstance(value, list) else [value]
    records = [session.get(_REFERENCES[name], one) for one in ids]
    return ", ".join(_name(session, record) for record in records if record is not None)


def _name(session: Session, record: Any) -> str:
    """Name a record; an asset by its account too, since nobody knows it by its UID."""
    name: str = record.title()
    if not isinstance(record, Asset):
        return name
    account = session.get_one(Account, record.account_id)
    return f"{name} · {account.name} {account.number}"
