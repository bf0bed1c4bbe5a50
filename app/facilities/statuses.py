"""A facility's status and its availability change without a new approval, and take effect at once.

What its accounts may overdraw follows in the same transaction.
"""

from dataclasses import dataclass

from app.allocations.settling import settle_facility
from app.clients.models import Client
from app.controls.commands import handles
from app.controls.locking import find_locked
from app.controls.work import Work
from app.credit.facility import (
    ACTIVE,
    CANCELLED,
    EXPIRED,
    STATUSES,
    SUSPENDED,
    Facility,
)
from app.credit.limits import demand_within_limit
from app.kernel.errors import Conflict, Refusal

SHORTEST_MEMO, LONGEST_MEMO = 5, 500
MEMO = f"Status memo is required (min {SHORTEST_MEMO} characters)"


@dataclass(frozen=True, slots=True)
class ChangeFacilityStatus:
    """Set the status; to suspend or to cancel needs a memo."""

    facility_id: int
    status: str
    memo: str = ""


@dataclass(frozen=True, slots=True)
class SetFacilityAvailability:
    """Let a facility be drawn on, or block it."""

    facility_id: int
    is_available: bool


@dataclass(frozen=True, slots=True)
class ExpireFacility:
    """End a facility whose time is up, where it ends by itself."""

    facility_id: int


@handles(ChangeFacilityStatus, permission="facilities.change-status")
def change_facility_status(work: Work, command: ChangeFacilityStatus) -> str:
    """Set it (E27.33-36); returns the status.

    Refused (422): no memo where one is needed. Refused (409): one that is not authorized, one that
    is cancelled for good, one that would expire by itself again. Refused (422): one that had
    expired, and would take its customer over their whole credit.
    """
    facility = _locked(work, command.facility_id)
    if command.status not in STATUSES:
        raise Refusal("Choose a status from the list", field="status")
    memo = command.memo.strip()
    if command.status in {SUSPENDED, CANCELLED} and len(memo) < SHORTEST_MEMO:
        raise Refusal(MEMO, field="memo")
    if len(memo) > LONGEST_MEMO:
        raise Refusal(f"Status memo can have at most {LONGEST_MEMO} characters", field="memo")
    if facility.status == CANCELLED:
        raise Conflict("The facility is cancelled, which is final", field="status")
    if command.status == ACTIVE and facility.has_ended(work.business_date):
        raise Conflict("The facility is past its expiry date and ends by itself", field="status")
    if facility.status == EXPIRED and command.status in {ACTIVE, SUSPENDED}:
        # What has expired is no part of the customer's credit: others may have it by now.
        client = work.session.get_one(Client, facility.client_id)
        demand_within_limit(work, client, facility.base_minor, besides=facility.id)
    facility.status = command.status
    facility.status_memo = memo
    settle_facility(work, facility)
    return command.status


@handles(SetFacilityAvailability, permission="facilities.change-status")
def set_facility_availability(work: Work, command: SetFacilityAvailability) -> bool:
    """Set the marker (E27.14); refused (409) on one that is not authorized."""
    facility = _locked(work, command.facility_id)
    facility.is_available = command.is_available
    settle_facility(work, facility)
    return command.is_available


@handles(ExpireFacility, permission="facilities.change-status")
def expire_facility(work: Work, command: ExpireFacility) -> bool:
    """Expire it (E27.43); answers False where somebody was faster."""
    facility = _locked(work, command.facility_id)
    if facility.status not in {ACTIVE, SUSPENDED}:
        return False
    facility.status = EXPIRED
    facility.status_memo = f"Expired by itself after {facility.expires_on.isoformat()}"
    settle_facility(work, facility)
    return True


def _locked(work: Work, facility_id: int) -> Facility:
    facility = find_locked(work, Facility, facility_id)
    if not facility.is_authorised:
        raise Conflict("The status of an authorized facility alone can be changed")
    return facility
