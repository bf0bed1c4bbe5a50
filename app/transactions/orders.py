"""Orders to platforms: what is sent once, is asked again, and is ended by the answer alone."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.turns import enqueue_turn
from app.controls.work import Work
from app.kernel.errors import Conflict
from app.ledger.models import Transaction
from app.platforms.models import PlatformOrder

ORDER = "platform-order"
SENT = "A platform carries out this transaction: its answer alone completes or ends it"


def add_order(work: Work, transaction: Transaction) -> None:
    """Remember that a transaction goes through its platform once it is authorised, once."""
    if order_of(work.session, transaction) is not None:
        return
    work.add(
        PlatformOrder(
            organisation_id=transaction.organisation_id,
            transaction_id=transaction.id,
            platform_id=transaction.platform_id,
            endpoint="deposits" if transaction.direction == "in" else "withdrawals",
        )
    )


def order_of(session: Session, transaction: Transaction) -> PlatformOrder | None:
    """Return the order of a transaction; none of one that nobody here sends, such as a top-up."""
    if transaction.platform_id is None:
        return None
    query = select(PlatformOrder).where(
        PlatformOrder.organisation_id == transaction.organisation_id,
        PlatformOrder.transaction_id == transaction.id,
    )
    return session.scalars(query).one_or_none()


def is_top_up(session: Session, transaction: Transaction) -> bool:
    """Tell whether the money came in at a platform by itself: nobody here ordered it."""
    return transaction.platform_id is not None and order_of(session, transaction) is None


def send_order(work: Work, transaction: Transaction) -> None:
    """Let the worker send the order of a transaction that was authorised just now."""
    if order_of(work.session, transaction) is not None:
        send_again(work, transaction, 0)


def send_again(work: Work, transaction: Transaction, turn: int) -> None:
    """Let the worker send the order for another time, later each time."""
    occurrence, payload = f"transaction-{transaction.id}", {"transaction_id": transaction.id}
    enqueue_turn(work, ORDER, occurrence, payload, turn=turn)


def demand_not_sent(work: Work, transaction: Transaction) -> None:
    """Refuse (409) a status by hand once the platform may have moved the money (W06.15)."""
    order = order_of(work.session, transaction)
    if order is not None and order.sent_at is not None:
        raise Conflict(SENT)
