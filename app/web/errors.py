"""Errors as pages for people, with the request id; as toasts where htmx asked."""

from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from app.kernel.errors import Missing, Refusal
from app.web.respond import error_toast, is_htmx

LARGEST_BODY_BYTES = 12 * 1024 * 1024
_TITLES = {
    400: "That request could not be read",
    404: "Not found",
    405: "That is not possible here",
    413: "That is too large",
    415: "That request could not be read",
    429: "Too many requests",
}
_TEXTS = {
    400: "Load the page again and repeat the step.",
    404: Missing().sentence,
    405: "Go back and choose another way.",
    413: f"At most {LARGEST_BODY_BYTES >> 20} MiB can be sent at once.",
    415: "Pages take what a form sends. Programs use the interface under /api.",
    429: "Please wait a moment and try again.",
}


def show_error(code: int, title: str, sentence: str) -> Response:
    """Render the error as a page, or as a toast beside the page that asked."""
    if is_htmx():
        return error_toast(code, title, sentence)
    error = {"code": code, "title": title, "text": sentence, "request_id": g.get("request_id", "")}
    if code == Refusal.status:
        error["back_href"] = _back_href()
    return make_response(render_template("error.html", error=error), code)


def _back_href() -> str | None:
    """Return the page as it is before anything was asked of it, else the one that led here."""
    is_read = request.method == "GET"
    if is_read and request.query_string:
        return request.path
    came = urlsplit(request.referrer or "")
    if came.netloc != request.host or (is_read and came.path == request.path):
        return None
    return f"/{came.path.lstrip('/')}" + (f"?{came.query}" if came.query else "")


def show_refusal(error: Refusal) -> Response:
    """Render a refusal with its sentence."""
    return show_error(error.status, error.title, error.sentence)


def show_http_error(error: HTTPException) -> Response:
    """Render what the framework refuses: an address that is not there, a body too large."""
    code = error.code or 500
    title = _TITLES.get(code, error.name)
    return show_error(code, title, _TEXTS.get(code, error.description or error.name))


def install_errors(app: Flask) -> None:
    """Attach the handlers."""
    app.register_error_handler(Refusal, show_refusal)
    app.register_error_handler(HTTPException, show_http_error)

    @app.errorhandler(Exception)
    def bug(error: Exception) -> Response:
        named = g.get("request_id", "")
        current_app.logger.error("request %s failed", named, exc_info=error)
        if app.config["TESTING"]:
            raise error
        sentence = f"Nothing was changed by this page. If it happens again, tell us of {named}."
        return show_error(500, "Something went wrong", sentence)
