"""Accrued interest in the ledger: expense against what is owed, what is due against income.

Each booking brings the ledger to the rounded sum of what is accrued and not posted. So whatever
a recalculation, a bound or a waiver changed is put right by the next one, to the cent.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, TypeAlias

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.conditions.models import AccountCondition
from app.controls.commands import SYSTEM_ONLY, handles
from app.controls.review import AUTHORIZED
from app.controls.work import Work
from app.interest.models import REST, InterestAccrual, InterestBooking, InterestPosting
from app.kernel.frequencies import last_period_end
from app.kernel.interest import round_half_up
from app.ledger.house import house_asset, purpose_of
from app.ledger.locking import LockedAsset, lock_lines
from app.ledger.models import Asset, Transaction
from app.transactions.kinds import Particulars
from app.transactions.movement import Leg, Movement, post_due
from app.transactions.reversal import keeps_booked

# A condition, a branch and a side.
Group: TypeAlias = tuple[int, int, str]
STAYS = (
    "Interest is not reversed: the days it was worked out for stay. "
    "Correct it with a transaction of its own"
)
_WHAT = {"C": "payable", "D": "receivable"}


@dataclass(frozen=True, slots=True)
class BookAccruals:
    """Bring the ledger to what is accrued, where a period of accrual or posting ends.

    It ends on a day that is caught up with or closed: from `since` to before the next business
    date.
    """

    business_date: date
    next_date: date
    since: date


@handles(BookAccruals, permission=SYSTEM_ONLY)
def book_accruals(work: Work, command: BookAccruals) -> int:
    """Post one transaction for each condition, branch and side that moved; returns how many."""
    known = all_conditions(work.session, work.actor.tenant_id)
    conditions = {one.id: one for one in known if _is_due(one, command)}
    accrued, standing = _accrued(work, conditions), _standing(work, conditions)
    moves = {
        group: accrued.get(group, 0) - standing.get(group, 0)
        for group in sorted(accrued.keys() | standing.keys())
    }
    done = _booked(work, command)
    moves = {group: minor for group, minor in moves.items() if minor and group not in done}
    sides = _sides(work, conditions, moves)
    movements = [
        _movement(command, conditions[group[0]], sides[group], what=_WHAT[group[2]], minor=minor)
        for group, minor in moves.items()
    ]
    ids = post_due(work, movements) if movements else []
    for (group, minor), transaction_id in zip(moves.items(), ids, strict=True):
        condition_id, branch_id, side = group
        booking = InterestBooking(
            organisation_id=work.actor.tenant_id,
            booked_on=command.business_date,
            condition_id=condition_id,
            branch_id=branch_id,
            side=side,
            accrued_minor=accrued.get(group, 0),
            moved_minor=minor,
            transaction_id=transaction_id,
        )
        work.session.add(booking)
    return len(moves)


def all_conditions(session: Session, organisation_id: int) -> list[AccountCondition]:
    """Return every version that ever was authorized: old ones may have interest left to post."""
    query = select(AccountCondition).where(
        AccountCondition.organisation_id == organisation_id,
        AccountCondition.record_status == AUTHORIZED,
    )
    return list(session.scalars(query.order_by(AccountCondition.id)))


def exact_of(whole_minor: Any, rest: Any, year_days: int) -> Fraction:
    """Return the interest of summed accruals, exact, in minor units."""
    return Fraction(int(whole_minor) * REST + int(rest), REST * year_days)


@keeps_booked
def interest_stays(session: Session, one: Transaction) -> str:
    """Keep interest booked: the accruals it rests on would go on as if it were."""
    posted = select(InterestPosting.id).where(
        InterestPosting.organisation_id == one.organisation_id,
        InterestPosting.asset_id == one.asset_id,
        InterestPosting.transaction_id == one.id,
    )
    booked = select(InterestBooking.id).where(
        InterestBooking.organisation_id == one.organisation_id,
        InterestBooking.booked_on == one.posting_date,
        InterestBooking.transaction_id == one.id,
    )
    is_interest = or_(posted.exists(), booked.exists())
    return STAYS if session.scalar(select(is_interest)) else ""


def _booked(work: Work, command: BookAccruals) -> set[Group]:
    one = InterestBooking
    query = select(one.condition_id, one.branch_id, one.side).where(
        one.organisation_id == work.actor.tenant_id, one.booked_on == command.business_date
    )
    return {(row[0], row[1], row[2]) for row in work.session.execute(query)}


def _is_due(one: AccountCondition, command: BookAccruals) -> bool:
    last = command.next_date - timedelta(days=1)
    return any(
        last_period_end(often, last) >= command.since
        for often in (one.accrual_frequency, one.posting_frequency)
    )


def _accrued(work: Work, conditions: dict[int, AccountCondition]) -> dict[Group, int]:
    one = InterestAccrual
    query = (
        select(
            one.condition_id,
            Asset.branch_id,
            one.side,
            one.year_days,
            func.sum(one.whole_minor),
            func.sum(one.rest),
        )
        .join(Asset, Asset.id == one.asset_id)
        .where(
            one.organisation_id == work.actor.tenant_id,
            one.posting_id.is_(None),
            one.condition_id.in_(conditions),
        )
        .group_by(one.condition_id, Asset.branch_id, one.side, one.year_days)
    )
    sums: dict[Group, Fraction] = defaultdict(Fraction)
    for condition_id, branch_id, side, year_days, whole, rest in work.session.execute(query):
        sums[condition_id, branch_id, side] += exact_of(whole, rest, year_days)
    return {group: round_half_up(exact) for group, exact in sums.items()}


def _standing(work: Work, conditions: dict[int, AccountCondition]) -> dict[Group, int]:
    """Return what the ledger holds: all that was booked, less what was posted out of it."""
    tenant, booked = work.actor.tenant_id, InterestBooking
    moved = (
        select(booked.condition_id, booked.branch_id, booked.side, func.sum(booked.moved_minor))
        .where(booked.organisation_id == tenant, booked.condition_id.in_(conditions))
        .group_by(booked.condition_id, booked.branch_id, booked.side)
    )
    posted = InterestPosting
    taken = (
        select(posted.condition_id, Asset.branch_id, posted.side, func.sum(posted.gross_minor))
        .join(Asset, Asset.id == posted.asset_id)
        .where(posted.organisation_id == tenant, posted.condition_id.in_(conditions))
        .group_by(posted.condition_id, Asset.branch_id, posted.side)
    )
    standing: dict[Group, int] = defaultdict(int)
    for query, sign in ((moved, 1), (taken, -1)):
        for condition_id, branch_id, side, minor in work.session.execute(query):
            standing[condition_id, branch_id, side] += sign * int(minor)
    return standing


def _sides(
    work: Work, conditions: dict[int, AccountCondition], moves: dict[Group, int]
) -> dict[Group, tuple[LockedAsset, LockedAsset]]:
    """Return what is debited and what is credited by accruing, opened at first use."""
    pairs = {}
    for group in moves:
        one = conditions[group[0]]
        products = (
            (one.expense_product_id, one.liability_product_id)
            if group[2] == "C"
            else (one.receivable_product_id, one.income_product_id)
        )
        pairs[group] = [house_of(work, one, product_id, group[1]) for product_id in products]
    found = lock_lines(work, {key for pair in pairs.values() for key in pair}) if pairs else {}
    return {group: (found[pair[0]], found[pair[1]]) for group, pair in pairs.items()}


def house_of(work: Work, one: AccountCondition, product_id: int | None, branch_id: int) -> int:
    """Return the house's asset under a product of a condition, at a branch."""
    return house_asset(
        work,
        purpose=purpose_of(product_id or 0),
        branch_id=branch_id,
        currency=one.currency,
        exponent=one.exponent,
    )


def _movement(
    command: BookAccruals,
    one: AccountCondition,
    sides: tuple[LockedAsset, LockedAsset],
    *,
    what: str,
    minor: int,
) -> Movement:
    debit, credit = sides if minor > 0 else sides[::-1]
    texts = Particulars(
        description=f"Interest {what} accrued under {one.code}",
        posting_date=command.business_date,
        value_date=command.business_date,
    )
    return Movement("journal", "both", debit, credit, (Leg(debit, credit, abs(minor)),), texts)
