"""Headers, sessions and tokens: what a browser is told on every answer."""

from collections.abc import Iterable
from itertools import chain
from typing import Any

from flask import Flask, Request, Response, g, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.wrappers import Response as BaseResponse

from app.kernel.errors import Refusal
from app.kernel.texts import meant
from app.web.errors import show_error
from app.web.guard import is_public, to_sign_in

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
_ASSETS = "/static/"
csrf = CSRFProtect()


class _Typed(ImmutableMultiDict[str, Any]):
    def __init__(self, given: Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__((name, meant(one) if type(one) is str else one) for name, one in given)


class _Sent(Request):
    """A request whose texts are read as they are meant, whichever form they come by."""

    parameter_storage_class = _Typed


def install_security(app: Flask) -> None:
    """Ask for the token on every write and set the headers of every answer."""
    app.request_class = _Sent
    csrf.init_app(app)

    @app.errorhandler(CSRFError)
    def expired(_error: CSRFError) -> BaseResponse:
        if not current_user.is_authenticated and not is_public(app):
            return to_sign_in()
        return show_error(400, "This page is too old", "Load the page again and repeat the step.")

    app.before_request(_refuse_what_no_page_sends)

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        place = "(self)" if g.get("locates") else "()"
        response.headers["Permissions-Policy"] = f"camera=(), microphone=(), geolocation={place}"
        if app.config["SESSION_COOKIE_SECURE"]:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        if not request.path.startswith(_ASSETS):
            response.headers["Cache-Control"] = "no-store"
        return response


def _refuse_what_no_page_sends() -> None:
    # Forms would read JSON too, whose values may be no texts; what has no CSRF token may take it.
    if request.is_json and g.get("csrf_valid"):
        raise UnsupportedMediaType
    given = chain(request.args.items(multi=True), request.form.items(multi=True))
    if "\x00" in request.path or any("\x00" in name + value for name, value in given):
        raise Refusal("A text holds a character that cannot be kept. Type it again.")
