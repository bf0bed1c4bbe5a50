"""The status of an account says what may be booked on it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.accounts.statuses import SetAccountStatus
from app.controls.commands import perform
from app.controls.retiring import RetireRecord
from app.db.session import database
from app.kernel.errors import Conflict, Refusal
from app.ledger.accounts import Account
from app.records.commands import CreateCode
from app.reference.codes import AccountStatus
from app.transactions.commands import Deposit, Transfer, Withdraw
from tests import factories
from tests.factories import House
from tests.ledger import books


def _status(house: House, code: str) -> int:
    with database.reading() as session:
        query = select(AccountStatus.id).where(
            AccountStatus.organisation_id == house.organisation_id, AccountStatus.code == code
        )
        return session.scalars(query).one()


@pytest.mark.checks("E21.05", "E21.06")
def test_the_status_of_an_account_says_what_may_be_booked_on_it(house: House):
    asset_id, other = factories.a_funded_asset(house, 9_00), factories.a_funded_asset(house, 9_00)
    account_id, actor = books.asset(asset_id).account_id, house.administrator
    no_debit, no_credit = (
        rf"status \w[^:]*: no money can be {end}" for end in ("taken out", "put in")
    )
    refused = {
        "DORMANT": (no_debit, no_credit),
        "FROZEN": (no_debit, None),
        "CREDITLESS": (None, no_credit),
        "ACTIVE": (None, None),
    }
    perform(CreateCode("account-status", "CREDITLESS", "Paid out", {"allow_debit": True}), actor)
    for code, (debit, credit) in refused.items():
        perform(SetAccountStatus(account_id, _status(house, code)), actor)
        before = books.asset(asset_id).balance_minor
        moves = (
            (Withdraw(asset_id, 1_00), debit),
            (Transfer(asset_id, other, 1_00), debit),
            (Deposit(asset_id, 1_00), credit),
            (Transfer(other, asset_id, 1_00), credit),
        )
        for command, sentence in moves:
            if sentence is None:
                perform(command, actor)
            else:
                with pytest.raises(Conflict, match=sentence):
                    perform(command, actor)
        out, put_in = (2_00 if one is None else 0 for one in (debit, credit))
        assert books.asset(asset_id).balance_minor == before - out + put_in


def test_a_retired_status_goes_on_forbidding_and_the_house_has_none(house: House):
    asset_id, actor = factories.a_funded_asset(house, 9_00), house.administrator
    dormant = _status(house, "DORMANT")
    perform(SetAccountStatus(books.asset(asset_id).account_id, dormant), actor)
    perform(RetireRecord("account-status", dormant), actor)
    with pytest.raises(Conflict, match="Dormant"):
        perform(Withdraw(asset_id, 1_00), actor)
    other = factories.a_funded_asset(house)
    with pytest.raises(Refusal, match="is inactive. Choose another".replace(".", r"\.")):
        perform(SetAccountStatus(books.asset(other).account_id, dormant), actor)
    with database.reading() as session:
        query = select(Account.id).where(
            Account.organisation_id == house.organisation_id, Account.holder == "internal"
        )
        own = session.scalars(query).first()
    with pytest.raises(Conflict, match="own accounts have no status"):
        perform(SetAccountStatus(own, _status(house, "ACTIVE")), actor)
