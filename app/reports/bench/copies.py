"""A million transactions on SQLite: those that were posted, copied as PostgreSQL's are.

Triggers would look at each row and follow it into the trigrams, and indexes would be kept row by
row: they are taken away, and made anew when all is there.
"""

import sqlite3

from sqlalchemy import make_url

from app.ledger.models import Entry, Transaction

_TABLES = ("transaction", "entry", "transaction_search")
_TRIGRAMS = ("transaction_text", "transaction_codes")
_WORDS = (
    '["rent", "salary", "school fees", "water", "power", "groceries", "transport", "airtime", '
    '"loan", "savings"]'
)
_AMOUNT = "100 + ({id} * 7919) % 1000000"
_DAY = "date(t.posting_date, '-' || ((:copies - :c) % 300) || ' days')"
_OF_HEADER = _AMOUNT.format(id="(t.id + :c * :headers)")
_OF_ENTRY = _AMOUNT.format(id="(t.transaction_id + :c * :headers)")
_TRANSACTION = {
    "id": "t.id + :c * :headers",
    "public_id": "printf('%08x-0000-4000-8000-%012x', t.id, :c)",
    "uid": "printf('cbtr%08x', t.id + :c * :headers)",
    "reference": "printf('TXN-%08d', t.id + :c * :headers)",
    "amount_minor": _OF_HEADER,
    "base_minor": _OF_HEADER,
    "description": f"json_extract('{_WORDS}', '$[' || ((t.id + :c) % 10) || ']')",
    "posting_date": _DAY,
    "created_at": "strftime('%Y-%m-%d %H:%M:%f000', t.created_at, "
    "'-' || (:copies - :c) || ' hours')",
}
_ENTRY = {
    "id": "t.id + :c * :entries",
    "transaction_id": "t.transaction_id + :c * :headers",
    "amount_minor": _OF_ENTRY,
    "base_minor": _OF_ENTRY,
    "posting_date": _DAY,
    "sequence": "t.sequence + :c * :sequences",
}
# As app.transactions.search writes them.
_TEXTS = """
    INSERT INTO transaction_search (transaction_id, organisation_id, text, codes)
    SELECT id, organisation_id,
        lower(coalesce(description || char(10), '') || printf('%g', amount_minor / 100.0)
            || char(10) || printf('%,d.%02d', amount_minor / 100, amount_minor % 100)
            || char(10) || currency),
        lower(public_id || char(10) || uid || char(10) || reference)
    FROM "transaction" t WHERE NOT EXISTS
        (SELECT 1 FROM transaction_search s WHERE s.transaction_id = t.id)
"""


def copy_on_sqlite(url: str, size: int) -> None:
    """Bring the bank's transactions to about `size`, and say in the texts what they say."""
    connection = sqlite3.connect(make_url(url).database or "", isolation_level=None, timeout=30)
    for pragma in ("foreign_keys=OFF", "synchronous=OFF", "cache_size=-200000"):
        connection.execute(f"PRAGMA {pragma}")
    steps = _steps(connection, size)
    connection.execute("BEGIN IMMEDIATE")
    definitions = _without_what_follows(connection)
    for table, own, most in (
        (Transaction.__table__, _TRANSACTION, "headers"),
        (Entry.__table__, _ENTRY, "entries"),
    ):
        names = [column.name for column in table.columns]
        listed = ", ".join(f'"{name}"' for name in names)
        values = ", ".join(own.get(name, f't."{name}"') for name in names)
        statement = (
            f'INSERT INTO "{table.name}" ({listed}) SELECT {values} FROM "{table.name}" t '
            f"WHERE t.id <= :{most} ORDER BY t.id"
        )
        for number in range(1, steps["copies"] + 1):
            connection.execute(statement, steps | {"c": number})
    connection.execute(_TEXTS)
    for name in _TRIGRAMS:
        connection.execute(f"INSERT INTO {name} ({name}) VALUES ('rebuild')")
    for definition in definitions:
        connection.execute(definition)
    connection.execute("COMMIT")
    connection.close()


def _steps(connection: sqlite3.Connection, size: int) -> dict[str, int]:
    def figure(query: str) -> int:
        return int(connection.execute(query).fetchone()[0] or 0)

    posted = figure('SELECT count(*) FROM "transaction"')
    return {
        "copies": max(1, round(size / posted) - 1),
        "headers": figure('SELECT max(id) FROM "transaction"'),
        "entries": figure("SELECT max(id) FROM entry"),
        "sequences": figure("SELECT max(sequence) FROM entry"),
    }


def _without_what_follows(connection: sqlite3.Connection) -> list[str]:
    """Drop the tables' triggers and indexes; returns the statements that make them again."""
    marks = ", ".join("?" for _ in _TABLES)
    found = connection.execute(
        f"SELECT type, name, sql FROM sqlite_master WHERE tbl_name IN ({marks}) "
        "AND type IN ('index', 'trigger') AND sql IS NOT NULL",
        _TABLES,
    ).fetchall()
    for kind, name, _ in found:
        connection.execute(f'DROP {kind} "{name}"')
    # Triggers last: nothing else is to happen when indexes are made.
    return [sql for _, _, sql in sorted(found, key=lambda one: one[0] == "trigger")]
