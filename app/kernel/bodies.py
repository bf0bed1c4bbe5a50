"""Bodies of requests as JSON, read strictly: what cannot be read is refused with the reason."""

import json
from codecs import BOM_UTF8
from typing import Any

from app.kernel.errors import Refusal


class Unreadable(Refusal):
    """A body that is no JSON object (400)."""

    status = 400
    title = "The body cannot be read"


def read_object(content: bytes) -> dict[str, Any]:
    """Return the object that a body holds; refused (400) as `read_json`, and anything else."""
    found = read_json(content)
    if not isinstance(found, dict):
        raise Unreadable("The body is JSON, but not an object")
    return found


def read_json(content: bytes) -> Any:
    """Return what a body holds.

    Refused (400): what is no JSON in UTF-8, a member that is given twice, endless depth, numbers
    without end or none.
    """
    if content.startswith(BOM_UTF8):
        raise Unreadable("The body begins with a byte order mark: send it without one")
    try:
        return json.loads(content.decode(), object_pairs_hook=_members, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise Unreadable("The body is not in UTF-8") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Unreadable(f"The body is no JSON: it cannot be read from {place}") from error
    except RecursionError as error:
        raise Unreadable("The body is nested too deeply") from error
    except ValueError as error:
        raise Unreadable("The body holds a number with too many digits") from error


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise Unreadable("The body gives this member twice", field=name)
        members[name] = value
    return members


def _no_constant(name: str) -> Any:
    raise Unreadable(f"The body holds {name}, which is no JSON")
