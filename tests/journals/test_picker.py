"""The account picker: what it finds, for whom, and that a wide net costs no more."""

from __future__ import annotations

import pytest
from flask import Flask

from app.accounts.commands import OpenAccount
from app.configuration.commands import CreateProjectLike
from app.controls.commands import perform
from app.db.session import database
from app.journals.picker import MOST, find_accounts
from app.kernel.errors import Refusal
from app.ledger.accounts import Account
from tests.factories import House, a_client, a_funded_asset, a_user, an_account, change
from tests.journals.scenes import codes, house_account, line, number_of, record
from tests.ledger import books
from tests.transactions.scenes import browser

PICKER = "/admin/transactions/accounts"


def found(house: House, typed: str, actor: object = None) -> list[str]:
    with database.reading() as session:
        return [one.number for one in find_accounts(session, actor or house.administrator, typed)]


@pytest.mark.checks("E41.20", "E41.21")
def test_an_account_is_found_by_its_number_and_by_a_part_of_a_name(app: Flask, house: House):
    account_id = an_account(house, a_client(house, first_name="Zawadi", surname="Quimby"), "USD")
    number = books.row(Account, account_id).number
    for typed in (number, number.lower(), number[:-1], "quimb", "ZAWADI Q", "zawadi  quimby"):
        assert number in found(house, typed), typed
    for typed in ("", "   ", "za", "nobody at all", '"', "%%%", "za%", "q" * 500):
        assert found(house, typed) == [], typed
    page = browser(app, house.administrator_email).get(f"{PICKER}?q=quimb").text
    assert f'data-value="{number}"' in page
    assert 'data-currency="USD"' in page
    assert "Zawadi Quimby" in page
    assert "No account found" in browser(app, house.administrator_email).get(f"{PICKER}?q=x!").text


def test_an_account_that_revaluations_keep_is_booked_by_nothing_else(house: House):
    codes(house)
    client, gain = number_of(a_funded_asset(house, 50_00)), house_account(house, "KES", "fees")
    kept = house_account(house, "KES", "revaluation:USD")
    assert gain in found(house, gain)
    assert kept not in found(house, kept)
    with pytest.raises(Refusal, match="is booked by revaluations alone"):
        record(house, line("D", client, 5_00), line("C", kept, 5_00))
    assert record(house, line("D", client, 5_00), line("C", gain, 5_00))


def test_what_may_not_be_used_or_seen_is_not_found(house: House):
    other = perform(CreateProjectLike("Elsewhere", house.project_id), house.administrator)
    mine = an_account(house, a_client(house, surname="Vervetmonkey"))
    theirs = an_account(house, a_client(house, surname="Vervetmonkey", project_id=other))
    numbers = {books.row(Account, one).number for one in (mine, theirs)}
    assert set(found(house, "vervet")) == numbers
    teller, *_ = a_user(house)
    assert found(house, "vervet", teller) == [books.row(Account, mine).number]
    change(house, Account, mine, is_active=False)
    assert set(found(house, "vervetmonkey")) == {books.row(Account, theirs).number}


def test_a_renamed_client_is_found_by_the_new_name_and_few_are_offered(house: House):
    from app.clients.models import Client

    client_id = a_client(house, surname="Oldname")
    number = books.row(Account, an_account(house, client_id)).number
    change(house, Client, client_id, name="Newly Called")
    assert found(house, "newly call") == [number]
    for _ in range(MOST + 3):
        perform(OpenAccount(house.product_id, "KES", client_id=client_id), house.administrator)
    assert len(found(house, "newly")) == MOST
