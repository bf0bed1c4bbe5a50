"""The exchange drawer, with what it would be while it is typed: worked out by the same code."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from app.assets.queries import asset_row, assets_of_account, assets_of_client
from app.assets.resource import amount_cell, demand_bookable
from app.controls.commands import perform
from app.controls.permissions import find, holds
from app.counter.forms import ExchangeForm
from app.counter.prices import noted
from app.db.types import plain_rate
from app.kernel.errors import Conflict, Refusal
from app.kernel.money import Money
from app.ledger.accounts import Account
from app.ledger.models import Transaction
from app.transactions.exchange import Exchange
from app.transactions.previews import PreviewExchange
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import set_choices
from app.web.guard import permit
from app.web.pages import fact, form_view
from app.web.respond import render

blueprint = Blueprint("exchange", __name__)
_METHODS = ["GET", "POST"]
_HOUSE = "An exchange is made on a customer's asset"
_NONE = "This customer has no active asset in another currency. Add one to an account first."
_CHOOSE = "Choose an asset"
_LIVE = "live"


@blueprint.route("/admin/assets/<int:asset_id>/exchange", methods=_METHODS)
@permit("assets.exchange")
def exchange(asset_id: int) -> Response:
    """Give an asset's currency for another (W01.14)."""
    row = asset_row(read_session(), actor(), asset_id)
    return _exchange([row], to=f"/admin/assets/{asset_id}")


@blueprint.route("/admin/accounts/<int:account_id>/exchange", methods=_METHODS)
@permit("assets.exchange")
def exchange_in_account(account_id: int) -> Response:
    """Give the currency of one of an account's assets for another."""
    find(read_session(), actor(), Account, account_id)
    rows = assets_of_account(read_session(), actor(), account_id)
    if not rows:
        raise Conflict("This account has no asset. Add one first.")
    active = [row for row in rows if row.is_active]
    return _exchange(active or rows[:1], to=f"/admin/accounts/{account_id}")


def _exchange(assets: Sequence[Any], *, to: str) -> Response:
    form = ExchangeForm()
    if not form.is_posted:
        demand_bookable(assets)
    counters = _counters(assets)
    form.offer(assets)
    choices = [(row.id, f"{row.currency} · {row.account_number} · {row.uid}") for row in counters]
    set_choices(form.counter_asset_id, choices, empty=None if len(choices) == 1 else _CHOOSE)
    preview = _preview(form, assets, counters) if request.form.get("preview") else {}
    if request.form.get("preview") == _LIVE:
        page = "counter/_preview.html"
        return render(page, fragment=page, preview=preview)
    alone = assets[0] if len(assets) == 1 else None
    may_look = holds(actor(), "transactions.view")
    return form_view(
        form,
        command=lambda: form.exchange(assets, counters),
        title="Exchange",
        submit_label="Exchange",
        secondary={"name": "preview", "value": "1", "label": "Preview"},
        to=to,
        done_title="Exchange",
        told=_told,
        opened=lambda answer: f"/admin/transactions/{answer}" if may_look else None,
        form_fields="counter/_exchange_fields.html",
        summary=_summary(assets),
        currency=alone.currency if alone else "",
        precision=alone.exponent if alone else 0,
        preview=preview,
    )


def _counters(assets: Sequence[Any]) -> list[Any]:
    client_id = assets[0].client_id
    if client_id is None:
        raise Refusal(_HOUSE)
    currencies = {row.currency for row in assets}
    alone = currencies.pop() if len(currencies) == 1 else None
    rows = assets_of_client(read_session(), actor(), client_id)
    counters = [row for row in rows if row.currency != alone]
    if not counters:
        raise Refusal(_NONE)
    return counters


def _summary(assets: Sequence[Any]) -> list[dict[str, Any]]:
    rows = [fact("Owner", cells.text(assets[0].owner))]
    for row in assets:
        label = f"Available · {row.uid}" if len(assets) > 1 else "Available"
        rows.append(fact(label, amount_cell(row, "available_minor")))
    return rows


def _preview(form: ExchangeForm, assets: Sequence[Any], counters: Sequence[Any]) -> dict[str, Any]:
    """Return the rows of the preview, or the sentence that stands in the way."""
    if not form.has_amount:
        return {}
    if not form.counter_asset_id.data:
        return {"note": f"{_CHOOSE} first"}
    try:
        command = form.exchange(assets, counters)
        told = perform(PreviewExchange(command), actor())
    except Refusal as refusal:
        return {"error": refusal.sentence}
    given = next(row for row in assets if row.id == command.asset_id)
    received = next(row for row in counters if row.id == command.counter_asset_id)
    missing = Money(told["missing_minor"], given.currency, given.exponent)
    return {
        "rows": _rows(told, given, received),
        "error": f"{missing} more is needed" if missing.minor else "",
    }


def exchange_costs(exchange: Callable[[], Exchange], given: Any, received: Any) -> dict[str, Any]:
    """Return what an exchange of two assets would be now, in the shape of `preview`."""
    try:
        told = perform(PreviewExchange(exchange()), actor())
    except Refusal as refusal:
        return noted(refusal.sentence)
    rows = _rows(told, given, received)
    return noted("", rows) | {"is_short": told["missing_minor"] > 0}


def _rows(told: dict[str, Any], given: Any, received: Any) -> list[dict[str, Any]]:
    rate = Decimal(told["rate"])
    rows = [
        fact("Given", cells.money(told["given_minor"], given.exponent, given.currency)),
        fact("Rate", cells.text(f"1 {given.currency} = {rate:,f} {received.currency}")),
    ]
    if 0 < rate < 1:
        inverse = f"{plain_rate((1 / rate).quantize(Decimal('0.0001'))):,f}"
        rows.append(
            fact("The other way", cells.text(f"1 {received.currency} ≈ {inverse} {given.currency}"))
        )
    rows += [
        fact("Rate of", cells.text(f"{told['rated_on']} · {told['rate_source']}")),
        fact("Spread against mid", cells.money(
            told["spread_minor"], told["base_exponent"], told["base_currency"])),
        *(fact(one["name"], cells.money(one["amount_minor"], given.exponent, given.currency))
          for one in told["charges"]),
        fact("Fees", cells.money(told["fee_minor"] + told["tax_minor"], given.exponent,
                                 given.currency)),
        fact("Received", cells.money(
            told["received_minor"], received.exponent, received.currency, sign="in")),
    ]  # fmt: skip
    return rows


def _told(transaction_id: int) -> tuple[str, str]:
    """Say whether the money moved or waits, and what is received."""
    one = read_session().get_one(Transaction, transaction_id)
    received = Money(one.settled_minor or 0, one.settled_currency or "", one.settled_exponent or 0)
    given = Money(one.amount_minor, one.currency, one.exponent)
    if one.posted_at is not None:
        return "Exchange completed", f"{given} for {received}"
    waits = "waits for approval" if one.is_pending else "waits for its status"
    return f"Exchange {waits}", f"{given} for {received}, at the rate of now"
