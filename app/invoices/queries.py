"""What may still be paid of an invoice: less what waits, and nothing once it expired."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.controls.review import REJECTED
from app.invoices.models import Invoice
from app.kernel.errors import Conflict
from app.kernel.money import Money
from app.ledger.models import FINAL, Transaction
from app.statements.commands import shown_date

CONTEXT = "invoice"
PAYMENT = "invoice_payment"
# Each selects the ids of invoices that are asked for no more; the slices above add theirs.
WITHDRAWN: list[Select[int]] = []


@dataclass(frozen=True, slots=True)
class Due:
    """What is left for the client to pay and what waits to be booked, in minor units."""

    left_minor: int
    waiting_minor: int
    is_withdrawn: bool

    @property
    def is_open(self) -> bool:
        """Whether the client is offered to pay."""
        return self.left_minor > 0


def dues_of(session: Session, invoices: Sequence[Invoice], now: datetime) -> dict[int, Due]:
    """Return what each invoice's client may pay; the number of queries grows not with them."""
    waiting = waiting_of(session, invoices)
    withdrawn = _withdrawn(session, invoices, now)
    return {one.id: _due(one, waiting.get(one.id, 0), withdrawn) for one in invoices}


def waiting_of(session: Session, invoices: Sequence[Invoice]) -> dict[int, int]:
    """Return the sums of the payments that are recorded and neither booked, given up nor sent back.

    What was sent back may be handed in again, but nobody waits for it: its client, who cannot
    change it, pays once more.
    """
    query = (
        select(Transaction.context_id, func.sum(Transaction.amount_minor))
        .where(
            Transaction.organisation_id.in_({one.organisation_id for one in invoices}),
            Transaction.context_kind == CONTEXT,
            Transaction.context_id.in_([one.id for one in invoices]),
            Transaction.kind == PAYMENT,
            Transaction.posted_at.is_(None),
            Transaction.processing.not_in(FINAL),
            Transaction.record_status != REJECTED,
        )
        .group_by(Transaction.context_id)
    )
    return {row[0]: int(row[1]) for row in session.execute(query)} if invoices else {}


def pay_by(invoice: Invoice, time_zone: str) -> str:
    """Return the last day on which an invoice can be paid, in a time zone; "" for no last one.

    What expires at midnight is to be paid the day before.
    """
    if invoice.expires_at is None:
        return ""
    last = invoice.expires_at - timedelta(microseconds=1)
    return shown_date(last.astimezone(ZoneInfo(time_zone)).date())


def waiting_text(invoice: Invoice, waiting_minor: int) -> str:
    """Say what waits: "150,000.00 KES waits for approval"; nothing where nothing does."""
    if waiting_minor == 0:
        return ""
    return f"{Money(waiting_minor, invoice.currency, invoice.exponent)} waits for approval"


def demand_open(session: Session, invoice: Invoice, now: datetime) -> Due:
    """Return what is left of an invoice; refused (409): one with nothing outstanding, or withdrawn.

    What waits for approval leaves it open: staff may take another payment meanwhile.
    """
    due = dues_of(session, [invoice], now)[invoice.id]
    if due.is_withdrawn:
        why = " has expired and" if invoice.has_expired_at(now) else ""
        raise Conflict(f"{invoice.number}{why} is not to be paid any more")
    if invoice.outstanding_minor == 0:
        raise Conflict(f"{invoice.number} has nothing left to pay")
    return due


def demand_due(session: Session, invoice: Invoice, now: datetime) -> Due:
    """Return what its client may pay of an invoice; refused (409) where that is nothing."""
    due = demand_open(session, invoice, now)
    if invoice.is_settled:
        raise Conflict(f"{invoice.number} has nothing left to pay")
    if not due.is_open:
        waits = waiting_text(invoice, due.waiting_minor)
        raise Conflict(f"{invoice.number} has nothing more to pay: {waits}")
    return due


def cancelled_among(session: Session, ids: Sequence[int]) -> set[int]:
    """Return which invoices belong to what was cancelled: they are asked for no more."""
    found: set[int] = set()
    for withdrawn in WITHDRAWN if ids else ():
        query = select(Invoice.id).where(Invoice.id.in_(ids), Invoice.id.in_(withdrawn))
        found.update(session.scalars(query))
    return found


def _withdrawn(session: Session, invoices: Iterable[Invoice], now: datetime) -> set[int]:
    """Return which of them expired, by time or by hand, or belong to what was cancelled."""
    expired = {one.id for one in invoices if one.has_expired_at(now)}
    return expired | cancelled_among(session, [one.id for one in invoices])


def _due(invoice: Invoice, waiting_minor: int, withdrawn: set[int]) -> Due:
    is_withdrawn = invoice.id in withdrawn
    is_over = is_withdrawn or invoice.is_settled
    left_minor = 0 if is_over else max(invoice.outstanding_minor - waiting_minor, 0)
    return Due(left_minor, waiting_minor, is_withdrawn)
