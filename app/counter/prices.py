"""What a movement will cost, worked out while the teller types, by the code that posts it."""

from collections.abc import Sequence
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from app.assets.queries import asset_row
from app.controls.deciding import authorises_alone
from app.controls.levels import levels_of, rule_for, rules_of
from app.controls.tenant import Organisation
from app.counter.forms import LIVE, PREVIEW, MovementForm
from app.counter.queries import receiver_named
from app.currencies.queries import find_rate
from app.fees.pricing import Quote
from app.fees.queries import price_for_asset
from app.kernel.counts import counted
from app.kernel.errors import Refusal
from app.kernel.money import convert_minor
from app.ledger.models import Asset
from app.transactions.breakdown import Breakdown, available_after
from app.transactions.review import TRANSACTION
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import stripped
from app.web.pages import fact
from app.web.respond import wants_fragment


def is_live() -> bool:
    """Tell whether the box of what it costs asks for itself, and not a button for the form."""
    return request.method == "POST" and request.form.get(PREVIEW) == LIVE


def preview(
    form: MovementForm, assets: Any, kind: str, *, is_bonus: bool = False
) -> dict[str, Any]:
    """Return the breakdown of what is typed: {rows, sums, waits} or, while incomplete, {note}.

    `receives` names whom a transfer goes to, as soon as that is known; `is_bonus` says that the
    bonus is paid out, where the form does not ask for it.
    """
    told = noted("")
    try:
        row = form.chosen_asset(assets)
        if "counter_asset_id" in form:
            told |= _receiver(form, row)
        if not stripped(form.amount.data):
            return told | {"note": "Type an amount to see what it costs."}
        amount_minor = form.minor("amount", row.exponent)
        is_bonus = is_bonus or ("bucket" in form and form["bucket"].data == "bonus")
        quote = price_for_asset(
            read_session(),
            read_session().get_one(Asset, row.id),
            kind=kind,
            amount_minor=amount_minor,
            sub_type=stripped(form["sub_type"].data) if "sub_type" in form else "",
        )
        return told | _priced(row, kind, quote, told["rows"], is_bonus=is_bonus)
    except Refusal as refusal:  # also of more than the books can hold in base currency
        return told | {"note": refusal.sentence}


def _priced(
    row: Any, kind: str, quote: Quote, rows: Sequence[dict[str, Any]], *, is_bonus: bool
) -> dict[str, Any]:
    asset = read_session().get_one(Asset, row.id)
    after = available_after(
        quote, kind=kind, available_minor=row.available_minor, is_bonus=is_bonus
    )
    breakdown = Breakdown(quote, row.currency, row.exponent, after)
    is_short = after < 0 and row.is_limited
    debited_minor = quote.amount_minor + quote.fee_minor + quote.tax_minor
    return {
        "rows": [*rows, *breakdown.rows()],
        "sums": breakdown.sums(),
        "is_short": is_short,
        "waits": "" if is_short else _waits(asset, debited_minor),
    }


def noted(sentence: str, rows: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """Return a breakdown that says a sentence, and shows these rows."""
    return {
        "note": sentence,
        "rows": list(rows),
        "sums": [],
        "is_short": False,
        "waits": "",
        "receives": "",
    }


def _waits(asset: Asset, debited_minor: int) -> str:
    """Say how many must approve before the money moves; "" where nobody must."""
    session, who = read_session(), actor()
    tenant = session.get_one(Organisation, asset.organisation_id)
    if authorises_alone(who, tenant):
        return ""
    rule = rule_for(
        TRANSACTION,
        rules_of(session, TRANSACTION, tenant.id),
        amount_minor=_in_base(session, tenant, asset, debited_minor),
        project_ids={asset.project_id},
        branch_ids={asset.branch_id},
    )
    levels = levels_of(TRANSACTION, rule)
    return f"Waits for {counted(levels, 'approval')} before the money moves." if levels else ""


def _receiver(form: MovementForm, source: Any) -> dict[str, Any]:
    """Name who receives a transfer: a digit that is wrong may be somebody else's number."""
    typed = stripped(form["counter_asset_id"].data)
    if not typed:
        return {}
    try:
        asset_id = receiver_named(read_session(), actor(), typed, source)
    except Refusal as refusal:
        if wants_fragment():  # one still types
            return {}
        return {"rows": [fact("Receives", cells.text(refusal.sentence))]}
    row = asset_row(read_session(), actor(), asset_id)
    named = f"{row.owner or row.account_name} · {row.account_number} · {row.currency}"
    return {"rows": [fact("Receives", cells.text(named))], "receives": named}


def _in_base(session: Session, tenant: Organisation, asset: Asset, minor: int) -> int:
    """Return an amount of an asset at today's mid rate; nothing of one that posting refuses."""
    rate = find_rate(session, tenant.id, asset.currency, tenant.business_date)
    if rate is None:
        return 0
    base = tenant.base_exponent
    return convert_minor(minor, rate.mid, exponent=asset.exponent, base_exponent=base)
