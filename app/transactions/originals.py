"""What a reversal undoes: the original, of a transfer both halves, and how it comes back."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.work import Work
from app.ledger.models import Transaction


def both_halves(session: Session, one: Transaction) -> list[Transaction]:
    """Return a transaction, of a transfer both halves, the sending one first."""
    first_id = one.pair_id or one.id
    query = select(Transaction).where(
        Transaction.organisation_id == one.organisation_id,
        (Transaction.id == first_id) | (Transaction.pair_id == first_id),
    )
    return list(session.scalars(query.order_by(Transaction.id)))


def locked_halves(work: Work, one: Transaction) -> list[Transaction]:
    """Return the same, locked and as they are saved now."""
    ids = [half.id for half in both_halves(work.session, one)]
    query = select(Transaction).where(Transaction.id.in_(ids)).order_by(Transaction.id)
    fresh = {"populate_existing": True}
    return list(work.session.scalars(query.with_for_update(), execution_options=fresh))


def original_of(session: Session, reversal: Transaction) -> Transaction:
    """Return what a reversal reverses."""
    return session.get_one(Transaction, reversal.reverses_id)


def mark_reversed(work: Work, original: Transaction, status_id: int | None) -> None:
    """Show an original as Reversed from now on (design 9.4), with its project's word for it."""
    original.processing = "Reversed"
    original.reversed_at = work.now
    original.status_before_id = original.status_id
    original.status_id = status_id


def give_back(work: Work, reversal: Transaction) -> None:
    """Show what a reversal was to undo as Processed again: it will never be posted."""
    for original in locked_halves(work, original_of(work.session, reversal)):
        original.processing = "Completed"
        original.reversed_at = None
        original.status_id = original.status_before_id
        original.status_before_id = None
