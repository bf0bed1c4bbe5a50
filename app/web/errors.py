"""Errors as pages for people, with the request id; as toasts where htmx asked."""

from flask import Flask, Response, current_app, g, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from app.controls.commands import commit_begun
from app.kernel.errors import NOT_KNOWN, Missing, Refusal
from app.web.guard import sent_from
from app.web.respond import error_toast, is_htmx

LARGEST_BODY_BYTES = 12 * 1024 * 1024
_TOLD = {
    400: ("That request could not be read", "Load the page again and repeat the step."),
    404: (Missing.title, Missing().sentence),
    405: ("That is not possible here", "Go back and choose another way."),
    413: ("That is too large", f"At most {LARGEST_BODY_BYTES >> 20} MiB can be sent at once."),
    415: (
        "That request could not be read",
        "Pages take what a form sends. Programs use the interface under /api.",
    ),
    429: ("Too many requests", "Please wait a moment and try again."),
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
    came = sent_from()
    return None if is_read and came and came.partition("?")[0] == request.path else came


def show_refusal(error: Refusal) -> Response:
    """Render a refusal with its sentence."""
    return show_error(error.status, error.title, error.sentence)


def show_http_error(error: HTTPException) -> Response:
    """Render what the framework refuses: an address that is not there, a body too large."""
    code = error.code or 500
    return show_error(code, *_TOLD.get(code, (error.name, error.description or error.name)))


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
        is_in_doubt = request.method != "GET" and commit_begun.get()
        known = NOT_KNOWN if is_in_doubt else "Nothing was changed by this page."
        told = f"{known} If it happens again, tell us of {named}."
        return show_error(500, "Something went wrong", told)
