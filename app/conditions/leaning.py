"""Conditions lean on base rates, and none bears its margin alone because the rate has not begun."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.conditions.models import AccountCondition, BaseRate
from app.controls.review import AUTHORIZED, in_use
from app.controls.work import Work
from app.kernel.errors import Refusal
from app.records.drafts import demand_not_deleted

BEGINS_LATER = (
    "The condition begins on {day}, but its base rate {code} only on {begins}: "
    "until then it would bear its margin alone"
)


def demand_base_rate_begun(work: Work, condition: AccountCondition) -> None:
    """Refuse (422) a condition that begins before the base rate it leans on, or was deleted (409).

    What counts is the first day that interest can still be worked out for: the days before the
    business date are closed, and a file carries no rates that were in force on them alone.
    """
    demand_not_deleted(work, condition)
    if condition.base_rate_id is None:
        return
    rate = work.session.get_one(BaseRate, condition.base_rate_id)
    # Whoever withdraws that rate ends first, or waits until the condition can be seen.
    begins = work.session.scalar(_begins(rate).limit(1).with_for_update(read=True))
    day = max(condition.effective_from, work.business_date)
    if begins is None or begins > day:
        told = begins.isoformat() if begins else "a day that nobody has set"
        sentence = BEGINS_LATER.format(day=day.isoformat(), code=rate.code, begins=told)
        raise Refusal(sentence, field="effective_from")


def begins_without(session: Session, rate: BaseRate) -> date | None:
    """Return the day from which a code has a rate besides this one; None where it has no other."""
    return session.scalar(_begins(rate).where(BaseRate.id != rate.id).limit(1))


def leaning_on(session: Session, rate: BaseRate) -> Sequence[AccountCondition]:
    """Return the conditions, waiting or approved, that lean on the rate's code."""
    of_code = select(BaseRate.id).where(
        BaseRate.organisation_id == rate.organisation_id, BaseRate.code == rate.code
    )
    query = select(AccountCondition).where(
        AccountCondition.organisation_id == rate.organisation_id,
        AccountCondition.base_rate_id.in_(of_code),
        *in_use(AccountCondition),
    )
    return session.scalars(query.order_by(AccountCondition.effective_from)).all()


def rate_before(session: Session, rate: BaseRate) -> BaseRate | None:
    """Return what the code's rate is until this one begins; None where this is the first."""
    query = select(BaseRate).where(
        *_of_code(rate), BaseRate.effective_from < rate.effective_from, BaseRate.id != rate.id
    )
    return session.scalars(query.order_by(BaseRate.effective_from.desc()).limit(1)).first()


def _begins(rate: BaseRate) -> Select[tuple[date]]:
    query = select(BaseRate.effective_from).where(*_of_code(rate))
    return query.order_by(BaseRate.effective_from)


def _of_code(rate: BaseRate) -> tuple[object, ...]:
    return (
        BaseRate.organisation_id == rate.organisation_id,
        BaseRate.code == rate.code,
        BaseRate.record_status == AUTHORIZED,
        BaseRate.retired_at.is_(None),
    )
