"""A commission type's page: what it is, its bands, workflow and history."""

from typing import Any

from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.permissions import holds
from app.fees.bands import bands_of
from app.fees.commissions import COMMISSION_TYPE
from app.fees.models import BASES, KINDS, CommissionType, TransactionCode
from app.fees.resource import COMMISSIONS_PATH, edit_action
from app.kernel.money import format_minor
from app.ledger.accounts import Product
from app.records.pages import record_badge, with_danger
from app.records.workflow import review_timeline, workflow_panel
from app.web import cells
from app.web.pages import fact
from app.web.respond import row_action


def commission_detail(session: Session, actor: Actor, row: CommissionType) -> dict[str, Any]:
    """Return the page of one commission type (E18.03)."""
    page = {
        "title": row.name,
        "subtitle": f"Commission type · {row.code}",
        "ident": "",
        "badge": record_badge(row),
        "back": {"label": "Commission Types", "href": COMMISSIONS_PATH},
        "actions": _actions(actor, row),
        "cards": [_general(session, row), bands_card(row)],
        "tabs": [],
        "workflow": workflow_panel(session, actor, COMMISSION_TYPE, row),
        "timeline": review_timeline(session, COMMISSION_TYPE, row),
        "version": row.version,
    }
    return with_danger(page, session, actor, record=row, path=COMMISSIONS_PATH)


def bands_card(row: CommissionType) -> dict[str, Any]:
    """Return the section of bands, one line each: from, to, and what is charged."""
    rows = []
    for band in bands_of(row.bands):
        low = format_minor(band.min_minor, row.exponent)
        span = f"{low} {band.currency} and above"
        if band.max_minor is not None:
            span = f"{low} to {format_minor(band.max_minor, row.exponent)} {band.currency}"
        rows.append(fact(span, cells.text(band.told(row.exponent))))
    if not rows:
        rows = [fact("No band yet", cells.text(""))]
    return {"title": "Bands", "rows": rows, "open": True}


def _actions(actor: Actor, row: CommissionType) -> list[dict[str, Any]]:
    actions = edit_action("commission-types", COMMISSIONS_PATH, row, actor)
    if row.is_editable and holds(actor, "commission-types.edit"):
        href = f"{COMMISSIONS_PATH}/{row.id}/bands"
        actions.insert(0, row_action("Bands", href, "rows-3", drawer=True, primary=True))
    return actions


def _general(session: Session, row: CommissionType) -> dict[str, Any]:
    product = session.get_one(Product, row.income_product_id)
    code = session.get_one(TransactionCode, row.transaction_code_id)
    tax = "None" if row.tax_percent is None else f"{row.tax_percent:f} %"
    kinds = ", ".join(KINDS[kind] for kind in row.kinds)
    rows = [
        fact("Code", cells.ident(row.code)),
        fact("Currency", cells.text(row.currency)),
        fact("Income account", cells.text(product.title())),
        fact("Transaction code", cells.text(code.code, href=f"/admin/transaction-codes/{code.id}")),
        fact("Calculation basis", cells.text(BASES[row.basis])),
        fact("A band is charged on",
             cells.text("Each band's slice" if row.is_sliced else "The whole amount")),
        fact("Charged on", cells.text(kinds or "Nothing by itself")),
        fact("Taken", cells.text("On top of the amount" if row.is_on_top
                                 else "Deducted from the amount")),
        fact("Tax", cells.text(tax)),
        fact("Created", cells.instant(row.created_at)),
        fact("Version", cells.text(row.version)),
    ]  # fmt: skip
    return {"title": "General", "rows": rows, "open": True}
