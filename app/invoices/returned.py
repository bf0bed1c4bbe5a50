"""A payment that waited or was sent back is judged again: what it pays may be paid meanwhile."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Select, select

from app.access.models import User
from app.controls.review import REJECTED, WORKING, ReviewStep
from app.controls.work import Work
from app.invoices.models import Invoice
from app.invoices.queries import CONTEXT, PAYMENT, demand_open
from app.kernel.errors import Conflict
from app.kernel.money import Money
from app.ledger.locking import lock_lines
from app.ledger.models import FINAL, Transaction
from app.transactions.review import DEMANDS, TRANSACTION, lines_of
from app.transactions.statuses import end


def demand_wanted(work: Work, transaction: Transaction) -> None:
    """Refuse (409) a payment of an invoice that has nothing outstanding or was withdrawn.

    What a client paid is refused above what is left as well: only staff overpay an invoice.
    What was handed in before the invoice's expiry may be approved after it.
    """
    if transaction.kind != PAYMENT or transaction.context_kind != CONTEXT:
        return
    # Assets are locked before what they pay, as whoever pays at this moment does.
    lock_lines(work, [line.asset_id for line in lines_of(transaction)])
    invoice = work.session.get_one(Invoice, transaction.context_id, with_for_update=True)
    handed_in_at = None if transaction.is_editable else transaction.submitted_at
    demand_open(work.session, invoice, handed_in_at or work.now)
    left_minor = 0 if invoice.is_settled else invoice.outstanding_minor
    if transaction.amount_minor > left_minor and _is_of_client(work, transaction):
        left = Money(left_minor, invoice.currency, invoice.exponent)
        raise Conflict(f"{invoice.number} has only {left} left to pay")


DEMANDS.append(demand_wanted)


def sent_back(work: Work, invoice_id: int, *, by_client: bool = False) -> Sequence[Transaction]:
    """Return, locked, the payments of an invoice that were sent back and not given up.

    They are locked before their assets and the invoice, as whoever hands one in again does.
    `by_client` leaves those out that staff recorded.
    """
    query = select(Transaction).where(
        Transaction.organisation_id == work.actor.tenant_id,
        Transaction.context_kind == CONTEXT,
        Transaction.context_id == invoice_id,
        Transaction.kind == PAYMENT,
        Transaction.posted_at.is_(None),
        Transaction.processing.not_in(FINAL),
        Transaction.record_status == REJECTED,
    )
    if by_client:
        query = query.where(Transaction.id.in_(_by_clients(work)))
    return work.session.scalars(query.order_by(Transaction.id).with_for_update()).all()


def give_up(work: Work, payments: Iterable[Transaction]) -> None:
    """Cancel payments that were sent back: nobody hands them in any more."""
    for payment in payments:
        end(work, payment, "Canceled")


def _is_of_client(work: Work, transaction: Transaction) -> bool:
    mine = _by_clients(work).where(ReviewStep.record_id == transaction.id)
    return work.session.scalar(mine.limit(1)) is not None


def _by_clients(work: Work) -> Select[int]:
    """Select the ids of the transactions that a client's login handed in, in whatever cycle."""
    return (
        select(ReviewStep.record_id)
        .join(User, User.id == ReviewStep.user_id)
        .where(
            ReviewStep.organisation_id == work.actor.tenant_id,
            ReviewStep.kind == TRANSACTION.key,
            ReviewStep.act.in_(WORKING),
            User.kind == "client",
        )
    )
