"""A forward-dated transaction becomes a real one on its day, once, by whoever is alive.

Two commands: the first locks the record as being executed, the second posts. A worker that dies
between them, or after them, leaves what another finishes with the effect of once.
"""

from dataclasses import dataclass
from typing import Any

from app.controls.commands import handles, perform
from app.controls.due import Job, does
from app.controls.identity import system_actor
from app.controls.locking import demand_version, find_locked
from app.controls.numbering import take_ids
from app.controls.permissions import find
from app.controls.work import Work
from app.kernel.crash import crash_point
from app.kernel.errors import Refusal, Unavailable
from app.ledger.journal import Posting, post
from app.ledger.locking import LockedAsset
from app.ledger.models import Transaction
from app.schedules.failing import end_failed
from app.schedules.forward import (
    CancelForwardDated,
    demand_cancellable,
    demand_may_cancel,
    end_cancelled,
)
from app.schedules.generation import follow_up
from app.schedules.models import ForwardDated, StandingOrder
from app.schedules.reserving import lock_assets_of, release
from app.schedules.scheduling import EXECUTE, GENERATE, todays
from app.schedules.words import (
    EXECUTED,
    EXECUTING,
    EXECUTION,
    SCHEDULED,
)
from app.transactions.kinds import Particulars, header_of
from app.transactions.reversal import keep_assets
from app.transactions.review import line_of
from app.transactions.settings import settings_of

_CANCELLED_BY_HAND = "The forward-dated transaction was cancelled"


@dataclass(frozen=True, slots=True)
class BeginExecution:
    """Lock one whose day has come, as being executed; nobody cancels it any more (E43.42)."""

    forward_dated_id: int


@dataclass(frozen=True, slots=True)
class ExecuteForwardDated:
    """Post it, free what it held, and link what was posted (E43.46)."""

    forward_dated_id: int


@dataclass(frozen=True, slots=True)
class FailForwardDated:
    """Say why it could not be posted and free what it held; it is not tried again (E43.48)."""

    forward_dated_id: int
    sentence: str


@dataclass(frozen=True, slots=True)
class GenerateNextPayment:
    """Make a standing order's next payment, where there is enough for it now."""

    standing_order_id: int
    is_last_try: bool = False


def execute_one(organisation_id: int, forward_dated_id: int) -> None:
    """Execute one that is due; done already, cancelled or not due, nothing happens."""
    worker = system_actor(organisation_id, frozenset({"forward-dated.create"}), "Worker")
    if not perform(BeginExecution(forward_dated_id), worker):
        return
    crash_point("forward-dated begun")
    try:
        perform(ExecuteForwardDated(forward_dated_id), worker)
    except Unavailable:
        raise
    except Refusal as refusal:
        crash_point("forward-dated refused")
        perform(FailForwardDated(forward_dated_id, refusal.sentence), worker)


def generate_next(organisation_id: int, standing_order_id: int, *, is_last_try: bool) -> None:
    """Let an order that waits try again."""
    worker = system_actor(organisation_id, frozenset({"standing-orders.create"}), "Worker")
    perform(GenerateNextPayment(standing_order_id, is_last_try), worker)


@does(EXECUTE)
def execute_due(job: Job) -> None:
    """Do the execution that is due."""
    execute_one(job.organisation_id, int(job.payload["forward_dated_id"]))


@does(GENERATE)
def generate_due(job: Job) -> None:
    """Do the day's try of an order that waits for money."""
    order_id = int(job.payload["standing_order_id"])
    generate_next(job.organisation_id, order_id, is_last_try=False)


@handles(BeginExecution, permission="forward-dated.create")
def begin_execution(work: Work, command: BeginExecution) -> bool:
    """Answer whether it is to be posted: it waited and its day has come, or another died at it."""
    one = find_locked(work, ForwardDated, command.forward_dated_id)
    if one.status == SCHEDULED and one.execution_on <= work.business_date:
        one.status = EXECUTING
    return one.status == EXECUTING


@handles(ExecuteForwardDated, permission="forward-dated.create")
def execute_forward_dated(work: Work, command: ExecuteForwardDated) -> int | None:
    """Post at the rates that were kept; returns the transaction's id, None where it was done.

    Refused (409) as posting refuses: then nothing was changed. A standing order's next payment is
    made in the same database transaction (E44.52).
    """
    order, one = _locked_with_order(work, command.forward_dated_id)
    if one.status != EXECUTING:
        return None
    if order is not None:
        todays(work)  # before the books are, as a close takes them: nobody waits for the other
    assets = lock_assets_of(work, one.lines)
    release(work, one, assets, reason="Executed")
    crash_point("forward-dated released")
    (transaction_id,) = take_ids(work, "transaction", 1)
    post(work, [_posting(work, one, assets, transaction_id)], assets)
    posted = work.session.get_one(Transaction, transaction_id)
    keep_assets(work, posted, set(assets))
    one.status, one.transaction_id, one.ended_at = EXECUTED, transaction_id, work.now
    if order is not None:
        work.session.flush()  # the order asks which of its payments still wait
        follow_up(work, order)
    return transaction_id


@handles(FailForwardDated, permission="forward-dated.create")
def fail_forward_dated(work: Work, command: FailForwardDated) -> bool:
    """End it as failed; answers False where it has ended already."""
    order, one = _locked_with_order(work, command.forward_dated_id)
    if one.status != EXECUTING:
        return False
    release(work, one, lock_assets_of(work, one.lines), reason=command.sentence)
    end_failed(work, one, reason=command.sentence)
    if order is not None:
        work.session.flush()  # as above
        follow_up(work, order)
    return True


@handles(CancelForwardDated, permission="forward-dated.give-up")
def cancel_forward_dated(work: Work, command: CancelForwardDated) -> None:
    """Cancel it before its day; of a standing order, this month's payment alone (E43.38-40).

    Refused (403): what is not one's own draft, without the permission to cancel; (409) what is
    being executed or has ended, a stale version.
    """
    order, one = _locked_with_order(work, command.forward_dated_id)
    demand_may_cancel(work.actor, one)
    demand_cancellable(one)
    demand_version(one, command.version)
    end_cancelled(work, one, reason=_CANCELLED_BY_HAND)
    if order is not None:
        work.session.flush()  # as above
        follow_up(work, order)


@handles(GenerateNextPayment, permission="standing-orders.create")
def generate_next_payment(work: Work, command: GenerateNextPayment) -> None:
    """Try the next payment of an order that has none waiting for its day."""
    order = find_locked(work, StandingOrder, command.standing_order_id)
    follow_up(work, order, is_last_try=command.is_last_try)


def _locked_with_order(
    work: Work, forward_dated_id: int
) -> tuple[StandingOrder | None, ForwardDated]:
    """Lock a payment after its order, as all do who need both: nobody waits for the other."""
    seen = find(work.session, work.actor, ForwardDated, forward_dated_id)
    order = None
    if seen.standing_order_id is not None:
        order = find_locked(work, StandingOrder, seen.standing_order_id)
    return order, find_locked(work, ForwardDated, forward_dated_id)


def _posting(
    work: Work, one: ForwardDated, assets: dict[int, LockedAsset], transaction_id: int
) -> Posting:
    """Return the transaction it becomes: its lines as they were kept, booked today."""
    lines = tuple(line_of(line) for line in one.lines)
    own = next(line for line in lines if line.asset_id == one.asset_id)
    asset = assets[one.asset_id]
    settings = settings_of(work, asset.organisation_id, asset.configuration_version)
    header = header_of(
        work,
        kind="journal",
        direction="both",
        asset=asset,
        counter=assets[one.counter_asset_id],
        lines=(own,),
        particulars=Particulars(description=one.narrative),
        transaction_id=transaction_id,
        sub_type_id=settings.sub_type(one.project_id, "journal"),
        status_id=settings.completed_status(one.project_id),
    )
    header |= _origin(one)
    posting_date = header["posting_date"]
    return Posting(transaction_id, "journal", posting_date, posting_date, lines, header=header)


def _origin(one: ForwardDated) -> dict[str, Any]:
    """Return what the header takes from the record: its branch, its client, where it came from."""
    nobody = {"manager_id": None, "desk_id": None} if one.client_id is None else {}
    return nobody | {
        "branch_id": one.branch_id,
        "client_id": one.client_id,
        "project_id": one.project_id,
        "maker_id": one.maker_id,
        "lines": one.lines,
        "context_kind": EXECUTION,
        "context_id": one.id,
    }
