"""Cards as a list, one card's page, and what its form offers."""

from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from app.assets.queries import owned_by
from app.assets.resource import owner_named
from app.banks.models import Bank
from app.cards.models import CRYPTO, PRIORITIES, Card
from app.cards.numbers import checked_number, masked_number
from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.controls.secrecy import cipher
from app.kernel.errors import Refusal
from app.ledger.accounts import Account
from app.ledger.models import Asset
from app.records.pages import inactive, record_page, usual_actions, with_zone
from app.records.retiring import active_filter
from app.web import cells
from app.web.listing import Column, Filter, Listing, contains
from app.web.pages import fact
from app.web.respond import row_action

PATH = "/admin/cards"
DELETED_FOR_GOOD = "A deleted card is not restored. What was paid with it stays."
_Fiat, _Crypto = aliased(Asset), aliased(Asset)


def card_select(actor: Actor) -> Select[Any]:
    """Select what the list shows."""
    return (
        select(
            Card.id,
            Card.public_id,
            Card.masked,
            Card.client_id,
            Card.account_id,
            Card.fiat_asset_id,
            Card.crypto_asset_id,
            Card.priority,
            Card.bank_id,
            Card.external_id,
            Card.created_at,
            Card.retired_at,
            Client.name.label("owner"),
            Account.number.label("account"),
            Bank.name.label("bank"),
            _Fiat.uid.label("fiat"),
            _Crypto.uid.label("crypto"),
        )
        .join(Client, Client.id == Card.client_id)
        .join(Account, Account.id == Card.account_id)
        .outerjoin(_Fiat, _Fiat.id == Card.fiat_asset_id)
        .outerjoin(_Crypto, _Crypto.id == Card.crypto_asset_id)
        .outerjoin(Bank, and_(Bank.id == Card.bank_id, Bank.retired_at.is_(None)))
        .where(*visible(actor, Card))
    )


def _asset(row: Any, kind: str) -> cells.Cell:
    asset_id = getattr(row, f"{kind}_asset_id")
    return cells.text(getattr(row, kind), href=f"/admin/assets/{asset_id}" if asset_id else None)


def _actions(row: Any, actor: Actor) -> list[dict[str, Any]]:
    if row.retired_at is not None:
        return []
    charge = row_action("Take payment", f"{PATH}/{row.id}/pay", "credit-card", drawer=True)
    first = [charge] if holds(actor, "cards.charge") else []
    return [*first, *usual_actions(PATH, "cards", row, actor)]


def told_instead(session: Session, actor: Actor, typed: str) -> str:
    """Return what is searched for instead of a whole card number, or nothing where it is none.

    That is the ID of the card in sight that has it, else a text that no card has.
    """
    try:
        number = checked_number(typed)
    except Refusal:
        return ""
    query = select(Card.public_id).where(
        *visible(actor, Card),
        Card.number_mark == cipher.fingerprint(number),
        Card.retired_at.is_(None),
    )
    return session.scalar(query) or f"No card {masked_number(number)}"


CARDS = Listing(
    name="cards",
    title="Cards",
    section="Core Banking",
    path=PATH,
    select=card_select,
    key=Card.id,
    columns=(
        Column("card", "Card", lambda row: cells.text(row.masked), sort=Card.masked, priority=1),
        Column("owner", "Owner", lambda row: cells.text(
            row.owner, href=f"/admin/clients/{row.client_id}"), sort=Client.name, priority=1),
        Column("account", "Account ID", lambda row: cells.text(
            row.account, href=f"/admin/accounts/{row.account_id}"), sort=Account.number),
        Column("fiat", "Fiat asset ID", lambda row: _asset(row, "fiat"),
               sort=func.coalesce(_Fiat.uid, "")),
        Column("crypto", "Crypto asset ID", lambda row: _asset(row, "crypto"),
               sort=func.coalesce(_Crypto.uid, "")),
        Column("priority", "Priority", lambda row: cells.text(PRIORITIES.get(row.priority, "")),
               sort=Card.priority),
        Column("bank", "Bank", lambda row: cells.text(row.bank), sort=func.coalesce(Bank.name, "")),
        Column("external", "External ID", lambda row: cells.text(row.external_id), shown=False),
        Column("id", "ID", lambda row: cells.ident(row.public_id), shown=False),
        Column("created", "Created at", lambda row: cells.instant(row.created_at),
               sort=Card.id, shown=False),
    ),
    filters=(
        Filter("owner", "Owners", "text", owned_by(Card.client_id), owner_named),
        active_filter(Card),
    ),
    search=contains(Card.masked, Card.public_id, Card.external_id, Client.name),
    search_hint="First or last digits, whole number, ID or owner",
    sort="-created",
    href=lambda row: f"{PATH}/{row.id}",
    label=lambda row: row.masked,
    actions=_actions,
    empty="Add the cards of your customers and say which assets they draw on.",
)  # fmt: skip


def card_page(session: Session, actor: Actor, card: Card) -> dict[str, Any]:
    """Return the page of one card."""
    row = session.execute(card_select(actor).where(Card.id == card.id)).one()
    rows = [
        fact("Card number", cells.text(row.masked)),
        fact("ID", cells.ident(row.public_id)),
        fact("Owner", cells.text(row.owner, href=f"/admin/clients/{row.client_id}", drawer=False)),
        fact("Account ID", cells.text(
            row.account, href=f"/admin/accounts/{row.account_id}", drawer=False)),
        fact("Fiat asset ID", _asset(row, "fiat")),
        fact("Crypto asset ID", _asset(row, "crypto")),
        fact("Priority", cells.text(PRIORITIES.get(row.priority, ""))),
        fact("Bank", cells.text(row.bank)),
        fact("External ID", cells.text(row.external_id)),
    ]  # fmt: skip
    page = record_page(CARDS, card, rows, subtitle=f"Card of {row.owner}")
    if card.retired_at is not None:
        return inactive(page, card)
    return with_zone(page | {"actions": _actions(row, actor)}, DELETED_FOR_GOOD)


def account_choices(session: Session, actor: Actor, client_id: int) -> list[tuple[int, str]]:
    """Return the accounts of a customer that are not closed (W11.06)."""
    query = select(Account.id, Account.number, Account.name).where(
        *visible(actor, Account), Account.client_id == client_id, Account.closed_on.is_(None)
    )
    rows = session.execute(query.order_by(Account.id))
    return [(row.id, f"{row.number} · {row.name}") for row in rows]


def asset_choices(
    session: Session, actor: Actor, account_id: int, *, is_crypto: bool
) -> list[tuple[int, str]]:
    """Return the assets of an account of one kind (W11.07)."""
    kind = Asset.kind == CRYPTO if is_crypto else Asset.kind != CRYPTO
    query = select(Asset.id, Asset.uid, Asset.currency).where(
        *visible(actor, Asset), Asset.account_id == account_id, kind
    )
    return [(row.id, f"{row.currency} · {row.uid}") for row in session.execute(query)]
