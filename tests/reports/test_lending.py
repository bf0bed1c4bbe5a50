# ruff: noqa: S608  Tampering is done by statements written by hand.
"""`verify` names facilities, collateral and bands that were tampered with (safety 16)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from flask import Flask

from app.amendments.commands import CreateAmendment, NewTerms
from app.collateral.commands import AddCollateral, AddValuation, Described, Worth
from app.controls.commands import perform
from app.facilities.statuses import SetFacilityAvailability
from app.records.commands import CreateCode
from app.transactions.commands import Deposit, Withdraw
from tests import factories
from tests.facilities.scenes import AHEAD, a_borrower, a_class, a_facility, a_link
from tests.fees.books import a_commission, flat
from tests.ledger.books import seal
from tests.reports.tampering import Tampered, tampering

# A table, what is changed in it, and the table whose row is named where that is another.
CHANGES = [
    ("facility", "approved_minor = 799", ""),
    ("facility", "advised_minor = 100000000", ""),
    ("facility", "advised_minor = 79999", ""),
    ("facility", "status = NULL", ""),
    ("facility", "status = 'SUSPENDED'", "facility_account"),
    ("facility", "revolving = 'YES'", "facility_account"),
    ("facility", "currency = 'USD'", "facility_account"),
    ("facility", "approved_minor = 100001", "facility_amendment"),
    ("facility", "expires_on = '2030-01-01'", "facility_amendment"),
    ("facility", "review_days = 31", "facility_amendment"),
    ("facility", "reviewed_approved_minor = 100001", ""),
    ("facility", "reviewed_expires_on = NULL", ""),
    ("facility_amendment", "approved_minor = approved_minor + 1", ""),
    ("facility_amendment", "approved_before_minor = approved_before_minor + 1", ""),
    ("facility_amendment", "reason = 'Another'", ""),
    ("facility_account", "allocation_minor = 100000000", "facility"),
    ("facility_account", "allocation_minor = 79999", ""),
    ("facility_account", "permitted_minor = permitted_minor + 1", ""),
    ("facility_account", "outstanding_minor = outstanding_minor - 1", ""),
    ("facility_account", "drawn_minor = 0", ""),
    ("facility_account", "drawn_minor = drawn_minor + 1", ""),
    ("facility_account", "released_at = linked_on", ""),
    ("facility_account", "account_id = account_id + 1", ""),
    ("asset", "overdraft_minor = 0", ""),
    ("collateral", "market_minor = market_minor + 1", ""),
    ("collateral", "forced_minor = forced_minor + 1", ""),
    ("collateral", "valued_on = '2026-11-03'", ""),
    ("collateral", "value_currency = 'USD'", ""),
    ("collateral", "retired_at = created_at", ""),
    ("collateral_valuation", "market_minor = market_minor + 1", "collateral"),
    ("collateral_valuation", "forced_minor = market_minor + 1", ""),
    ("collateral_valuation", "valued_on = '2026-10-01'", "collateral"),
    ("collateral_valuation", "retired_at = created_at", "collateral"),
]


@dataclass(frozen=True, slots=True)
class Town:
    """An organisation that lends: drawn on, repaid, blocked; with collateral valued twice."""

    organisation_id: int
    url: str
    ids: dict[str, int]


@pytest.fixture(scope="module")
def town(app: Flask, database_url: str) -> Town:
    house = factories.a_house(currencies=("KES",))
    client_id, account_id, asset_id = a_borrower(house)
    facility_id = a_facility(house, client_id, a_class(house, is_revolving=False, percent=50))
    for approved_minor in (1_200_00, 1_000_00):
        amended = NewTerms(approved_minor, 800_00, AHEAD + timedelta(days=1), 30, "As agreed")
        amendment_id = perform(
            CreateAmendment(facility_id, amended, submit=True), house.administrator
        )
    link_id = a_link(house, facility_id, account_id, 800_00)
    perform(Withdraw(asset_id, 300_00), house.administrator)
    perform(Deposit(asset_id, 100_00), house.administrator)
    other_client, other_account, other_asset = a_borrower(house)
    blocked = a_facility(house, other_client, a_class(house, "OTHER"))
    a_link(house, blocked, other_account, 100_00)
    perform(Withdraw(other_asset, 40_00), house.administrator)
    perform(SetFacilityAvailability(blocked, is_available=False), house.administrator)
    type_id = perform(CreateCode("collateral-type", "LAND", "Land", {}), house.administrator)
    collateral_id = perform(
        AddCollateral(
            facility_id,
            Described(type_id, "LR 1", "KES", "A plot"),
            Worth(date(2026, 11, 1), "KES", 900_00, 600_00),
        ),
        house.administrator,
    )
    valuation_id = perform(
        AddValuation(collateral_id, Worth(date(2026, 11, 2), "KES", 950_00, 600_00), "Tana Ltd"),
        house.administrator,
    )
    commission_id = a_commission(house, flat(0, 100_00, 1_00), flat(100_00, None, 2_00), name="Two")
    seal(house.organisation_id)
    ids = {"facility": facility_id, "facility_amendment": amendment_id,
           "facility_account": link_id, "collateral": collateral_id,
           "collateral_valuation": valuation_id, "commission_type": commission_id,
           "asset": asset_id}  # fmt: skip
    return Town(house.organisation_id, database_url, ids)


@pytest.fixture
def hand(town: Town) -> Iterator[Tampered]:
    with tampering(town.url) as found:
        yield found


def unchecked(hand: Tampered, table: str) -> None:
    """Let a table take what its own checks refuse, as SQLite's hand does already."""
    if hand.is_postgresql:
        query = (
            "SELECT conname::text FROM pg_constraint "
            "WHERE contype = 'c' AND conrelid = to_regclass(?)"
        )
        for (name,) in hand.run(query, table).fetchall():
            hand.run(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')


def test_sound_lending_has_no_breach(town: Town, hand: Tampered):
    assert hand.found(town.organisation_id) == []


@pytest.mark.parametrize("tampered", CHANGES, ids=" ".join)
def test_a_changed_row_is_named(town: Town, hand: Tampered, tampered: tuple[str, str, str]):
    table, change, wanted = tampered
    unchecked(hand, table)
    hand.run(f"UPDATE {table} SET {change} WHERE id = ?", town.ids[table])
    found = [one for one in hand.found(town.organisation_id) if one.table == (wanted or table)]
    assert town.ids[wanted or table] in {one.id for one in found}, found


@pytest.mark.parametrize("bands", ["gap", "charge"])
def test_bands_with_a_gap_or_another_charge_are_named(town: Town, hand: Tampered, bands: str):
    first = '"min_minor": 0, "max_minor": 10000, "currency": "KES"'
    second = f'"min_minor": {10001 if bands == "gap" else 10000}, "max_minor": null'
    percent = '"1.5"' if bands == "charge" else "null"
    rest = '"min_charge_minor": null, "max_charge_minor": null'
    written = (
        f'[{{{first}, "charge_minor": 100, "percent": null, {rest}}}, '
        f'{{{second}, "currency": "KES", "charge_minor": 200, "percent": {percent}, {rest}}}]'
    )
    hand.run("UPDATE commission_type SET bands = ? WHERE id = ?", written,
             town.ids["commission_type"])  # fmt: skip
    found = hand.found(town.organisation_id)
    named = {one.id for one in found if one.rule == 16 and one.table == "commission_type"}
    assert named == {town.ids["commission_type"]}
