"""What was signed for is one amount to one payee: another is signed for again, or not handed in."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.access.models import User
from app.controls.approvals import RejectRecord
from app.controls.commands import perform
from app.controls.identity import Actor
from app.counter.commands import MoveAtCounter
from app.db.session import database
from app.kernel.errors import Refusal
from app.mandates.models import Mandate, Signature
from app.transactions.amendments import EditTransaction
from app.transactions.commands import Withdraw
from app.transactions.kinds import Particulars
from tests import factories
from tests.ledger import books
from tests.pages import send


@pytest.fixture
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


def a_signed_slip_sent_back(house: factories.House) -> tuple[int, int, Actor]:
    """Return the transaction, the mandate that signed for it, and the teller who made it."""
    asset_id = factories.a_funded_asset(house, 5_000_000_00)
    factories.an_approval_rule(house)
    teller, *_ = factories.a_user(house, "Teller")
    approver, *_ = factories.a_user(house, "Approver L1")
    account_id = books.asset(asset_id).account_id
    with database.reading() as session:
        query = select(Mandate.id).where(Mandate.account_id == account_id)
        mandate_id = session.scalars(query).one()
    slip = Withdraw(asset_id, 100_00, Particulars(beneficiary="Amina"))
    made = perform(MoveAtCounter(slip, (mandate_id,)), teller)
    perform(RejectRecord("transaction", made, books.transaction(made).version, "A typo"), approver)
    return made, mandate_id, teller


def signatures(transaction_id: int) -> list[Signature]:
    with database.reading() as session:
        query = select(Signature).where(Signature.transaction_id == transaction_id)
        return list(session.scalars(query))


@pytest.mark.parametrize(
    ("amount_minor", "beneficiary"), [(4_000_000_00, "Amina"), (100_00, "The teller's cousin")]
)
def test_another_amount_or_payee_is_not_handed_in_with_the_signatures_of_the_first(
    house, amount_minor, beneficiary
):
    made, mandate_id, teller = a_signed_slip_sent_back(house)
    version = books.transaction(made).version
    (first,) = signatures(made)

    def corrected(signed_by: tuple[int, ...] | None) -> EditTransaction:
        return EditTransaction(
            made,
            version,
            amount_minor,
            beneficiary=beneficiary,
            submit=True,
            signed_by=signed_by,
        )

    with pytest.raises(Refusal, match="sign"):
        perform(corrected(None), teller)
    assert books.transaction(made).record_status == "REJECTED"
    assert books.transaction(made).amount_minor == 100_00
    perform(corrected((mandate_id,)), teller)
    assert books.transaction(made).amount_minor == amount_minor
    (again,) = signatures(made)
    assert again.signed_at > first.signed_at


def test_whoever_is_ticked_again_has_signed_anew_though_only_words_are_corrected(house):
    made, mandate_id, teller = a_signed_slip_sent_back(house)
    (first,) = signatures(made)
    words = {"beneficiary": "Amina", "submit": True, "signed_by": (mandate_id,)}
    perform(EditTransaction(made, books.transaction(made).version, 100_00, **words), teller)
    (again,) = signatures(made)
    assert again.signed_at > first.signed_at


def test_nobody_has_signed_the_corrected_slip_before_the_teller_says_so(house, client):
    made, mandate_id, teller = a_signed_slip_sent_back(house)
    (first,) = signatures(made)
    with database.reading() as session:
        email = session.get_one(User, teller.user_id).email
    factories.signed_in(client, email)
    path = f"/admin/transactions/{made}/amend"
    page = client.get(path).get_data(as_text=True)
    assert f"The former slip was signed by {first.name}." in page
    unsigned = send(client, path, description="School fees")
    assert unsigned.status_code == 422
    assert "One mandate holder must sign: 0 of 1 signed" in unsigned.get_data(as_text=True)
    assert send(client, path, signed_by=[str(mandate_id)]).status_code == 303


def test_the_signatures_stand_where_only_words_are_corrected(house):
    made, _, teller = a_signed_slip_sent_back(house)
    (first,) = signatures(made)
    version = books.transaction(made).version
    words = {"description": "School fees", "beneficiary": "Amina", "submit": True}
    perform(EditTransaction(made, version, 100_00, **words), teller)
    assert [one.id for one in signatures(made)] == [first.id]
