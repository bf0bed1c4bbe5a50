"""What forms choose from: coded records in use, and the one a saved record has already."""

from sqlalchemy import ColumnElement, or_, select
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


def coded_choices(
    session: Session,
    actor: Actor,
    model: type[Coded],
    *clauses: ColumnElement[bool],
    kept: str = "",
) -> list[tuple[str, str]]:
    """Return the same by their codes, for what keeps the code and not the record's number."""
    query = select(model.code, model.name).where(
        *visible(actor, model), *clauses, model.retired_at.is_(None)
    )
    found = {row.code: row.name for row in session.execute(query.order_by(model.name, model.id))}
    return list(found.items()) + ([(kept, kept)] if kept and kept not in found else [])
