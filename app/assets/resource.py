"""Assets as a list: columns, fast filters, search and what may be done with a row."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.assets.queries import (
    AVAILABLE,
    LEDGER,
    VIRTUAL,
    asset_list_select,
    of_kinds,
    of_state,
    owned_by,
    within_amounts,
)
from app.banks.models import Bank
from app.banks.queries import bank_choices
from app.clients.models import Client
from app.controls.configured import kept_while_configured
from app.controls.identity import Actor
from app.controls.permissions import holds, scoped, visible
from app.controls.review import AUTHORIZED
from app.kernel.errors import Conflict
from app.ledger.accounts import Account
from app.ledger.models import Asset
from app.organisation.models import OrganisationCurrency, Project
from app.web import cells
from app.web.context import actor
from app.web.listing import Column, Filter, Listing, by_id, contains, equals
from app.web.respond import row_action

PATH = "/admin/assets"
# What is one tap away in the row of an asset.
_ICONS = frozenset({"Deposit", "Withdraw"})
SYMBOLS = {
    "USD": "dollar-sign", "EUR": "euro", "GBP": "pound-sterling", "JPY": "japanese-yen",
    "INR": "indian-rupee", "CHF": "swiss-franc", "PHP": "philippine-peso", "BTC": "bitcoin",
}  # fmt: skip
_OF_KIND = {"fiat": "banknote", "crypto": "coins"}
_TYPES = (("fiat", "Fiat"), ("crypto", "Crypto"), ("custom", "Custom"), ("bonus", "Bonus"))
_STATES = (("active", "Active"), ("disabled", "Disabled"), ("zero", "Zero Balance"))


def currency_cell(row: Any) -> cells.Cell:
    """Show a currency's icon and code; of a crypto asset they lead to its wallets."""
    symbol = SYMBOLS.get(row.currency) or _OF_KIND.get(row.kind, "ticket")
    shown = cells.symbol(symbol, row.currency)
    if row.kind != "crypto":
        return shown
    # The name of an asset that can have wallets leads to them (W07.30).
    return {**shown, "href": f"{PATH}/{row.id}/addresses", "drawer": True}


def status_cell(row: Any) -> cells.Cell:
    """Show whether the asset is active, with the switch for those who may set it."""
    may = holds(actor(), "assets.change-status") and row.account_closed_on is None
    post_href = f"{PATH}/{row.id}/status" if may else None
    return cells.switch(f"{row.uid} active", is_on=row.is_active, post_href=post_href)


def amount_cell(row: Any, name: str) -> cells.Cell:
    """Show one of the asset's amounts."""
    return cells.money(getattr(row, name), row.exponent, row.currency)


def asset_actions(row: Any, who: Actor, *, icons: frozenset[str] = _ICONS) -> list[dict[str, Any]]:
    """Return what may be done with an asset (W08.33, W08.46); `icons` are one tap away."""
    path = f"{PATH}/{row.id}"
    actions = []
    if holds(who, "transactions.view"):
        href = f"/admin/transactions?asset={row.id}"
        actions.append(row_action("Show transactions", href, "list", primary=True))
    actions.extend(money_actions(row, who, icons=icons))
    if holds(who, "assets.edit"):
        actions.append(
            row_action("Refresh balance", f"{path}/refresh", "refresh-cw", dialog=True,
                       primary=True)
        )  # fmt: skip
    if row.kind == "crypto":
        actions.append(row_action("Show wallets", f"{path}/addresses", "wallet", drawer=True))
    actions.append(row_action("Details", path, "eye", drawer=True))
    if holds(who, "assets.delete"):
        actions.append(row_action("Delete", f"{path}/delete", "trash-2", dialog=True, danger=True))
    return actions


# What a teller may do with the money of an asset: name, the end of its address, icon, permission.
_MONEY = (
    ("Deposit", "deposit", "plus", "assets.deposit"),
    ("Withdraw", "withdraw", "minus", "assets.withdraw"),
    ("Transfer", "transfer", "arrow-right-left", "assets.transfer"),
    ("Exchange", "exchange", "repeat", "assets.exchange"),
    ("Top-up", "top-up", "credit-card", "assets.deposit"),
    ("Payout", "payout", "landmark", "assets.withdraw"),
    ("Credit earning", "earning", "hand-coins", "assets.deposit"),
    ("Credit bonus", "bonus", "gift", "assets.deposit"),
)
CLOSED = "The account of this asset is closed: nothing can be booked on it any more."
UNAPPROVED = "This account is not approved yet: nothing can be booked on it before."
STOPPED = "This account is inactive: nothing can be booked on it until it is activated."
INACTIVE = "This asset is inactive: nothing can be booked on it until it is activated."
_OF_CLIENTS = frozenset({"exchange", "top-up", "payout", "earning"})


def obstacle_to_booking(row: Any) -> str:
    """Say why nothing can be booked on an asset; "" where something can."""
    if row.account_closed_on is not None:
        return CLOSED
    if row.account_status != AUTHORIZED:
        return UNAPPROVED
    if not row.account_is_active:
        return STOPPED
    return "" if row.is_active else INACTIVE


def demand_bookable(rows: Sequence[Any]) -> None:
    """Refuse (409) the form of a movement where nothing can be booked on any of the assets."""
    obstacles = [obstacle_to_booking(row) for row in rows]
    if all(obstacles):
        raise Conflict(obstacles[0])


def money_actions(row: Any, who: Actor, *, icons: frozenset[str] = _ICONS) -> list[dict[str, Any]]:
    """Return the teller's movements of money that this person may make, none that is refused."""
    if obstacle_to_booking(row):
        return []
    return [
        row_action(label, f"{PATH}/{row.id}/{end}", icon, drawer=True, primary=label in icons)
        for label, end, icon, permission in _MONEY
        if holds(who, permission)
        and (row.client_id is not None or end not in _OF_CLIENTS)
        and (row.is_limited or end != "bonus")
    ]


@kept_while_configured
def projects(session: Session, who: Actor) -> list[tuple[int, str]]:
    """Return the projects in the actor's scope, for choices."""
    query = scoped(who, Project).order_by(Project.name)
    return [(one.id, one.name) for one in session.scalars(query)]


@kept_while_configured
def currencies(session: Session, who: Actor) -> list[tuple[str, str]]:
    """Return the organisation's currencies, for choices."""
    query = select(OrganisationCurrency.code).where(
        OrganisationCurrency.organisation_id == who.tenant_id
    )
    codes = session.scalars(query.order_by(OrganisationCurrency.code))
    return [(code, code) for code in codes]


def owner_named(session: Session, who: Actor) -> list[tuple[int, str]]:
    """Return the name of the owner that the address names by id, for the filter's chip."""
    typed = request.args.get("owner", "")
    if not (typed.isascii() and typed.isdigit() and len(typed) < 18):  # noqa: PLR2004
        return []
    query = select(Client.id, Client.name).where(*visible(who, Client), Client.id == int(typed))
    return [(row.id, row.name) for row in session.execute(query)]


def owner_type(row: Any) -> str:
    """Return what kind of profile owns the asset (V02.02)."""
    if row.client_id is None:
        return "Agent" if row.holder == "agent" else "House"
    return str(row.owner_kind).capitalize()


def _owner(row: Any) -> cells.Cell:
    if row.client_id is None:
        return cells.text(row.account_name)
    return cells.text(row.owner, href=f"/admin/clients/{row.client_id}")


def _expand(row: Any) -> str | None:
    may = row.has_transactions and holds(actor(), "transactions.view")
    return f"{PATH}/{row.id}/recent" if may else None


def _money(key: str, label: str, name: str, sort: Any, **more: Any) -> Column:
    def cell(row: Any) -> cells.Cell:
        # The currency has a column of its own.
        return cells.money(getattr(row, name), row.exponent, "")

    return Column(key, label, cell, sort=sort, numeric=True, **more)


def _actions(row: Any, who: Actor) -> Sequence[Mapping[str, Any]]:
    return asset_actions(row, who)


ASSETS = Listing(
    name="assets",
    title="Assets",
    section="Core Banking",
    path=PATH,
    select=asset_list_select,
    key=Asset.id,
    columns=(
        Column("status", "Status", status_cell, priority=1),
        Column("currency", "Currency", currency_cell, sort=Asset.currency, priority=1),
        Column("uid", "UID", lambda row: cells.ident(row.uid, href=f"{PATH}/{row.id}"),
               sort=Asset.uid),
        Column("owner", "Owner's full name", _owner,
               sort=func.coalesce(Client.name, Account.name)),
        Column("email", "Owner's email", lambda row: cells.text(row.email), priority=3,
               sort=func.coalesce(Client.email, "")),
        _money("available", "Available", "available_minor", AVAILABLE, priority=1),
        _money("bonus", "Bonus", "bonus_minor", Asset.bonus_minor, priority=3),
        _money("deposited", "All time deposited", "deposited_minor", Asset.deposited_minor,
               priority=3),
        _money("held", "On hold", "held_minor", Asset.held_minor, priority=3),
        Column("account", "Account", lambda row: cells.text(
            row.account_number, href=f"/admin/accounts/{row.account_id}"), shown=False,
            sort=Account.number),
        Column("account-id", "Account ID", lambda row: cells.ident(row.account_public_id),
               shown=False),
        Column("asset-id", "Asset ID", lambda row: cells.ident(row.public_id), shown=False),
        Column("project", "Project", lambda row: cells.text(row.project), shown=False),
        Column("id", "ID", lambda row: cells.ident(str(row.id)), sort=Asset.id, shown=False),
        Column("owner-type", "Owner's type", lambda row: cells.text(owner_type(row)),
               shown=False),
        _money("virtual", "Virtual balance", "virtual_minor", VIRTUAL, shown=False),
        _money("ledger", "Balance", "ledger_minor", LEDGER, shown=False),
        _money("incoming", "Inc balance", "deposited_minor", Asset.deposited_minor, shown=False),
        _money("withdrawn", "Out balance", "withdrawn_minor", Asset.withdrawn_minor, shown=False),
        Column("iban", "IBAN", lambda row: cells.text(row.iban), shown=False),
        Column("bank", "Bank", lambda row: cells.text(row.bank), shown=False,
               sort=func.coalesce(Bank.name, "")),
        Column("platform", "Platform", lambda row: cells.text(row.platform), shown=False),
        Column("type", "Type", lambda row: cells.text(row.kind.title()), shown=False),
        Column("created", "Created at", lambda row: cells.instant(row.created_at),
               sort=Asset.id, shown=False),
    ),
    filters=(
        Filter("project", "Project", "choices", by_id(Asset.project_id), projects),
        Filter("currency", "Currency", "choices", equals(Asset.currency), currencies),
        Filter("type", "Types", "choices", of_kinds, lambda _s, _a: _TYPES),
        Filter("bank", "Bank", "choices", by_id(Asset.bank_id), bank_choices),
        Filter("owner", "Owners", "text", owned_by(Asset.client_id), owner_named),
        Filter("show", "Show only", "choice", of_state, lambda _s, _a: _STATES),
        Filter("available", "Available", "range", within_amounts(AVAILABLE)),
        Filter("deposited", "All time deposited", "range",
               within_amounts(Asset.deposited_minor)),
        Filter("held", "On hold", "range", within_amounts(Asset.held_minor)),
        Filter("bonus", "Bonus", "range", within_amounts(Asset.bonus_minor)),
    ),
    search=contains(
        Account.public_id, Account.number, Asset.public_id, Asset.uid, Asset.currency, Asset.iban,
        Client.name, Client.email,
    ),
    search_hint="Account ID, asset ID, currency, owner or email",
    sort="-created",
    href=lambda row: f"{PATH}/{row.id}",
    label=lambda row: f"{row.uid} {row.currency}",
    actions=_actions,
    expand=_expand,
    empty="Assets appear here as soon as an account is opened.",
)  # fmt: skip
