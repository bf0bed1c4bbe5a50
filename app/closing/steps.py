"""The close's own steps: the checks, the cut-off, and the opening of the next day."""

from sqlalchemy.orm import Session

from app.closing.queries import found_against, in_force
from app.closing.running import CutOff, SealDay
from app.controls.closing_steps import CUT_OFF, LAST, Closing, closes
from app.controls.commands import perform
from app.controls.identity import Actor, system_actor
from app.db.session import database
from app.kernel.crash import crash_point
from app.kernel.errors import Refusal

OPEN_NEXT_DAY = "OPEN_NEXT_DAY"


@closes("CHECK", name="Check what stands against it", order=0, is_essential=True)
def check(closing: Closing) -> str:
    """Refuse to go on where a check blocks."""
    with database.reading() as session:
        warnings = _demand_nothing(session, closing)
    return f"{warnings} warned" if warnings else "Nothing stands against it"


@closes("CUT_OFF", name="Cut off the day", order=CUT_OFF, is_essential=True)
def cut_off(closing: Closing) -> str:
    """Check once more, now that what was due has been tried, and move the business date."""
    with database.reading() as session:
        _demand_nothing(session, closing)
    opened = perform(CutOff(closing.run_id), closer(closing.organisation_id))
    crash_point("day cut off")
    return f"What is posted now is booked on {opened.isoformat()}"


@closes(OPEN_NEXT_DAY, name="Open the next day", order=LAST, is_essential=True)
def open_next_day(closing: Closing) -> str:
    """Seal the date: nothing is posted into it any more."""
    sentence: str = perform(SealDay(closing.run_id, OPEN_NEXT_DAY), closer(closing.organisation_id))
    crash_point("day sealed")
    return sentence


def closer(organisation_id: int) -> Actor:
    """Return the house itself, as it closes a day."""
    return system_actor(organisation_id, frozenset({"closing.run"}), "Close of business")


def _demand_nothing(session: Session, closing: Closing) -> int:
    """Refuse where a check blocks; returns how many warn."""
    rules = in_force(session, closing.organisation_id)
    found = found_against(session, closing.organisation_id, closing.business_date, rules)
    for one in found:
        if one.is_blocking:
            raise Refusal(f"{one.check.name}: {one.finding.sentence}")
    return sum(one.finding.count > 0 for one in found)
