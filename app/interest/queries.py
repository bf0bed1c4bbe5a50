"""What others ask of interest: accrued and not posted so far, and what was posted lately."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.interest.booking import exact_of
from app.interest.models import InterestAccrual, InterestPosting
from app.kernel.interest import round_half_up
from app.ledger.accounts import Account
from app.ledger.models import Asset


@dataclass(frozen=True, slots=True)
class Accrued:
    """Interest of an asset that is not posted yet, rounded to its minor units, by side."""

    credit_minor: int = 0
    debit_minor: int = 0


def accrued_of(
    session: Session, organisation_id: int, asset_ids: Sequence[int]
) -> dict[int, Accrued]:
    """Return what is accrued and not posted, by asset; those without interest are left out."""
    one = InterestAccrual
    query = (
        select(one.asset_id, one.side, one.year_days, func.sum(one.whole_minor), func.sum(one.rest))
        .where(
            one.organisation_id == organisation_id,
            one.asset_id.in_(asset_ids),
            one.posting_id.is_(None),
        )
        .group_by(one.asset_id, one.side, one.year_days)
    )
    sums: dict[int, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for asset_id, side, year_days, whole, rest in session.execute(query):
        sums[asset_id][side] += exact_of(whole, rest, year_days)
    return {
        asset_id: Accrued(round_half_up(sides["C"]), round_half_up(sides["D"]))
        for asset_id, sides in sums.items()
    }


def assets_of(session: Session, account: Account) -> dict[int, Asset]:
    """Return all assets of an account by their ids, in that order."""
    query = select(Asset).where(
        Asset.organisation_id == account.organisation_id, Asset.account_id == account.id
    )
    return {one.id: one for one in session.scalars(query.order_by(Asset.id))}


def postings_of(
    session: Session, organisation_id: int, asset_ids: Sequence[int], *, limit: int
) -> Sequence[InterestPosting]:
    """Return the newest postings of some assets, waived ones as well."""
    query = (
        select(InterestPosting)
        .where(
            InterestPosting.organisation_id == organisation_id,
            InterestPosting.asset_id.in_(asset_ids),
        )
        .order_by(InterestPosting.to_day.desc(), InterestPosting.id.desc())
    )
    return session.scalars(query.limit(limit)).all()
