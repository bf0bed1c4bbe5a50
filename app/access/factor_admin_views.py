"""What administrators do about second factors: reset a person's, and let a role ask for one."""

from flask import Blueprint
from werkzeug.wrappers import Response

from app.access.enrolment import AskSecondFactor, ResetSecondFactor
from app.access.factors import factors_of
from app.access.models import Role, User
from app.access.resource import PEOPLE_PATH, ROLES_PATH
from app.controls.permissions import find
from app.web import cells
from app.web.context import actor, read_session
from app.web.guard import permit
from app.web.pages import confirm_view, fact, posted_version

blueprint = Blueprint("factor_administration", __name__)


@blueprint.route(f"{PEOPLE_PATH}/<int:user_id>/reset-second-factor", methods=["GET", "POST"])
@permit("users.edit")
def reset(user_id: int) -> Response:
    """Take a person's second factors away after a confirmation."""
    user = find(read_session(), actor(), User, user_id)
    held = factors_of(read_session(), user.id).sentence()
    return confirm_view(
        command=lambda: ResetSecondFactor(user_id),
        title="Reset second factor",
        body="Their app, passkeys and recovery codes stop working and they are signed out "
        "everywhere. Make sure that it was they who asked.",
        rows=[
            fact("Name", cells.text(user.name)),
            fact("Second factor", cells.text(held)),
        ],
        verb="Reset",
        to=f"{PEOPLE_PATH}/{user.id}",
        done_title="Second factor reset",
        danger=True,
    )


@blueprint.route(f"{ROLES_PATH}/<int:role_id>/second-factor", methods=["GET", "POST"])
@permit("roles.edit")
def ask_of_role(role_id: int) -> Response:
    """Let a role ask its holders for a second factor, or no longer; system roles as well."""
    role = find(read_session(), actor(), Role, role_id)
    asks = not role.asks_second_factor
    return confirm_view(
        command=lambda: AskSecondFactor(role_id, posted_version(), asks=asks),
        title="Ask for a second factor" if asks else "Stop asking for a second factor",
        body="Whoever holds the role and has none is led to set one up at their next step, "
        "and can do nothing else before."
        if asks
        else "Its holders may turn their second factor off.",
        rows=[fact("Role", cells.text(role.name))],
        verb="Ask" if asks else "Stop asking",
        to=ROLES_PATH,
        done_title="Second factor asked for" if asks else "Second factor asked for no longer",
        danger=not asks,
        version=role.version,
    )
