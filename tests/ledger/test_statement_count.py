"""Round trips are what a posting costs: one locking read, one statement that writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from app.controls.commands import perform
from app.db.postgresql import Statements
from app.db.session import PREPARED_AFTER, database
from app.transactions.commands import Deposit, Transfer, Withdraw
from tests import factories
from tests.factories import House
from tests.ledger import books

# What begins and what commits goes in the message of the first and the last statement; ids come in
# blocks. SQLite has no round trips: a row is a statement there, ids are counted in a row.
MOST = {
    "deposit": {"postgresql": 2, "sqlite": 12},
    "withdrawal": {"postgresql": 2, "sqlite": 12},
    "transfer": {"postgresql": 2, "sqlite": 17},
}


_BLOCK = {"BEGIN IMMEDIATE", "COMMIT"}


@contextmanager
def sent() -> Iterator[list[str]]:
    """Collect what is sent: on PostgreSQL a message each, on SQLite a statement."""
    messages: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        if database.is_postgresql:
            send, execute = Statements._send, psycopg.Cursor.execute

            def sending(statements: Statements, message: bytes) -> Any:
                messages.append(message.decode())
                return send(statements, message)

            def executing(cursor: Any, query: Any, *rest: Any, **more: Any) -> Any:
                messages.append(f"{query}")
                return execute(cursor, query, *rest, **more)

            patch.setattr(Statements, "_send", sending)
            patch.setattr(psycopg.Cursor, "execute", executing)
            yield messages
            return

        def note(connection: Any, *_rest: object) -> None:
            connection.set_trace_callback(messages.append)

        def leave(connection: Any, *_rest: object) -> None:
            connection.set_trace_callback(None)

        event.listen(database.engine, "checkout", note)
        event.listen(database.engine, "checkin", leave)
        try:
            yield messages
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
    # Ids come in blocks, so that one of two in a row has none to ask for.
    counts = []
    for _ in range(2):
        with sent() as messages:
            perform(commands[kind](), house.administrator, key=factories.unique("key"))
        # SQLite tells a statement once more for each trigger of it: each text counts once.
        counts.append(len({one for one in messages if one not in _BLOCK and one[:2] != "--"}))
    assert 0 < min(counts) <= MOST[kind][database.engine.dialect.name]


@pytest.mark.parametrize("times", [1, PREPARED_AFTER + 2])
def test_a_posting_is_planned_once_also_after_a_rollback(house: House, times: int):
    """The driver drops all that is planned when it rolls back, if it has planned something."""
    asset_id = factories.a_funded_asset(house)
    with Session(database.engine) as session:
        for _ in range(times):
            session.execute(text("SELECT 1"))
        session.rollback()
    perform(Deposit(asset_id, 5_00), house.administrator)
    with sent() as messages:
        perform(Deposit(asset_id, 5_00), house.administrator)
    assert messages
    # Ids come in blocks: the next one may be asked for by a statement that was not there yet.
    assert not [one for one in messages if one.startswith("PREPARE") and "nextval" not in one]
    assert books.asset(asset_id).balance_minor == 10_00
