"""A client is told in their own area what became of a payment that waited for approval."""

from textwrap import shorten
from typing import Any

from sqlalchemy.orm import Session

from app.access.models import User
from app.controls.review import REJECTED
from app.controls.work import Work
from app.invoices.models import Invoice
from app.invoices.queries import CONTEXT, dues_of
from app.ledger.models import Transaction
from app.notices.models import FAILED, FINISHED
from app.notices.sending import notify

PORTAL = "/portal/invoices"
_LONGEST_REASON = 200


def is_told(session: Session, record: Any) -> bool:
    """Tell whether a record is what a client's login paid on an invoice: they hear of its fate."""
    if not isinstance(record, Transaction) or record.context_kind != CONTEXT:
        return False
    return record.maker_id is not None and session.get_one(User, record.maker_id).kind == "client"


def tell_client(work: Work, payment: Any) -> bool:
    """Tell the login that paid an invoice how its payment was decided, without who decided.

    Answers False of whatever else is decided on, and of what staff recorded.
    """
    if not is_told(work.session, payment):
        return False
    invoice = work.session.get_one(Invoice, payment.context_id)
    if payment.is_authorised:
        kind, title = FINISHED, "Payment accepted"
        text = f"Your payment of {invoice.number} was accepted."
    else:
        kind, title, text = FAILED, "Payment not accepted", _refused(work, payment, invoice)
    notify(work, [payment.maker_id], kind=kind, title=title, text=text, href=PORTAL)
    return True


def _refused(work: Work, payment: Transaction, invoice: Invoice) -> str:
    """Say why only where it was sent back: what is written at a denial is for the house alone."""
    said = f"Your payment of {invoice.number} was not accepted"
    if payment.record_status == REJECTED:
        reason = shorten(payment.rejection_reason or "", _LONGEST_REASON)
        said = f"{said}: {reason.rstrip('.')}"
    due = dues_of(work.session, [invoice], work.now)[invoice.id]
    return f"{said}. You can pay again." if due.is_open else f"{said}."
