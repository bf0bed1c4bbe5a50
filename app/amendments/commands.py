"""Amendments are drafted on a facility in force, approved, and change its terms at that moment."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from app.allocations.queries import shared, spent_of
from app.allocations.settling import settle_facility
from app.amendments.models import FacilityAmendment
from app.clients.models import Client
from app.controls.commands import handles
from app.controls.drafts import draft, drafted
from app.controls.locking import find_locked
from app.controls.review import AUTHORIZED, DENIED, ReviewKind, review
from app.controls.work import Work
from app.credit.facility import ACTIVE, CANCELLED, EXPIRED, Facility
from app.credit.limits import (
    demand_ahead,
    demand_amounts,
    demand_review_days,
    demand_within_limit,
    in_base,
)
from app.kernel.errors import Conflict, Refusal
from app.kernel.money import Money
from app.records.drafts import demand_not_deleted, retires_while_open

PATH = "/admin/facility-amendments"
SHORTEST_REASON, LONGEST_REASON = 3, 500
NOT_IN_FORCE = "An authorized facility alone can be amended"
IS_CANCELLED = "The facility is cancelled, which is final"
OPEN_ALREADY = "An amendment of this facility is open already"
NOTHING_NEW = "Nothing is changed: the facility has these terms"
BELOW_SHARES = "Accounts have {taken} of it: lower their allocations first"


@dataclass(frozen=True, slots=True)
class NewTerms:
    """What a facility's terms shall be, in minor units of its currency."""

    approved_minor: int
    advised_minor: int
    expires_on: date
    review_days: int
    reason: str


@dataclass(frozen=True, slots=True)
class CreateAmendment:
    """Draft other terms for a facility in force."""

    facility_id: int
    terms: NewTerms
    submit: bool = False


@dataclass(frozen=True, slots=True)
class EditAmendment:
    """Change a draft or rejected amendment; its facility stays."""

    amendment_id: int
    version: int
    terms: NewTerms
    submit: bool = False


def _demand_sound(work: Work, amendment: FacilityAmendment) -> Facility:
    """Refuse to hand in, or to approve, what could not be drafted any more."""
    demand_not_deleted(work, amendment)
    facility = _locked(work, amendment.facility_id)
    _demand_terms(work, facility, amendment)
    return facility


def _authorised(work: Work, amendment: FacilityAmendment) -> None:
    """Put the terms in force; a facility that had expired is active again until its new date."""
    facility = _demand_sound(work, amendment)
    facility.amend(
        approved_minor=amendment.approved_minor,
        advised_minor=amendment.advised_minor,
        expires_on=amendment.expires_on,
        review_days=amendment.review_days,
    )
    facility.base_minor = amendment.base_minor
    if facility.review_on > work.business_date:
        facility.reminded_on = None
    if facility.status == EXPIRED:
        facility.status = ACTIVE
        facility.status_memo = f"Renewed until {facility.expires_on.isoformat()}"
    settle_facility(work, facility)


AMENDMENT = review(
    ReviewKind(
        key="facility-amendment",
        model=FacilityAmendment,
        name="Facility amendment",
        module="facilities",
        path=PATH,
        becomes="facility",
        authorised=_authorised,
        check=_demand_sound,
    )
)
retires_while_open(FacilityAmendment, "Facility amendment", permission="facilities.delete")


@handles(CreateAmendment, permission="facilities.create")
def create_amendment(work: Work, command: CreateAmendment) -> int:
    """Create the draft beside the terms in force; returns the id.

    Refused (409): a facility that is not authorized or is cancelled, one with an open amendment.
    Refused (422): amounts and dates that a new facility could not have, less than its accounts
    share, no reason, no change.
    """
    facility = _locked(work, command.facility_id)
    _demand_no_other(work, facility)
    amendment = FacilityAmendment(
        organisation_id=facility.organisation_id,
        facility_id=facility.id,
        reference=facility.reference,
        client_id=facility.client_id,
        project_id=facility.project_id,
        branch_id=facility.branch_id,
        currency=facility.currency,
        exponent=facility.exponent,
        approved_before_minor=facility.approved_minor,
        advised_before_minor=facility.advised_minor,
        expires_before=facility.expires_on,
        review_days_before=facility.review_days,
        maker_id=work.actor.user_id,
    )
    _set(work, facility, amendment, command.terms)
    return drafted(work, AMENDMENT, work.add(amendment), "created", hand_in=command.submit)


@handles(EditAmendment, permission="facilities.edit")
def edit_amendment(work: Work, command: EditAmendment) -> int:
    """Save the draft; what waits, is approved or was deleted is refused with 409."""
    amendment: FacilityAmendment = draft(work, AMENDMENT, command.amendment_id, command.version)
    _set(work, _locked(work, amendment.facility_id), amendment, command.terms)
    return drafted(work, AMENDMENT, amendment, "edited", hand_in=command.submit)


def _set(work: Work, facility: Facility, amendment: FacilityAmendment, terms: NewTerms) -> None:
    amendment.approved_minor = terms.approved_minor
    amendment.advised_minor = terms.advised_minor
    amendment.expires_on = terms.expires_on
    amendment.review_days = terms.review_days
    amendment.reason = terms.reason.strip()
    _demand_terms(work, facility, amendment)


def _demand_terms(work: Work, facility: Facility, amendment: FacilityAmendment) -> None:
    if not SHORTEST_REASON <= len(amendment.reason) <= LONGEST_REASON:
        sentence = f"Reason must have {SHORTEST_REASON} to {LONGEST_REASON} characters"
        raise Refusal(sentence, field="reason")
    demand_amounts(amendment.approved_minor, amendment.advised_minor)
    demand_ahead(work, amendment.expires_on)
    demand_review_days(amendment.review_days)
    if not amendment.changes_anything:
        raise Refusal(NOTHING_NEW)
    _demand_room(work, facility, amendment.advised_minor)
    _demand_credit(work, facility, amendment)


def _demand_credit(work: Work, facility: Facility, amendment: FacilityAmendment) -> None:
    """Judge at the day's rate what lends more, or longer; what does not counts for no more."""
    base_minor = in_base(work, amendment.approved_minor, facility.currency)
    # One that had expired was no part of the customer's credit any more.
    if (
        amendment.approved_minor > facility.approved_minor
        or amendment.expires_on > facility.expires_on
        or facility.status == EXPIRED
    ):
        client = work.session.get_one(Client, facility.client_id)
        demand_within_limit(work, client, base_minor, besides=facility.id)
        amendment.base_minor = base_minor
    else:
        amendment.base_minor = min(base_minor, facility.base_minor)


def _demand_room(work: Work, facility: Facility, advised_minor: int) -> None:
    taken_minor = shared(work.session, facility) + spent_of(work.session, facility)
    if advised_minor < taken_minor:
        taken = Money(taken_minor, facility.currency, facility.exponent)
        raise Refusal(BELOW_SHARES.format(taken=taken), field="advised")


def _demand_no_other(work: Work, facility: Facility) -> None:
    query = select(func.count()).where(
        FacilityAmendment.organisation_id == facility.organisation_id,
        FacilityAmendment.facility_id == facility.id,
        FacilityAmendment.retired_at.is_(None),
        FacilityAmendment.record_status.not_in((AUTHORIZED, DENIED)),
    )
    if work.session.scalar(query):
        raise Conflict(OPEN_ALREADY)


def _locked(work: Work, facility_id: int) -> Facility:
    """Return a facility that may be amended, locked: terms and allocations take turns."""
    facility = find_locked(work, Facility, facility_id)
    if not facility.is_authorised:
        raise Conflict(NOT_IN_FORCE)
    if facility.status == CANCELLED:
        raise Conflict(IS_CANCELLED)
    return facility
