"""`verify` finds what is planned, or came of a plan, otherwise than it must be (safety 9, 10)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from flask import Flask

from app.controls.commands import perform
from app.reports.planned import planned
from app.reports.snapshot import Snapshot
from app.schedules.orders import PauseStandingOrder, ResumeStandingOrder
from tests import factories
from tests.factories import a_funded_asset
from tests.journals.scenes import codes, number_of
from tests.reports.tampering import Tampered, tampering
from tests.schedules.scenes import children, order, plan, until

DAY = date(2026, 12, 10)
# What the database itself would refuse; whoever tampers can drop it.
CHECKS = (
    ("forward_dated", "ck_forward_dated_executed"),
    ("forward_dated", "ck_forward_dated_authorised"),
    ("standing_order", "ck_standing_order_authorised"),
)


@dataclass(frozen=True, slots=True)
class Plans:
    """Records to tamper with, by what they are."""

    organisation_id: int
    ids: dict[str, int]


@pytest.fixture(scope="module")
def plans(app: Flask) -> Plans:
    house = factories.a_house(currencies=("KES",))
    codes(house)
    payer, payee = a_funded_asset(house, 9_000_00), a_funded_asset(house)
    pair = number_of(payer), number_of(payee)
    executed = plan(house, *pair, 1_00, on=DAY)
    running = order(house, *pair, 2_00, day=10, start=DAY)
    paused = order(house, *pair, 3_00, day=12, start=DAY)
    perform(PauseStandingOrder(paused), house.administrator)
    until(house, DAY)
    perform(ResumeStandingOrder(paused), house.administrator)
    scheduled = plan(house, *pair, 1_00, on=date(2026, 12, 20))
    first, second = children(running)
    ids = {"executed": executed, "scheduled": scheduled, "order": running, "paused": paused}
    ids |= {"paid": first.id, "child": second.id, "resumed": children(paused)[1].id}
    return Plans(house.organisation_id, ids)


@pytest.fixture
def hand(plans: Plans, database_url: str) -> Iterator[Tampered]:
    with tampering(database_url) as found:
        for table, check in CHECKS if found.is_postgresql else ():
            found.run(f"ALTER TABLE {table} DROP CONSTRAINT {check}")
        yield found


def found(hand: Tampered, plans: Plans) -> set[tuple[int, str, int | None]]:
    view = Snapshot(hand.connection, is_postgresql=hand.is_postgresql)
    return {(one.rule, one.table, one.id) for one in planned(view, plans.organisation_id)}


def test_sound_plans_have_no_breach(plans: Plans, hand: Tampered):
    assert found(hand, plans) == set()


@pytest.mark.parametrize(
    ("sql", "whose", "rule", "table"),
    [
        ("UPDATE forward_dated SET status = 'FAILED' WHERE id = ?", "executed", 9, ""),
        ("UPDATE forward_dated SET transaction_id = 1 WHERE id = ?", "paid", 9, ""),
        ("UPDATE forward_dated SET status = 'EXECUTED' WHERE id = ?", "scheduled", 9, ""),
        ("UPDATE forward_dated SET status = 'CANCELLED' WHERE id = ?", "scheduled", 9, ""),
        ("UPDATE forward_reservation SET amount_minor = 7 WHERE forward_dated_id = ?",
         "scheduled", 9, ""),
        ("UPDATE forward_dated SET record_status = 'CAPTURED' WHERE id = ?", "scheduled", 8, ""),
        ("UPDATE forward_dated SET submitted_at = NULL WHERE id = ?", "scheduled", 12, ""),
        ("UPDATE forward_dated SET scheduled_on = '2027-01-11' WHERE id = ?", "child", 10, ""),
        ("UPDATE forward_dated SET execution_on = '2027-01-12' WHERE id = ?", "child", 10, ""),
        ("UPDATE forward_dated SET occurrence = '2027-02' WHERE id = ?", "child", 10, ""),
        ("UPDATE forward_dated SET total_minor = 9 WHERE id = ?", "child", 10, ""),
        ("UPDATE standing_order SET end_on = '2026-12-31' WHERE id = ?", "order", 10, "child"),
        ("UPDATE standing_order SET generated_count = 9 WHERE id = ?", "order", 10, "order"),
        ("UPDATE standing_order SET status = 'CANCELLED' WHERE id = ?", "order", 10, "child"),
        ("UPDATE standing_order SET status = 'DRAFT' WHERE id = ?", "order", 8, "order"),
    ],
)  # fmt: skip
def test_a_changed_row_is_found_and_named(
    plans: Plans, hand: Tampered, *, sql: str, whose: str, rule: int, table: str
):
    hand.run(sql, plans.ids[whose])
    named = table or whose
    kind = "standing_order" if named == "order" else "forward_dated"
    assert (rule, kind, plans.ids[named]) in found(hand, plans)


def test_a_second_payment_of_a_month_and_one_made_during_a_pause_are_found(
    plans: Plans, hand: Tampered
):
    hand.run("DROP INDEX uq_forward_dated_occurrence")
    copy = hand.copy("forward_dated", plans.ids["child"], reference="'FWD-COPY'")
    assert (10, "forward_dated", copy) in found(hand, plans)
    hand.run("DELETE FROM forward_dated WHERE id = ?", copy)
    paused = hand.one(
        "SELECT min(occurred_at) FROM activity WHERE entity = 'standing_order' "
        "AND entity_id = ? AND action = 'Pause standing order'",
        plans.ids["paused"],
    )
    later = _a_little_after(hand, paused)
    hand.run("UPDATE forward_dated SET created_at = ? WHERE id = ?", later, plans.ids["resumed"])
    assert (10, "forward_dated", plans.ids["resumed"]) in found(hand, plans)


def _a_little_after(hand: Tampered, moment: object) -> object:
    if hand.is_postgresql:
        return hand.one("SELECT ?::timestamptz + interval '1 millisecond'", moment)
    return hand.one("SELECT strftime('%Y-%m-%d %H:%M:%f000', ?, '+0.001 seconds')", moment)
