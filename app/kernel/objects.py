"""JSON objects that administrators type: rules, credentials and what else outside services want."""

import json
from typing import Any

from app.kernel.errors import Refusal

LONGEST_OBJECT = 20_000


def parse_object(typed: str, *, name: str, field: str) -> dict[str, Any]:
    """Return a typed JSON object; nothing typed is an empty one.

    Refused (422) beside its field: what is no JSON, an array or a bare value, a text that is too
    long or nested too deeply, and numbers that JSON does not know or nothing here can hold.
    """
    text = typed.strip()
    if not text:
        return {}
    if len(text) > LONGEST_OBJECT:
        raise Refusal(f"{name} can have at most {LONGEST_OBJECT:,} characters", field=field)
    try:
        found = json.loads(text, parse_constant=_no_number)
        _demand_finite(found)
    except (ValueError, RecursionError) as error:
        raise Refusal(f"{name} must be valid JSON: {_where(error)}", field=field) from None
    if not isinstance(found, dict):
        raise Refusal(f"{name} must be a JSON object in braces", field=field)
    return found


def written_object(value: dict[str, Any] | None) -> str:
    """Return an object as a person edits it; an empty one is nothing."""
    return json.dumps(value, indent=2, ensure_ascii=False) if value else ""


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")


def _demand_finite(found: Any) -> None:
    """Raise ValueError where a number was read as infinity, which no database keeps."""
    try:
        json.dumps(found, allow_nan=False)
    except ValueError:
        raise ValueError("it holds a number that is too large") from None


def _where(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"look at line {error.lineno}, column {error.colno}"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
