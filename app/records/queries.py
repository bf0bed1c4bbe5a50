"""What forms choose from: coded records in use, and the one a saved record has already."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.permissions import visible
from app.records.models import Coded


def code_choices(
    session: Session, actor: Actor, model: type[Coded], *, kept: int | None = None
) -> list[tuple[int, str]]:
    """Return the records in use by name; `kept` stays among them though it may be retired."""
    query = select(model.id, model.name).where(
        *visible(actor, model), or_(model.retired_at.is_(None), model.id == kept)
    )
    return [(row.id, row.name) for row in session.execute(query.order_by(model.name, model.id))]
