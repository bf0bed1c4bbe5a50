"""The addresses of pipelines, and the one that servers report to."""

import secrets
from typing import Any

from flask import Blueprint, Response, jsonify, request
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from app.access.passwords import token_hash
from app.controls.commands import door, perform
from app.controls.identity import system_actor
from app.controls.licensing import demand_standing
from app.controls.permissions import find
from app.controls.tenant import Organisation
from app.kernel.bodies import read_json
from app.kernel.errors import Refusal
from app.mail.post import post
from app.pipelines.commands import RenewToken, ReportRun
from app.pipelines.models import PipelineServer
from app.pipelines.screens import RUNS, SERVER_PAGES, SERVERS_PATH
from app.projects.pages import mount_project_list
from app.web import cells
from app.web.context import actor, read_session
from app.web.guard import permit, public
from app.web.listing import register
from app.web.listpage import send_csv, show_list
from app.web.pages import confirm_view, fact
from app.web.respond import render
from app.web.security import csrf

blueprint = Blueprint("pipelines", __name__)
HOOK = "/hooks/pipelines"
_DONE = frozenset({204, 303})
mount_project_list(blueprint, SERVER_PAGES)
register(RUNS)


@blueprint.get(RUNS.path)
@permit("pipelines.view")
def runs() -> BaseResponse:
    """List the runs."""
    return show_list(RUNS)


@blueprint.get(f"{RUNS.path}.csv")
@permit("pipelines.view")
def runs_csv() -> BaseResponse:
    """Send the runs as CSV."""
    return send_csv(RUNS)


@blueprint.route(f"{SERVERS_PATH}/<int:server_id>/token", methods=["GET", "POST"])
@permit("pipelines.edit")
def renew(server_id: int) -> BaseResponse:
    """Give a server a token, which this answer shows and no other."""
    server = find(read_session(), actor(), PipelineServer, server_id)
    name, token = server.name, secrets.token_urlsafe(32)
    answer = confirm_view(
        command=lambda: RenewToken(server_id, token_hash(token)),
        title="New token",
        body="The token before it stops working at once.",
        rows=[fact("Server", cells.text(name))],
        verb="Make token",
        to=SERVERS_PATH,
        done_title="Token made",
    )
    is_done = request.method == "POST" and answer.status_code in _DONE
    return _told(name, token) if is_done else answer


def _told(name: str, token: str) -> Response:
    """Show a token where it was asked for, in the dialog or as a page."""
    shown = {
        "title": f"Token of {name}",
        "body": "Keep it where your server finds it: it is not shown again.",
        "rows": [
            fact("Token", cells.ident(token)),
            fact("Address", cells.ident(f"{post.public_url}{HOOK}")),
        ],
        "action_href": SERVERS_PATH,
        "verb": "",
        "cancel_href": SERVERS_PATH,
        "danger": False,
        "reason": None,
        "key": "",
        "version": None,
    }
    return render("resource/confirm.html", fragment="resource/_confirm.html", confirm=shown)


@blueprint.post(HOOK)
@csrf.exempt
@public
def report() -> tuple[Response, int] | Response:
    """Take a report from whoever has a server's token; no cookie is looked at."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    query = select(PipelineServer.organisation_id).where(
        PipelineServer.token_hash == token_hash(token), PipelineServer.retired_at.is_(None)
    )
    organisation_id = read_session().scalar(query) if scheme.lower() == "bearer" else None
    if organisation_id is None:
        return jsonify(error="The token is not known"), 401
    server = system_actor(organisation_id, frozenset(), "Pipelines")
    try:
        demand_standing(read_session().get_one(Organisation, organisation_id), door.clock())
        run_id = perform(ReportRun(token_hash(token), _sent()), server)
    except Refusal as refusal:
        return jsonify(error=refusal.sentence), refusal.status
    return jsonify(id=run_id)


def _sent() -> dict[str, Any]:
    """Return the object that was sent; refused: what is no JSON (400) and anything else (422)."""
    found = read_json(request.get_data()) if request.is_json else None
    if not isinstance(found, dict):
        raise Refusal("Send a JSON object")
    return found
