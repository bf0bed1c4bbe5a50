"""One statement that writes what `post()` worked out, on each kind of database.

PostgreSQL takes all tables in one round trip, as JSON record sets under data-modifying CTEs;
SQLite, which has no round trip, takes one statement a table.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeAlias

import orjson

from app.controls.audit import Activity
from app.controls.idempotency import IdempotencyKey
from app.controls.outbox import OutboxEvent
from app.db.channel import Channel
from app.db.session import database
from app.ledger.models import Entry, Movement, Transaction

_BALANCES = {
    "balance_minor": "bigint",
    "bonus_minor": "bigint",
    "deposited_minor": "bigint",
    "withdrawn_minor": "bigint",
    "sequence": "bigint",
    "head_hash": "bytea",
}
_FEW = 4
_NUMBERED_HERE = frozenset({"transaction", "entry"})
_INSERTED = {
    model.__tablename__: tuple(
        column.name
        for column in model.__table__.columns
        if column.name != "id" or model.__tablename__ in _NUMBERED_HERE
    )
    for model in (Transaction, Entry, Movement, Activity, OutboxEvent, IdempotencyKey)
}

Rows: TypeAlias = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Writing:
    """The rows of a posting by table; `assets` are the new balances of those with a limit."""

    headers: Rows
    entries: Rows
    movements: Rows
    assets: Rows
    activities: Rows
    events: Rows
    keys: Rows

    def inserted(self) -> dict[str, Rows]:
        """Return the tables that get rows, headers before what refers to them."""
        rows = {
            "transaction": self.headers,
            "entry": self.entries,
            "movement": self.movements,
            "activity": self.activities,
            "outbox_event": self.events,
            "idempotency_key": self.keys,
        }
        return {name: listed for name, listed in rows.items() if listed}


def write(channel: Channel, writing: Writing) -> None:
    """Write all rows in the channel's transaction, on PostgreSQL at the latest with its commit."""
    if database.is_postgresql:
        _write_postgresql(channel, writing)
    else:
        _write_sqlite(channel, writing)


def admit_close(channel: Channel) -> None:
    """Tell the database's guard that what follows is the close's own, on the day it is closing.

    Only PostgreSQL needs it: a posting that began before the cut-off may end after it there.
    """
    if database.is_postgresql:
        channel.fetch("SELECT set_config('countinghouse.closing', 'yes', true)", {})


def _write_postgresql(channel: Channel, writing: Writing) -> None:
    tables = writing.inserted()
    is_small = len(writing.assets) <= _FEW
    statement = _statement(tuple(tables), has_assets=bool(writing.assets), is_small=is_small)
    rows = orjson.dumps(tables | {"asset": writing.assets}, default=_plain)
    channel.write_last(statement, {"rows": rows, "assets": len(writing.assets)})


@cache
def _statement(tables: tuple[str, ...], *, has_assets: bool, is_small: bool) -> str:
    parts = [_insertion(name) for name in tables]
    if not has_assets:
        return f"WITH {', '.join(parts)} SELECT %(assets)s::bigint"
    balances = ", ".join(f"{name} = r.{name}" for name in _BALANCES)
    types = ", ".join(f"{name} {kind}" for name, kind in _BALANCES.items())
    # Few rows are said to be few, else the database reads all assets and accounts to join them.
    limit = f" LIMIT {_FEW}" if is_small else ""
    parts.append(
        f"w_asset AS (UPDATE asset a SET {balances} FROM (SELECT * FROM "
        "jsonb_to_recordset(%(rows)s::jsonb -> 'asset') AS r (id bigint, account_id bigint, "
        f"account_status_id bigint, {types}){limit}) r "
        "WHERE a.id = r.id AND (SELECT c.is_active AND c.account_status_id "
        "IS NOT DISTINCT FROM r.account_status_id FROM account c WHERE c.id = r.account_id) "
        "RETURNING 1)"
    )
    # The locking read saw the account as it was before it waited for the asset.
    moved = "SELECT CASE WHEN count(*) <> %(assets)s THEN refuse_moved() END FROM w_asset"
    return f"WITH {', '.join(parts)} {moved}"


def _insertion(name: str) -> str:
    """Insert the rows of a table; what its rows do not name is null, or numbered as it comes."""
    columns, named = "*", ""
    if name not in _NUMBERED_HERE:
        columns = ", ".join(f'"{column}"' for column in _INSERTED[name])
        named = f" ({columns})"
    return (
        f'w_{name} AS (INSERT INTO "{name}"{named} SELECT {columns} '
        f"FROM jsonb_populate_recordset(NULL::\"{name}\", %(rows)s::jsonb -> '{name}'))"
    )


def _plain(value: Any) -> str:
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} cannot be written")


_UPDATE = f"UPDATE asset SET {', '.join(f'{name} = :{name}' for name in _BALANCES)} WHERE id = :id"
_SETTLE = 'UPDATE "transaction" SET posted_at = :posted_at, processing = :processing WHERE id = :id'


def _write_sqlite(channel: Channel, writing: Writing) -> None:
    statements: list[tuple[str, Rows]] = []
    for name, rows in writing.inserted().items():
        stored = [_stored(row) for row in rows]
        columns = _INSERTED[name]
        if name == "transaction":
            # Most headers leave out what is rare: only what one of them names is written.
            named = set().union(*rows)
            columns = tuple(column for column in columns if column in named)
            nothing = dict.fromkeys(columns)
            stored = [nothing | row for row in stored]
            # Posted by an update after its entries: the trigger then checks their sum.
            stored = [row | {"posted_at": None, "processing": "Processing"} for row in stored]
        statements.append((_sqlite_insertion(name, columns), stored))
    if writing.headers:
        statements.append((_SETTLE, [_stored(row) for row in writing.headers]))
    if writing.assets:
        statements.append((_UPDATE, writing.assets))
    channel.run(statements)


@cache
def _sqlite_insertion(name: str, columns: tuple[str, ...]) -> str:
    listed = ", ".join(f'"{column}"' for column in columns)
    return f'INSERT INTO "{name}" ({listed}) VALUES ({", ".join(f":{c}" for c in columns)})'


def _stored(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row as SQLite keeps it: texts for instants, dates, decimals and JSON."""
    return {
        name: _TEXTS[type(value)](value) if type(value) in _TEXTS else value
        for name, value in row.items()
    }


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


_TEXTS: dict[type[Any], Callable[[Any], str]] = {
    datetime: _instant,
    date: date.isoformat,
    Decimal: lambda value: format(value, "f"),
    dict: json.dumps,
    list: json.dumps,
}
