"""Ledger Operations > Facilities: the pages of a facility, its status, its stage, its customer."""

from flask import Blueprint, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.clients.models import Client
from app.clients.picking import offer_clients
from app.controls.identity import Actor
from app.controls.permissions import find
from app.controls.tenant import Organisation
from app.credit.facility import PATH, STATUSES, Facility
from app.credit.limits import granted
from app.facilities.commands import FACILITY
from app.facilities.forms import CreditLimitForm, FacilityForm, StageForm, StatusForm
from app.facilities.pages import facility_detail
from app.facilities.queries import class_choices, exponents
from app.facilities.resource import FACILITIES, status_cell
from app.facilities.stages import demand_movable, stages_of
from app.facilities.statuses import SetFacilityAvailability
from app.kernel.errors import Conflict
from app.kernel.money import format_minor
from app.organisation.queries import kept_currencies
from app.records.queries import code_choices
from app.records.reviewed import ReviewedPages, mount_reviewed
from app.reference.codes import LoanPurpose
from app.web import cells
from app.web.context import actor, read_session
from app.web.forms import as_id, set_choices
from app.web.guard import permit
from app.web.pages import confirm_view, fact, form_view, posted_version
from app.workflows.queries import type_choices

blueprint = Blueprint("facilities", __name__)
_METHODS = ["GET", "POST"]
_STATUS_ALONE = "The status of an authorized facility alone can be changed"


@blueprint.route(f"{PATH}/<int:facility_id>/status", methods=_METHODS)
@permit("facilities.change-status")
def change_status(facility_id: int) -> Response:
    """Change the status without a new approval (E27.33)."""
    facility = _authorised(facility_id)
    form = StatusForm(status=facility.status)
    return form_view(
        form,
        command=lambda: form.command(facility_id),
        title="Change facility status",
        submit_label="Change status",
        to=f"{PATH}/{facility_id}",
        done_title="Facility status changed",
        told=lambda status: ("Facility status changed", f"It is {STATUSES[status]}."),
        summary=[
            fact("Facility", cells.ident(facility.reference)),
            fact("Facility Status", status_cell(facility.status)),
        ],
    )


@blueprint.route(f"{PATH}/<int:facility_id>/availability", methods=_METHODS)
@permit("facilities.change-status")
def change_availability(facility_id: int) -> Response:
    """Turn the availability marker (E27.14)."""
    facility = _authorised(facility_id)
    wanted = not facility.is_available
    return confirm_view(
        command=lambda: SetFacilityAvailability(facility_id, is_available=wanted),
        title="Make available" if wanted else "Block facility",
        body="Its accounts may draw on it again." if wanted
        else "Nothing more can be drawn. What is drawn already stays permitted until it is repaid.",
        rows=[fact("Facility", cells.ident(facility.reference))],
        verb="Make available" if wanted else "Block",
        to=f"{PATH}/{facility_id}",
        done_title="Availability Marker is YES" if wanted else "Availability Marker is NO",
        danger=not wanted,
    )  # fmt: skip


@blueprint.route(f"{PATH}/<int:facility_id>/stage", methods=_METHODS)
@permit("facilities.edit")
def move(facility_id: int) -> Response:
    """Move a facility to another stage of its workflow."""
    facility = find(read_session(), actor(), Facility, facility_id)
    demand_movable(facility)
    form, stages = StageForm(), stages_of(read_session(), facility)
    present = next((n for n, one in enumerate(stages) if one.id == facility.stage_id), -1)
    set_choices(form.stage_id, [(one.id, one.name) for one in stages])
    if not form.is_posted and present + 1 < len(stages):
        form.stage_id.data = str(stages[present + 1].id)
    return form_view(
        form,
        command=lambda: form.command(facility_id),
        title="Move to stage",
        submit_label="Move",
        to=f"{PATH}/{facility_id}",
        done_title="Facility moved",
        summary=[
            fact("Facility", cells.ident(facility.reference)),
            fact("Present stage", cells.text(stages[present].name if present >= 0 else "")),
        ],
    )


@blueprint.route("/admin/clients/<int:client_id>/credit-limit", methods=_METHODS)
@permit("clients.credit-limit")
def credit_limit(client_id: int) -> Response:
    """Limit what a customer's facilities may come to together (E27.23)."""
    session = read_session()
    client = find(session, actor(), Client, client_id)
    house = session.get_one(Organisation, client.organisation_id)
    limit_minor, exponent = client.credit_limit_minor, house.base_exponent
    form = CreditLimitForm(limit="" if limit_minor is None else format_minor(limit_minor, exponent))
    in_use = cells.money(granted(session, client), exponent, house.base_currency)
    return form_view(
        form,
        command=lambda: form.command(client_id, posted_version(), exponent),
        title="Credit limit",
        submit_label="Save",
        to=f"/admin/clients/{client_id}",
        done_title="Credit limit saved",
        record=client,
        form_fields="facilities/_fields.html",
        amounts=("limit",),
        currency=house.base_currency,
        precision=exponent,
        summary=[
            fact("Customer", cells.text(client.title())),
            fact("Facilities come to", in_use),
        ],
    )


def _authorised(facility_id: int) -> Facility:
    facility = find(read_session(), actor(), Facility, facility_id)
    if not facility.is_authorised:
        raise Conflict(_STATUS_ALONE)
    return facility


def _prepare(form: FacilityForm, session: Session, who: Actor, record: Facility | None) -> None:
    kept = record.loan_purpose_id if record else None
    purposes = code_choices(session, who, LoanPurpose, kept=kept)
    set_choices(form.loan_purpose_id, purposes, empty="Not stated")
    set_choices(form.workflow_type_id, type_choices(session, who), empty="None")
    if record is None:
        _prepare_new(form, session, who)
        return
    del form.client_id, form.facility_class_id, form.currency
    form.exponents = {"": record.exponent}
    if not form.is_posted:
        form.approved.data = format_minor(record.approved_minor, record.exponent)
        form.advised.data = format_minor(record.advised_minor, record.exponent)
        form.availability.data = "YES" if record.is_available else "NO"


def _prepare_new(form: FacilityForm, session: Session, who: Actor) -> None:
    asked = as_id(request.args.get("client"))
    offer_clients(
        form.client_id, session, who, empty="Choose a customer", kept_id=asked, authorised=True
    )
    set_choices(form.facility_class_id, class_choices(session, who), empty="Choose a class")
    set_choices(form.currency, kept_currencies(session, who))
    form.exponents = exponents(session, who)
    if asked and not form.is_posted:
        form.client_id.data = str(asked)


mount_reviewed(
    blueprint,
    ReviewedPages(
        FACILITY,
        "Facility",
        FACILITIES,
        FacilityForm,
        _prepare,
        facility_detail,
        form_fields="facilities/_facility_fields.html",
    ),
)
