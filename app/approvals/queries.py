"""What waits for approval, and for whom."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.permissions import holds, visible
from app.controls.review import PENDING, review_kinds


def waiting_for(session: Session, who: Actor) -> int:
    """Count the records that wait at a level this person may approve and did not make."""
    total = 0
    for kind in review_kinds.values():
        levels = [
            status
            for level, status in PENDING.items()
            if holds(who, f"{kind.module}.approve-l{level}")
        ]
        if levels:
            query = select(func.count()).where(
                *visible(who, kind.model),
                kind.model.record_status.in_(levels),
                kind.model.maker_id.is_distinct_from(who.user_id),
            )
            total += session.scalar(query) or 0
    return total
