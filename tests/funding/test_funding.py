"""Funding sources: linked to a wallet, verified, shown by their last four, paid from and to."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.controls.approvals import ApproveRecord
from app.controls.commands import perform
from app.controls.secrecy import cipher
from app.controls.tenant import Organisation
from app.db.session import database
from app.funding.commands import LinkFundingSource, RejectFundingSource, VerifyFundingSource
from app.funding.models import FundingSource
from app.kernel.errors import Conflict, Forbidden, Missing, Refusal
from app.ledger.models import Asset, Transaction
from app.transactions.commands import Deposit, Withdraw
from app.transactions.wallets import Payout
from tests import factories
from tests.pages import form_of, send

PATH = "/admin/funding-sources"
IBAN = "DE89 3704 0044 0532 0130 00"


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def manager(house: factories.House, client: FlaskClient) -> FlaskClient:
    factories.signed_in(client, factories.a_user(house, "Branch Manager")[1])
    return client


@pytest.fixture
def another(house: factories.House, client: FlaskClient) -> FlaskClient:
    other = client.application.test_client()
    factories.signed_in(other, factories.a_user(house, "Branch Manager")[1])
    return other


def _get(model: type[Any], record_id: int) -> Any:
    with database.reading() as session:
        found = session.get_one(model, record_id)
        session.expunge(found)
        return found


def _page(here: FlaskClient, path: str) -> str:
    answer = here.get(path)
    assert answer.status_code == 200, f"{path} answers {answer.status_code}"
    return answer.get_data(as_text=True)


def _newest() -> FundingSource:
    with database.reading() as session:
        found = session.query(FundingSource).order_by(FundingSource.id.desc()).first()
        session.expunge(found)
        return found


@pytest.mark.checks(
    "V01.02", "V03.06", "V06.01", "V06.02", "V06.03", "V06.04", "V07.01", "V07.02", "V07.03",
    "V07.04", "V07.05", "V07.06",
)  # fmt: skip
def test_a_bank_account_is_linked_verified_and_shown_by_its_last_four(house, manager, another):
    asset_id = factories.a_funded_asset(house)
    link = f"/admin/assets/{asset_id}/funding-sources/new"
    assert form_of(manager, link).keys().isdisjoint({"created_at", "updated_at", "status"})
    answer = send(
        manager, link, bank_name="SANDBOX TEST BANK", kind="checking", number=IBAN,
        name="Plaid Checking", external_id="plaid-77",
    )  # fmt: skip
    assert answer.status_code == 303
    source = _newest()
    assert (source.status, source.last4) == ("Pending", "3000")
    assert cipher.decrypt(source.number_token) == "DE89370400440532013000"
    path = f"{PATH}/{source.id}"
    assert send(another, f"{path}/verify").status_code == 303
    page = _page(manager, path)
    uid = _get(Asset, asset_id).uid
    for shown in (
        "SANDBOX TEST BANK",
        "Checking",
        "Plaid Checking",
        "plaid-77",
        "Verified",
        "3000",
        "Entity id",
        "Created at",
        "Updated at",
        uid,
        f"/admin/assets/{asset_id}",
    ):
        assert shown in page, shown
    tab = _page(manager, f"/admin/assets/{asset_id}/funding-sources")
    assert "SANDBOX TEST BANK" in tab
    assert "••3000" in tab
    history = _page(manager, f"{path}/history")
    assert "Link funding source" in history
    assert "Verify funding source" in history
    assert "Verified" in history
    assert "No service has anything to say" in _page(manager, f"{path}/logs")
    for address in (path, f"{path}/edit", f"{path}/history", PATH, "/admin/activity"):
        assert "0532013000" not in _page(manager, address)
    rows = csv.DictReader(io.StringIO(_page(manager, f"{PATH}.csv?status=Verified&type=checking")))
    (row,) = [row for row in rows if row["ID"] == str(source.id)]
    assert list(row) == ["ID", "Bank name", "Type", "Wallet", "Status", "Created at"]
    assert row["Wallet"] == f"{uid} KES"


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ("DE89 3704 0044 0532 0130 01", "This is not a valid IBAN"),
        ("12", "4 to 34 letters and digits"),
        ("12-34/56", "4 to 34 letters and digits"),
    ],
)
def test_a_number_that_is_none_is_refused_beside_its_field(house, manager, number, sentence):
    asset_id = factories.a_funded_asset(house)
    answer = send(manager, f"/admin/assets/{asset_id}/funding-sources/new", bank_name="Kept Bank",
                  number=number)  # fmt: skip
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in page
    assert 'value="Kept Bank"' in page


def test_the_same_account_is_linked_to_a_wallet_once(house):
    asset_id = factories.a_funded_asset(house)
    command = LinkFundingSource(asset_id, "Equity", "savings", "0011 2233 4455")
    perform(command, house.administrator)
    with pytest.raises(Conflict, match="linked to the asset already"):
        perform(command, house.administrator)


def test_only_who_may_verify_does_and_only_inside_of_their_scope(house):
    asset_id = factories.a_funded_asset(house)
    source_id = factories.a_funding_source(house, asset_id, is_verified=False)
    teller, *_ = factories.a_user(house, "Teller")
    with pytest.raises(Forbidden):
        perform(VerifyFundingSource(source_id, 1), teller)
    stranger = factories.a_house(currencies=())
    with pytest.raises(Missing):
        perform(VerifyFundingSource(source_id, 1), stranger.administrator)


@pytest.mark.checks("L02.06", "L06.05", "V05.04", "V05.05")
def test_money_is_paid_out_to_a_verified_account_alone_and_the_panel_links_it(house, manager):
    asset_id = factories.a_funded_asset(house, 500_00)
    other_id = factories.a_funded_asset(house, 1_00)
    pending = factories.a_funding_source(house, asset_id, is_verified=False)
    verified = factories.a_funding_source(house, asset_id)
    for source_id, refusal in ((pending, Conflict), (10**9, Missing)):
        with pytest.raises(refusal):
            perform(Payout(asset_id, 10_00, source_id), house.administrator)
    with pytest.raises(Refusal, match="funding source of this wallet"):
        perform(Payout(other_id, 1_00, verified), house.administrator)
    form = form_of(manager, f"/admin/assets/{asset_id}/payout")
    assert "funding_source_id" in form
    answer = send(manager, f"/admin/assets/{asset_id}/payout", amount="120.00",
                  funding_source_id=str(verified))  # fmt: skip
    assert answer.status_code == 303
    with database.reading() as session:
        newest = (
            session.query(Transaction).filter_by(asset_id=asset_id).order_by(Transaction.id.desc())
        )
        one = newest.first()
        assert (one.kind, one.direction, one.processing) == ("payout", "out", "Completed")
        assert one.funding_source_id == verified
    asset = _get(Asset, asset_id)
    assert (asset.balance_minor, asset.withdrawn_minor) == (380_00, 120_00)
    page = _page(manager, f"/admin/transactions/{one.id}")
    assert f'href="{PATH}/{verified}"' in page.split("Dest funding", 1)[1][:400]
    perform(Withdraw(asset_id, 1_00, funding_source_id=verified), house.administrator)
    key = perform(Deposit(asset_id, 2_00, funding_source_id=pending), house.administrator)
    page = _page(manager, f"/admin/transactions/{key}")
    assert f'href="{PATH}/{pending}"' in page.split("Source funding", 1)[1][:400]


def test_a_rejected_account_says_why_and_an_unlinked_one_is_gone_from_the_lists(house, manager):
    asset_id = factories.a_funded_asset(house, 5_00)
    source_id = factories.a_funding_source(house, asset_id)
    path = f"{PATH}/{source_id}"
    assert send(manager, f"{path}/reject", reason="no").status_code == 422
    assert send(manager, f"{path}/reject", reason="The names differ").status_code == 303
    assert "The names differ" in _page(manager, path)
    with pytest.raises(Conflict, match="not verified"):
        perform(Deposit(asset_id, 1_00, funding_source_id=source_id), house.administrator)
    assert send(manager, f"{path}/delete").status_code == 303
    assert "No bank account" in _page(manager, f"/admin/assets/{asset_id}/funding-sources")
    assert "Unlinked at" in _page(manager, path)


def test_another_bank_has_to_be_verified_again_and_as_it_was_looked_at(house, manager, another):
    source_id = factories.a_funding_source(house, factories.a_funded_asset(house))
    path = f"{PATH}/{source_id}"
    answer = send(manager, f"{path}/edit", name="Salary")
    assert answer.status_code == 303
    assert _get(FundingSource, source_id).status == "Verified", "nothing was changed"
    send(manager, f"{path}/edit", name="Somebody Else")
    assert _get(FundingSource, source_id).status == "Pending"
    assert send(another, f"{path}/verify").status_code == 303
    send(manager, f"{path}/edit", bank_name="Another Bank")
    assert _get(FundingSource, source_id).status == "Pending"
    looked_at = form_of(another, f"{path}/verify")
    assert "Another Bank" in _page(another, f"{path}/verify")
    send(manager, f"{path}/edit", external_id="acct-of-somebody-else")
    answer = another.post(f"{path}/verify", data=looked_at)
    assert answer.status_code == 409
    assert _get(FundingSource, source_id).status == "Pending"
    assert send(another, f"{path}/verify").status_code == 303
    assert _get(FundingSource, source_id).status == "Verified"


@pytest.mark.checks("V06.03")
def test_nobody_verifies_an_account_that_they_linked_or_changed(house, client, another):
    linker, email, _ = factories.a_user(house, "Branch Manager")
    factories.signed_in(client, email)
    asset_id = factories.a_funded_asset(house)
    send(client, f"/admin/assets/{asset_id}/funding-sources/new", bank_name="Equity Bank",
         kind="checking", number="0044 5566 7788", name="J. Doe")  # fmt: skip
    source = _newest()
    path = f"{PATH}/{source.id}"
    page = _page(client, path)
    assert f"{path}/verify" not in page
    button = page.split('aria-describedby="verify-obstacle"')[0].rpartition("<button")[2]
    assert " disabled" in button
    assert 'id="verify-obstacle">You cannot act on your own work<' in page
    refused = client.get(f"{path}/verify")
    assert refused.status_code == 403
    assert "You cannot act on your own work" in refused.get_data(as_text=True)
    with pytest.raises(Forbidden, match="You cannot act on your own work"):
        perform(VerifyFundingSource(source.id, source.version), linker)
    assert _get(FundingSource, source.id).status == "Pending"
    assert f"{path}/verify" in _page(another, path)
    assert send(another, f"{path}/edit", name="Jane Doe").status_code == 303
    assert another.get(f"{path}/verify").status_code == 403, "who changed it is no checker either"
    third, *_ = factories.a_user(house, "Branch Manager")
    perform(VerifyFundingSource(source.id, _get(FundingSource, source.id).version), third)
    assert _get(FundingSource, source.id).status == "Verified"


def test_who_may_authorise_alone_verifies_alone_while_the_switch_allows_it(app):
    house = factories.a_house(currencies=("KES",))
    asset_id = factories.a_funded_asset(house)
    factories.a_funding_source(house, asset_id)
    factories.change(house, Organisation, house.organisation_id, may_self_authorise=False)
    with pytest.raises(Forbidden, match="your own work"):
        factories.a_funding_source(house, asset_id)


@pytest.mark.checks("V06.03")
def test_what_waits_is_not_paid_out_to_an_account_that_was_rejected_meanwhile(app):
    house = factories.a_house(currencies=("KES",))
    factories.an_approval_rule(house, minimum_minor=100_00, levels=1)
    asset_id = factories.a_funded_asset(house, 90_00)
    perform(Deposit(asset_id, 90_00), house.administrator)
    source_id = factories.a_funding_source(house, asset_id)
    teller, *_ = factories.a_user(house, "Teller")
    approver, *_ = factories.a_user(house, "Approver L1")
    waiting = perform(Payout(asset_id, 150_00, source_id), teller)
    perform(RejectFundingSource(source_id, 2, "a stolen account"), house.administrator)
    approval = ApproveRecord("transaction", waiting, _get(Transaction, waiting).version)
    with pytest.raises(Conflict, match="not verified any more"):
        perform(approval, approver)
    assert _get(Asset, asset_id).balance_minor == 180_00
    perform(VerifyFundingSource(source_id, 3), house.administrator)
    perform(approval, approver)
    assert _get(Asset, asset_id).balance_minor == 30_00
