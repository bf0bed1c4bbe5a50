"""The records of an organisation as a file names them: by identity, without ids."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.configuration.values import written
from app.controls.portable import Portable

Identity = tuple[Any, ...]
SEPARATOR = " / "
# A stroke that stands alone within a part is doubled, so that no name can be read in two ways.
_STROKES = re.compile(r"(?<![^ ])/+(?![^ ])")


class Names:
    """What records are called by those that refer to them, and which of them are in use."""

    def __init__(self) -> None:
        self._names: dict[str, dict[int, str]] = {}
        self._in_use: dict[str, set[int]] = {}

    def keep(self, table: Portable, records: Iterable[Any]) -> None:
        """Name a table's records; the tables that its identity refers to are there already."""
        records = list(records)
        self._names[table.key] = {one.id: name_of(table, one, self) for one in records}
        self._in_use[table.key] = {one.id for one in records if not is_retired(one)}

    def name(self, key: str, id_: int) -> str:
        """Return what a record of a table is called."""
        return self._names[key][id_]

    def knows(self, key: str, id_: int) -> bool:
        """Tell whether the record was named; of a table that is not yet, any may be."""
        return key not in self._names or id_ in self._names[key]

    def list_of(self, key: str, ids: Iterable[int]) -> list[str]:
        """Return what those in use are called, in the order of their names."""
        return sorted(self._names[key][id_] for id_ in ids if id_ in self._in_use[key])


def records_of(session: Session, organisation_id: int, table: Portable) -> list[Any]:
    """Return every record of a table, retired ones too, in the order they were made."""
    model = table.model
    query = select(model).where(model.organisation_id == organisation_id).order_by(model.id)
    return list(session.scalars(query))


def is_retired(record: Any) -> bool:
    """Tell whether the record is out of use."""
    return getattr(record, "retired_at", None) is not None


def name_of(table: Portable, record: Any, names: Names) -> str:
    """Return what other records call this one."""
    called_by = table.called_by or table.identity
    return name_in(table, {field: _value(table, record, field, names) for field in called_by})


def name_in(table: Portable, values: Mapping[str, Any]) -> str:
    """Return what other rows call one of these values: "Lead", or "Main / retail"."""
    parts = ["" if (one := values[name]) is None else str(one)
             for name in table.called_by or table.identity]  # fmt: skip
    return parts[0] if len(parts) == 1 else SEPARATOR.join(map(_unmistakable, parts))


def values_of(table: Portable, record: Any, names: Names) -> dict[str, Any]:
    """Return a record's fields as a file holds them; `names` are those of other tables."""
    return {field: _value(table, record, field, names) for field in table.all_fields}


def is_whole(table: Portable, record: Any, names: Names) -> bool:
    """Tell whether all is named that a record refers to, and no list would be empty for it."""
    for field, key in table.references.items():
        id_ = getattr(record, table.column(field))
        if id_ is not None and not names.knows(key, id_):
            return False
    lists = ((key, getattr(record, table.column(field))) for field, key in table.lists.items())
    return all(names.list_of(key, ids) for key, ids in lists if ids)


def identity_of(table: Portable, values: Mapping[str, Any]) -> Identity:
    """Return what names a row, whatever its case: no two rows differ by case alone."""
    if table.is_exact:
        return tuple(values[field] for field in table.identity)
    return tuple(folded(values[field]) for field in table.identity)


def folded(value: Any) -> Any:
    """Return a text as it is compared, trimmed and whatever its case; other values as they are."""
    if isinstance(value, list):
        return [folded(one) for one in value]
    return value.strip().casefold() if isinstance(value, str) else value


def marked_group(table: Portable, values: Mapping[str, Any]) -> Identity:
    """Return the group within which one row has the table's mark."""
    _flag, group = table.marks or ("", ())
    return tuple(folded(values.get(field)) for field in group)


def _value(table: Portable, record: Any, field: str, names: Names) -> Any:
    if field in table.told:
        return written(table.told[field](record))
    value = getattr(record, table.column(field))
    if field in table.lists:
        return names.list_of(table.lists[field], value)
    if field in table.references and value is not None:
        return names.name(table.references[field], value)
    return written(value)


def _unmistakable(part: str) -> str:
    return _STROKES.sub(lambda found: f"{found.group()}/", part)
