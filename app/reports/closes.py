"""One completed close for each date, each step once, nothing posted into a closed date (safety 17).

A posting that was on its way at the cut-off ended before it, by the database's own guard. So the
order of the log's rows is the order of what happened, whatever the clocks said; the clocks only
choose which transactions are looked at.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from app.reports.snapshot import Breach, Snapshot
from app.reports.sums import Check, found_by

_ESSENTIAL = ("CHECK", "CUT_OFF", "OPEN_NEXT_DAY")
_LISTED = ", ".join(f"'{key}'" for key in _ESSENTIAL)
CHECKS = (
    Check(
        17,
        "closing_run",
        """
        SELECT max(r.id), r.organisation_id, 'The date was closed more than once'
        FROM closing_run r WHERE {scope:r}
        GROUP BY r.organisation_id, r.business_date HAVING count(*) > 1
        """,
    ),
    Check(
        17,
        "closing_run_step",
        """
        SELECT max(s.id), s.organisation_id, 'The step was taken more than once for its date'
        FROM closing_run_step s WHERE {scope:s}
        GROUP BY s.organisation_id, s.business_date, s.key HAVING count(*) > 1
        """,
    ),
    Check(
        17,
        "closing_run_step",
        f"""
        SELECT s.id, s.organisation_id, CASE WHEN r.id IS NULL
            THEN 'The step belongs to no close' ELSE 'The close ended without the step' END
        FROM closing_run_step s LEFT JOIN closing_run r
            ON r.organisation_id = s.organisation_id AND r.business_date = s.business_date
        WHERE {{scope:s}} AND (r.id IS NULL OR (r.state = 'completed' AND s.state <> 'done'
            AND (s.state <> 'left out' OR s.key IN ({_LISTED}))))
        """,
    ),
    Check(
        17,
        "closing_run",
        f"""
        SELECT r.id, r.organisation_id, 'The close lacks one of its own steps'
        FROM closing_run r WHERE {{scope:r}} AND (
            SELECT count(DISTINCT s.key) FROM closing_run_step s
            WHERE s.organisation_id = r.organisation_id AND s.business_date = r.business_date
                AND s.key IN ({_LISTED})) <> {len(_ESSENTIAL)}
        """,
    ),
    Check(
        17,
        "closing_run",
        """
        SELECT r.id, r.organisation_id, 'The close overlaps the one before it'
        FROM closing_run r WHERE {scope:r} AND (
            r.next_date <= r.business_date OR (r.state = 'completed') <> (r.ended_at IS NOT NULL)
            OR EXISTS (
                SELECT 1 FROM closing_run o WHERE o.organisation_id = r.organisation_id
                AND o.business_date < r.business_date
                AND (o.next_date > r.business_date OR o.state <> 'completed')))
        """,
    ),
    # The days that were posted on are few: each is compared once with the close that sealed it.
    Check(
        17,
        "transaction",
        """
        SELECT t.id, t.organisation_id, 'The transaction was posted into a closed date'
        FROM "transaction" t JOIN (
            SELECT d.organisation_id, d.posting_date, (
                SELECT min(r.id) FROM closing_run r
                WHERE r.organisation_id = d.organisation_id AND r.state = 'completed'
                    AND r.next_date > d.posting_date
            ) AS run_id
            FROM (SELECT DISTINCT organisation_id, posting_date FROM "transaction"
                WHERE posted_at IS NOT NULL AND {scope:"transaction"}) d
        ) c ON c.organisation_id = t.organisation_id AND c.posting_date = t.posting_date
            JOIN closing_run r ON r.id = c.run_id
        WHERE {scope:t} AND t.posted_at >= r.ended_at AND (
            SELECT max(a.id) FROM activity a WHERE a.organisation_id = t.organisation_id
                AND a.entity = 'transaction' AND a.entity_id = t.id AND a.occurred_at = t.posted_at
        ) > (
            SELECT max(a.id) FROM activity a WHERE a.organisation_id = r.organisation_id
                AND a.entity = 'closing_run' AND a.entity_id = r.id)
        """,
    ),
)


def closes(view: Snapshot, organisation_id: int | None) -> Iterator[Breach]:
    """Check every close, its steps, and what was posted on the days it closed."""
    yield from found_by(CHECKS, view, organisation_id)
    yield from _sealed_days(view, organisation_id)


def _sealed_days(view: Snapshot, organisation_id: int | None) -> Iterator[Breach]:
    """Compare the days that organisations hold for closed with the closes that were completed."""
    scope = "1 = 1" if organisation_id is None else f"o.id = {organisation_id}"
    rows = view.few(
        "SELECT o.id, o.closed_through, o.business_date, max(r.next_date) FROM organisation o "
        "LEFT JOIN closing_run r ON r.organisation_id = o.id AND r.state = 'completed' "
        f"WHERE {scope} GROUP BY o.id, o.closed_through, o.business_date"
    )
    for tenant, closed_through, business_date, opened in rows:
        closed, today, first = (_day(one) for one in (closed_through, business_date, opened))
        if first is not None and (closed is None or closed < first - timedelta(days=1)):
            sentence = "Days that a close has sealed are open again"
            yield Breach(17, "organisation", tenant, sentence, tenant)
        if today is not None and closed is not None and closed >= today:
            yield Breach(17, "organisation", tenant, "The business date is closed", tenant)


def _day(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value
