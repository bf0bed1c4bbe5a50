"""Accounts as a list: columns, filters, search and what may be done with a row."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from app.accounts.queries import account_select, offered_types
from app.accounts.statuses import is_changeable
from app.assets.queries import owned_by
from app.assets.resource import owner_named, projects
from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import holds
from app.controls.review import AUTHORIZED, STATUS_NAMES
from app.db.parts import among, holds_words
from app.ledger.accounts import Account
from app.organisation.queries import branch_choices
from app.records.queries import code_choices
from app.reference.codes import AccountStatus
from app.reference.models import AccountType
from app.web import cells
from app.web.context import actor
from app.web.listing import Column, Filter, Listing, by_id, equals, within_days
from app.web.respond import row_action

PATH = "/admin/accounts"
HOLDERS = {"client": "Customer", "agent": "Agent", "internal": "Internal"}


def _status(row: Any) -> cells.Cell:
    may = holds(actor(), "accounts.change-status") and row.closed_on is None
    post_href = f"{PATH}/{row.id}/status" if may else None
    return cells.switch(f"{row.number} active", is_on=row.is_active, post_href=post_href)


def _owner(row: Any) -> cells.Cell:
    if row.client_id is None:
        return cells.text(HOLDERS[row.holder])
    return cells.text(row.owner, href=f"/admin/clients/{row.client_id}")


def _is_active(value: str) -> ColumnElement[bool]:
    return Account.is_active if value == "active" else ~Account.is_active


def _actions(row: Any, who: Actor) -> Sequence[Mapping[str, Any]]:
    """Return what may be done with an account; nothing is done with a closed one but to read it."""
    if row.closed_on is not None:
        return []
    path = f"{PATH}/{row.id}"
    offered = (
        ("assets.create", row_action("Add asset", f"{path}/assets/new", "circle-plus",
                                     drawer=True)),
        ("accounts.edit", row_action("Edit", f"{path}/edit", "pencil", drawer=True)),
        ("assets.deposit", row_action("Deposit", f"{path}/deposit", "plus", drawer=True,
                                      primary=True)),
        ("assets.withdraw", row_action("Withdraw", f"{path}/withdraw", "minus", drawer=True,
                                       primary=True)),
        ("accounts.delete", row_action("Delete", f"{path}/delete", "trash-2", dialog=True,
                                       danger=True)),
    )  # fmt: skip
    left_out = set() if row.record_status == AUTHORIZED else {"Deposit", "Withdraw"}
    if not is_changeable(row.record_status):
        left_out |= {"Edit"}
    return [
        action
        for permission, action in offered
        if holds(who, permission) and action["label"] not in left_out
    ]


def _plain(name: str) -> Any:
    return lambda row: cells.text(getattr(row, name))


def _search(typed: str) -> ColumnElement[bool]:
    """Search accounts by their own codes and names, and by their owners'."""
    owners = select(Client.id).where(
        Client.organisation_id == actor().tenant_id, holds_words(typed, Client.name, Client.email)
    )
    own = holds_words(
        typed,
        Account.number,
        Account.name,
        Account.uid,
        Account.public_id,
        Account.external_id,
    )
    return or_(own, among(Account.client_id, owners))


ACCOUNTS = Listing(
    name="accounts",
    title="Accounts",
    section="Core Banking",
    path=PATH,
    select=account_select,
    key=Account.id,
    columns=(
        Column("status", "Status", _status, priority=1),
        Column("number", "Number",
               lambda row: cells.ident(row.number, href=f"{PATH}/{row.id}"),
               sort=Account.number, priority=1),
        Column("owner", "Owner", _owner, sort=func.coalesce(Client.name, ""), priority=1),
        Column("type", "Type", _plain("account_type"),
               sort=func.coalesce(AccountType.name, "")),
        Column("currency", "Currency", _plain("currency"), sort=Account.currency),
        Column("id", "Account ID", lambda row: cells.ident(row.public_id), priority=3),
        Column("uid", "UID", lambda row: cells.ident(row.uid), priority=3),
        Column("external-id", "External ID", _plain("external_id"), priority=3),
        Column("project", "Project", _plain("project"), priority=3),
        Column("created", "Created", lambda row: cells.instant(row.created_at),
               sort=Account.id, priority=3),
        Column("name", "Name", _plain("name"), sort=Account.name, shown=False),
        Column("branch", "Branch", _plain("branch"), shown=False),
        Column("product", "Product", _plain("product"), shown=False),
        Column("record-status", "Record status",
               lambda row: cells.record_status(row.record_status), sort=Account.record_status,
               shown=False),
    ),
    filters=(
        Filter("type", "Type", "choices", by_id(Account.account_type_id),
               offered_types),
        Filter("owner", "Owner", "text", owned_by(Account.client_id), owner_named),
        Filter("active", "Active or Inactive", "choice", _is_active,
               lambda _s, _a: (("active", "Active"), ("inactive", "Inactive"))),
        Filter("created", "Created", "dates", within_days(Account.created_at)),
        Filter("project", "Project", "choices", by_id(Account.project_id), projects),
        Filter("account-status", "Account status", "choices", by_id(Account.account_status_id),
               lambda session, who: code_choices(session, who, AccountStatus)),
        Filter("branch", "Branch", "choices", by_id(Account.branch_id), branch_choices),
        Filter("record-status", "Record status", "choices", equals(Account.record_status),
               lambda _s, _a: tuple(STATUS_NAMES.items())),
    ),
    search=_search,
    search_hint="Account ID, number, UID or owner",
    sort="-created",
    href=lambda row: f"{PATH}/{row.id}",
    label=lambda row: row.number,
    actions=_actions,
    expand=lambda row: f"{PATH}/{row.id}/assets",
    empty="Create the first account; its first asset is opened with it.",
)  # fmt: skip
