"""Ledger Operations > Facilities: the list."""

from typing import Any

from app.clients.models import Client
from app.controls.review import AUTHORIZED
from app.credit.facility import ACTIVE, CANCELLED, EXPIRED, PATH, STATUSES, SUSPENDED, Facility
from app.credit.models import FacilityClass
from app.facilities.queries import facility_select
from app.records.retiring import status_filter
from app.web import cells
from app.web.listing import Column, Filter, Listing, contains, equals

TONES = {ACTIVE: "success", SUSPENDED: "warning", EXPIRED: "neutral", CANCELLED: "danger"}


def status_cell(status: str | None) -> cells.Cell:
    """Show a facility's status; before it is authorized it has none."""
    return cells.badge(STATUSES[status], TONES[status]) if status else cells.text("")


def _class(row: Any) -> cells.Cell:
    href = f"/admin/facility-classes/{row.facility_class_id}"
    return cells.text(row.class_code, href=href)


def _approval(row: Any) -> cells.Cell:
    if row.retired_at is not None:
        return cells.badge("Inactive", "danger")
    return cells.record_status(row.record_status)


def _created(row: Any) -> cells.Cell:
    """Show the day alone; the tooltip has the time."""
    moment = cells.instant(row.created_at)
    return {**moment, "text": moment["text"].partition(" ")[0]}


def _amount(row: Any, name: str) -> cells.Cell:
    return cells.money(getattr(row, name), row.exponent, row.currency)


FACILITIES = Listing(
    name="facilities",
    title="Facilities",
    section="Ledger Operations",
    path=PATH,
    select=facility_select,
    key=Facility.id,
    columns=(
        Column("reference", "Facility Ref", lambda row: cells.ident(row.reference),
               sort=Facility.reference, priority=1),
        Column("customer", "Customer", lambda row: cells.text(
            row.customer, href=f"/admin/clients/{row.client_id}"), sort=Client.name, priority=1),
        Column("class", "Facility Class", _class, sort=FacilityClass.code),
        Column("approved", "Approved Amount", lambda row: _amount(row, "approved_minor"),
               sort=Facility.approved_minor, money=True, priority=1),
        Column("advised", "Advised Amount", lambda row: _amount(row, "advised_minor"),
               sort=Facility.advised_minor, money=True, shown=False),
        Column("facility-status", "Facility Status", lambda row: status_cell(row.status),
               priority=1),
        Column("status", "Approval Status", _approval, sort=Facility.record_status),
        Column("expires", "Expiry Date", lambda row: cells.day(row.expires_on),
               sort=Facility.expires_on),
        Column("created", "Created", _created, sort=Facility.id),
    ),
    filters=(
        status_filter(Facility, label="Approval Status",
                      default=Facility.record_status == AUTHORIZED),
        Filter("facility-status", "Facility Status", "choices", equals(Facility.status),
               lambda _session, _actor: tuple(STATUSES.items())),
    ),
    search=contains(Facility.reference),
    search_hint="Facility Ref",
    sort="-created",
    label=lambda row: row.reference,
    empty="Create a facility for an authorized customer. Drafts and what waits are found by the "
    "filter Approval Status.",
)  # fmt: skip
