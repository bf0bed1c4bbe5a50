"""Which record a command is about, for the log of what was refused and changed nothing."""

from dataclasses import fields, is_dataclass
from functools import cache
from inspect import isfunction
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from app.controls.identity import Actor
from app.controls.permissions import find
from app.controls.review import review_kinds
from app.db.base import Base
from app.kernel.errors import Refusal

_LARGEST = 2**63 - 1
_KEY = "_id"


class Subject(NamedTuple):
    """A record by its table and id, and the name that it has in the log."""

    entity: str = ""
    entity_id: int | None = None
    label: str = ""


def subject_of(session: Session, actor: Actor, command: Any) -> Subject:
    """Return what a command is about: what it says itself, else the record its first field names.

    A command that carries another out is about what that one is about, a step of a review about the
    record reviewed. A record that this person does not see is not named, nor one that is not there.
    """
    if hasattr(command, "about"):
        return Subject(*command.about)
    first = next(iter(fields(command)), None) if is_dataclass(command) else None
    if first is None:
        return Subject()
    value = getattr(command, first.name)
    if is_dataclass(value):
        return subject_of(session, actor, value)
    name = first.name.removesuffix(_KEY) if first.name.endswith(_KEY) else ""
    model = _models().get(name)
    if isinstance(value, str) and value in review_kinds and hasattr(command, "record_id"):
        model, value = review_kinds[value].model, command.record_id
    if model is None or not isinstance(value, int) or not 0 < value <= _LARGEST:
        return Subject()
    try:
        record = find(session, actor, model, value)
    except Refusal:
        return Subject()
    return Subject(model.__tablename__, value, str(record.title()))


@cache
def _models() -> dict[str, Any]:
    """Return the models whose records have a name, by table."""
    return {
        str(mapper.local_table): mapper.class_
        for mapper in Base.registry.mappers
        if isfunction(getattr(mapper.class_, "title", None))
    }
