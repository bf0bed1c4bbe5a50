"""Interest worked out again: one accrual a day, each by its tiers, postings as their sums (17)."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from operator import itemgetter
from typing import Any

from app.reports.snapshot import Breach, Snapshot
from app.reports.sums import Check, found_by

RULE = 17
_REST = 10**8
_HALF = Fraction(1, 2)
_MONTHS = {"MONTHLY": 1, "QUARTERLY": 3, "SEMI_ANNUALLY": 6, "ANNUALLY": 12}
_WITHHELD, _ADDED = "WITHHOLDING", "EXCISE"
CHECKS = (
    Check(
        RULE,
        "balance_snapshot",
        """
        SELECT s.id, s.organisation_id, 'The balance kept is not the sum of the entries until then'
        FROM balance_snapshot s LEFT JOIN (
            SELECT asset_id, sequence, sum(CASE WHEN bucket <> 'real' THEN 0
                WHEN side = 'C' THEN amount_minor ELSE -amount_minor END)
                OVER (PARTITION BY asset_id ORDER BY sequence) AS minor
            FROM entry WHERE {scope:entry} AND sequence IS NOT NULL
        ) e ON e.asset_id = s.asset_id AND e.sequence = s.sequence
        WHERE {scope:s} AND coalesce(e.minor, 0) <> s.ledger_minor
        """,
    ),
    Check(
        RULE,
        "interest_accrual",
        """
        SELECT max(i.id), i.organisation_id, 'An asset has two accruals of one day'
        FROM interest_accrual i WHERE {scope:i}
        GROUP BY i.organisation_id, i.asset_id, i.day HAVING count(*) > 1
        """,
    ),
    Check(
        RULE,
        "interest_accrual",
        """
        SELECT i.id, i.organisation_id, 'The accrual is not of the posting that it names'
        FROM interest_accrual i JOIN interest_posting p ON p.id = i.posting_id
        WHERE {scope:i} AND (p.asset_id <> i.asset_id OR p.condition_id <> i.condition_id
            OR p.side <> i.side OR i.day NOT BETWEEN p.from_day AND p.to_day)
        """,
    ),
    Check(
        RULE,
        "interest_accrual",
        """
        SELECT i.id, i.organisation_id, 'Posted interest was not accrued on the balance kept'
        FROM interest_accrual i JOIN account_condition c ON c.id = i.condition_id
            LEFT JOIN balance_snapshot s ON s.asset_id = i.asset_id AND s.day = i.day
                AND s.organisation_id = i.organisation_id
        WHERE {scope:i} AND i.posting_id IS NOT NULL
            AND c.capitalisation_frequency = c.posting_frequency
            AND (s.id IS NULL OR i.balance_minor <> CASE c.balance_type
                WHEN 'LEDGER' THEN s.ledger_minor
                WHEN 'AVAILABLE' THEN s.ledger_minor - s.held_minor ELSE s.value_minor END)
        """,
    ),
    Check(
        RULE,
        "interest_posting",
        """
        SELECT p.id, p.organisation_id, 'The entries are not those of the posted interest'
        FROM interest_posting p LEFT JOIN (
            SELECT transaction_id, asset_id, max(value_date) AS worth,
                sum(CASE side WHEN 'C' THEN amount_minor ELSE -amount_minor END) AS minor
            FROM entry WHERE {scope:entry} GROUP BY transaction_id, asset_id
        ) e ON e.transaction_id = p.transaction_id AND e.asset_id = p.asset_id
        WHERE {scope:p} AND (coalesce(e.minor, 0) <> CASE p.side
            WHEN 'C' THEN p.gross_minor - p.tax_minor ELSE -p.gross_minor - p.tax_minor END
            OR p.value_date <> e.worth OR (p.value_date IS NULL) <> (e.worth IS NULL))
        """,
    ),
)


@dataclass(slots=True)
class _Rules:
    """The conditions by id, the base rates by code, and what a day of a condition came to."""

    conditions: dict[int, dict[str, Any]] = field(default_factory=dict)
    rates: dict[tuple[int, str], list[tuple[str, Decimal]]] = field(default_factory=dict)
    days: dict[tuple[int, str], tuple[int, int, Decimal]] = field(default_factory=dict)


def interest(view: Snapshot, organisation_id: int | None) -> Iterator[Breach]:
    """Check every accrual and every posting."""
    yield from found_by(CHECKS, view, organisation_id)
    rules = _rules(view)
    scope = "1 = 1" if organisation_id is None else f"organisation_id = {organisation_id}"
    yield from _accruals(view, rules, scope)
    yield from _postings(view, rules, scope)


_CONDITION = (
    "id", "organisation_id", "day_count", "credit_method", "debit_method", "tiers",
    "penalty_percent", "credit_min_minor", "credit_max_minor", "debit_min_minor",
    "debit_max_minor", "de_minimis_minor", "tax_type", "tax_percent", "posting_frequency",
)  # fmt: skip


def _rules(view: Snapshot) -> _Rules:
    rules = _Rules()
    listed = ", ".join(f"c.{name}" for name in _CONDITION)
    for *values, code in view.few(
        f"SELECT {listed}, b.code FROM account_condition c "
        "LEFT JOIN base_rate b ON b.id = c.base_rate_id"
    ):
        one = dict(zip(_CONDITION, values, strict=True)) | {"base": code}
        one["tiers"] = _read(one["tiers"])
        rules.conditions[one["id"]] = one
    kept = defaultdict(list)
    for owner, code, begins, rate in view.few(
        "SELECT organisation_id, code, effective_from, rate_percent FROM base_rate "
        "WHERE record_status = 'AUTHORIZED' AND retired_at IS NULL ORDER BY effective_from, id"
    ):
        kept[owner, code].append((str(begins), Decimal(rate)))
    rules.rates = dict(kept)
    return rules


def _read(tiers: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(tiers) if isinstance(tiers, str) else tiers
    return found


def _accruals(view: Snapshot, rules: _Rules, scope: str) -> Iterator[Breach]:
    """Work each accrual out by the tiers of its condition; a base rate may have come later."""
    for row_id, owner, key, day, side, balance, whole, rest, year_days, overdraft in view.rows(
        "SELECT i.id, i.organisation_id, i.condition_id, i.day, i.side, i.balance_minor, "
        "i.whole_minor, i.rest, i.year_days, s.overdraft_minor "
        "FROM interest_accrual i LEFT JOIN balance_snapshot s ON s.asset_id = i.asset_id "
        "AND s.day = i.day AND s.organisation_id = i.organisation_id "
        f"WHERE {scope.replace('organisation_id', 'i.organisation_id')}"
    ):
        one = rules.conditions[key]
        days, divisor, base = _day(rules, one, str(day))
        is_right = (side == "C") == (balance > 0) and year_days == divisor
        size, sliced = abs(balance), one["credit_method" if side == "C" else "debit_method"]
        exact = sum(
            _borne(size, tier, base, is_sliced=sliced == "SLICED")
            for tier in one["tiers"]
            if tier["side"] == side
        )
        if side == "D" and one["penalty_percent"]:
            exact += max(0, size - (overdraft or 0)) * Decimal(one["penalty_percent"])
        if not is_right or exact * days * 10**6 != whole * _REST + rest:
            sentence = "The accrual is not what its balance bears by the tiers of its condition"
            yield Breach(RULE, "interest_accrual", row_id, sentence, owner)


def _borne(size: int, tier: dict[str, Any], base: Decimal, *, is_sliced: bool) -> Decimal:
    """Return the part of the balance in a tier times its rate in percent."""
    low, high = tier["low_minor"], tier["high_minor"]
    if size <= low or (high is not None and size > high and not is_sliced):
        return Decimal(0)
    part = size
    if is_sliced:
        part = (size if high is None else min(size, high)) - low
    return part * (Decimal(tier["rate_percent"]) + base)


def _day(rules: _Rules, one: dict[str, Any], day: str) -> tuple[int, int, Decimal]:
    """Return how many days a date counts, the days of its year, and the base rate on it."""
    key = (one["id"], day)
    if key not in rules.days:
        rates = rules.rates.get((one["organisation_id"], one["base"]), [])
        base = next((rate for begins, rate in reversed(rates) if begins <= day), Decimal(0))
        rules.days[key] = (*_counted(one["day_count"], date.fromisoformat(day)), base)
    return rules.days[key]


def _counted(basis: str, day: date) -> tuple[int, int]:
    if basis.startswith("30"):
        after = day + timedelta(days=1)
        months = (after.year - day.year) * 12 + after.month - day.month
        return months * 30 + min(after.day, 30) - min(day.day, 30), 360
    if basis == "ACT/ACT ISDA":
        is_leap = day.year % 4 == 0 and (day.year % 100 != 0 or day.year % 400 == 0)
        return 1, 366 if is_leap else 365
    return 1, 360 if basis == "ACT/360" else 365


def _postings(view: Snapshot, rules: _Rules, scope: str) -> Iterator[Breach]:
    """Compare each posting with the exact sum of its accruals, rounded half up once.

    The bounds are those of its period: all that was posted of the period before it counts. A
    posting that does not tell its period was bounded by itself.
    """
    rows = view.rows(
        "SELECT p.asset_id, c.code, p.side, p.id, p.period_end, p.organisation_id, p.condition_id, "
        "p.accrued_minor, p.gross_minor, p.tax_minor, p.to_day, i.year_days, "
        "sum(i.whole_minor), sum(i.rest) "
        "FROM interest_posting p JOIN account_condition c ON c.id = p.condition_id "
        "LEFT JOIN interest_accrual i ON i.posting_id = p.id "
        f"WHERE {scope.replace('organisation_id', 'p.organisation_id')} "
        "GROUP BY p.asset_id, c.code, p.side, p.id, p.period_end, p.organisation_id, "
        "p.condition_id, p.accrued_minor, p.gross_minor, p.tax_minor, p.to_day, i.year_days "
        "ORDER BY p.asset_id, c.code, p.side, p.id"
    )
    for (_, _, side), line in groupby(rows, itemgetter(slice(0, 3))):
        periods: dict[str, tuple[Fraction, int]] = {}
        for row_id, group in groupby(line, itemgetter(3)):
            parts = list(group)
            end, owner, key, accrued, gross, tax, to_day = parts[0][4:11]
            ends = _period_end(rules.conditions[key]["posting_frequency"], to_day)
            past = periods.get(ends, (Fraction(0), 0))
            before, posted = (Fraction(0), 0) if end is None else past
            exact = sum((_exact(*part[11:]) for part in parts), Fraction(0))
            right = _posted(rules.conditions[key], side, exact, before=before, posted=posted)
            if (accrued, gross, tax) != right or str(end or ends) != ends:
                sentence = "The posted interest is not the rounded sum of its accruals"
                yield Breach(RULE, "interest_posting", row_id, sentence, owner)
            periods[ends] = (past[0] + exact, past[1] + right[1])


def _period_end(often: str, last: Any) -> str:
    """Return the last day of the period of posting that a day is in."""
    day = date.fromisoformat(str(last))
    if often == "DAILY":
        return str(day)
    if often == "WEEKLY":
        return str(day + timedelta(days=6 - day.weekday()))
    months = _MONTHS[often]
    ends_in = day.month + -day.month % months
    return str(date(day.year + ends_in // 12, ends_in % 12 + 1, 1) - timedelta(days=1))


def _exact(divisor: int | None, whole: Any, rest: Any) -> Fraction:
    if divisor is None:
        return Fraction(0)
    return Fraction(int(whole) * _REST + int(rest), _REST * divisor)


def _posted(
    one: dict[str, Any], side: str, exact: Fraction, *, before: Fraction, posted: int
) -> tuple[int, int, int]:
    accrued, whole = int((exact + _HALF) // 1), before + exact
    gross = int((whole + _HALF) // 1)
    if gross < one["de_minimis_minor"]:
        return accrued, 0, 0
    named = "credit" if side == "C" else "debit"
    least, most = one[f"{named}_min_minor"], one[f"{named}_max_minor"]
    gross = gross if least is None or not whole else max(gross, least)
    gross = max(0, (gross if most is None else min(gross, most)) - posted)
    taxed = one["tax_type"] == (_WITHHELD if side == "C" else _ADDED)
    percent = Fraction(Decimal(one["tax_percent"] or 0)) if taxed else Fraction(0)
    return accrued, gross, int((gross * percent / 100 + _HALF) // 1)
