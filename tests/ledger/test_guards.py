# ruff: noqa: S608, PT012  Going around the application is the point: statements by hand.
"""What the database itself refuses when someone goes around the application."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError

from app.controls.audit import Activity
from app.controls.commands import perform
from app.controls.review import ReviewStep
from app.db.session import database
from app.ledger.models import Entry, Transaction
from app.ledger.seals import Seal
from app.transactions.commands import Withdraw
from tests import factories
from tests.factories import House
from tests.ledger import books

IMMUTABLE = {
    Entry: "amount_minor = amount_minor + 1",
    Activity: "actor_name = 'Nobody'",
    ReviewStep: "act = 'approved'",
    Seal: "number = number + 1",
}


def execute(statement: str, **values: Any) -> None:
    with database.engine.begin() as connection:
        connection.execute(text(statement), values)


def newest(model: type[Any], organisation_id: int) -> int:
    with database.reading() as session:
        query = select(model.id).where(model.organisation_id == organisation_id)
        return session.scalars(query.order_by(model.id.desc())).first()


@pytest.fixture
def asset_id(house: House) -> int:
    """An asset with 100.00, everything sealed."""
    found = factories.a_funded_asset(house, 100_00)
    books.seal(house.organisation_id)
    return found


@pytest.mark.checks("W01.01", "W02.19")
@pytest.mark.parametrize("model", IMMUTABLE)
def test_an_immutable_row_is_not_changed(house: House, asset_id: int, model: type[Any]):
    row_id = newest(model, house.organisation_id)
    with pytest.raises(DBAPIError, match="immutable"):
        execute(f"UPDATE {model.__tablename__} SET {IMMUTABLE[model]} WHERE id = :id", id=row_id)


@pytest.mark.checks("W01.01", "W02.19")
@pytest.mark.parametrize("model", IMMUTABLE)
def test_an_immutable_row_is_not_deleted(house: House, asset_id: int, model: type[Any]):
    row_id = newest(model, house.organisation_id)
    with pytest.raises(DBAPIError, match="immutable"):
        execute(f"DELETE FROM {model.__tablename__} WHERE id = :id", id=row_id)
    assert books.row(model, row_id).id == row_id


@pytest.mark.parametrize("model", IMMUTABLE)
def test_an_immutable_table_is_not_emptied(house: House, asset_id: int, model: type[Any]):
    verb = "TRUNCATE" if database.is_postgresql else "DELETE FROM"
    with pytest.raises(DBAPIError, match="immutable"):
        execute(f"{verb} {model.__tablename__}")


def test_an_entry_is_not_replaced(house: House, asset_id: int):
    entry = _columns(books.row(Entry, newest(Entry, house.organisation_id)))
    names = ", ".join(entry)
    values = ", ".join(f":{name}" for name in entry)
    verb = "INSERT" if database.is_postgresql else "INSERT OR REPLACE"
    with pytest.raises(DBAPIError):
        execute(f"{verb} INTO entry ({names}) VALUES ({values})", **entry)


def _columns(row: Any) -> dict[str, Any]:
    values = {column.name: getattr(row, column.name) for column in row.__table__.columns}
    return {
        name: str(value) if name in {"rate", "posting_date", "value_date"} else value
        for name, value in values.items()
    }


@pytest.mark.checks("E41.03")
@pytest.mark.parametrize(
    "sides", [("D", 100, "C", 99), ("D", 100, "D", 100), ("C", 1, "C", 1), ("D", 0, "C", 0)]
)
def test_entries_that_do_not_balance_are_refused(
    house: House, asset_id: int, sides: tuple[str, int, str, int]
):
    with pytest.raises(DBAPIError), database.engine.begin() as connection:
        transaction_id = _open_transaction(connection, house, asset_id)
        _insert_entries(connection, transaction_id, sides)
        _settle(connection, transaction_id)


def test_a_transaction_is_not_posted_without_entries_or_by_a_status_alone(
    house: House, asset_id: int
):
    with pytest.raises(DBAPIError), database.engine.begin() as connection:
        transaction_id = _open_transaction(connection, house, asset_id)
        connection.execute(
            text("""UPDATE "transaction" SET processing = 'Completed' WHERE id = :id"""),
            {"id": transaction_id},
        )


def _open_transaction(connection: Connection, house: House, asset_id: int) -> int:
    """Copy the asset's deposit as a transaction that waits."""
    changed = {
        "id": '(SELECT max(id) + 1000000 FROM "transaction")',
        "public_id": "public_id || '-copy'",
        "posted_at": "NULL",
        "processing": "'Pending'",
    }
    names = [column.name for column in Transaction.__table__.columns]
    chosen = ", ".join(changed.get(name, name) for name in names)
    statement = (
        f"""INSERT INTO "transaction" ({", ".join(names)}) SELECT {chosen} FROM "transaction" """
        "WHERE organisation_id = :organisation AND asset_id = :asset RETURNING id"
    )
    values = {"organisation": house.organisation_id, "asset": asset_id}
    return connection.execute(text(statement), values).scalar_one()


def _insert_entries(
    connection: Connection, transaction_id: int, sides: tuple[str, int, str, int]
) -> None:
    """Insert two entries at once, shaped like those of an existing transaction."""
    names = [column.name for column in Entry.__table__.columns]
    changed = {
        "id": "id + 1000000",
        "transaction_id": str(transaction_id),
        "side": f"CASE line WHEN 1 THEN '{sides[0]}' ELSE '{sides[2]}' END",
        "amount_minor": f"CASE line WHEN 1 THEN {sides[1]} ELSE {sides[3]} END",
        "base_minor": f"CASE line WHEN 1 THEN {sides[1]} ELSE {sides[3]} END",
        "sequence": "sequence + 1000000",
    }
    chosen = ", ".join(changed.get(name, name) for name in names)
    connection.execute(
        text(
            f"INSERT INTO entry ({', '.join(names)}) SELECT {chosen} FROM entry "
            "WHERE transaction_id = (SELECT max(transaction_id) FROM entry)"
        )
    )


def _settle(connection: Connection, transaction_id: int) -> None:
    connection.execute(
        text(
            """UPDATE "transaction" SET processing = 'Completed', posted_at = created_at """
            "WHERE id = :id"
        ),
        {"id": transaction_id},
    )


@pytest.mark.checks("W09.19", "L01.02")
@pytest.mark.parametrize(
    "change",
    [
        "amount_minor = 1",
        "base_minor = 1",
        "currency = 'USD'",
        "posting_date = '2020-01-01'",
        "value_date = '2020-01-01'",
        "reference = 'TXN-1'",
        "public_id = 'another'",
        "beneficiary = 'me'",
        "posted_at = NULL, processing = 'Pending'",
        "client_id = NULL",
    ],
)
def test_a_posted_transaction_keeps_what_it_says(house: House, asset_id: int, change: str):
    transaction_id = newest(Transaction, house.organisation_id)
    with pytest.raises(DBAPIError, match="immutable"):
        execute(f'UPDATE "transaction" SET {change} WHERE id = :id', id=transaction_id)


@pytest.mark.checks("L01.02")
def test_a_posted_transaction_stays(house: House, asset_id: int):
    transaction_id = newest(Transaction, house.organisation_id)
    with pytest.raises(DBAPIError):
        execute('DELETE FROM "transaction" WHERE id = :id', id=transaction_id)


@pytest.mark.parametrize(
    "change",
    [
        "balance_minor = -1",
        "held_minor = -1",
        "held_minor = 10001",
        "bonus_minor = -1",
        "overdraft_minor = -1",
    ],
)
def test_an_asset_is_never_overdrawn(house: House, asset_id: int, change: str):
    with pytest.raises(DBAPIError):
        execute(f"UPDATE asset SET {change} WHERE id = :id", id=asset_id)


@pytest.mark.parametrize("state", ["lost", "active, captured"])
def test_a_hold_has_a_known_state_and_a_positive_amount(house: House, asset_id: int, state: str):
    factories.an_approval_rule(house)
    teller, *_ = factories.a_user(house)
    perform(Withdraw(asset_id, 1_00), teller)
    hold_id = books.holds_of(asset_id)[0].id
    with pytest.raises(DBAPIError):
        execute("UPDATE hold SET state = :state WHERE id = :id", state=state, id=hold_id)
    with pytest.raises(DBAPIError):
        execute("UPDATE hold SET amount_minor = 0 WHERE id = :id", id=hold_id)


REFERENCES = {
    '"transaction"': ("asset_id", "counter_asset_id", "status_id"),
    "asset": ("account_id", "client_id"),
    "account": ("client_id", "product_id", "branch_id", "project_id"),
    "client": ("project_id", "desk_id", "branch_id", "manager_id"),
    "movement": ("asset_id",),
    "identity_document": ("client_id", "identity_type_id"),
}
TARGETS = {
    "asset_id": "asset",
    "counter_asset_id": "asset",
    "transaction_id": '"transaction"',
    "status_id": "transaction_status",
    "account_id": "account",
    "client_id": "client",
    "product_id": "product",
    "branch_id": "branch",
    "project_id": "project",
    "desk_id": "desk",
    "manager_id": '"user"',
    "identity_type_id": "identity_type",
}
PAIRS = [(table, column) for table, columns in REFERENCES.items() for column in columns]


@pytest.mark.checks("W01.01")
@pytest.mark.parametrize(("table", "column"), PAIRS)
def test_a_reference_stays_inside_its_organisation(
    house: House, asset_id: int, table: str, column: str
):
    other = factories.a_house()
    factories.a_funded_asset(other, 1_00)
    factories.an_approval_rule(house)
    teller, *_ = factories.a_user(house)
    perform(Withdraw(asset_id, 1_00), teller)
    only = {'"transaction"': " AND posted_at IS NULL", "asset": " AND is_limited"}.get(table, "")
    theirs = f"(SELECT min(id) FROM {TARGETS[column]} WHERE organisation_id = :other)"
    with pytest.raises(DBAPIError, match=r"(?i)foreign key"):
        execute(
            f"UPDATE {table} SET {column} = {theirs} WHERE organisation_id = :mine "
            f"AND {column} IS NOT NULL{only}",
            mine=house.organisation_id,
            other=other.organisation_id,
        )


@pytest.mark.parametrize("column", ["asset_id", "transaction_id"])
def test_an_entry_refers_to_its_own_organisation_only(house: House, asset_id: int, column: str):
    other = factories.a_house()
    factories.a_funded_asset(other, 1_00)
    names = [entry_column.name for entry_column in Entry.__table__.columns]
    theirs = f"(SELECT min(id) FROM {TARGETS[column]} WHERE organisation_id = :other)"
    values = {"id": "id + 5000000", "line": "id", "sequence": "sequence + 5000000", column: theirs}
    chosen = ", ".join(values.get(name, name) for name in names)
    with pytest.raises(DBAPIError, match=r"(?i)foreign key|posted transactions are immutable"):
        execute(
            f"INSERT INTO entry ({', '.join(names)}) SELECT {chosen} FROM entry "
            "WHERE organisation_id = :mine",
            mine=house.organisation_id,
            other=other.organisation_id,
        )


@pytest.mark.parametrize("side", ["the client's", "the house's"])
def test_an_asset_that_an_entry_refers_to_stays(house: House, asset_id: int, side: str):
    other_ids = select(Entry.asset_id).where(
        Entry.organisation_id == house.organisation_id, Entry.asset_id != asset_id
    )
    with database.reading() as session:
        house_id = session.scalars(other_ids).first()
    gone = asset_id if side == "the client's" else house_id
    with pytest.raises(DBAPIError, match=r"(?i)foreign key"):
        execute("DELETE FROM asset WHERE id = :id", id=gone)


def test_a_number_of_the_chain_is_given_once(house: House, asset_id: int):
    with pytest.raises(DBAPIError), database.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO entry SELECT * FROM entry WHERE asset_id = :id AND sequence = 1"),
            {"id": asset_id},
        )


def test_the_guards_are_on_for_every_connection(house: House):
    if database.is_postgresql:
        return
    with database.engine.connect() as connection:
        for name in ("foreign_keys", "recursive_triggers"):
            assert connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() == 1
