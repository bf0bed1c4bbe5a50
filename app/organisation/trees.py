"""Records that stand under others of their kind, and never under themselves."""

from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.controls.retiring import referred
from app.controls.work import Work
from app.kernel.errors import Refusal


def placed(work: Work, record: Any, parent_id: int | None) -> int | None:
    """Return the id of the parent that a saved record is moved under; a circle is refused.

    One move at a time: two at once could each be right and close a circle together.
    """
    model = type(record)
    if parent_id is None or parent_id == record.parent_id:
        return parent_id
    referred(work, model, parent_id, field="parent_id")
    tree = select(model.id, model.parent_id).where(model.organisation_id == record.organisation_id)
    found = work.session.execute(tree.with_for_update(key_share=True))
    parents: dict[int, int | None] = {row.id: row.parent_id for row in found}
    above: int | None = parent_id
    while above is not None:
        if above == record.id:
            raise Refusal(f"{record.title()} cannot stand under itself", field="parent_id")
        above = parents[above]
    return parent_id


def children_of(session: Session, record: Any) -> bool:
    """Tell whether records in use stand under this one."""
    model = type(record)
    child = exists().where(
        model.organisation_id == record.organisation_id,
        model.parent_id == record.id,
        model.retired_at.is_(None),
    )
    return bool(session.scalar(select(child)))
