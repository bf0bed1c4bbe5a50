"""Days that are closed accrue again where something came late: under the rules of their time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import and_, delete, exists, or_, select

from app.conditions.models import AccountCondition, ConditionAccount
from app.conditions.queries import Versions, versions_of
from app.controls.commands import SYSTEM_ONLY, handles
from app.controls.work import Work
from app.interest import snapshots
from app.interest.accruing import accrue
from app.interest.models import BalanceSnapshot, InterestAccrual, InterestPosting
from app.interest.rules import day_rules
from app.kernel.frequencies import last_period_end, period_end
from app.kernel.portions import portions
from app.ledger.accounts import Account
from app.ledger.models import Asset


@dataclass(frozen=True, slots=True)
class AccrueAgain:
    """Drop the accruals of a day that are not posted of some assets and work them out anew.

    `since` is the first day that is not closed yet: periods that ended before it may be posted.
    """

    day: date
    since: date
    asset_ids: tuple[int, ...]


@handles(AccrueAgain, permission=SYSTEM_ONLY)
def accrue_again(work: Work, command: AccrueAgain) -> int:
    """Replace the rows whose interest is not posted; returns how many there are now.

    The rules are those that the day was closed under: what was approved or linked later would bear
    on these assets alone. A period that was posted stays: in it, those alone accrue whose interest
    of the day could not be posted.
    """
    versions, followed = _in_force(work, command.day)
    rules = day_rules(work.session, work.actor.tenant_id, versions, command.day, followed=followed)
    posted = {
        one.id
        for one in versions.on(command.day).values()
        if period_end(one.posting_frequency, command.day) < command.since
        and _is_posted(work, one, command.day)
    }
    accrued = 0
    # A statement has fewer parameters than a day may have late entries.
    for some in portions(command.asset_ids, snapshots.ASSETS_AT_ONCE):
        waiting = _dropped(work, command.day, some)
        others = set(some) - waiting
        if rules is not None:
            accrued += accrue(work, rules, BalanceSnapshot.asset_id.in_(waiting))
            accrued += accrue(work, rules.without(posted), BalanceSnapshot.asset_id.in_(others))
    return accrued


def _is_posted(work: Work, condition: AccountCondition, day: date) -> bool:
    """Tell whether a close posted a condition's period of a day, under any of its versions.

    An account that posted alone before its end has it worth on the day itself: others still wait.
    """
    one, often = InterestPosting, condition.posting_frequency
    end, before = period_end(often, day), last_period_end(often, day - timedelta(days=1))
    versions = select(AccountCondition.id).where(
        AccountCondition.organisation_id == work.actor.tenant_id,
        AccountCondition.code == condition.code,
    )
    # Before postings told their period they told their days.
    is_of_it = or_(
        one.period_end == end,
        and_(one.period_end.is_(None), one.from_day <= day, one.to_day >= day),
    )
    query = select(one.id).where(
        one.organisation_id == work.actor.tenant_id,
        one.to_day > before,
        one.to_day <= end,
        one.condition_id.in_(versions),
        is_of_it,
        or_(one.value_date.is_(None), one.value_date > one.posted_on),
    )
    return work.session.scalar(query.limit(1)) is not None


def _dropped(work: Work, day: date, asset_ids: Sequence[int]) -> set[int]:
    """Delete what these assets accrued on a day and is not posted; returns whose that was."""
    dropped = (
        delete(InterestAccrual)
        .where(
            InterestAccrual.organisation_id == work.actor.tenant_id,
            InterestAccrual.asset_id.in_(asset_ids),
            InterestAccrual.day == day,
            InterestAccrual.posting_id.is_(None),
        )
        .returning(InterestAccrual.asset_id)
        .execution_options(synchronize_session=False)
    )
    return set(work.session.scalars(dropped))


def _in_force(work: Work, day: date) -> tuple[Versions, set[tuple[int, int]]]:
    """Return the versions of a closed day, and what products are known to have followed."""
    tenant, own = work.actor.tenant_id, ConditionAccount
    chose = exists().where(own.organisation_id == tenant, own.account_id == Account.id)
    query = (
        select(InterestAccrual.condition_id, Account.product_id, chose)
        .join(Asset, Asset.id == InterestAccrual.asset_id)
        .join(Account, Account.id == Asset.account_id)
        .where(InterestAccrual.organisation_id == tenant, InterestAccrual.day == day)
    )
    rows = work.session.execute(query.distinct()).all()
    used = frozenset(row[0] for row in rows)
    followed = {(row[1], row[0]) for row in rows if not row[2]}
    return versions_of(work.session, tenant).as_closed(day, used), followed
