"""What a transaction says it charged is what its entries and its own list of charges say."""

from collections.abc import Iterator

from app.reports.snapshot import Breach, Snapshot

_CHARGED = "('deposit', 'withdrawal', 'transfer_out', 'transfer_in')"


def charges(view: Snapshot, organisation_id: int | None) -> Iterator[Breach]:
    """Compare fee and tax with the credits to income and taxes, and with the rules listed."""
    for sentence, sql in (
        ("The fee and tax are not those of the entries", _ENTRIES),
        ("The fee and tax are not those of the charges", _listed(view)),
    ):
        mine = "1 = 1" if organisation_id is None else f"t.organisation_id = {organisation_id}"
        for row_id, owner in view.rows(sql.format(mine=mine)):
            yield Breach(1, "transaction", row_id, sentence, owner)


# What moves to or from the house's own income by itself is the movement, not its charge.
_ENTRIES = f"""
    SELECT t.id, t.organisation_id FROM "transaction" t LEFT JOIN (
        SELECT e.transaction_id, sum(e.amount_minor) AS minor
        FROM product p JOIN account c ON c.product_id = p.id JOIN asset a ON a.account_id = c.id
            JOIN entry e ON e.asset_id = a.id JOIN "transaction" t ON t.id = e.transaction_id
        WHERE (p.kind = 'income' OR c.purpose = 'tax') AND e.side = 'C' AND {{mine}}
            AND e.asset_id NOT IN (t.asset_id, coalesce(t.counter_asset_id, 0))
        GROUP BY e.transaction_id
    ) s ON s.transaction_id = t.id
    WHERE {{mine}} AND t.posted_at IS NOT NULL AND t.kind IN {_CHARGED}
        AND t.fee_minor + t.tax_minor <> coalesce(s.minor, 0)
"""


def _listed(view: Snapshot) -> str:
    if view.is_postgresql:
        source = "jsonb_array_elements(t.charges) l"
        fee, tax = (f"coalesce((l->>'{name}_minor')::bigint, 0)" for name in ("amount", "tax"))
    else:
        source = "json_each(t.charges) l"
        fee, tax = (
            f"coalesce(json_extract(l.value, '$.{name}_minor'), 0)" for name in ("amount", "tax")
        )
    return f"""
        SELECT t.id, t.organisation_id FROM "transaction" t
        WHERE {{mine}} AND (
            t.fee_minor <> coalesce((SELECT sum({fee}) FROM {source}), 0)
            OR t.tax_minor <> coalesce((SELECT sum({tax}) FROM {source}), 0))
    """
