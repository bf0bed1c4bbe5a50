"""An asset's page: whose it is and its balances on top, then General and the other tabs."""

from typing import Any

from sqlalchemy.orm import Session

from app.assets.amounts import moved_amount
from app.assets.queries import active_holds, recent_transactions
from app.assets.resource import PATH, currency_cell, money_actions, owner_type
from app.controls.identity import Actor
from app.controls.permissions import holds
from app.kernel.money import Money
from app.ledger.kinds import kind_name
from app.records.pages import with_zone
from app.trail.pages import tabs_of
from app.web import cells
from app.web.pages import fact
from app.web.respond import row_action

_GONE = "The asset is gone for good. One with transactions or a balance stays."
_SUMMARY = (
    ("Balance", "ledger_minor"),
    ("Inc balance", "deposited_minor"),
    ("Out balance", "withdrawn_minor"),
    ("Available", "available_minor"),
    ("Virtual balance", "virtual_minor"),
    ("Bonus", "bonus_minor"),
    ("On hold", "held_minor"),
)
_MORE = (
    ("Permitted overdraft", "overdraft_minor"),
    ("Expected in", "pending_in_minor"),
    ("Expected out", "pending_out_minor"),
)
_HEAD = 4
_TONES = {"Completed": "success", "Pending": "warning", "Processing": "info"} | {
    "Canceled": "danger",
    "Failed": "danger",
}


def asset_detail(session: Session, actor: Actor, row: Any, *, tab: str = "") -> dict[str, Any]:
    """Return the page of one asset, given as the list's row; `tab` is the end of its address.

    The first balances stand on top of every tab (V03.01).
    """
    cards = [_balances(row, with_more=not tab)]
    if not tab:
        cards += [_general(row), *_platform(row), _holds(session, row)]
    page = {
        "title": f"{row.currency} · {row.owner or row.account_name}",
        "subtitle": f"{owner_type(row)} profile · asset of account {row.account_number}",
        "ident": row.uid,
        "badge": {
            "text": "Active" if row.is_active else "Inactive",
            "tone": "success" if row.is_active else "neutral",
        },
        "back": {"label": "Assets", "href": PATH},
        "actions": _actions(actor, row),
        "cards": cards,
        "tabs": tabs_of(actor, f"{PATH}/{row.id}", tab, *_tabs(actor, row)),
        "workflow": None,
        "timeline": None,
        "version": row.version,
    }
    return page if tab else with_zone(page, _GONE)


def recent_rows(
    session: Session, actor: Actor, asset_id: int, **limit: int
) -> list[dict[str, Any]]:
    """Return the newest transactions as the list's inner panel shows them."""
    rows = []
    for one, told in recent_transactions(session, actor, asset_id, **limit):
        rows.append(
            {
                "reference": cells.ident(one.reference, href=f"/admin/transactions/{one.id}"),
                "kind": cells.text(kind_name(one.kind)),
                "amount": moved_amount(told),
                "status": cells.badge(one.processing, _TONES.get(one.processing, "neutral")),
                "date": cells.day(one.posting_date),
                "description": cells.text(one.description),
            }
        )
    return rows


def _tabs(actor: Actor, row: Any) -> list[tuple[str, str]]:
    tabs = []
    if row.kind == "crypto":
        tabs.append(("Wallets", "/addresses"))
    if holds(actor, "funding.view"):
        tabs.append(("Funding sources", "/funding-sources"))
    if holds(actor, "transactions.view"):
        tabs.append(("Transactions", "/transactions"))
    return tabs


def _actions(actor: Actor, row: Any) -> list[dict[str, Any]]:
    """The operations of a wallet first: Credit, Top-up, Transfer and Payout (L06.06)."""
    path = f"{PATH}/{row.id}"
    named = {"Deposit": "Credit"}
    actions = [
        one | {"label": named.get(one["label"], one["label"]), "primary": one["label"] == "Deposit"}
        for one in money_actions(row, actor)
    ]
    first = ("Credit", "Top-up", "Transfer", "Payout")
    actions.sort(key=lambda one: first.index(one["label"]) if one["label"] in first else len(first))
    offered = (
        ("assets.adjust-holds", row_action("Place hold", f"{path}/holds/new", "lock", drawer=True)),
        ("assets.edit", row_action(
            "Refresh balance", f"{path}/refresh", "refresh-cw", dialog=True)),
        ("transactions.view", row_action(
            "Show transactions", f"/admin/transactions?asset={row.id}", "list")),
        ("transactions.view", row_action("Entries", f"/admin/entries?asset={row.id}", "book-open")),
        ("statements.create", row_action(
            "Statement", f"/admin/statements/new?subject=asset&id={row.id}", "file-text",
            drawer=True)),
        ("assets.edit", row_action("Edit", f"{path}/edit", "pencil", drawer=True)),
        ("assets.delete", row_action("Delete", f"{path}/delete", "trash-2", dialog=True,
                                     danger=True)),
    )  # fmt: skip
    can_hold = row.is_limited and row.account_closed_on is None
    left_out = set() if can_hold else {"Place hold"}
    return actions + [
        action
        for permission, action in offered
        if holds(actor, permission) and action["label"] not in left_out
    ]


def _balances(row: Any, *, with_more: bool) -> dict[str, Any]:
    shown = (*_SUMMARY, *_MORE) if with_more else _SUMMARY[:_HEAD]
    rows = [
        fact(label, cells.money(getattr(row, name), row.exponent, row.currency))
        for label, name in shown
    ]
    return {"title": "Balances", "rows": rows, "open": True}


def _general(row: Any) -> dict[str, Any]:
    profile = cells.text("The house itself" if row.holder == "internal" else "An agent")
    if row.client_id is not None:
        profile = cells.text(row.owner, href=f"/admin/clients/{row.client_id}", drawer=False)
    account = f"/admin/accounts/{row.account_id}"
    rows = [
        fact("Profile", profile),
        fact("Profile type", cells.text(owner_type(row))),
        fact("Email", cells.text(row.email)),
        fact("Currency", currency_cell(row)),
        fact("Type", cells.text(row.kind.title())),
        fact("Account", cells.text(row.account_number, href=account, drawer=False)),
        fact("Account ID", cells.ident(row.account_public_id)),
        fact("Asset ID", cells.ident(row.public_id)),
        fact("UID", cells.ident(row.uid)),
        fact("Entity id", cells.text(row.external_id)),
        fact("Entity balance id", cells.text(row.external_balance_id)),
        fact("Project", cells.text(row.project)),
        fact("Created at", cells.instant(row.created_at)),
        fact("Updated at", cells.instant(row.updated_at)),
    ]
    if row.kind == "fiat":
        rows[9:9] = [
            fact("IBAN", cells.ident(row.iban) if row.iban else cells.text("")),
            fact("Address", cells.text(row.address)),
            fact(
                "Bank",
                cells.text(row.bank, href=f"/admin/banks/{row.bank_id}" if row.bank_id else None),
            ),
        ]
    return {"title": "General", "rows": rows, "open": True}


def _platform(row: Any) -> list[dict[str, Any]]:
    """Say what whoever keeps the asset outside told of it: its platform, else its bank."""
    if row.platform_id is None and row.platform_minor is None:
        return []
    keeper = "Platform" if row.platform_id is not None else "Bank"
    told = cells.text("Not asked yet")
    if row.platform_minor is not None:
        told = cells.money(row.platform_minor, row.exponent, row.currency)
    rows = [
        fact(keeper, cells.text(row.platform or row.bank)),
        fact("Available there", told),
        fact("Asked at", cells.instant(row.platform_read_at)),
    ]
    return [{"title": keeper, "rows": rows, "open": True}]


def _holds(session: Session, row: Any) -> dict[str, Any]:
    """Each hold as its amount, which leads to the hold."""
    found = active_holds(session, row.id)
    rows = [
        fact(
            reference or hold.reason,
            cells.text(
                str(Money(hold.amount_minor, row.currency, row.exponent)),
                href=f"/admin/holds/{hold.id}",
                drawer=False,
            ),
        )
        for hold, reference in found
    ]
    if not found:
        rows.append(fact("Nothing is held", cells.text("")))
    register = cells.text("All holds", href=f"/admin/holds?asset={row.id}", drawer=False)
    return {"title": "Holds", "rows": [*rows, fact("Register", register)], "open": bool(found)}
