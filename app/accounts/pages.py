"""An account's page: cards, QR code, its assets, workflow and history."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.cards import cards_of
from app.accounts.commands import ACCOUNT
from app.accounts.queries import has_history
from app.accounts.resource import HOLDERS, PATH
from app.accounts.statuses import is_changeable
from app.accounts.tabs import tabs_of
from app.accounts.terms import ANY_ONE, FREQUENCIES, SERVICES, SIGNING_RULES
from app.assets.queries import assets_of_account, assets_of_client
from app.assets.resource import amount_cell, asset_actions, currency_cell, status_cell
from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.controls.review import STATUS_NAMES, STATUS_TONES
from app.ledger.accounts import Account, Product
from app.organisation.models import Branch, Project
from app.records.pages import with_zone
from app.records.workflow import review_timeline, workflow_panel
from app.reference.codes import AccountStatus
from app.reference.models import AccountType
from app.web import cells
from app.web.pages import fact
from app.web.respond import row_action

MOST_ACCOUNTS = 20
_GONE = "The account is gone for good. One with history stays, and can be deactivated."
# What a teller does most with an asset stands beside it, not in its menu.
_AT_HAND = frozenset({"Deposit", "Withdraw", "Transfer"})
_OF_MONEY = {"Deposit", "Withdraw", "Exchange", "QR payment"}
_OF_THE_OPEN = {*_OF_MONEY, "Edit", "Account status", "Reassign", "Close"}
_FIGURES = (("Available", "available_minor"), ("Bonus", "bonus_minor"), ("On hold", "held_minor"))


def account_head(actor: Actor, account: Account, *, tab: str = "") -> dict[str, Any]:
    """Return the head of an account's page, which is on each of its tabs; nothing stands below."""
    return {
        "title": account.name,
        "subtitle": f"{HOLDERS[account.holder]} account · {account.number}",
        "ident": account.public_id,
        "badges": [
            {
                "text": STATUS_NAMES[account.record_status],
                "tone": STATUS_TONES[account.record_status],
            },
            _standing_badge(account),
        ],
        "badge": None,
        "back": {"label": "Accounts", "href": PATH},
        "actions": [],
        "cards": [],
        "tabs": tabs_of(actor, account, f"{PATH}/{account.id}", tab),
        "workflow": None,
        "timeline": None,
        "version": account.version,
    }


def _standing_badge(account: Account) -> dict[str, str]:
    if account.is_closed:
        return {"text": "Closed", "tone": "danger"}
    is_active = account.is_active
    return {
        "text": "Active" if is_active else "Inactive",
        "tone": "success" if is_active else "neutral",
    }


def account_detail(session: Session, actor: Actor, account: Account) -> dict[str, Any]:
    """Return the page of one account: what it holds comes first."""
    assets = asset_rows(session, actor, account.id)
    page = account_head(actor, account) | {
        "actions": _actions(session, actor, account),
        "cards": [
            _general(session, account),
            *_owner(session, account),
            *cards_of(session, actor, account),
            *_terms(session, account),
        ],
        "workflow": workflow_panel(session, actor, ACCOUNT, account),
        "timeline": review_timeline(session, ACCOUNT, account),
        "lead": "accounts/_lead.html",
        "extra": "clients/_qr.html",
        "qr_href": f"{PATH}/{account.id}/qr.svg",
        "qr_text": account.qr_code,
        "assets": assets,
        "recent_href": _recent_href(actor, assets),
        "number": account.number,
        "add_href": add_asset_href(actor, account),
    }
    return with_zone(page, _GONE)


def add_asset_href(actor: Actor, account: Account) -> str | None:
    """Return where an asset is added to an account, for those who may; a closed one takes none."""
    may = holds(actor, "assets.create") and not account.is_closed
    return f"{PATH}/{account.id}/assets/new" if may else None


def holdings(session: Session, actor: Actor, client: Client) -> list[dict[str, Any]]:
    """Return a customer's accounts, the oldest first, each with what it holds."""
    query = select(Account).where(*visible(actor, Account), Account.client_id == client.id)
    accounts = session.scalars(query.order_by(Account.id).limit(MOST_ACCOUNTS))
    held: dict[int, list[Any]] = {}
    for row in assets_of_client(session, actor, client.id):
        held.setdefault(row.account_id, []).append(row)
    return [
        {
            "name": cells.text(account.name, href=f"{PATH}/{account.id}", drawer=False),
            "number": cells.ident(account.number),
            "status": cells.record_status(account.record_status),
            "assets": [_asset_row(row, actor) for row in held.get(account.id, ())],
        }
        for account in accounts
    ]


def asset_rows(session: Session, actor: Actor, account_id: int) -> list[dict[str, Any]]:
    """Return the assets of an account as the inner panel shows them (W07.19)."""
    return [_asset_row(row, actor) for row in assets_of_account(session, actor, account_id)]


def _asset_row(row: Any, actor: Actor) -> dict[str, Any]:
    return {
        "id": row.id,
        "label": f"{row.currency} {row.uid}",
        "status": status_cell(row),
        "currency": currency_cell(row),
        "uid": cells.ident(row.uid, href=f"/admin/assets/{row.id}"),
        "figures": [fact(label, amount_cell(row, name)) for label, name in _FIGURES],
        "actions": asset_actions(row, actor, icons=_AT_HAND),
    }


def _recent_href(actor: Actor, assets: list[dict[str, Any]]) -> str:
    """Return where the first asset's newest transactions are, if they may be seen."""
    may_see = assets and holds(actor, "transactions.view")
    return f"/admin/assets/{assets[0]['id']}/recent" if may_see else ""


def _has_another(session: Session, actor: Actor, account: Account) -> bool:
    """Tell whether the customer holds a second currency to exchange for."""
    if account.client_id is None:
        return False
    held = assets_of_client(session, actor, account.client_id)
    return len({row.currency for row in held}) > 1


def _actions(session: Session, actor: Actor, account: Account) -> list[dict[str, Any]]:
    path = f"{PATH}/{account.id}"
    offered = (
        ("assets.deposit", row_action("Deposit", f"{path}/deposit", "plus", drawer=True,
                                      primary=True)),
        ("assets.withdraw", row_action("Withdraw", f"{path}/withdraw", "minus", drawer=True)),
        ("assets.exchange", row_action("Exchange", f"{path}/exchange", "repeat", drawer=True)),
        ("assets.transfer", row_action("QR payment", f"{path}/qr-payment", "qr-code", drawer=True)),
        ("accounts.edit", row_action("Edit", f"{path}/edit", "pencil", drawer=True)),
        ("accounts.change-status", row_action("Account status", f"{path}/account-status",
                                              "wallet-cards", drawer=True)),
        ("transactions.view", row_action(
            "Transactions", f"/admin/transactions?account={account.public_id}", "list")),
        ("statements.create", row_action(
            "Statement", f"/admin/statements/new?subject=account&id={account.id}", "file-text",
            drawer=True)),
        ("accounts.change-status", row_action("Reassign", f"{path}/reassign", "user-round-cog",
                                              drawer=True)),
        ("accounts.change-status", row_action("Close", f"{path}/close", "lock", dialog=True,
                                              danger=True)),
        ("accounts.delete", row_action("Delete", f"{path}/delete", "trash-2", dialog=True,
                                       danger=True)),
    )  # fmt: skip
    left_out = _left_out(session, actor, account)
    return [
        action
        for permission, action in offered
        if holds(actor, permission) and action["label"] not in left_out
    ]


def _left_out(session: Session, actor: Actor, account: Account) -> set[str]:
    """Return what would be refused, whoever asks for it."""
    left_out = {"Account status"} if account.holder == "internal" else set()
    if not _has_another(session, actor, account):
        left_out |= {"Exchange"}
    if account.client_id is None:
        left_out |= {"Reassign"}
    if account.holder == "internal" or not account.is_authorised:
        left_out |= {"Reassign", "Close"}
    if not account.is_authorised:
        left_out |= _OF_MONEY
    if not is_changeable(account.record_status):
        left_out |= {"Edit"}
    if account.is_closed:
        left_out |= _OF_THE_OPEN
        left_out |= {"Delete"} if has_history(session, account) else set()
    return left_out


def _general(session: Session, account: Account) -> dict[str, Any]:
    product = session.get(Product, account.product_id)
    branch = session.get(Branch, account.branch_id)
    project = session.get(Project, account.project_id) if account.project_id else None
    account_type = (
        session.get(AccountType, account.account_type_id) if account.account_type_id else None
    )
    rows = [
        fact("Number", cells.ident(account.number)),
        fact("Name", cells.text(account.name)),
        fact("Account ID", cells.ident(account.public_id)),
        fact("UID", cells.ident(account.uid)),
        fact("Product", cells.text(product.title() if product else "")),
        fact("Account type", cells.text(account_type.name if account_type else "")),
        fact("Account status", _status_cell(session, account)),
        fact("Currency", cells.text(account.currency)),
        fact("Branch", cells.text(branch.name if branch else "")),
        fact("Project", cells.text(project.name if project else "")),
        fact("External ID", cells.text(account.external_id)),
        fact("Created", cells.instant(account.created_at)),
        *_closing(account),
        fact("Version", cells.text(account.version)),
    ]
    return {"title": "General", "rows": rows, "open": True}


def _closing(account: Account) -> list[dict[str, Any]]:
    if account.closed_on is None:
        return []
    return [
        fact("Closed", cells.day(account.closed_on)),
        fact("Closed because", cells.text(account.closing_reason)),
    ]


def _status_cell(session: Session, account: Account) -> cells.Cell:
    if account.account_status_id is None:
        return cells.text("")
    status = session.get_one(AccountStatus, account.account_status_id)
    flags = (status.allow_debit, status.allow_credit)
    tone = "success" if all(flags) else "warning" if any(flags) else "danger"
    return cells.badge(status.name, tone)


def _owner(session: Session, account: Account) -> list[dict[str, Any]]:
    """Say whose account it is; the house's own has neither customer nor agent (E33.15)."""
    if account.holder == "internal":
        return []
    client = session.get(Client, account.client_id) if account.client_id else None
    if client is None:
        rows = [fact("Agent account", cells.flag(is_set=True))]
        return [{"title": "Owner", "rows": rows, "open": True}]
    href = f"/admin/clients/{client.id}"
    rows = [
        fact("Customer", cells.text(client.name, href=href, drawer=False)),
        fact("Number", cells.ident(client.number)),
        fact("Email", cells.text(client.email)),
    ]
    return [{"title": "Owner", "rows": rows, "open": True}]


def _signing_rule(account: Account) -> list[dict[str, Any]]:
    """Say how those who hold a mandate sign; nobody signs for the house's own (E34.08)."""
    if account.holder == "internal":
        return []
    return [fact("Signing Rule", cells.text(SIGNING_RULES[account.signing_rule or ANY_ONE]))]


def _properties(session: Session, account: Account) -> list[dict[str, Any]]:
    """Show the properties of the account's type, the empty ones too, and others that it keeps."""
    type_id = account.account_type_id
    kind = session.get(AccountType, type_id) if type_id else None
    named = {one["name"]: "" for one in (kind.properties if kind else ())}
    rows = [fact(name, cells.text(value)) for name, value in (named | account.properties).items()]
    return [{"title": "Properties", "rows": rows, "open": True}] if rows else []


def _terms(session: Session, account: Account) -> list[dict[str, Any]]:
    services = ", ".join(SERVICES.get(one, one) for one in account.services)
    rows = [
        fact("Start date", cells.day(account.start_on)),
        fact("End date", cells.day(account.end_on)),
        *_signing_rule(account),
        fact("Sector or industry", cells.text(account.sector)),
        fact("Schedule", cells.text(FREQUENCIES.get(account.schedule_frequency, ""))),
        fact("Services", cells.text(services)),
    ]
    cards = [{"title": "Terms", "rows": rows, "open": any(row["cell"]["text"] for row in rows)}]
    return [*_properties(session, account), *cards]
