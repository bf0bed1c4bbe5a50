"""Names of projects, desks and branches: given, not too long, and there once."""

from typing import Any

from sqlalchemy import ColumnElement, func, select

from app.controls.work import Work
from app.kernel.errors import Conflict, Refusal

_LONGEST_NAME = 100


def named(text: str) -> str:
    """Return the trimmed name; refuses none and one that is too long."""
    name = text.strip()
    if not name:
        raise Refusal("Name is required", field="name")
    if len(name) > _LONGEST_NAME:
        raise Refusal(f"Name can have at most {_LONGEST_NAME} characters", field="name")
    return name


def rename(work: Work, record: Any, text: str, *within: ColumnElement[bool]) -> None:
    """Give a record another name, unless one beside it has that name (409)."""
    name = named(text)
    if name != record.name:
        demand_free(work, type(record), name, type(record).id != record.id, *within)
        record.name = name


def demand_free(work: Work, model: type[Any], name: str, *within: ColumnElement[bool]) -> None:
    """Refuse (409) a name that is taken, whatever its case."""
    taken = select(func.count()).where(
        model.organisation_id == work.actor.tenant_id,
        func.lower(model.name) == name.lower(),
        *within,
    )
    if work.session.scalar(taken):
        raise Conflict("This name is in use already", field="name")
