"""What a project sells, its orders and their payment, and the systems it works with."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.controls.approvals import RejectRecord, SubmitRecord
from app.controls.commands import perform
from app.controls.permissions import find
from app.db.session import database
from app.invoices.commands import EditInvoice, InvoiceTerms, SetInvoiceStatus
from app.invoices.models import Invoice
from app.invoices.paying import PayInvoice, PayOwnInvoice
from app.kernel.errors import Conflict, Missing, Refusal
from app.ledger.models import Asset
from app.marketplace.commands import CancelOrder, DeliverOrder, PlaceOrder
from app.marketplace.models import Integration, MarketplaceOrder, MarketplaceProduct
from app.projects.commands import CreateInProject
from app.reference.commands import CreateProject
from app.transactions.commands import Deposit
from tests import factories
from tests.ledger import books
from tests.pages import form_of, send

PRODUCTS, ORDERS = "/admin/marketplace-products", "/admin/orders"


@pytest.fixture
def house(app) -> factories.House:
    return factories.a_house()


@pytest.fixture
def here(house: factories.House, client: FlaskClient) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def _page(browser: FlaskClient, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, f"{path} answers {answer.status_code}"
    return answer.get_data(as_text=True)


def _product(house: factories.House, project_id: int, name: str, *, is_active: bool = True) -> int:
    values = {"name": name, "currency": "KES", "price": "1,250.50", "is_active": is_active}
    return perform(CreateInProject("marketplace-product", project_id, values), house.administrator)


def test_an_order_that_is_too_dear_is_refused_for_its_amount(house, here):
    values = {"name": "Vault", "currency": "KES", "price": "9,999,999,999,999.00",
              "project_id": str(house.project_id)}  # fmt: skip
    assert send(here, f"{PRODUCTS}/new", **values).status_code == 303
    with database.reading() as session:
        mine = MarketplaceProduct.organisation_id == house.organisation_id
        product_id = session.scalars(select(MarketplaceProduct.id).where(mine)).one()
    chosen = {"client_id": str(factories.a_client(house)), "product_id": str(product_id)}
    for quantity, sentence in (
        ("10000", "The amount of this order is larger than can be processed: order fewer"),
        ("10001", "Quantity must be from 1 to 10,000"),
    ):
        refused = send(here, f"{ORDERS}/new", **chosen, quantity=quantity)
        assert refused.status_code == 422
        assert sentence in refused.get_data(as_text=True)


@pytest.mark.checks("M03.08", "M03.09")
def test_a_product_is_ordered_paid_by_its_invoice_and_delivered(house, here):
    typed = {"project_id": str(house.project_id), "name": "Card reader", "currency": "KES"}
    refused = send(here, f"{PRODUCTS}/new", **typed, price="12.345")
    assert refused.status_code == 422
    assert "Price can have at most 2 decimals" in refused.get_data(as_text=True)
    assert send(here, f"{PRODUCTS}/new", **typed, price="1,250.50").status_code == 303
    page = _page(here, PRODUCTS)
    assert "Card reader" in page
    assert "1,250.50" in page
    client_id = factories.a_client(house)
    asset_id = factories.first_asset(factories.an_account(house, client_id))
    perform(Deposit(asset_id, 10_000_00), house.administrator)
    with database.reading() as session:
        product = session.scalars(select(MarketplaceProduct).where(
            MarketplaceProduct.organisation_id == house.organisation_id)).one()  # fmt: skip
    assert form_of(here, f"{PRODUCTS}/{product.id}/edit")["price"] == ["1250.50"]
    sent = send(here, f"{ORDERS}/new", client_id=str(client_id), product_id=str(product.id),
                quantity="2")  # fmt: skip
    assert sent.status_code == 303
    with database.reading() as session:
        order = session.scalars(select(MarketplaceOrder).where(
            MarketplaceOrder.organisation_id == house.organisation_id)).one()  # fmt: skip
        invoice = session.get_one(Invoice, order.invoice_id)
    assert (order.number, order.amount_minor) == ("ORD-00001", 2_501_00)
    assert (invoice.amount_minor, invoice.client_id) == (2_501_00, client_id)
    assert invoice.description == "ORD-00001: 2 x Card reader"
    one = f"{ORDERS}/{order.id}"
    with pytest.raises(Conflict, match="ORD-00001 is not paid yet"):
        perform(DeliverOrder(order.id), house.administrator)
    perform(PayInvoice(invoice.id, asset_id, 2_501_00), house.administrator)
    page = _page(here, f"{ORDERS}?status=paid")
    assert "ORD-00001" in page
    assert "2,501.00" in page
    with pytest.raises(Conflict, match="Send the money back first"):
        perform(CancelOrder(order.id), house.administrator)
    assert send(here, f"{one}/deliver").status_code == 303
    assert "Delivered" in _page(here, one)
    with pytest.raises(Conflict, match="ORD-00001 is delivered already"):
        perform(DeliverOrder(order.id), house.administrator)


@pytest.mark.checks("M03.08", "M03.09")
def test_products_and_orders_stay_in_their_project(house, here):
    other = perform(CreateProject("Other"), house.administrator)
    client_id = factories.a_client(house)
    teller, _, _ = factories.a_user(house, project_ids=(other,))
    mine, theirs = _product(house, house.project_id, "Reader"), _product(house, other, "Reader")
    with pytest.raises(Refusal, match="This product belongs to another project"):
        perform(PlaceOrder(client_id, theirs), house.administrator)
    hidden = _product(house, house.project_id, "Old reader", is_active=False)
    with pytest.raises(Refusal, match="This product is not for sale"):
        perform(PlaceOrder(client_id, hidden), house.administrator)
    order_id = perform(PlaceOrder(client_id, mine), house.administrator)
    with database.reading() as session:
        for model, record_id in ((MarketplaceProduct, mine), (MarketplaceOrder, order_id)):
            with pytest.raises(Missing):
                find(session, teller, model, record_id)
        assert find(session, teller, MarketplaceProduct, theirs)
    assert send(here, f"{ORDERS}/{order_id}/cancel").status_code == 303
    with database.reading() as session:
        order = session.get_one(MarketplaceOrder, order_id)
        assert order.status == "cancelled"
        assert session.get_one(Invoice, order.invoice_id).status == "Expired"


def _ordered(house: factories.House) -> tuple[int, int, int]:
    """Order a product for a client with money; returns the ids of order, invoice and asset."""
    asset_id = factories.a_funded_asset(house, 10_000_00)
    with database.reading() as session:
        client_id = session.get_one(Asset, asset_id).client_id
    order_id = perform(
        PlaceOrder(client_id, _product(house, house.project_id, "Reader")), house.administrator
    )
    with database.reading() as session:
        return order_id, session.get_one(MarketplaceOrder, order_id).invoice_id, asset_id


def test_nobody_is_asked_to_pay_for_an_order_that_was_cancelled(house, client):
    order_id, invoice_id, asset_id = _ordered(house)
    with database.reading() as session:
        invoice = session.get_one(Invoice, invoice_id)
    who, email, _ = factories.a_user(house, kind="client", client_id=invoice.client_id)
    perform(CancelOrder(order_id), house.administrator)
    for status in ("Pending", "Paid"):
        terms = InvoiceTerms(1_250_50, status=status)
        with database.reading() as session:
            version = session.get_one(Invoice, invoice_id).version
        for command in (SetInvoiceStatus(invoice_id, status),
                        EditInvoice(invoice_id, version, terms)):  # fmt: skip
            with pytest.raises(Conflict, match="is for was cancelled: it stays Expired"):
                perform(command, house.administrator)
    perform(SetInvoiceStatus(invoice_id, "Expired"), house.administrator)
    # Whatever its status said of it.
    for status in ("Expired", "Pending"):
        factories.change(house, Invoice, invoice_id, status=status)
        assert "Sign in and pay" not in _page(client, f"/pay/{invoice.public_id}")
        with pytest.raises(Conflict, match="is not to be paid any more"):
            perform(PayOwnInvoice(invoice_id, asset_id, 1_250_50), who)
    factories.signed_in(client, email)
    path = f"/portal/invoices/{invoice_id}/pay"
    assert f'href="{path}"' not in _page(client, "/portal/invoices")
    assert client.get(path).status_code == 409


def test_an_order_whose_payment_waits_or_whose_invoice_is_paid_by_hand_stays(house, here):
    order_id, invoice_id, asset_id = _ordered(house)
    perform(SetInvoiceStatus(invoice_id, "Paid"), house.administrator)
    with pytest.raises(Conflict, match="of this order is Paid: set it back first"):
        perform(CancelOrder(order_id), house.administrator)
    with database.reading() as session:
        assert session.get_one(Invoice, invoice_id).status == "Paid"
    perform(SetInvoiceStatus(invoice_id, "Pending"), house.administrator)
    factories.an_approval_rule(house, levels=1)
    perform(PayInvoice(invoice_id, asset_id, 1_250_50), factories.a_user(house, "Teller")[0])
    refused = send(here, f"{ORDERS}/{order_id}/cancel")
    assert refused.status_code == 409
    assert "cannot be cancelled: 1,250.50 KES waits for approval" in refused.get_data(as_text=True)
    with database.reading() as session:
        assert session.get_one(MarketplaceOrder, order_id).status == "new"


def test_what_was_sent_back_is_not_paid_for_an_order_that_was_cancelled(house):
    factories.an_approval_rule(house, levels=1)
    order_id, invoice_id, asset_id = _ordered(house)
    teller, *_ = factories.a_user(house, "Teller")
    approver, *_ = factories.a_user(house, "Approver L1")
    paid = perform(PayInvoice(invoice_id, asset_id, 1_250_50), teller)
    version = books.transaction(paid).version
    perform(RejectRecord("transaction", paid, version, "Send the paper"), approver)
    perform(CancelOrder(order_id), house.administrator)
    assert books.transaction(paid).processing == "Canceled"
    with pytest.raises(Conflict, match="This transaction is canceled"):
        perform(SubmitRecord("transaction", paid), teller)


@pytest.mark.checks("M03.11")
def test_an_integration_belongs_to_its_project_with_its_settings(house, here):
    typed = {"project_id": str(house.project_id), "name": "Webstore", "kind": "webstore"}
    path = "/admin/integrations"
    refused = send(here, f"{path}/new", **typed, settings_text="[1]")
    assert "Settings must be a JSON object" in refused.get_data(as_text=True)
    sent = send(here, f"{path}/new", **typed, settings_text='{"shop": "main"}')
    assert sent.status_code == 303
    teller, _, _ = factories.a_user(
        house, project_ids=(perform(CreateProject("Other"), house.administrator),)
    )
    with database.reading() as session:
        made = session.scalars(select(Integration).where(
            Integration.organisation_id == house.organisation_id)).one()  # fmt: skip
        assert (made.settings, made.is_active) == ({"shop": "main"}, True)
        with pytest.raises(Missing):
            find(session, teller, Integration, made.id)
    assert "&#34;shop&#34;: &#34;main&#34;" in _page(here, f"{path}/{made.id}")
    edited = send(here, f"{path}/{made.id}/edit", is_active=None)
    assert edited.status_code == 303
    with database.reading() as session:
        assert not session.get_one(Integration, made.id).is_active
