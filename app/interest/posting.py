"""Accrued interest is posted to its assets: rounded once, within its bounds, with its tax."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, update
from sqlalchemy.orm import Session

from app.conditions.models import AccountCondition
from app.controls.commands import SYSTEM_ONLY, handles
from app.controls.work import Work
from app.interest.booking import all_conditions, exact_of, house_of
from app.interest.models import InterestAccrual, InterestPosting
from app.kernel.errors import Conflict
from app.kernel.frequencies import last_period_end
from app.kernel.interest import Settled, settle
from app.ledger.locking import LockedAsset, lock_lines
from app.transactions.kinds import Particulars
from app.transactions.movement import Leg, Movement, post_due

CHUNK = 500
_TAX_NAME = "Tax on interest"
BEING_ACCRUED = "Interest of these days is being worked out at this moment. Try again shortly."


@dataclass(frozen=True, slots=True)
class PostInterest:
    """Post what these assets accrued in periods that end before the next business date.

    `is_final`: all that they accrued until then, whether or not its period has ended.
    """

    business_date: date
    next_date: date
    asset_ids: tuple[int, ...]
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """The accrued interest of an asset under a condition, and what is posted of it.

    `accruals` is how many days bear it.
    """

    asset_id: int
    condition: AccountCondition
    side: str
    from_day: date
    to_day: date
    accruals: int
    settled: Settled


@handles(PostInterest, permission=SYSTEM_ONLY)
def post_interest(work: Work, command: PostInterest) -> list[int]:
    """Post all that can be posted; returns how many were posted, waived and left for later.

    Left is what an asset cannot pay, and what its flags forbid: it stays accrued, and the next
    close tries again.
    """
    # What is due is read under the lock: another posting may just have taken it.
    assets = lock_lines(work, command.asset_ids)
    known = all_conditions(work.session, work.actor.tenant_id)
    due = list(_due(work, command, {one.id: one for one in known}))
    movable = [one for one in due if one.settled.gross_minor]
    payable, left = _payable(command, movable, assets)
    movements = _movements(work, command, payable, assets)
    transactions = iter(post_due(work, movements) if movements else [])
    later = {id(one) for one in left}
    settled = [one for one in due if id(one) not in later]
    rows = [
        _row(work, command, one, next(transactions) if one.settled.gross_minor else None)
        for one in settled
    ]
    if rows:
        made = insert(InterestPosting).returning(InterestPosting.id)
        posting_ids = work.session.scalars(made, rows).all()
        _mark(work, command, settled)
        _demand_marked(work, posting_ids, sum(one.accruals for one in settled))
    return [len(payable), len(settled) - len(payable), len(left)]


def assets_due(
    session: Session, organisation_id: int, conditions: Sequence[AccountCondition], before: date
) -> list[int]:
    """Return the assets with interest of a period that ended before a date, by their ids."""
    if not conditions:
        return []
    query = (
        select(InterestAccrual.asset_id)
        .where(*_open(organisation_id), _ended(conditions, before))
        .distinct()
    )
    return list(session.scalars(query.order_by(InterestAccrual.asset_id)))


def _open(organisation_id: int) -> tuple[ColumnElement[bool], ...]:
    mine = InterestAccrual.organisation_id == organisation_id
    return (mine, InterestAccrual.posting_id.is_(None))


def _chosen(command: PostInterest, conditions: Sequence[AccountCondition]) -> ColumnElement[bool]:
    if command.is_final:
        return InterestAccrual.day < command.next_date
    return _ended(conditions, command.next_date)


def _ended(conditions: Sequence[AccountCondition], before: date) -> ColumnElement[bool]:
    """Return the clause for days of periods of posting that have ended."""
    ends: dict[date, list[int]] = defaultdict(list)
    last = date.fromordinal(before.toordinal() - 1)
    for one in conditions:
        ends[last_period_end(one.posting_frequency, last)].append(one.id)
    return or_(
        *(
            and_(InterestAccrual.condition_id.in_(ids), InterestAccrual.day <= end)
            for end, ids in ends.items()
        )
    )


def _due(
    work: Work, command: PostInterest, conditions: dict[int, AccountCondition]
) -> Iterator[Due]:
    one = InterestAccrual
    query = (
        select(
            one.asset_id, one.condition_id, one.side, one.year_days, func.sum(one.whole_minor),
            func.sum(one.rest), func.min(one.day), func.max(one.day), func.count(),
        )
        .where(
            *_open(work.actor.tenant_id),
            one.asset_id.in_(command.asset_ids),
            _chosen(command, list(conditions.values())),
        )
        .group_by(one.asset_id, one.condition_id, one.side, one.year_days)
        .order_by(one.asset_id, one.condition_id, one.side)
    )  # fmt: skip
    groups: dict[tuple[int, int, str], list[Any]] = defaultdict(list)
    for asset_id, condition_id, side, *sums in work.session.execute(query):
        groups[asset_id, condition_id, side].append(sums)
    for (asset_id, condition_id, side), parts in groups.items():
        condition = conditions[condition_id]
        exact = sum((exact_of(part[1], part[2], part[0]) for part in parts), Fraction(0))
        days = (min(part[3] for part in parts), max(part[4] for part in parts))
        count = sum(part[5] for part in parts)
        yield Due(asset_id, condition, side, *days, count, settle(exact, condition.settling(side)))


def _columns(one: Due) -> list[str]:
    main = "liability_product_id" if one.side == "C" else "receivable_product_id"
    return [main, *(["tax_product_id"] if one.settled.tax_minor else [])]


def _payable(
    command: PostInterest, movable: Sequence[Due], assets: dict[int, LockedAsset]
) -> tuple[list[Due], list[Due]]:
    """Part what can be posted from what cannot: too little available, or flags forbid it."""
    available = {one.asset_id: assets[one.asset_id].available_minor for one in movable}
    payable, left = [], []
    for one in movable:
        asset, settled = assets[one.asset_id], one.settled
        moved = settled.gross_minor - settled.tax_minor
        if one.side == "D":
            moved = -settled.gross_minor - settled.tax_minor
        if _may_move(command, asset, one) and (moved > 0 or available[asset.id] + moved >= 0):
            available[asset.id] += moved
            payable.append(one)
        else:
            left.append(one)
    return payable, left


def _may_move(command: PostInterest, asset: LockedAsset, one: Due) -> bool:
    sides = {"C" if one.side == "C" else "D", *(["D"] if one.settled.tax_minor else [])}
    try:
        if not command.is_final:
            asset.demand_open_to_close()
        for side in sides:
            asset.demand_usable(side)
    except Conflict:
        return False
    return True


def _movements(
    work: Work, command: PostInterest, payable: Sequence[Due], assets: dict[int, LockedAsset]
) -> list[Movement]:
    opened: dict[tuple[int, str, int], int] = {}
    for one in payable:
        for column in _columns(one):
            branch_id = assets[one.asset_id].branch_id
            if (key := (one.condition.id, column, branch_id)) not in opened:
                product_id = getattr(one.condition, column)
                opened[key] = house_of(work, one.condition, product_id, branch_id)
    houses = lock_lines(work, opened.values())
    movements = []
    for one in payable:
        asset = assets[one.asset_id]
        keys = [opened[one.condition.id, column, asset.branch_id] for column in _columns(one)]
        movements.append(_movement(command, one, asset, [houses[key] for key in keys]))
    return movements


def _movement(
    command: PostInterest, one: Due, asset: LockedAsset, houses: Sequence[LockedAsset]
) -> Movement:
    """Credit interest is an earning of the client, its tax withheld; debit interest a journal.

    It is worth from the next business date on, when it begins to bear interest itself.
    """
    settled, house = one.settled, houses[0]
    is_credit = one.side == "C"
    name = "Interest" if is_credit else "Overdraft interest"
    told = f"{name} {one.from_day.isoformat()} to {one.to_day.isoformat()}"
    pair = (house, asset) if is_credit else (asset, house)
    legs = [Leg(*pair, settled.gross_minor, narrative=told)]
    charges = []
    if settled.tax_minor:
        legs.append(Leg(asset, houses[1], settled.tax_minor, narrative=_TAX_NAME))
        charges.append({"name": _TAX_NAME, "amount_minor": 0, "tax_minor": settled.tax_minor,
                        "is_on_top": not is_credit, "code": ""})  # fmt: skip
    texts = Particulars(
        description=told,
        posting_date=command.business_date,
        value_date=command.next_date,
    )
    return Movement(
        "earning" if is_credit else "journal",
        "in" if is_credit else "out",
        asset,
        house,
        tuple(legs),
        texts,
        tax_minor=settled.tax_minor,
        charges=tuple(charges),
    )


def _row(work: Work, command: PostInterest, one: Due, transaction_id: int | None) -> dict[str, Any]:
    return {
        "organisation_id": work.actor.tenant_id,
        "asset_id": one.asset_id,
        "condition_id": one.condition.id,
        "side": one.side,
        "from_day": one.from_day,
        "to_day": one.to_day,
        "accrued_minor": one.settled.accrued_minor,
        "gross_minor": one.settled.gross_minor,
        "tax_minor": one.settled.tax_minor,
        "posted_on": command.business_date,
        "transaction_id": transaction_id,
    }


def _mark(work: Work, command: PostInterest, settled: Sequence[Due]) -> None:
    """Tie each accrual to its posting: the one of its asset, condition and side of this close."""
    posted = (
        select(func.max(InterestPosting.id))
        .where(
            InterestPosting.organisation_id == InterestAccrual.organisation_id,
            InterestPosting.asset_id == InterestAccrual.asset_id,
            InterestPosting.condition_id == InterestAccrual.condition_id,
            InterestPosting.side == InterestAccrual.side,
            InterestPosting.to_day >= InterestAccrual.day,
            InterestPosting.from_day <= InterestAccrual.day,
            InterestPosting.posted_on == command.business_date,
        )
        .scalar_subquery()
    )
    work.session.execute(
        update(InterestAccrual)
        .where(
            *_open(work.actor.tenant_id),
            InterestAccrual.asset_id.in_({one.asset_id for one in settled}),
            _chosen(command, [one.condition for one in settled]),
        )
        .values(posting_id=posted)
        .execution_options(synchronize_session=False)
    )


def _demand_marked(work: Work, posting_ids: Sequence[int], count: int) -> None:
    """Refuse (409) to post other days than were summed: a close has worked some out meanwhile."""
    marked = select(func.count()).where(
        InterestAccrual.organisation_id == work.actor.tenant_id,
        InterestAccrual.posting_id.in_(posting_ids),
    )
    if work.session.scalar(marked) != count:
        raise Conflict(BEING_ACCRUED)
