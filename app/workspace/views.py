"""Home, theme, project switch and the two addresses that say whether the house stands."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, redirect, request
from flask_login import current_user
from sqlalchemy import text
from werkzeug.wrappers import Response as BaseResponse

from app.access.commands import ChooseProject
from app.access.views import landing, own_path
from app.controls.permissions import holds
from app.web.context import actor, read_session
from app.web.forms import as_id
from app.web.guard import public, signed_in
from app.web.respond import render, submit
from app.workspace.shell import SECTIONS

blueprint = Blueprint("workspace", __name__)
_YEAR_SECONDS = 31_536_000
_TEXTS = {
    "/admin/dashboard": "Today's figures at a glance",
    "/admin/approvals": "What waits for your decision",
    "/admin/clients": "Find and open customers",
    "/admin/accounts": "Open accounts, deposit, withdraw",
    "/admin/transactions": "Follow every movement of money",
    "/admin/activity": "Who did what, and when",
}


@blueprint.get("/")
@signed_in
def home() -> BaseResponse:
    """The home page of those who are not administrators; a client's is the portal."""
    who = actor()
    if who.scope.client_id is not None:
        return redirect(landing(who))
    links = [
        {"label": entry.label, "text": _TEXTS[entry.href], "href": entry.href, "icon": entry.icon}
        for _label, entries in SECTIONS
        for entry in entries
        if entry.href in _TEXTS and holds(who, entry.permission)
    ]
    title = f"Good to see you, {current_user.user.first_name}"
    return render("home.html", home={"title": title, "text": "", "links": links})


@blueprint.get("/admin")
@signed_in
def admin() -> BaseResponse:
    """Lead to the dashboard."""
    return redirect("/admin/dashboard")


@blueprint.post("/theme")
@public
def theme() -> BaseResponse:
    """Remember the theme in a cookie, so that the next page comes in it without a flash."""
    chosen = request.form.get("theme", "system")
    chosen = chosen if chosen in {"light", "dark", "system"} else "system"
    response = redirect(own_path(urlsplit(request.referrer or "").path) or "/", 303)
    response.set_cookie("theme", chosen, max_age=_YEAR_SECONDS, httponly=True, samesite="Lax")
    return response


@blueprint.post("/switch-project")
@signed_in
def switch_project() -> BaseResponse:
    """Narrow what is shown to one project, or to none."""
    submit(ChooseProject(current_user.login_session.id, as_id(request.form.get("project"))))
    return redirect(own_path(urlsplit(request.referrer or "").path) or "/", 303)


@blueprint.get("/healthz")
@public
def healthy() -> Response:
    """Say that the process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def ready() -> Response:
    """Say that the database answers as well."""
    read_session().execute(text("SELECT 1"))
    return jsonify(status="ready")
