"""An import puts another bank's books into the ledger once, however often it is run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.clients.models import Client, IdentityDocument
from app.controls.audit import Activity
from app.controls.tenant import Organisation
from app.db.session import database
from app.imports import run
from app.imports.run import Outcome, run_import
from app.ledger.accounts import Account
from app.ledger.models import Asset, Entry, Movement, Transaction
from app.ledger.seals import Seal
from app.organisation.models import Branch
from app.reference.models import IdentityType
from app.reports.snapshot import snapshot
from app.reports.verify import breaches
from tests.factories import unique
from tests.imports.books import (
    ACCOUNTS,
    BALANCES,
    CLIENTS,
    OVERDRAFT_MINOR,
    changed,
    transactions,
    write_books,
)

ROOT = Path(__file__).resolve().parent.parent.parent


class Silent:
    """Progress that nobody watches."""

    def phase(self, name: str, total: int) -> None:
        """Say nothing."""

    def advance(self, rows: int) -> None:
        """Say nothing."""


@pytest.fixture(autouse=True)
def small_batches(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "TRANSACTIONS_IN_BATCH", 10)
    monkeypatch.setattr(run, "RECORDS_IN_BATCH", 2)


def imported(folder: Path, bank: str) -> Outcome:
    return run_import(folder, bank, country="CZ", currency="CZK", progress=Silent())


def organisation_of(bank: str) -> int:
    with database.reading() as session:
        return session.scalars(select(Organisation.id).where(Organisation.name == bank)).one()


def balances(bank: str) -> dict[str, int]:
    query = (
        select(Account.external_id, Asset.balance_minor)
        .join(Asset, Asset.account_id == Account.id)
        .where(Account.organisation_id == organisation_of(bank), Account.external_id.is_not(None))
    )
    with database.reading() as session:
        return {row[0]: row[1] for row in session.execute(query)}


def count(model: type, bank: str) -> int:
    query = select(func.count()).where(model.organisation_id == organisation_of(bank))
    with database.reading() as session:
        return session.scalar(query)


def counts(bank: str) -> dict[str, int]:
    models = (Client, IdentityDocument, Account, Asset, Transaction, Entry, Activity, Seal, Branch)
    return {model.__tablename__: count(model, bank) for model in models}


def test_the_books_are_in_the_ledger_at_their_own_dates_and_balances(tmp_path: Path):
    bank = unique("Bank")
    outcome = imported(write_books(tmp_path), bank)
    assert (outcome.clients, outcome.accounts, outcome.transactions) == (3, 3, 30)
    assert outcome.is_clean
    assert outcome.largest_difference_minor == 0
    assert balances(bank) == BALANCES
    with database.reading() as session:
        organisation = session.get_one(Organisation, organisation_of(bank))
        assert organisation.base_currency == "CZK"
        assert organisation.business_date == date(1993, 1, 14)
        first = session.scalars(
            select(Transaction).where(
                Transaction.organisation_id == organisation.id, Transaction.external_id == "R1"
            )
        ).one()
        assert first.posting_date == first.value_date == date(1993, 1, 4)
        assert first.kind == "deposit"
        assert first.processing == "Completed"
        assert first.operator_name == "Import"


def test_the_house_side_is_cash_for_cash_and_clearing_for_the_rest(tmp_path: Path):
    bank = unique("Bank")
    imported(write_books(tmp_path), bank)
    expected = {"cash": 0, "clearing": 0}
    for number, row in enumerate(transactions()):
        signed = 1 if row["direction"] == "credit" else -1
        expected["cash" if number % 2 == 0 else "clearing"] -= signed * int(
            row["amount"].replace(".", "")
        )
    query = (
        select(Account.purpose, func.sum(Asset.balance_minor))
        .join(Asset, Asset.account_id == Account.id)
        .where(Account.organisation_id == organisation_of(bank), Account.purpose.is_not(None))
        .group_by(Account.purpose)
    )
    with database.reading() as session:
        assert {row[0]: int(row[1]) for row in session.execute(query)} == expected
    assert count(Movement, bank) == 0


def test_accounts_are_at_the_branches_of_their_towns(tmp_path: Path):
    bank = unique("Bank")
    imported(write_books(tmp_path), bank)
    query = (
        select(Account.external_id, Branch.name)
        .join(Branch, Branch.id == Account.branch_id)
        .where(Account.organisation_id == organisation_of(bank), Account.external_id.is_not(None))
    )
    with database.reading() as session:
        found = {row[0]: row[1] for row in session.execute(query)}
    assert found == {"11": "Praha", "12": "Brno", "13": "Praha"}


def test_an_overdraft_is_stated_where_the_bank_let_one_happen_and_logged(tmp_path: Path):
    bank = unique("Bank")
    outcome = imported(write_books(tmp_path), bank)
    assert outcome.overdrafts == ["13: 250.00 CZK"]
    query = select(Activity).where(
        Activity.organisation_id == organisation_of(bank),
        Activity.action == "Import transactions",
        Activity.entity == "asset",
    )
    with database.reading() as session:
        changes = [change for row in session.scalars(query) for change in row.changes]
    (change,) = [one for one in changes if one["field"] == "overdraft_minor"]
    assert (change["field"], change["old"], change["new"]) == (
        "overdraft_minor", "0", str(OVERDRAFT_MINOR)
    )  # fmt: skip


def test_a_client_without_documents_is_proved_by_the_other_banks_record(tmp_path: Path):
    bank = unique("Bank")
    imported(write_books(tmp_path), bank)
    query = (
        select(Client.name, Client.gender, Client.record_status, IdentityType.name)
        .join(IdentityDocument, IdentityDocument.client_id == Client.id)
        .join(IdentityType, IdentityType.id == IdentityDocument.identity_type_id)
        .where(Client.organisation_id == organisation_of(bank), IdentityDocument.reference == "1")
    )
    with database.reading() as session:
        found = tuple(session.execute(query).one())
    assert found == ("Jana Dvořáková", "F", "AUTHORIZED", "Imported record")


def test_a_second_run_changes_nothing(tmp_path: Path):
    bank = unique("Bank")
    imported(write_books(tmp_path), bank)
    before = counts(bank)
    again = imported(tmp_path, bank)
    assert (again.clients, again.accounts, again.transactions) == (0, 0, 0)
    assert again.is_clean
    assert counts(bank) == before


_KILLED = """
import os, signal, sys
from pathlib import Path
import app.imports.commands as commands, app.imports.run as run
from app import create_app
from tests.imports.test_run import Silent

folder, bank, moment = sys.argv[1:]
create_app(testing=True)
run.TRANSACTIONS_IN_BATCH, run.RECORDS_IN_BATCH = 10, 2
done = []

def killing(work, after=0):
    def wrapped(*arguments, **named):
        answer = work(*arguments, **named)
        done.append(answer)
        if len(done) == after:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer
    return wrapped

if moment == "before the commit":
    commands.post = killing(commands.post, after=2)
elif moment == "after the commit":
    run.perform = killing(run.perform, after=6)
else:
    run.provision = killing(run.provision, after=1)
run.run_import(Path(folder), bank, country="CZ", currency="CZK", progress=Silent())
"""


@pytest.mark.parametrize(
    ("moment", "transactions_left"),
    [("before the commit", 20), ("after the commit", 10), ("after provisioning", 30)],
)
def test_a_killed_run_is_finished_by_the_next_one(
    tmp_path: Path, database_url: str, moment: str, transactions_left: int
):
    bank = unique("Bank")
    folder = write_books(tmp_path / "books")
    environment = {
        **os.environ, "DATABASE_URL": database_url, "COUNTINGHOUSE_VAR": str(tmp_path),
    }  # fmt: skip
    killed = subprocess.run(
        [sys.executable, "-c", _KILLED, str(folder), bank, moment],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    outcome = imported(folder, bank)
    assert outcome.transactions == transactions_left
    assert outcome.is_clean
    assert balances(bank) == BALANCES
    with snapshot(database_url) as view:
        assert list(breaches(view, organisation_of(bank))) == []
    assert (count(Client, bank), count(Transaction, bank), count(Entry, bank)) == (3, 30, 60)


WRONG = [
    (12, {"account_external_id": "99"}, "the account 99 is unknown"),
    (12, {"value_date": "1993-02-30"}, "the value date “1993-02-30” is not a date"),
    (12, {"value_date": "2993-02-01"}, "the value date 2993-02-01 is in the future"),
    (12, {"value_date": "04.01.1993"}, "the value date “04.01.1993” is not a date"),
    (12, {"amount": "12.345"}, "the amount can have at most 2 decimals"),
    (12, {"amount": "1e3"}, "the amount must be a number such as 1,234.50 (“1e3”)"),
    (12, {"amount": "-5.00"}, "the amount must not be negative (“-5.00”)"),
    (12, {"amount": "0.00"}, "the amount must be greater than 0"),
    (12, {"currency": "XXX"}, "the currency “XXX” is unknown"),
    (12, {"currency": "EUR"}, "the account 13 is not kept in EUR"),
    (12, {"reference": "R1"}, "R1 was given in line 2 already"),
    (12, {"reference": ""}, "the reference is missing"),
    (12, {"direction": "sideways"}, "the direction “sideways” is neither credit nor debit"),
]


@pytest.mark.parametrize(("number", "cells", "reason"), WRONG)
def test_a_wrong_row_is_told_by_file_line_and_reason_and_its_batch_changes_nothing(
    tmp_path: Path, number: int, cells: dict[str, str], reason: str
):
    bank = unique("Bank")
    outcome = imported(write_books(tmp_path, changed(number, **cells)), bank)
    (wrong,) = outcome.wrong
    assert (wrong.file, wrong.line) == ("transactions.csv", number + 1)
    assert reason in wrong.sentence
    assert not outcome.is_clean
    assert count(Transaction, bank) == 10


def test_a_corrected_file_is_taken_up_where_the_wrong_one_ended(tmp_path: Path):
    bank = unique("Bank")
    imported(write_books(tmp_path, changed(12, amount="nothing")), bank)
    outcome = imported(write_books(tmp_path), bank)
    assert outcome.transactions == 20
    assert outcome.is_clean
    assert balances(bank) == BALANCES


def test_every_wrong_row_is_listed_before_anything_wrong_is_written(tmp_path: Path):
    bank = unique("Bank")
    write_books(tmp_path, changed(3, amount="x"))
    (tmp_path / "clients.csv").write_text(CLIENTS.replace("1948-11-30", "soon"), encoding="utf-8")
    (tmp_path / "accounts.csv").write_text(ACCOUNTS.replace("13,3", "13,4"), encoding="utf-8")
    outcome = imported(tmp_path, bank)
    places = [(wrong.file, wrong.line) for wrong in outcome.wrong]
    # The client of line 3 and the account of line 4 are missing to what refers to them.
    assert places[:3] == [("clients.csv", 3), ("accounts.csv", 3), ("accounts.csv", 4)]
    assert ("transactions.csv", 4) in places
    with database.reading() as session:
        assert session.scalar(select(Organisation.id).where(Organisation.name == bank)) is None


def test_a_missing_column_and_a_missing_file_are_told(tmp_path: Path):
    write_books(tmp_path)
    (tmp_path / "transactions.csv").write_text("reference,amount\nR1,5.00\n", encoding="utf-8")
    (tmp_path / "clients.csv").unlink()
    bank = unique("Bank")
    sentences = [wrong.sentence for wrong in imported(tmp_path, bank).wrong]
    assert any("clients.csv, line 1: the file cannot be read" in text for text in sentences)
    missing = "transactions.csv, line 1: the column account_external_id is missing"
    assert missing in sentences
    with database.reading() as session:
        assert session.scalar(select(Organisation.id).where(Organisation.name == bank)) is None


def test_a_row_that_is_booked_otherwise_already_is_refused(tmp_path: Path):
    bank = unique("Bank")
    imported(write_books(tmp_path), bank)
    before = counts(bank)["transaction"]
    outcome = imported(write_books(tmp_path, changed(5, amount="7.00", source_balance="")), bank)
    reason = "transactions.csv, line 6: R5 is in the books already, with another content"
    assert outcome.refusals == [reason]
    assert counts(bank)["transaction"] == before


def test_rows_of_one_day_are_posted_in_the_order_of_their_balances(tmp_path: Path):
    bank = unique("Bank")
    rows = transactions()
    for row in rows:
        if row["account_external_id"] == "13":
            row["value_date"] = "1993-01-04"
    mixed = [row for row in rows if row["account_external_id"] == "13"][::-1]
    others = [row for row in rows if row["account_external_id"] != "13"]
    outcome = imported(write_books(tmp_path, [*mixed, *others]), bank)
    assert outcome.overdrafts == ["13: 250.00 CZK"]
    assert outcome.is_clean
    assert balances(bank) == BALANCES


def test_the_command_says_what_was_done_and_ends_with_1_after_wrong_rows(
    app: Flask, tmp_path: Path
):
    bank = unique("Bank")
    runner = app.test_cli_runner()
    from app.imports.cli import import_books

    fine = runner.invoke(import_books, [str(write_books(tmp_path)), "--organisation", bank])
    assert fine.exit_code == 0, fine.output
    assert "3 clients, 3 accounts, 30 transactions, 1 overdrafts" in fine.output
    assert "Overdraft stated for account 13: 250.00 CZK" in fine.output
    assert "largest difference 0.00 CZK" in fine.output
    write_books(tmp_path, changed(4, amount="x"))
    wrong = runner.invoke(import_books, [str(tmp_path), "--organisation", bank])
    assert wrong.exit_code == 1
    assert "transactions.csv, line 5: the amount must be a number" in wrong.output


def test_an_organisation_that_cannot_be_provisioned_is_told_in_a_sentence(
    app: Flask, tmp_path: Path
):
    bank = unique("Bank")
    imported(write_books(tmp_path), bank)
    from app.imports.cli import import_books

    # Written otherwise it is another organisation, whose administrator's address is taken.
    runner = app.test_cli_runner()
    result = runner.invoke(import_books, [str(tmp_path), "--organisation", bank.replace(" ", "-")])
    assert result.exit_code == 1
    assert "Error: User with this email already exists" in result.output
