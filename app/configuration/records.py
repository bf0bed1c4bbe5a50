"""The records of an organisation as a file names them: by identity, without ids."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.configuration.values import written
from app.controls.portable import Portable

Identity = tuple[Any, ...]


def records_of(session: Session, organisation_id: int, table: Portable) -> list[Any]:
    """Return every record of a table, retired ones too, in the order they were made."""
    model = table.model
    query = select(model).where(model.organisation_id == organisation_id).order_by(model.id)
    return list(session.scalars(query))


def is_retired(record: Any) -> bool:
    """Tell whether the record is out of use."""
    return getattr(record, "retired_at", None) is not None


def name_of(table: Portable, record: Any) -> str:
    """Return what other records call this one by: the one field of its identity."""
    (field,) = table.identity
    return str(getattr(record, field))


def values_of(
    table: Portable, record: Any, names: Mapping[str, Mapping[int, str]]
) -> dict[str, Any]:
    """Return a record's fields as a file holds them; `names` are those of other tables, by id."""
    values = {}
    for field in table.all_fields:
        value = getattr(record, table.column(field))
        if field in table.references and value is not None:
            value = names[table.references[field]][value]
        values[field] = written(value)
    return values


def references_of(table: Portable, record: Any) -> list[tuple[str, int]]:
    """Return what a record refers to: (table's key, id)."""
    found = [(key, getattr(record, table.column(field))) for field, key in table.references.items()]
    return [(key, id_) for key, id_ in found if id_ is not None]


def identity_of(table: Portable, values: Mapping[str, Any]) -> Identity:
    """Return what names a row, whatever its case: no two rows differ by case alone."""
    return tuple(folded(values[field]) for field in table.identity)


def folded(value: Any) -> Any:
    """Return a text as it is compared, trimmed and whatever its case; other values as they are."""
    return value.strip().casefold() if isinstance(value, str) else value


def marked_group(table: Portable, values: Mapping[str, Any]) -> Identity:
    """Return the group within which one row has the table's mark."""
    _flag, group = table.marks or ("", ())
    return tuple(folded(values.get(field)) for field in group)
