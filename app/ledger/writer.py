"""One statement that writes what `post()` worked out, on each kind of database.

PostgreSQL takes all tables in one round trip, as JSON record sets under data-modifying CTEs;
SQLite, which has no round trip, takes one statement a table.
"""

import json
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeAlias, cast

from sqlalchemy import Connection, Table, bindparam, insert, update
from sqlalchemy.orm import Session

from app.controls.audit import Activity
from app.controls.outbox import OutboxEvent
from app.db.session import database
from app.kernel.errors import Conflict
from app.ledger.models import Asset, Entry, Movement, Transaction

_BALANCES = (
    "balance_minor",
    "bonus_minor",
    "deposited_minor",
    "withdrawn_minor",
    "sequence",
    "head_hash",
)
_NUMBERED_HERE = frozenset({"transaction", "entry"})

Rows: TypeAlias = list[dict[str, Any]]


def write(
    session: Session,
    *,
    headers: Rows,
    entries: Rows,
    movements: Rows,
    assets: Rows,
    activities: Rows,
    events: Rows,
) -> None:
    """Write all rows in the session's transaction; no commit, no flush."""
    connection = session.connection()
    if database.is_postgresql:
        parameters = {
            "transaction": _json(headers),
            "entry": _json(entries),
            "movement": _json(movements),
            "asset": _json(assets),
            "activity": _json(activities),
            "outbox_event": _json(events),
        }
        moved = connection.exec_driver_sql(_statement(), parameters).scalar_one()
        if moved != len(assets):
            # The locking read saw the account as it was before it waited for the asset.
            raise Conflict("The account is inactive")
    else:
        _write_sqlite(connection, headers, entries, movements, assets, activities, events)


@cache
def _statement() -> str:
    parts = [
        _insertion(cast("Table", model.__table__))
        for model in (Transaction, Entry, Movement, Activity, OutboxEvent)
    ]
    balances = ", ".join(f"{name} = r.{name}" for name in _BALANCES)
    parts.append(
        f"w_asset AS (UPDATE asset a SET {balances} "
        "FROM jsonb_populate_recordset(NULL::asset, %(asset)s::jsonb) r "
        "JOIN account c ON c.organisation_id = r.organisation_id AND c.id = r.account_id "
        "WHERE a.organisation_id = r.organisation_id AND a.id = r.id AND c.is_active RETURNING 1)"
    )
    return f"WITH {', '.join(parts)} SELECT count(*) FROM w_asset"


def _insertion(table: Table) -> str:
    name = table.name
    columns = ", ".join(
        f'"{column.name}"'
        for column in table.columns
        if column.name != "id" or name in _NUMBERED_HERE
    )
    return (
        f'w_{name} AS (INSERT INTO "{name}" ({columns}) SELECT {columns} '
        f'FROM jsonb_populate_recordset(NULL::"{name}", %({name})s::jsonb))'
    )


def _json(rows: Rows) -> str:
    return json.dumps(rows, default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} cannot be written")


_ASSET_UPDATE = (
    update(Asset.__table__)  # type: ignore[arg-type]
    .where(
        Asset.__table__.c.id == bindparam("key_id"),
        Asset.__table__.c.organisation_id == bindparam("key_organisation"),
    )
    .values({name: bindparam(f"new_{name}") for name in _BALANCES})
)
_SETTLE = (
    update(Transaction.__table__)  # type: ignore[arg-type]
    .where(Transaction.__table__.c.id == bindparam("key_id"))
    .values(posted_at=bindparam("new_posted_at"), processing=bindparam("new_processing"))
)


def _write_sqlite(
    connection: Connection,
    headers: Rows,
    entries: Rows,
    movements: Rows,
    assets: Rows,
    activities: Rows,
    events: Rows,
) -> None:
    # A header is posted by an update after its entries: the trigger then checks their sum.
    open_headers = [row | {"posted_at": None, "processing": "Processing"} for row in headers]
    for model, rows in (
        (Transaction, open_headers),
        (Entry, entries),
        (Movement, movements),
        (Activity, activities),
        (OutboxEvent, events),
    ):
        if rows:
            connection.execute(insert(cast("Table", model.__table__)), rows)
    settled = [
        {
            "key_id": row["id"],
            "new_posted_at": row["posted_at"],
            "new_processing": row["processing"],
        }
        for row in headers
    ]
    if settled:
        connection.execute(_SETTLE, settled)
    if assets:
        connection.execute(_ASSET_UPDATE, [_renamed(row) for row in assets])


def _renamed(row: dict[str, Any]) -> dict[str, Any]:
    keys = {"key_id": row["id"], "key_organisation": row["organisation_id"]}
    return keys | {f"new_{name}": row[name] for name in _BALANCES}
