"""The other operations of a wallet: top-up through a platform, earning, payout (L02.05-06)."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from app.controls.commands import handles, perform
from app.controls.due import Job, does, enqueue
from app.controls.identity import system_actor
from app.controls.locking import find_locked
from app.controls.permissions import find
from app.controls.service_log import note
from app.controls.work import Work
from app.funding.usage import funded
from app.kernel.errors import Conflict, Refusal
from app.kernel.references import plain_reference, reference_key
from app.ledger.models import Transaction
from app.platforms.models import Platform
from app.transactions.charging import charged
from app.transactions.commands import BUILDERS, built
from app.transactions.gateways import asked_outcome
from app.transactions.houses import with_house
from app.transactions.kinds import Particulars
from app.transactions.movement import Leg, Movement, record
from app.transactions.ordering import through_platform
from app.transactions.statuses import end

EXPIRY = "transaction-expiry"
NOT_A_REFERENCE = "Gateway reference can have plain letters, digits and signs only"
TAKEN = "Another top-up through this gateway has this Gateway reference"
LONGEST_HOURS = 24 * 30


@dataclass(frozen=True, slots=True)
class TopUp:
    """Money that comes in through a platform: a deposit that waits for the platform's word.

    `external_id` is the payment's id there; after `expires_hours` it expires by itself.
    """

    asset_id: int
    amount_minor: int
    platform_id: int
    external_id: str
    particulars: Particulars = field(default_factory=Particulars)
    funding_source_id: int | None = None
    expires_hours: int = 24


@dataclass(frozen=True, slots=True)
class Payout:
    """Money sent out to a verified bank account of the asset."""

    asset_id: int
    amount_minor: int
    funding_source_id: int
    particulars: Particulars = field(default_factory=Particulars)


@dataclass(frozen=True, slots=True)
class CreditEarning:
    """Money credited for completed work, or as a distribution."""

    asset_id: int
    amount_minor: int
    particulars: Particulars = field(default_factory=Particulars)


@dataclass(frozen=True, slots=True)
class ExpireTransaction:
    """End a transaction that nobody confirmed in its time."""

    transaction_id: int


@handles(TopUp, permission="assets.deposit")
def top_up(work: Work, command: TopUp) -> int:
    """Record the deposit as pending and say when it expires; returns the transaction's id.

    Refused (422): a platform of another project, no id of the payment or one that is none, a time
    that is none. Refused (409): the same payment a second time, in whatever case it is written.
    """
    command = replace(command, external_id=plain_reference(command.external_id))
    _demand_new(work, command)
    movement, _receiving = built(work, command)
    expires_at = work.now + timedelta(hours=command.expires_hours)
    # Not what is built: that is written anew by a correction, which keeps the time asked for.
    movement = replace(movement, more=(movement.more or {}) | {"expires_at": expires_at})
    transaction_id = record(work, movement)
    expire_later(work, transaction_id, expires_at)
    return transaction_id


@handles(Payout, permission="assets.withdraw")
def payout(work: Work, command: Payout) -> int:
    """Debit the asset against the branch's clearing; returns the transaction's id.

    Refused (409): a source that is not verified, or not this asset's.
    """
    return record(work, *built(work, command))


@handles(CreditEarning, permission="assets.deposit")
def credit_earning(work: Work, command: CreditEarning) -> int:
    """Credit the asset against the branch's clearing; returns the transaction's id."""
    return record(work, *built(work, command))


@handles(ExpireTransaction, permission="transactions.change-status")
def expire_transaction(work: Work, command: ExpireTransaction) -> bool:
    """Expire what is still open; answers False where it has ended already (L03.08)."""
    transaction = find_locked(work, Transaction, command.transaction_id)
    if transaction.is_final:
        return False
    end(work, transaction, "Expired")
    note(work, transaction, "Worker", "Nobody confirmed it in time: it expired")
    return True


@does(EXPIRY)
def expire_due_transaction(job: Job) -> None:
    """Do the expiry that is due, unless its platform, asked once more, knows how it ended.

    A platform that does not answer, or knows nothing new, stops no expiry.
    """
    worker = system_actor(job.organisation_id, frozenset({"transactions.change-status"}), "Worker")
    transaction_id = int(job.payload["transaction_id"])
    try:
        outcome = asked_outcome(worker, transaction_id)
    except Conflict:
        outcome = None
    if outcome is not None and outcome.status != "pending":
        perform(outcome, worker)
    else:
        perform(ExpireTransaction(transaction_id), worker)


def expire_later(work: Work, transaction_id: int, expires_at: datetime) -> None:
    """Let the worker expire a transaction at its time."""
    key = f"transaction-{transaction_id}"
    enqueue(work, EXPIRY, key, {"transaction_id": transaction_id}, due_at=expires_at)


def _top_up(work: Work, command: TopUp) -> tuple[Movement, None]:
    asset, clearing = with_house(work, command.asset_id, "clearing")
    platform = find(work.session, work.actor, Platform, command.platform_id)
    if platform.project_id != asset.project_id or platform.retired_at is not None:
        raise Refusal("Choose a platform from the list", field="platform_id")
    if not command.external_id:
        raise Refusal("Gateway reference is required", field="external_id")
    if not 1 <= command.expires_hours <= LONGEST_HOURS:
        raise Refusal(f"Expires after must be 1 to {LONGEST_HOURS} hours", field="expires_hours")
    more: dict[str, Any] = {"platform_id": platform.id}
    more |= funded(work, asset.id, command.funding_source_id)
    particulars = replace(
        command.particulars, provider=platform.name, external_id=command.external_id
    )
    legs = (Leg(clearing, asset, command.amount_minor),)
    movement = Movement("deposit", "in", asset, clearing, legs, particulars, more=more)
    return charged(work, movement), None


def _demand_new(work: Work, command: TopUp) -> None:
    """Refuse a payment of the platform that is known here already."""
    if not command.external_id.isascii():
        raise Refusal(NOT_A_REFERENCE, field="external_id")
    # Whoever types the same payment at the same moment waits here, and then finds it.
    find_locked(work, Platform, command.platform_id)
    taken = select(func.count()).where(
        Transaction.organisation_id == work.actor.tenant_id,
        Transaction.platform_id == command.platform_id,
        Transaction.external_id.is_not(None),
        func.lower(Transaction.external_id) == reference_key(command.external_id),
    )
    if work.session.scalar(taken):
        raise Conflict(TAKEN, field="external_id")


def _payout(work: Work, command: Payout) -> tuple[Movement, None]:
    asset, clearing = with_house(work, command.asset_id, "clearing")
    more = funded(work, asset.id, command.funding_source_id, only_verified=True)
    legs = (Leg(asset, clearing, command.amount_minor),)
    movement = Movement("payout", "out", asset, clearing, legs, command.particulars, more=more)
    return through_platform(work, charged(work, movement)), None


def _earning(work: Work, command: CreditEarning) -> tuple[Movement, None]:
    asset, clearing = with_house(work, command.asset_id, "clearing")
    legs = (Leg(clearing, asset, command.amount_minor),)
    movement = Movement("earning", "in", asset, clearing, legs, command.particulars)
    return through_platform(work, charged(work, movement)), None


BUILDERS.update({TopUp: _top_up, Payout: _payout, CreditEarning: _earning})
