"""Facilities, their collateral and the overdrafts they permit; bands of commissions (safety 16)."""

import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from app.reports.snapshot import Breach, Snapshot
from app.reports.sums import Check, found_by

_RULE = 16
_WHOLE = 10_000
_LIMITS = (
    Check(
        _RULE,
        "facility",
        """
        SELECT f.id, f.organisation_id, CASE
            WHEN f.advised_minor > f.approved_minor
                THEN 'More is advised than was approved'
            WHEN f.advised_minor <= 0 THEN 'A facility advises nothing'
            ELSE 'More is allocated than was advised' END
        FROM facility f LEFT JOIN (
            SELECT facility_id, sum(allocation_minor) AS allocated FROM facility_account
            WHERE released_at IS NULL AND {scope:facility_account} GROUP BY facility_id
        ) s ON s.facility_id = f.id
        WHERE {scope:f} AND (f.advised_minor > f.approved_minor OR f.advised_minor <= 0
            OR coalesce(s.allocated, 0) > f.advised_minor)
        """,
    ),
    Check(
        _RULE,
        "facility",
        """
        SELECT f.id, f.organisation_id, 'The facility''s status does not fit its approval'
        FROM facility f WHERE {scope:f}
            AND (f.record_status = 'AUTHORIZED') <> (f.status IS NOT NULL)
        """,
    ),
    Check(
        _RULE,
        "facility_amendment",
        """
        SELECT a.id, a.organisation_id, CASE WHEN n.id IS NULL
            THEN 'The facility''s terms are not those of its last amendment'
            ELSE 'The terms are not those that the next amendment began with' END
        FROM facility_amendment a
        JOIN facility f ON f.id = a.facility_id
        LEFT JOIN facility_amendment n ON n.id = (
            SELECT min(x.id) FROM facility_amendment x
            WHERE x.organisation_id = a.organisation_id AND x.facility_id = a.facility_id
                AND x.id > a.id AND x.record_status = 'AUTHORIZED')
        WHERE {scope:a} AND a.record_status = 'AUTHORIZED' AND (
            a.approved_minor <> coalesce(n.approved_before_minor, f.approved_minor)
            OR a.advised_minor <> coalesce(n.advised_before_minor, f.advised_minor)
            OR a.expires_on <> coalesce(n.expires_before, f.expires_on)
            OR a.review_days <> coalesce(n.review_days_before, f.review_days))
        """,
    ),
    Check(
        _RULE,
        "facility",
        """
        SELECT f.id, f.organisation_id, 'Its first terms are not those its amendments began with'
        FROM facility f LEFT JOIN facility_amendment a ON a.id = (
            SELECT min(x.id) FROM facility_amendment x
            WHERE x.organisation_id = f.organisation_id AND x.facility_id = f.id
                AND x.record_status = 'AUTHORIZED')
        WHERE {scope:f} AND (coalesce(f.reviewed_approved_minor, 0)
                <> coalesce(a.approved_before_minor, 0)
            OR coalesce(f.reviewed_advised_minor, 0) <> coalesce(a.advised_before_minor, 0)
            OR coalesce(f.reviewed_expires_on, f.expires_on)
                <> coalesce(a.expires_before, f.expires_on)
            OR coalesce(f.reviewed_review_days, 0) <> coalesce(a.review_days_before, 0))
        """,
    ),
    Check(
        _RULE,
        "collateral_valuation",
        """
        SELECT v.id, v.organisation_id, 'A forced sale brings more than the market'
        FROM collateral_valuation v WHERE {scope:v} AND v.forced_minor > v.market_minor
        """,
    ),
    Check(
        _RULE,
        "collateral",
        """
        SELECT c.id, c.organisation_id, 'The values are not those of the newest valuation'
        FROM collateral c LEFT JOIN collateral_valuation v
            ON v.collateral_id = c.id AND v.retired_at IS NULL
            AND NOT EXISTS (
                SELECT 1 FROM collateral_valuation n
                WHERE n.collateral_id = c.id AND n.retired_at IS NULL
                    AND (n.valued_on > v.valued_on OR (n.valued_on = v.valued_on AND n.id > v.id)))
        WHERE {scope:c} AND ((c.retired_at IS NULL AND (v.id IS NULL
                OR c.market_minor <> v.market_minor OR c.forced_minor <> v.forced_minor
                OR c.valued_on <> v.valued_on OR c.value_currency <> v.currency
                OR c.value_exponent <> v.exponent))
            OR (c.retired_at IS NOT NULL AND v.id IS NOT NULL))
        """,
    ),
    Check(
        _RULE,
        "facility_account",
        """
        SELECT l.id, l.organisation_id, 'The account is not one that the facility may have'
        FROM facility_account l JOIN facility f ON f.id = l.facility_id
            JOIN asset a ON a.id = l.asset_id JOIN account c ON c.id = l.account_id
        WHERE {scope:l} AND (f.record_status <> 'AUTHORIZED' OR a.account_id <> l.account_id
            OR c.client_id IS NULL OR c.client_id <> f.client_id OR a.currency <> f.currency)
        """,
    ),
)
_LINKS = """
    SELECT l.id, l.organisation_id, l.asset_id, l.released_at IS NOT NULL, l.allocation_minor,
        l.permitted_minor, l.outstanding_minor, l.drawn_minor, a.balance_minor, a.held_minor,
        a.overdraft_minor, k.availability_basis_points,
        CASE f.revolving WHEN 'INHERIT' THEN k.is_revolving ELSE f.revolving = 'YES' END,
        f.status = 'ACTIVE' AND f.is_available
    FROM facility_account l JOIN asset a ON a.id = l.asset_id
        JOIN facility f ON f.id = l.facility_id
        JOIN facility_class k ON k.id = f.facility_class_id
    WHERE {mine} ORDER BY l.id
"""


def lending(view: Snapshot, organisation_id: int | None) -> Iterator[Breach]:
    """Check limits, the newest values, what each link permits, and the bands."""
    yield from found_by(_LIMITS, view, organisation_id)
    yield from _permitted(view, organisation_id)
    yield from _bands(view, organisation_id)


def _permitted(view: Snapshot, organisation_id: int | None) -> Iterator[Breach]:
    granted: dict[int, int] = defaultdict(int)
    overdrafts: dict[int, tuple[int, int]] = {}
    mine = "1 = 1" if organisation_id is None else f"l.organisation_id = {organisation_id}"
    links = list(view.rows(_LINKS.format(mine=mine)))
    for link in links:
        granted[link[2]] += link[5]
        overdrafts[link[2]] = (link[10], link[1])
    for asset_id, (overdraft, owner) in overdrafts.items():
        if granted[asset_id] > overdraft:
            sentence = "Its facility permits more than the asset may be overdrawn by"
            yield Breach(_RULE, "asset", asset_id, sentence, owner)
    for link in links:
        sentence = _wrong(link, others=link[10] - granted[link[2]])
        if sentence:
            yield Breach(_RULE, "facility_account", link[0], sentence, link[1])


def _wrong(link: tuple[Any, ...], *, others: int) -> str:
    """Say what of a link is not what its asset and its facility make of it; empty is nothing."""
    is_released, allocation, permitted, outstanding, drawn, balance, held = link[3:10]
    points, is_revolving, is_open = link[11:]
    if is_released:
        return "A released account still draws" if permitted or outstanding else ""
    if outstanding != min(max(0, -balance), permitted):
        return "Outstanding is not what the account is overdrawn by"
    if drawn < outstanding:
        return "Less was ever drawn than is outstanding"
    used = outstanding if is_revolving else drawn
    room = max(0, allocation * points // _WHOLE - used) if is_open else 0
    if permitted != max(outstanding + room, held - balance - others):
        return "The permitted overdraft is not what the facility allows"
    return ""


def _bands(view: Snapshot, organisation_id: int | None) -> Iterator[Breach]:
    mine = "1 = 1" if organisation_id is None else f"organisation_id = {organisation_id}"
    kept = f"SELECT id, organisation_id, basis, bands FROM commission_type WHERE {mine}"
    for row_id, owner, basis, written in view.rows(kept):
        bands = json.loads(written) if isinstance(written, str) else written
        ends = [(one["min_minor"], one["max_minor"]) for one in bands]
        if any(before[1] != after[0] for before, after in pairwise(ends)):
            yield Breach(_RULE, "commission_type", row_id, "The bands are not continuous", owner)
        charge, other = (
            ("charge_minor", "percent") if basis == "FLAT" else ("percent", "charge_minor")
        )
        if any(one[charge] is None or one[other] is not None for one in bands):
            sentence = "A band charges otherwise than its commission"
            yield Breach(_RULE, "commission_type", row_id, sentence, owner)
