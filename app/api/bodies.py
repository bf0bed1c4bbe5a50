"""Reads the body of a request as JSON, strictly: what cannot be read is refused with the reason."""

from typing import Any

from webargs.flaskparser import FlaskParser, is_json_request

from app.kernel.bodies import read_object
from app.kernel.errors import Refusal


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
