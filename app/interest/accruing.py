"""A day's interest of many assets by one statement, exact in whole numbers on either database."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    Select,
    Subquery,
    and_,
    case,
    cast,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
)

from app.conditions.models import ConditionAccount
from app.conditions.queries import versions_of
from app.controls.commands import SYSTEM_ONLY, handles
from app.controls.work import Work
from app.interest import snapshots
from app.interest.joining import conditions, followers, tiers
from app.interest.models import REST, BalanceSnapshot, InterestAccrual, InterestPosting
from app.interest.rules import ALL_CAPITALISED, DayRules, day_rules
from app.ledger.accounts import Account, open_to_close
from app.ledger.models import Asset

_MILLION = 10**6
_HUNDRED = 100
_COLUMNS = [
    "organisation_id", "asset_id", "day", "condition_id", "side", "balance_minor", "whole_minor",
    "rest", "year_days",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class AccrueDay:
    """Accrue a day's interest of the assets between two ids that have none yet."""

    day: date
    first_id: int
    last_id: int


@handles(AccrueDay, permission=SYSTEM_ONLY)
def accrue_day(work: Work, command: AccrueDay) -> int:
    """Insert the rows that are missing; returns how many."""
    tenant = work.actor.tenant_id
    rules = day_rules(work.session, tenant, versions_of(work.session, tenant), command.day)
    chosen = BalanceSnapshot.asset_id.between(command.first_id, command.last_id)
    return accrue(work, rules, chosen)


def accrue(work: Work, rules: DayRules | None, chosen: ColumnElement[bool]) -> int:
    """Insert what a day bears on the chosen balances without an accrual of it; returns how many."""
    if rules is None or not rules.conditions:
        return 0
    query = accruals(work.actor.tenant_id, rules, chosen)
    statement = insert(InterestAccrual).from_select(_COLUMNS, query)
    return snapshots.count_inserted(work, statement)


def accruals(
    organisation_id: int, rules: DayRules, chosen: ColumnElement[bool]
) -> Select[tuple[Any, ...]]:
    """Select what a day bears on each of the chosen snapshots' assets that has no accrual yet.

    Of the balance, the part in each tier times its rate is summed as whole minor units and
    hundred-millionths of one, in steps that no 64-bit number overflows.
    """
    tier = tiers(rules)
    held = _bearing(organisation_id, rules, chosen)
    size = func.abs(held.c.minor)
    part = _parts(held, tier, size)
    stepped = select(
        part,
        (part.c.minor_part // _MILLION * part.c.factor).label("above"),
        (part.c.minor_part % _MILLION * part.c.factor).label("below"),
    ).subquery("stepped")
    below = stepped.c.above % _HUNDRED * _MILLION + stepped.c.below
    key = (stepped.c.asset_id, stepped.c.condition_id, stepped.c.side, stepped.c.minor)
    return select(
        literal(organisation_id, BigInteger),
        stepped.c.asset_id,
        literal(rules.day, Date),
        *key[1:],
        func.sum(stepped.c.above // _HUNDRED + below // REST),
        func.sum(below % REST),
        stepped.c.year_days,
    ).group_by(*key, stepped.c.year_days)


def _parts(held: Subquery, tier: CTE, size: ColumnElement[int]) -> Subquery:
    """Select the part of each balance in each tier that it reaches, and what multiplies it.

    Whole, that is the one tier that holds the balance; sliced, all up to it. A penalty is for
    what is beyond the permitted overdraft.
    """
    top = case((tier.c.high < size, tier.c.high), else_=size)
    low = case((tier.c.is_penalty, held.c.overdraft_minor), else_=tier.c.low)
    side = case((held.c.minor > 0, "C"), else_="D")
    reached = and_(
        tier.c.condition_id == held.c.condition_id,
        tier.c.side == side,
        size > low,
        or_(tier.c.is_sliced, size <= tier.c.high),
    )
    return (
        select(
            held.c.asset_id,
            held.c.condition_id,
            held.c.minor,
            tier.c.side,
            tier.c.year_days,
            case((tier.c.is_sliced, top - low), else_=size).label("minor_part"),
            (tier.c.rate * tier.c.days).label("factor"),
        )
        .join(tier, reached)
        .subquery("part")
    )


def _bearing(organisation_id: int, rules: DayRules, chosen: ColumnElement[bool]) -> Subquery:
    """Select the assets that follow a condition, each with the balance that bears interest.

    An account whose status keeps it from the close bears none (E21.04).
    """
    product = followers("product", rules.products)
    choice = followers("choice", rules.choices)
    rule = conditions(rules)
    kept, own = BalanceSnapshot, ConditionAccount
    condition = func.coalesce(choice.c.condition_id, product.c.condition_id)
    found = (
        select(
            kept.asset_id,
            rule.c.condition_id,
            kept.overdraft_minor,
            _balance(rule).label("minor"),
            _uncapitalised(organisation_id, rules, rule, kept.asset_id).label("posted"),
        )
        .join(Asset, Asset.id == kept.asset_id)
        .join(Account, Account.id == Asset.account_id)
        .outerjoin(own, and_(own.organisation_id == organisation_id, own.account_id == Account.id))
        .outerjoin(
            choice,
            and_(choice.c.follower == own.condition_id, choice.c.currency == Asset.currency),
        )
        .outerjoin(
            product,
            and_(product.c.follower == Account.product_id, product.c.currency == Asset.currency),
        )
        .join(rule, rule.c.condition_id == condition)
        .where(
            kept.organisation_id == organisation_id,
            kept.day == rules.day,
            chosen,
            open_to_close(),
            ~_is_done(organisation_id, rules),
        )
        .subquery("found")
    )
    minor = _without(found.c.minor, found.c.posted)
    return select(
        found.c.asset_id, found.c.condition_id, found.c.overdraft_minor, minor.label("minor")
    ).subquery("held")


def _balance(rule: CTE) -> ColumnElement[int]:
    kept = BalanceSnapshot
    return case(
        (rule.c.balance_type == "LEDGER", kept.ledger_minor),
        (rule.c.balance_type == "AVAILABLE", kept.ledger_minor - kept.held_minor),
        else_=kept.value_minor,
    )


def _is_done(organisation_id: int, rules: DayRules) -> ColumnElement[bool]:
    return exists().where(
        InterestAccrual.organisation_id == organisation_id,
        InterestAccrual.asset_id == BalanceSnapshot.asset_id,
        InterestAccrual.day == rules.day,
    )


def _without(minor: Any, posted: Any) -> ColumnElement[int]:
    """Leave posted interest that is not capitalised out, without changing the balance's sign."""
    return case(
        (and_(minor > 0, posted >= minor), 0),
        (and_(minor > 0, posted > 0), minor - posted),
        (and_(minor < 0, posted <= minor), 0),
        (and_(minor < 0, posted < 0), minor - posted),
        else_=minor,
    )


def _uncapitalised(
    organisation_id: int, rules: DayRules, rule: CTE, asset_id: Any
) -> ColumnElement[int]:
    one = InterestPosting
    net = case((one.side == "C", one.gross_minor - one.tax_minor),
               else_=-one.gross_minor - one.tax_minor)  # fmt: skip
    posted = select(cast(func.coalesce(func.sum(net), 0), BigInteger)).where(
        one.organisation_id == organisation_id,
        one.asset_id == asset_id,
        one.to_day > rule.c.since,
        one.value_date <= rules.day,
    )
    return case(
        (rule.c.since == ALL_CAPITALISED, 0), else_=posted.correlate_except(one).scalar_subquery()
    )
