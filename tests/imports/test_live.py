"""An import into books that people keep: it bends neither their customers nor their days."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.controls.commands import perform
from app.controls.tenant import Organisation
from app.db.session import database
from app.imports.cli import import_books
from app.imports.run import Outcome, run_import
from app.kernel.errors import Refusal
from app.ledger.accounts import Account
from app.ledger.models import Asset, Transaction
from app.organisation.models import Branch, OrganisationCurrency
from app.reference.models import ProjectCurrency
from app.transactions.commands import Deposit, Withdraw
from tests import factories
from tests.imports.books import COLUMNS
from tests.imports.test_run import Silent
from tests.ledger import books

DAY = factories.BUSINESS_DATE


@pytest.fixture
def house(app: Flask) -> factories.House:
    return factories.a_house(currencies=("KES", "JPY"))


def written(folder: Path, *rows: str, currency: str = "KES") -> Path:
    """Write the books of one late comer, with these rows: account, day, direction, amount."""
    folder.mkdir(exist_ok=True)
    (folder / "clients.csv").write_text(
        "external_id,first_name,surname,gender,date_of_birth,town\nL1,Late,Comer,F,1980-01-01,\n"
    )
    (folder / "accounts.csv").write_text(
        "external_id,client_external_id,opened_on,currency,branch_town,statement_frequency\n"
        f"LATE,L1,{DAY - timedelta(days=9)},{currency},,MONTHLY\n"
    )
    lines = [
        f"T{number},{account},{day},{direction},{amount},{currency},transfer,,,{balance}"
        for number, (account, day, direction, amount, balance) in enumerate(
            row.split() if len(row.split()) > 4 else (*row.split(), "") for row in rows
        )
    ]
    (folder / "transactions.csv").write_text("\n".join((",".join(COLUMNS), *lines)) + "\n")
    return folder


def name_of(house: factories.House) -> str:
    with database.reading() as session:
        return session.get_one(Organisation, house.organisation_id).name


def business_date(house: factories.House):
    with database.reading() as session:
        return session.get_one(Organisation, house.organisation_id).business_date


def imported(folder: Path, house: factories.House) -> Outcome:
    return run_import(folder, name_of(house), country="KE", currency="KES", progress=Silent())


def asset_of(house: factories.House, external_id: str) -> int:
    query = (
        select(Asset.id)
        .join(Account, Account.id == Asset.account_id)
        .where(Account.organisation_id == house.organisation_id, Account.external_id == external_id)
    )
    with database.reading() as session:
        return session.scalars(query).one()


def a_customer(house: factories.House, external_id: str, balance_minor: int) -> int:
    asset_id = factories.a_funded_asset(house, balance_minor)
    account_id = books.asset(asset_id).account_id
    factories.change(house, Account, account_id, external_id=external_id)
    return asset_id


@pytest.mark.parametrize("row", ["debit 999999.00", "debit 99.00", "credit 1.00"])
def test_nothing_is_booked_for_a_live_customer_and_the_batch_changes_nothing(house, tmp_path, row):
    asset_id = a_customer(house, "SAV-4", 100_00)
    folder = written(tmp_path, f"LATE {DAY} credit 1000.00", f"SAV-4 {DAY} {row}")
    outcome = imported(folder, house)
    (sentence,) = outcome.refusals
    assert sentence == (
        "transactions.csv, line 3: the account SAV-4 was opened by people of this house, not by an"
        " import"
    )
    assert books.asset(asset_id).balance_minor == 100_00
    assert books.asset(asset_id).overdraft_minor == 0
    assert books.asset(asset_of(house, "LATE")).balance_minor == 0
    with pytest.raises(Refusal, match="Insufficient"):
        perform(Withdraw(asset_id, 100_01), house.administrator)


def test_a_refused_batch_leaves_no_overdraft_on_the_accounts_it_imports(house, tmp_path):
    perform(Deposit(factories.a_funded_asset(house), 1_00), house.administrator)
    folder = written(tmp_path, f"LATE {DAY} debit 50.00", f"IDLE {DAY} credit 1.00")
    with (folder / "accounts.csv").open("a") as file:
        file.write(f"IDLE,L1,{DAY - timedelta(days=9)},KES,,MONTHLY\n")
    rows = (folder / "transactions.csv").read_text()
    (folder / "transactions.csv").write_text(rows.splitlines()[0] + "\n")
    imported(folder, house)
    factories.change(house, Asset, asset_of(house, "IDLE"), is_active=False)
    (folder / "transactions.csv").write_text(rows)
    (sentence,) = imported(folder, house).refusals
    assert "inactive" in sentence.lower()
    assert books.asset(asset_of(house, "LATE")).overdraft_minor == 0


@pytest.mark.parametrize(
    ("file", "day"), [("clients.csv", "1980-01-01"), ("accounts.csv", f"{DAY - timedelta(days=9)}")]
)
def test_a_first_batch_that_is_refused_leaves_no_branch_and_no_currency(house, tmp_path, file, day):
    def kept() -> list[int]:
        mine = [
            select(func.count()).where(model.organisation_id == house.organisation_id)
            for model in (Branch, ProjectCurrency, OrganisationCurrency, Account)
        ]
        with database.reading() as session:
            return [session.scalar(query) or 0 for query in mine]

    before = kept()
    folder = written(tmp_path, f"LATE {DAY} credit 5.00")
    accounts = (folder / "accounts.csv").read_text().replace("KES,,", "KES,Thika,")
    (folder / "accounts.csv").write_text(accounts)
    (folder / file).write_text((folder / file).read_text().replace(day, "soon"))
    outcome = imported(folder, house)
    assert outcome.wrong[0].sentence.startswith(f"{file}, line 2: ")
    assert kept() == before
    (folder / file).write_text((folder / file).read_text().replace("soon", day))
    assert imported(folder, house).is_clean
    assert kept() == [before[0] + 1, before[1], before[2], before[3] + 2]


def test_an_imported_account_that_people_have_booked_on_is_a_customer_like_any_other(
    house, tmp_path
):
    first = f"LATE {DAY} debit 50.00"
    assert imported(written(tmp_path, first), house).refusals == []
    late = asset_of(house, "LATE")
    assert books.asset(late).overdraft_minor == 50_00
    perform(Deposit(late, 60_00), house.administrator)
    outcome = imported(written(tmp_path, first, f"LATE {DAY} debit 500.00"), house)
    (sentence,) = outcome.refusals
    assert sentence == (
        "transactions.csv, line 3: the account LATE would be overdrawn, and it is not kept by"
        " imports alone"
    )
    assert books.asset(late).overdraft_minor == 50_00
    assert books.asset(late).balance_minor == 10_00


def test_books_that_people_keep_stay_at_their_business_date_and_later_rows_are_wrong(
    house, tmp_path
):
    factories.a_funded_asset(house, 1_00)
    late = DAY + timedelta(days=1)
    outcome = imported(written(tmp_path, f"LATE {late} credit 5.00"), house)
    (wrong,) = outcome.wrong
    assert wrong.sentence == (f"transactions.csv, line 2: {late} is after the business date {DAY}")
    assert business_date(house) == DAY
    folder = written(tmp_path, f"LATE {DAY} credit 5.00")
    assert imported(folder, house).transactions == 1
    assert business_date(house) == DAY


def test_books_that_nobody_has_touched_are_moved_on_with_the_rows_that_need_it(house, tmp_path):
    late = DAY + timedelta(days=1)
    folder = written(tmp_path, f"LATE {late} credit 5.00")
    assert imported(folder, house).transactions == 1
    assert business_date(house) == late + timedelta(days=1)
    with database.reading() as session:
        mine = Transaction.organisation_id == house.organisation_id
        assert session.scalars(select(Transaction.posting_date).where(mine)).one() == late


def test_the_summary_is_in_the_currency_of_the_rows(house, tmp_path, app: Flask):
    folder = written(tmp_path, f"LATE {DAY} credit 1500 2500", currency="JPY")
    arguments = [str(folder), "--organisation", name_of(house)]
    told = app.test_cli_runner().invoke(import_books, arguments).output
    assert "Account LATE: 1,500 JPY, the source says 2,500 JPY" in told
    assert "largest difference 1,000 JPY" in told
