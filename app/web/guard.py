"""Every endpoint declares its permission; one that does not stops the start-up."""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import SplitResult, urlsplit

from flask import Flask, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from app.controls.commands import door
from app.controls.licensing import demand_standing
from app.controls.permissions import demand, known_permission
from app.kernel.errors import Missing
from app.web.context import actor, organisation

View = TypeVar("View", bound=Callable[..., Any])
_PUBLIC = "public"
_SIGNED_IN = "signed in"
LICENCE_ERROR = "/licence-error"
# Pages of whoever works here: a client has an area of their own.
_OF_STAFF = "/admin/"


def permit(permission: str) -> Callable[[View], View]:
    """Declare that a view needs this permission."""
    if not known_permission(permission):
        raise KeyError(permission)

    def declare(view: View) -> View:
        view.__permission__ = permission  # type: ignore[attr-defined]
        return view

    return declare


def public(view: View) -> View:
    """Declare that anyone may open a view."""
    view.__permission__ = _PUBLIC  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Declare that a view needs nothing but a signed-in person; it checks the rest itself."""
    view.__permission__ = _SIGNED_IN  # type: ignore[attr-defined]
    return view


def declared_permission(app: Flask, endpoint: str) -> str | None:
    """Return what an endpoint declares, or None."""
    found: str | None = getattr(app.view_functions[endpoint], "__permission__", None)
    return found


def permission_of(app: Flask, path: str) -> str:
    """Return the permission that reading an address asks for; 404 for one that is not there."""
    try:
        endpoint, _ = app.url_map.bind("localhost").match(path)
    except HTTPException as error:
        raise Missing from error
    return declared_permission(app, endpoint) or _SIGNED_IN


def is_public(app: Flask) -> bool:
    """Tell whether anyone may send this request; an address that is not there is nobody's."""
    endpoint = request.endpoint
    return endpoint is not None and declared_permission(app, endpoint) == _PUBLIC


def check_declarations(app: Flask) -> None:
    """Stop the start-up when an endpoint declares nothing."""
    silent = sorted(name for name in app.view_functions if declared_permission(app, name) is None)
    if silent:
        raise RuntimeError(f"these endpoints declare no permission: {', '.join(silent)}")


def install_guard(app: Flask) -> None:
    """Ask for the declared permission before every view."""

    @app.before_request
    def ask() -> BaseResponse | None:
        if is_public(app):
            return None
        endpoint = request.endpoint
        permission = declared_permission(app, endpoint) if endpoint else None
        if current_user.is_authenticated and (detour := _detour()) is not None:
            return detour
        if endpoint is None:
            return None
        if not current_user.is_authenticated:
            return to_sign_in()
        if permission is not None and permission != _SIGNED_IN:
            demand(actor(), permission)
        elif request.path.startswith(_OF_STAFF) and actor().scope.client_id is not None:
            raise Missing
        return None


def _detour() -> BaseResponse | None:
    """Ask for a good licence, whose lack has a page, then for a password that is not mailed."""
    tenant = organisation()
    if request.path == LICENCE_ERROR:
        return None
    if tenant is not None:
        demand_standing(tenant, door.clock())
    detour: BaseResponse | None = current_user.detour()
    return detour


def to_sign_in() -> BaseResponse:
    """Lead to sign-in and back to the same page; a fragment is answered 401."""
    if request.headers.get("HX-Request"):
        return Response(status=401)
    is_page = request.method == "GET"
    target = request.full_path.rstrip("?") if is_page else sent_from()
    return redirect(url_for("access.login", next=target))


def sent_from() -> str | None:
    """Return the page of ours that the request was sent from, where the browser names it."""
    came = came_from()
    if came.netloc != request.host:
        return None
    return f"/{came.path.lstrip('/')}" + (f"?{came.query}" if came.query else "")


def came_from() -> SplitResult:
    """Return the address that the request was sent from; an empty one where none is told."""
    try:
        return urlsplit(request.referrer or "")
    except ValueError:
        return urlsplit("")
