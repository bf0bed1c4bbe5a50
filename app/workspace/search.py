"""What the palette finds in sight, five of each kind, and what it can do with it."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from app.clients.matching import is_found
from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.controls.review import ReviewKind
from app.db.parts import holds_words
from app.invoices.models import Invoice
from app.kernel.money import format_minor
from app.ledger.accounts import Account
from app.ledger.kinds import kind_name
from app.ledger.models import Asset, Transaction
from app.schedules.forward import FORWARD
from app.schedules.orders import ORDER
from app.transactions.matching import by_code
from app.transactions.queries import listed
from app.workspace.actions import actions_for

SHORTEST = 2
LONGEST = 200
MOST_ROWS = 5
_NUMBER = re.compile(r"[0-9]{1,15}")
_PLANNED = re.compile(r"(?:FWD|STO)-", re.IGNORECASE)


def found(session: Session, actor: Actor, typed: str) -> list[dict[str, Any]]:
    """Return the groups that hold something; too short a text finds nothing."""
    text = typed.strip()
    if not SHORTEST <= len(text) <= LONGEST:
        return []
    groups = (
        ("Customers", "clients.view", _clients, "/admin/clients"),
        ("Accounts", "accounts.view", _accounts, "/admin/accounts"),
        ("Assets", "assets.view", _assets, "/admin/assets"),
        ("Transactions", "transactions.view", _transactions, "/admin/transactions"),
        ("Invoices", "invoices.view", _invoices, "/admin/invoices"),
        ("Forward-Dated", "forward-dated.view", _planned(FORWARD, "calendar-clock"), FORWARD.path),
        ("Standing Orders", "standing-orders.view", _planned(ORDER, "repeat"), ORDER.path),
    )
    actions = actions_for(session, actor, text)
    made: list[dict[str, Any]] = []
    if actions:
        made.append({"label": "Actions", "items": actions, "all_href": None})
    for label, permission, look, path in groups:
        items = look(session, actor, text) if holds(actor, permission) else []
        all_href = f"{path}?{urlencode({'search': text})}" if len(items) > MOST_ROWS else None
        if items:
            made.append({"label": label, "items": items[:MOST_ROWS], "all_href": all_href})
    return made


def _clients(session: Session, actor: Actor, text: str) -> list[dict[str, str]]:
    query = select(Client.id, Client.name, Client.number).where(
        *visible(actor, Client),
        Client.retired_at.is_(None),
        is_found(text, actor.tenant_id),
    )
    return [
        _item(row.name, row.number, f"/admin/clients/{row.id}", "users")
        for row in _few(session, query.order_by(Client.name, Client.id))
    ]


def _accounts(session: Session, actor: Actor, text: str) -> list[dict[str, str]]:
    query = select(Account.id, Account.number, Account.name).where(
        *visible(actor, Account),
        holds_words(text, Account.number, Account.name, Account.uid),
    )
    return [
        _item(row.name, row.number, f"/admin/accounts/{row.id}", "wallet")
        for row in _few(session, query.order_by(Account.number))
    ]


def _assets(session: Session, actor: Actor, text: str) -> list[dict[str, str]]:
    query = (
        select(Asset.id, Asset.uid, Asset.currency, Account.name)
        .join(Account, Account.id == Asset.account_id)
        .where(
            *visible(actor, Asset),
            or_(Asset.uid.istartswith(text, autoescape=True), Asset.address == text),
        )
    )
    return [
        _item(f"{row.uid} {row.currency}", row.name, f"/admin/assets/{row.id}", "coins")
        for row in _few(session, query.order_by(Asset.id))
    ]


def _transactions(session: Session, actor: Actor, text: str) -> list[dict[str, str]]:
    query = select(
        Transaction.id,
        Transaction.reference,
        Transaction.kind,
        Transaction.amount_minor,
        Transaction.exponent,
        Transaction.currency,
    ).where(*listed(actor), _is_transaction(text))
    return [
        _item(
            row.reference,
            f"{kind_name(row.kind)}, {format_minor(row.amount_minor, row.exponent)} {row.currency}",
            f"/admin/transactions/{row.id}",
            "arrow-up-down",
        )
        for row in _few(session, query.order_by(Transaction.id))
    ]


def _invoices(session: Session, actor: Actor, text: str) -> list[dict[str, str]]:
    query = select(
        Invoice.id, Invoice.number, Invoice.amount_minor, Invoice.exponent, Invoice.currency
    ).where(*visible(actor, Invoice), func.lower(Invoice.number) == text.lower())
    return [
        _item(
            row.number,
            f"{format_minor(row.amount_minor, row.exponent)} {row.currency}",
            f"/admin/invoices/{row.id}",
            "receipt",
        )
        for row in _few(session, query)
    ]


def _is_transaction(text: str) -> ColumnElement[bool]:
    """Match an outside or public id, the beginning of a reference or a code, or a bare number."""
    begins = by_code(text)
    return or_(
        Transaction.external_id == text,
        Transaction.public_id == text.lower(),
        *(() if begins is None else (begins,)),
        *((Transaction.id == int(text),) if _NUMBER.fullmatch(text) else ()),
    )


def _planned(kind: ReviewKind, icon: str) -> Callable[..., list[dict[str, str]]]:
    """Return the search of planned payments, by what their references begin with alone."""

    def look(session: Session, actor: Actor, text: str) -> list[dict[str, str]]:
        if not _PLANNED.match(text):
            return []
        model = kind.model
        query = select(model.id, model.reference, model.narrative).where(
            *visible(actor, model), model.reference.startswith(text.upper(), autoescape=True)
        )
        return [
            _item(row.reference, row.narrative or kind.name, f"{kind.path}/{row.id}", icon)
            for row in _few(session, query.order_by(model.id.desc()))
        ]

    return look


def _few(session: Session, query: Select[Any]) -> Any:
    return session.execute(query.limit(MOST_ROWS + 1))


def _item(text: str, detail: str, href: str, icon: str) -> dict[str, str]:
    return {"text": text, "detail": detail, "href": href, "icon": icon}
