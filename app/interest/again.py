"""Days that are closed accrue again where something came late: under the rules of their time."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, exists, select

from app.conditions.models import ConditionAccount
from app.conditions.queries import versions_of
from app.controls.commands import SYSTEM_ONLY, handles
from app.controls.work import Work
from app.interest import snapshots
from app.interest.accruing import accrue
from app.interest.models import BalanceSnapshot, InterestAccrual
from app.interest.rules import DayRules, day_rules
from app.ledger.accounts import Account
from app.ledger.models import Asset


@dataclass(frozen=True, slots=True)
class AccrueAgain:
    """Drop the accruals of a day that are not posted of some assets and work them out anew."""

    day: date
    asset_ids: tuple[int, ...]


@handles(AccrueAgain, permission=SYSTEM_ONLY)
def accrue_again(work: Work, command: AccrueAgain) -> int:
    """Replace the rows whose interest is not posted; returns how many there are now.

    The rules are those that the day was closed under: what was approved or linked later would bear
    on these assets alone.
    """
    rules, ids, accrued = _rules_then(work, command.day), command.asset_ids, 0
    # A statement has fewer parameters than a day may have late entries.
    for start in range(0, len(ids), snapshots.ASSETS_AT_ONCE):
        some = ids[start : start + snapshots.ASSETS_AT_ONCE]
        work.session.execute(
            delete(InterestAccrual)
            .where(
                InterestAccrual.organisation_id == work.actor.tenant_id,
                InterestAccrual.asset_id.in_(some),
                InterestAccrual.day == command.day,
                InterestAccrual.posting_id.is_(None),
            )
            .execution_options(synchronize_session=False)
        )
        accrued += accrue(work, rules, BalanceSnapshot.asset_id.in_(some))
    return accrued


def _rules_then(work: Work, day: date) -> DayRules | None:
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
    versions = versions_of(work.session, tenant).as_closed(day, used)
    return day_rules(work.session, tenant, versions, day, followed=followed)
