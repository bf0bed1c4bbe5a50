"""Add money: the ways in which a client may bring money in."""

from typing import Any

from flask import Blueprint, Response

from app.kernel.errors import Forbidden
from app.payment_methods.models import PaymentMethod
from app.payment_methods.queries import offered_deposits, payment_link
from app.portal.pages import PATH
from app.portal.queries import own_accounts
from app.web.context import actor, read_session
from app.web.guard import permit
from app.web.respond import render

blueprint = Blueprint("portal_adding", __name__)


@blueprint.get(f"{PATH}/add-money")
@permit("portal.view")
def add_money() -> Response:
    """List what is offered for the client's own projects and currencies."""
    session, who = read_session(), actor()
    if who.scope.client_id is None:
        raise Forbidden("You do not have permission to do this.")
    assets = [asset for one in own_accounts(session, who) for asset in one.assets]
    own = {asset.currency for asset in assets}
    projects = {asset.project_id for asset in assets if asset.project_id is not None}
    found = offered_deposits(session, who, project_ids=projects, currencies=own)
    return render("portal/add_money.html", methods=[_shown(one, own) for one in found])


def _shown(method: PaymentMethod, own: set[str]) -> dict[str, Any]:
    return {
        "label": method.label,
        "text": method.placeholder,
        "currencies": ", ".join(sorted(set(method.currencies) & own or own)),
        "href": payment_link(method),
    }
