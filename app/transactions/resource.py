"""Transactions as a list: columns, filters, search and what may be done with a row."""

from typing import Any

from flask import request
from sqlalchemy import and_

from app.clients.models import Client
from app.controls.identity import ANONYMOUS, Actor
from app.controls.permissions import holds
from app.controls.review import STATUS_NAMES
from app.db.counting import COUNTED_ROWS
from app.ledger.accounts import Account
from app.ledger.kinds import KINDS, comes_in, given_minor, kind_name
from app.ledger.models import FINAL, PROCESSING_STATUSES, Asset, Transaction
from app.records.naming import named
from app.transactions.choices import Choices, choices, company_filter, managers, owners
from app.transactions.live import live_href
from app.transactions.looking import amount, direction, kind, seen_select
from app.transactions.matching import search_clause
from app.transactions.parties import party_named
from app.transactions.queries import (
    POSTED,
    of_account,
    of_asset,
    of_invoice,
    of_owner,
    of_processing,
    of_record_status,
    of_status,
)
from app.transactions.rows import row_actions
from app.transactions.words import PATH, TONES, processing_name, reachable
from app.web import cells
from app.web.context import actor, read_session
from app.web.listing import (
    Column,
    Filter,
    Listing,
    Options,
    by_id,
    contains,
    equals,
    within_days,
)

_CURSORS = ("after", "before", "from")
_NOTHING_OFFERED = Choices()
_FINAL_BY_HAND = FINAL - {"Reversed"}


def status_badge(row: Any, offered: Choices, who: Actor) -> cells.Cell:
    """Show the project's own status, with a menu for those who may change it (W09.11)."""
    shown = row.status or row.processing
    tone = f"c-{row.colour}" if row.colour else TONES[row.processing]
    if row.processing in FINAL or not holds(who, "transactions.change-status"):
        return cells.badge(shown, tone)
    may_become = reachable(row.record_status)
    options = [
        {
            "label": one.name,
            "tone": f"c-{one.colour}",
            "value": one.id,
            "confirm_href": f"{PATH}/{row.id}/status/{one.id}"
            if one.processing in _FINAL_BY_HAND
            else None,
        }
        for one in offered.statuses.get(row.project_id, ())
        if one.processing in may_become
    ]
    return cells.status_menu(shown, tone, post_href=f"{PATH}/{row.id}/status", options=options)


def _total(row: Any) -> cells.Cell:
    """Show all debits in base currency; what waits says them line by line.

    An exchange debits its value once in each currency: what is given counts (E41.47).
    """
    total = row.total_minor if row.settled_currency is None else row.base_minor
    if total is None:
        total = given_minor(row.kind, row.lines or ()) or row.base_minor
    return cells.money(int(total), row.base_exponent, row.base_currency)


def _status(row: Any) -> cells.Cell:
    if row.processing in FINAL:
        return status_badge(row, _NOTHING_OFFERED, ANONYMOUS)
    return status_badge(row, choices(read_session(), actor()), actor())


def _linked(name: str, path: str) -> Any:
    def cell(row: Any) -> cells.Cell:
        key = getattr(row, f"{name}_id")
        href = f"{path}/{key}" if key and getattr(row, name) else None
        return cells.text(getattr(row, name), href=href)

    return cell


def _source_wallet(row: Any) -> cells.Cell:
    return cells.text(row.counter) if comes_in(row) else _own_wallet(row)


def _dest_wallet(row: Any) -> cells.Cell:
    return _own_wallet(row) if comes_in(row) else cells.text(row.counter)


def _own_wallet(row: Any) -> cells.Cell:
    return cells.text(row.asset, href=f"/admin/assets/{row.asset_id}")


def _plain(name: str) -> Any:
    return lambda row: cells.text(getattr(row, name))


def _offer(kind: str) -> Options:
    return lambda session, who: choices(session, who).of(kind)


def _status_clause(labels: list[str]) -> Any:
    """Match statuses; those of nothing posted are few, and an index of their own knows them."""
    offered = choices(read_session(), actor())
    clause = of_status(offered.named("status", labels), labels)
    statuses = offered.statuses.values()
    meant = {one.processing for of in statuses for one in of if one.label in labels}
    if meant and meant.isdisjoint(POSTED):
        return and_(clause, Transaction.posted_at.is_(None))
    return clause


def _labelled(kind: str, column: Any) -> Any:
    """Return a clause for a column that refers to a project's row, by the row's label."""
    return lambda labels: column.in_(choices(read_session(), actor()).named(kind, labels))


def _search(typed: str) -> Any:
    """Search; a page that nothing else narrows needs no more than the newest it can count."""
    others = request.args.keys() - {"search", "columns", "view", "open", "filters", *_CURSORS}
    is_page = not request.path.endswith(".csv")
    most = COUNTED_ROWS + 1 if is_page and not others else None
    is_walked = is_page and bool(others)
    return search_clause(read_session(), typed, actor().tenant_id, most=most, is_walked=is_walked)


TRANSACTIONS = Listing(
    name="transactions",
    title="Transactions",
    section="Core Banking",
    path=PATH,
    select=seen_select,
    key=Transaction.id,
    columns=(
        Column("reference", "Reference", lambda row: cells.ident(row.reference),
               sort=Transaction.id, priority=1),
        Column("posting-date", "Date", lambda row: cells.day(row.posting_date), priority=1),
        Column("client", "Owner", _linked("client", "/admin/clients"), priority=1),
        Column(
            "amount", "Amount", amount, sort=Transaction.amount_minor, money=True, priority=1
        ),
        Column("type", "Type", kind, priority=1),
        Column("status", "Status", _status, priority=1),
        Column("account", "Account ID", _linked("account", "/admin/accounts"), priority=3),
        Column("asset", "Asset ID", _linked("asset", "/admin/assets"), priority=3),
        Column("project", "Project", _linked("project", "/admin/projects"), priority=3),
        Column("account-type", "Account type", _plain("account_type"), priority=3),
        Column("source-email", "Source email", _plain("source_email"), priority=3),
        Column("source", "Source", _plain("source"), priority=3),
        Column("beneficiary", "Beneficiary", _plain("beneficiary"), priority=3),
        Column("id", "ID", lambda row: cells.ident(row.public_id, href=f"{PATH}/{row.id}"),
               priority=3),
        Column("total", "Total LCY", _total, money=True, priority=3),
        Column("created", "Created", lambda row: cells.instant(row.created_at),
               sort=Transaction.id, shown=False),
        Column("uid", "UID", lambda row: cells.ident(row.uid), priority=3),
        Column("value-date", "Value date", lambda row: cells.day(row.value_date), shown=False),
        Column("manager", "Manager", _plain("manager"), shown=False),
        Column("operator", "Operation manager", _plain("operator_name"), shown=False),
        Column("branch", "Branch", _plain("branch"), priority=3),
        Column("desk", "Desk", _plain("desk"), shown=False),
        Column("currency", "Currency", lambda row: cells.text(
            row.currency, href=f"{PATH}/currencies/{row.currency}"), shown=False),
        Column("processing", "Processing status", lambda row: cells.badge(
            processing_name(row.processing), TONES[row.processing]), shown=False),
        Column("record-status", "Approval status",
               lambda row: cells.record_status(row.record_status), shown=False),
        Column("description", "Description", _plain("description"), shown=False),
        Column("source-wallet", "Source wallet", _source_wallet, shown=False),
        Column("dest-wallet", "Dest wallet", _dest_wallet, shown=False),
        Column("funding", "Funding source", lambda row: cells.text(
            row.funding and f"{row.funding} ••{row.last4}",
            href=f"/admin/funding-sources/{row.funding_source_id}" if row.funding else None),
               shown=False),
        Column("gateway", "Gateway", _plain("provider"), shown=False),
        Column("sub-type", "Sub-type", _plain("sub_type"), shown=False),
        Column("external-id", "External ID", _plain("external_id"), shown=False),
    ),
    filters=(
        Filter("status", "Status", "choices", _status_clause, _offer("status")),
        Filter("type", "Type", "choice", direction, lambda _s, _a: (("in", "IN"), ("out", "OUT"))),
        Filter("kind", "Kind", "choices", equals(Transaction.kind),
               lambda _s, _a: tuple((kind, kind_name(kind)) for kind in KINDS)),
        Filter("currency", "Currency", "choices", equals(Transaction.currency),
               _offer("currency")),
        Filter("created", "Created", "dates", within_days(Transaction.created_at)),
        Filter("project", "Project", "choices", by_id(Transaction.project_id), _offer("project")),
        Filter("desk", "Desks", "choices", by_id(Transaction.desk_id), _offer("desk")),
        Filter("manager", "Owner Manager", "choices", by_id(Transaction.manager_id),
               managers),
        Filter("owner", "Owner", "text", of_owner, owners),
        Filter("account", "Account", "text",
               lambda value: of_account(value, actor().tenant_id),
               named("account", Account, "public_id", "number")),
        Filter("asset", "Asset ID", "text", of_asset,
               named("asset", Asset, "public_id", "uid")),
        Filter("account-type", "Account Type", "choices",
               _labelled("account-type", Transaction.account_type_id), _offer("account-type")),
        Filter("sub-type", "Sub-type", "choices",
               _labelled("sub-type", Transaction.sub_type_id), _offer("sub-type")),
        Filter("operator", "Operation Manager", "text", contains(Transaction.operator_name)),
        Filter("record-status", "Approval Status", "choices", of_record_status,
               lambda _s, _a: tuple(STATUS_NAMES.items())),
        Filter("processing", "Processing Status", "choices", of_processing,
               lambda _s, _a: tuple((one, processing_name(one)) for one in PROCESSING_STATUSES)),
        Filter("client", "Customer number", "text", by_id(Transaction.client_id),
               named("client", Client)),
        Filter("invoice", "Invoice", "text", of_invoice, party_named("invoice")),
    ),
    search=_search,
    search_hint="ID, asset, account, owner, email, amount",
    sort="-reference",
    href=lambda row: f"{PATH}/{row.id}",
    label=lambda row: row.reference,
    actions=row_actions,
    live=lambda rows: live_href({row.id: row.version for row in rows
                                 if row.processing not in FINAL}),
    notice=company_filter,
    empty="Transactions appear here as soon as money moves on an account.",
)  # fmt: skip
