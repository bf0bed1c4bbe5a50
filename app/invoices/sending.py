"""An invoice goes to its client by mail: the first time as an invoice, later as a reminder.

The mail leads to the page behind the invoice's link and to its PDF. It carries no file, as no
letter of the house does: what the page says is what is left to pay when it is opened.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.clients.models import Client
from app.controls.commands import handles
from app.controls.locking import find_locked
from app.controls.service_log import note
from app.controls.work import Work
from app.invoices.models import Invoice
from app.invoices.queries import demand_due, pay_by
from app.kernel.errors import Conflict
from app.kernel.money import Money
from app.mail.letters import write_letter

POST = "Mail"


@dataclass(frozen=True, slots=True)
class SendInvoice:
    """Send an invoice to its client's address; sent before, it is a reminder."""

    invoice_id: int


@dataclass(frozen=True, slots=True)
class Letter:
    """What would be sent: to whom, about how much, and whether it reminds of an earlier one."""

    client: Client
    left: Money
    is_reminder: bool


def letter_of(session: Session, invoice: Invoice, now: datetime) -> Letter:
    """Return what sending the invoice would send.

    Refused (409): one with nothing left to pay or that expired, a client without an address.
    """
    due = demand_due(session, invoice, now)
    client = session.get_one(Client, invoice.client_id)
    if not client.email:
        raise Conflict(f"{client.name} has no email address: add one before sending")
    left = Money(due.left_minor, invoice.currency, invoice.exponent)
    return Letter(client, left, is_reminder=invoice.sent_at is not None)


@handles(SendInvoice, permission="invoices.edit")
def send_invoice(work: Work, command: SendInvoice) -> str:
    """Write the mail and keep in the invoice's history who sent it where; returns the address."""
    invoice = find_locked(work, Invoice, command.invoice_id)
    letter = letter_of(work.session, invoice, work.now)
    client, what = letter.client, f"Invoice {invoice.number}"
    write_letter(
        work,
        "invoice-reminder" if letter.is_reminder else "invoice",
        to=client.email,
        subject=f"Reminder: {what}" if letter.is_reminder else what,
        values={
            "name": client.name,
            "number": invoice.number,
            "description": invoice.description or what,
            "amount": str(letter.left),
            "until": pay_by(invoice, work.organisation.time_zone),
            "path": f"/pay/{invoice.public_id}",
        },
        client_id=client.id,
    )
    sent = "Reminder sent" if letter.is_reminder else "Sent"
    note(work, invoice, POST, f"{sent} to {client.email} by {work.actor.name}")
    invoice.sent_at = work.now
    return client.email
