"""What a movement will cost, worked out while the teller types, by the code that posts it."""

from typing import Any

from flask import request

from app.counter.forms import PREVIEW, MovementForm
from app.fees.queries import price_for_asset
from app.kernel.errors import Refusal
from app.ledger.models import Asset
from app.transactions.breakdown import Breakdown, available_after
from app.web.context import read_session
from app.web.forms import stripped


def is_preview() -> bool:
    """Tell whether the form only asks what it would cost."""
    return request.method == "POST" and PREVIEW in request.form


def preview(form: MovementForm, assets: Any, kind: str) -> dict[str, Any]:
    """Return the breakdown of what is typed: {rows} or, where it is not complete, {note}."""
    if not stripped(form.amount.data):
        return _noted("Type an amount to see what it costs.")
    try:
        row = form.chosen_asset(assets)
        amount_minor = form.minor("amount", row.exponent)
    except Refusal as refusal:
        return _noted(refusal.sentence)
    is_bonus = "bucket" in form and form["bucket"].data == "bonus"
    asset = read_session().get_one(Asset, row.id)
    quote = price_for_asset(read_session(), asset, kind=kind, amount_minor=amount_minor)
    after = available_after(
        quote, kind=kind, available_minor=row.available_minor, is_bonus=is_bonus
    )
    breakdown = Breakdown(quote, row.currency, row.exponent, after)
    return {"note": "", "rows": breakdown.rows(), "is_short": after < 0 and row.is_limited}


def _noted(sentence: str) -> dict[str, Any]:
    return {"note": sentence, "rows": [], "is_short": False}
