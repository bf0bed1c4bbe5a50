"""Sending an invoice by mail, after a look at the address and the amount."""

from flask import Blueprint
from werkzeug.wrappers import Response

from app.controls.commands import door
from app.controls.permissions import find
from app.invoices.models import Invoice
from app.invoices.resource import PATH
from app.invoices.sending import SendInvoice, letter_of
from app.web import cells
from app.web.context import actor, read_session
from app.web.guard import permit
from app.web.pages import confirm_view, fact

blueprint = Blueprint("invoice_sending", __name__)


@blueprint.route(f"{PATH}/<int:invoice_id>/send", methods=["GET", "POST"])
@permit("invoices.edit")
def send(invoice_id: int) -> Response:
    """Ask, and send the invoice or a reminder of it to its client."""
    invoice = find(read_session(), actor(), Invoice, invoice_id)
    letter = letter_of(read_session(), invoice, door.clock())
    what = "A reminder of the invoice" if letter.is_reminder else "The invoice"
    rows = [
        fact("Invoice", cells.ident(invoice.number)),
        fact("To", cells.text(f"{letter.client.name}, {letter.client.email}")),
        fact("Left to pay", cells.money(letter.left.minor, invoice.exponent, invoice.currency)),
    ]
    if letter.is_reminder:
        rows.append(fact("Sent last", cells.instant(invoice.sent_at)))
    return confirm_view(
        command=lambda: SendInvoice(invoice.id),
        title="Send a reminder" if letter.is_reminder else "Send by mail",
        body=f"{what} goes to {letter.client.email}, with the link to pay {letter.left}.",
        rows=rows,
        verb="Send reminder" if letter.is_reminder else "Send",
        to=f"{PATH}/{invoice.id}",
        done_title="Reminder on its way" if letter.is_reminder else "Invoice on its way",
        done_text=f"{invoice.number} goes to {letter.client.email}.",
    )
