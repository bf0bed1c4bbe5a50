"""A customer's identity checks on their page, and asking again."""

from flask import Blueprint, Response
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from app.clients.models import Client
from app.clients.resource import PATH
from app.controls.permissions import find, holds, visible
from app.integrations.models import ThirdPartySystem
from app.screening.commands import CheckIdentity, services_of
from app.screening.models import SETTLED, STATES, IdentityCheck
from app.web import cells
from app.web.context import actor, read_session
from app.web.guard import permit
from app.web.pages import confirm_view
from app.web.respond import render, row_action

blueprint = Blueprint("screening", __name__)
_SHOWN = 10


@blueprint.get(f"{PATH}/<int:client_id>/identity-checks")
@permit("clients.view")
def of_client(client_id: int) -> Response:
    """Show what services said of a customer, the newest first."""
    session, who = read_session(), actor()
    client = find(session, who, Client, client_id)
    query = (
        select(IdentityCheck, ThirdPartySystem.name)
        .join(ThirdPartySystem, ThirdPartySystem.id == IdentityCheck.system_id)
        .where(*visible(who, IdentityCheck), IdentityCheck.client_id == client.id)
        .order_by(IdentityCheck.id.desc())
        .limit(_SHOWN)
    )
    checks = [_shown(check, system) for check, system in session.execute(query)]
    is_open = any(one["is_open"] for one in checks)
    may = client.is_authorised and not is_open and holds(who, "clients.edit")
    again = row_action("Check identity", f"{PATH}/{client.id}/identity-checks/new", "scan-face",
                       dialog=True)  # fmt: skip
    has_service = session.scalars(services_of(client).limit(1)).first() is not None
    return render(
        "screening/of_client.html",
        fragment="screening/_of_client.html",
        client=client,
        checks=checks,
        actions=[again] if may and has_service else [],
    )


@blueprint.route(f"{PATH}/<int:client_id>/identity-checks/new", methods=["GET", "POST"])
@permit("clients.edit")
def check(client_id: int) -> BaseResponse:
    """Ask every service again."""
    session = read_session()
    client = find(session, actor(), Client, client_id)
    names = ", ".join(one.name for one in session.scalars(services_of(client)))
    return confirm_view(
        command=lambda: CheckIdentity(client.id),
        title="Check identity",
        body=f"{names or 'No service'} is asked who {client.name} is, with their documents.",
        verb="Check",
        to=f"{PATH}/{client_id}",
        done_title="Identity is being checked",
    )


def _shown(check: IdentityCheck, system: str) -> dict[str, object]:
    return {
        "system": system,
        "badge": cells.badge(*STATES[check.state]),
        "reason": check.reason,
        "asked": cells.instant(check.created_at),
        "settled": cells.instant(check.settled_at),
        "is_open": check.state not in SETTLED,
    }
