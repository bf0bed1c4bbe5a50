"""What a command meets when the database is not there, or went away between two commands."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text

from app.controls.commands import perform
from app.db.session import database
from app.kernel.errors import Unavailable
from app.transactions.commands import Deposit
from tests import factories
from tests.factories import House
from tests.ledger import books


def test_a_database_that_cannot_be_reached_is_told_in_a_sentence(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    asset_id = factories.a_funded_asset(house)
    nowhere = create_engine("sqlite:////nowhere/at/all.db")
    with monkeypatch.context() as patch:
        patch.setattr(database, "_writing", nowhere)
        with pytest.raises(Unavailable, match="Nothing was changed"):
            perform(Deposit(asset_id, 1_00), house.administrator)
    assert books.asset(asset_id).balance_minor == 0


def test_a_connection_that_was_lost_is_told_once_and_replaced(house: House):
    """SQLite has no connection that could be lost."""
    asset_id = factories.a_funded_asset(house)
    if database.is_postgresql:
        lose = text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        # A second connection ends all others, those of the pool among them.
        other = create_engine(database.engine.url)
        with other.connect() as connection:
            connection.execute(lose)
        other.dispose()
        with pytest.raises(Unavailable):
            perform(Deposit(asset_id, 1_00), house.administrator)
    perform(Deposit(asset_id, 1_00), house.administrator)
    assert books.asset(asset_id).balance_minor == 1_00
