"""Facilities are drafted, edited while drafts, approved, and deleted while they are open."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, select

from app.clients.models import Client
from app.controls.commands import handles
from app.controls.drafts import draft, drafted
from app.controls.permissions import find
from app.controls.retiring import referred
from app.controls.review import ReviewKind, review
from app.controls.tenant import Organisation
from app.controls.usage import used_by
from app.controls.work import Work
from app.credit.facility import (
    ACTIVE,
    AUTOMATIC,
    INHERIT,
    MANUAL,
    PATH,
    REVOLVING,
    TERM,
    Facility,
)
from app.credit.limits import (
    demand_ahead,
    demand_amounts,
    demand_review_days,
    demand_within_limit,
    in_base,
)
from app.credit.models import FacilityClass
from app.kernel.errors import Conflict, Refusal
from app.organisation.models import OrganisationCurrency
from app.organisation.queries import kept_currency
from app.records.drafts import demand_not_deleted, retires_while_open
from app.reference.codes import LoanPurpose
from app.workflows.models import WorkflowType

SHORTEST_DESCRIPTION, LONGEST_DESCRIPTION = 3, 500
TAKEN = "That Facility Ref already exists"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a facility offers until it is approved; amounts in minor units of its currency."""

    description: str
    approved_minor: int
    advised_minor: int
    expires_on: date
    review_days: int = 30
    expiry_mode: str = MANUAL
    revolving: str = INHERIT
    is_available: bool = True
    loan_purpose_id: int | None = None
    workflow_type_id: int | None = None


@dataclass(frozen=True, slots=True)
class CreateFacility:
    """Draft a facility; customer, class and currency never change afterwards."""

    client_id: int
    facility_class_id: int
    currency: str
    offer: Offer
    submit: bool = False


@dataclass(frozen=True, slots=True)
class EditFacility:
    """Change what a draft or rejected facility offers."""

    facility_id: int
    version: int
    offer: Offer
    submit: bool = False


def _demand_sound(work: Work, facility: Facility) -> None:
    """Refuse to hand in, or to approve, what could not be created any more, at the day's rate."""
    demand_not_deleted(work, facility)
    client = work.session.get_one(Client, facility.client_id)
    _demand_parties(client, work.session.get_one(FacilityClass, facility.facility_class_id))
    demand_ahead(work, facility.expires_on)
    facility.base_minor = in_base(work, facility.approved_minor, facility.currency)
    demand_within_limit(work, client, facility.base_minor, besides=facility.id)


def _authorised(work: Work, facility: Facility) -> None:
    """Put the facility in force (E27.18): what was sound when handed in must be so still."""
    facility.status = ACTIVE
    facility.approved_on = work.business_date
    _demand_sound(work, facility)


FACILITY = review(
    ReviewKind(
        key="facility",
        model=Facility,
        name="Facility",
        module="facilities",
        path=PATH,
        authorised=_authorised,
        check=_demand_sound,
    )
)
retires_while_open(Facility, "Facility", permission="facilities.delete")


@handles(CreateFacility, permission="facilities.create")
def create_facility(work: Work, command: CreateFacility) -> int:
    """Create the draft under "{customerNumber}.{facilityClassCode}"; returns the id.

    Refused (422) what E27.04-14, E27.19-20 and E27.23 name, (409) a second one of the same
    customer and class (E27.22).
    """
    client = find(work.session, work.actor, Client, command.client_id)
    facility_class = find(work.session, work.actor, FacilityClass, command.facility_class_id)
    referred(work, FacilityClass, facility_class.id, field="facility_class_id")
    _demand_parties(client, facility_class)
    reference = f"{client.number}.{facility_class.code}"
    _demand_free(work, reference)
    currency = kept_currency(work.session, work.actor, command.currency)
    values = _checked(work, command.offer, None)
    base_minor = in_base(work, command.offer.approved_minor, currency.code)
    demand_within_limit(work, client, base_minor)
    facility = work.add(
        Facility(
            organisation_id=work.actor.tenant_id,
            reference=reference,
            client_id=client.id,
            project_id=client.project_id,
            branch_id=client.branch_id,
            facility_class_id=facility_class.id,
            currency=currency.code,
            exponent=currency.exponent,
            base_minor=base_minor,
            maker_id=work.actor.user_id,
            **values,
        )
    )
    return drafted(work, FACILITY, facility, "created", hand_in=command.submit)


@handles(EditFacility, permission="facilities.edit")
def edit_facility(work: Work, command: EditFacility) -> int:
    """Save the draft; what waits, is approved or was deleted is refused with 409 (E27.31-32)."""
    facility: Facility = draft(work, FACILITY, command.facility_id, command.version)
    values = _checked(work, command.offer, facility)
    client = work.session.get_one(Client, facility.client_id)
    base_minor = in_base(work, command.offer.approved_minor, facility.currency)
    demand_within_limit(work, client, base_minor, besides=facility.id)
    if command.offer.workflow_type_id != facility.workflow_type_id:
        facility.stage_id = None
    for key, value in values.items():
        setattr(facility, key, value)
    facility.base_minor = base_minor
    return drafted(work, FACILITY, facility, "edited", hand_in=command.submit)


@used_by(LoanPurpose, "facilities")
def facilities_for_purpose(row: LoanPurpose) -> Select[int]:
    """Select the facilities that are for a purpose."""
    return _in_use(row, Facility.loan_purpose_id == row.id)


@used_by(FacilityClass, "facilities")
def facilities_of_class(row: FacilityClass) -> Select[int]:
    """Select the facilities under a class."""
    return _in_use(row, Facility.facility_class_id == row.id)


@used_by(WorkflowType, "facilities")
def facilities_of_type(row: WorkflowType) -> Select[int]:
    """Select the facilities that go a workflow's way."""
    return _in_use(row, Facility.workflow_type_id == row.id)


@used_by(OrganisationCurrency, "facilities")
def facilities_in_currency(row: OrganisationCurrency) -> Select[int]:
    """Select the facilities in a currency."""
    return _in_use(row, Facility.currency == row.code)


@used_by(Organisation, "facilities")
def facilities_of(row: Organisation) -> Select[int]:
    """Select the facilities: what each is worth is kept in base currency."""
    return select(Facility.id).where(
        Facility.organisation_id == row.id, Facility.retired_at.is_(None)
    )


def _in_use(row: object, clause: object) -> Select[int]:
    return select(Facility.id).where(
        Facility.organisation_id == row.organisation_id,  # type: ignore[attr-defined]
        clause,  # type: ignore[arg-type]
        Facility.retired_at.is_(None),
    )


def _demand_parties(client: Client, facility_class: FacilityClass) -> None:
    if not client.is_authorised:
        raise Refusal("Customer is not authorized", field="client_id")
    if not facility_class.is_authorised or facility_class.retired_at is not None:
        raise Refusal("Facility class is not authorized", field="facility_class_id")


def _demand_free(work: Work, reference: str) -> None:
    taken = select(func.count()).where(
        Facility.organisation_id == work.actor.tenant_id,
        Facility.reference == reference,
        Facility.retired_at.is_(None),
    )
    if work.session.scalar(taken):
        raise Conflict(TAKEN, field="facility_class_id")


def _checked(work: Work, offer: Offer, saved: Facility | None) -> dict[str, object]:
    description = offer.description.strip()
    if not SHORTEST_DESCRIPTION <= len(description) <= LONGEST_DESCRIPTION:
        raise Refusal(
            f"Description must have {SHORTEST_DESCRIPTION} to {LONGEST_DESCRIPTION} characters",
            field="description",
        )
    demand_amounts(offer.approved_minor, offer.advised_minor)
    demand_ahead(work, offer.expires_on)
    demand_review_days(offer.review_days)
    if offer.expiry_mode not in {MANUAL, AUTOMATIC}:
        raise Refusal("Choose Manual or Automatic", field="expiry_mode")
    if offer.revolving not in {INHERIT, REVOLVING, TERM}:
        raise Refusal("Choose Inherit from class, Yes or No", field="revolving")
    _demand_chosen(work, offer, saved)
    return {
        "description": description,
        "approved_minor": offer.approved_minor,
        "advised_minor": offer.advised_minor,
        "expires_on": offer.expires_on,
        "review_days": offer.review_days,
        "expiry_mode": offer.expiry_mode,
        "revolving": offer.revolving,
        "is_available": offer.is_available,
        "loan_purpose_id": offer.loan_purpose_id,
        "workflow_type_id": offer.workflow_type_id,
    }


def _demand_chosen(work: Work, offer: Offer, saved: Facility | None) -> None:
    if offer.loan_purpose_id != (saved.loan_purpose_id if saved else None):
        referred(work, LoanPurpose, offer.loan_purpose_id, field="loan_purpose_id")
    if offer.workflow_type_id is not None:
        chosen = find(work.session, work.actor, WorkflowType, offer.workflow_type_id)
        if not chosen.is_authorised:
            raise Refusal("Workflow type is not authorized", field="workflow_type_id")
