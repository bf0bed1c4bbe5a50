"""What set-based statements can tell: sums, statuses, keys and log rows (safety 1, 3, 5-8, 14, 18).

Each statement selects id, organisation and the rule's sentence of the rows that break it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.reports.snapshot import Breach, Snapshot


@dataclass(frozen=True, slots=True)
class Check:
    """One statement; `{scope:x}` stands for the condition on the organisation of alias x."""

    rule: int
    table: str
    sql: str


_LEGAL_MOVES = (
    ("", "CAPTURED"),
    ("", "PENDING_AUTH_L3"), ("", "PENDING_AUTH_L2"), ("", "PENDING_AUTH_L1"),
    ("", "AUTHORIZED"),
    ("CAPTURED", "PENDING_AUTH_L3"), ("CAPTURED", "PENDING_AUTH_L2"),
    ("CAPTURED", "PENDING_AUTH_L1"), ("CAPTURED", "AUTHORIZED"),
    ("REJECTED", "PENDING_AUTH_L3"), ("REJECTED", "PENDING_AUTH_L2"),
    ("REJECTED", "PENDING_AUTH_L1"), ("REJECTED", "AUTHORIZED"),
    ("PENDING_AUTH_L3", "PENDING_AUTH_L2"), ("PENDING_AUTH_L2", "PENDING_AUTH_L1"),
    ("PENDING_AUTH_L1", "AUTHORIZED"),
    ("PENDING_AUTH_L3", "REJECTED"), ("PENDING_AUTH_L2", "REJECTED"),
    ("PENDING_AUTH_L1", "REJECTED"),
    ("PENDING_AUTH_L3", "DENIED"), ("PENDING_AUTH_L2", "DENIED"), ("PENDING_AUTH_L1", "DENIED"),
    ("REJECTED", "DENIED"),
)  # fmt: skip
_MOVES = ", ".join(f"'{before}>{after}'" for before, after in _LEGAL_MOVES)

CHECKS = (
    Check(
        1,
        "transaction",
        """
        SELECT t.id, t.organisation_id, CASE
            WHEN e.transaction_id IS NULL THEN 'A posted transaction has no entries'
            WHEN e.debits = 0 OR e.credits = 0
                THEN 'A posted transaction needs a debit and a credit'
            WHEN e.difference <> 0 THEN 'Debits and credits differ in base currency'
            ELSE 'The entries have other dates than their transaction' END
        FROM "transaction" t LEFT JOIN (
            SELECT transaction_id,
                sum(CASE side WHEN 'D' THEN base_minor ELSE -base_minor END) AS difference,
                sum(CASE side WHEN 'D' THEN 1 ELSE 0 END) AS debits,
                sum(CASE side WHEN 'C' THEN 1 ELSE 0 END) AS credits,
                min(posting_date) AS first_posting, max(posting_date) AS last_posting,
                min(value_date) AS first_value, max(value_date) AS last_value
            FROM entry WHERE {scope:entry} GROUP BY transaction_id
        ) e ON e.transaction_id = t.id
        WHERE t.posted_at IS NOT NULL AND {scope:t} AND (
            e.transaction_id IS NULL OR e.debits = 0 OR e.credits = 0 OR e.difference <> 0
            OR e.first_posting <> t.posting_date OR e.last_posting <> t.posting_date
            OR e.first_value <> t.value_date OR e.last_value <> t.value_date)
        """,
    ),
    Check(
        1,
        "entry",
        """
        SELECT e.id, e.organisation_id, CASE WHEN t.id IS NULL
            THEN 'The entry''s transaction is gone'
            ELSE 'The entry belongs to a transaction that is not posted' END
        FROM entry e LEFT JOIN "transaction" t ON t.id = e.transaction_id
        WHERE {scope:e} AND t.posted_at IS NULL
        """,
    ),
    Check(
        1,
        "transaction",
        """
        SELECT t.id, t.organisation_id, 'The amount is not that of an entry of its asset'
        FROM "transaction" t WHERE t.posted_at IS NOT NULL AND {scope:t} AND NOT EXISTS (
            SELECT 1 FROM entry e WHERE e.transaction_id = t.id AND e.asset_id = t.asset_id
            AND e.amount_minor = t.amount_minor AND e.base_minor = t.base_minor
            AND e.currency = t.currency)
        """,
    ),
    Check(
        3,
        "organisation",
        """
        SELECT o.id, o.id, 'The signed sum of all entries in base currency is not zero'
        FROM organisation o JOIN (
            SELECT organisation_id AS id,
                sum(CASE side WHEN 'D' THEN base_minor >> 32 ELSE -(base_minor >> 32) END) AS high,
                sum(CASE side WHEN 'D' THEN base_minor & 4294967295
                    ELSE -(base_minor & 4294967295) END) AS low
            FROM entry WHERE {scope:entry} GROUP BY organisation_id
        ) e ON e.id = o.id WHERE e.high * 4294967296 + e.low <> 0
        """,
    ),
    Check(
        3,
        "asset",
        """
        SELECT a.id, a.organisation_id,
            'All time deposited or withdrawn is not the sum of what came in or went out'
        FROM asset a LEFT JOIN (
            SELECT e.asset_id,
                sum(CASE WHEN t.kind IN ('deposit', 'earning') AND e.side = 'C'
                        THEN e.amount_minor
                    WHEN o.kind IN ('deposit', 'earning') AND e.side = 'D'
                        THEN -e.amount_minor ELSE 0 END) AS paid_in,
                sum(CASE WHEN t.kind IN ('withdrawal', 'payout', 'invoice_payment')
                        AND e.side = 'D' THEN e.amount_minor
                    WHEN o.kind IN ('withdrawal', 'payout', 'invoice_payment')
                        AND e.side = 'C' THEN -e.amount_minor ELSE 0 END) AS paid_out
            FROM entry e JOIN "transaction" t ON t.id = e.transaction_id
                LEFT JOIN "transaction" o ON o.id = t.reverses_id
            WHERE {scope:e} AND e.sequence IS NOT NULL AND e.bucket = 'real'
                AND t.kind IN ('deposit', 'earning', 'withdrawal', 'payout', 'invoice_payment',
                    'reversal')
            GROUP BY e.asset_id
        ) s ON s.asset_id = a.id
        WHERE {scope:a} AND (a.deposited_minor <> coalesce(s.paid_in, 0)
            OR a.withdrawn_minor <> coalesce(s.paid_out, 0))
        """,
    ),
    Check(
        5,
        "asset",
        """
        SELECT a.id, a.organisation_id, 'What is held is not the sum of the active holds'
        FROM asset a LEFT JOIN (
            SELECT asset_id, sum(amount_minor) AS held FROM hold
            WHERE state = 'active' AND {scope:hold} GROUP BY asset_id
        ) h ON h.asset_id = a.id
        WHERE {scope:a} AND a.held_minor <> coalesce(h.held, 0)
        """,
    ),
    Check(
        5,
        "hold",
        """
        SELECT h.id, h.organisation_id, 'A hold ends once, when its transaction ends'
        FROM hold h LEFT JOIN "transaction" t ON t.id = h.transaction_id
        WHERE {scope:h} AND ((h.state = 'active') <> (h.ended_at IS NULL)
            OR h.amount_minor <= 0
            OR (h.state = 'active' AND h.transaction_id IS NOT NULL AND NOT (
                t.is_reserved AND t.posted_at IS NULL))
            OR (h.state = 'captured' AND h.transaction_id IS NOT NULL AND t.posted_at IS NULL))
        """,
    ),
    Check(
        6,
        "asset",
        """
        SELECT a.id, a.organisation_id, 'The asset is overdrawn'
        FROM asset a WHERE {scope:a} AND a.is_limited AND (a.held_minor < 0 OR a.bonus_minor < 0
            OR a.balance_minor - a.held_minor + a.overdraft_minor < 0)
        """,
    ),
    Check(
        7,
        "entry",
        """
        SELECT e.id, e.organisation_id, 'The entry''s account or client was never authorized'
        FROM entry e JOIN asset a ON a.id = e.asset_id JOIN account c ON c.id = a.account_id
            LEFT JOIN client k ON k.id = a.client_id
        WHERE {scope:e} AND (c.record_status <> 'AUTHORIZED'
            OR (k.id IS NOT NULL AND k.record_status <> 'AUTHORIZED'))
        """,
    ),
    Check(
        8,
        "transaction",
        """
        SELECT t.id, t.organisation_id, 'The two statuses cannot stand together'
        FROM "transaction" t WHERE {scope:t} AND NOT (
            (t.record_status = 'AUTHORIZED'
                AND (t.posted_at IS NOT NULL) = (t.processing IN ('Completed', 'Reversed')))
            OR (t.record_status = 'DENIED' AND t.posted_at IS NULL
                AND t.processing IN ('Canceled', 'Failed', 'Expired'))
            OR (t.record_status NOT IN ('AUTHORIZED', 'DENIED') AND t.posted_at IS NULL
                AND t.processing IN ('Pending', 'Canceled', 'Failed', 'Expired')))
        """,
    ),
    Check(
        8,
        "activity",
        f"""
        SELECT a.id, a.organisation_id, 'The log shows a status that cannot follow the one before'
        FROM activity a WHERE {{scope:a}} AND a.status_after <> ''
            AND a.entity IN ('transaction', 'client', 'account', 'product')
            AND a.status_before <> a.status_after
            AND a.status_before || '>' || a.status_after NOT IN ({_MOVES})
        """,
    ),
    Check(
        14,
        "idempotency_key",
        """
        SELECT max(k.id), k.organisation_id, 'A key was used twice'
        FROM idempotency_key k WHERE {scope:k}
        GROUP BY k.organisation_id, k.user_id, k.action, k.key HAVING count(*) > 1
        """,
    ),
    Check(
        18,
        "transaction",
        """
        SELECT t.id, t.organisation_id, 'The log has no row of this transaction'
        FROM "transaction" t LEFT JOIN (
            SELECT DISTINCT organisation_id, entity_id FROM activity
            WHERE entity = 'transaction' AND {scope:activity}
        ) a ON a.organisation_id = t.organisation_id AND a.entity_id = t.id
        WHERE {scope:t} AND a.entity_id IS NULL
        """,
    ),
)


def sums(view: Snapshot, organisation_id: int | None) -> Iterator[Breach]:
    """Run every check; with an organisation, on its rows alone."""
    yield from found_by((*CHECKS, _pending(view)), view, organisation_id)


def found_by(
    checks: Iterable[Check], view: Snapshot, organisation_id: int | None
) -> Iterator[Breach]:
    """Run statements and yield the rows that each of them finds."""
    for check in checks:
        for row_id, owner, sentence in view.rows(_scoped(check.sql, organisation_id)):
            yield Breach(check.rule, check.table, row_id, sentence, owner)


def _scoped(sql: str, organisation_id: int | None) -> str:
    first, *rest = sql.split("{scope:")
    parts = [first]
    for piece in rest:
        alias, _, tail = piece.partition("}")
        condition = (
            "1 = 1" if organisation_id is None else f"{alias}.organisation_id = {organisation_id}"
        )
        parts.append(condition + tail)
    return "".join(parts)


def _pending(view: Snapshot) -> Check:
    """Expected money, in and out, is that of the waiting transactions that reserved it."""
    if view.is_postgresql:
        source = '"transaction" t, jsonb_array_elements(t.lines) l'
        asset, side, amount, bucket = (
            "(l->>'asset_id')::bigint", "l->>'side'", "(l->>'amount_minor')::bigint",
            "l->>'bucket'",
        )  # fmt: skip
    else:
        source = '"transaction" t, json_each(t.lines) l'
        asset, side, amount, bucket = (
            f"json_extract(l.value, '$.{name}')"
            for name in ("asset_id", "side", "amount_minor", "bucket")
        )
    sql = f"""
        SELECT a.id, a.organisation_id, 'What is expected is not the sum of what waits'
        FROM asset a LEFT JOIN (
            SELECT {asset} AS asset_id,
                sum(CASE WHEN {side} = 'C' THEN {amount} ELSE 0 END) AS comes,
                sum(CASE WHEN {side} = 'D' THEN {amount} ELSE 0 END) AS goes
            FROM {source} WHERE t.is_reserved AND {bucket} = 'real' AND {{scope:t}} GROUP BY 1
        ) w ON w.asset_id = a.id
        WHERE {{scope:a}} AND a.is_limited AND (a.pending_in_minor <> coalesce(w.comes, 0)
            OR a.pending_out_minor <> coalesce(w.goes, 0))
        """
    return Check(5, "asset", sql)
