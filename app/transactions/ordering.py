"""Sends what a linked asset's platform has to carry out, and does what it answers (W06.14-16).

A deposit or withdrawal of an asset that a platform keeps waits here, with its money held, until
the platform confirms it. The order carries the transaction's public id as its key, so that the
platform does it once however often it is sent.
"""

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.assets.refreshing import NO_BALANCE_ID
from app.controls.commands import handles, perform
from app.controls.due import Job, does
from app.controls.identity import Actor, system_actor
from app.controls.locking import find_locked
from app.controls.outgoing import NoAnswer
from app.controls.service_log import note
from app.controls.work import Work
from app.db.session import database
from app.kernel.crash import crash_point
from app.kernel.errors import Conflict, Refusal, Unavailable
from app.kernel.money import plain_decimal
from app.ledger.models import Asset, Transaction
from app.platforms.client import TRADING, Line, Order, Outcome, line_of, place_order
from app.platforms.models import Platform
from app.transactions.gateways import RecordOutcome
from app.transactions.movement import Movement
from app.transactions.orders import ORDER, order_of, send_again
from app.transactions.reversal import keeps_booked
from app.transactions.review import lines_of

NOTHING_LEFT = "Nothing is left for the platform to move after the fees"
CARRIED_OUT = "A platform carried this out: record the opposite, which is sent there as well"
_PERMISSIONS = frozenset({"transactions.change-status"})


@dataclass(frozen=True, slots=True)
class MarkOrderSent:
    """Write down that the platform is about to be asked: from now on its answer decides."""

    transaction_id: int


@dataclass(frozen=True, slots=True)
class SendOrderAgain:
    """Note what came of an order that is not settled yet, and send it again later."""

    transaction_id: int
    turn: int
    said: str


def through_platform(work: Work, movement: Movement) -> Movement:
    """Return the movement as an order, where a platform keeps the asset's balance.

    A bonus stays here. Refused: 409 without an Entity balance id to name to the platform, 422
    where the fees leave nothing to move.
    """
    asset = movement.asset
    if asset.platform_id is None or movement.legs[0].bonus_of is not None:
        return movement
    named = select(Asset.external_balance_id).where(Asset.id == asset.id)
    if not work.session.scalar(named):
        raise Conflict(NO_BALANCE_ID)
    moved = [leg for leg in movement.legs if leg.bonus_of is None]
    into = sum(leg.amount_minor for leg in moved if leg.credit.id == asset.id)
    out = sum(leg.amount_minor for leg in moved if leg.debit.id == asset.id)
    if (into - out if movement.direction == "in" else out - into) <= 0:
        raise Refusal(NOTHING_LEFT, field="amount")
    platform = work.session.get_one(Platform, asset.platform_id)
    return replace(
        movement,
        is_order=True,
        particulars=replace(movement.particulars, provider=platform.name),
        more={**(movement.more or {}), "platform_id": platform.id},
    )


@does(ORDER)
def send_due_order(job: Job) -> None:
    """Send an order, or send it again, and do what the platform answers.

    Whatever happens between the lines, the next turn sends the same order under the same key.
    """
    transaction_id, turn = int(job.payload["transaction_id"]), int(job.payload["turn"])
    worker = system_actor(job.organisation_id, _PERMISSIONS, "Worker")
    if not perform(MarkOrderSent(transaction_id), worker):
        return
    line, order = _order(transaction_id)
    crash_point("order marked")
    try:
        outcome = place_order(line, order)
    except NoAnswer as error:
        perform(SendOrderAgain(transaction_id, turn + 1, error.sentence), worker)
        return
    crash_point("order answered")
    _settle(worker, transaction_id, turn, outcome)


@handles(MarkOrderSent, permission="transactions.change-status")
def mark_order_sent(work: Work, command: MarkOrderSent) -> bool:
    """Write the moment of the first sending; answers False where the transaction has ended."""
    transaction = find_locked(work, Transaction, command.transaction_id)
    order = order_of(work.session, transaction)
    if order is None or transaction.is_final or not transaction.is_authorised:
        return False
    order.sent_at = order.sent_at or work.now
    return True


@handles(SendOrderAgain, permission="transactions.change-status")
def send_order_again(work: Work, command: SendOrderAgain) -> bool:
    """Note it and make the next turn due; answers False where the transaction has ended."""
    transaction = find_locked(work, Transaction, command.transaction_id)
    if transaction.is_final:
        return False
    note(work, transaction, "Gateway", command.said)
    send_again(work, transaction, command.turn)
    return True


def _settle(worker: Actor, transaction_id: int, turn: int, outcome: Outcome) -> None:
    """Do what was answered; what the books refuse now (a frozen account) is tried again later."""
    if outcome.status == "pending":
        said = "The platform answered pending: it is asked again"
        perform(SendOrderAgain(transaction_id, turn + 1, said), worker)
        return
    answer = RecordOutcome(
        transaction_id, outcome.status, outcome.failure_code, outcome.failure_reason
    )
    try:
        perform(answer, worker)
    except Unavailable:
        raise
    except Refusal as refusal:
        said = f"The platform answered {outcome.status}, but: {refusal.sentence}"
        perform(SendOrderAgain(transaction_id, turn + 1, said), worker)


def _order(transaction_id: int) -> tuple[Line, Order]:
    """Read what is sent, so that no session waits for the platform.

    The amount is what the account's real money changes by, its fees and taxes with it: so the
    platform's balance stays that of the books.
    """
    with database.reading() as session:
        one = session.get_one(Transaction, transaction_id)
        asset = session.get_one(Asset, one.asset_id)
        order = order_of(session, one)
        assert order is not None  # noqa: S101  it was marked as sent just now
        lines = [
            line for line in lines_of(one) if line.asset_id == asset.id and line.bucket == "real"
        ]
        credited = sum(
            line.amount_minor if line.side == "C" else -line.amount_minor for line in lines
        )
        return line_of(session.get_one(Platform, order.platform_id), TRADING), Order(
            order.endpoint,
            one.public_id,
            asset.external_balance_id or "",
            plain_decimal(abs(credited), one.exponent),
            one.currency,
        )


@keeps_booked
def order_stays(session: Session, one: Transaction) -> str:
    """Keep booked what a platform carried out, which nobody would tell of a reversal."""
    return CARRIED_OUT if order_of(session, one) is not None else ""
