"""Core Banking > Invoices: the list, one invoice, its payments, documents and PDF."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from app.accounts.queries import offered_currencies
from app.clients.picking import offer_clients
from app.controls.commands import door
from app.controls.permissions import find, holds, visible
from app.counter.commands import MoveAtCounter
from app.counter.signing import offer_signatories, signed_for
from app.invoices.commands import EditInvoice, SetInvoiceStatus
from app.invoices.forms import PAY_FROM, InvoiceForm, PaymentForm, local, minor
from app.invoices.models import Invoice
from app.invoices.paying import PayInvoice
from app.invoices.printing import invoice_pdf
from app.invoices.queries import demand_open, waiting_of, waiting_text
from app.invoices.resource import (
    INVOICES,
    PATH,
    invoice_detail,
    paying_assets,
)
from app.kernel.errors import Refusal
from app.kernel.money import Money, plain_decimal
from app.ledger.models import Asset, Transaction
from app.mail.post import post
from app.organisation.models import OrganisationCurrency
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import as_id, set_choices
from app.web.guard import permit
from app.web.listing import register
from app.web.listpage import send_csv, show_list
from app.web.pages import fact, form_view, posted_version, show_detail
from app.web.respond import done, refused, submit

blueprint = Blueprint("invoices", __name__)
DOCUMENTS = "/admin/invoice-documents"
_METHODS = ["GET", "POST"]
register(INVOICES)


@blueprint.get(PATH)
@permit("invoices.view")
def index() -> BaseResponse:
    """List the invoices the person may see (W13.01)."""
    create = {"label": "Add invoice", "href": f"{PATH}/new"}
    return show_list(INVOICES, create=create if holds(actor(), "invoices.create") else None)


@blueprint.get(f"{PATH}.csv")
@permit("invoices.view")
def export() -> Response:
    """Send the list as CSV."""
    return send_csv(INVOICES)


@blueprint.get(f"{PATH}/<int:invoice_id>")
@permit("invoices.view")
def show(invoice_id: int) -> Response:
    """Show one invoice."""
    session, who = read_session(), actor()
    invoice = find(session, who, Invoice, invoice_id)
    return show_detail(invoice_detail(session, who, invoice, link=link_of(invoice)))


@blueprint.route(f"{PATH}/new", methods=_METHODS)
@permit("invoices.create")
def new() -> BaseResponse:
    """Issue an invoice; `?client=` chooses its client (W13.05)."""
    session, who = read_session(), actor()
    form = InvoiceForm(client_id=str(as_id(request.args.get("client")) or ""))
    form.ask_status(may_set=holds(who, "invoices.change-status"))
    offer_clients(form.client_id, session, who, empty="Choose a client")
    set_choices(form.currency, offered_currencies(session, who), empty="Choose a currency")
    query = select(OrganisationCurrency.code, OrganisationCurrency.exponent)
    kept = session.execute(query.where(*visible(who, OrganisationCurrency)))
    exponents = {row.code: row.exponent for row in kept}
    return form_view(
        form,
        command=lambda: form.issue(exponents),
        title="Add invoice",
        submit_label="Save",
        to=PATH,
        done_title="Invoice added",
        told=_issued,
        opened=lambda invoice_id: f"{PATH}/{invoice_id}",
    )


def _issued(invoice_id: int) -> tuple[str, str]:
    one = read_session().get_one(Invoice, invoice_id)
    return "Invoice added", f"{one.number}: {Money(one.amount_minor, one.currency, one.exponent)}"


@blueprint.route(f"{PATH}/<int:invoice_id>/edit", methods=_METHODS)
@permit("invoices.edit")
def edit(invoice_id: int) -> BaseResponse:
    """Change amount, expiry, status, comment or description (W13.08)."""
    invoice = find(read_session(), actor(), Invoice, invoice_id)
    exponent = invoice.exponent
    form = InvoiceForm(obj=invoice, amount=plain_decimal(invoice.amount_minor, exponent))
    form.ask_status(may_set=holds(actor(), "invoices.change-status"))
    if not form.is_posted:
        # The form would take the moment as it is kept, which is not the time it is here.
        form.expires_at.data = local(invoice.expires_at)
    for name in ("client_id", "currency", "network", "wallet_address", "external_id"):
        delattr(form, name)
    return form_view(
        form,
        command=lambda: EditInvoice(invoice_id, posted_version(), form.terms(exponent)),
        title="Edit invoice",
        submit_label="Save",
        to=f"{PATH}/{invoice_id}",
        done_title="Invoice saved",
        record=invoice,
        summary=[fact("Invoice", cells.ident(invoice.number))],
    )


@blueprint.post(f"{PATH}/<int:invoice_id>/status")
@permit("invoices.change-status")
def change_status(invoice_id: int) -> BaseResponse:
    """Set the status by a click on its badge (W13.10)."""
    number = find(read_session(), actor(), Invoice, invoice_id).number
    try:
        status = submit(SetInvoiceStatus(invoice_id, request.form.get("value", "")))
    except Refusal as refusal:
        return refused(refusal, back=PATH)
    return done("Invoice status changed", f"{number} is {status}.", to=PATH)


@blueprint.route(f"{PATH}/<int:invoice_id>/pay", methods=_METHODS)
@permit("invoices.pay")
def pay(invoice_id: int) -> BaseResponse:
    """Record a payment out of one of the client's assets (L06.04)."""
    invoice = find(read_session(), actor(), Invoice, invoice_id)
    if request.method == "GET":
        demand_open(read_session(), invoice, door.clock())
    left = Money(invoice.outstanding_minor, invoice.currency, invoice.exponent)
    waiting_minor = waiting_of(read_session(), [invoice]).get(invoice.id, 0)
    waits = f"{waiting_text(invoice, waiting_minor)}; " if waiting_minor else ""
    form, assets = payment_form(invoice, waiting_minor)
    form.amount.description = f"{left} is outstanding; {waits}more than that overpays the invoice"

    def command(asset: Asset, amount_minor: int) -> MoveAtCounter:
        paid = PayInvoice(invoice.id, asset.id, amount_minor)
        return MoveAtCounter(paid, signed_for(form, asset.account_id))

    rule = offer_signatories(form, assets)
    page = PaymentPage(invoice, form, assets, waiting_minor, rule)
    return payment_view(page, command, to=f"{PATH}/{invoice_id}")


def payment_form(invoice: Invoice, waiting_minor: int) -> tuple[PaymentForm, list[Asset]]:
    """Return the form of a payment and the assets it offers.

    The amount starts with what is outstanding and not on its way.
    """
    exponent = invoice.exponent
    left_minor = max(invoice.outstanding_minor - waiting_minor, 0)
    form = PaymentForm(amount=plain_decimal(left_minor, exponent) if left_minor else "")
    assets = paying_assets(read_session(), actor(), invoice)
    offered = [
        (one.id, f"{name} · {number} · {Money(one.available_minor, one.currency, exponent)}")
        for one, name, number in assets
    ]
    set_choices(form.asset_id, offered)
    return form, [one for one, *_ in assets]


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """What a payment of an invoice is asked with; `rule` is who must sign, as lines to read."""

    invoice: Invoice
    form: PaymentForm
    assets: Sequence[Asset]
    waiting_minor: int
    rule: Sequence[dict[str, Any]] = ()


def payment_view(
    page: PaymentPage, command: Callable[[Asset, int], Any], *, to: str
) -> BaseResponse:
    """Ask for asset and amount, and carry out the command of them."""
    invoice, form = page.invoice, page.form
    exponent, shown = invoice.exponent, (invoice.exponent, invoice.currency)

    def paid() -> Any:
        asset = next((one for one in page.assets if str(one.id) == form.asset_id.data), None)
        if asset is None:
            raise Refusal(PAY_FROM, field="asset_id")
        return command(asset, minor(form, exponent))

    return form_view(
        form,
        command=paid,
        title=f"Pay {invoice.number}",
        submit_label="Pay",
        to=to,
        done_title="Payment recorded",
        told=lambda transaction_id: _told(invoice, transaction_id),
        form_fields="counter/_fields.html",
        currency=invoice.currency,
        precision=exponent,
        summary=[
            fact("Amount", cells.money(invoice.amount_minor, *shown)),
            fact("Outstanding", cells.money(invoice.outstanding_minor, *shown)),
            *_waiting(invoice, page.waiting_minor),
            *page.rule,
        ],
    )


def _waiting(invoice: Invoice, waiting_minor: int) -> list[dict[str, Any]]:
    if waiting_minor == 0:
        return []
    amount = cells.money(waiting_minor, invoice.exponent, invoice.currency)
    return [fact("Waits for approval", amount)]


def _told(invoice: Invoice, transaction_id: int) -> tuple[str, str]:
    """Say what was paid or waits, and by how much more than its amount an invoice is paid now."""
    one = read_session().get_one(Transaction, transaction_id)
    text = f"{Money(one.amount_minor, one.currency, one.exponent)} for {invoice.number}"
    if one.posted_at is None:
        return "Payment waits for approval" if one.is_pending else "Payment waits", text
    paid = read_session().get_one(Invoice, invoice.id)
    over = Money(paid.paid_minor - paid.amount_minor, paid.currency, paid.exponent)
    more = f": it is overpaid by {over} now" if over.minor > 0 else ""
    return "Payment recorded", f"{text}{more}"


@blueprint.get(f"{PATH}/<int:invoice_id>/pdf")
@permit("invoices.view")
def pdf(invoice_id: int) -> Response:
    """Send the invoice as a PDF."""
    return send_pdf(find(read_session(), actor(), Invoice, invoice_id))


def send_pdf(invoice: Invoice) -> Response:
    """Print the invoice and send it as an attachment."""
    content = invoice_pdf(read_session(), invoice, printed_at=door.clock(), link=link_of(invoice))
    response = Response(content, mimetype="application/pdf")
    response.headers.set("Content-Disposition", "attachment", filename=f"{invoice.number}.pdf")
    return response


def link_of(invoice: Invoice) -> str:
    """Return the address that whoever is to pay the invoice is sent."""
    return f"{post.public_url}/pay/{invoice.public_id}"
