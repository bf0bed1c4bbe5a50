"""The ids under which a record is known: "cbas00002d" is asset 85 in base 36."""

from typing import Any
from uuid import uuid4

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_WIDTH = 6


def uid(prefix: str, number: int) -> str:
    """Write a positive number as prefix and six or more base-36 digits (W08.06, W09.07)."""
    digits = ""
    while number:
        number, remainder = divmod(number, 36)
        digits = _DIGITS[remainder] + digits
    return prefix + digits.rjust(_WIDTH, "0")


def new_public_id() -> str:
    """Return a random UUID: the id that outsiders see (W07.03, W09.06)."""
    return str(uuid4())


def identity(prefix: str, number: int) -> dict[str, Any]:
    """Return the columns of the three ids of a new record."""
    return {"id": number, "public_id": new_public_id(), "uid": uid(prefix, number)}
