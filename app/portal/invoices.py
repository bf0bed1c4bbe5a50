"""Invoices in the clients' own area, and the page behind an invoice's link."""

import threading
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, g, request
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from app.controls.commands import door
from app.controls.licensing import demand_standing
from app.controls.permissions import find, visible
from app.controls.tenant import Organisation
from app.invoices.models import STATUSES, Invoice
from app.invoices.paying import PayOwnInvoice
from app.invoices.queries import Due, demand_due, dues_of, pay_by, waiting_of, waiting_text
from app.invoices.views import PaymentPage, payment_form, payment_view, send_pdf
from app.kernel.errors import Missing, Unavailable
from app.kernel.money import format_minor
from app.keys.limits import count_visit
from app.ledger.models import Asset
from app.portal.pages import PATH
from app.portal.visitor import visitor
from app.web import cells
from app.web.context import read_session
from app.web.forms import as_id
from app.web.guard import permit, public
from app.web.respond import render

blueprint = Blueprint("portal_invoices", __name__)
_INVOICES = f"{PATH}/invoices"
_FULL_PAGE = 50
_LONGEST_ID = 36
# Who comes without a sign-in takes no more than one thread of a process for printing.
_a_stranger = threading.Lock()
_BUSY = "An invoice is printed for somebody else at this moment."


@blueprint.get(_INVOICES)
@permit("portal.view")
def invoices() -> Response:
    """List the client's invoices, the newest first."""
    session, who, _tenant = visitor()
    query = select(Invoice).where(*visible(who, Invoice))
    if before_id := as_id(request.args.get("before")):
        query = query.where(Invoice.id < before_id)
    found = session.scalars(query.order_by(Invoice.id.desc()).limit(_FULL_PAGE)).all()
    now = door.clock()
    dues = dues_of(session, found, now)
    is_full = len(found) == _FULL_PAGE
    return render(
        "portal/invoices.html",
        invoices=[_shown(one, dues[one.id], now) for one in found],
        older_href=f"{_INVOICES}?before={found[-1].id}" if is_full else None,
    )


@blueprint.route(f"{_INVOICES}/<int:invoice_id>/pay", methods=["GET", "POST"])
@permit("portal.view")
def pay(invoice_id: int) -> BaseResponse:
    """Pay an invoice out of one of the client's own assets."""
    session, who, _tenant = visitor()
    invoice = find(session, who, Invoice, invoice_id)
    if request.method == "GET":
        demand_due(session, invoice, door.clock())
    waiting_minor = waiting_of(session, [invoice]).get(invoice.id, 0)
    form, assets = payment_form(invoice, waiting_minor)
    del form.signed_by
    page = PaymentPage(invoice, form, assets, waiting_minor)

    def command(asset: Asset, amount_minor: int) -> PayOwnInvoice:
        return PayOwnInvoice(invoice.id, asset.id, amount_minor)

    return payment_view(page, command, to=_INVOICES)


@blueprint.get(f"{_INVOICES}/<int:invoice_id>/pdf")
@permit("portal.view")
def pdf(invoice_id: int) -> Response:
    """Send the client's invoice as a PDF."""
    session, who, _tenant = visitor()
    return send_pdf(find(session, who, Invoice, invoice_id))


@blueprint.get("/pay/<public_id>")
@public
def linked(public_id: str) -> Response:
    """Show an invoice to whoever was sent its link, and lead its client to sign-in."""
    invoice, tenant = _linked(public_id)
    now = door.clock()
    return render(
        "portal/pay.html",
        organisation=tenant.name,
        invoice=_shown(invoice, dues_of(read_session(), [invoice], now)[invoice.id], now),
        pdf_href=f"/pay/{public_id}/pdf",
    )


@blueprint.get("/pay/<public_id>/pdf")
@public
def linked_pdf(public_id: str) -> Response:
    """Send the PDF of an invoice to whoever was sent its link; to one of them at a time (503)."""
    invoice, _tenant = _linked(public_id)
    if not _a_stranger.acquire(blocking=False):
        raise Unavailable(_BUSY)
    try:
        return send_pdf(invoice)
    finally:
        _a_stranger.release()


def _linked(public_id: str) -> tuple[Invoice, Organisation]:
    """Return the invoice of a link; one of an organisation without a licence is not shown."""
    count_visit()
    query = select(Invoice).where(Invoice.public_id == public_id)
    invoice = read_session().scalars(query).one_or_none() if len(public_id) == _LONGEST_ID else None
    if invoice is None:
        raise Missing
    tenant = read_session().get_one(Organisation, invoice.organisation_id)
    demand_standing(tenant, door.clock())
    g.time_zone = tenant.time_zone
    return invoice, tenant


def _shown(invoice: Invoice, due: Due, now: datetime) -> dict[str, Any]:
    def amount(minor: int) -> str:
        return format_minor(minor, invoice.exponent)

    return {
        "number": invoice.number,
        "description": invoice.description or f"Invoice {invoice.number}",
        "currency": invoice.currency,
        "amount": amount(invoice.amount_minor),
        "left": amount(due.left_minor),
        "is_open": due.is_open,
        "waiting": waiting_text(invoice, due.waiting_minor),
        "status": invoice.status,
        "tone": STATUSES[invoice.status],
        "due": pay_by(invoice, g.get("time_zone", "UTC")) if due.is_open else "",
        "expires": cells.instant(invoice.expires_at)["text"]
        if invoice.expires_at and due.is_open
        else "",
        "is_expired": invoice.has_expired_at(now),
        "network": invoice.network,
        "wallet_address": invoice.wallet_address,
        "pay_href": f"{_INVOICES}/{invoice.id}/pay",
        "pdf_href": f"{_INVOICES}/{invoice.id}/pdf",
    }
