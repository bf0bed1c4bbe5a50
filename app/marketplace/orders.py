"""Marketplace > Orders: the list, one order, its form and its two endings."""

from typing import Any

from sqlalchemy import Select, case, select
from sqlalchemy.orm import Session
from wtforms import IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange

from app.clients.models import Client
from app.clients.picking import client_field
from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.invoices.models import SETTLED, Invoice
from app.invoices.models import STATUSES as INVOICE_TONES
from app.marketplace.commands import MOST, PlaceOrder
from app.marketplace.models import (
    NEW,
    PAID,
    STATUSES,
    TONES,
    MarketplaceOrder,
    MarketplaceProduct,
)
from app.organisation.models import Project
from app.projects.pages import project_column, project_filter
from app.web import cells
from app.web.forms import Form, as_id, chosen
from app.web.listing import Column, Filter, Listing, contains, equals, within_days
from app.web.pages import fact
from app.web.respond import row_action

PATH = "/admin/orders"
# An order is paid when its invoice is; what was delivered or cancelled is that for good.
_STATUS = case(
    (MarketplaceOrder.status != NEW, MarketplaceOrder.status),
    (Invoice.status.in_(SETTLED), PAID),
    else_=NEW,
)


class OrderForm(Form):
    """An order of a client."""

    client_id = client_field("Customer", chosen("Customer"))
    product_id = SelectField("Product", chosen("Product"), validate_choice=False)
    quantity = IntegerField(
        "Quantity",
        [
            InputRequired("Quantity is required"),
            NumberRange(1, MOST, f"Quantity must be from 1 to {MOST:,}"),
        ],
        default=1,
    )

    def placed(self) -> PlaceOrder:
        """Return the command of a new order."""
        return PlaceOrder(
            as_id(self.client_id.data) or 0, as_id(self.product_id.data) or 0, self.quantity.data
        )


def product_choices(session: Session, who: Actor) -> list[tuple[int, str]]:
    """Return the products that are for sale, each with its project."""
    product = MarketplaceProduct
    query = (
        select(product.id, product.name, Project.name.label("project"))
        .join(Project, Project.id == product.project_id)
        .where(*visible(who, product), product.retired_at.is_(None), product.is_active)
    )
    rows = session.execute(query.order_by(product.name))
    return [(row.id, f"{row.name} · {row.project}") for row in rows]


def _select(who: Actor) -> Select[Any]:
    one = MarketplaceOrder
    return (
        select(
            one.id, one.number, one.quantity, one.currency, one.exponent, one.amount_minor,
            one.client_id, one.invoice_id, one.created_at, one.version, _STATUS.label("status"),
            Client.name.label("client"), Project.name.label("project"),
            MarketplaceProduct.name.label("product"),
            Invoice.number.label("invoice"), Invoice.status.label("payment"),
        )
        .join(Client, Client.id == one.client_id)
        .join(Project, Project.id == one.project_id)
        .join(MarketplaceProduct, MarketplaceProduct.id == one.product_id)
        .join(Invoice, Invoice.id == one.invoice_id)
        .where(*visible(who, one))
    )  # fmt: skip


def _client(row: Any) -> cells.Cell:
    return cells.text(row.client, href=f"/admin/clients/{row.client_id}")


def _amount(row: Any) -> cells.Cell:
    return cells.money(row.amount_minor, row.exponent, row.currency)


def _status(row: Any) -> cells.Cell:
    return cells.badge(STATUSES[row.status], TONES[row.status])


def _payment(row: Any) -> cells.Cell:
    return cells.badge(row.payment, INVOICE_TONES[row.payment])


def _actions(row: Any, who: Actor) -> list[dict[str, Any]]:
    if row.status not in {NEW, PAID} or not holds(who, "marketplace.edit"):
        return []
    one = f"{PATH}/{row.id}"
    if row.status == PAID:
        return [row_action("Deliver", f"{one}/deliver", "package-check", dialog=True)]
    return [row_action("Cancel", f"{one}/cancel", "ban", dialog=True, danger=True)]


ORDERS = Listing(
    name="orders",
    title="Orders",
    section="Marketplace",
    path=PATH,
    select=_select,
    key=MarketplaceOrder.id,
    columns=(
        Column("number", "Number", lambda row: cells.ident(row.number),
               sort=MarketplaceOrder.number, priority=1),
        Column("client", "Customer", _client, sort=Client.name, priority=1),
        Column("product", "Product", lambda row: cells.text(row.product),
               sort=MarketplaceProduct.name),
        Column("quantity", "Quantity", lambda row: cells.text(row.quantity), numeric=True),
        Column("amount", "Amount", _amount, sort=MarketplaceOrder.amount_minor, money=True,
               priority=1),
        Column("status", "Status", _status, priority=1),
        Column("payment", "Payment", _payment),
        project_column(),
        Column("created", "Created", lambda row: cells.instant(row.created_at),
               sort=MarketplaceOrder.id),
    ),
    filters=(
        Filter("status", "Status", "choices", equals(_STATUS),
               lambda _session, _who: list(STATUSES.items())),
        project_filter(MarketplaceOrder),
        Filter("created", "Created", "dates", within_days(MarketplaceOrder.created_at)),
    ),
    search=contains(MarketplaceOrder.number, Client.name, MarketplaceProduct.name),
    search_hint="Number, customer or product",
    sort="-created",
    href=lambda row: f"{PATH}/{row.id}",
    label=lambda row: row.number,
    actions=_actions,
    empty="Place the first order; its customer is asked for payment by an invoice.",
)  # fmt: skip


def order_page(session: Session, who: Actor, order: MarketplaceOrder) -> dict[str, Any]:
    """Return the page of one order."""
    row = session.execute(_select(who).where(MarketplaceOrder.id == order.id)).one()
    invoice = cells.text(row.invoice, href=f"/admin/invoices/{row.invoice_id}")
    rows = [
        fact("Customer", _client(row)),
        fact("Product", cells.text(row.product)),
        fact("Quantity", cells.text(row.quantity)),
        fact("Amount", _amount(row)),
        fact("Invoice", invoice),
        fact("Payment", _payment(row)),
        fact("Project", cells.text(row.project)),
        fact("Created", cells.instant(row.created_at)),
        fact("Version", cells.text(row.version)),
    ]
    return {
        "title": f"Order {row.number}",
        "subtitle": f"{row.quantity} x {row.product}",
        "ident": row.number,
        "badge": {"text": STATUSES[row.status], "tone": TONES[row.status]},
        "back": {"label": "Orders", "href": PATH},
        "actions": _actions(row, who),
        "cards": [{"title": "General", "rows": rows, "open": True}],
        "tabs": [],
        "workflow": None,
        "timeline": None,
        "version": row.version,
    }
