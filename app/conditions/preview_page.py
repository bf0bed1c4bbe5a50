"""Interest Preview as its page shows it."""

import re
from typing import Any

from sqlalchemy.orm import Session

from app.conditions.forms import PreviewForm
from app.conditions.models import AccountCondition
from app.conditions.pages import PATH, span
from app.conditions.previewing import MOST_DAYS, Preview, preview
from app.conditions.queries import versions_of
from app.controls.tenant import Organisation
from app.kernel.errors import Refusal
from app.kernel.interest import round_half_up
from app.kernel.money import parse_minor_or_zero
from app.web import cells
from app.web.forms import stripped
from app.web.pages import fact

_MINUS = ("-", "\N{MINUS SIGN}")


def preview_page(
    session: Session, one: AccountCondition, form: PreviewForm, *, is_asked: bool
) -> dict[str, Any]:
    """Return the page: the result once it was asked for, or the sentence that refuses it."""
    page: dict[str, Any] = {
        "title": f"Interest Preview of {one.code}",
        "back_href": f"{PATH}/{one.id}",
        "action_href": f"{PATH}/{one.id}/preview",
        "precision": one.exponent,
        "currency": one.currency,
        "error": "",
        "rows": [],
        "tiers": [],
        "is_waived": False,
    }
    if not is_asked:
        return page
    try:
        balance_minor, days = _asked(form, one.exponent)
    except Refusal as refusal:
        form.attach(refusal)
        return page | {"error": refusal.sentence}
    start = session.get_one(Organisation, one.organisation_id).business_date
    base = versions_of(session, one.organisation_id).base_percent(one, start)
    found = preview(one, balance_minor, start=start, days=days, base_percent=base)
    with_tax = stripped(form.with_tax.raw_data[0] if form.with_tax.raw_data else "") != ""
    return page | {
        "rows": _rows(one, found, with_tax=with_tax),
        "tiers": _tiers(one, found),
        "is_waived": found.settled.is_waived,
    }


def _asked(form: PreviewForm, exponent: int) -> tuple[int, int]:
    text, days = stripped(form.balance.data), stripped(form.days.data)
    is_debit = text.startswith(_MINUS)
    try:
        minor = parse_minor_or_zero(text.lstrip("".join(_MINUS)), exponent, name="Balance")
    except Refusal as refusal:
        refusal.field = "balance"
        raise
    if not re.fullmatch(r"[0-9]{1,5}", days) or not 0 < int(days) <= MOST_DAYS:
        raise Refusal(f"Days must be a whole number from 1 to {MOST_DAYS:,}", field="days")
    return -minor if is_debit else minor, int(days)


def _rows(one: AccountCondition, found: Preview, *, with_tax: bool) -> list[dict[str, Any]]:
    def amount(minor: int) -> cells.Cell:
        return cells.money(minor, one.exponent, one.currency)

    settled = found.settled
    gross_minor = settled.accrued_minor if settled.is_waived else settled.gross_minor
    rows = [
        fact("Gross interest", amount(gross_minor)),
        fact("Applied rate", cells.text(f"{found.applied_percent.normalize():f} % a year")),
        fact("Day-count basis", cells.text(one.day_count)),
    ]
    if settled.is_waived:
        rows.append(fact("Below the threshold of", amount(one.de_minimis_minor)))
    if with_tax:
        rows += [
            fact("Tax amount", amount(settled.tax_minor)),
            fact("Net interest", amount(found.net_minor)),
        ]
    return rows


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _tiers(one: AccountCondition, found: Preview) -> list[dict[str, Any]]:
    return [
        {
            "span": _capital(span(part.tier, one)),
            "rate": f"{part.tier.rate_percent:f} %",
            "part": cells.money(part.part_minor, one.exponent, one.currency),
            "interest": cells.money(round_half_up(part.interest), one.exponent, one.currency),
        }
        for part in found.parts
    ]
