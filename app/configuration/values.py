"""Values between a file and a column: what fits, how it is written, how it is read."""

from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from app.kernel.errors import Refusal

LONGEST_TEXT = 2_000
MOST_ITEMS = 500
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
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value


def read(model: type[Any], column: str, value: Any) -> Any:
    """Return a value of a file as the column takes it; refuses one of another type or size."""
    return _read(_hint(model, column), value)


def may_be_empty(model: type[Any], column: str) -> bool:
    """Tell whether the column takes no value at all."""
    return NoneType in get_args(_hint(model, column))


def default_of(model: type[Any], column: str) -> tuple[bool, Any]:
    """Return (True, value) for a column that has a value of its own when none is given."""
    found = model.__table__.columns[column]
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
    if get_origin(hint) is list:
        return _read_list(get_args(hint)[0], value)
    if get_origin(hint) is dict:
        return _read_object(value)
    return _read_text_as(hint, value) if hint in {Decimal, date} else _read_plain(hint, value)


def _read_plain(hint: Any, value: Any) -> Any:
    # A truth value is a number to Python, and is none to us.
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise Refusal(f"must be {_WORDS[hint]}")
    if hint is int and abs(value) > _LARGEST:
        raise Refusal("is too large")
    return _checked_text(value) if hint is str else value


def _read_object(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or len(value) > MOST_ITEMS:
        raise Refusal("must be an object of texts")
    return {_read(str, key): _read(str, one) for key, one in value.items()}


def _read_list(hint: Any, value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > MOST_ITEMS:
        raise Refusal(f"must be a list of at most {MOST_ITEMS}")
    return [_read(hint, one) for one in value]


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
    if len(text) > LONGEST_TEXT:
        raise Refusal(f"can have at most {LONGEST_TEXT} characters")
    if "\x00" in text or any("\ud800" <= one <= "\udfff" for one in text):
        raise Refusal("holds a character that cannot be kept")
    return text.strip()
