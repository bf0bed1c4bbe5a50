"""Values between a file and a column: what fits, how it is written, how it is read."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from app.controls.portable import Portable
from app.kernel.errors import Refusal
from app.kernel.texts import UNKEPT, can_be_kept, meant, meant_line

_LARGEST = 2**63 - 1
_LONGEST_DECIMAL = 40
_WORDS = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    Decimal: "a decimal number as a text",
    date: "a date such as 2026-11-20",
}


def written(value: Any) -> Any:
    """Return a column's value as JSON holds it: decimals and dates as texts."""
    if isinstance(value, Mapping):
        return {key: written(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [written(one) for one in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value


def read(table: Portable, name: str, value: Any) -> Any:
    """Return a value of a file as its field takes it; refuses one of another type or size."""
    hint = table.types.get(name) or _hint(table.model, table.column(name))
    found = _read(hint, value)
    # What names a record stands on one line; a file does not tell of the other texts.
    return meant_line(found) if isinstance(found, str) and name in table.identity else found


def may_be_empty(table: Portable, name: str) -> bool:
    """Tell whether the column of a field takes no value at all."""
    return NoneType in get_args(_hint(table.model, table.column(name)))


def default_of(table: Portable, name: str) -> tuple[bool, Any]:
    """Return (True, value) for a field that has a value of its own when none is given."""
    found = table.model.__table__.columns.get(table.column(name))
    if found is None:
        return False, None
    if found.default is not None:
        made = found.default.arg
        return True, made(None) if callable(made) else made
    return bool(found.nullable), None


@cache
def _hint(model: type[Any], column: str) -> Any:
    """Return the type that the model declares for a column: Mapped[int | None] → int | None."""
    return get_args(get_type_hints(model)[column])[0]


def _read(hint: Any, value: Any) -> Any:
    if get_origin(hint) in {Union, UnionType}:
        if value is None:
            return None
        (hint,) = (one for one in get_args(hint) if one is not NoneType)
    if hint is Any:
        return _read_anything(value)
    if get_origin(hint) is list:
        return _read_list(get_args(hint)[0], value)
    if get_origin(hint) is dict:
        return _read_object(get_args(hint)[1], value)
    if is_dataclass(hint):
        return _read_parts(hint, value)
    return _read_text_as(hint, value) if hint in {Decimal, date} else _read_plain(hint, value)


def _read_plain(hint: Any, value: Any) -> Any:
    # A truth value is a number to Python, and is none to us.
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise Refusal(f"must be {_WORDS[hint]}")
    if hint is int and abs(value) > _LARGEST:
        raise Refusal("is too large")
    return _checked_text(value) if hint is str else value


def _read_object(hint: Any, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refusal("must be an object of texts" if hint is str else "must be an object")
    return {_read(str, key): _read(hint, one) for key, one in value.items()}


def _read_parts(shape: Any, value: Any) -> dict[str, Any]:
    """Read an object that has the parts of a dataclass, and no others."""
    parts, hints = {one.name: one for one in fields(shape)}, get_type_hints(shape)
    if not isinstance(value, dict):
        raise Refusal("must be an object")
    if unknown := sorted(value.keys() - parts.keys()):
        raise Refusal(f"has no part {unknown[0][:_LONGEST_DECIMAL]}")
    made = {}
    for name, part in parts.items():
        if name not in value and part.default is MISSING:
            raise Refusal(f"lacks the part {name}")
        try:
            made[name] = _read(hints[name], value.get(name, part.default))
        except Refusal as refusal:
            raise Refusal(f"has a part {name} that {refusal.sentence}") from refusal
    return made


def _read_anything(value: Any) -> Any:
    """Read what a free object holds: texts, numbers, truth values, nothing, and more of them."""
    if isinstance(value, str):
        return _checked_text(value)
    if isinstance(value, list):
        return _read_list(Any, value)
    return _read_object(Any, value) if isinstance(value, dict) else value


def _read_list(hint: Any, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Refusal("must be a list")
    return [_read_item(hint, number, one) for number, one in enumerate(value)]


def _read_item(hint: Any, number: int, value: Any) -> Any:
    try:
        return _read(hint, value)
    except Refusal as refusal:
        if not is_dataclass(hint):
            raise
        raise Refusal(f"has a row {number + 1} that {refusal.sentence}") from refusal


def _read_text_as(hint: type, value: Any) -> Any:
    refusal = Refusal(f"must be {_WORDS[hint]}")
    if not isinstance(value, str) or len(value) > _LONGEST_DECIMAL or not value.isascii():
        raise refusal
    try:
        made = date.fromisoformat(value) if hint is date else Decimal(value)
    except (ValueError, InvalidOperation) as error:
        raise refusal from error
    if isinstance(made, Decimal) and ("e" in value.lower() or not made.is_finite()):
        raise refusal
    return made


def _checked_text(text: str) -> str:
    if not can_be_kept(text):
        raise Refusal(UNKEPT)
    return meant(text).strip()
