"""Charges at the close of business."""

from sqlalchemy import func, select

from app.charges.models import ChargeDue
from app.charges.queries import why_waiting
from app.charges.taking import FindCharges, TakeCharges
from app.controls.closing_steps import Closing, closes
from app.controls.commands import perform
from app.controls.identity import system_actor
from app.db.session import database
from app.kernel.counts import counted
from app.kernel.crash import crash_point
from app.kernel.portions import portions

CHUNK = 500


@closes("CHARGE_FEES", name="Take fees and charges", order=60)
def charge_fees(closing: Closing) -> str:
    """Take what falls due now, and what could not be paid before."""
    who = system_actor(closing.organisation_id, frozenset(), "Close of business")
    perform(FindCharges(closing.since, closing.next_date), who)
    with database.reading() as session:
        waiting = select(ChargeDue.id).where(
            ChargeDue.organisation_id == closing.organisation_id, ChargeDue.state == "due"
        )
        due = list(session.scalars(waiting.order_by(ChargeDue.asset_id, ChargeDue.id)))
    taken = 0
    for number, ids in enumerate(portions(due, CHUNK), start=1):
        taken += perform(TakeCharges(closing.business_date, closing.next_date, tuple(ids)), who)
        crash_point("charges taken")
        closing.report(number * CHUNK * 99 // (len(due) + CHUNK))
    waiting = [f"{count:,} {why}" for why, count in _waiting(closing.organisation_id)]
    return ", ".join((f"{counted(taken, 'charge')} taken", *waiting))


def _waiting(organisation_id: int) -> list[tuple[str, int]]:
    """Return why charges still wait, and how many for that."""
    why = why_waiting().label("why")
    query = (
        select(why, func.count())
        .where(ChargeDue.organisation_id == organisation_id, ChargeDue.state == "due")
        .group_by(why)
        .order_by(why.desc())
    )
    with database.reading() as session:
        return [(row[0], row[1]) for row in session.execute(query)]
