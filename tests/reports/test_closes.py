# ruff: noqa: S608  Tampering is done by statements written by hand.
"""`verify` names a date that was closed twice, a step that is missing, a posting behind a close."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask

from app.controls.commands import perform
from app.transactions.commands import Deposit
from tests import factories
from tests.closing import scenes
from tests.factories import House
from tests.reports.tampering import Tampered, tampering


@pytest.fixture(scope="module")
def house(app: Flask) -> House:
    made = factories.a_house(currencies=("KES",))
    asset_id = factories.a_funded_asset(made, 100_00)
    with scenes.steps(("ACCRUE", 40, lambda _closing: "done")):
        with scenes.at(datetime(2026, 11, 20, 19, tzinfo=UTC)):
            scenes.close(made)
            perform(Deposit(asset_id, 1_00), made.administrator)
        with scenes.at(datetime(2026, 11, 23, 19, tzinfo=UTC)):
            scenes.close(made, scenes.NEXT_DATE)
    return made


@pytest.fixture
def hand(house: House, database_url: str) -> Iterator[Tampered]:
    with tampering(database_url) as found:
        yield found


def said(hand: Tampered, house: House) -> set[tuple[str, str]]:
    """Return what is told of breaches of rule 17: table and sentence."""
    found = hand.found(house.organisation_id)
    return {(one.table, one.sentence) for one in found if one.rule == 17}


def test_sound_closes_have_no_breach(hand: Tampered, house: House):
    assert hand.found(house.organisation_id) == []


@pytest.mark.parametrize(
    ("change", "table", "sentence"),
    [
        ("UPDATE closing_run SET business_date = '2026-11-20' WHERE {last}",
         "closing_run", "The date was closed more than once"),
        ("UPDATE closing_run_step SET key = 'CHECK' WHERE {step} AND key = 'ACCRUE'",
         "closing_run_step", "The step was taken more than once for its date"),
        ("UPDATE closing_run_step SET state = 'waiting', ended_at = NULL WHERE {accrue}",
         "closing_run_step", "The close ended without the step"),
        ("UPDATE closing_run_step SET state = 'left out', ended_at = NULL WHERE {cut}",
         "closing_run_step", "The close ended without the step"),
        ("DELETE FROM closing_run WHERE {last}",
         "closing_run_step", "The step belongs to no close"),
        ("DELETE FROM closing_run_step WHERE {step} AND key = 'OPEN_NEXT_DAY'",
         "closing_run", "The close lacks one of its own steps"),
        ("UPDATE closing_run SET state = 'running', ended_at = NULL WHERE {first}",
         "closing_run", "The close overlaps the one before it"),
        ("UPDATE closing_run SET next_date = '2026-11-24' WHERE {first}",
         "closing_run", "The close overlaps the one before it"),
        ("UPDATE organisation SET closed_through = '2026-11-20' WHERE id = {tenant}",
         "organisation", "Days that a close has sealed are open again"),
        ("UPDATE organisation SET closed_through = NULL WHERE id = {tenant}",
         "organisation", "Days that a close has sealed are open again"),
        ("UPDATE organisation SET business_date = '2026-11-23' WHERE id = {tenant}",
         "organisation", "The business date is closed"),
        ("UPDATE \"transaction\" SET posting_date = '2026-11-20' WHERE {late}",
         "transaction", "The transaction was posted into a closed date"),
        ("UPDATE \"transaction\" SET posting_date = '2026-11-19' WHERE {late}",
         "transaction", "The transaction was posted into a closed date"),
    ],
)  # fmt: skip
def test_what_was_tampered_with_is_named(
    hand: Tampered, house: House, *, change: str, table: str, sentence: str
):
    mine = f"organisation_id = {house.organisation_id}"
    places = {
        "tenant": house.organisation_id,
        "first": f"{mine} AND business_date = '2026-11-20'",
        "last": f"{mine} AND business_date = '2026-11-23'",
        "step": f"{mine} AND business_date = '2026-11-23'",
        "accrue": f"{mine} AND business_date = '2026-11-23' AND key = 'ACCRUE'",
        "cut": f"{mine} AND business_date = '2026-11-23' AND key = 'CUT_OFF'",
        "late": f"{mine} AND posting_date = '2026-11-23'",
    }
    for name in ("closing_run", "closing_run_step"):
        _loosen(hand, name)
    hand.run(change.format(**places))
    assert (table, sentence) in said(hand, house)


def _loosen(hand: Tampered, table: str) -> None:
    """Take the keys away that would refuse a second row of a date."""
    if hand.is_postgresql:
        query = (
            "SELECT conname FROM pg_constraint WHERE conrelid = ?::regclass AND contype = 'u' "
            "AND conname NOT LIKE '%%_tenant'"
        )
        for (name,) in hand.run(query, table).fetchall():
            hand.run(f'ALTER TABLE {table} DROP CONSTRAINT "{name}" CASCADE')
        return
    hand.run(f"CREATE TABLE loose AS SELECT * FROM {table}")
    hand.run(f"DROP TABLE {table}")
    hand.run(f"ALTER TABLE loose RENAME TO {table}")
