"""Core Banking > Cards: the list, one card, its form, and a payment made with it."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from app.banks.queries import bank_choices
from app.cards.commands import AddCard, DeleteCard, EditCard
from app.cards.forms import CardForm, PaymentForm, from_card
from app.cards.models import Card
from app.cards.paying import PayByCard
from app.cards.resource import (
    CARDS,
    DELETED_FOR_GOOD,
    PATH,
    account_choices,
    asset_choices,
    card_page,
    told_instead,
)
from app.clients.picking import offer_clients
from app.controls.permissions import find, holds
from app.kernel.errors import Missing, Refusal
from app.ledger.models import Asset
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import as_id, set_choices, stripped
from app.web.guard import permit
from app.web.listing import register
from app.web.listpage import send_csv, show_list
from app.web.pages import confirm_view, fact, form_view, posted_version, show_detail

blueprint = Blueprint("cards", __name__)
_METHODS = ["GET", "POST"]
_KEPT = "Leave empty to keep it"
register(CARDS)


@blueprint.get(PATH)
@permit("cards.view")
def index() -> BaseResponse:
    """List the cards of the customers the person may see (W11.01)."""
    if (elsewhere := _without_number()) is not None:
        return elsewhere
    create = {"label": "Add card", "href": f"{PATH}/new"}
    return show_list(CARDS, create=create if holds(actor(), "cards.create") else None)


@blueprint.get(f"{PATH}.csv")
@permit("cards.view")
def export() -> BaseResponse:
    """Send the list as CSV."""
    if (elsewhere := _without_number()) is not None:
        return elsewhere
    return send_csv(CARDS)


def _without_number() -> BaseResponse | None:
    """Lead a search for a whole number to one that says less: an address is kept in many places."""
    instead = told_instead(read_session(), actor(), request.args.get("search", ""))
    if not instead:
        return None
    asked = request.args.to_dict(flat=False) | {"search": [instead]}
    return redirect(f"{request.path}?{urlencode(asked, doseq=True)}", 303)


@blueprint.get(f"{PATH}/<int:card_id>")
@permit("cards.view")
def show(card_id: int) -> Response:
    """Show one card."""
    card = find(read_session(), actor(), Card, card_id)
    return show_detail(card_page(read_session(), actor(), card))


@blueprint.route(f"{PATH}/<int:card_id>/delete", methods=_METHODS)
@permit("cards.delete")
def delete(card_id: int) -> BaseResponse:
    """Delete a card after a confirmation (W11.11)."""
    card = _live(card_id)
    return confirm_view(
        command=lambda: DeleteCard(card_id),
        title="Delete card",
        body=DELETED_FOR_GOOD,
        rows=[fact("Card", cells.text(card.masked))],
        verb="Delete",
        to=PATH,
        done_title="Card deleted",
        danger=True,
    )


@blueprint.route(f"{PATH}/new", methods=_METHODS)
@permit("cards.create")
def add() -> BaseResponse:
    """Add a card; the address may name its owner and account (W11.04)."""
    form = CardForm(client_id=_asked("client_id"), account_id=_asked("account_id"))
    offer_clients(form.client_id, read_session(), actor(), empty="Choose an owner")
    _offer(form)
    return form_view(
        form,
        command=lambda: AddCard(
            as_id(form.client_id.data) or 0, stripped(form.number.data), form.terms()
        ),
        title="Add card",
        submit_label="Save",
        to=PATH,
        done_title="Card added",
        form_fields="cards/_fields.html",
        links_href=f"{PATH}/new",
    )


@blueprint.route(f"{PATH}/<int:card_id>/edit", methods=_METHODS)
@permit("cards.edit")
def edit(card_id: int) -> BaseResponse:
    """Change a card in all but its owner (W11.10)."""
    card = _live(card_id)
    form = CardForm(obj=card, **from_card(card))
    if not form.is_posted:
        form.account_id.data = _asked("account_id") or form.account_id.data
        form.number.data = ""
    owner_id = card.client_id
    form.number.validators = form.number.validators[1:]
    form.number.flags.required = False
    form.number.description = _KEPT
    del form.client_id
    _offer(form, owner_id)
    return form_view(
        form,
        command=lambda: EditCard(
            card_id, posted_version(), form.terms(), stripped(form.number.data)
        ),
        title="Edit card",
        submit_label="Save changes",
        to=f"{PATH}/{card_id}",
        done_title="Card saved",
        record=card,
        summary=[fact("Card", cells.text(card.masked))],
        form_fields="cards/_fields.html",
        links_href=f"{PATH}/{card_id}/edit",
    )


@blueprint.route(f"{PATH}/<int:card_id>/pay", methods=_METHODS)
@permit("cards.charge")
def pay(card_id: int) -> BaseResponse:
    """Take a payment that the card made (W01.09)."""
    card, form = _live(card_id), PaymentForm()
    query = select(Asset).where(Asset.id.in_(card.asset_ids))
    held = {asset.id: asset for asset in read_session().scalars(query)}
    assets = [held[asset_id] for asset_id in card.asset_ids]
    set_choices(form.asset_id, [(one.id, f"{one.currency} · {one.uid}") for one in assets])

    def command() -> PayByCard:
        asset = held.get(as_id(form.asset_id.data) or 0)
        if asset is None:
            raise Refusal("Choose an asset of the card", field="asset_id")
        return PayByCard(
            card_id,
            form.minor(asset.exponent),
            stripped(form.merchant.data),
            stripped(form.reference.data),
            asset.currency,
        )

    return form_view(
        form,
        command=command,
        title="Take card payment",
        submit_label="Take payment",
        to=f"{PATH}/{card_id}",
        done_title="Card payment taken",
        opened=lambda transaction_id: f"/admin/transactions/{transaction_id}",
        summary=[fact("Card", cells.text(card.masked))],
    )


def _live(card_id: int) -> Card:
    card = find(read_session(), actor(), Card, card_id)
    if card.retired_at is not None:
        raise Missing
    return card


def _asked(name: str) -> str:
    """Return an id that the address names, so that the choices that hang on it are offered."""
    return str(as_id(request.args.get(name)) or "")


def _offer(form: Any, owner_id: int | None = None) -> None:
    session, who = read_session(), actor()
    owner_id = owner_id or as_id(form.client_id.data) or 0
    accounts = account_choices(session, who, owner_id)
    set_choices(form.account_id, accounts, empty="Choose an account")
    account_id = as_id(form.account_id.data) or (accounts[0][0] if len(accounts) == 1 else 0)
    if len(accounts) == 1 and not form.is_posted:
        form.account_id.data = str(account_id)
    for field, is_crypto in ((form.fiat_asset_id, False), (form.crypto_asset_id, True)):
        offered = asset_choices(session, who, account_id, is_crypto=is_crypto)
        set_choices(field, offered, empty="None")
    set_choices(form.bank_id, bank_choices(session, who), empty="None")
