"""Holds by hand: money reserved on an asset for a reason, until it is released or time is up."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.controls.commands import handles, perform
from app.controls.due import Job, does, enqueue
from app.controls.identity import Actor, system_actor
from app.controls.permissions import find, visible
from app.controls.service_log import note
from app.controls.work import Work
from app.kernel.errors import Conflict, Missing, Refusal
from app.kernel.money import Money
from app.ledger.holds import place_hold, release_hold
from app.ledger.locking import lock_assets
from app.ledger.models import Asset, Hold

EXPIRY = "hold-expiry"
SHORTEST_REASON, LONGEST_REASON = 5, 500
ENDED = "This hold has ended already"
EXPIRED = "Its time was up"


@dataclass(frozen=True, slots=True)
class PlaceHold:
    """Reserve an amount in minor units, until `expires_at` where that is given."""

    asset_id: int
    amount_minor: int
    reason: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReleaseHold:
    """Free what was held by hand, and say why."""

    hold_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class ExpireHold:
    """Free what was held by hand when its time is up."""

    hold_id: int


@handles(PlaceHold, permission="assets.adjust-holds")
def place_hold_by_hand(work: Work, command: PlaceHold) -> int:
    """Place the hold; returns its id.

    Refused (422): an asset without a limit, no reason, an end that is past. Refused (409): more
    than is available, an inactive asset.
    """
    reason = _reason(command.reason)
    asset = lock_assets(work, [command.asset_id])[command.asset_id]
    if not asset.is_limited:
        raise Refusal("Nothing is held on an asset of the house itself")
    if command.expires_at is not None and command.expires_at <= work.now:
        raise Refusal("The hold must end in the future", field="expires_at")
    hold = place_hold(
        work, asset, amount_minor=command.amount_minor, transaction_id=None, reason=reason
    )
    hold.placed_by_name = work.actor.name
    hold.expires_at = command.expires_at
    work.session.flush()  # its number is the due work's
    if command.expires_at is not None:
        key = f"hold-{hold.id}"
        enqueue(work, EXPIRY, key, {"hold_id": hold.id}, due_at=command.expires_at)
    return hold.id


@handles(ReleaseHold, permission="assets.adjust-holds")
def release_hold_by_hand(work: Work, command: ReleaseHold) -> None:
    """Release the hold; refused (409) where it has ended or belongs to a transaction."""
    reason = _reason(command.reason)
    hold = find_hold(work.session, work.actor, command.hold_id)
    demand_releasable(hold)
    _release(work, hold, reason)


@handles(ExpireHold, permission="assets.adjust-holds")
def expire_hold(work: Work, command: ExpireHold) -> bool:
    """Release the hold at its time; answers False where somebody was faster."""
    hold = find_hold(work.session, work.actor, command.hold_id)
    if hold.state != "active":
        return False
    _release(work, hold, EXPIRED)
    asset = work.session.get_one(Asset, hold.asset_id)
    amount = Money(hold.amount_minor, asset.currency, asset.exponent)
    note(work, asset, "Worker", f"The hold of {amount} ({hold.reason}) expired and was released")
    return True


@does(EXPIRY)
def expire_due_hold(job: Job) -> None:
    """Do the expiry that is due."""
    worker = system_actor(job.organisation_id, frozenset({"assets.adjust-holds"}), "Worker")
    perform(ExpireHold(int(job.payload["hold_id"])), worker)


def find_hold(session: Session, actor: Actor, hold_id: int) -> Hold:
    """Return a hold on an asset in sight, or refuse with the 404 of a missing id."""
    query = (
        select(Hold)
        .join(Asset, Asset.id == Hold.asset_id)
        .where(*visible(actor, Asset), Hold.id == hold_id)
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise Missing
    return found


def demand_releasable(hold: Hold) -> None:
    """Refuse (409) a hold that has ended, or that ends with its transaction."""
    if not hold.is_by_hand:
        raise Conflict("This hold ends with its transaction")
    if hold.state != "active":
        raise Conflict(ENDED)


def _release(work: Work, hold: Hold, reason: str) -> None:
    find(work.session, work.actor, Asset, hold.asset_id)
    asset = lock_assets(work, [hold.asset_id])[hold.asset_id]
    if not release_hold(work, asset, hold.id, reason=reason):
        raise Conflict(ENDED)


def _reason(typed: str) -> str:
    reason = typed.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise Refusal(
            f"The reason needs {SHORTEST_REASON} to {LONGEST_REASON} characters", field="reason"
        )
    return reason
