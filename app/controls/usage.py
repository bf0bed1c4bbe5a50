"""What uses a record: higher floors say it, so that a lower one can refuse to remove the record."""

from collections.abc import Callable
from typing import Any, TypeAlias

from sqlalchemy import Select
from sqlalchemy.orm import Session

Lookup: TypeAlias = Callable[[Any], Select[Any]]

_usages: dict[type[Any], list[tuple[str, Lookup]]] = {}


def used_by(model: type[Any], noun: str) -> Callable[[Lookup], Lookup]:
    """Register a select of the records ("accounts") that refer to a given record of `model`."""

    def register(lookup: Lookup) -> Lookup:
        _usages.setdefault(model, []).append((noun, lookup))
        return lookup

    return register


def user_of(session: Session, record: Any) -> str | None:
    """Return the noun of the first kind of record that uses this one, or None."""
    for noun, lookup in _usages.get(type(record), ()):
        if session.execute(lookup(record).limit(1)).first() is not None:
            return noun
    return None
