"""The interface itself: its document, its blueprints, how a request is limited and answered."""

import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, current_app, request
from flask_smorest import Api
from flask_smorest import Blueprint as DocumentedBlueprint
from marshmallow import Schema
from werkzeug.exceptions import HTTPException

from app.api.bodies import Parser
from app.api.fields import Problem
from app.api.naming import naming_fields
from app.api.problems import KeyMissing, of_bug, of_http, of_refusal
from app.controls.commands import perform
from app.controls.idempotency import KEPT_DAYS, LONGEST_KEY
from app.kernel.errors import Refusal
from app.keys.limits import LIMIT, REQUESTS, limiter
from app.web.context import actor, refresh
from app.web.security import csrf

PREFIX = "/api/v1"
VERSION = "1.0"
# What a header carries unharmed, whatever stands between a program and the house.
_KEY = re.compile(r"[!-~]([ -~]*[!-~])?")
_IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": LONGEST_KEY,
        "pattern": f"^{_KEY.pattern}$",
    },
    "description": "Names the write: sent again with the same body it has no second effect and "
    f"is answered alike, for {KEPT_DAYS} days; with another body it is refused (409).",
}
_LONGEST_NAME = 50
_REFUSALS = {
    400: "The request cannot be read, or lacks its Idempotency-Key",
    401: "No valid key",
    403: "The key, its owner or the licence does not allow it",
    404: "Not there, or not there for this key",
    409: "The record's state, or a key used before, stands against it",
    415: "The body is not sent as application/json",
    422: "The sentence says what is wrong, and with which field",
    429: "Too many requests: wait as Retry-After says",
}


class Blueprint(DocumentedBlueprint):
    """A part of the interface: documented, limited, and answering errors as problems."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, name: str, description: str) -> None:
        """Make the part; no token is asked of its writes, for no cookie opens it."""
        # In capitals as the document heads it, and apart from the pages' blueprint of that word.
        super().__init__(name.title(), __name__, url_prefix=PREFIX, description=description)
        self.register_error_handler(Refusal, of_refusal)
        self.register_error_handler(HTTPException, of_http)
        self.register_error_handler(Exception, of_bug)
        self.before_request(_refuse_unknown_parameters)
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

    def arguments(
        self, schema: type[Schema], *, location: str = "json", **options: Any
    ) -> Callable[[Any], Any]:
        """Give a view what was sent; what it then refuses names the fields as they were sent."""
        taken = super().arguments(schema, location=location, **options)
        is_body = location == "json"

        def add(view: Any) -> Any:
            @wraps(view)
            def told(given: dict[str, Any], **more: Any) -> Any:
                with naming_fields(schema(), given):
                    return view(dict(given), **more)

            if not is_body:
                told.__asked__ = frozenset(schema().fields)  # type: ignore[attr-defined]
            return self._refused(415)(taken(told)) if is_body else taken(told)

        return add

    def _refused(self, code: int) -> Callable[[Any], Any]:
        """Document a refusal."""
        documented: Callable[[Any], Any] = self.alt_response(
            code,
            schema=Problem,
            description=_REFUSALS[code],
            content_type="application/problem+json",
        )
        return documented

    def _documented(self, rule: str, method: str, *codes: int, **options: Any) -> Any:
        def add(view: Any) -> Any:
            told = view
            for code in codes:
                told = self._refused(code)(told)
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
    if len(key) > LONGEST_KEY or not _KEY.fullmatch(key):
        raise KeyMissing
    try:
        return perform(command, actor(), key=key)
    finally:
        refresh()


def _refuse_unknown_parameters() -> None:
    """Refuse (422) a parameter the address does not take: a mistyped filter filters nothing."""
    view = current_app.view_functions[str(request.endpoint)]
    for name in request.args:
        if name not in getattr(view, "__asked__", ()):
            raise Refusal(f"This address takes no parameter “{name[:_LONGEST_NAME]}”", field=name)


def document(app: Flask) -> dict[str, Any]:
    """Return the OpenAPI document, its keys as JSON has them."""
    made: dict[str, Any] = json.loads(json.dumps(app.extensions["interface"].spec.to_dict()))
    return made
