"""What is due to be posted: accruals summed by period of posting, within the period's bounds."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from app.conditions.models import AccountCondition
from app.controls.work import Work
from app.interest.booking import exact_of
from app.interest.joining import periods
from app.interest.models import InterestAccrual, InterestPosting
from app.kernel.frequencies import last_period_end, period_end, period_ends
from app.kernel.interest import Settled, settle

# An asset, a condition's code, a side and the last day of a period: what its bounds count for.
Whole: TypeAlias = tuple[int, str, str, date]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Due:
    """What an asset accrued under a version of a condition in a period, and what is posted of it.

    `accruals` is how many days bear it.
    """

    asset_id: int
    condition: AccountCondition
    side: str
    period_end: date
    from_day: date
    to_day: date
    accruals: int
    settled: Settled

    @property
    def whole(self) -> Whole:
        """What it is a part of."""
        return (self.asset_id, self.condition.code, self.side, self.period_end)

    @property
    def moved_minor(self) -> int:
        """What the asset's balance moves by when it is posted."""
        gross_minor, tax_minor = self.settled.gross_minor, self.settled.tax_minor
        return (gross_minor if self.side == "C" else -gross_minor) - tax_minor


def assets_due(
    session: Session, organisation_id: int, conditions: Sequence[AccountCondition], before: date
) -> list[int]:
    """Return the assets with interest of a period that ended before a date, by their ids."""
    if not conditions:
        return []
    query = (
        select(InterestAccrual.asset_id)
        .where(*unposted(organisation_id), _ended(conditions, before))
        .distinct()
    )
    return list(session.scalars(query.order_by(InterestAccrual.asset_id)))


def read_due(
    work: Work,
    conditions: Iterable[AccountCondition],
    asset_ids: Sequence[int],
    *,
    before: date,
    is_final: bool,
) -> list[Due]:
    """Return what these assets accrued before a date, by the first of its days.

    Of periods that ended by then; where `is_final`, of the one that goes on as well. The bounds
    count for the period as a whole: what was posted of it already is not posted again.
    """
    known = {one.id: one for one in conditions}
    rows = list(_periods(work, known, asset_ids, before=before, is_final=is_final))
    if not rows:
        return []
    groups = _sums(work, asset_ids, rows, before)
    past = _posted(work, known, asset_ids, rows)
    due = []
    for (asset_id, condition_id, side, end), parts in sorted(groups.items(), key=_first_day):
        condition = known[condition_id]
        exact = sum((exact_of(*part[:3]) for part in parts), Fraction(0))
        whole = (asset_id, condition.code, side, end)
        earlier, posted_minor = past[whole]
        settled = settle(exact, condition.settling(side), before=earlier, posted_minor=posted_minor)
        past[whole] = (earlier + exact, posted_minor + settled.gross_minor)
        days = (min(part[3] for part in parts), max(part[4] for part in parts))
        count = sum(part[5] for part in parts)
        due.append(Due(asset_id, condition, side, end, *days, count, settled))
    return due


def unposted(organisation_id: int) -> tuple[ColumnElement[bool], ...]:
    """Return the clauses of the accruals that are not posted."""
    mine = InterestAccrual.organisation_id == organisation_id
    return (mine, InterestAccrual.posting_id.is_(None))


def _first_day(group: tuple[tuple[int, int, str, date], list[Any]]) -> tuple[Any, ...]:
    (asset_id, condition_id, side, _), parts = group
    return asset_id, min(part[3] for part in parts), condition_id, side


def _ended(conditions: Sequence[AccountCondition], before: date) -> ColumnElement[bool]:
    """Return the clause for days of periods of posting that have ended."""
    ends: dict[date, list[int]] = defaultdict(list)
    for one in conditions:
        ends[last_period_end(one.posting_frequency, before - _DAY)].append(one.id)
    return or_(
        *(
            and_(InterestAccrual.condition_id.in_(ids), InterestAccrual.day <= end)
            for end, ids in ends.items()
        )
    )


def _periods(
    work: Work,
    conditions: dict[int, AccountCondition],
    asset_ids: Sequence[int],
    *,
    before: date,
    is_final: bool,
) -> Iterator[tuple[int, date, date]]:
    """Yield the periods of posting in which something accrued: condition, first and last day."""
    one = InterestAccrual
    query = (
        select(one.condition_id, func.min(one.day))
        .where(*unposted(work.actor.tenant_id), one.asset_id.in_(asset_ids), one.day < before)
        .group_by(one.condition_id)
    )
    for condition_id, first in work.session.execute(query):
        often = conditions[condition_id].posting_frequency
        last = period_end(often, before - _DAY) if is_final else before - _DAY
        begins = first
        for end in period_ends(often, first, last):
            yield condition_id, begins, end
            begins = end + _DAY


def _sums(
    work: Work, asset_ids: Sequence[int], rows: Sequence[tuple[int, date, date]], before: date
) -> dict[tuple[int, int, str, date], list[Any]]:
    """Return by asset, condition, side and period's end the sums of each length of year."""
    one, period = InterestAccrual, periods(rows)
    key = (one.asset_id, one.condition_id, one.side, period.c.last_day)
    query = (
        select(
            *key, func.sum(one.whole_minor), func.sum(one.rest), one.year_days,
            func.min(one.day), func.max(one.day), func.count(),
        )
        .join(
            period,
            and_(
                period.c.condition_id == one.condition_id,
                one.day.between(period.c.first_day, period.c.last_day),
            ),
        )
        .where(*unposted(work.actor.tenant_id), one.asset_id.in_(asset_ids), one.day < before)
        .group_by(*key, one.year_days)
    )  # fmt: skip
    groups: dict[tuple[int, int, str, date], list[Any]] = defaultdict(list)
    for asset_id, condition_id, side, end, *sums in work.session.execute(query):
        groups[asset_id, condition_id, side, end].append(sums)
    return groups


def _posted(
    work: Work,
    known: dict[int, AccountCondition],
    asset_ids: Sequence[int],
    rows: Sequence[tuple[int, date, date]],
) -> dict[Whole, tuple[Fraction, int]]:
    """Return what was accrued and what was posted of these periods already.

    A posting that was made before postings told their period is of the one that its last day is in.
    """
    found: dict[Whole, tuple[Fraction, int]] = defaultdict(lambda: (Fraction(0), 0))
    one, accrued = InterestPosting, InterestAccrual
    begun = min(last_period_end(known[row[0]].posting_frequency, row[2] - _DAY) for row in rows)
    mine = (
        one.organisation_id == work.actor.tenant_id,
        one.asset_id.in_(asset_ids),
        or_(
            one.period_end.in_({row[2] for row in rows}),
            and_(one.period_end.is_(None), one.to_day > begun),
        ),
    )
    of_code = AccountCondition.id == one.condition_id
    postings = select(one, AccountCondition).join(AccountCondition, of_code).where(*mine)
    wholes: dict[int, Whole] = {}
    for past, condition in work.session.execute(postings):
        end = past.period_end or period_end(condition.posting_frequency, past.to_day)
        whole = wholes[past.id] = (past.asset_id, condition.code, past.side, end)
        found[whole] = (Fraction(0), found[whole][1] + past.gross_minor)
    if not wholes:
        return found
    sums = (func.sum(accrued.whole_minor), func.sum(accrued.rest), accrued.year_days)
    borne = (
        select(one.id, *sums)
        .join(accrued, accrued.posting_id == one.id)
        .where(*mine)
        .group_by(one.id, accrued.year_days)
    )
    for posting_id, minor, rest, year_days in work.session.execute(borne):
        exact, gross_minor = found[wholes[posting_id]]
        found[wholes[posting_id]] = (exact + exact_of(minor, rest, year_days), gross_minor)
    return found
