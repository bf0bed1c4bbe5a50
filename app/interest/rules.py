"""The rules of one day as rows that a statement can join: conditions, tiers, who follows which."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.conditions.models import AccountCondition, ConditionAccount, ConditionProduct
from app.conditions.queries import Versions
from app.kernel.day_counts import day_fraction
from app.kernel.frequencies import is_rarer, last_period_end

# A rate is a whole number of millionths of a percent: each is kept with six decimals at most.
_MILLIONTHS = 10**6
NOBODY = (0, "", 0)
# In place of none, which a database cannot tell the type of in a list of rows.
ENDLESS = 2**62
ALL_CAPITALISED = date.max


@dataclass(frozen=True, slots=True)
class DayRules:
    """What is in force on a day.

    `conditions`: id, currency, balance type, and the day since which posted interest is not
    capitalised. `tiers`: condition, side, low, high, rate, sliced, penalty, days that count, days
    of the year. `products` and `choices`: a product, or the condition an account chose, with the
    currency and the condition that follows from it.
    """

    day: date
    conditions: tuple[tuple[int, str, str, date], ...]
    tiers: tuple[tuple[int, str, int, int, int, bool, bool, int, int], ...]
    products: tuple[tuple[int, str, int], ...]
    choices: tuple[tuple[int, str, int], ...]

    def without(self, condition_ids: Collection[int]) -> "DayRules":
        """Return the rules of the other conditions."""
        kept = tuple(row for row in self.conditions if row[0] not in condition_ids)
        return replace(self, conditions=kept)


def day_rules(
    session: Session,
    organisation_id: int,
    versions: Versions,
    day: date,
    *,
    followed: Iterable[tuple[int, int]] | None = None,
) -> DayRules | None:
    """Return the rules of a day, or None where no condition is in force.

    Products follow what they are linked to; of a day that is closed, what they were linked to then
    and what they are known to have `followed`, as pairs of a product and a condition.
    """
    in_force = versions.on(day)
    tiers = [
        row
        for one in in_force.values()
        for row in _tiers(one, versions.base_percent(one, day), day)
    ]
    if not tiers:
        return None
    links = select(ConditionProduct.product_id, ConditionProduct.condition_id).where(
        ConditionProduct.organisation_id == organisation_id
    )
    if followed is not None:
        links = links.where(func.coalesce(ConditionProduct.linked_on, day) <= day)
    by_id = {one.id: one for one in in_force.values()}
    products = {
        (product_id, by_id[key].currency): key
        for product_id, key in (*session.execute(links), *(followed or ()))
        if key in by_id
    }
    choices = _choices(session, organisation_id, in_force)
    return DayRules(
        day,
        tuple(
            (one.id, one.currency, one.balance_type, _uncapitalised_since(one, day))
            for one in in_force.values()
        ),
        tuple(tiers),
        tuple((*pair, key) for pair, key in products.items()) or (NOBODY,),
        tuple(choices) or (NOBODY,),
    )


def _choices(
    session: Session, organisation_id: int, in_force: dict[str, AccountCondition]
) -> list[tuple[int, str, int]]:
    chosen = (
        select(ConditionAccount.condition_id, AccountCondition.code)
        .join(AccountCondition, AccountCondition.id == ConditionAccount.condition_id)
        .where(ConditionAccount.organisation_id == organisation_id)
        .distinct()
    )
    return [
        (key, in_force[code].currency, in_force[code].id)
        for key, code in session.execute(chosen)
        if code in in_force
    ]


def _tiers(
    one: AccountCondition, base_percent: Decimal, day: date
) -> list[tuple[int, str, int, int, int, bool, bool, int, int]]:
    counted = day_fraction(day, one.day_count)
    if not counted[0]:
        return []
    rows = [
        (one.id, side, tier.low_minor, tier.high_minor or ENDLESS,
         _whole(tier.rate_percent + base_percent), one.is_sliced(side), False, *counted)
        for side in ("C", "D")
        for tier in one.tiers_of(side)
    ]  # fmt: skip
    if one.penalty_percent:
        rows.append((one.id, "D", 0, ENDLESS, _whole(one.penalty_percent), True, True, *counted))
    return [row for row in rows if row[4]]


def _whole(percent: Decimal) -> int:
    return int(percent * _MILLIONTHS)


def _uncapitalised_since(one: AccountCondition, day: date) -> date:
    """Return the day after which posted interest does not bear interest yet."""
    if not is_rarer(one.capitalisation_frequency, one.posting_frequency):
        return ALL_CAPITALISED
    end = last_period_end(one.capitalisation_frequency, day)
    if end < day:
        return end
    return last_period_end(one.capitalisation_frequency, day - timedelta(days=1))
