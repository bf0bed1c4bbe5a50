"""Accrued interest is posted to its assets: rounded once, within its bounds, with its tax."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, insert, select, update

from app.controls.commands import SYSTEM_ONLY, handles
from app.controls.work import Work
from app.interest.booking import all_conditions, house_of
from app.interest.due import Due, Whole, read_due
from app.interest.models import InterestAccrual, InterestPosting
from app.kernel.errors import INSUFFICIENT, Conflict
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
class Left:
    """A period's interest that stays accrued, and why: what an asset lacks, or its flags forbid."""

    due: Due
    account_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Posted:
    """How many periods' interest was posted and waived, and what the next close tries again."""

    posted: int
    waived: int
    left: tuple[Left, ...]


@handles(PostInterest, permission=SYSTEM_ONLY)
def post_interest(work: Work, command: PostInterest) -> Posted:
    """Post all that can be posted, and tell what was."""
    # What is due is read under the lock: another posting may just have taken it.
    assets = lock_lines(work, command.asset_ids)
    due = read_due(
        work,
        all_conditions(work.session, work.actor.tenant_id),
        command.asset_ids,
        before=command.next_date,
        is_final=command.is_final,
    )
    settled, left = judged(command, due, assets)
    payable = [one for one in settled if one.settled.gross_minor]
    movements = _movements(work, command, payable, assets)
    transactions = iter(post_due(work, movements) if movements else [])
    rows = [
        _row(work, command, one, next(transactions) if one.settled.gross_minor else None)
        for one in settled
    ]
    if rows:
        made = insert(InterestPosting).returning(InterestPosting.id, sort_by_parameter_order=True)
        _mark(work, settled, work.session.scalars(made, rows).all()[0])
    return Posted(len(payable), len(settled) - len(payable), tuple(left))


def judged(
    command: PostInterest, due: Sequence[Due], assets: dict[int, LockedAsset]
) -> tuple[list[Due], list[Left]]:
    """Part what can be posted from what cannot: too little available, or flags forbid it.

    Nothing is to be paid of what is waived. Of a period, what follows upon what is left is left
    too: it was bounded as if that were posted.
    """
    available = {asset.id: asset.available_minor for asset in assets.values()}
    settled: list[Due] = []
    left: list[Left] = []
    waiting: dict[Whole, str] = {}
    for one in due:
        asset = assets[one.asset_id]
        reason = waiting.get(one.whole, "")
        if not reason and one.settled.gross_minor:
            reason = _obstacle(command, asset, one, available[asset.id])
        if reason:
            waiting[one.whole] = reason
            left.append(Left(one, asset.account_id, reason))
        else:
            available[asset.id] += one.moved_minor
            settled.append(one)
    return settled, left


def _obstacle(command: PostInterest, asset: LockedAsset, one: Due, available_minor: int) -> str:
    """Return why it cannot be posted, or nothing; the side is that of its net effect (E21.02)."""
    try:
        if not command.is_final:
            asset.demand_open_to_close()
        asset.demand_usable(one.side)
    except Conflict as conflict:
        return conflict.sentence
    moved = one.moved_minor
    return "" if moved > 0 or available_minor + moved >= 0 else INSUFFICIENT


def _columns(one: Due) -> list[str]:
    main = "liability_product_id" if one.side == "C" else "receivable_product_id"
    return [main, *(["tax_product_id"] if one.settled.tax_minor else [])]


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
        "period_end": one.period_end,
        "from_day": one.from_day,
        "to_day": one.to_day,
        "accrued_minor": one.settled.accrued_minor,
        "gross_minor": one.settled.gross_minor,
        "tax_minor": one.settled.tax_minor,
        "posted_on": command.business_date,
        "value_date": command.next_date if transaction_id else None,
        "transaction_id": transaction_id,
    }


def _mark(work: Work, settled: Sequence[Due], first_id: int) -> None:
    """Tie each accrual to its posting: the one of its asset, condition and side made just now.

    Refused (409) where other days would be tied than were summed: a close works some out.
    """
    mine = (
        InterestAccrual.organisation_id == work.actor.tenant_id,
        InterestAccrual.asset_id.in_({one.asset_id for one in settled}),
    )
    posted = (
        select(func.max(InterestPosting.id))
        .where(
            InterestPosting.organisation_id == InterestAccrual.organisation_id,
            InterestPosting.asset_id == InterestAccrual.asset_id,
            InterestPosting.condition_id == InterestAccrual.condition_id,
            InterestPosting.side == InterestAccrual.side,
            InterestPosting.to_day >= InterestAccrual.day,
            InterestPosting.from_day <= InterestAccrual.day,
            InterestPosting.id >= first_id,
        )
        .scalar_subquery()
    )
    work.session.execute(
        update(InterestAccrual)
        .where(
            *mine,
            InterestAccrual.posting_id.is_(None),
            InterestAccrual.day <= max(one.to_day for one in settled),
        )
        .values(posting_id=posted)
        .execution_options(synchronize_session=False)
    )
    marked = select(func.count()).where(*mine, InterestAccrual.posting_id >= first_id)
    if work.session.scalar(marked) != sum(one.accruals for one in settled):
        raise Conflict(BEING_ACCRUED)
