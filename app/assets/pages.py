"""An asset's page: what it is, its balances, its holds; and its newest transactions."""

from typing import Any

from sqlalchemy.orm import Session

from app.assets.queries import active_holds, recent_transactions
from app.assets.resource import PATH, currency_cell, money_actions
from app.controls.identity import Actor
from app.controls.permissions import holds
from app.web import cells
from app.web.pages import fact
from app.web.respond import row_action

_BALANCES = (
    ("Available", "available_minor"),
    ("Bonus", "bonus_minor"),
    ("On hold", "held_minor"),
    ("Ledger balance", "ledger_minor"),
    ("Permitted overdraft", "overdraft_minor"),
    ("Expected in", "pending_in_minor"),
    ("Expected out", "pending_out_minor"),
    ("Virtual", "virtual_minor"),
    ("All time deposited", "deposited_minor"),
    ("Out", "withdrawn_minor"),
)
_TONES = {"Completed": "success", "Pending": "warning", "Processing": "info"} | {
    "Canceled": "danger",
    "Failed": "danger",
}


def asset_detail(session: Session, actor: Actor, row: Any) -> dict[str, Any]:
    """Return the page of one asset, given as the list's row."""
    return {
        "title": f"{row.currency} · {row.owner or row.account_name}",
        "subtitle": f"Asset of account {row.account_number}",
        "ident": row.uid,
        "badge": {
            "text": "Active" if row.is_active else "Inactive",
            "tone": "success" if row.is_active else "neutral",
        },
        "back": {"label": "Assets", "href": PATH},
        "actions": _actions(actor, row),
        "cards": [_balances(row), _general(row), _holds(session, row)],
        "tabs": [],
        "workflow": None,
        "timeline": None,
        "version": row.version,
    }


def recent_rows(session: Session, actor: Actor, asset_id: int) -> list[dict[str, Any]]:
    """Return the newest transactions as the list's inner panel shows them."""
    rows = []
    for one in recent_transactions(session, actor, asset_id):
        comes_in = (one.direction == "in") == (one.asset_id == asset_id)
        sign = "in" if comes_in else "out"
        minor = one.amount_minor if comes_in else -one.amount_minor
        exponent, currency = one.exponent, one.currency
        if comes_in and one.kind == "exchange":
            minor, exponent, currency = (
                one.settled_minor, one.settled_exponent, one.settled_currency,
            )  # fmt: skip
        rows.append(
            {
                "reference": cells.ident(one.reference, href=f"/admin/transactions/{one.id}"),
                "kind": cells.text(one.kind.title()),
                "amount": cells.money(minor, exponent, currency, sign=sign),
                "status": cells.badge(one.processing, _TONES.get(one.processing, "neutral")),
                "created": cells.instant(one.created_at),
                "description": cells.text(one.description),
            }
        )
    return rows


def _actions(actor: Actor, row: Any) -> list[dict[str, Any]]:
    path = f"{PATH}/{row.id}"
    # On the page itself Deposit alone stands out.
    actions = [one | {"primary": one["label"] == "Deposit"} for one in money_actions(row, actor)]
    if holds(actor, "transactions.view"):
        href = f"/admin/transactions?asset={row.id}"
        actions.append(row_action("Show transactions", href, "list"))
    if holds(actor, "statements.create"):
        href = f"/admin/statements/new?subject=asset&id={row.id}"
        actions.append(row_action("Statement", href, "file-text", drawer=True))
    if holds(actor, "assets.delete"):
        actions.append(row_action("Delete", f"{path}/delete", "trash-2", dialog=True, danger=True))
    return actions


def _balances(row: Any) -> dict[str, Any]:
    rows = [
        fact(label, cells.money(getattr(row, name), row.exponent, row.currency))
        for label, name in _BALANCES
    ]
    return {"title": "Balances", "rows": rows, "open": True}


def _general(row: Any) -> dict[str, Any]:
    owner = cells.text("The house itself")
    if row.client_id is not None:
        owner = cells.text(row.owner, href=f"/admin/clients/{row.client_id}", drawer=False)
    account = f"/admin/accounts/{row.account_id}"
    rows = [
        fact("Currency", currency_cell(row)),
        fact("Type", cells.text(row.kind.title())),
        fact("Owner", owner),
        fact("Email", cells.text(row.email)),
        fact("Account", cells.text(row.account_number, href=account, drawer=False)),
        fact("Account ID", cells.ident(row.account_public_id)),
        fact("Asset ID", cells.ident(row.public_id)),
        fact("UID", cells.ident(row.uid)),
        fact("Project", cells.text(row.project)),
        fact("Created", cells.instant(row.created_at)),
    ]
    if row.kind == "fiat":
        rows[2:2] = [
            fact("Address", cells.text(row.address)),
            fact("Bank", cells.text(row.bank)),
            fact("External ID", cells.text(row.external_id)),
        ]
    rows.append(fact("Platform", cells.text(row.platform)))
    return {"title": "General", "rows": rows, "open": True}


def _holds(session: Session, row: Any) -> dict[str, Any]:
    found = active_holds(session, row.id)
    rows = [
        fact(
            f"{reference} {hold.reason}".strip(),
            cells.money(hold.amount_minor, row.exponent, row.currency),
        )
        for hold, reference in found
    ]
    none = [fact("Nothing is held", cells.text(""))]
    return {"title": "Holds", "rows": rows or none, "open": bool(found)}
