"""Every reference stays inside its organisation and leads somewhere (safety 15)."""

from collections.abc import Iterator

from app.reports.snapshot import Breach, Snapshot

# References that the database does not check by a key of its own.
_UNCHECKED = (
    ("activity", "organisation_id", "organisation"),
    ("transaction", "account_id", "account"),
    ("transaction", "client_id", "client"),
    ("transaction", "branch_id", "branch"),
    ("transaction", "project_id", "project"),
    ("transaction", "desk_id", "desk"),
    ("transaction", "sub_type_id", "transaction_sub_type"),
    ("asset", "branch_id", "branch"),
    ("asset", "project_id", "project"),
)
_KEYS = """
    SELECT c.conrelid::regclass::text, c.confrelid::regclass::text,
        (SELECT array_agg(a.attname::text ORDER BY k.place)
            FROM unnest(c.conkey) WITH ORDINALITY k(number, place)
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number),
        (SELECT array_agg(a.attname::text ORDER BY k.place)
            FROM unnest(c.confkey) WITH ORDINALITY k(number, place)
            JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number)
    FROM pg_constraint c
    WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace
"""


def references(view: Snapshot, organisation_id: int | None) -> Iterator[Breach]:
    """Check the keys the database knows, and those it does not."""
    for table, column, target in _UNCHECKED:
        pairs = [(column, "id")]
        if target != "organisation":
            pairs.insert(0, ("organisation_id", "organisation_id"))
        yield from _astray(view, organisation_id, (table, target), pairs)
    if not view.is_postgresql:
        for table, row_id, parent, _ in view.rows("PRAGMA foreign_key_check"):
            yield Breach(15, table, row_id, f"The row refers to a {parent} that is not there")
        return
    for table, target, columns, targets in view.few(_KEYS):
        names = (table.strip('"'), target.strip('"'))
        yield from _astray(view, organisation_id, names, list(zip(columns, targets, strict=True)))


def _astray(
    view: Snapshot,
    organisation_id: int | None,
    tables: tuple[str, str],
    pairs: list[tuple[str, str]],
) -> Iterator[Breach]:
    table, target = tables
    columns = view.columns(table)
    if "id" not in columns:
        return
    joined = " AND ".join(f's."{own}" = t."{other}"' for own, other in pairs)
    given = " AND ".join(f's."{own}" IS NOT NULL' for own, _ in pairs)
    owner = "s.organisation_id" if "organisation_id" in columns else "NULL"
    scope = f" AND {owner} = {organisation_id}" if organisation_id is not None else ""
    for row_id, found in view.rows(
        f'SELECT s.id, {owner} FROM "{table}" s LEFT JOIN "{target}" t ON {joined} '
        f"WHERE {given} AND t.id IS NULL{scope}"
    ):
        sentence = f"{pairs[-1][0]} refers to a {target} that is not in this organisation"
        yield Breach(15, table, row_id, sentence, found)
