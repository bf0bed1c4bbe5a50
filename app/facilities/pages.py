"""A facility's page: its terms, how far it has come, its collateral and its accounts."""

from typing import Any

from flask import request
from sqlalchemy.orm import Session

from app.allocations.cards import accounts_card
from app.amendments.cards import amendments_card
from app.clients.models import Client
from app.collateral.cards import collateral_card
from app.controls.identity import Actor
from app.controls.permissions import holds
from app.controls.review import STATUS_NAMES, STATUS_TONES
from app.controls.tenant import Organisation
from app.credit.facility import PATH, STATUSES, Facility
from app.credit.models import FacilityClass
from app.facilities.forms import EXPIRY_MODES, LIMITS
from app.facilities.resource import TONES, status_cell
from app.facilities.stages import may_move, moves_of, obstacle_to_move, stages_of
from app.reference.codes import LoanPurpose
from app.web import cells
from app.web.pages import fact
from app.web.respond import row_action, wants_fragment
from app.workflows.models import WorkflowType

OPENED = "valuations"
_PAST = "Past its expiry date, and still active: it waits for a decision"


def facility_detail(session: Session, who: Actor, facility: Facility) -> dict[str, Any]:
    """Return what a facility's page has beyond what every reviewed record has."""
    client = session.get_one(Client, facility.client_id)
    facility_class = session.get_one(FacilityClass, facility.facility_class_id)
    today = session.get_one(Organisation, facility.organisation_id).business_date
    opened = request.args.get(OPENED, "")
    page: dict[str, Any] = {
        "title": facility.reference,
        "subtitle": f"{client.name} · {facility_class.name}",
        "rows": _terms(session, facility, client, facility_class),
        "extra": "facilities/_cards.html",
        "side_extra": "facilities/_record_info.html",
        "info": _info(who, facility),
        "progress": _progress(session, who, facility),
        # A row opens in place on the page alone; out of a drawer its link leads to the page.
        "opens_in_place": OPENED in request.args or not wants_fragment(),
    }
    if holds(who, "collateral.view"):
        page["collateral"] = collateral_card(session, who, facility, opened=opened, today=today)
    page["accounts"] = accounts_card(session, who, facility, facility_class)
    if facility.is_authorised:
        page["amendments"] = amendments_card(session, who, facility)
    if facility.retired_at is None:
        page["badges"] = _badges(facility)
    return page


def _terms(
    session: Session, facility: Facility, client: Client, facility_class: FacilityClass
) -> list[dict[str, Any]]:
    purpose = session.get(LoanPurpose, facility.loan_purpose_id or 0)
    today = session.get_one(Organisation, facility.organisation_id).business_date
    is_past = facility.is_active and facility.expires_on < today
    limit = LIMITS[facility.revolving]
    if facility.revolving == "INHERIT":
        limit += " (Yes)" if facility_class.is_revolving else " (No)"

    def amount(minor: int) -> cells.Cell:
        return cells.money(minor, facility.exponent, facility.currency)

    return [
        fact("Facility Ref", cells.ident(facility.reference)),
        fact("Customer", cells.text(client.title(), href=f"/admin/clients/{client.id}")),
        fact("Facility Class", cells.text(
            facility_class.title(), href=f"/admin/facility-classes/{facility_class.id}")),
        fact("Description", cells.text(facility.description)),
        fact("Loan Purpose", cells.text(purpose.name if purpose else "")),
        *_workflow(session, facility),
        fact("Currency", cells.text(facility.currency)),
        fact("Approved Amount", amount(facility.approved_minor)),
        fact("Advised Amount", amount(facility.advised_minor)),
        fact("Expiry Date", cells.day(facility.expires_on)),
        *([fact("", cells.badge(_PAST, "warning"))] if is_past else []),
        fact("Review Frequency (days)", cells.text(facility.review_days)),
        fact("Review due", cells.day(facility.review_on)),
        fact("Expiry Mode", cells.text(EXPIRY_MODES[facility.expiry_mode])),
        fact("Revolving Limit", cells.text(limit)),
        fact("Availability Marker", cells.text("YES" if facility.is_available else "NO")),
    ]  # fmt: skip


def _workflow(session: Session, facility: Facility) -> list[dict[str, Any]]:
    """Return the line of the workflow that a facility goes through, if it has one."""
    found = session.get(WorkflowType, facility.workflow_type_id or 0)
    if found is None:
        return []
    href = f"/admin/workflow-types/{found.id}"
    return [fact("Workflow Type", cells.text(found.title(), href=href))]


def _info(who: Actor, facility: Facility) -> dict[str, Any]:
    """Return the Record Info of the side: status, version, dates, and what may be changed."""
    may = facility.is_authorised and holds(who, "facilities.change-status")
    rows = [
        fact("Approval Status", cells.record_status(facility.record_status)),
        fact("Version", cells.text(facility.version)),
        fact("Date Approved", cells.day(facility.approved_on)),
        fact("Created", cells.instant(facility.created_at)),
        fact("Last changed", cells.instant(facility.updated_at)),
    ]
    return {
        "status": status_cell(facility.status),
        "change_href": f"{PATH}/{facility.id}/status" if may else None,
        "marker": "YES" if facility.is_available else "NO",
        "marker_href": f"{PATH}/{facility.id}/availability" if may else None,
        "memo": facility.status_memo,
        "rows": rows,
    }


def _badges(facility: Facility) -> list[dict[str, str]]:
    approval = facility.record_status
    badges = [{"text": STATUS_NAMES[approval], "tone": STATUS_TONES[approval]}]
    if facility.status:
        badges.append({"text": STATUSES[facility.status], "tone": TONES[facility.status]})
    return badges


def _progress(session: Session, who: Actor, facility: Facility) -> dict[str, Any] | None:
    """Return the stages of the facility's workflow with the moves so far, if it has one."""
    stages = stages_of(session, facility)
    if not stages:
        return None
    names = {one.id: one.name for one in stages}
    present = next((n for n, one in enumerate(stages) if one.id == facility.stage_id), -1)
    is_free = obstacle_to_move(facility) is None and holds(who, "facilities.edit")
    action = row_action("Move", f"{PATH}/{facility.id}/stage", "arrow-right", drawer=True)
    return {
        "stages": [
            {"name": one.name, "state": "done" if n < present else "now" if n == present else ""}
            for n, one in enumerate(stages)
        ],
        "moves": [
            {
                "title": names.get(one.stage_id, "A stage of another workflow"),
                "who": one.moved_by,
                "when": cells.instant(one.moved_at)["text"],
                "text": one.remark,
            }
            for one in moves_of(session, facility)
        ],
        "action": action if is_free and may_move(session, who, facility, stages) else None,
    }
