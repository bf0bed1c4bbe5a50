"""A receiver that does not answer is asked by one postback a step: the hook's others wait with it.

So one that hangs costs the time of one request whenever it is tried, however much waits for it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.controls.commands import SYSTEM_ONLY, handles
from app.controls.due_work import DueWork
from app.controls.locking import find_locked
from app.controls.work import Work
from app.integrations.models import WAITING, Delivery, DeliveryAttempt
from app.integrations.telling import KIND, let_send

# The others are due behind the one that asks whether the receiver is back.
_BEHIND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class PutOff:
    """Let a postback wait for the one that asks its hook's receiver next."""

    delivery_id: int


def silent_until(session: Session, delivery: Delivery, now: datetime) -> datetime | None:
    """Return when the receiver that did not answer is asked again, or None where it may be now."""
    newest = (
        select(func.max(DeliveryAttempt.id))
        .where(
            DeliveryAttempt.organisation_id == Delivery.organisation_id,
            DeliveryAttempt.delivery_id == Delivery.id,
        )
        .correlate(Delivery)
        .scalar_subquery()
    )
    query = (
        select(func.max(Delivery.next_at))
        .join(DeliveryAttempt, DeliveryAttempt.id == newest)
        .where(
            Delivery.organisation_id == delivery.organisation_id,
            Delivery.hook_id == delivery.hook_id,
            Delivery.state == WAITING,
            Delivery.attempts > 0,
            Delivery.next_at > now,
            DeliveryAttempt.status_code.is_(None),
        )
    )
    return session.scalar(query)


@handles(PutOff, permission=SYSTEM_ONLY)
def put_off(work: Work, command: PutOff) -> None:
    """Let it wait, which is no attempt; at once due where the receiver may be asked."""
    delivery = find_locked(work, Delivery, command.delivery_id)
    until = silent_until(work.session, delivery, work.now)
    if delivery.state == WAITING:
        delivery.next_at = until or work.now
        due_at = until + _BEHIND if until else work.now
        let_send(work, delivery.id, work.operation_id, due_at=due_at)


def put_off_others(work: Work, delivery: Delivery, until: datetime) -> None:
    """Let all that wait for the receiver wait as long as the one that was not answered."""
    others = (
        Delivery.organisation_id == delivery.organisation_id,
        Delivery.hook_id == delivery.hook_id,
        Delivery.state == WAITING,
        Delivery.id != delivery.id,
    )
    waiting = select(Delivery.id).where(*others)
    work.session.execute(
        update(DueWork)
        .where(
            DueWork.organisation_id == delivery.organisation_id,
            DueWork.kind == KIND,
            DueWork.state == "waiting",
            DueWork.due_at <= until,
            DueWork.payload["delivery_id"].as_integer().in_(waiting),
        )
        .values(due_at=until + _BEHIND)
        .execution_options(synchronize_session=False)
    )
    work.session.execute(
        update(Delivery)
        .where(*others, Delivery.next_at < until)
        .values(next_at=until)
        .execution_options(synchronize_session=False)
    )
