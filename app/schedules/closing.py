"""The steps of a close that leave nothing due of its day unexecuted (E43.54)."""

from app.controls.closing_steps import Closing, closes
from app.db.session import database
from app.kernel.errors import Conflict
from app.schedules.execution import execute_one, generate_next
from app.schedules.models import ForwardDated
from app.schedules.scheduling import due_ids, waiting_order_ids
from app.schedules.words import EXECUTED

NOTHING = "No forward-dated transaction was due"
STILL_DUE = "{count} forward-dated transactions of the day are not executed yet"


@closes("TRIGGER_DUE_FDT", name="Execute due forward-dated transactions", order=10)
def trigger_due(closing: Closing) -> str:
    """Execute what the worker has not, and let orders that wait for money try a last time."""
    of = closing.organisation_id
    with database.reading() as session:
        waiting = waiting_order_ids(session, of)
    for order_id in waiting:
        generate_next(of, order_id, is_last_try=True)
    with database.reading() as session:
        due = due_ids(session, of, closing.business_date)
    for number, forward_dated_id in enumerate(due, start=1):
        execute_one(of, forward_dated_id)
        closing.report(number * 100 // len(due))
    if not due:
        return NOTHING
    with database.reading() as session:
        ended = [session.get_one(ForwardDated, one).status for one in due]
    done = ended.count(EXECUTED)
    return f"Executed {done} of {len(due)} due forward-dated transactions"


@closes("WAIT_DUE_FDT", name="Wait for forward-dated transactions", order=20)
def wait_for_due(closing: Closing) -> str:
    """See that none of the day is left, such as one that another worker has begun.

    Refused (409) where one still is: the close stops and is tried again.
    """
    of = closing.organisation_id
    with database.reading() as session:
        due = due_ids(session, of, closing.business_date)
    for forward_dated_id in due:
        execute_one(of, forward_dated_id)
    with database.reading() as session:
        left = len(due_ids(session, of, closing.business_date))
    if left:
        raise Conflict(STILL_DUE.format(count=left))
    return "All forward-dated transactions of the day are executed"
