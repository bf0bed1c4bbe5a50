"""An authorized charge is ended: what was approved stays, and after a day it falls due no more."""

from dataclasses import dataclass
from datetime import date, timedelta

from app.charges.models import Charge
from app.controls.commands import handles
from app.controls.retiring import live
from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal

NOT_AUTHORISED = "Only an authorized charge is ended: a draft is changed or deleted"
BEGUN = "This charge has begun: choose the last day on which it falls due"


@dataclass(frozen=True, slots=True)
class EndCharge:
    """Let a charge fall due up to a day only; None where it ends before it begins."""

    charge_id: int
    version: int
    last_day: date | None


@handles(EndCharge, permission="charges.edit")
def end_charge(work: Work, command: EndCharge) -> None:
    """End it by writing its last day. What fell due by then and waits is still taken.

    Refused: what cannot be ended (409); a day that is closed or no earlier than its end (422).
    """
    charge: Charge = live(work, Charge, command.charge_id, command.version)
    obstacle = obstacle_to_end(charge, work.business_date)
    if obstacle:
        raise Conflict(obstacle)
    charge.ended_after = _last_day(charge, command.last_day, work.business_date)


def obstacle_to_end(charge: Charge, business_date: date) -> str | None:
    """Say why a charge cannot be ended any more, or not yet."""
    if not charge.is_authorised:
        return NOT_AUTHORISED
    if charge.last_day is not None and charge.last_day < business_date:
        return f"This charge ended on {charge.last_day.isoformat()} already"
    if charge.kind == "ONE_OFF" and charge.effective_from < business_date:
        return f"This one-off charge fell due on {charge.effective_from.isoformat()} already"
    return None


def _last_day(charge: Charge, chosen: date | None, business_date: date) -> date:
    if chosen is None:
        if charge.effective_from < business_date:
            raise Refusal(BEGUN, field="last_day")
        return charge.effective_from - timedelta(days=1)
    if chosen < business_date:
        day = business_date.isoformat()
        raise Refusal(f"Last day cannot be before the business date, {day}", field="last_day")
    if charge.last_day is not None and chosen >= charge.last_day:
        day = charge.last_day.isoformat()
        raise Refusal(f"This charge ends on {day}: choose an earlier day", field="last_day")
    return chosen
