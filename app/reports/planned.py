"""Forward-dated transactions and standing orders are as they must be (safety 5, 9, 10, 12).

Days are worked out here a second time, from the work day years that were approved by then.
"""

import json
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.reports.snapshot import Breach, Snapshot
from app.reports.sums import Check, found_by

_WEEKEND = (5, 6)
_MOST_DAYS = 366
_NEVER = datetime.max.replace(tzinfo=UTC)
CHECKS = (
    Check(
        9,
        "forward_dated",
        """
        SELECT f.id, f.organisation_id, CASE
            WHEN f.status = 'EXECUTED' AND t.id IS NULL THEN 'Executed, and no transaction came'
            WHEN f.status = 'EXECUTED' THEN 'Executed, and it is not the transaction that came'
            ELSE 'A transaction came from what was not executed' END
        FROM forward_dated f LEFT JOIN (
            SELECT x.context_id, max(x.id) AS id, count(*) AS number FROM "transaction" x
            WHERE x.context_kind = 'forward_dated_execution' AND x.posted_at IS NOT NULL
                AND {scope:x} GROUP BY x.context_id
        ) t ON t.context_id = f.id
        WHERE {scope:f} AND ((f.status = 'EXECUTED') <> (t.id IS NOT NULL)
            OR (f.status = 'EXECUTED') <> (f.transaction_id IS NOT NULL)
            OR (t.id IS NOT NULL AND (t.number <> 1 OR t.id <> f.transaction_id)))
        """,
    ),
    Check(
        9,
        "forward_dated",
        """
        SELECT f.id, f.organisation_id, 'What it holds is not what its status says'
        FROM forward_dated f LEFT JOIN (
            SELECT r.forward_dated_id AS id, count(*) AS reserved,
                sum(CASE WHEN h.state = 'active' THEN 1 ELSE 0 END) AS active,
                sum(CASE WHEN h.amount_minor = r.amount_minor AND h.asset_id = r.asset_id
                    THEN 1 ELSE 0 END) AS same
            FROM forward_reservation r JOIN hold h ON h.id = r.hold_id
            WHERE {scope:r} GROUP BY r.forward_dated_id
        ) h ON h.id = f.id
        WHERE {scope:f} AND coalesce(h.reserved, 0) > 0 AND (h.same <> h.reserved
            OR h.active <> CASE WHEN f.status IN ('SCHEDULED', 'EXECUTING')
                THEN h.reserved ELSE 0 END)
        """,
    ),
    Check(
        8,
        "forward_dated",
        """
        SELECT f.id, f.organisation_id, 'The two statuses cannot stand together'
        FROM forward_dated f WHERE {scope:f} AND NOT (
            (f.record_status = 'AUTHORIZED' AND f.status <> 'DRAFT')
            OR (f.record_status <> 'AUTHORIZED' AND f.status IN ('DRAFT', 'CANCELLED')))
        """,
    ),
    Check(
        8,
        "standing_order",
        """
        SELECT s.id, s.organisation_id, 'The two statuses cannot stand together'
        FROM standing_order s
        WHERE {scope:s} AND (s.record_status = 'AUTHORIZED') = (s.status = 'DRAFT')
        """,
    ),
    Check(
        12,
        "forward_dated",
        """
        SELECT f.id, f.organisation_id, 'It was authorized without an approval or an order'
        FROM forward_dated f LEFT JOIN standing_order s ON s.id = f.standing_order_id
        WHERE {scope:f} AND f.record_status = 'AUTHORIZED' AND f.submitted_at IS NULL
            AND coalesce(s.record_status, '') <> 'AUTHORIZED'
        """,
    ),
    Check(
        10,
        "forward_dated",
        """
        SELECT max(f.id), f.organisation_id, 'The month of a standing order has two payments'
        FROM forward_dated f WHERE {scope:f} AND f.standing_order_id IS NOT NULL
        GROUP BY f.organisation_id, f.standing_order_id, f.occurrence HAVING count(*) > 1
        """,
    ),
    Check(
        10,
        "standing_order",
        """
        SELECT s.id, s.organisation_id, 'Its count or its last day is not that of its payments'
        FROM standing_order s LEFT JOIN (
            SELECT standing_order_id AS id, count(*) AS number, max(scheduled_on) AS last
            FROM forward_dated WHERE standing_order_id IS NOT NULL AND {scope:forward_dated}
            GROUP BY standing_order_id
        ) f ON f.id = s.id
        WHERE {scope:s} AND (s.generated_count <> coalesce(f.number, 0)
            OR (f.last IS NULL) <> (s.last_generated_on IS NULL) OR f.last <> s.last_generated_on)
        """,
    ),
    Check(
        10,
        "forward_dated",
        """
        SELECT f.id, f.organisation_id, 'A payment waits of a standing order that was cancelled'
        FROM forward_dated f JOIN standing_order s ON s.id = f.standing_order_id
        WHERE {scope:f} AND s.status IN ('CANCELLED', 'COMPLETED') AND f.status = 'SCHEDULED'
        """,
    ),
)
_PAYMENTS = """
    SELECT f.id, f.organisation_id, f.scheduled_on, f.execution_on, f.occurrence, f.created_at,
        s.id, s.day_of_month, s.start_on, s.end_on, f.total_minor, s.total_minor
    FROM forward_dated f JOIN standing_order s ON s.id = f.standing_order_id
"""
_MOVES = """
    SELECT entity_id, occurred_at, changes FROM activity
    WHERE {scope} AND entity = 'standing_order' AND status = 'Success' AND tags = 'modified'
    ORDER BY id
"""
_YEARS = """
    SELECT organisation_id, year, weekends, holidays, authorised_at FROM work_day_year
    WHERE record_status = 'AUTHORIZED' ORDER BY authorised_at, id
"""


def planned(view: Snapshot, organisation_id: int | None) -> Iterator[Breach]:
    """Check what is planned, what came of it, and the days of each standing order's payments."""
    yield from found_by(CHECKS, view, organisation_id)
    scope = "" if organisation_id is None else f" WHERE f.organisation_id = {organisation_id}"
    years, pauses = _years(view), _pauses(view, organisation_id)
    for row in view.rows(_PAYMENTS + scope):
        sentence = _astray(row, years[row[1]], pauses[row[6]])
        if sentence:
            yield Breach(10, "forward_dated", row[0], sentence, row[1])


def _years(view: Snapshot) -> dict[int, dict[int, list[tuple[Any, ...]]]]:
    """Return each organisation's years, each as it was approved and amended, the oldest first."""
    found: dict[int, dict[int, list[tuple[Any, ...]]]] = defaultdict(lambda: defaultdict(list))
    for owner, year, weekends, holidays, at in view.few(_YEARS):
        weekend, holiday = (
            json.loads(one) if isinstance(one, str) else one for one in (weekends, holidays)
        )
        found[owner][year].append((weekend, holiday, _moment(at)))
    return found


def _pauses(view: Snapshot, organisation_id: int | None) -> dict[int, list[list[datetime]]]:
    """Return from when to when each standing order was paused, as the log tells."""
    scope = "1 = 1" if organisation_id is None else f"organisation_id = {organisation_id}"
    found: dict[int, list[list[datetime]]] = defaultdict(list)
    for order_id, at, kept in view.rows(_MOVES.format(scope=scope)):
        changes = json.loads(kept) if isinstance(kept, str) else kept
        for change in changes:
            if change["field"] == "status" and change["new"] == "PAUSED":
                found[order_id].append([_moment(at), _NEVER])
            elif change["field"] == "status" and change["old"] == "PAUSED" and found[order_id]:
                found[order_id][-1][1] = _moment(at)
    return found


def _astray(
    row: tuple[Any, ...], years: dict[int, list[tuple[Any, ...]]], pauses: list[list[datetime]]
) -> str:
    """Say what is wrong with a payment of a standing order, or nothing."""
    scheduled, execution, start = (_day(row[place]) for place in (2, 3, 8))
    end, made_at, (amount, wanted) = row[9] and _day(row[9]), _moment(row[5]), row[10:]
    clamped = min(row[7], monthrange(scheduled.year, scheduled.month)[1])
    if scheduled.day != clamped or row[4] != f"{scheduled.year:04d}-{scheduled.month:02d}":
        return "The day is not that of its standing order in its month"
    if scheduled < start or (end and scheduled > end):
        return "The day lies outside of its standing order"
    if amount != wanted:
        return "The amount is not that of its standing order"
    # Each year that takes effect moves what waits; what was done by then stays where it was.
    later = (at for versions in years.values() for *_, at in versions if at > made_at)
    if all(execution != _rolled(scheduled, years, at) for at in (made_at, *later)):
        return "The execution date is not the working day that the day rolls to"
    if any(since < made_at < until for since, until in pauses):
        return "The payment was made while its standing order was paused"
    return ""


def _rolled(day: date, years: dict[int, list[tuple[Any, ...]]], at: datetime) -> date:
    for number in range(_MOST_DAYS):
        found = day + timedelta(days=number)
        weekend, holidays = _WEEKEND, {}
        for weekends, named, approved_at in years.get(found.year, ()):
            if approved_at <= at:
                weekend, holidays = weekends.get(str(found.month), ()), named
        if found.weekday() not in weekend and found.isoformat() not in holidays:
            return found
    return day


def _day(value: Any) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
