"""The teller's drawers: deposit, withdrawal, transfer, bonus; what they refuse and say."""

from __future__ import annotations

import json
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.accounts.commands import SetAccountActive
from app.assets.commands import SetAssetActive
from app.clients.models import Client
from app.controls.commands import perform
from app.db.session import database
from app.kernel.errors import Refusal
from app.ledger.accounts import Account
from app.ledger.models import Asset, Entry, Transaction
from app.transactions.commands import CreditBonus, Deposit, Withdraw
from app.transactions.kinds import Particulars
from tests import factories
from tests.journals.scenes import OpenHouseAccount
from tests.pages import form_of, send, token_of

ASSETS = "/admin/assets"
ACCOUNTS = "/admin/accounts"


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house()


@pytest.fixture
def teller(house: factories.House, client: FlaskClient) -> FlaskClient:
    _actor, email, password = factories.a_user(house, "Teller")
    factories.signed_in(client, email, password)
    return client


def _asset(asset_id: int) -> Asset:
    with database.reading() as session:
        asset = session.get_one(Asset, asset_id)
        session.expunge(asset)
        return asset


def _newest(asset_id: int) -> Transaction:
    with database.reading() as session:
        query = select(Transaction).where(Transaction.asset_id == asset_id)
        found = session.scalars(query.order_by(Transaction.id.desc())).first()
        assert found is not None
        session.expunge(found)
        return found


def _toast(client: FlaskClient, path: str, **typed: object) -> dict[str, dict[str, str]]:
    """Send a form as htmx does; returns what the answer asks the page to do."""
    values = form_of(client, path) | typed
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    answer = client.post(path, data=values, headers=headers)
    assert answer.status_code == 204, answer.get_data(as_text=True)
    return json.loads(answer.headers["HX-Trigger"])


def _page(answer: TestResponse, status: int = 200) -> str:
    page = answer.get_data(as_text=True)
    assert answer.status_code == status, page.split("<body")[-1][-3000:]
    return page


@pytest.mark.checks("W08.39", "W08.40", "W08.43", "W02.05")
def test_a_deposit_shows_the_balance_takes_the_texts_and_posts_at_once(house, teller):
    asset_id = factories.a_funded_asset(house, 990_000)
    path = f"{ASSETS}/{asset_id}/deposit"
    page = _page(teller.get(path), 200)
    assert "9,900.00" in page
    for label in ("Available", "On hold", "Amount", "Description", "Source", "Value date"):
        assert label in page
    told = _toast(teller, path, amount="100.00", description="Salary", source="KE12 3456",
                  value_date="2026-11-23")  # fmt: skip
    made = _newest(asset_id)
    assert told["toast"]["title"] == "Deposit completed"
    assert told["toast"]["text"] == "Available: 10,000.00 KES"
    assert told["panel:done"]["open"] == f"/admin/transactions/{made.id}"
    assert (made.description, made.source, str(made.value_date)) == (
        "Salary", "KE12 3456", "2026-11-23",
    )  # fmt: skip
    assert _asset(asset_id).balance_minor == 1_000_000
    shown = _page(teller.get(f"/admin/transactions/{made.id}"), 200)
    assert "Salary" in shown
    assert "KE12 3456" in shown


@pytest.mark.checks("W08.41", "W08.42", "W08.43", "W02.05")
def test_a_withdrawal_takes_its_destination_and_posts_at_once(house, teller):
    asset_id = factories.a_funded_asset(house, 50_000)
    told = _toast(teller, f"{ASSETS}/{asset_id}/withdraw", amount="120.50", description="Rent",
                  beneficiary="company")  # fmt: skip
    made = _newest(asset_id)
    assert told["toast"] == {
        "kind": "success", "title": "Withdrawal completed", "text": "Available: 379.50 KES",
    }  # fmt: skip
    assert (made.description, made.beneficiary) == ("Rent", "company")
    assert _asset(asset_id).withdrawn_minor == 12_050


def test_without_scripts_the_saved_form_leads_to_the_transaction(house, teller):
    asset_id = factories.a_funded_asset(house)
    answer = send(teller, f"{ASSETS}/{asset_id}/deposit", amount="5")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/admin/transactions/{_newest(asset_id).id}"
    assert "Deposit completed" in teller.get(answer.headers["Location"]).get_data(as_text=True)


def test_what_waits_for_approval_says_so_and_shows_the_hold(app):
    house = factories.a_house(currencies=("KES",))
    asset_id = factories.a_funded_asset(house, 50_000)
    factories.an_approval_rule(house, minimum_minor=10_000)
    _actor, email, password = factories.a_user(house, "Teller")
    browser = app.test_client()
    factories.signed_in(browser, email, password)
    told = _toast(browser, f"{ASSETS}/{asset_id}/withdraw", amount="200")
    assert told["toast"]["title"] == "Withdrawal waits for approval"
    assert told["toast"]["text"] == "Pay nothing out yet. Available: 300.00 KES"
    assert told["toast"]["kind"] == "warning"
    told = _toast(browser, f"{ASSETS}/{asset_id}/deposit", amount="200")
    assert told["toast"]["title"] == "Deposit waits for approval"
    assert (_asset(asset_id).balance_minor, _asset(asset_id).held_minor) == (50_000, 20_000)
    # It is said before as well.
    for amount, waits in (("200", True), ("100", False)):
        asked = {"amount": amount, "preview": "1"}
        page = _page(send(browser, f"{ASSETS}/{asset_id}/withdraw", **asked), 200)
        assert ("Waits for 1 approval before the money moves." in page) == waits


AMOUNTS = [
    "", "1e999990", "NaN", "Infinity", "1_000", "１２", "-0", "-5", "0", "0.00", "+5", "0x10",
    "9" * 40, "9" * 5000, "1.005", "1,00", "٣", "1 000", "5 KES", "1/3",
]  # fmt: skip


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize("verb", ["deposit", "withdraw", "transfer", "bonus"])
def test_an_amount_that_is_none_is_refused_with_what_was_typed(refusing, verb, amount):
    browser, token, asset_id = refusing
    typed = {"amount": amount, "description": "Kept as typed"}
    if verb == "transfer":
        typed["counter_asset_id"] = "ACC-00000001"
    values = {"key": f"{verb}-{amount}"[:90], "csrf_token": token} | typed
    answer = browser.post(f"{ASSETS}/{asset_id}/{verb}", data=values)
    page = _page(answer, 422)
    assert "error-summary" in page
    assert "Kept as typed" in page
    assert f'value="{amount}"' in page
    assert _asset(asset_id).balance_minor == 7_700


@pytest.fixture(scope="module")
def refusing(app, house: factories.House):
    asset_id = factories.a_funded_asset(house, 7_700)
    _actor, email, password = factories.a_user(house, "Teller")
    browser = app.test_client()
    factories.signed_in(browser, email, password)
    return browser, token_of(browser), asset_id


@pytest.mark.parametrize(
    "refusal",
    [
        ("JPY", "1.5", "Amount can have no decimals in this currency"),
        ("USD", "1.005", "Amount can have at most 2 decimals in this currency"),
        ("KWD", "1.0005", "Amount can have at most 3 decimals in this currency"),
        ("BTC", "0.000000001", "Amount can have at most 8 decimals in this currency"),
    ],
)
def test_decimals_are_those_of_the_currency(house, teller, refusal):
    currency, amount, sentence = refusal
    asset_id = factories.a_funded_asset(house, currency=currency)
    page = _page(send(teller, f"{ASSETS}/{asset_id}/deposit", amount=amount), 422)
    assert sentence in page


def test_more_than_is_available_is_refused(house, teller):
    asset_id = factories.a_funded_asset(house, 10_000)
    page = _page(send(teller, f"{ASSETS}/{asset_id}/withdraw", amount="100.01"), 409)
    assert '<a href="#amount">Insufficient available balance</a>' in page
    assert 'value="100.01"' in page


@pytest.mark.parametrize("value_date", ["yesterday", "2026-13-01", "99999-01-01"])
def test_a_value_date_that_is_none_is_refused(house, teller, value_date):
    asset_id = factories.a_funded_asset(house)
    _page(send(teller, f"{ASSETS}/{asset_id}/deposit", amount="5", value_date=value_date), 422)
    assert _asset(asset_id).balance_minor == 0


@pytest.mark.parametrize(
    ("value_date", "sentence"),
    [
        ("2026-11-19", "You do not have permission to give a value date before the posting date"),
        ("1999-01-01", "Value date must be within a year of the posting date, 2026-11-20"),
        ("2099-12-31", "Value date must be within a year of the posting date, 2026-11-20"),
    ],
)
def test_a_value_date_is_no_way_around_back_dating(house, teller, value_date, sentence):
    asset_id = factories.a_funded_asset(house)
    page = _page(
        send(teller, f"{ASSETS}/{asset_id}/deposit", amount="5", value_date=value_date), 422
    )
    assert sentence in page
    assert 'href="#value_date"' in page
    assert _asset(asset_id).balance_minor == 0


def test_who_may_back_date_gives_an_earlier_value_date(house):
    asset_id = factories.a_funded_asset(house)
    texts = Particulars(value_date=date(2026, 11, 18))
    perform(Deposit(asset_id, 5_00, texts), house.administrator)
    assert _newest(asset_id).value_date == date(2026, 11, 18)


def test_texts_have_a_longest_length(house, teller):
    asset_id = factories.a_funded_asset(house)
    path = f"{ASSETS}/{asset_id}/deposit"
    page = _page(send(teller, path, amount="5", description="x" * 501), 422)
    assert "Description can have at most 500 characters" in page
    assert "Source can have at most 200" in _page(
        send(teller, path, amount="5", source="x" * 201), 422
    )


def test_the_same_form_sent_twice_moves_money_once(house, teller):
    asset_id = factories.a_funded_asset(house)
    values = form_of(teller, f"{ASSETS}/{asset_id}/deposit") | {"amount": "5"}
    for _ in range(2):
        assert teller.post(f"{ASSETS}/{asset_id}/deposit", data=values).status_code == 303
    assert _asset(asset_id).balance_minor == 500
    other = teller.post(f"{ASSETS}/{asset_id}/deposit", data=values | {"amount": "6"})
    assert other.status_code == 409


@pytest.mark.checks("W08.47", "W08.48", "W08.49", "W08.50")
def test_a_deposit_that_earns_a_bonus_keeps_the_two_apart(house, teller):
    asset_id = factories.a_funded_asset(house)
    factories.change(house, Asset, asset_id, balance_minor=990_000)
    path = f"{ASSETS}/{asset_id}/deposit"
    send(teller, path, amount="100")
    asset = _asset(asset_id)
    assert (asset.available_minor, asset.bonus_minor) == (1_000_000, 0)
    send(teller, path, amount="200", bonus="200")
    asset = _asset(asset_id)
    assert (asset.available_minor, asset.bonus_minor) == (1_020_000, 20_000)
    assert (asset.deposited_minor, asset.held_minor) == (30_000, 0)
    made = _newest(asset_id)
    with database.reading() as session:
        query = (
            select(Entry.side, Entry.bucket, Entry.amount_minor, Account.purpose)
            .join(Asset, Asset.id == Entry.asset_id)
            .join(Account, Account.id == Asset.account_id)
            .where(Entry.transaction_id == made.id)
            .order_by(Entry.line)
        )
        lines = [tuple(row) for row in session.execute(query)]
    assert lines == [
        ("D", "real", 20_000, "cash"), ("C", "real", 20_000, None),
        ("D", "real", 20_000, "promotion"), ("C", "bonus", 20_000, None),
    ]  # fmt: skip


@pytest.mark.checks("W08.51")
def test_a_programme_credits_the_bonus_alone(house, teller):
    asset_id = factories.a_funded_asset(house, 5_000)
    told = _toast(teller, f"{ASSETS}/{asset_id}/bonus", amount="25", source="Loyalty reward")
    asset = _asset(asset_id)
    assert told["toast"]["title"] == "Bonus completed"
    assert (asset.available_minor, asset.bonus_minor, asset.deposited_minor) == (
        5_000,
        2_500,
        5_000,
    )
    assert (_newest(asset_id).kind, _newest(asset_id).source) == ("bonus", "Loyalty reward")


def test_the_house_itself_has_no_bonus(house, client):
    factories.signed_in(client, house.administrator_email)
    asset_id = perform(OpenHouseAccount("clearing", "KES", house.branch_id), house.system)
    path, sentence = f"{ASSETS}/{asset_id}", "An asset of the house itself has no bonus"
    assert sentence in _page(send(client, f"{path}/bonus", amount="9.00"), 422)
    assert "bonus" in form_of(client, f"{ASSETS}/{factories.a_funded_asset(house)}/deposit")
    assert "bonus" not in form_of(client, f"{path}/deposit")
    for command in (
        Deposit(asset_id, 9_00, bonus_minor=9_00),
        Withdraw(asset_id, 9_00, is_bonus=True),
    ):
        with pytest.raises(Refusal, match=sentence):
            perform(command, house.administrator)
    page = _page(client.get(path), 200)
    assert "9.00" not in page


@pytest.mark.checks("W08.52")
def test_a_bonus_is_paid_out_where_the_institution_does_so_and_never_beyond_it(house, teller):
    asset_id = factories.a_funded_asset(house, 5_000)
    path = f"{ASSETS}/{asset_id}/withdraw"
    assert "bucket" not in form_of(teller, path)
    perform(CreditBonus(asset_id, 2_500), house.administrator)
    assert "Bonus" in _page(teller.get(path), 200)
    refused = send(teller, path, amount="25.01", bucket="bonus")
    assert refused.status_code == 409
    send(teller, path, amount="20", bucket="bonus")
    asset = _asset(asset_id)
    assert (asset.available_minor, asset.bonus_minor) == (5_000, 500)


def test_a_bonus_that_waits_is_expected_by_neither_balance(app):
    house = factories.a_house(currencies=("KES",))
    asset_id = factories.a_funded_asset(house, 5_000)
    factories.an_approval_rule(house, minimum_minor=1_000)
    teller = factories.a_user(house, "Teller")[0]
    # The whole of what is given counts: a small deposit hides no large bonus.
    perform(Deposit(asset_id, 500, bonus_minor=90_000), teller)
    waiting = _newest(asset_id)
    assert waiting.record_status == "PENDING_AUTH_L1"
    asset = _asset(asset_id)
    assert (asset.pending_in_minor, asset.bonus_minor) == (500, 0)
    _actor, email, password = factories.a_user(house, "Approver L1")
    browser = app.test_client()
    factories.signed_in(browser, email, password)
    send(browser, f"/admin/approvals/transaction/{waiting.id}/approve")
    asset = _asset(asset_id)
    assert (asset.balance_minor, asset.bonus_minor) == (5_500, 90_000)
    assert asset.pending_in_minor == 0
    perform(Withdraw(asset_id, 80_000, is_bonus=True), teller)
    assert (_asset(asset_id).held_minor, _asset(asset_id).pending_out_minor) == (0, 0)


@pytest.mark.checks("W02.05")
def test_a_transfer_finds_the_other_by_account_or_asset(house, teller):
    source = factories.a_funded_asset(house, 10_000)
    target = factories.a_funded_asset(house)
    with database.reading() as session:
        account = session.get_one(Account, _asset(target).account_id)
        names = (account.number, account.number.lower(), account.public_id, account.uid,
                 _asset(target).uid, f" {_asset(target).public_id} ")  # fmt: skip
    for name in names:
        send(teller, f"{ASSETS}/{source}/transfer", amount="10", counter_asset_id=name)
    assert _asset(target).balance_minor == 1_000 * len(names)
    assert _asset(source).balance_minor == 10_000 - 1_000 * len(names)
    assert _newest(source).kind == "transfer_out"


def test_a_transfer_says_who_receives_it_before_it_is_saved(house, teller):
    source = factories.a_funded_asset(house, 10_000)
    client_id = factories.a_client(house, first_name="Wambui")
    target = factories.first_asset(factories.an_account(house, client_id))
    with database.reading() as session:
        number = session.get_one(Account, _asset(target).account_id).number
    path = f"{ASSETS}/{source}/transfer"
    asked = {"preview": "1", "counter_asset_id": number}
    for amount in ("", "10"):
        page = _page(send(teller, path, amount=amount, **asked), 200)
        assert "Receives" in page
        assert f"Wambui Wanjiru · {number}" in page
    asked["counter_asset_id"] = "ACC-99999999"
    assert "There is no asset in KES" in _page(send(teller, path, amount="10", **asked), 200)
    assert _asset(source).balance_minor == 10_000


def test_a_name_alone_pays_nobody_but_is_told_which_accounts_it_may_mean(house, teller):
    source = factories.a_funded_asset(house, 10_000)
    client_id = factories.a_client(house, first_name="Zawadi")
    target = factories.first_asset(factories.an_account(house, client_id))
    with database.reading() as session:
        number = session.get_one(Account, _asset(target).account_id).number
    path = f"{ASSETS}/{source}/transfer"
    page = _page(send(teller, path, amount="10", counter_asset_id="zawadi"), 422)
    assert f"Choose the account that is meant: {number} Zawadi Wanjiru" in page
    assert _asset(source).balance_minor == 10_000


def test_a_transfer_to_nobody_to_itself_or_out_of_sight_is_refused(house, teller):
    source = factories.a_funded_asset(house, 10_000)
    dollars = factories.a_funded_asset(house, currency="USD")
    foreign = factories.a_funded_asset(factories.a_house(currencies=("KES",)))
    path = f"{ASSETS}/{source}/transfer"
    for name in ("ACC-99999999", _asset(dollars).uid, _asset(foreign).public_id, "' or 1=1"):
        page = _page(send(teller, path, amount="10", counter_asset_id=name), 422)
        assert "There is no asset in KES with this number, UID or code" in page
    page = _page(send(teller, path, amount="10", counter_asset_id=_asset(source).uid), 422)
    assert "Choose another asset to transfer to" in page
    assert "To is required" in _page(send(teller, path, amount="10"), 422)
    assert _asset(source).balance_minor == 10_000


def test_from_an_account_the_asset_is_chosen_and_its_decimals_count(house, teller):
    account_id = factories.an_account(house, factories.a_client(house))
    shillings = factories.first_asset(account_id)
    path = f"{ACCOUNTS}/{account_id}/deposit"
    assert "asset_id" not in form_of(teller, path)
    yen = factories.an_asset(house, account_id, "JPY")
    assert "asset_id" in form_of(teller, path)
    assert send(teller, path, amount="1,000", asset_id=str(yen)).status_code == 303
    assert send(teller, path, amount="1,000.50", asset_id=str(shillings)).status_code == 303
    assert (_asset(yen).balance_minor, _asset(shillings).balance_minor) == (1_000, 100_050)
    assert "no decimals" in _page(send(teller, path, amount="1.5", asset_id=str(yen)), 422)
    foreign = factories.a_funded_asset(house)
    page = _page(send(teller, path, amount="1", asset_id=str(foreign)), 422)
    assert "Choose an asset from the list" in page
    assert _asset(foreign).balance_minor == 0
    out = f"{ACCOUNTS}/{account_id}/withdraw"
    assert send(teller, out, amount="400", asset_id=str(yen)).status_code == 303
    assert _asset(yen).balance_minor == 600


def test_nothing_is_booked_on_an_inactive_account(house, teller):
    asset_id = factories.a_funded_asset(house, 1_000)
    account_id = _asset(asset_id).account_id
    paths = [f"{ASSETS}/{asset_id}/{verb}" for verb in ("deposit", "withdraw", "bonus")]
    forms = {path: form_of(teller, path) | {"amount": "1"} for path in paths}
    offered = (f"{ASSETS}/{asset_id}", f"{ACCOUNTS}/{account_id}/assets", f"{ASSETS}")
    perform(SetAccountActive(account_id, is_active=False), house.administrator)
    for path, form in forms.items():
        assert "is inactive" in _page(teller.post(path, data=form), 409)
        assert "This account is inactive" in _page(teller.get(path), 409)
    perform(SetAccountActive(account_id, is_active=True), house.administrator)
    assert all(paths[0] in _page(teller.get(page)) for page in offered)
    perform(SetAssetActive(asset_id, is_active=False), house.administrator)
    for path, form in forms.items():
        again = form | {"key": factories.unique("key")}
        assert "is inactive" in _page(teller.post(path, data=again), 409)
        assert "This asset is inactive" in _page(teller.get(path), 409)
        assert not any(path in _page(teller.get(page)) for page in offered)
    assert _asset(asset_id).balance_minor == 1_000


def test_nothing_is_offered_on_an_account_that_waits_for_approval(house, teller):
    account_id = factories.an_account(house, factories.a_client(house))
    asset_id = factories.first_asset(account_id)
    factories.change(house, Account, account_id, record_status="PENDING_AUTH_L1")
    for verb in ("deposit", "withdraw", "transfer", "exchange", "bonus"):
        path = f"{ASSETS}/{asset_id}/{verb}"
        assert path not in _page(teller.get(f"{ASSETS}/{asset_id}"))
        assert path not in _page(teller.get(f"{ACCOUNTS}/{account_id}/assets"))
        assert "This account is not approved yet" in _page(teller.get(path), 409)
    assert "not approved yet" in _page(teller.get(f"{ACCOUNTS}/{account_id}/deposit"), 409)


@pytest.mark.parametrize("verb", ["deposit", "withdraw", "transfer", "bonus"])
def test_who_may_not_move_money_is_told_so(house, client, verb):
    asset_id = factories.a_funded_asset(house, 1_000)
    _actor, email, password = factories.a_user(house, "Auditor")
    factories.signed_in(client, email, password)
    assert client.get(f"{ASSETS}/{asset_id}/{verb}").status_code == 403


@pytest.mark.checks("W01.08")
def test_a_scanned_code_is_paid_at_once(house, teller):
    payer, payee = factories.a_funded_asset(house, 90_00), factories.a_funded_asset(house)
    with database.reading() as session:
        accounts = [session.get_one(Account, _asset(one).account_id) for one in (payer, payee)]
        codes = accounts[1].qr_code, session.get_one(Client, accounts[1].client_id).qr_code
        path = f"{ACCOUNTS}/{accounts[0].id}/qr-payment"
    for number, code in enumerate(codes, start=1):
        _toast(teller, path, counter_asset_id=code.lower(), amount="10")
        assert _asset(payee).balance_minor == number * 10_00
        assert _newest(payer).processing == "Completed"
    assert _asset(payer).balance_minor == 70_00
    page = _page(send(teller, path, counter_asset_id="QR-ACC-NOBODY", amount="10"), 422)
    assert "There is no asset in KES with this number, UID or code" in page
