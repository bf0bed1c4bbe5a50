"""Orders to platforms: what is sent once, is asked again, and is ended by the answer alone."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.due import DueWork, enqueue
from app.controls.work import Work
from app.kernel.errors import Conflict
from app.ledger.models import Transaction
from app.platforms.models import PlatformOrder

ORDER = "platform-order"
SENT = "A platform carries out this transaction: its answer alone completes or ends it"
_FIRST_SECONDS, _LONGEST_SECONDS = 5, 900


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


def send_order(work: Work, transaction: Transaction) -> None:
    """Let the worker send the order of a transaction that was authorised just now."""
    if order_of(work.session, transaction) is not None:
        _send(work, transaction, 0)


def send_again(work: Work, transaction: Transaction, turn: int) -> None:
    """Let the worker send the order again, later each time; done twice it is due once."""
    known = select(DueWork.id).where(
        DueWork.organisation_id == transaction.organisation_id,
        DueWork.kind == ORDER,
        DueWork.occurrence_key == _key(transaction, turn),
    )
    if work.session.scalar(known) is None:
        _send(work, transaction, turn)


def demand_not_sent(work: Work, transaction: Transaction) -> None:
    """Refuse (409) a status by hand once the platform may have moved the money (W06.15)."""
    order = order_of(work.session, transaction)
    if order is not None and order.sent_at is not None:
        raise Conflict(SENT)


def _send(work: Work, transaction: Transaction, turn: int) -> None:
    wait_seconds = min(_FIRST_SECONDS * 2 ** (turn - 1), _LONGEST_SECONDS) if turn else 0
    payload: dict[str, Any] = {"transaction_id": transaction.id, "turn": turn}
    due_at = work.now + timedelta(seconds=wait_seconds)
    enqueue(work, ORDER, _key(transaction, turn), payload, due_at=due_at)


def _key(transaction: Transaction, turn: int) -> str:
    return f"transaction-{transaction.id}-{turn}"
