"""What a close asks of schedules: nothing due of its day is left, and what failed is known."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.controls.closing_steps import (
    FAILED_DUE_FDT,
    Closing,
    Finding,
    NotYet,
    blocks_closing,
    closes,
)
from app.db.keys import rows_with
from app.db.session import database
from app.kernel.counts import counted
from app.schedules.execution import execute_one, generate_next
from app.schedules.models import ForwardDated
from app.schedules.scheduling import due_ids, failed_due, ran_on, waiting_order_ids
from app.schedules.words import EXECUTED, FAILED, FORWARD_PATH

NOTHING = "No forward-dated transaction was due"
_NAMED = 3
_EXECUTED = select(func.count(ForwardDated.id)).where(ForwardDated.status == EXECUTED)
STILL_DUE = "{count} forward-dated transactions of the day are not executed yet"


@closes(
    "TRIGGER_DUE_FDT", name="Execute due forward-dated transactions", order=10, is_essential=True
)
def trigger_due(closing: Closing) -> str:
    """Execute what the worker has not, and let orders that wait for money try a last time."""
    of = closing.organisation_id
    with database.reading() as session:
        waiting = waiting_order_ids(session, of)
        earlier = ran_on(session, of, closing.business_date)
    for order_id in waiting:
        generate_next(of, order_id, is_last_try=True)
        closing.report(0)
    with database.reading() as session:
        due = due_ids(session, of, closing.business_date)
    for number, forward_dated_id in enumerate(due, start=1):
        execute_one(of, forward_dated_id)
        closing.report(number * 100 // len(due))
    if not due:
        return _ran(*earlier) if any(earlier) else NOTHING
    with database.reading() as session:
        done = session.scalar(rows_with(_EXECUTED, ForwardDated.id), {"keys": list(due)})
    told = f"Executed {done} of {len(due)} due forward-dated transactions"
    return f"{told}. {_ran(*earlier)}" if any(earlier) else told


@closes("WAIT_DUE_FDT", name="Wait for forward-dated transactions", order=20, is_essential=True)
def wait_for_due(closing: Closing) -> str:
    """See that none of the day is left, such as one that another worker has begun.

    Where one still is, the close asks again in some seconds.
    """
    of = closing.organisation_id
    with database.reading() as session:
        due = due_ids(session, of, closing.business_date)
    for number, forward_dated_id in enumerate(due, start=1):
        execute_one(of, forward_dated_id)
        closing.report(number * 100 // len(due))
    with database.reading() as session:
        left = len(due_ids(session, of, closing.business_date))
    if left:
        raise NotYet(STILL_DUE.format(count=left))
    return "No forward-dated transaction of the day is left"


def _ran(executed: int, failed: int) -> str:
    """Say what ran since the day was opened, such as by the worker, and how much of it failed."""
    told = f"{counted(executed + failed, 'forward-dated transaction')} of the day ran before"
    return f"{told}, {failed:,} of which failed" if failed else told


@blocks_closing(FAILED_DUE_FDT, name="Failed forward-dated transactions", order=10)
def failed(session: Session, organisation_id: int, on: date) -> Finding:
    """Count what was due on the day and failed (E43.53)."""
    found = failed_due(session, organisation_id, on)
    count = len(found)
    many = counted(count, "forward-dated transaction")
    sentence = f"{many} due on {on.isoformat()} failed"
    if found:
        named = ", ".join(one.reference for one in found[:_NAMED])
        others = " and others" if count > _NAMED else ""
        sentence += f": {named}{others}. Acknowledge on its page what was looked into"
    return Finding(count, sentence, f"{FORWARD_PATH}?status={FAILED}")
