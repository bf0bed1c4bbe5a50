"""The Facility Accounts card of a facility's page: the capacity strip and the accounts below it."""

from typing import Any

from sqlalchemy.orm import Session

from app.allocations.drawing import usable
from app.allocations.queries import capacity_of, links_of
from app.controls.identity import Actor
from app.controls.permissions import holds
from app.controls.review import AUTHORIZED, STATUS_NAMES, STATUS_TONES
from app.credit.facility import CANCELLED, EXPIRED, PATH, STATUSES, Facility
from app.credit.models import FacilityClass
from app.web import cells
from app.web.respond import row_action

LINKS = f"{PATH}/accounts"


def accounts_card(
    session: Session, who: Actor, facility: Facility, facility_class: FacilityClass
) -> dict[str, Any]:
    """Return the card as its template wants it; its controls only where they may be used."""
    links = links_of(session, facility)
    may = facility.is_authorised and holds(who, "facilities.allocate")
    may_edit = may and facility.status != CANCELLED
    may_link = may_edit and facility.status != EXPIRED
    return {
        "strip": _strip(facility, [row.FacilityAccount for row in links]),
        "rows": [
            _row(facility, facility_class, row, may_unlink=may, may_edit=may_edit) for row in links
        ],
        "link_href": f"{PATH}/{facility.id}/accounts/new" if may_link else None,
        "note": _note(facility, facility_class),
    }


def _strip(facility: Facility, links: list[Any]) -> list[dict[str, Any]]:
    capacity = capacity_of(facility, links)

    def figure(label: str, minor: int, *, warning: str = "") -> dict[str, Any]:
        shown = cells.money(minor, facility.exponent, facility.currency)
        return {"label": label, "cell": shown, "warning": warning}

    over = "Over limit" if capacity.remaining_minor < 0 else ""
    return [
        figure("Advised", capacity.advised_minor),
        figure("Allocated", capacity.allocated_minor),
        figure("Remaining", capacity.remaining_minor, warning=over),
        figure("Utilized / Outstanding", capacity.outstanding_minor),
    ]


def _row(
    facility: Facility, facility_class: FacilityClass, row: Any, *, may_unlink: bool, may_edit: bool
) -> dict[str, Any]:
    link = row.FacilityAccount

    def amount(minor: int) -> cells.Cell:
        return cells.money(minor, facility.exponent, facility.currency)

    actions = []
    if may_edit:
        actions.append(row_action("Edit", f"{LINKS}/{link.id}/edit", "pencil", drawer=True))
    if may_unlink:
        href = f"{LINKS}/{link.id}/unlink"
        actions.append(row_action("Unlink", href, "unlink", dialog=True, danger=True))
    limit_minor = usable(link.allocation_minor, facility_class.availability_basis_points)
    return {
        "id": link.id,
        "label": row.number,
        "account": cells.text(row.number, href=f"/admin/accounts/{link.account_id}"),
        "name": cells.text(row.name),
        "allocation": amount(link.allocation_minor),
        "usable": amount(limit_minor),
        "outstanding": amount(link.outstanding_minor),
        "drawable": amount(link.permitted_minor - link.outstanding_minor),
        "linked": cells.day(link.linked_on),
        "status": _account_status(row),
        "actions": actions,
    }


def _account_status(row: Any) -> cells.Cell:
    if row.record_status == AUTHORIZED and not row.is_active:
        return cells.badge("Inactive", "danger")
    return cells.badge(STATUS_NAMES[row.record_status], STATUS_TONES[row.record_status])


def _note(facility: Facility, facility_class: FacilityClass) -> str:
    """Say what the accounts may draw now, and why not more."""
    if not facility.is_authorised or facility.status is None:
        return ""
    repaid = "What is drawn stays permitted until it is repaid; nothing more can be drawn."
    if not facility.is_active:
        return f"The facility is {STATUSES[facility.status].lower()}. {repaid}"
    if not facility.is_available:
        return f"The availability marker is NO. {repaid}"
    percent = facility_class.availability_percent
    share = "" if percent == 100 else f"{percent}% of each allocation may be used. "  # noqa: PLR2004
    if facility.is_revolving_under(class_is_revolving=facility_class.is_revolving):
        return f"{share}What is repaid can be drawn again."
    return f"{share}This is a term facility: what is repaid cannot be drawn again."
