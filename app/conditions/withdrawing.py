"""A base rate that was approved wrongly is withdrawn before it begins: nothing was accrued yet."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.conditions.base_rates import BASE_RATE
from app.conditions.leaning import begins_without, leaning_on
from app.conditions.models import BaseRate
from app.controls.approvals import checked_reason
from app.controls.commands import handles
from app.controls.locking import find_locked
from app.controls.retiring import demand_current
from app.controls.review import step
from app.controls.tenant import Organisation
from app.controls.work import Work
from app.kernel.errors import Conflict

NOT_APPROVED = "Only an authorized base rate is withdrawn: a draft is deleted"
HAS_BEGUN = (
    "This rate began on {day}, and interest is worked out with it: "
    "give {code} another rate from the business date or a later one"
)
LEANED_ON = (
    "{condition} leans on this rate and would begin before any other: "
    "give {code} a rate from an earlier day first"
)


@dataclass(frozen=True, slots=True)
class WithdrawBaseRate:
    """Take an authorized base rate back that has not begun, with a reason."""

    rate_id: int
    version: int
    reason: str


@handles(WithdrawBaseRate, permission="base-rates.delete")
def withdraw_base_rate(work: Work, command: WithdrawBaseRate) -> None:
    """Retire the rate, so that its date can be given again.

    Refused (409): one that is no longer as it was seen, is not approved, has begun, or that a
    condition would begin without; (422) without a reason.
    """
    # Neither is the day closed meanwhile, nor a condition approved that leans on the rate.
    tenant = select(Organisation.business_date).where(Organisation.id == work.actor.tenant_id)
    today = work.session.execute(tenant.with_for_update(read=True)).scalar_one()
    record = find_locked(work, BaseRate, command.rate_id)
    demand_current(record, command.version)
    obstacle = obstacle_to_withdrawal(work.session, record, today)
    if obstacle is not None:
        raise Conflict(obstacle)
    reason = checked_reason(command.reason)
    record.retired_at = work.now
    step(work, BASE_RATE, record, "withdrawn", reason=reason)


def can_be_withdrawn(record: BaseRate, today: date) -> bool:
    """Whether the rate is in use, approved and yet to begin."""
    return record.is_authorised and record.retired_at is None and record.effective_from > today


def obstacle_to_withdrawal(session: Session, record: BaseRate, today: date) -> str | None:
    """Say why the rate cannot be withdrawn, or nothing."""
    if not record.is_authorised:
        return NOT_APPROVED
    if not can_be_withdrawn(record, today):
        return HAS_BEGUN.format(day=record.effective_from.isoformat(), code=record.code)
    other = begins_without(session, record)
    for condition in leaning_on(session, record):
        if other is None or max(condition.effective_from, today) < other:
            return LEANED_ON.format(condition=condition.title(), code=record.code)
    return None
