"""Home, dashboard, search, theme, and the addresses that say whether the house stands."""

from flask import Blueprint, Response, current_app, jsonify, redirect, request
from flask_login import current_user
from sqlalchemy import text
from werkzeug.wrappers import Response as BaseResponse

from app.access.commands import ChooseProject
from app.access.views import landing, path_before
from app.controls.permissions import holds
from app.kernel.errors import Forbidden, Missing, Refusal
from app.web.context import actor, organisation, read_session
from app.web.forms import as_id, is_id
from app.web.guard import permit, public, signed_in
from app.web.respond import is_htmx, render, submit
from app.workspace.dashboard import organisation_dashboard, platform_dashboard
from app.workspace.search import LONGEST, SHORTEST, found
from app.workspace.sections import SECTIONS
from app.workspace.shell import menu_of
from app.workspace.styleguide import sample
from app.workspace.switchers import page_after_switch

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
_MOST_TILES = 6
_NO_PAGE = "Your roles open no page yet. Ask an administrator for one that does."


@blueprint.get("/")
@signed_in
def home() -> BaseResponse:
    """The home page of those who are not administrators; a client's is the portal."""
    who = actor()
    if who.scope.client_id is not None:
        return redirect(landing(who))
    lines = menu_of(who, organisation()).lines
    # Whoever does nothing of what most people do starts with what else they may open.
    tiles = [line for line in lines if line[1].href in _TEXTS] or lines[:_MOST_TILES]
    links = [
        {
            "label": entry.label,
            "text": _TEXTS.get(entry.href, section),
            "href": entry.href,
            "icon": entry.icon,
        }
        for section, entry in tiles
    ]
    title = f"Good to see you, {current_user.user.first_name}"
    text = "" if links else _NO_PAGE
    finds = holds(who, "clients.view")
    return render("home.html", home={"title": title, "text": text, "links": links, "finds": finds})


@blueprint.get("/admin")
@signed_in
def admin() -> BaseResponse:
    """Lead to the first page that the person may open."""
    lines = menu_of(actor(), organisation()).lines
    return redirect(lines[0][1].href if lines else "/")


@blueprint.get("/admin/dashboard")
@permit("dashboard.view")
def dashboard() -> BaseResponse:
    """Show the day's figures; the platform's, to those who chose no organisation."""
    session, who, tenant = read_session(), actor(), organisation()
    shown = organisation_dashboard(session, who, tenant) if tenant else platform_dashboard(session)
    return render("workspace/dashboard.html", dashboard=shown)


@blueprint.get("/search")
@signed_in
def search() -> BaseResponse:
    """Find records by a few letters, for the palette or as a page."""
    who, query = actor(), request.args.get("q", "")
    if who.scope.client_id is not None:
        raise Forbidden("You do not have permission to do this.")
    groups = found(read_session(), who, query)
    if len(query.strip()) >= SHORTEST:
        lists = menu_of(who, organisation()).lists_named(query)
        groups += [{"label": "Lists", "items": lists, "all_href": None}] if lists else []
    template = "_search.html" if is_htmx() else "search.html"
    return render(template, query=query[:LONGEST], groups=groups)


@blueprint.get("/styleguide")
@signed_in
def styleguide() -> BaseResponse:
    """Show every component of the look, in development only."""
    if current_app.config["COUNTINGHOUSE"].is_production:
        raise Missing
    return render("styleguide.html", guide=sample())


@blueprint.post("/theme")
@public
def theme() -> BaseResponse:
    """Remember the theme in a cookie, so that the next page comes in it without a flash."""
    chosen = request.form.get("theme", "system")
    chosen = chosen if chosen in {"light", "dark", "system"} else "system"
    response = redirect(path_before() or "/", 303)
    response.set_cookie("theme", chosen, max_age=_YEAR_SECONDS, httponly=True, samesite="Lax")
    return response


@blueprint.post("/switch-project")
@signed_in
def switch_project() -> BaseResponse:
    """Narrow what is shown to one project, or to none."""
    wanted = request.form.get("project", "")
    if wanted and not is_id(wanted):
        raise Refusal("Choose a project from the list")
    submit(ChooseProject(current_user.login_session.id, as_id(wanted)))
    lists = [place.href for _, lines in SECTIONS for line in lines for place in line.places]
    return redirect(page_after_switch(path_before(), lists), 303)


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
