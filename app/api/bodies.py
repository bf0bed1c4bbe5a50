"""Reads the body of a request as JSON, strictly: what cannot be read is refused with the reason."""

import json
from codecs import BOM_UTF8
from typing import Any

from webargs.flaskparser import FlaskParser, is_json_request

from app.kernel.errors import Refusal


class Unreadable(Refusal):
    """A body that is no JSON object (400)."""

    status = 400
    title = "The body cannot be read"


class OtherMediaType(Refusal):
    """A body that is not said to be JSON (415)."""

    status = 415
    title = "The body is of another kind"

    def __init__(self) -> None:
        """Say what is taken."""
        super().__init__("Send the body as JSON, with the header Content-Type: application/json")


class Parser(FlaskParser):
    """Takes arguments from addresses and, as JSON alone, from bodies."""

    def load_json(self, req: Any, schema: Any) -> Any:
        """Read the body, or refuse it (400, 415)."""
        del schema
        if not is_json_request(req):
            raise OtherMediaType
        return read_object(req.get_data())


def read_object(content: bytes) -> dict[str, Any]:
    """Return the object that a body holds.

    Refused (400): what is no JSON in UTF-8, a member that is given twice, endless depth, numbers
    without end or none, and anything but an object.
    """
    if content.startswith(BOM_UTF8):
        raise Unreadable("The body begins with a byte order mark: send it without one")
    try:
        found = json.loads(
            content.decode(), object_pairs_hook=_members, parse_constant=_no_constant
        )
    except UnicodeDecodeError as error:
        raise Unreadable("The body is not in UTF-8") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Unreadable(f"The body is no JSON: it cannot be read from {place}") from error
    except RecursionError as error:
        raise Unreadable("The body is nested too deeply") from error
    except ValueError as error:
        raise Unreadable("The body holds a number with too many digits") from error
    if not isinstance(found, dict):
        raise Unreadable("The body is JSON, but not an object")
    return found


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise Unreadable("The body gives this member twice", field=name)
        members[name] = value
    return members


def _no_constant(name: str) -> Any:
    raise Unreadable(f"The body holds {name}, which is no JSON")
