"""The cursor of a keyset page: the value and the key of the row where a page begins, as a word."""

import base64
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger

from app.kernel.errors import Refusal

_LONGEST_CURSOR = 1_000
_MOST_DIGITS = 40


def encode(row: Any) -> str:
    """Write a row's `sorted_by` and `key`."""
    text = json.dumps([_plain(row.sorted_by), row.key])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def decode(cursor: str, expression: Any) -> tuple[Any, Any]:
    """Read the value, as the expression's type has it, and the key; refuses what is no cursor."""
    try:
        padded = cursor[:_LONGEST_CURSOR] + "=" * (-len(cursor) % 4)
        value, key = json.loads(base64.urlsafe_b64decode(padded))
        return _typed(value, expression.type), _whole(key, BigInteger())
    except (ValueError, TypeError, ArithmeticError, RecursionError):
        raise Refusal("This page's address is not complete. Start from the first page.") from None


def _typed(value: Any, column: Any) -> Any:
    """Read a value as its column holds it; raises ValueError for what no row can hold."""
    kind = column.python_type
    if kind is datetime:
        return datetime.fromisoformat(value).astimezone(UTC)
    if kind is date:
        return date.fromisoformat(value)
    if kind is int:
        return _whole(value, column)
    if kind is Decimal:
        number = Decimal(value)
        if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
            raise ValueError(value)
        return number
    return _written(value) if kind is str else kind(value)


def _whole(value: Any, column: Any) -> int:
    number = int(value)
    bits = 63 if isinstance(column, BigInteger) else 31
    if abs(number) >= 1 << bits:
        raise ValueError(value)
    return number


def _written(value: Any) -> str:
    text = str(value)
    text.encode()  # half of a pair of surrogates is refused here
    if "\x00" in text:
        raise ValueError(value)
    return text
