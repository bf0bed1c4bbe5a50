"""Products and integrations are kept by projects; an order asks its client for payment at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.clients.models import Client
from app.controls.commands import handles
from app.controls.locking import find_locked
from app.controls.permissions import demand, find
from app.controls.retiring import referred
from app.controls.work import Work
from app.invoices.commands import (
    InvoiceTerms,
    IssueInvoice,
    SetInvoiceStatus,
    issue_invoice,
    set_invoice_status,
)
from app.invoices.models import EXPIRED, SETTLED, Invoice
from app.invoices.queries import WITHDRAWN, waiting_of, waiting_text
from app.invoices.returned import give_up, sent_back
from app.kernel.errors import Conflict, Refusal
from app.kernel.money import MAXIMUM_MINOR, parse_minor
from app.kernel.objects import parse_object
from app.marketplace.models import (
    CANCELLED,
    DELIVERED,
    INTEGRATIONS,
    NEW,
    Integration,
    MarketplaceOrder,
    MarketplaceProduct,
)
from app.organisation.queries import kept_currency
from app.projects.commands import line_of, lines_of, one_of, project_list
from app.projects.numbering import ORDER, take_number

MODULE = "marketplace"
MOST = 10_000
# What a client ordered and no longer gets, nobody asks them to pay.
WITHDRAWN.append(select(MarketplaceOrder.invoice_id).where(MarketplaceOrder.status == CANCELLED))


def _product(work: Work, values: Mapping[str, Any], _record: Any) -> dict[str, Any]:
    """Refuse (422) a currency the organisation does not keep, and a price that is no amount."""
    currency = kept_currency(work.session, work.actor, str(values.get("currency") or ""))
    try:
        price_minor = parse_minor(str(values.get("price") or ""), currency.exponent, name="Price")
    except Refusal as refusal:
        raise Refusal(refusal.sentence, field="price") from refusal
    return {
        "name": line_of(values, "name", "Name"),
        "description": lines_of(values, "description", "Description", longest=2_000, needed=False),
        "currency": currency.code,
        "exponent": currency.exponent,
        "price_minor": price_minor,
        "is_active": bool(values.get("is_active")),
    }


def _integration(_work: Work, values: Mapping[str, Any], _record: Any) -> dict[str, Any]:
    typed = str(values.get("settings_text") or "")
    return {
        "name": line_of(values, "name", "Name"),
        "kind": one_of(values, "kind", "Kind", INTEGRATIONS),
        "settings": parse_object(typed, name="Settings", field="settings_text"),
        "is_active": bool(values.get("is_active")),
    }


PRODUCTS = project_list(MarketplaceProduct, "Product", module=MODULE, key=("name",), check=_product)
CONNECTED = project_list(
    Integration, "Integration", module=MODULE, key=("name",), check=_integration
)


TOO_MUCH = "The amount of this order is larger than can be processed: order fewer"


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """Order a number of a product for a client of its project."""

    client_id: int
    product_id: int
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class DeliverOrder:
    """Say that a paid order was handed over."""

    order_id: int


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """Take an order back that nobody has paid for; its invoice expires."""

    order_id: int


@handles(PlaceOrder, permission="marketplace.create")
def place_order(work: Work, command: PlaceOrder) -> int:
    """Place it under the project's next number and issue its invoice; returns the order's id.

    Refused (422): another project's product, one that is not for sale, a quantity of none or of
    more than ten thousand, an amount that cannot be processed. Who may not issue
    invoices may not place orders (403).
    """
    demand(work.actor, "invoices.create")
    client = find(work.session, work.actor, Client, command.client_id)
    product_id = referred(work, MarketplaceProduct, command.product_id, field="product_id")
    product = work.session.get_one(MarketplaceProduct, product_id)
    if product.project_id != client.project_id:
        raise Refusal("This product belongs to another project", field="product_id")
    if not product.is_active:
        raise Refusal("This product is not for sale", field="product_id")
    amount_minor = product.price_minor * command.quantity
    if not 1 <= command.quantity <= MOST:
        raise Refusal(f"Quantity must be from 1 to {MOST:,}", field="quantity")
    if amount_minor > MAXIMUM_MINOR:
        raise Refusal(TOO_MUCH, field="quantity")
    number = take_number(work, client.project_id, ORDER)
    terms = InvoiceTerms(amount_minor, description=f"{number}: {command.quantity} x {product.name}")
    invoice_id = issue_invoice(work, IssueInvoice(client.id, product.currency, terms))
    order = MarketplaceOrder(
        organisation_id=work.actor.tenant_id,
        project_id=client.project_id,
        client_id=client.id,
        product_id=product.id,
        invoice_id=invoice_id,
        number=number,
        quantity=command.quantity,
        currency=product.currency,
        exponent=product.exponent,
        amount_minor=amount_minor,
    )
    return work.add(order).id


@handles(DeliverOrder, permission="marketplace.edit")
def deliver_order(work: Work, command: DeliverOrder) -> None:
    """Mark it; refused (409) before it is paid, and where it was delivered or cancelled."""
    order, invoice = _open(work, command.order_id)
    if invoice.status not in SETTLED:
        raise Conflict(f"{order.number} is not paid yet")
    order.status = DELIVERED


@handles(CancelOrder, permission="marketplace.edit")
def cancel_order(work: Work, command: CancelOrder) -> None:
    """Cancel it, and what was sent back of its payments.

    Refused (409) once something was paid, by money or by hand, or waits to be.
    """
    seen = find(work.session, work.actor, MarketplaceOrder, command.order_id)
    give_up(work, sent_back(work, seen.invoice_id))
    order, invoice = _open(work, command.order_id)
    if invoice.paid_minor:
        raise Conflict(f"{order.number} is paid for. Send the money back first")
    if invoice.is_settled:
        raise Conflict(f"{invoice.number} of this order is {invoice.status}: set it back first")
    waiting_minor = waiting_of(work.session, [invoice]).get(invoice.id, 0)
    if waiting_minor:
        waits = waiting_text(invoice, waiting_minor)
        raise Conflict(
            f"{order.number} cannot be cancelled: {waits}. Deny or cancel that payment first"
        )
    set_invoice_status(work, SetInvoiceStatus(invoice.id, EXPIRED))
    order.status = CANCELLED


def _open(work: Work, order_id: int) -> tuple[MarketplaceOrder, Invoice]:
    order = find_locked(work, MarketplaceOrder, order_id)
    if order.status != NEW:
        raise Conflict(f"{order.number} is {order.status} already")
    return order, work.session.get_one(Invoice, order.invoice_id, with_for_update=True)
