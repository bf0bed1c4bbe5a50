"""Sync status: asks the platform of a transaction how it stands, and does what it answers.

The platform's word completes, fails, expires or cancels by the same steps as the status click.
"""

from dataclasses import asdict, dataclass

from app.assets.refreshing import refresh_later
from app.controls.commands import handles
from app.controls.identity import Actor
from app.controls.locking import find_locked
from app.controls.outgoing import NoAnswer
from app.controls.permissions import find
from app.controls.service_log import note, note_alone
from app.controls.work import Work
from app.db.session import database
from app.kernel.currencies import known_currencies
from app.kernel.errors import Conflict
from app.kernel.money import format_minor
from app.ledger.models import Transaction
from app.platforms.client import TRADING, ask_outcome, line_of
from app.platforms.models import Platform
from app.transactions.orders import is_top_up, order_of
from app.transactions.review import demand_payee
from app.transactions.statuses import FINISHED, end, finish

NO_PLATFORM = "No platform processes this transaction: there is nobody to ask"
_ENDS = {"failed": "Failed", "expired": "Expired", "canceled": "Canceled"}


@dataclass(frozen=True, slots=True)
class RecordOutcome:
    """Do what the platform answered."""

    transaction_id: int
    status: str
    failure_code: str = ""
    failure_reason: str = ""
    amount_minor: int | None = None
    currency: str = ""


def obstacle_to_sync(one: Transaction) -> str | None:
    """Return why the platform of a transaction cannot be asked, or None."""
    if one.platform_id is None:
        return NO_PLATFORM
    return FINISHED.format(status=one.processing.lower()) if one.is_final else None


def asked_outcome(actor: Actor, transaction_id: int) -> RecordOutcome:
    """Ask the platform and return the command that does what it answers.

    No session is open meanwhile. Refused: 409 where there is nobody to ask or no answer, or a
    top-up of another amount, which the transaction's log then tells.
    """
    with database.reading() as session:
        one = find(session, actor, Transaction, transaction_id)
        obstacle = obstacle_to_sync(one)
        if obstacle is not None:
            raise Conflict(obstacle)
        platform = session.get_one(Platform, one.platform_id)
        line, name = line_of(platform, TRADING), platform.name
        # A platform knows what was ordered from here by our reference.
        came_by_itself = is_top_up(session, one)
        reference = one.external_id or "" if came_by_itself else one.public_id
        session.expunge_all()
    try:
        command = RecordOutcome(transaction_id, **asdict(ask_outcome(line, reference)))
        if came_by_itself:
            _demand_amount(one, command)
    except (NoAnswer, Conflict) as error:
        note_alone(actor.tenant_id, one, name, error.sentence)
        raise Conflict(error.sentence) from error
    return command


@handles(RecordOutcome, permission="transactions.change-status")
def record_outcome(work: Work, command: RecordOutcome) -> str:
    """Complete or end the transaction, or leave it pending; returns where it stands now.

    Refused (409): one that has ended meanwhile, completing one that is still in approval, a top-up
    of another amount or currency than was typed, without a platform a payment to a bank account
    that is not verified any more.
    """
    transaction = find_locked(work, Transaction, command.transaction_id)
    if transaction.is_final:
        raise Conflict(FINISHED.format(status=transaction.processing.lower()))
    named = transaction.provider or work.actor.name
    told = " ".join(part for part in (command.failure_code, command.failure_reason) if part)
    said = f"{named} answered {command.status}{f': {told}' if told else ''}"
    if command.status == "completed":
        if is_top_up(work.session, transaction):
            _demand_amount(transaction, command)
        # What a platform has paid out is paid, whoever was struck off meanwhile.
        if transaction.platform_id is None:
            demand_payee(work, transaction)
        finish(work, transaction)
        if order_of(work.session, transaction) is not None:
            refresh_later(work, transaction.asset_id, f"transaction-{transaction.id}")
    elif command.status in _ENDS:
        end(
            work,
            transaction,
            _ENDS[command.status],
            code=command.failure_code,
            reason=command.failure_reason,
        )
    note(work, transaction, "Gateway", said)
    return transaction.processing


def _demand_amount(one: Transaction, command: RecordOutcome) -> None:
    """Refuse (409) to post what was typed where the gateway confirms another amount, or none."""
    if command.status != "completed":
        return
    if (command.amount_minor, command.currency) == (one.amount_minor, one.currency):
        return
    typed = f"{format_minor(one.amount_minor, one.exponent)} {one.currency}"
    raise Conflict(
        f"{one.provider} confirms {_confirmed(one, command)}, but {typed} was typed: "
        "nothing is posted"
    )


def _confirmed(one: Transaction, command: RecordOutcome) -> str:
    """Write the amount as people do; of a currency that is not known here, in its minor units."""
    if command.amount_minor is None:
        return "no amount"
    exponents = {code: known.exponent for code, known in known_currencies().items()}
    exponent = (exponents | {one.currency: one.exponent}).get(command.currency)
    if exponent is None:
        return f"{command.amount_minor:,} minor units of {command.currency or 'no currency'}"
    return f"{format_minor(command.amount_minor, exponent)} {command.currency}"
