"""Charges at the close of business."""

from sqlalchemy import select

from app.charges.models import ChargeDue
from app.charges.taking import FindCharges, TakeCharges
from app.controls.closing_steps import Closing, closes
from app.controls.commands import perform
from app.controls.identity import system_actor
from app.db.session import database
from app.kernel.crash import crash_point

CHUNK = 500


@closes("CHARGE_FEES", name="Take fees and charges", order=60)
def charge_fees(closing: Closing) -> str:
    """Take what falls due now, and what could not be paid before."""
    who = system_actor(closing.organisation_id, frozenset(), "Close of business")
    perform(FindCharges(closing.business_date, closing.next_date), who)
    with database.reading() as session:
        waiting = select(ChargeDue.id).where(
            ChargeDue.organisation_id == closing.organisation_id, ChargeDue.state == "due"
        )
        due = list(session.scalars(waiting.order_by(ChargeDue.asset_id, ChargeDue.id)))
    taken = 0
    for start in range(0, len(due), CHUNK):
        ids = tuple(due[start : start + CHUNK])
        taken += perform(TakeCharges(closing.business_date, closing.next_date, ids), who)
        crash_point("charges taken")
        closing.report((start + CHUNK) * 99 // (len(due) + CHUNK))
    return f"{taken:,} charges taken, {len(due) - taken:,} wait for money"
