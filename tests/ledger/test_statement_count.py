"""Round trips are what a posting costs: one locking read, one statement that writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, text

from app.controls.commands import perform
from app.db.session import database
from app.transactions.commands import Deposit, Transfer, Withdraw
from tests import factories
from tests.factories import House

# SQLite has no round trips: a row is a statement there, ids are counted in a row of their own.
MOST = {
    "deposit": {"postgresql": 2, "sqlite": 12},
    "withdrawal": {"postgresql": 2, "sqlite": 12},
    "transfer": {"postgresql": 2, "sqlite": 17},
}


@contextmanager
def sent() -> Iterator[list[str]]:
    """Collect what the driver sends, also what goes around SQLAlchemy."""
    statements: list[str] = []

    class Counting(psycopg.Cursor[Any]):
        def execute(self, query: Any, *rest: Any, **more: Any) -> Any:
            is_planned_once = self.connection.prepare_threshold is not None
            statements.append(f"{query}" if is_planned_once else f"planned anew: {query}")
            return super().execute(query, *rest, **more)

    def note(connection: Any, *_rest: object) -> None:
        if database.is_postgresql:
            connection.cursor_factory = Counting
        else:
            connection.set_trace_callback(statements.append)

    def leave(connection: Any, *_rest: object) -> None:
        if database.is_postgresql:
            connection.cursor_factory = psycopg.Cursor
        else:
            connection.set_trace_callback(None)

    event.listen(database.engine, "checkout", note)
    event.listen(database.engine, "checkin", leave)
    try:
        yield statements
    finally:
        event.remove(database.engine, "checkout", note)
        event.remove(database.engine, "checkin", leave)


@pytest.mark.parametrize("kind", MOST)
def test_a_posting_sends_no_more_statements_than_it_must(house: House, kind: str):
    one, other = (factories.a_funded_asset(house, 900_00) for _ in range(2))
    commands: dict[str, Callable[[], Any]] = {
        "deposit": lambda: Deposit(one, 5_00),
        "withdrawal": lambda: Withdraw(one, 5_00),
        "transfer": lambda: Transfer(one, other, 5_00),
    }
    # The first one opens the house's asset and reads what is kept for the next.
    perform(commands[kind](), house.administrator, key=factories.unique("key"))
    with sent() as statements:
        perform(commands[kind](), house.administrator, key=factories.unique("key"))
    # SQLite tells a statement once more for each trigger of it: each text counts once.
    counted = {
        one
        for one in statements
        # Triggers, the block itself, and on PostgreSQL the next block of ids once in sixty-four.
        if not one.startswith(("--", "BEGIN", "COMMIT")) and "nextval" not in one
    }
    assert 0 < len(counted) <= MOST[kind][database.engine.dialect.name], counted


def test_a_posting_is_planned_once_whoever_had_the_connection_before(house: House):
    asset_id = factories.a_funded_asset(house)
    with database.reading() as session:
        session.execute(text("SELECT 1"), execution_options={"planned_anew": True})
    with sent() as statements:
        perform(Deposit(asset_id, 5_00), house.administrator)
    assert statements
    assert not [one for one in statements if one.startswith("planned anew")]
