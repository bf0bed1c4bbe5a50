"""A real bank's first year is imported whole: every balance is what the bank itself said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.controls.tenant import Organisation
from app.db.session import database
from app.imports.run import TOLERANCE_MINOR, run_import
from app.ledger.models import Entry, Transaction
from app.reports.snapshot import snapshot
from app.reports.verify import breaches
from tests.factories import unique
from tests.imports.test_run import Silent


@pytest.mark.bank
def test_a_real_banks_year_is_imported_to_the_crown(app: Flask, database_url: str):
    bank = unique("Czech bank")
    folder = Path(os.environ["COUNTINGHOUSE_BANK"])
    outcome = run_import(folder, bank, country="CZ", currency="CZK", progress=Silent())
    assert outcome.wrong == []
    assert outcome.refusals == []
    assert (outcome.clients, outcome.accounts, outcome.transactions) == (1_385, 1_139, 28_205)
    assert len(outcome.differences) == 1_139
    assert all(item.size_minor <= TOLERANCE_MINOR for item in outcome.differences)
    with database.reading() as session:
        organisation_id = session.scalars(
            select(Organisation.id).where(Organisation.name == bank)
        ).one()
        mine = Transaction.organisation_id == organisation_id
        assert session.scalar(select(func.count()).where(mine)) == 28_205
        of_mine = Entry.organisation_id == organisation_id
        assert session.scalar(select(func.count()).where(of_mine)) == 56_410
    with snapshot(database_url) as view:
        assert list(breaches(view, organisation_id)) == []
    again = run_import(folder, bank, country="CZ", currency="CZK", progress=Silent())
    assert (again.clients, again.accounts, again.transactions) == (0, 0, 0)
    assert again.is_clean
