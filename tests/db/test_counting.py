"""A count costs no more than a page: what is too much is not counted again for a while."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.controls.audit import Activity
from app.controls.tenant import Organisation
from app.db import counting
from app.db.session import database
from tests import factories
from tests.sent import statements_sent


def test_what_is_too_many_is_said_so_and_not_counted_again_for_a_minute(
    app: Flask, monkeypatch: pytest.MonkeyPatch
):
    house = factories.a_house()
    now = 1_000.0
    monkeypatch.setattr(counting, "monotonic", lambda: now)
    query = select(Activity.id).where(Activity.organisation_id == house.organisation_id)
    with statements_sent() as asked, database.reading() as session:
        total, is_exact = counting.count(session, query, asked="all")
        assert int(total.replace(",", "")) > 2
        assert is_exact
        monkeypatch.setattr(counting, "COUNTED_ROWS", 2)
        assert counting.count(session, query, asked="all") == ("2+", False)
        before = len(asked)
        assert counting.count(session, query, asked="all") == ("2+", False)
        assert len(asked) == before
        now += 61
        assert counting.count(session, query, asked="all") == ("2+", False)
        assert len(asked) == before + 1
        assert counting.count(session, query, asked="others") == ("2+", False)
        assert len(asked) == before + 2


def test_what_is_asked_often_is_planned_once_unless_its_values_decide(app: Flask):
    once = select(Organisation.id).where(Organisation.name == "planned once")
    anew = once.order_by(Organisation.name).execution_options(planned_anew=True)
    for query in (once, anew):
        for _ in range(8):
            with database.reading() as session:
                session.execute(query).all()
    if not database.is_postgresql:
        # SQLite plans what it is given: both forms must mean the same there.
        with database.reading() as session:
            assert session.execute(once).all() == session.execute(anew).all()
        return
    with database.reading() as session:
        kept = session.scalars(text("SELECT statement FROM pg_prepared_statements")).all()
    mine = [one for one in kept if "organisation.name = " in one]
    assert len(mine) == 1
    assert "ORDER BY" not in mine[0]
