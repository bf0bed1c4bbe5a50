"""Answers: a page or its fragment by one `render`, a finished command by one `done`."""

import json
import secrets
from typing import Any

from flask import Response, flash, g, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from app.controls.commands import perform
from app.controls.disclosures import ExportFile
from app.controls.idempotency import KeyReused
from app.kernel.errors import Conflict, Refusal
from app.web.context import actor, refresh

SENT_ALREADY = (
    "This form was sent before, and was carried out. "
    "Press the button again to carry out what it says now as well."
)


def wants_fragment() -> bool:
    """Tell whether htmx asks for a part of the page, rather than for all of it again."""
    return request.headers.get("HX-Request-Type") == "partial"


def is_htmx() -> bool:
    """Tell whether htmx sends the request: it must never be answered by a redirect."""
    return bool(request.headers.get("HX-Request"))


def render(
    page_template: str, *, fragment: str | None = None, status: int = 200, **context: Any
) -> Response:
    """Render the page's template, or its fragment alone when htmx asks for a part of it."""
    alone = fragment is not None and wants_fragment()
    template = fragment if alone and fragment is not None else page_template
    response = make_response(render_template(template, fragment=alone, **context), status)
    response.headers["Vary"] = "HX-Request-Type, Cookie"
    return response


def submit(command: Any) -> Any:
    """Perform a command for the request's actor under the form's key, and read afresh.

    Refused (409): a form that was carried out, and came again with something else in it, as after
    the browser's Back; it gets a new key, so that whoever means it can send it once more.
    """
    key = request.form.get("key") or request.headers.get("Idempotency-Key")
    try:
        return perform(command, actor(), key=key)
    except KeyReused as error:
        g.is_key_used_up = True
        raise Conflict(SENT_ALREADY) from error
    finally:
        refresh()


def note_export(file: str) -> None:
    """Log that the request takes a file, before the first byte of it is sent."""
    perform(ExportFile(file, request.query_string.decode(errors="replace")), actor())


def new_key() -> str:
    """Return a key for a form, so that a double click has one effect."""
    return secrets.token_urlsafe(16)


def form_key() -> str:
    """Return the key of the form that is shown: as it was sent, or a new one."""
    sent = None if g.get("is_key_used_up") else request.form.get("key")
    return sent or new_key()


def done(
    title: str,
    message: str = "",
    kind: str = "success",
    *,
    to: str,
    opened: str | None = None,
    view: str | None = None,
) -> BaseResponse:
    """Answer a finished command: a toast beside the refreshed page, or a redirect with it.

    Its `kind` is "warning" where something is still to be waited for. `opened` is the address of a
    drawer to show next, `view` which saved view the list shows.
    """
    if is_htmx():
        toast = {"kind": kind, "title": title, "text": message}
        panel = {"open": opened, "view": view}
        panel = {name: value for name, value in panel.items() if value}
        response = make_response("", 204)
        response.headers["HX-Trigger"] = json.dumps({"panel:done": panel, "toast": toast})
        return response
    flash(json.dumps({"title": title, "text": message}), kind)
    return redirect(opened or to, 303)


def error_toast(status: int, title: str, text: str) -> Response:
    """Answer with a toast that stays, beside the page that asked, which stays as it is."""
    response = make_response("", status)
    toast = {"kind": "error", "title": title, "text": text}
    response.headers["HX-Trigger"] = json.dumps({"toast": toast})
    response.headers["HX-Push-Url"] = "false"
    response.headers["HX-Reswap"] = "none"
    return response


def refused(refusal: Refusal, *, back: str) -> BaseResponse:
    """Answer a refused change in place (a badge, a switch): a toast that stays, or the page."""
    if is_htmx():
        return error_toast(refusal.status, refusal.title, refusal.sentence)
    flash(json.dumps({"title": refusal.title, "text": refusal.sentence}), "error")
    return redirect(back, 303)


def row_action(
    label: str,
    href: str,
    icon: str,
    *,
    drawer: bool = False,
    dialog: bool = False,
    danger: bool = False,
    primary: bool = False,
) -> dict[str, Any]:
    """Describe an action of a row or of a page's head."""
    return {
        "label": label,
        "href": href,
        "icon": icon,
        "drawer": drawer,
        "dialog": dialog,
        "danger": danger,
        "primary": primary,
    }
