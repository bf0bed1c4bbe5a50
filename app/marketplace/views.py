"""The addresses of the marketplace."""

from typing import Any

from flask import Blueprint
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.clients.picking import offer_clients
from app.controls.identity import Actor
from app.controls.permissions import find
from app.marketplace.commands import CancelOrder, DeliverOrder
from app.marketplace.models import MarketplaceOrder
from app.marketplace.orders import ORDERS, PATH, OrderForm, order_page, product_choices
from app.marketplace.screens import PAGES
from app.projects.pages import mount_project_list
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import set_choices
from app.web.guard import permit
from app.web.pages import confirm_view, fact
from app.web.resource import Resource, mount

blueprint = Blueprint("marketplace", __name__)
_ONE = f"{PATH}/<int:order_id>"
_METHODS = ["GET", "POST"]

for _pages in PAGES:
    mount_project_list(blueprint, _pages)


def _prepare(form: Any, session: Session, who: Actor, _order: MarketplaceOrder | None) -> None:
    offer_clients(form.client_id, session, who, empty="Choose a customer")
    set_choices(form.product_id, product_choices(session, who), empty="Choose a product")


mount(
    Resource(
        listing=ORDERS,
        model=MarketplaceOrder,
        singular="Order",
        module="marketplace",
        detail=order_page,
        form=OrderForm,
        prepare=_prepare,
        create=OrderForm.placed,
    ),
    blueprint,
)


@blueprint.route(f"{_ONE}/deliver", methods=_METHODS)
@permit("marketplace.edit")
def deliver(order_id: int) -> Response:
    """Say that a paid order was handed over."""
    order = find(read_session(), actor(), MarketplaceOrder, order_id)
    return confirm_view(
        command=lambda: DeliverOrder(order_id),
        title="Deliver order",
        body="A delivered order stays as it is.",
        rows=[fact("Order", cells.text(order.number))],
        verb="Deliver",
        to=f"{PATH}/{order_id}",
        done_title="Order delivered",
    )


@blueprint.route(f"{_ONE}/cancel", methods=_METHODS)
@permit("marketplace.edit")
def cancel(order_id: int) -> Response:
    """Take an order back that nobody has paid for."""
    order = find(read_session(), actor(), MarketplaceOrder, order_id)
    return confirm_view(
        command=lambda: CancelOrder(order_id),
        title="Cancel order",
        body="Its invoice expires; the customer is no longer asked to pay.",
        rows=[fact("Order", cells.text(order.number))],
        verb="Cancel order",
        to=f"{PATH}/{order_id}",
        done_title="Order cancelled",
        danger=True,
    )
