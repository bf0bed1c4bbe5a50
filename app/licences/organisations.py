"""The platform's organisations: their state, their people, and the way in and out."""

from typing import Any

from flask import Blueprint, redirect, request
from flask_login import current_user
from werkzeug.wrappers import Response

from app.controls.commands import door
from app.controls.identity import PLATFORM, Actor
from app.controls.licensing import Standing, standing_of
from app.controls.tenant import Organisation
from app.kernel.errors import Refusal
from app.licences.entering import EnterOrganisation, LeaveOrganisation
from app.licences.pages import standing_badge
from app.licences.queries import PEOPLE, organisation_of, organisations
from app.web import cells
from app.web.context import read_session
from app.web.guard import permit
from app.web.listing import Column, Listing, contains, listings, register
from app.web.listpage import send_csv, show_list
from app.web.pages import confirm_view, fact
from app.web.respond import done, refused, row_action, submit

PATH = "/admin/organisations"
blueprint = Blueprint("organisations", __name__)


def _actions(row: Any, who: Actor) -> list[dict[str, Any]]:
    actions = []
    if row.licence_id is not None:
        actions.append(row_action("License", f"/admin/licences/{row.licence_id}", "badge-check"))
    is_good = standing_of(row.Organisation, door.clock()) is Standing.GOOD
    if is_good and row.id != who.organisation_id:
        actions.append(row_action("Work inside", f"{PATH}/{row.id}/enter", "log-in", dialog=True))
    return actions


ORGANISATIONS = register(
    Listing(
        name="organisations",
        title="Organisations",
        section="Platform",
        path=PATH,
        select=lambda _actor: organisations(),
        key=Organisation.id,
        columns=(
            Column(
                "name",
                "Company name",
                lambda row: cells.text(row.name),
                sort=Organisation.name,
                priority=1,
            ),
            Column(
                "state",
                "State",
                lambda row: cells.badge(**standing_badge(row.Organisation)),
                priority=1,
            ),
            Column(
                "business_date",
                "Business date",
                lambda row: cells.day(row.Organisation.business_date),
                sort=Organisation.business_date,
            ),
            Column(
                "currency",
                "Base currency",
                lambda row: cells.text(row.Organisation.base_currency),
                shown=False,
            ),
            Column(
                "people",
                "People",
                lambda row: cells.text(f"{row.people:,}"),
                sort=PEOPLE,
                numeric=True,
            ),
            Column("active", "Last activity", lambda row: cells.instant(row.last_active_at)),
        ),
        search=contains(Organisation.name),
        search_hint="Company name",
        sort="name",
        href=lambda row: f"/admin/licences/{row.licence_id}" if row.licence_id else None,
        label=lambda row: row.name,
        actions=_actions,
        empty="Create a licence to set up an organisation.",
    )
)


@blueprint.get(PATH)
@permit(PLATFORM)
def organisations_list() -> Response:
    """List all organisations."""
    return show_list(ORGANISATIONS)


@blueprint.get(f"{PATH}.csv")
@permit(PLATFORM)
def organisations_csv() -> Response:
    """Send the list as CSV."""
    return send_csv(ORGANISATIONS)


@blueprint.route(f"{PATH}/<int:organisation_id>/enter", methods=["GET", "POST"])
@permit(PLATFORM)
def enter(organisation_id: int) -> Response:
    """Work inside an organisation, after a confirmation that says what that means."""
    tenant = organisation_of(read_session(), organisation_id)
    return confirm_view(
        command=lambda: EnterOrganisation(current_user.login_session.id, organisation_id),
        title="Work inside organisation",
        body="You see and change its data as one of its administrators could. "
        "That you came, what you do and that you left is written to its log under your name.",
        rows=[fact("Company name", cells.text(tenant.name))],
        verb="Work inside",
        to="/admin/dashboard",
        done_title=f"You work inside {tenant.name}",
    )


@blueprint.post("/leave-organisation")
@permit(PLATFORM)
def leave() -> Response:
    """Be back at the platform."""
    try:
        submit(LeaveOrganisation(current_user.login_session.id))
    except Refusal as refusal:
        return refused(refusal, back=PATH)
    return done("You are back at the platform", to=PATH)


@blueprint.post("/switch-organisation/<int:organisation_id>")
@permit(PLATFORM)
def switch(organisation_id: int) -> Response:
    """Go straight from one organisation to another; a list's company filter stays on its list."""
    try:
        submit(EnterOrganisation(current_user.login_session.id, organisation_id))
    except Refusal as refusal:
        return refused(refusal, back=PATH)
    to = request.form.get("to", "")
    is_list = to in {one.path for one in listings.values()}
    return redirect(to if is_list else "/admin/dashboard", 303)
