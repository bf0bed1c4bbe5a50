"""What the palette does rather than finds: a new record, or money moved on an account."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.clients.matching import is_found
from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.controls.review import AUTHORIZED
from app.db.parts import among, holds_words
from app.ledger.accounts import Account

MOST_ROWS = 5
_SHORTEST_WORD = 3


@dataclass(frozen=True, slots=True)
class Action:
    """A line of the palette; `also` holds other words for it, {id} in its address an account's."""

    label: str
    href: str
    icon: str
    permission: str
    also: str = ""


NEW = (
    Action("New customer", "/admin/clients/new", "user-plus", "clients.create", "client member"),
    Action("Open an account", "/admin/accounts/new", "wallet", "accounts.create", "new"),
    Action("New transaction", "/admin/transactions/new", "pencil-line", "transactions.create",
           "journal entry book"),
    Action("New payment file", "/admin/payments/new", "files", "payments.create", "upload salary"),
    Action("New standing order", "/admin/standing-orders/new", "repeat", "standing-orders.create"),
    Action("New forward-dated transaction", "/admin/forward-dated/new", "calendar-clock",
           "forward-dated.create", "schedule"),
    Action("New invoice", "/admin/invoices/new", "receipt", "invoices.create"),
    Action("New facility", "/admin/facilities/new", "handshake", "facilities.create", "loan"),
    Action("New statement", "/admin/statements/new", "file-text", "statements.create", "print"),
)  # fmt: skip
COUNTER = (
    Action("Deposit", "/admin/accounts/{id}/deposit", "arrow-down-to-line", "assets.deposit"),
    Action("Withdraw", "/admin/accounts/{id}/withdraw", "arrow-up-from-line", "assets.withdraw"),
    Action("Exchange", "/admin/accounts/{id}/exchange", "arrow-left-right", "assets.exchange"),
)


def actions_for(session: Session, actor: Actor, text: str) -> list[dict[str, Any]]:
    """Return the actions that a text asks for: "new cust", or "deposit" with whose account."""
    verb, _, rest = text.partition(" ")
    items = [
        _item(one, one.label, "", one.href)
        for one in NEW
        if holds(actor, one.permission) and _begins(f"{one.label} {one.also}", text)
    ]
    for one in COUNTER:
        if (
            len(verb) >= _SHORTEST_WORD
            and _begins(one.label, verb)
            and holds(actor, one.permission)
        ):
            items += _on_accounts(session, actor, one, rest.strip())
    return items[:MOST_ROWS]


def _begins(words: str, typed: str) -> bool:
    """Tell whether each word that is typed begins one of these."""
    known = words.lower().split()
    return all(any(one.startswith(word) for one in known) for word in typed.lower().split())


def _on_accounts(session: Session, actor: Actor, action: Action, rest: str) -> list[dict[str, Any]]:
    if not rest or not holds(actor, "accounts.view"):
        return []
    owners = select(Client.id).where(
        Client.organisation_id == actor.tenant_id, is_found(rest, actor.tenant_id)
    )
    query = (
        select(Account.id, Account.number, Account.name)
        .where(
            *visible(actor, Account),
            Account.holder != "internal",
            Account.record_status == AUTHORIZED,
            Account.is_active,
            or_(holds_words(rest, Account.number, Account.name), among(Account.client_id, owners)),
        )
        .order_by(Account.number)
    )
    return [
        _item(action, f"{action.label} · {row.number}", row.name, action.href.format(id=row.id))
        for row in session.execute(query.limit(MOST_ROWS))
    ]


def _item(action: Action, text: str, detail: str, href: str) -> dict[str, Any]:
    is_form = action.permission != "transactions.create"
    return {"text": text, "detail": detail, "href": href, "icon": action.icon, "drawer": is_form}
