# ruff: noqa: S608  Tampering is done by statements written by hand.
"""`verify` finds nothing in sound books, and names any row that was tampered with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask

from app.access.agents import Agent
from app.access.roles import ADMINISTRATOR
from app.agents.commands import CreateAgent, WorkingConfig
from app.controls.approvals import ApproveRecord, DenyRecord, RejectRecord
from app.controls.commands import perform
from app.controls.tenant import Organisation
from app.kernel.errors import Conflict
from app.ledger.rollup import roll_up
from app.models import metadata
from app.reports.sealed import Marks
from app.reports.snapshot import Breach
from app.transactions.commands import Deposit, Transfer, Withdraw
from tests import factories
from tests.factories import House
from tests.ledger import books
from tests.program import Program, a_key, a_service
from tests.reports.tampering import Tampered, tampering


@dataclass(frozen=True, slots=True)
class Town:
    """An organisation where something of everything happened, all of it sealed."""

    house: House
    url: str
    asset_id: int
    rows: dict[str, tuple[int, ...]]


@pytest.fixture(scope="module")
def town(app: Flask, database_url: str) -> Town:
    house = factories.a_house()
    asset_id = factories.a_funded_asset(house, 500_00)
    other = factories.a_funded_asset(house, 10_00)
    dollars = factories.a_funded_asset(house, 77_77, "USD")
    perform(Withdraw(dollars, 11_11), house.administrator)
    books.seal(house.organisation_id)
    perform(Withdraw(asset_id, 20_00), house.administrator)
    perform(Transfer(asset_id, other, 30_00), house.administrator, key="once")
    with pytest.raises(Conflict):
        perform(Withdraw(other, 999_00), house.administrator)
    roll_up()
    factories.an_approval_rule(house, levels=2, minimum_minor=40_00)
    teller, *_ = factories.a_user(house)
    second, *_ = factories.a_user(house, "Approver L2")
    first, *_ = factories.a_user(house, "Approver L1")
    waiting = perform(Withdraw(asset_id, 41_00), teller)
    approved = perform(Withdraw(asset_id, 42_00), teller)
    rejected = perform(Withdraw(asset_id, 43_00), teller)
    denied = perform(Deposit(asset_id, 44_00), teller)
    perform(Deposit(asset_id, 45_00), house.administrator)
    for actor in (second, first):
        version = books.transaction(approved).version
        perform(ApproveRecord("transaction", approved, version), actor)
    perform(RejectRecord("transaction", rejected, 1, "not this one"), second)
    perform(DenyRecord("transaction", denied, 1, "not that one"), second)
    books.seal(house.organisation_id)
    perform(Deposit(asset_id, 1_00), house.administrator)
    books.seal(house.organisation_id)
    with tampering(database_url) as hand:
        rows = _rows(hand, house, asset_id, (approved, waiting))
    return Town(house, database_url, asset_id, rows)


def _rows(
    hand: Tampered, house: House, asset_id: int, transactions: tuple[int, int]
) -> dict[str, tuple[int, ...]]:
    """Choose the rows to tamper with: one or two of each table, none the newest."""
    approved, waiting = transactions
    mine = f"organisation_id = {house.organisation_id}"
    return {
        "entry": (
            hand.one("SELECT id FROM entry WHERE asset_id = ? AND sequence = 2", asset_id),
            hand.one(f"SELECT min(id) FROM entry WHERE sequence IS NULL AND {mine}"),
        ),
        "transaction": (approved, waiting),
        "asset": (asset_id,),
        "activity": (
            hand.one(
                "SELECT min(id) FROM activity WHERE entity = 'transaction' AND entity_id = ?",
                approved,
            ),
        ),
        "hold": (
            hand.one("SELECT id FROM hold WHERE transaction_id = ?", approved),
            hand.one("SELECT id FROM hold WHERE transaction_id = ?", waiting),
        ),
        "review_step": (
            hand.one(
                "SELECT max(id) FROM review_step WHERE kind = 'transaction' AND record_id = ?",
                approved,
            ),
        ),
        "seal": (hand.one(f"SELECT id FROM seal WHERE number = 2 AND {mine}"),),
    }


@pytest.fixture
def hand(town: Town) -> Iterator[Tampered]:
    with tampering(town.url) as found:
        yield found


TABLES = ("entry", "transaction", "asset", "activity", "hold", "review_step", "seal")
# A seal is known by its organisation and number; its id says nothing.
COLUMNS = [
    (table, column.name)
    for table in TABLES
    for column in metadata.tables[table].columns
    if (table, column.name) != ("seal", "id")
]


def named(found: list[Breach], table: str, *row_ids: int) -> bool:
    return any(breach.table == table and breach.id in row_ids for breach in found)


def test_sound_books_have_no_breach(town: Town, hand: Tampered):
    assert hand.found(town.house.organisation_id) == []


@pytest.mark.checks("W02.19")
@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_a_changed_column_is_found_and_its_row_named(
    town: Town, hand: Tampered, table: str, column: str
):
    scope = None if column == "organisation_id" else town.house.organisation_id
    # A date of posting on what waits is refused by the table itself.
    rows = town.rows[table][:1] if column == "posted_at" else town.rows[table]
    for row_id in rows:
        hand.run("SAVEPOINT before")
        hand.change(table, column, row_id)
        names = (row_id, row_id + 1000) if column == "id" else (row_id,)
        assert hand.names(scope, table, *names), (table, column, row_id)
        hand.run("ROLLBACK TO before")


@pytest.mark.checks("W02.19")
@pytest.mark.parametrize("table", TABLES)
def test_a_deleted_row_is_found(town: Town, hand: Tampered, table: str):
    for row_id in town.rows[table]:
        hand.run("SAVEPOINT before")
        hand.run(f'DELETE FROM "{table}" WHERE id = ?', row_id)
        scope = town.house.organisation_id
        if table == "seal":
            found = hand.found(scope)
            assert any("Seal 2 is missing" in breach.sentence for breach in found)
        else:
            assert hand.names(scope, table, row_id), (table, row_id)
        hand.run("ROLLBACK TO before")


UNIQUE = {
    "entry": {"line": "line + 50", "sequence": "sequence + 50"},
    "transaction": {"public_id": "public_id || 'x'", "external_id": "NULL"},
    "asset": {"public_id": "public_id || 'x'", "currency": "'EUR'"},
    "seal": {"number": "number + 50"},
}


@pytest.mark.checks("W02.19")
@pytest.mark.parametrize("table", TABLES)
def test_an_inserted_row_is_found_and_named(town: Town, hand: Tampered, table: str):
    for row_id in town.rows[table]:
        hand.run("SAVEPOINT before")
        new_id = hand.copy(table, row_id, **UNIQUE.get(table, {}))
        assert hand.names(town.house.organisation_id, table, new_id), (table, row_id)
        hand.run("ROLLBACK TO before")


@pytest.mark.parametrize("table", ["entry", "activity", "review_step", "transaction"])
def test_two_rows_that_changed_places_are_found(town: Town, hand: Tampered, table: str):
    one = town.rows[table][0]
    other = hand.one(
        f'SELECT max(id) FROM "{table}" WHERE id <> ? AND organisation_id = ?',
        one,
        town.house.organisation_id,
    )
    for old, new in ((one, -1), (other, one), (-1, other)):
        hand.run(f'UPDATE "{table}" SET id = ? WHERE id = ?', new, old)
    found = hand.found(town.house.organisation_id)
    assert named(found, table, one)
    assert named(found, table, other)


def test_two_entries_of_an_asset_that_changed_places_are_found(town: Town, hand: Tampered):
    ids = [
        hand.one("SELECT id FROM entry WHERE asset_id = ? AND sequence = ?", town.asset_id, number)
        for number in (2, 3)
    ]
    for row_id, number in ((ids[0], 99), (ids[1], 2), (ids[0], 3)):
        hand.run("UPDATE entry SET sequence = ? WHERE id = ?", number, row_id)
    found = hand.found(town.house.organisation_id)
    assert all(named(found, "entry", row_id) for row_id in ids)


def test_a_transaction_added_whole_is_found(town: Town, hand: Tampered):
    transaction_id = town.rows["transaction"][0]
    new_id = hand.copy("transaction", transaction_id, public_id="'made up'")
    for entry_id in [
        row[0] for row in hand.run("SELECT id FROM entry WHERE transaction_id = ?", transaction_id)
    ]:
        hand.copy("entry", entry_id, transaction_id=str(new_id), sequence="sequence + 90")
    assert hand.names(town.house.organisation_id, "transaction", new_id)


def test_a_chain_that_was_cut_short_leaves_rows_uncovered(town: Town, hand: Tampered):
    hand.run(
        "DELETE FROM seal WHERE organisation_id = ? AND number > 2", town.house.organisation_id
    )
    found = hand.found(town.house.organisation_id)
    assert any("No seal" in breach.sentence for breach in found)


def test_a_reference_that_leads_nowhere_is_found(town: Town, hand: Tampered):
    account_id = hand.one("SELECT account_id FROM asset WHERE id = ?", town.asset_id)
    hand.run("UPDATE account SET client_id = 999999999 WHERE id = ?", account_id)
    found = hand.found(None)
    assert any((breach.rule, breach.id) == (15, account_id) for breach in found)


def test_personal_text_in_the_log_is_found(town: Town, hand: Tampered):
    row_id = hand.one(
        "SELECT min(id) FROM activity WHERE entity = 'client' AND organisation_id = ?",
        town.house.organisation_id,
    )
    plain = '[{"field": "email", "kind": "added", "old": null, "new": "amina@example.com"}]'
    hand.run("UPDATE activity SET changes = ? WHERE id = ?", plain, row_id)
    found = hand.found(town.house.organisation_id)
    assert any((b.rule, b.table, b.id) == (18, "activity", row_id) for b in found)


def test_a_transaction_without_its_log_row_is_found(town: Town, hand: Tampered):
    transaction_id = hand.one(
        'SELECT min(id) FROM "transaction" WHERE organisation_id = ?',
        town.house.organisation_id,
    )
    hand.run("DELETE FROM activity WHERE entity = 'transaction' AND entity_id = ?", transaction_id)
    found = hand.found(town.house.organisation_id)
    assert any((b.rule, b.id) == (18, transaction_id) for b in found)


def test_a_step_by_the_maker_is_found(town: Town, hand: Tampered):
    transaction_id = town.rows["transaction"][0]
    hand.run(
        'UPDATE review_step SET user_id = (SELECT maker_id FROM "transaction" WHERE id = ?) '
        "WHERE kind = 'transaction' AND record_id = ? AND act = 'approved'",
        transaction_id,
        transaction_id,
    )
    found = hand.found(town.house.organisation_id)
    assert any((b.rule, b.table, b.id) == (12, "transaction", transaction_id) for b in found)


@pytest.fixture
def agent_id(town: Town) -> int:
    """Return an agent that was made by one, is another, and was approved by a third."""
    house = town.house
    factories.an_approval_rule(house, kind="agent")
    manager, *_ = factories.a_user(house, "Branch Manager")
    approver, *_ = factories.a_user(house, "Approver L1")
    person, *_ = factories.a_user(house, "Approver L1")
    command = CreateAgent(person.user_id, house.branch_id, WorkingConfig(), submit=True)
    agent_id = perform(command, manager)
    perform(ApproveRecord("agent", agent_id, books.row(Agent, agent_id).version), approver)
    return agent_id


def test_a_step_by_the_person_whom_a_record_is_about_is_found(
    town: Town, agent_id: int, hand: Tampered
):
    def found() -> set[str]:
        return {
            one.sentence
            for one in hand.found(town.house.organisation_id)
            if (one.rule, one.table, one.id) == (12, "agent", agent_id)
        }

    assert found() == set()
    hand.run(
        "UPDATE review_step SET user_id = (SELECT user_id FROM agent WHERE id = ?) "
        "WHERE kind = 'agent' AND record_id = ? AND act = 'approved'",
        agent_id,
        agent_id,
    )
    assert found() == {
        "A level was approved by a maker, by whom it is about, or twice by one person"
    }


@pytest.mark.parametrize("behind", ["made the account", "made a key", "made a key afterwards"])
def test_a_step_by_who_is_behind_the_program_that_handed_it_in_is_found(
    app: Flask, database_url: str, behind: str
):
    house = factories.a_house(currencies=("KES",))
    asset_id = factories.a_funded_asset(house, 500_00)
    factories.an_approval_rule(house)
    keeper, later, third = (factories.a_user(house, ADMINISTRATOR)[0] for _ in range(3))
    factories.change(house, Organisation, house.organisation_id, may_self_authorise=False)
    service = a_service(house)
    program = Program(app, a_key(keeper, "assets.withdraw", user_id=service))
    body = {"asset_id": asset_id, "amount_minor": 200_00, "currency": "KES"}
    made = program.post("/transactions/withdrawals", **body).json["id"]
    perform(ApproveRecord("transaction", made, books.transaction(made).version), third)
    a_key(later, "assets.view", user_id=service)
    people = {
        "made the account": house.administrator,
        "made a key": keeper,
        "made a key afterwards": later,
    }

    def found(hand: Tampered) -> set[str]:
        return {
            one.sentence
            for one in hand.found(house.organisation_id)
            if (one.rule, one.table, one.id) == (12, "transaction", made)
        }

    with tampering(database_url) as hand:
        assert found(hand) == set()
        hand.run(
            "UPDATE review_step SET user_id = ?"
            " WHERE kind = 'transaction' AND record_id = ? AND act = 'approved'",
            people[behind].user_id,
            made,
        )
        told = {"A level was approved by a maker, by whom it is about, or twice by one person"}
        assert found(hand) == (set() if behind.endswith("afterwards") else told)


def test_marks_remember_what_was_marked():
    marks = Marks()
    assert not marks
    for number in (0, 7, 8, 32_767, 32_768, 10**15):
        marks.add(number)
    assert all(number in marks for number in (0, 7, 8, 32_767, 32_768, 10**15))
    assert not any(number in marks for number in (1, 9, 32_766, 10**15 + 1))


def test_what_is_not_sealed_yet_is_no_breach(app: Flask, database_url: str):
    house = factories.a_house()
    asset_id = factories.a_funded_asset(house, 5_00)
    factories.an_approval_rule(house)
    teller, *_ = factories.a_user(house)
    books.seal(house.organisation_id)
    perform(Withdraw(asset_id, 1_00), teller)
    perform(Deposit(asset_id, 1_00), house.administrator)
    with tampering(database_url) as hand:
        assert hand.found(house.organisation_id) == []
