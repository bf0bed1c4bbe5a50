"""Cards are added for a customer, edited in all but their owner, and deleted (W11)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select

from app.assets.leaving import releases
from app.banks.models import Bank
from app.cards.models import CRYPTO, FIAT, PRIORITIES, Card
from app.cards.numbers import checked_number, masked_number
from app.clients.models import Client
from app.controls.commands import STALE, handles
from app.controls.permissions import find
from app.controls.retiring import referred
from app.controls.secrecy import cipher
from app.controls.usage import used_by
from app.controls.work import Work
from app.kernel.codes import new_public_id
from app.kernel.errors import Conflict, Missing, Refusal
from app.ledger.accounts import Account
from app.ledger.closed import demand_not_closed
from app.ledger.models import Asset


@dataclass(frozen=True, slots=True)
class CardTerms:
    """What a card is linked to; `priority` says which of two assets is drawn on first."""

    account_id: int
    fiat_asset_id: int | None = None
    crypto_asset_id: int | None = None
    priority: str = ""
    bank_id: int | None = None
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class AddCard:
    """Add a card of a customer."""

    client_id: int
    number: str
    terms: CardTerms


@dataclass(frozen=True, slots=True)
class EditCard:
    """Change a card in all but its owner (W11.10); an empty number leaves the present one."""

    card_id: int
    version: int
    terms: CardTerms
    number: str = ""


@dataclass(frozen=True, slots=True)
class DeleteCard:
    """Take a card out of use for good (W11.11)."""

    card_id: int


@handles(AddCard, permission="cards.create")
def add_card(work: Work, command: AddCard) -> int:
    """Add the card; returns its id. Refused: see `_linked` and `_number`."""
    client = find(work.session, work.actor, Client, command.client_id)
    card = Card(
        organisation_id=work.actor.tenant_id,
        public_id=new_public_id(),
        client_id=client.id,
        project_id=client.project_id,
        **_number(work, command.number, card_id=0),
        **_linked(work, command.terms, client.id, kept_bank_id=None),
    )
    return work.add(card).id


@handles(EditCard, permission="cards.edit")
def edit_card(work: Work, command: EditCard) -> int:
    """Save what was typed."""
    card = live_card(work, command.card_id)
    if card.version != command.version:
        raise Conflict(STALE)
    values = _linked(work, command.terms, card.client_id, kept_bank_id=card.bank_id)
    if command.number:
        values |= _number(work, command.number, card_id=card.id)
    for name, value in values.items():
        setattr(card, name, value)
    return card.id


@handles(DeleteCard, permission="cards.delete")
def delete_card(work: Work, command: DeleteCard) -> None:
    """Retire it: what was paid with it stays, nothing more can be."""
    live_card(work, command.card_id).retired_at = work.now


@used_by(Asset, "cards")
def cards_of_asset(row: Asset) -> Select[int]:
    """Select the cards in use that draw on an asset."""
    return select(Card.id).where(*_draws_on(row), Card.retired_at.is_(None))


@releases
def forget_deleted_cards(work: Work, asset: Asset) -> None:
    """Take the asset off the cards that were deleted; who had no other one goes with it.

    A card that was paid with has the asset that paid, which is not deleted.
    """
    query = select(Card).where(*_draws_on(asset), Card.retired_at.is_not(None))
    for card in work.session.scalars(query):
        others = [one for one in card.asset_ids if one != asset.id]
        if not others:
            work.session.delete(card)
            continue
        card.fiat_asset_id = card.fiat_asset_id if card.fiat_asset_id in others else None
        card.crypto_asset_id = card.crypto_asset_id if card.crypto_asset_id in others else None
        card.priority = ""


def live_card(work: Work, card_id: int) -> Card:
    """Return a card in scope and in use, else the 404 of a missing one."""
    card = find(work.session, work.actor, Card, card_id)
    if card.retired_at is not None:
        raise Missing
    return card


def _draws_on(asset: Asset) -> tuple[ColumnElement[bool], ...]:
    return (
        Card.organisation_id == asset.organisation_id,
        or_(Card.fiat_asset_id == asset.id, Card.crypto_asset_id == asset.id),
    )


def _number(work: Work, typed: str, *, card_id: int) -> dict[str, Any]:
    """Return the number's columns; refused (422) where it is none, (409) where it is known."""
    number = checked_number(typed)
    mark = cipher.fingerprint(number)
    taken = select(func.count()).where(
        Card.organisation_id == work.actor.tenant_id,
        Card.number_mark == mark,
        Card.id != card_id,
        Card.retired_at.is_(None),
    )
    if work.session.scalar(taken):
        raise Conflict("A card with this number exists already", field="number")
    return {
        "number_token": cipher.encrypt(number),
        "number_mark": mark,
        "masked": masked_number(number),
    }


def _linked(
    work: Work, terms: CardTerms, client_id: int, *, kept_bank_id: int | None
) -> dict[str, Any]:
    """Return the columns of what a card is linked to (W11.06-09).

    Refused (422): an account of somebody else, an asset of another account or kind, no asset, two
    without a priority, a bank that is not offered. Refused (409): an account that was closed.
    """
    account = find(work.session, work.actor, Account, terms.account_id)
    if account.client_id != client_id:
        raise Refusal("Choose an account of the card's owner", field="account_id")
    demand_not_closed(work, account)
    assets = {FIAT: terms.fiat_asset_id, CRYPTO: terms.crypto_asset_id}
    for kind, asset_id in assets.items():
        if asset_id is not None:
            _demand_kind(work, account, kind, asset_id)
    if not any(assets.values()):
        raise Refusal("Choose a fiat asset, a crypto asset or both", field="fiat_asset_id")
    if not all(assets.values()):
        priority = ""
    elif terms.priority in PRIORITIES:
        priority = terms.priority
    else:
        raise Refusal("Priority is required where a card has two assets", field="priority")
    if terms.bank_id != kept_bank_id:
        referred(work, Bank, terms.bank_id, field="bank_id")
    return {
        "account_id": account.id,
        "fiat_asset_id": terms.fiat_asset_id,
        "crypto_asset_id": terms.crypto_asset_id,
        "priority": priority,
        "bank_id": terms.bank_id,
        "external_id": terms.external_id,
    }


def _demand_kind(work: Work, account: Account, kind: str, asset_id: int) -> None:
    asset = find(work.session, work.actor, Asset, asset_id)
    if asset.account_id != account.id or (asset.kind == CRYPTO) != (kind == CRYPTO):
        raise Refusal(f"Choose a {kind} asset of the chosen account", field=f"{kind}_asset_id")
