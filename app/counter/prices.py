"""What a movement will cost, worked out while the teller types, by the code that posts it."""

from typing import Any

from flask import request

from app.assets.queries import asset_row
from app.counter.forms import LIVE, PREVIEW, MovementForm
from app.counter.queries import asset_named
from app.fees.queries import price_for_asset
from app.kernel.errors import Refusal
from app.ledger.models import Asset
from app.transactions.breakdown import Breakdown, available_after
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import stripped
from app.web.pages import fact
from app.web.respond import wants_fragment


def is_live() -> bool:
    """Tell whether the box of what it costs asks for itself, and not a button for the form."""
    return request.method == "POST" and request.form.get(PREVIEW) == LIVE


def preview(form: MovementForm, assets: Any, kind: str) -> dict[str, Any]:
    """Return the breakdown of what is typed: {rows} and, where it is not complete, {note}."""
    receiver: list[dict[str, Any]] = []
    try:
        row = form.chosen_asset(assets)
        receiver = _receiver(form, row.currency) if kind == "transfer" else []
        if not stripped(form.amount.data):
            return _noted("Type an amount to see what it costs.", receiver)
        amount_minor = form.minor("amount", row.exponent)
    except Refusal as refusal:
        return _noted(refusal.sentence, receiver)
    is_bonus = "bucket" in form and form["bucket"].data == "bonus"
    asset = read_session().get_one(Asset, row.id)
    quote = price_for_asset(read_session(), asset, kind=kind, amount_minor=amount_minor)
    after = available_after(
        quote, kind=kind, available_minor=row.available_minor, is_bonus=is_bonus
    )
    breakdown = Breakdown(quote, row.currency, row.exponent, after)
    rows = [*receiver, *breakdown.rows()]
    return {"note": "", "rows": rows, "is_short": after < 0 and row.is_limited}


def _receiver(form: MovementForm, currency: str) -> list[dict[str, Any]]:
    """Name who receives a transfer: a digit that is wrong may be somebody else's number."""
    typed = stripped(form["counter_asset_id"].data)
    if not typed:
        return []
    try:
        asset_id = asset_named(read_session(), actor(), typed, currency)
    except Refusal as refusal:
        if wants_fragment():  # one still types
            return []
        return [fact("Receives", cells.text(refusal.sentence))]
    row = asset_row(read_session(), actor(), asset_id)
    return [fact("Receives", cells.text(f"{row.owner or row.account_name} · {row.account_number}"))]


def _noted(sentence: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"note": sentence, "rows": rows, "is_short": False}
