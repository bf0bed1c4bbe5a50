"""A transaction has at most one live reversal, which mirrors its entries exactly (safety 11)."""

from collections.abc import Iterator

from app.reports.snapshot import Breach, Snapshot
from app.reports.sums import Check, found_by

_LIVE = "r.kind = 'reversal' AND r.processing NOT IN ('Canceled', 'Failed', 'Expired')"
CHECKS = (
    Check(
        11,
        "transaction",
        f"""
        SELECT max(r.id), r.organisation_id, 'The transaction has another live reversal'
        FROM "transaction" r WHERE {{scope:r}} AND {_LIVE} AND r.reverses_id IS NOT NULL
        GROUP BY r.organisation_id, r.reverses_id HAVING count(*) > 1
        """,
    ),
    Check(
        11,
        "transaction",
        """
        SELECT r.id, r.organisation_id, 'The entries do not mirror those of the original'
        FROM "transaction" r JOIN "transaction" o ON o.id = r.reverses_id
        WHERE {scope:r} AND r.posted_at IS NOT NULL AND ((
            SELECT count(*) FROM entry e WHERE e.transaction_id = r.id
        ) <> (
            SELECT count(*) FROM entry e WHERE e.transaction_id = o.id
        ) OR EXISTS (
            SELECT 1 FROM entry e WHERE e.transaction_id = r.id AND NOT EXISTS (
                SELECT 1 FROM entry m WHERE m.transaction_id = o.id AND m.line = e.line
                AND m.asset_id = e.asset_id AND m.side <> e.side AND m.bucket = e.bucket
                AND m.amount_minor = e.amount_minor AND m.currency = e.currency
                AND m.rate = e.rate AND m.base_minor = e.base_minor)))
        """,
    ),
    Check(
        11,
        "transaction",
        """
        SELECT r.id, r.organisation_id, 'A reversal reverses a transaction, and nothing else does'
        FROM "transaction" r WHERE {scope:r}
            AND (r.kind = 'reversal') <> (r.reverses_id IS NOT NULL)
        """,
    ),
    # Of a transfer whose reversal waits, only the sending half is named by it.
    Check(
        11,
        "transaction",
        f"""
        SELECT o.id, o.organisation_id, CASE o.processing WHEN 'Reversed'
            THEN 'The transaction is Reversed by none'
            ELSE 'The transaction has a live reversal and is not Reversed' END
        FROM "transaction" o LEFT JOIN (
            SELECT r.reverses_id AS id FROM "transaction" r WHERE {{scope:r}} AND {_LIVE}
            UNION
            SELECT i.id FROM "transaction" r
                JOIN "transaction" i ON i.pair_id = r.reverses_id AND i.kind = 'transfer_in'
            WHERE {{scope:r}} AND {_LIVE}
        ) v ON v.id = o.id
        WHERE {{scope:o}} AND o.posted_at IS NOT NULL
            AND (o.processing = 'Reversed') <> (v.id IS NOT NULL)
        """,
    ),
)


def reversals(view: Snapshot, organisation_id: int | None) -> Iterator[Breach]:
    """Check every reversal against its original."""
    yield from found_by(CHECKS, view, organisation_id)
