"""What the log says of one record, told apart by who did it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.audit import Activity
from app.controls.identity import Actor

_NEWEST = 200


def changes_of(session: Session, actor: Actor, record: Any, kind: str) -> Sequence[Activity]:
    """Return the newest log rows of a record by a "Human" or by the "System", newest first.

    The record is one that the actor was let see.
    """
    query = (
        select(Activity)
        .where(
            Activity.organisation_id == actor.tenant_id,
            Activity.entity == record.__tablename__,
            Activity.entity_id == record.id,
            Activity.actor_kind == kind,
        )
        .order_by(Activity.id.desc())
        .limit(_NEWEST)
    )
    return session.scalars(query).all()
