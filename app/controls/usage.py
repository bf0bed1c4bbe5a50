"""What uses a record: higher floors say it, so that a lower one can show or refuse its removal."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

Lookup: TypeAlias = Callable[[Any], Select[Any]]
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Usage:
    """A kind of record that refers to others: its noun, its rows, and the list that shows them.

    `list_at` is an address with "{record.id}" in it, for those who hold `permission`.
    """

    noun: str
    lookup: Lookup
    list_at: str
    permission: str


_usages: dict[type[Any], list[Usage]] = {}


def used_by(
    model: type[Any], noun: str, *, list_at: str = "", permission: str = ""
) -> Callable[[Lookup], Lookup]:
    """Register a select of the records ("accounts") that refer to a given record of `model`."""

    def register(lookup: Lookup) -> Lookup:
        _usages.setdefault(model, []).append(Usage(noun, lookup, list_at, permission))
        return lookup

    return register


def user_of(session: Session, record: Any) -> str | None:
    """Return the noun of the first kind of record that uses this one, or None."""
    for usage in _usages.get(type(record), ()):
        if session.execute(usage.lookup(record).limit(1)).first() is not None:
            return usage.noun
    return None


def usages_of(session: Session, record: Any) -> list[tuple[Usage, int]]:
    """Return who uses the record and how often; counting stops one above `MOST_COUNTED`."""
    counted = []
    for usage in _usages.get(type(record), ()):
        rows = usage.lookup(record).limit(MOST_COUNTED + 1).subquery()
        number = session.scalar(select(func.count()).select_from(rows)) or 0
        if number:
            counted.append((usage, number))
    return counted
