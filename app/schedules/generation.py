"""A standing order's payments: which comes next, made in time, or the end of the order."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.calendars.queries import working_days
from app.controls.review import AUTHORIZED
from app.controls.work import Work
from app.kernel.schedules import (
    first_occurrence,
    month_of,
    occurrence_after,
    occurrences,
    rolled,
)
from app.schedules.failing import end_failed
from app.schedules.models import ForwardDated, StandingOrder
from app.schedules.reserving import lock_assets_of, obstacle_to_hold
from app.schedules.scheduling import next_reference, schedule, todays, working_day
from app.schedules.words import ACTIVE, COMPLETED, INSTANCE, LIVE

_COPIED = (
    "organisation_id", "branch_id", "narrative", "lines", "total_minor", "rated_on", "client_id",
    "project_id", "asset_id", "counter_asset_id", "maker_id",
)  # fmt: skip


def generate(work: Work, order: StandingOrder) -> ForwardDated | None:
    """Make the next payment of a locked order, reserved at once; None past its end (E44.30).

    Refused (409) where its money cannot be held: a person is there to read it.
    """
    day = next_occurrence(work.session, order, todays(work))
    if day is None:
        _complete(work, order)
        return None
    child = _child(work, order, day)
    schedule(work, child)
    return child


def follow_up(work: Work, order: StandingOrder, *, is_last_try: bool = False) -> None:
    """After a payment has ended: the next one, or the end of a locked order (E44.52, E44.53).

    While there is not enough to reserve, the order waits and tries again each day. When its day
    closes, which is the last try, the payment fails and the next month is tried. What was to come
    beside a payment that waits for its day, as after a resumption, is tried beside it.
    """
    if order.status != ACTIVE:
        return
    if order.waiting_reason or not live_children(work.session, order):
        _try_next(work, order, is_last_try=is_last_try)


def resume(work: Work, order: StandingOrder) -> ForwardDated | None:
    """After a pause: the next payment of a locked, active order (E44.43-46).

    None where it waits for money, has come to its end, or was resumed before: besides the payment
    that is next, one alone is made ahead.
    """
    if live_children(work.session, order) > 1:
        return None
    return _try_next(work, order, is_last_try=False)


def _try_next(work: Work, order: StandingOrder, *, is_last_try: bool) -> ForwardDated | None:
    today = todays(work)
    day = next_occurrence(work.session, order, today)
    while day is not None:
        obstacle = obstacle_to_hold(order.lines, lock_assets_of(work, order.lines))
        if obstacle is None:
            child = _child(work, order, day)
            schedule(work, child)
            return child
        due_on = working_day(work.session, order.organisation_id, day, "forward")
        if due_on > today or not is_last_try:
            order.next_scheduled_on, order.waiting_reason = day, obstacle
            return None
        end_failed(work, _child(work, order, day), reason=obstacle)
        day = next_occurrence(work.session, order, today)
    _complete(work, order)
    return None


def next_occurrence(session: Session, order: StandingOrder, today: date) -> date | None:
    """Return the first day after the last generated that is not past, None after the end.

    What is past is missed, not paid (design 9.5).
    """
    if order.last_generated_on is None:
        day = first_occurrence(order.day_of_month, order.start_on)
    else:
        day = occurrence_after(order.day_of_month, order.last_generated_on)
    is_worked = working_days(session, order.organisation_id)
    while rolled(day, is_worked) < today:
        day = occurrence_after(order.day_of_month, day)
    return day if order.end_on is None or day <= order.end_on else None


def live_children(session: Session, order: StandingOrder) -> int:
    """Return how many payments of the order still wait for their day."""
    query = select(func.count()).where(
        ForwardDated.organisation_id == order.organisation_id,
        ForwardDated.standing_order_id == order.id,
        ForwardDated.status.in_(LIVE),
    )
    return session.scalar(query) or 0


def missed_days(session: Session, order: StandingOrder, today: date) -> list[date]:
    """Return the days that came and went without a payment, as while the order was paused."""
    if not order.is_authorised:
        return []
    query = select(ForwardDated.occurrence).where(
        ForwardDated.organisation_id == order.organisation_id,
        ForwardDated.standing_order_id == order.id,
    )
    paid = set(session.scalars(query))
    first = first_occurrence(order.day_of_month, order.start_on)
    last = min(today, order.end_on or today)
    if order.ended_at is not None:
        last = min(last, order.last_generated_on or first)
    is_worked = working_days(session, order.organisation_id)
    return [
        day
        for day in occurrences(order.day_of_month, first, last)
        if month_of(day) not in paid and rolled(day, is_worked) < today
    ]


def _child(work: Work, order: StandingOrder, day: date) -> ForwardDated:
    """Write the payment of a month, authorized by its order's approval, and move the cursor."""
    order.last_generated_on = day
    order.generated_count += 1
    following = occurrence_after(order.day_of_month, day)
    is_over = order.end_on is not None and following > order.end_on
    order.next_scheduled_on = None if is_over else following
    order.waiting_reason = ""
    return work.add(
        ForwardDated(
            **{name: getattr(order, name) for name in _COPIED},
            reference=next_reference(work, "FWD"),
            kind=INSTANCE,
            scheduled_on=day,
            execution_on=working_day(work.session, order.organisation_id, day, "forward"),
            standing_order_id=order.id,
            occurrence=month_of(day),
            record_status=AUTHORIZED,
            levels_required=0,
            authorised_at=work.now,
        )
    )


def _complete(work: Work, order: StandingOrder) -> None:
    order.next_scheduled_on, order.waiting_reason = None, ""
    if live_children(work.session, order):
        return
    order.status, order.ended_at = COMPLETED, work.now
