# ruff: noqa: S608  Tampering is done by statements written by hand.
"""`verify` works interest out again and names the row that was tampered with (safety 17)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from flask import Flask

from app.controls.commands import perform
from app.db.session import database
from app.interest.settling import SettleInterest
from app.ledger.models import Asset
from app.transactions.commands import Withdraw
from tests import factories
from tests.interest import books
from tests.reports.tampering import Tampered, tampering


@pytest.fixture(scope="module")
def scene(app: Flask, database_url: str) -> tuple[factories.House, str, int]:
    house = factories.a_house(currencies=("KES",))
    ledger = books.a_ledger(house)
    condition = books.a_condition(
        house, ledger, books.tier("C", 0, 500_00, "2"), books.tier("C", 500_00, None, "4.125"),
        books.tier("D", 0, None, "18"), credit_method="SLICED", day_count="30E/360",
        posting_frequency="WEEKLY", capitalisation_frequency="WEEKLY",
        penalty_percent=Decimal(5), tax_type="WITHHOLDING", tax_percent=Decimal(15),
        debit_min_minor=50_00,
    )  # fmt: skip
    books.follow_product(house, condition)
    asset_id = factories.a_funded_asset(house, 1_234_56)
    drawn = factories.a_funded_asset(house)
    factories.change(house, Asset, drawn, overdraft_minor=900_00)
    perform(Withdraw(drawn, 700_00), house.administrator)
    # The minimum of a week that goes on is posted with its first part, and not again.
    for day in (25, 26):
        books.close_until(house, factories.date(2026, 11, day))
        perform(SettleInterest(account_of(drawn)), house.administrator)
    assert [one.gross_minor for one in books.postings(drawn)] == [50_00, 50_00, 0]
    return house, database_url, asset_id


def account_of(asset_id: int) -> int:
    with database.reading() as session:
        return session.get_one(Asset, asset_id).account_id


@pytest.fixture
def hand(scene) -> Iterator[Tampered]:
    with tampering(scene[1]) as found:
        yield found


def test_sound_interest_has_no_breach(scene, hand: Tampered):
    assert hand.found(scene[0].organisation_id) == []


CHANGES = (
    ("balance_snapshot", "ledger_minor", "ledger_minor + 1", "1 = 1"),
    ("balance_snapshot", "sequence", "sequence + 1000", "1 = 1"),
    ("interest_accrual", "whole_minor", "whole_minor + 1", "posting_id IS NOT NULL"),
    ("interest_accrual", "rest", "rest + 1", "posting_id IS NULL"),
    ("interest_accrual", "side", "CASE side WHEN 'C' THEN 'D' ELSE 'C' END", "posting_id IS NULL"),
    ("interest_accrual", "balance_minor", "balance_minor + 100", "posting_id IS NOT NULL"),
    ("interest_accrual", "year_days", "365", "posting_id IS NULL"),
    ("interest_posting", "accrued_minor", "accrued_minor + 1", "side = 'C'"),
    ("interest_posting", "gross_minor", "gross_minor + 1", "side = 'C'"),
    ("interest_posting", "tax_minor", "tax_minor + 1", "side = 'C'"),
    ("interest_posting", "period_end", "'2026-11-29'", "side = 'C'"),
    ("interest_posting", "period_end", "'2026-11-30'", "side = 'C'"),
    ("interest_posting", "value_date", "'2026-12-20'", "side = 'C'"),
    ("interest_posting", "value_date", "NULL", "side = 'C'"),
    ("interest_posting", "side", "CASE side WHEN 'C' THEN 'D' ELSE 'C' END", "side = 'C'"),
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda one: f"{one[0]}-{one[1]}")
def test_a_changed_figure_is_found_and_its_row_named(
    scene, hand: Tampered, change: tuple[str, str, str, str]
):
    house, _, asset_id = scene
    table, column, value, which = change
    chosen = f"SELECT min(id) FROM {table} WHERE asset_id = ? AND {which}"
    row_id = hand.one(chosen, asset_id)
    hand.run(f"UPDATE {table} SET {column} = {value} WHERE id = ?", row_id)
    found = hand.found(house.organisation_id)
    assert any((one.rule, one.table, one.id) == (17, table, row_id) for one in found)


def test_an_accrual_that_is_gone_or_twice_is_found(scene, hand: Tampered):
    house, _, asset_id = scene
    query = "SELECT min(id) FROM interest_accrual WHERE asset_id = ? AND posting_id IS NOT NULL"
    row_id = hand.one(query, asset_id)
    posting_id = hand.one("SELECT posting_id FROM interest_accrual WHERE id = ?", row_id)
    hand.run("SAVEPOINT before")
    hand.run("DELETE FROM interest_accrual WHERE id = ?", row_id)
    found = hand.found(house.organisation_id)
    assert any((one.table, one.id) == ("interest_posting", posting_id) for one in found)
    hand.run("ROLLBACK TO before")
    hand.run("UPDATE balance_snapshot SET value_minor = value_minor + 1 WHERE asset_id = ?",
             asset_id)  # fmt: skip
    found = hand.found(house.organisation_id)
    assert any((one.table, one.id) == ("interest_accrual", row_id) for one in found)
