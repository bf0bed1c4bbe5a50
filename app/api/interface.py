"""The interface itself: its document, its blueprints, how a request is limited and answered."""

import json
from collections.abc import Callable
from typing import Any

from flask import Flask, request
from flask_smorest import Api
from flask_smorest import Blueprint as DocumentedBlueprint
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import HTTPException, UnprocessableEntity

from app.api.fields import Problem
from app.api.problems import KeyMissing, of_bug, of_http, of_refusal
from app.controls.commands import perform
from app.controls.idempotency import LONGEST_KEY
from app.kernel.errors import Refusal
from app.keys.limits import LIMIT, REQUESTS, limiter
from app.web.context import actor, refresh
from app.web.security import csrf

PREFIX = "/api/v1"
VERSION = "1.0"
_IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
    "description": "Names the write: sent again with the same body it has no second effect and "
    "is answered alike; with another body it is refused (409).",
}
_REFUSALS = {
    400: "The request cannot be read, or lacks its Idempotency-Key",
    401: "No valid key",
    403: "The key, its owner or the licence does not allow it",
    404: "Not there, or not there for this key",
    409: "The record's state, or a key used before, stands against it",
    422: "The sentence says what is wrong, and with which field",
    429: "Too many requests: wait as Retry-After says",
}


class _Parser(FlaskParser):
    """Reads bodies that Python's own reader would choke on: endless numbers, endless depth."""

    def load_json(self, req: Any, schema: Any) -> Any:
        """Read the body, or refuse it as what is no JSON."""
        try:
            return super().load_json(req, schema)
        except (ValueError, RecursionError) as error:
            # Its own refusal of what is no JSON comes as an HTTP error, which is no ValueError.
            raise UnprocessableEntity("The body is no JSON that can be read") from error


class Blueprint(DocumentedBlueprint):
    """A part of the interface: documented, limited, and answering errors as problems."""

    ARGUMENTS_PARSER = _Parser()

    def __init__(self, name: str, description: str) -> None:
        """Make the part; no token is asked of its writes, for no cookie opens it."""
        # In capitals as the document heads it, and apart from the pages' blueprint of that word.
        super().__init__(name.title(), __name__, url_prefix=PREFIX, description=description)
        self.register_error_handler(Refusal, of_refusal)
        self.register_error_handler(HTTPException, of_http)
        self.register_error_handler(Exception, of_bug)
        csrf.exempt(self)

    def read(self, rule: str, **options: Any) -> Callable[[Any], Any]:
        """Add an address that is read."""
        return self._documented(rule, "GET", 401, 403, 404, 422, 429, **options)

    def write(self, rule: str, **options: Any) -> Callable[[Any], Any]:
        """Add an address that is written to, under an idempotency key."""
        codes = (400, 401, 403, 404, 409, 422, 429)
        documented = self.doc(parameters=[_IDEMPOTENCY_KEY])
        add = self._documented(rule, "POST", *codes, **options)
        return lambda view: add(documented(view))

    def _documented(self, rule: str, method: str, *codes: int, **options: Any) -> Any:
        def add(view: Any) -> Any:
            told = view
            for code in codes:
                told = self.alt_response(
                    code,
                    schema=Problem,
                    description=_REFUSALS[code],
                    content_type="application/problem+json",
                )(told)
            self.add_url_rule(rule, view.__name__, told, methods=[method], **options)
            return view

        return add


class _Interface(Api):
    """The document of the blueprints; pages and errors of the house stay as they are."""

    def _register_error_handlers(self) -> None:
        """Leave the application's handlers alone: each blueprint has its own."""


def make_interface(app: Flask) -> Api:
    """Return the interface of an application, ready for its blueprints."""
    config = app.config["COUNTINGHOUSE"]
    app.config.update(
        API_TITLE="Countinghouse",
        API_VERSION=VERSION,
        OPENAPI_VERSION="3.0.3",
        RATELIMIT_STORAGE_URI=config.redis_url or "memory://",
    )
    app.config.setdefault(LIMIT, REQUESTS)
    limiter.init_app(app)
    scheme = {"type": "http", "scheme": "bearer", "description": "An API key"}
    spec = {
        "components": {"securitySchemes": {"key": scheme}},
        "security": [{"key": []}],
        "servers": [{"url": "/"}],
    }
    interface = _Interface(app, spec_kwargs=spec)
    app.extensions["interface"] = interface
    return interface


def carry_out(command: Any) -> Any:
    """Perform a command for the key's holder under the request's own key, and read afresh."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key:
        raise KeyMissing
    try:
        return perform(command, actor(), key=key)
    finally:
        refresh()


def document(app: Flask) -> dict[str, Any]:
    """Return the OpenAPI document, its keys as JSON has them."""
    made: dict[str, Any] = json.loads(json.dumps(app.extensions["interface"].spec.to_dict()))
    return made
