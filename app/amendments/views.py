"""Facility amendments: their list, the page of one, the form from a facility's page."""

from typing import Any

from flask import Blueprint, request
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.amendments.commands import AMENDMENT, PATH
from app.amendments.forms import AmendmentForm
from app.amendments.models import FacilityAmendment
from app.amendments.terms import changes
from app.clients.models import Client
from app.controls.identity import Actor
from app.controls.permissions import find, visible
from app.controls.review import DENIED
from app.credit.facility import ACTIVE, EXPIRED, STATUSES, Facility
from app.credit.facility import PATH as FACILITIES
from app.kernel.money import Money, format_minor
from app.records.reviewed import ReviewedPages, mount_reviewed
from app.web import cells
from app.web.forms import as_id, stripped
from app.web.listing import Column, Listing, contains
from app.web.pages import fact

blueprint = Blueprint("amendments", __name__)
_OWN = (
    "id", "reference", "facility_id", "client_id", "currency", "exponent", "approved_before_minor",
    "approved_minor", "advised_minor", "expires_on", "created_at",
)  # fmt: skip


def _select(who: Actor) -> Select[Any]:
    return (
        select(
            *(getattr(FacilityAmendment, name) for name in _OWN),
            Client.name.label("customer"),
        )
        .join(Client, Client.id == FacilityAmendment.client_id)
        .where(*visible(who, FacilityAmendment))
    )


def _amount(row: Any, name: str) -> cells.Cell:
    return cells.money(getattr(row, name), row.exponent, row.currency)


_AMENDMENTS = Listing(
    name="facility-amendments",
    title="Facility Amendments",
    section="Ledger Operations",
    path=PATH,
    select=_select,
    key=FacilityAmendment.id,
    columns=(
        Column("facility", "Facility Ref", lambda row: cells.ident(row.reference),
               sort=FacilityAmendment.reference, priority=1),
        Column("customer", "Customer", lambda row: cells.text(
            row.customer, href=f"/admin/clients/{row.client_id}"), sort=Client.name),
        Column("before", "Approved before", lambda row: _amount(row, "approved_before_minor"),
               money=True, shown=False),
        Column("approved", "Approved Amount", lambda row: _amount(row, "approved_minor"),
               sort=FacilityAmendment.approved_minor, money=True, priority=1),
        Column("advised", "Advised Amount", lambda row: _amount(row, "advised_minor"),
               sort=FacilityAmendment.advised_minor, money=True, shown=False),
        Column("expires", "Expiry Date", lambda row: cells.day(row.expires_on),
               sort=FacilityAmendment.expires_on),
        Column("created", "Created", lambda row: cells.instant(row.created_at),
               sort=FacilityAmendment.id, shown=False),
    ),
    search=contains(FacilityAmendment.reference),
    search_hint="Facility Ref",
    sort="-created",
    label=lambda row: row.reference,
    empty="A facility's limit and its end are changed here, or from the facility's page.",
)  # fmt: skip


def _detail(session: Session, _who: Actor, record: FacilityAmendment) -> dict[str, Any]:
    facility = cells.text(record.reference, href=f"{FACILITIES}/{record.facility_id}")
    client = session.get_one(Client, record.client_id)
    return {
        "rows": [
            fact("Facility", facility),
            fact("Customer", cells.text(client.title(), href=f"/admin/clients/{client.id}")),
            *changes(record),
            *_reopening(session.get_one(Facility, record.facility_id), record),
            fact("Reason", cells.text(record.reason)),
        ]
    }


def _reopening(facility: Facility, record: FacilityAmendment) -> list[dict[str, Any]]:
    """Say that an amendment that is still open puts an expired facility in force again."""
    if facility.status != EXPIRED or record.is_authorised or record.record_status == DENIED:
        return []
    limit = Money(record.approved_minor, record.currency, record.exponent)
    return [
        fact("Facility Status", cells.text(f"{STATUSES[EXPIRED]} → {STATUSES[ACTIVE]}")),
        fact("Expired because", cells.text(facility.status_memo)),
        fact("In force again", cells.text(f"{limit}, until {record.expires_on.isoformat()}")),
    ]


def _prepare(
    form: AmendmentForm, session: Session, who: Actor, record: FacilityAmendment | None
) -> None:
    asked = record.facility_id if record else as_id(request.args.get("facility"))
    if asked:
        del form.reference
        form.facility = find(session, who, Facility, asked)
        _tell(form, form.facility, record)
    elif form.is_posted:
        query = select(Facility).where(
            *visible(who, Facility),
            Facility.reference == stripped(form.reference.data),
            Facility.retired_at.is_(None),
        )
        form.facility = session.scalars(query).one_or_none()


def _tell(form: AmendmentForm, facility: Facility, record: FacilityAmendment | None) -> None:
    """Say beside each field what is in force, and begin with it or with the draft."""
    for field, minor in (
        (form.approved, facility.approved_minor),
        (form.advised, facility.advised_minor),
    ):
        now = Money(minor, facility.currency, facility.exponent)
        field.description = f"Now {now}"
    form.expires_on.description = f"Now {facility.expires_on.isoformat()}"
    form.review_days.description = f"Days before expiry to review it; now {facility.review_days}"
    if form.is_posted:
        return
    terms = record or facility
    form.approved.data = format_minor(terms.approved_minor, facility.exponent)
    form.advised.data = format_minor(terms.advised_minor, facility.exponent)
    form.expires_on.data = terms.expires_on
    form.review_days.data = terms.review_days


mount_reviewed(
    blueprint,
    ReviewedPages(
        AMENDMENT,
        "Facility Amendment",
        _AMENDMENTS,
        AmendmentForm,
        _prepare,
        _detail,
        form_fields="amendments/_fields.html",
    ),
)
