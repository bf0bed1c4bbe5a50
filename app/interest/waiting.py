"""Why interest of periods that have ended is not posted yet, judged as the next close will."""

from datetime import date

from sqlalchemy.orm import Session

from app.controls.commands import door
from app.controls.identity import Actor
from app.controls.work import Work
from app.db.channel import Channel
from app.interest.booking import all_conditions
from app.interest.due import read_due
from app.interest.posting import Left, PostInterest, judged
from app.ledger.locking import read_lines

NEXT_CLOSE = "for the close of business"


def waiting_of(session: Session, who: Actor, today: date, asset_ids: tuple[int, ...]) -> list[Left]:
    """Return what the assets accrued in periods that ended before today, each with its reason.

    What would be posted now waits for the next close.
    """
    work = Work(Channel.of(session), who, door.clock(), "Show interest")
    conditions = all_conditions(session, who.tenant_id)
    due = read_due(work, conditions, asset_ids, before=today, is_final=False)
    assets = read_lines(work, asset_ids) if due else {}
    settled, left = judged(PostInterest(today, today, asset_ids), due, assets)
    ready = [Left(one, assets[one.asset_id].account_id, NEXT_CLOSE) for one in settled]
    return sorted(ready + left, key=lambda one: (one.due.from_day, one.due.asset_id))
