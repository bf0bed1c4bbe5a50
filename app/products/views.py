"""Ledger > Chart of Accounts: list, one product, creating and editing it."""

from flask import Blueprint, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.controls.permissions import find, holds, visible
from app.controls.review import STATUS_NAMES, demand_editable
from app.ledger.accounts import Product
from app.organisation.models import Branch, OrganisationCurrency
from app.products.commands import PRODUCT
from app.products.forms import ProductForm
from app.products.pages import product_detail
from app.products.resource import PATH, PRODUCTS
from app.web.context import actor, read_session
from app.web.forms import set_choices
from app.web.guard import permit
from app.web.listing import register
from app.web.listpage import send_csv, show_list
from app.web.pages import form_view, posted_version, show_detail

blueprint = Blueprint("products", __name__)
register(PRODUCTS)
_DRAFT = {"name": "draft", "value": "1", "label": "Save as Draft"}


@blueprint.get(PATH)
@permit("products.view")
def index() -> Response:
    """List the chart of accounts."""
    may = holds(actor(), "products.create")
    create = {"label": "Create product", "href": f"{PATH}/new"} if may else None
    return show_list(PRODUCTS, create=create)


@blueprint.get(f"{PATH}.csv")
@permit("products.view")
def export() -> Response:
    """Send the list as CSV."""
    return send_csv(PRODUCTS)


@blueprint.get(f"{PATH}/<int:product_id>")
@permit("products.view")
def show(product_id: int) -> Response:
    """Show one product with its balances per branch."""
    product = find(read_session(), actor(), Product, product_id)
    return show_detail(product_detail(read_session(), actor(), product))


@blueprint.route(f"{PATH}/new", methods=["GET", "POST"])
@permit("products.create")
def new() -> Response:
    """Draft a product, and hand it in."""
    form = ProductForm()
    _prepare(form)
    hand_in = "draft" not in request.form
    return form_view(
        form,
        command=lambda: form.create(hand_in=hand_in),
        title="Create product",
        submit_label="Submit for approval",
        secondary=_DRAFT,
        to=PATH,
        done_title="Product created",
        told=_told,
        opened=lambda product_id: f"{PATH}/{product_id}",
    )


@blueprint.route(f"{PATH}/<int:product_id>/edit", methods=["GET", "POST"])
@permit("products.edit")
def edit(product_id: int) -> Response:
    """Change a draft or rejected product (E31.11-12)."""
    product = find(read_session(), actor(), Product, product_id)
    form = ProductForm(obj=product, branch_ids=[str(one) for one in product.branch_ids])
    if not form.is_posted:
        demand_editable(product, PRODUCT.name)
    del form.kind
    _prepare(form)
    hand_in = "draft" not in request.form
    return form_view(
        form,
        command=lambda: form.edit(product_id, posted_version(), hand_in=hand_in),
        title=f"Edit product {product.code}",
        submit_label="Submit for approval",
        secondary=_DRAFT,
        to=f"{PATH}/{product_id}",
        done_title="Product saved",
        record=product,
    )


def _told(product_id: int) -> tuple[str, str]:
    """Say which code the new product has and where it stands."""
    product = read_session().get_one(Product, product_id)
    return "Product created", f"{product.code} is {STATUS_NAMES[product.record_status]}."


def _prepare(form: ProductForm) -> None:
    session, who = read_session(), actor()
    currencies = select(OrganisationCurrency).where(
        *visible(who, OrganisationCurrency), OrganisationCurrency.retired_at.is_(None)
    )
    found = session.scalars(currencies.order_by(OrganisationCurrency.code))
    set_choices(form.currency, [(one.code, f"{one.code} · {one.name}") for one in found],
                empty="Any currency")  # fmt: skip
    branches = select(Branch).where(*visible(who, Branch), Branch.retired_at.is_(None))
    rows = session.scalars(branches.order_by(Branch.code))
    set_choices(form.branch_ids, [(one.id, one.title()) for one in rows])
