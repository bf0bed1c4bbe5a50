"""A day's rules, and periods, as tables of a statement, which each database can join."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import CTE, BigInteger, Boolean, Date, Integer, String, column, values

from app.interest.rules import DayRules


def conditions(rules: DayRules) -> CTE:
    """Return the conditions in force, by their ids."""
    named = values(
        column("condition_id", BigInteger),
        column("currency", String),
        column("balance_type", String),
        column("since", Date),
        name="rule",
    )
    return named.data(list(rules.conditions)).cte("rule", nesting=True)


def tiers(rules: DayRules) -> CTE:
    """Return their tiers with rates in whole millionths of a percent."""
    named = values(
        column("condition_id", BigInteger),
        column("side", String),
        column("low", BigInteger),
        column("high", BigInteger),
        column("rate", BigInteger),
        column("is_sliced", Boolean),
        column("is_penalty", Boolean),
        column("days", BigInteger),
        column("year_days", Integer),
        name="tier",
    )
    return named.data(list(rules.tiers)).cte("tier", nesting=True)


def followers(name: str, rows: tuple[tuple[int, str, int], ...]) -> CTE:
    """Return which condition follows from a product, or from what an account chose."""
    named = values(
        column("follower", BigInteger),
        column("currency", String),
        column("condition_id", BigInteger),
        name=name,
    )
    return named.data(list(rows)).cte(name, nesting=True)


def periods(rows: Sequence[tuple[int, date, date]]) -> CTE:
    """Return the periods of posting of some conditions, by their first and last days."""
    named = values(
        column("condition_id", BigInteger),
        column("first_day", Date),
        column("last_day", Date),
        name="period",
    )
    return named.data(list(rows)).cte("period", nesting=True)
