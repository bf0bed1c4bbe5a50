"""A standing order is recorded, approved, paused, resumed and cancelled; drafts are deleted."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.controls.commands import handles
from app.controls.drafts import draft, drafted
from app.controls.locking import demand_version, find_locked
from app.controls.review import ReviewKind, review
from app.controls.work import Work
from app.journals.keeping import checked_narrative, keep_again, keep_lines
from app.journals.lines import JournalLine
from app.kernel.errors import Conflict, Refusal, all_of
from app.kernel.schedules import FIRST_DAY_OF_MONTH, LAST_DAY_OF_MONTH, first_occurrence
from app.ledger.places import places_of_lines
from app.mandates.queries import levels_for_joint_hands
from app.records.drafts import demand_not_deleted, retires_while_open
from app.schedules.forward import checked_branch, columns_of, end_cancelled
from app.schedules.generation import generate, next_occurrence, resume
from app.schedules.models import ForwardDated, StandingOrder
from app.schedules.scheduling import demand_near, next_reference
from app.schedules.words import (
    ACTIVE,
    CANCELLED,
    DAY_RANGE,
    END_BEFORE_START,
    LOCKED,
    NO_OCCURRENCE,
    ORDERS_PATH,
    PAUSED,
    SCHEDULED,
    START_PAST,
)

NO_START = "Start date is required."
NOT_ACTIVE = "Only an active standing order can be paused"
NOT_PAUSED = "Only a paused standing order can be resumed"
NOT_RUNNING = "Only an active or paused standing order can be cancelled"
BY_ORDER = "Its standing order was cancelled"


@dataclass(frozen=True, slots=True)
class RecordStandingOrder:
    """Plan a payment for a day of each month (E44.02); `submit` hands it in at once."""

    branch_id: int | None
    day_of_month: int | None
    start_on: date | None
    end_on: date | None
    lines: tuple[JournalLine, ...]
    narrative: str = ""
    submit: bool = False


@dataclass(frozen=True, slots=True)
class EditStandingOrder:
    """Change one that was not handed in, or was sent back (E44.35)."""

    standing_order_id: int
    version: int
    branch_id: int | None
    day_of_month: int | None
    start_on: date | None
    end_on: date | None
    lines: tuple[JournalLine, ...]
    narrative: str = ""
    submit: bool = False


@dataclass(frozen=True, slots=True)
class PauseStandingOrder:
    """Make no new payments for the time being (E44.39)."""

    standing_order_id: int
    version: int | None = None


@dataclass(frozen=True, slots=True)
class ResumeStandingOrder:
    """Make the next payment, and go on each month (E44.42)."""

    standing_order_id: int
    version: int | None = None


@dataclass(frozen=True, slots=True)
class CancelStandingOrder:
    """Stop for good, and cancel the payments that wait for their day (E44.47)."""

    standing_order_id: int
    version: int | None = None


def _check(work: Work, order: StandingOrder) -> None:
    """Before it is handed in: its start is not past, and its rates are those of now (E44.27).

    A rate that a person typed stays as it was typed.
    """
    demand_not_deleted(work, order)
    _demand_days(work, order.day_of_month, order.start_on, order.end_on)
    today = work.business_date
    kept = keep_again(work, order.lines, on=today, branch_id=order.branch_id, terms=LOCKED)
    for name, value in columns_of(kept).items():
        setattr(order, name, value)
    order.rated_on = today


def _activate(work: Work, order: StandingOrder) -> None:
    """After the last approval: active, with its first payment (E44.29, E44.30)."""
    order.status = ACTIVE
    _demand_near(work, order.start_on, order.end_on)
    if next_occurrence(work.session, order, work.business_date) is None:
        raise Conflict(NO_OCCURRENCE)
    generate(work, order)


ORDER = review(
    ReviewKind(
        key="standing-order",
        model=StandingOrder,
        name="Standing order",
        module="standing-orders",
        path=ORDERS_PATH,
        becomes="transaction",
        reaches=places_of_lines,
        least=levels_for_joint_hands,
        authorised=_activate,
        check=_check,
    )
)
retires_while_open(StandingOrder, "Standing order", permission="standing-orders.delete")


@handles(RecordStandingOrder, permission="standing-orders.create")
def record_standing_order(work: Work, command: RecordStandingOrder) -> int:
    """Write the draft; returns its id.

    Refused (422): no branch, days that are none (E44.21-23), what the lines lack or do not
    balance; (403) clients out of sight; handed in, what submission refuses (409).
    """
    branch_id, (day, start_on), narrative = _head(work, command)
    rated_on = work.business_date
    kept = keep_lines(work, command.lines, on=rated_on, branch_id=branch_id, terms=LOCKED)
    order = work.add(
        StandingOrder(
            organisation_id=work.actor.tenant_id,
            reference=next_reference(work, "STO"),
            branch_id=branch_id,
            day_of_month=day,
            start_on=start_on,
            end_on=command.end_on,
            narrative=narrative,
            rated_on=rated_on,
            maker_id=work.actor.user_id,
            **columns_of(kept),
        )
    )
    return drafted(work, ORDER, order, "created", hand_in=command.submit)


@handles(EditStandingOrder, permission="standing-orders.edit")
def edit_standing_order(work: Work, command: EditStandingOrder) -> int:
    """Write the correction; returns the id.

    Refused: what waits, is authorized or deleted, a stale version (409), what recording refuses.
    """
    order: StandingOrder = draft(work, ORDER, command.standing_order_id, command.version)
    order.branch_id, days, order.narrative = _head(work, command)
    order.day_of_month, order.start_on = days
    order.end_on = command.end_on
    order.rated_on = work.business_date
    kept = keep_lines(
        work, command.lines, on=order.rated_on, branch_id=order.branch_id, terms=LOCKED
    )
    for name, value in columns_of(kept).items():
        setattr(order, name, value)
    return drafted(work, ORDER, order, "edited", hand_in=command.submit)


@handles(PauseStandingOrder, permission="standing-orders.pause")
def pause_standing_order(work: Work, command: PauseStandingOrder) -> None:
    """Pause it; what was made already is still paid on its day (E44.40, E44.41)."""
    order = _standing(work, command, (ACTIVE,), NOT_ACTIVE)
    order.status, order.waiting_reason = PAUSED, ""


@handles(ResumeStandingOrder, permission="standing-orders.pause")
def resume_standing_order(work: Work, command: ResumeStandingOrder) -> int | None:
    """Make exactly one payment, for the first day that is not past (E44.42-46, design 9.5).

    Returns its id, or None where none is made: the order ends before it, it waits for money, or
    was resumed before. Refused (409): one that is not paused.
    """
    order = _standing(work, command, (PAUSED,), NOT_PAUSED)
    order.status = ACTIVE
    child = resume(work, order)
    return child.id if child is not None else None


@handles(CancelStandingOrder, permission="standing-orders.cancel")
def cancel_standing_order(work: Work, command: CancelStandingOrder) -> int:
    """Cancel it with its scheduled payments, whose money is freed (E44.48, design 9.5).

    Returns how many were cancelled with it. Refused (409): a draft, which is deleted, and what
    has ended.
    """
    order = _standing(work, command, (ACTIVE, PAUSED), NOT_RUNNING)
    query = select(ForwardDated).where(
        ForwardDated.organisation_id == order.organisation_id,
        ForwardDated.standing_order_id == order.id,
        ForwardDated.status == SCHEDULED,
    )
    fresh = {"populate_existing": True}
    children = work.session.scalars(
        query.order_by(ForwardDated.id).with_for_update(), execution_options=fresh
    ).all()
    for child in children:
        end_cancelled(work, child, reason=BY_ORDER)
    order.status, order.ended_at = CANCELLED, work.now
    order.next_scheduled_on, order.waiting_reason = None, ""
    return len(children)


def _standing(
    work: Work,
    command: PauseStandingOrder | ResumeStandingOrder | CancelStandingOrder,
    wanted: tuple[str, ...],
    sentence: str,
) -> StandingOrder:
    """Return the order locked, where it stands as the step needs it, else refuse (409)."""
    order = find_locked(work, StandingOrder, command.standing_order_id)
    if order.status not in wanted:
        raise Conflict(sentence)
    demand_version(order, command.version)
    return order


def _head(
    work: Work, command: RecordStandingOrder | EditStandingOrder
) -> tuple[int, tuple[int, date], str]:
    """Return branch, days and narrative; refused with all that is wrong of the head at once."""
    branch_id, days, narrative = all_of(
        lambda: checked_branch(work, command.branch_id),
        lambda: _demand_days(work, command.day_of_month, command.start_on, command.end_on),
        lambda: checked_narrative(command.narrative),
    )
    return branch_id, days, narrative


def _demand_days(
    work: Work, day_of_month: int | None, start_on: date | None, end_on: date | None
) -> tuple[int, date]:
    day, start, _ = all_of(
        lambda: _demand_day_of_month(day_of_month),
        lambda: _demand_start(work, start_on),
        lambda: _demand_end(work, start_on, end_on),
    )
    if end_on is not None and first_occurrence(day, start) > end_on:
        raise Refusal(NO_OCCURRENCE, field="end_on")
    return day, start


def _demand_day_of_month(day: int | None) -> int:
    if day is None or not FIRST_DAY_OF_MONTH <= day <= LAST_DAY_OF_MONTH:
        raise Refusal(DAY_RANGE, field="day_of_month")
    return day


def _demand_start(work: Work, start_on: date | None) -> date:
    if start_on is None:
        raise Refusal(NO_START, field="start_on")
    if start_on < work.business_date:
        raise Refusal(START_PAST, field="start_on")
    demand_near(work, start_on, name="Start date", field="start_on")
    return start_on


def _demand_end(work: Work, start_on: date | None, end_on: date | None) -> None:
    if end_on is None:
        return
    demand_near(work, end_on, name="End date", field="end_on")
    if start_on is not None and end_on < start_on:
        raise Refusal(END_BEFORE_START, field="end_on")


def _demand_near(work: Work, start_on: date, end_on: date | None) -> None:
    demand_near(work, start_on, name="Start date", field="start_on")
    if end_on is not None:
        demand_near(work, end_on, name="End date", field="end_on")
