"""Every reference stays inside its organisation and leads somewhere (safety 15)."""

from collections.abc import Iterator
from typing import TypeAlias

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
        (SELECT string_agg(a.attname::text, ',' ORDER BY k.place)
            FROM unnest(c.conkey) WITH ORDINALITY k(number, place)
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number),
        (SELECT string_agg(a.attname::text, ',' ORDER BY k.place)
            FROM unnest(c.confkey) WITH ORDINALITY k(number, place)
            JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number)
    FROM pg_constraint c
    WHERE c.contype = 'f' AND c.connamespace = current_schema()::regnamespace
"""
_SQLITE_KEYS = """
    SELECT m.name, k."table", group_concat(k."from"), group_concat(k."to")
    FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) k
    WHERE m.type = 'table' GROUP BY m.name, k.id, k."table"
"""
_AT_ONCE = 40
_NOTHING = "CAST(NULL AS bigint)"
# A table, what it refers to, and the pairs of columns that it does by.
_Key: TypeAlias = tuple[str, str, tuple[tuple[str, str], ...]]


def references(view: Snapshot, organisation_id: int | None) -> Iterator[Breach]:
    """Check the keys the database knows, and those it does not.

    Most tables are small: asking for many of them at once spares the exchanges.
    """
    asked = [_strays(view, organisation_id, key) for key in _keys(view)]
    for start in range(0, len(asked), _AT_ONCE):
        for table, column, target, row_id, owner in view.rows(
            " UNION ALL ".join(asked[start : start + _AT_ONCE])
        ):
            sentence = f"{column} refers to a {target} that is not in this organisation"
            yield Breach(15, table, row_id, sentence, owner)


def _keys(view: Snapshot) -> Iterator[_Key]:
    for table, column, target in _UNCHECKED:
        pair = (column, "id")
        within = (("organisation_id", "organisation_id"), pair)
        yield table, target, (pair,) if target == "organisation" else within
    for table, target, columns, targets in view.few(_KEYS if view.is_postgresql else _SQLITE_KEYS):
        pairs = zip(columns.split(","), targets.split(","), strict=True)
        yield table.strip('"'), target.strip('"'), tuple(pairs)


def _strays(view: Snapshot, organisation_id: int | None, key: _Key) -> str:
    """Select the rows that refer to nothing: an organisation's, and those that are of none."""
    table, target, pairs = key
    columns = view.columns(table)
    is_owned = "organisation_id" in columns
    owner = "s.organisation_id" if is_owned else _NOTHING
    joined = " AND ".join(f's."{own}" = t."{other}"' for own, other in pairs)
    given = " AND ".join(f's."{own}" IS NOT NULL' for own, _ in pairs)
    is_scoped = is_owned and organisation_id is not None
    scope = f" AND {owner} = {organisation_id}" if is_scoped else ""
    row_id = "s.id" if "id" in columns else _NOTHING
    return (
        f"SELECT '{table}', '{pairs[-1][0]}', '{target}', {row_id}, {owner} "
        f'FROM "{table}" s LEFT JOIN "{target}" t ON {joined} '
        f'WHERE {given} AND t."{pairs[-1][1]}" IS NULL{scope}'
    )
