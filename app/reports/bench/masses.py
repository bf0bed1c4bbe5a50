"""A million transactions in a minute: those that were posted, copied by the database itself.

Copies have texts, amounts and days of their own and entries that agree with them. They are no
books: chains and balances are the originals', so nothing that verifies may read them.
"""

import re

from sqlalchemy import (
    BigInteger,
    Connection,
    TextClause,
    bindparam,
    create_engine,
    make_url,
    text,
)

from app.ledger.models import Entry, Transaction
from app.reports.bench.batches import fill
from app.reports.bench.copies import copy_on_sqlite
from app.reports.bench.scratch import Bank
from app.transactions.search import index_all

_POSTED = 10_000
_WORDS = "rent,salary,school fees,water,power,groceries,transport,airtime,loan,savings"
_AMOUNT = "100 + ({id} * 7919) % 1000000"
# What a copy has of its own; `c` is the copy's number.
_TRANSACTION = {
    "id": "t.id + :c * :headers",
    "public_id": "cast(md5(cast(t.id + :c * :headers AS text)) AS uuid)::text",
    "uid": "'cbtr' || lpad(to_hex(t.id + :c * :headers), 8, '0')",
    "reference": "'TXN-' || lpad(cast(t.id + :c * :headers AS text), 8, '0')",
    "amount_minor": _AMOUNT.format(id="(t.id + :c * :headers)"),
    "base_minor": _AMOUNT.format(id="(t.id + :c * :headers)"),
    "description": f"(string_to_array('{_WORDS}', ','))[cast(1 + (t.id + :c) % 10 AS integer)]",
    "posting_date": "t.posting_date - cast((:copies - :c) % 300 AS integer)",
    "created_at": "t.created_at - (:copies - :c) * interval '1 hour'",
}
_ENTRY = {
    "id": "t.id + :c * :entries",
    "transaction_id": "t.transaction_id + :c * :headers",
    "amount_minor": _AMOUNT.format(id="(t.transaction_id + :c * :headers)"),
    "base_minor": _AMOUNT.format(id="(t.transaction_id + :c * :headers)"),
    "posting_date": "t.posting_date - cast((:copies - :c) % 300 AS integer)",
    "sequence": "t.sequence + :c * :sequences",
}
# As app.transactions.search writes them.
_TEXTS = """
    INSERT INTO transaction_search (transaction_id, organisation_id, text, codes)
    SELECT id, organisation_id, lower(concat_ws(E'\\n', description,
        trim_scale(amount_minor / 100.0), to_char(amount_minor / 100.0, 'FM999,999,990.00'),
        currency)), lower(concat_ws(E'\\n', public_id, uid, reference))
    FROM "transaction"
"""


def grow(bank: Bank, size: int, *, filled: int) -> None:
    """Bring the bank from `filled` to about `size` transactions; above 10,000 by copies."""
    is_postgresql = make_url(bank.url).get_backend_name() == "postgresql"
    fill(bank, min(size, _POSTED) - filled)
    index_all()
    engine = create_engine(bank.url)
    with engine.begin() as connection:
        # As two minutes later: the log is read as far as its texts are written.
        connection.execute(
            text("UPDATE search_mark SET activity_id = (SELECT max(id) FROM activity)")
        )
        if is_postgresql and size > _POSTED:
            # Triggers and keys would look at each row: the copies are as sound as their originals.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
            _copy(connection, size)
    engine.dispose()
    if not is_postgresql and size > _POSTED:
        copy_on_sqlite(bank.url, size)


def _copy(connection: Connection, size: int) -> None:
    def figure(query: str) -> int:
        return int(connection.execute(text(query)).scalar_one() or 0)

    posted = figure('SELECT count(*) FROM "transaction"')
    copies = max(1, round(size / posted) - 1)
    steps = {
        "copies": copies,
        "headers": figure('SELECT max(id) FROM "transaction"'),
        "entries": figure("SELECT max(id) FROM entry"),
        "sequences": figure("SELECT max(sequence) FROM entry"),
    }
    indexes = _without_indexes(connection)
    for statement in (
        _copied(Transaction.__table__, _TRANSACTION),
        _copied(Entry.__table__, _ENTRY),
    ):
        # One copy after the other, so that rows lie as they would have come.
        for number in range(1, copies + 1):
            connection.execute(statement, steps | {"c": number})
    connection.execute(text("ANALYZE"))
    connection.execute(text("TRUNCATE transaction_search"))
    connection.execute(text(_TEXTS))
    for definition in indexes:
        connection.execute(text(definition))


def _without_indexes(connection: Connection) -> list[str]:
    """Drop what is quicker to make anew than to keep; returns the statements that do."""
    found = connection.execute(
        text(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ('transaction', 'entry',"
            " 'transaction_search') AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        )
    ).all()
    for name, _ in found:
        connection.execute(text(f'DROP INDEX "{name}"'))
    return [definition for _, definition in found]


def _copied(table: object, own: dict[str, str]) -> TextClause:
    names = [column.name for column in table.columns]  # type: ignore[attr-defined]
    listed = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(own.get(name, f't."{name}"') for name in names)
    most = "headers" if "uid" in own else "entries"
    statement = text(
        f'INSERT INTO "{table}" ({listed}) SELECT {values} FROM "{table}" t '
        f"WHERE t.id <= :{most} ORDER BY t.id"
    )
    named = re.findall(r"(?<!:):([a-z]+)", str(statement))
    return statement.bindparams(*(bindparam(name, type_=BigInteger) for name in set(named)))
