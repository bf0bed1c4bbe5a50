"""What movements charge, as entries of the same transaction; and what people see of it."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.clients.fee_groups import AssignFeeGroup
from app.clients.models import Client
from app.controls.approvals import ApproveRecord, RejectRecord
from app.controls.commands import perform
from app.db.session import database
from app.fees.commands import RetireFeeGroup, Threshold
from app.kernel.errors import Refusal
from app.ledger.models import Asset
from app.reference.commands import CreateProjectCurrency
from app.reports.snapshot import snapshot
from app.reports.verify import breaches
from app.transactions.amendments import EditTransaction
from app.transactions.commands import Deposit, Transfer, Withdraw
from app.transactions.wallets import CreditEarning
from tests import factories
from tests.fees.books import a_code, a_commission, a_fee, a_group, flat, moves, percent, texts
from tests.ledger.books import asset, holds_of, row, transaction
from tests.pages import form_of, token_of
from tests.reports.tampering import tampering


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    """A house whose general group takes 10 of a deposit and 2 % on top of a withdrawal."""
    made = factories.a_house(currencies=("KES", "USD"))
    general = a_group(made, "General", is_default=True)
    a_fee(made, general, "10", label="deposit", tax_percent=Decimal(16))
    a_fee(made, general, "2", label="withdrawal", basis="percent", is_on_top=True, currency="KES")
    a_fee(made, general, "1", label="withdrawal", basis="percent", currency="USD")
    a_fee(made, general, Threshold(Decimal(5), Decimal(2)), label="transfer")
    return made


def _sound(house: factories.House, database_url: str) -> None:
    with snapshot(database_url) as view:
        assert [str(one) for one in breaches(view, house.organisation_id)] == []


@pytest.mark.checks("L01.06", "L01.07", "L01.08", "L05.02", "W04.02", "W04.11")
def test_a_deposit_credits_the_gross_and_debits_fee_and_tax(house, client, database_url):
    asset_id = factories.a_funded_asset(house)
    made = perform(Deposit(asset_id, 100_00), house.administrator)
    assert moves(made) == [
        ("D", 100_00, "cash"), ("C", 100_00, "customer"),
        ("D", 10_00, "customer"), ("C", 10_00, "fees"),
        ("D", 1_60, "customer"), ("C", 1_60, "tax"),
    ]  # fmt: skip
    assert (
        texts(made)[2:]
        == [("", "Company fee · General")] * 2 + [("", "Tax on Company fee · General")] * 2
    )
    one = transaction(made)
    assert (one.amount_minor, one.fee_minor, one.tax_minor) == (100_00, 10_00, 1_60)
    assert (asset(asset_id).balance_minor, asset(asset_id).deposited_minor) == (88_40, 100_00)
    factories.signed_in(client, house.administrator_email)
    shown = _breakdown(client, made)
    for label, amount in (
        ("Gross amount", "100.00"), ("Company fee · General (deducted)", "10.00"),
        ("Fee amount", "10.00"), ("Tax amount", "1.60"), ("Net amount", "88.40"),
    ):  # fmt: skip
        assert re.search(rf"{re.escape(label)} +{amount}", shown), (label, shown)
    _sound(house, database_url)


def _breakdown(browser: FlaskClient, made: int) -> str:
    page = browser.get(f"/admin/transactions/{made}").get_data(as_text=True)
    card = page.split("Amount breakdown")[1].split("</details>")[0]
    return re.sub(r"<[^>]+>|\s+", " ", card)


@pytest.mark.checks("W04.02", "L05.02")
def test_an_earning_pays_its_fee_from_itself_and_no_more_than_itself(app, client, database_url):
    house = factories.a_house(currencies=("KES",))
    a_fee(house, a_group(house, "General", is_default=True), "25", label=None, is_on_top=True)
    asset_id = factories.a_funded_asset(house, 500_00)
    factories.signed_in(client, house.administrator_email)
    path = f"/admin/assets/{asset_id}/earning"
    assert re.search("Available after +550.00", _preview(client, path, amount="100"))
    made = perform(CreditEarning(asset_id, 100_00), house.administrator)
    assert asset(asset_id).balance_minor == 475_00 + 75_00
    shown = _breakdown(client, made)
    for label, amount in (
        ("Gross amount", "100.00"), ("Company fee · General (deducted)", "25.00"),
        ("Net amount", "75.00"),
    ):  # fmt: skip
        assert re.search(rf"{re.escape(label)} +{amount}", shown), (label, shown)
    made = perform(CreditEarning(asset_id, 20_00), house.administrator)
    assert moves(made)[2:] == [("D", 20_00, "customer"), ("C", 20_00, "fees")]
    assert (transaction(made).fee_minor, asset(asset_id).balance_minor) == (20_00, 550_00)
    _sound(house, database_url)


@pytest.mark.checks("W04.02", "W03.16")
def test_the_network_fee_and_the_company_fee_are_charged_together(app, database_url):
    house = factories.a_house(currencies=("KES",))
    bitcoin = CreateProjectCurrency(
        house.project_id, "BTC", network_fee_minor=50_000, rate=Decimal(8_000_000)
    )
    perform(bitcoin, house.administrator)
    general = a_group(house, "General", is_default=True)
    a_fee(house, general, "0.0001", currency="BTC", tax_percent=Decimal(10))
    asset_id = factories.a_funded_asset(house, 1_0000_0000, "BTC")
    made = perform(Withdraw(asset_id, 2000_0000), house.administrator)
    assert moves(made)[2:] == [
        ("D", 50_000, "customer"), ("C", 50_000, "fees"),
        ("D", 10_000, "cash"), ("C", 10_000, "fees"), ("D", 1_000, "cash"), ("C", 1_000, "tax"),
    ]  # fmt: skip
    assert (transaction(made).fee_minor, transaction(made).tax_minor) == (60_000, 1_000)
    assert asset(asset_id).balance_minor == 8000_0000 - 50_000
    _sound(house, database_url)


@pytest.mark.checks("W04.12", "W04.02")
def test_a_withdrawal_pays_on_top_or_out_of_the_amount(house, database_url):
    shillings = factories.a_funded_asset(house, 500_00)
    before = asset(shillings).balance_minor
    made = perform(Withdraw(shillings, 100_00), house.administrator)
    assert moves(made)[2:] == [("D", 2_00, "customer"), ("C", 2_00, "fees")]
    assert asset(shillings).balance_minor == before - 102_00
    dollars = factories.a_funded_asset(house, 500_00, "USD")
    before = asset(dollars).balance_minor
    made = perform(Withdraw(dollars, 100_00), house.administrator)
    assert moves(made) == [
        ("D", 100_00, "customer"), ("C", 100_00, "cash"),
        ("D", 1_00, "cash"), ("C", 1_00, "fees"),
    ]  # fmt: skip
    assert asset(dollars).balance_minor == before - 100_00
    _sound(house, database_url)


def test_a_transfer_brings_what_is_left_and_no_less_than_something(house, database_url):
    mine, theirs = (factories.a_funded_asset(house, 500_00) for _ in range(2))
    before = asset(theirs).balance_minor
    made = perform(Transfer(mine, theirs, 100_00), house.administrator)
    assert moves(made)[2:] == [("D", 5_00, "clearing"), ("C", 5_00, "fees")]
    assert asset(theirs).balance_minor == before + 95_00
    with pytest.raises(Refusal, match="Nothing is left to transfer"):
        perform(Transfer(mine, theirs, 4_00), house.administrator)
    _sound(house, database_url)


@pytest.mark.checks("E18.12", "E17.05")
def test_a_commission_goes_to_its_own_income_under_its_code(app, database_url):
    house = factories.a_house(currencies=("KES",))
    code_id = a_code(house, "debit", code="WDRCOM")
    draft = {"transaction_code_id": code_id, "tax_percent": Decimal(16)}
    bands = (flat(0, 100_00, 1_00), flat(100_00, None, 3_00))
    a_commission(house, *bands, submit=False, **draft)
    asset_id = factories.a_funded_asset(house, 500_00)
    assert moves(perform(Withdraw(asset_id, 100_00), house.administrator))[2:] == []
    a_commission(house, *bands, **draft)
    made = perform(Withdraw(asset_id, 100_01), house.administrator)
    assert moves(made)[2:] == [
        ("D", 3_00, "cash"), ("C", 3_00, "commission"), ("D", 48, "cash"), ("C", 48, "tax"),
    ]  # fmt: skip
    assert {code for code, _ in texts(made)[2:]} == {"WDRCOM"}
    assert (transaction(made).fee_minor, transaction(made).tax_minor) == (3_00, 48)
    charges = transaction(made).charges or []
    assert [(one["name"], one["amount_minor"]) for one in charges] == [("Counter commission", 3_00)]
    _sound(house, database_url)


@pytest.mark.checks("W04.22", "W04.23")
def test_a_customer_of_a_free_group_pays_nothing(app):
    house = factories.a_house(currencies=("KES",))
    general = a_group(house, "General", is_default=True)
    a_fee(house, general, "10", label=None)
    a_commission(house, percent(0, None, "1"), kinds=("deposit", "withdrawal"))
    developers = a_group(house, "Developers")
    a_fee(house, developers, "0", label=None, basis="percent")
    asset_id = factories.a_funded_asset(house, 500_00)
    assert asset(asset_id).balance_minor == 500_00 - 10_00 - 5_00
    client_id = row(Asset, asset_id).client_id
    version = row(Client, client_id).version
    perform(AssignFeeGroup(client_id, version, developers), house.administrator)
    made = perform(Withdraw(asset_id, 100_00), house.administrator)
    assert (transaction(made).fee_minor, transaction(made).charges) == (0, None)
    assert asset(asset_id).balance_minor == 385_00
    perform(RetireFeeGroup(general), house.administrator)
    other = factories.a_funded_asset(house, 100_00)
    assert asset(other).balance_minor == 99_00  # the commission alone


def test_a_waiting_deposit_into_nothing_pays_its_fee_when_it_is_approved(app, database_url):
    house = factories.a_house(currencies=("KES",))
    a_fee(house, a_group(house, is_default=True), "10", label="deposit")
    asset_id = factories.a_funded_asset(house)
    factories.an_approval_rule(house)
    teller, *_ = factories.a_user(house)
    approver, *_ = factories.a_user(house, "Approver L1")
    made = perform(Deposit(asset_id, 100_00), teller)
    assert holds_of(asset_id) == []
    assert asset(asset_id).virtual_minor == 90_00
    _sound(house, database_url)
    version = transaction(made).version
    perform(RejectRecord("transaction", made, version, "another amount"), approver)
    version = transaction(made).version
    perform(EditTransaction(made, version, 200_00, submit=True), teller)
    a_fee_of_before = transaction(made).fee_minor
    perform(ApproveRecord("transaction", made, transaction(made).version), approver)
    assert (a_fee_of_before, asset(asset_id).balance_minor) == (10_00, 190_00)
    _sound(house, database_url)


def test_a_correction_is_priced_anew(app):
    house = factories.a_house(currencies=("KES",))
    asset_id = factories.a_funded_asset(house, 900_00)
    a_fee(house, a_group(house, is_default=True), "1", basis="percent", is_on_top=True)
    factories.an_approval_rule(house)
    teller, email, _ = factories.a_user(house)
    approver, *_ = factories.a_user(house, "Approver L1")
    made = perform(Withdraw(asset_id, 100_00), teller)
    assert [hold.amount_minor for hold in holds_of(asset_id)] == [101_00]
    version = transaction(made).version
    perform(RejectRecord("transaction", made, version, "another amount"), approver)
    here = app.test_client()
    factories.signed_in(here, email)
    shown = here.get(f"/admin/transactions/{made}/amend").get_data(as_text=True)
    costs = shown[shown.index("breakdown__rows") :]
    assert "101.00" in costs
    assert "799.00" in costs, "what is available after it"
    assert "Waits for 1 approval before the money moves." in costs
    perform(EditTransaction(made, transaction(made).version, 300_00, submit=True), teller)
    one = transaction(made)
    assert (one.amount_minor, one.fee_minor) == (300_00, 3_00)
    assert [charge["amount_minor"] for charge in one.charges or ()] == [3_00]
    assert asset(asset_id).held_minor == 303_00


def test_a_tampered_fee_is_found(house, database_url):
    made = perform(Deposit(factories.a_funded_asset(house), 100_00), house.administrator)
    with tampering(database_url) as hand:
        hand.run('UPDATE "transaction" SET fee_minor = fee_minor + 1 WHERE id = ?', made)
        found = {one.sentence for one in hand.found(house.organisation_id) if one.id == made}
    assert {
        "The fee and tax are not those of the entries",
        "The fee and tax are not those of the charges",
    } <= found


def _preview(browser: FlaskClient, path: str, **typed: str) -> str:
    data = {"preview": "1", "csrf_token": token_of(browser)} | typed
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    answer = browser.post(path, data=data, headers=headers)
    assert answer.status_code == 200
    return re.sub(r"<[^>]+>|\s+", " ", answer.get_data(as_text=True))


def test_the_counter_shows_the_price_before_anything_is_saved(house, client):
    _actor, email, password = factories.a_user(house, "Teller")
    factories.signed_in(client, email, password)
    asset_id = factories.a_funded_asset(house, 500_00)
    available = asset(asset_id).balance_minor
    path = f"/admin/assets/{asset_id}/withdraw"
    assert "Type an amount to see what it costs" in client.get(path).get_data(as_text=True)
    shown = _preview(client, path, amount="100")
    for part in ("Gross amount 102.00", "(on top) 2.00", "Net amount 100.00",
                 f"Available after {(available - 102_00) / Decimal(100):,.2f}"):  # fmt: skip
        assert re.search(part.replace("(", r"\(").replace(")", r"\)").replace(" ", " +"), shown), (
            part, shown,
        )  # fmt: skip
    assert "This is more than is available" in _preview(client, path, amount="9,999")
    assert "Amount must be a number" in _preview(client, path, amount="ten")
    deposit = f"/admin/assets/{asset_id}/deposit"
    assert re.search("Net amount +88.40", _preview(client, deposit, amount="100"))
    transfer = f"/admin/assets/{asset_id}/transfer"
    assert re.search("Net amount +95.00", _preview(client, transfer, amount="100"))
    page = client.post(path, data=form_of(client, path) | {"amount": "100", "preview": "1"})
    assert page.status_code == 200
    whole = page.get_data(as_text=True)
    assert "102.00" in whole
    assert 'value="100"' in whole
    assert "There is a problem" not in whole
    assert asset(asset_id).balance_minor == available


def test_the_saved_price_is_the_shown_one(house, client):
    factories.signed_in(client, house.administrator_email)
    asset_id = factories.a_funded_asset(house, 500_00)
    path = f"/admin/assets/{asset_id}/withdraw"
    shown = _preview(client, path, amount="123.45")
    after = re.search(r"Available after +([\d.,]+)", shown)
    data = form_of(client, path) | {"amount": "123.45"}
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    answer = client.post(path, data=data, headers=headers)
    told = json.loads(answer.headers["HX-Trigger"])["toast"]["text"]
    assert after is not None
    assert told == f"Available: {after[1]} KES"


def test_the_house_pays_no_fees_to_itself(house):
    with database.reading() as session:
        cash = session.scalars(
            select(Asset.id).where(
                Asset.organisation_id == house.organisation_id,
                Asset.client_id.is_(None),
                Asset.currency == "KES",
            )
        ).all()
    factories.a_funded_asset(house, 1_00)
    made = perform(Deposit(max(cash), 100_00), house.administrator)
    assert transaction(made).fee_minor == 0
