"""Errors as RFC 9457 problem details: the refusal's sentence, its field, the request's id."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, current_app, g, json, request
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Response as BaseResponse

from app.controls.idempotency import LONGEST_KEY
from app.controls.licensing import NotLicensed
from app.kernel.errors import Missing, Refusal
from app.keys.holder import INTERFACE, Unauthenticated
from app.licences.gate import lead_to_sentence
from app.web.errors import show_http_error, show_refusal

MEDIA_TYPE = "application/problem+json"
NOT_READ = "The request does not have the form that is asked for"


class KeyMissing(Refusal):
    """A write without an idempotency key that can be kept (400)."""

    status = 400
    title = "A key is needed"

    def __init__(self) -> None:
        """Name the header and what it may hold: a server drops what is not ASCII on its way."""
        super().__init__(
            "Send an Idempotency-Key header with each write, the same for a repeat: "
            f"1 to {LONGEST_KEY} characters, all of them ASCII"
        )


def problem(
    status: int, title: str, detail: str, *, errors: list[dict[str, str]] | None = None
) -> Response:
    """Return a problem; `errors` names the fields that are at fault, each with its sentence."""
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": g.get("request_id", ""),
    }
    if errors:
        content["errors"] = errors
    return Response(json.dumps(content), status, mimetype=MEDIA_TYPE)


def of_refusal(refusal: Refusal) -> Response:
    """Tell a refusal, with the field it names."""
    errors = [{"field": refusal.field, "detail": refusal.sentence}] if refusal.field else None
    response = problem(refusal.status, refusal.title, refusal.sentence, errors=errors)
    if isinstance(refusal, Unauthenticated):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def of_http(error: HTTPException) -> Response:
    """Tell what the framework refuses; of a body that does not fit, field by field why."""
    messages = getattr(error, "data", {}).get("messages")
    if messages:
        errors = list(_flat(messages, ""))
        return problem(error.code or 422, NOT_READ, errors[0]["detail"], errors=errors)
    if isinstance(error, NotFound):
        return of_refusal(Missing())
    response = problem(error.code or 500, error.name, error.description or error.name)
    for name, value in error.get_headers(None):
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def of_bug(error: Exception) -> Response:
    """Tell that it is not the sender's fault, and log what it was."""
    current_app.logger.error("request %s failed", g.get("request_id", ""), exc_info=error)
    if current_app.config["TESTING"]:
        raise error
    return problem(500, "Something went wrong", "Try again later; tell us the request id.")


def install_problems(app: Flask) -> None:
    """Speak so below the interface where no endpoint was found as well."""
    for kind, told, shown in (
        (Refusal, of_refusal, show_refusal),
        (NotLicensed, of_refusal, lead_to_sentence),
        (HTTPException, of_http, show_http_error),
    ):
        app.register_error_handler(kind, _by_address(told, shown))


def _by_address(
    told: Callable[[Any], BaseResponse], shown: Callable[[Any], BaseResponse]
) -> Callable[[Any], BaseResponse]:
    """Return a handler that tells an error to programs and shows it to people."""

    def handler(error: Any) -> BaseResponse:
        return told(error) if request.path.startswith(INTERFACE) else shown(error)

    return handler


def _flat(messages: Any, path: str) -> Any:
    """Write nested messages as one line a field: {"documents": {0: …}} → "documents.0"."""
    if isinstance(messages, dict):
        for name, inner in messages.items():
            # The outermost name is where the values came from: json, query, headers.
            inside = f"{path}.{name}" if path else (str(name) if path == "" else "")
            yield from _flat(inner, inside)
    else:
        texts = messages if isinstance(messages, list) else [messages]
        field = path.partition(".")[2] or path
        yield {"field": field, "detail": " ".join(str(text) for text in texts)}
