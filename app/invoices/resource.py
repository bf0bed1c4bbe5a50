"""Invoices as a list, one invoice's page, and what their forms offer."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, Select, func, literal, select
from sqlalchemy.orm import Session

from app.assets.queries import owned_by, within_amounts
from app.assets.resource import currencies, owner_named, projects
from app.clients.models import Client
from app.controls.commands import door
from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.controls.service_log import entries_of
from app.db.types import Instant
from app.invoices.models import EXPIRED, STATUSES, Invoice, InvoiceDocument
from app.ledger.accounts import Account
from app.ledger.models import Asset
from app.organisation.models import Project
from app.transactions.parties import KINDS, Party
from app.web import cells
from app.web.context import actor
from app.web.listing import Column, Filter, Listing, by_id, contains, equals, within_days
from app.web.pages import fact
from app.web.respond import row_action

PATH = "/admin/invoices"
_SHOWN = "reference,currency,amount,type,project,account-type,id,uid,asset,account,status"
_NEVER = literal(datetime(9999, 1, 1, tzinfo=UTC), Instant)  # An invoice without an expiry.
KINDS["invoice"] = Party(Invoice, PATH, "invoices.view", lambda one: one.number)


def _select(who: Actor) -> Select[Any]:
    return (
        select(
            Invoice.id, Invoice.number, Invoice.currency, Invoice.exponent, Invoice.amount_minor,
            Invoice.paid_minor, Invoice.external_id, Invoice.description, Invoice.comment,
            Invoice.network, Invoice.wallet_address, Invoice.expires_at, Invoice.created_at,
            Invoice.status, Invoice.client_id, Invoice.project_id,
            Client.name.label("client"), Project.name.label("project"),
        )
        .join(Client, Client.id == Invoice.client_id)
        .outerjoin(Project, Project.id == Invoice.project_id)
        .where(*visible(who, Invoice))
    )  # fmt: skip


def status_badge(row: Any, who: Actor) -> cells.Cell:
    """Show the status, with a menu for those who may set it by hand (W13.10)."""
    tone = STATUSES[row.status]
    if not holds(who, "invoices.change-status"):
        return cells.badge(row.status, tone)
    options = [
        {"label": name, "tone": shown, "value": name, "confirm_href": None}
        for name, shown in STATUSES.items()
    ]
    return cells.status_menu(row.status, tone, post_href=f"{PATH}/{row.id}/status", options=options)


def _amount(row: Any) -> cells.Cell:
    return cells.money(row.amount_minor, row.exponent, "")


def _project(row: Any) -> cells.Cell:
    return cells.text(row.project, href=f"/admin/projects/{row.project_id}", drawer=False)


def _client(row: Any) -> cells.Cell:
    return cells.text(row.client, href=f"/admin/clients/{row.client_id}")


def _actions(row: Any, who: Actor) -> list[dict[str, Any]]:
    path = f"{PATH}/{row.id}"
    offered = (
        ("invoices.view", row_action("Documents", f"{path}/documents", "paperclip", drawer=True)),
        ("invoices.edit", row_action("Edit", f"{path}/edit", "pencil", drawer=True)),
        *_payable(row, path),
        ("transactions.view", row_action(
            "Related transactions", f"/admin/transactions?invoice={row.id}&columns={_SHOWN}",
            "arrow-up-down")),
        ("hook-configs.view", row_action(
            "Related postbacks", f"/admin/postbacks?record=invoice-{row.id}", "webhook")),
        ("invoices.view", row_action("PDF", f"{path}/pdf", "download")),
    )  # fmt: skip
    return [action for permission, action in offered if holds(who, permission)]


def _payable(row: Any, path: str) -> list[tuple[str, dict[str, Any]]]:
    is_late = row.expires_at is not None and row.expires_at <= door.clock()
    if row.amount_minor <= row.paid_minor or row.status == EXPIRED or is_late:
        return []
    pay = row_action("Record payment", f"{path}/pay", "banknote", drawer=True)
    send = row_action("Send by mail", f"{path}/send", "mail", dialog=True)
    return [("invoices.pay", pay), ("invoices.edit", send)]


INVOICES = Listing(
    name="invoices",
    title="Invoices",
    section="Core Banking",
    path=PATH,
    select=_select,
    key=Invoice.id,
    columns=(
        Column("number", "Number", lambda row: cells.ident(row.number, href=f"{PATH}/{row.id}"),
               sort=Invoice.number, priority=1),
        Column("currency", "Currency", lambda row: cells.text(row.currency),
               sort=Invoice.currency),
        Column("amount", "Amount", _amount, sort=Invoice.amount_minor, numeric=True, priority=1),
        Column("status", "Status", lambda row: status_badge(row, actor()), sort=Invoice.status,
               priority=1),
        Column("client", "Client", _client, sort=Client.name, priority=1),
        Column("project", "Project", _project, sort=Project.name),
        Column("expires", "Expires At", lambda row: cells.instant(row.expires_at),
               sort=func.coalesce(Invoice.expires_at, _NEVER), priority=3),
        Column("created", "Created at", lambda row: cells.instant(row.created_at),
               sort=Invoice.id),
        Column("description", "Description", lambda row: cells.text(row.description),
               sort=Invoice.description, priority=3),
        Column("external", "External ID", lambda row: cells.text(row.external_id),
               sort=func.coalesce(Invoice.external_id, ""), priority=3),
        Column("paid", "Paid", lambda row: cells.money(row.paid_minor, row.exponent, ""),
               sort=Invoice.paid_minor, numeric=True, shown=False),
        Column("wallet", "Wallet address", lambda row: cells.text(row.wallet_address),
               shown=False),
        Column("comment", "Comment", lambda row: cells.text(row.comment), shown=False),
    ),
    filters=(
        Filter("project", "Project", "choices", by_id(Invoice.project_id), projects),
        Filter("status", "Status", "choices", equals(Invoice.status),
               lambda _s, _a: [(one, one) for one in STATUSES]),
        Filter("currency", "Currency", "choices", equals(Invoice.currency), currencies),
        Filter("owner", "Clients", "text", owned_by(Invoice.client_id), owner_named),
        Filter("amount", "Amount", "range",
               within_amounts(Invoice.amount_minor, Invoice.exponent)),
        Filter("created", "Created", "dates", within_days(Invoice.created_at)),
        Filter("wallet", "Wallet address", "text", contains(Invoice.wallet_address)),
        Filter("comment", "Comment", "text", contains(Invoice.comment)),
    ),
    search=contains(
        Invoice.number, Client.name, Invoice.currency, Invoice.external_id, Invoice.public_id
    ),
    search_hint="Client, currency, number or external ID",
    sort="-created",
    href=lambda row: f"{PATH}/{row.id}",
    label=lambda row: row.number,
    actions=_actions,
    empty="Add an invoice to ask a client for a payment.",
)  # fmt: skip


def invoice_detail(session: Session, who: Actor, invoice: Invoice, *, link: str) -> dict[str, Any]:
    """Return the page of one invoice; `link` is its address for whoever is to pay it."""
    row = session.execute(_select(who).where(Invoice.id == invoice.id)).one()
    shown = (row.exponent, row.currency)
    rows = [
        fact("Number", cells.ident(row.number)),
        fact("Client", _client(row)),
        fact("Project", _project(row)),
        fact("Amount", cells.money(row.amount_minor, *shown)),
        fact("Paid", cells.money(row.paid_minor, *shown)),
        fact("Outstanding", cells.money(invoice.outstanding_minor, *shown)),
        fact("Status", status_badge(row, who)),
        fact("Status set", cells.text("By hand" if invoice.is_status_by_hand else "By payments")),
        fact("Expires At", cells.instant(row.expires_at)),
        fact("Network", cells.text(row.network)),
        fact("Wallet address", cells.text(row.wallet_address)),
        fact("External ID", cells.text(row.external_id)),
        fact("Description", cells.text(row.description)),
        fact("Comment", cells.text(row.comment)),
        fact("Created at", cells.instant(row.created_at)),
    ]  # fmt: skip
    return {
        "title": f"Invoice {row.number}",
        "subtitle": row.client,
        "ident": invoice.public_id,
        "badge": {"text": row.status, "tone": STATUSES[row.status]},
        "back": {"label": "Invoices", "href": PATH},
        "actions": _actions(row, who),
        "cards": [
            {"title": "General", "rows": rows, "open": True},
            {
                "title": "Payment link",
                "rows": [fact("For the client", cells.ident(link))],
                "open": True,
            },
        ],
        "tabs": [],
        "workflow": None,
        "timeline": _sent(session, who, invoice),
        "version": invoice.version,
    }


def _sent(session: Session, who: Actor, invoice: Invoice) -> list[dict[str, Any]]:
    """Return to whom the invoice was sent and by whom, the newest first."""
    return [
        {
            "title": entry.message,
            "who": "",
            "when": cells.instant(entry.at)["text"],
            "when_title": cells.instant(entry.at)["title"],
            "icon": "mail",
            "text": "",
        }
        for entry in entries_of(session, who, invoice)
    ]


def documents_of(session: Session, invoice: Invoice) -> list[InvoiceDocument]:
    """Return the documents of an invoice, the newest first."""
    query = select(InvoiceDocument).where(
        InvoiceDocument.organisation_id == invoice.organisation_id,
        InvoiceDocument.invoice_id == invoice.id,
        InvoiceDocument.retired_at.is_(None),
    )
    return list(session.scalars(query.order_by(InvoiceDocument.id.desc())))


def paying_assets(session: Session, who: Actor, invoice: Invoice) -> Sequence[Row[Any]]:
    """Return the client's active assets in the invoice's currency, with their accounts' names."""
    query = (
        select(Asset, Account.name, Account.number)
        .join(Account, Account.id == Asset.account_id)
        .where(
            *visible(who, Asset),
            Asset.client_id == invoice.client_id,
            Asset.currency == invoice.currency,
            Asset.is_active,
        )
    )
    return session.execute(query.order_by(Asset.id)).all()
