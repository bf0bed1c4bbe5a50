"""What was sent back is corrected in the drawer it was first typed in, whatever it moves."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.controls.approvals import DenyRecord, RejectRecord
from app.controls.commands import perform
from app.ledger.accounts import Account
from app.transactions.commands import CreditBonus, Deposit, Transfer, Withdraw
from app.transactions.kinds import Particulars
from tests import factories
from tests.ledger import books
from tests.pages import send

PATH = "/admin/transactions/{}/amend"


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def teller(house: factories.House, client: FlaskClient) -> Any:
    who, email, _ = factories.a_user(house, "Teller")
    factories.signed_in(client, email)
    return who


def test_each_kind_is_corrected_with_what_it_is_of_in_sight(house, teller, client):
    payer, payee = factories.a_funded_asset(house, 900_00), factories.a_funded_asset(house)
    perform(Deposit(payer, 5_00, bonus_minor=70_00), house.administrator)
    factories.an_approval_rule(house)
    texts = Particulars(description="Rent", source="Till 2", beneficiary="Landlord")
    receiver = books.row(Account, books.asset(payee).account_id).number
    approver, *_ = factories.a_user(house, "Approver L1")
    for command, shown, after in (
        (Transfer(payer, payee, 40_00, texts), ("Receives", receiver), "865.00"),
        (Deposit(payer, 40_00, texts), ("Till 2",), "945.00"),
        (Withdraw(payer, 40_00, texts, is_bonus=True), ("Landlord",), "905.00"),
        (CreditBonus(payer, 40_00, texts), ("Programme",), ""),
    ):
        made = perform(command, teller)
        version = books.transaction(made).version
        perform(RejectRecord("transaction", made, version, "Another amount"), approver)
        page = client.get(PATH.format(made)).get_data(as_text=True)
        for one in (*shown, "Sent back: Another amount", "Rent", "905.00"):
            assert one in page, command
        assert not after or after in page[page.index("breakdown__rows") :], command
        signed = sorted(set(re.findall(r'name="signed_by" value="(\d+)"', page)))
        typed = {"amount": "41", "description": "June", "signed_by": signed}
        assert send(client, PATH.format(made), **typed).status_code == 303
        one = books.transaction(made)
        assert (one.amount_minor, one.description, one.source, one.beneficiary) == (
            41_00, "June", "Till 2", "Landlord",
        )  # fmt: skip
        perform(DenyRecord("transaction", made, one.version, "Enough of it"), approver)
