"""What the demonstration's customers were asked to pay: paid, in part, not yet."""

from datetime import timedelta

from app.controls.commands import door
from app.demonstration.bank import BASE
from app.demonstration.customers import Holding, first_asset
from app.demonstration.script import Script
from app.invoices.commands import InvoiceTerms, IssueInvoice
from app.invoices.documents import AttachDocument
from app.invoices.paying import PayInvoice

ISSUED = (
    ("Safe deposit box, half a year", 4_800_00, 4_800_00),
    ("Membership fee 2026", 2_500_00, 1_000_00),
    ("Valuation of a plot in Kiambu", 18_000_00, 0),
    ("Card replacement", 650_00, 0),
)
DUE_DAYS = 14


def ask_for_payment(script: Script, holdings: list[Holding]) -> None:
    """Issue the invoices to customers in shillings, and let some of them pay."""
    teller = script.by("teller")
    due = door.clock() + timedelta(days=DUE_DAYS)
    in_shillings = [one for one in holdings if one.currency == BASE]
    for (text, amount_minor, paid_minor), holding in zip(ISSUED, in_shillings, strict=False):
        asset = first_asset(holding)
        terms = InvoiceTerms(amount_minor, due, description=text)
        invoice_id = script.do(IssueInvoice(asset.client_id or 0, BASE, terms), teller)
        if paid_minor:
            script.do(PayInvoice(invoice_id, asset.id, paid_minor), teller)
        else:
            note = f"{text}\n\nAgreed with the customer at the counter.\n".encode()
            script.do(AttachDocument(invoice_id, "Agreement.txt", note), teller)
