"""Assets: added with an opening balance, activated, listed with balances, filtered, deleted."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.accounts.commands import OpenAccount
from app.assets.commands import AddAsset, SetAssetActive
from app.controls.commands import perform
from app.controls.permissions import scoped
from app.db.session import database
from app.kernel.errors import Conflict, Forbidden
from app.ledger.accounts import Account
from app.ledger.models import Asset, Entry, Transaction
from app.ledger.rollup import roll_up
from app.transactions.commands import Deposit, Transfer, Withdraw
from app.transactions.kinds import Particulars
from app.transactions.statuses import ChangeStatus
from tests import factories
from tests.banks.scenes import a_bank
from tests.pages import form_of, send, token_of

LIST = "/admin/assets"
ACCOUNTS = "/admin/accounts"


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house()


@pytest.fixture
def manager(house: factories.House, client: FlaskClient) -> FlaskClient:
    return _signed_in(house, client, "Branch Manager")


def _signed_in(house: factories.House, client: FlaskClient, role: str) -> FlaskClient:
    _actor, email, password = factories.a_user(house, role)
    factories.signed_in(client, email, password)
    return client


def _text(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, f"{path} answers {answer.status_code}"
    return answer.get_data(as_text=True)


def _rows(client: FlaskClient, query: str = "") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_text(client, f"{LIST}.csv{query}"))))


def _asset(asset_id: int) -> Asset:
    with database.reading() as session:
        asset = session.get_one(Asset, asset_id)
        session.expunge(asset)
        return asset


def _transactions(asset_id: int) -> list[Transaction]:
    with database.reading() as session:
        query = select(Transaction).where(Transaction.asset_id == asset_id)
        found = list(session.scalars(query.order_by(Transaction.id)))
        session.expunge_all()
        return found


def _switch(client: FlaskClient, asset_id: int, value: str) -> TestResponse:
    data = {"value": value, "csrf_token": token_of(client)}
    return client.post(f"{LIST}/{asset_id}/status", data=data)


def _newest(house: factories.House) -> Asset:
    with database.reading() as session:
        query = select(Asset.id).where(
            Asset.organisation_id == house.organisation_id, Asset.client_id.is_not(None)
        )
        return _asset(session.scalars(query.order_by(Asset.id.desc())).first())


def _house_asset(house: factories.House, purpose: str, currency: str = "KES") -> int:
    with database.reading() as session:
        query = (
            select(Asset.id)
            .join(Account, Account.id == Asset.account_id)
            .where(
                Account.organisation_id == house.organisation_id,
                Account.purpose == purpose,
                Account.currency == currency,
            )
        )
        return session.scalars(query).one()


@pytest.mark.checks("W06.11", "W07.22", "W07.23", "W07.25", "W07.26", "W07.27", "W07.28")
def test_an_asset_is_added_inactive_with_what_is_typed_of_it(house, manager):
    account_id = factories.an_account(house, factories.a_client(house))
    platform_id = factories.a_platform(house)
    equity = a_bank(house, "Equity", country="DE", iban="DE8937040044")
    path = f"{ACCOUNTS}/{account_id}/assets/new"
    assert set(form_of(manager, path)) >= {
        "currency", "balance", "address", "external_id", "bank_id", "platform_id",
    }  # fmt: skip
    page = _text(manager, path)
    assert "USD · US Dollar · Fiat" in page
    assert "BTC · Bitcoin · Crypto" in page
    assert 'value="KES"' not in page
    answer = send(manager, path, currency="USD", address="DE89370400440532013000",
                  external_id="EXT-1", bank_id=str(equity),
                  platform_id=str(platform_id),
                  external_balance_id="bal-1")  # fmt: skip
    assert answer.status_code == 303
    made = _newest(house)
    assert made.external_balance_id == "bal-1", "its platform can move money at once"
    assert (made.kind, made.is_active, made.currency) == ("fiat", False, "USD")
    detail = _text(manager, f"{LIST}/{made.id}")
    for shown in ("DE89370400440532013000", "EXT-1", "Equity", "gateway-", "Inactive", made.uid):
        assert shown in detail
    send(manager, path, currency="BTC")
    assert _newest(house).kind == "crypto"
    # An address that is left empty is filled with how the bank's IBANs begin.
    send(manager, path, currency="KWD", bank_id=str(equity))
    assert (_newest(house).currency, _newest(house).address) == ("KWD", "DE8937040044")


@pytest.mark.parametrize(
    "refusal",
    [
        ({"currency": "BTC", "address": "abc"}, 422, "Address is for fiat currencies"),
        ({"currency": ""}, 422, "Currency is required"),
        ({"currency": "XXX"}, 422, "Choose a currency of this organisation"),
        ({"currency": "KES"}, 409, "This account has an asset in KES already"),
        ({"currency": "USD", "balance": "1e999990"}, 422, "Balance must be a number"),
        ({"currency": "USD", "balance": "1.005"}, 422, "Balance can have at most 2 decimals"),
    ],
)
def test_an_asset_that_cannot_be_is_refused(house, manager, refusal):
    typed, status, sentence = refusal
    account_id = factories.an_account(house, factories.a_client(house))
    answer = send(manager, f"{ACCOUNTS}/{account_id}/assets/new", external_id="Kept", **typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert sentence in page
    assert 'value="Kept"' in page


@pytest.mark.checks("W07.24")
def test_an_opening_balance_is_a_deposit_that_is_posted_when_the_asset_is_activated(house, manager):
    account_id = factories.an_account(house, factories.a_client(house))
    send(manager, f"{ACCOUNTS}/{account_id}/assets/new", currency="USD", balance="1,250.50")
    made = _newest(house)
    (waiting,) = _transactions(made.id)
    assert (waiting.kind, waiting.processing) == ("deposit", "Pending")
    assert waiting.posted_at is None
    assert (made.balance_minor, made.pending_in_minor, made.virtual_minor) == (0, 125_050, 125_050)
    _switch(manager, made.id, "on")
    after = _asset(made.id)
    assert after.is_active
    assert (after.balance_minor, after.deposited_minor, after.pending_in_minor) == (
        125_050, 125_050, 0,
    )  # fmt: skip
    (posted,) = _transactions(made.id)
    assert posted.processing == "Completed"
    with database.reading() as session:
        entries = session.scalars(select(Entry).where(Entry.transaction_id == posted.id)).all()
    sides = {entry.side: entry.asset_id for entry in entries}
    assert sides == {"C": made.id, "D": _house_asset(house, "opening", "USD")}
    _switch(manager, made.id, "off")
    _switch(manager, made.id, "on")
    assert _asset(made.id).balance_minor == 125_050


def test_an_opening_balance_needs_the_approval_of_a_deposit(app):
    house = factories.a_house(currencies=("KES", "USD"))
    factories.an_approval_rule(house, minimum_minor=1_000)
    teller = factories.a_user(house, "Teller")[0]
    browser = _signed_in(house, app.test_client(), "Approver L1")
    account_id = factories.an_account(house, factories.a_client(house))
    asset_id = perform(AddAsset(account_id, "USD", opening_minor=500_00), teller)
    (waiting,) = _transactions(asset_id)
    assert waiting.record_status == "PENDING_AUTH_L1"
    perform(SetAssetActive(asset_id, is_active=True), house.administrator)
    assert _asset(asset_id).balance_minor == 0
    send(browser, f"/admin/approvals/transaction/{waiting.id}/approve")
    assert _asset(asset_id).balance_minor == 500_00
    assert _asset(asset_id).pending_in_minor == 0


def test_an_opening_balance_approved_first_waits_for_its_asset(app):
    house = factories.a_house(currencies=("KES", "USD"))
    factories.an_approval_rule(house, minimum_minor=1_000)
    teller = factories.a_user(house, "Teller")[0]
    browser = _signed_in(house, app.test_client(), "Approver L1")
    account_id = factories.an_account(house, factories.a_client(house))
    asset_id = perform(AddAsset(account_id, "USD", opening_minor=500_00), teller)
    (waiting,) = _transactions(asset_id)
    send(browser, f"/admin/approvals/transaction/{waiting.id}/approve")
    (approved,) = _transactions(asset_id)
    assert (approved.record_status, approved.processing) == ("AUTHORIZED", "Pending")
    assert _asset(asset_id).pending_in_minor == 500_00
    perform(SetAssetActive(asset_id, is_active=True), house.administrator)
    assert (_asset(asset_id).balance_minor, _asset(asset_id).pending_in_minor) == (500_00, 0)


def test_a_cancelled_opening_balance_is_not_posted(house):
    from app.reference.models import TransactionStatus

    account_id = factories.an_account(house, factories.a_client(house))
    asset_id = perform(AddAsset(account_id, "USD", opening_minor=500_00), house.administrator)
    (waiting,) = _transactions(asset_id)
    with database.reading() as session:
        query = select(TransactionStatus.id).where(
            TransactionStatus.project_id == house.project_id,
            TransactionStatus.processing == "Canceled",
        )
        canceled = session.scalars(query).first()
    perform(ChangeStatus(waiting.id, canceled), house.administrator)
    perform(SetAssetActive(asset_id, is_active=True), house.administrator)
    assert (_asset(asset_id).balance_minor, _asset(asset_id).pending_in_minor) == (0, 0)


def test_only_one_who_may_deposit_types_an_opening_balance(house, app):
    from dataclasses import replace

    actor = factories.a_user(house, "Teller")[0]
    actor = replace(actor, permissions=actor.permissions - {"assets.deposit"})
    account_id = factories.an_account(house, factories.a_client(house))
    with pytest.raises(Forbidden):
        perform(AddAsset(account_id, "USD", opening_minor=1), actor)
    assert perform(AddAsset(account_id, "USD"), actor)


@pytest.mark.checks("W08.01", "W08.04", "W08.05", "W08.06", "W08.07")
def test_the_list_shows_its_columns_links_and_actions(house, manager):
    email = factories.unique_email("owner")
    owner = factories.a_client(house, first_name="Njoki", surname="Maina", email=email)
    account_id = factories.an_account(house, owner)
    asset = _asset(factories.first_asset(account_id))
    perform(Deposit(asset.id, 100_050, bonus_minor=2_000), house.administrator)
    page = _text(manager, f"{LIST}?search={asset.public_id}")
    heads = re.findall(r"<th scope=\"col\"[^>]*>(?:<a[^>]*>)?([^<]+)", page)
    assert [head.replace("&#39;", "'") for head in heads[:9]] == [
        "Status", "Currency", "UID", "Owner's full name", "Owner's email", "Available", "Bonus",
        "All time deposited", "On hold",
    ]  # fmt: skip
    assert re.fullmatch(r"cbas[0-9a-z]{6}", asset.uid)
    for shown in (asset.uid, "Njoki Maina", email, "1,000.50", "20.00", "1 result"):
        assert shown in page
    assert f'href="/admin/clients/{owner}"' in page
    for href in (f"/admin/transactions?asset={asset.id}", f"{LIST}/{asset.id}/deposit",
                 f"{LIST}/{asset.id}/withdraw", f"{LIST}/{asset.id}/transfer",
                 f"{LIST}/{asset.id}/delete"):  # fmt: skip
        assert f'href="{href}"' in page
    (row,) = _rows(manager, f"?search={asset.public_id}")
    assert row == {
        "Status": "Active", "Currency": "KES", "UID": asset.uid,
        "Owner's full name": "Njoki Maina", "Owner's email": email, "Available": "1000.50",
        "Bonus": "20.00", "All time deposited": "1000.50", "On hold": "0.00",
    }  # fmt: skip
    (more,) = _rows(
        manager,
        f"?search={asset.public_id}&columns=account,account-id,asset-id,project,ledger,withdrawn,virtual",
    )
    with database.reading() as session:
        account = session.get_one(Account, account_id)
        numbers = (account.number, account.public_id)
    assert list(more.values()) == [
        *numbers, asset.public_id, "Main", "1000.50", "1000.50", "0.00",
    ]  # fmt: skip


@pytest.mark.checks("W08.63")
def test_no_asset_is_created_from_the_list_of_assets(house, client):
    factories.signed_in(client, house.administrator_email)
    page = _text(client, LIST)
    assert "Create asset" not in page
    assert client.get(f"{LIST}/new").status_code == 404


@pytest.mark.checks("W08.13", "W08.14", "W08.15", "W08.16", "W08.17")
def test_assets_are_found_by_any_part_of_what_they_are_known_by(house, manager):
    surname = factories.unique("Chege").replace(" ", "")
    email = factories.unique_email("finder")
    owner = factories.a_client(house, first_name="Zawadi", surname=surname, email=email)
    account_id = factories.an_account(house, owner)
    shillings = _asset(factories.first_asset(account_id))
    dollars = _asset(factories.an_asset(house, account_id, "USD"))
    with database.reading() as session:
        account = session.get_one(Account, account_id).public_id

    def found(query: str) -> set[str]:
        return {row["UID"] for row in _rows(manager, f"?{query}")}

    both = {shillings.uid, dollars.uid}
    assert found(f"search={account}") == both
    assert found(f"search={account[5:25].upper()}") == both
    assert found(f"search={dollars.public_id}") == {dollars.uid}
    assert found(f"search={dollars.public_id[3:20]}") == {dollars.uid}
    assert found(f"search={surname.lower()}") == both
    assert found(f"search={email.upper()}") == both
    assert dollars.uid in found("search=usd")
    assert shillings.uid not in found("search=usd")


@pytest.mark.checks(
    "W08.19", "W08.20", "W08.21", "W08.22", "W08.23", "W08.24", "W08.25", "W08.26", "W08.27",
    "W08.28", "W08.29", "W08.30", "W08.31",
)  # fmt: skip
def test_fast_filters_apply_together_and_are_exact_in_every_currency(house, manager):
    email = factories.unique_email("rich")
    owner = factories.a_client(house, first_name="Rehema", surname="Said", email=email)
    account_id = factories.an_account(house, owner)
    made = {"KES": factories.first_asset(account_id)}
    for code in ("USD", "JPY", "BTC"):
        made[code] = factories.an_asset(house, account_id, code)
    perform(Deposit(made["KES"], 100_000, bonus_minor=500), house.administrator)
    perform(Deposit(made["JPY"], 1_000), house.administrator)
    perform(Deposit(made["BTC"], 150_000_000), house.administrator)
    factories.change(house, Asset, made["KES"], held_minor=20_000)
    perform(SetAssetActive(made["BTC"], is_active=False), house.administrator)
    mine = f"owner={email}"

    def found(query: str) -> set[str]:
        return {row["Currency"] for row in _rows(manager, f"?{mine}&{query}")}

    everything = {"KES", "USD", "JPY", "BTC"}
    assert found("") == everything
    assert found(f"project={house.project_id}") == everything
    assert found("project=0") == set()
    assert found("currency=USD&currency=JPY") == {"USD", "JPY"}
    assert found("type=crypto") == {"BTC"}
    assert found("type=bonus") == {"KES"}
    assert found("type=crypto&type=bonus") == {"KES", "BTC"}
    assert found("available_from=800") == {"KES", "JPY"}
    assert found("available_from=800.01") == {"JPY"}
    assert found("available_to=1.5") == {"USD", "BTC"}
    assert found("available_from=1.5&available_to=1.5") == {"BTC"}
    assert found("deposited_from=1000&deposited_to=1000") == {"KES", "JPY"}
    assert found("held_from=0.01") == {"KES"}
    assert found("bonus_from=5&bonus_to=5") == {"KES"}
    assert found("show=active") == {"KES", "USD", "JPY"}
    assert found("show=disabled") == {"BTC"}
    assert found("show=zero") == {"USD"}
    assert found("available_from=999999999999999999") == set()
    page = _text(manager, f"{LIST}?{mine}&currency=USD&available_to=5")
    assert "Remove filter Currency: USD" in page
    assert "Drop filters" in page
    assert "Apply" in page
    assert manager.get(f"{LIST}?available_from=abc").status_code == 422


@pytest.mark.checks("W08.08", "W08.10")
def test_a_deactivated_asset_takes_no_money_until_it_is_activated(house, manager):
    asset_id = factories.a_funded_asset(house, 10_000)
    uid, form = _asset(asset_id).uid, form_of(manager, f"{LIST}/{asset_id}/deposit")
    assert _switch(manager, asset_id, "off").status_code == 303
    assert not _asset(asset_id).is_active
    assert 'aria-checked="false"' in _text(manager, f"{LIST}?search={uid}")
    answer = manager.get(f"{LIST}/{asset_id}/deposit")
    assert (answer.status_code, "This asset is inactive" in answer.text) == (409, True)
    refused = manager.post(f"{LIST}/{asset_id}/deposit", data=form | {"amount": "5"})
    assert refused.status_code == 409
    assert f"Asset {uid} is inactive" in refused.get_data(as_text=True)
    _switch(manager, asset_id, "on")
    assert send(manager, f"{LIST}/{asset_id}/deposit", amount="5").status_code == 303
    assert _asset(asset_id).balance_minor == 10_500


@pytest.mark.checks("W08.11")
def test_a_deactivated_asset_is_hidden_from_the_client(house):
    client_id = factories.a_client(house)
    asset_id = factories.first_asset(factories.an_account(house, client_id))
    login, _email, _password = factories.a_user(house, kind="client", client_id=client_id)

    def seen() -> list[int]:
        with database.reading() as session:
            return [asset.id for asset in session.scalars(scoped(login, Asset))]

    assert seen() == [asset_id]
    perform(SetAssetActive(asset_id, is_active=False), house.administrator)
    assert seen() == []


@pytest.mark.checks("W08.09")
def test_an_asset_with_transactions_expands_to_them(house, manager):
    asset_id = factories.a_funded_asset(house, 10_000)
    perform(Withdraw(asset_id, 2_500), house.administrator)
    empty = factories.a_funded_asset(house)
    used, unused = _asset(asset_id), _asset(empty)
    assert f'href="{LIST}/{asset_id}/recent" data-expand' in _text(
        manager, f"{LIST}?search={used.uid}"
    )
    assert "data-expand" not in _text(manager, f"{LIST}?search={unused.uid}")
    assert "Nothing was booked on this asset yet" in _text(manager, f"{LIST}/{empty}/recent")
    page = _text(manager, f"{LIST}/{asset_id}/recent")
    for shown in ("Deposit", "Withdrawal", "+100.00", "−25.00",
                  f"/admin/transactions?asset={asset_id}"):  # fmt: skip
        assert shown in page


def test_a_transaction_of_an_asset_stands_under_the_day_it_was_booked_on(house, manager):
    asset_id = factories.a_funded_asset(house, 10_000)
    yesterday = factories.today() - timedelta(days=1)
    late = Particulars("Late slip", posting_date=yesterday)
    perform(Deposit(asset_id, 5_000, late), house.administrator)
    newest, *_ = _text(manager, f"{LIST}/{asset_id}/recent").split("Late slip")[1].split("</li>")
    assert f"{yesterday}" in newest
    assert f"{factories.today()}" not in newest


def test_a_transfer_stands_once_on_each_side(house, manager):
    sender, receiver = factories.a_funded_asset(house, 500_00), factories.a_funded_asset(house)
    perform(Transfer(sender, receiver, 200_00), house.administrator)
    for asset_id, here, there in (
        (sender, "Transfer out", "Transfer in"), (receiver, "Transfer in", "Transfer out"),
    ):  # fmt: skip
        page = _text(manager, f"{LIST}/{asset_id}/recent")
        assert (page.count(here), page.count(there)) == (1, 0)


@pytest.mark.checks("W08.34")
def test_show_transactions_lists_those_of_the_asset_alone(house, manager):
    asset_id = factories.a_funded_asset(house, 10_000)
    factories.a_funded_asset(house, 77_700)
    page = _text(manager, f"/admin/transactions?asset={asset_id}")
    assert "100.00" in page
    assert "777.00" not in page


@pytest.mark.checks("W08.53")
def test_the_page_of_an_asset_shows_balances_and_what_holds_them(app):
    house = factories.a_house(currencies=("KES",))
    factories.an_approval_rule(house)
    asset_id = factories.a_funded_asset(house)
    factories.change(house, Asset, asset_id, balance_minor=100_000)
    teller = factories.a_user(house, "Teller")[0]
    transaction_id = perform(Withdraw(asset_id, 30_000), teller)
    browser = _signed_in(house, app.test_client(), "Auditor")
    page = _text(browser, f"{LIST}/{asset_id}")
    for shown in ("700.00", "1,000.00", "300.00", f"TXN-{transaction_id:08d}"):
        assert shown in page
    assert "Nothing is held" not in page
    for path in ("deposit", "withdraw", "transfer", "bonus", "delete"):
        assert f"{LIST}/{asset_id}/{path}" not in page


def test_cash_in_hand_is_positive_before_and_after_it_is_rolled_up(app):
    house = factories.a_house(currencies=("KES",))
    asset_id = factories.a_funded_asset(house, 500_00)
    perform(Withdraw(asset_id, 120_00), house.administrator)
    cash = _asset(_house_asset(house, "cash"))
    browser = _signed_in(house, app.test_client(), "Auditor")

    def shown() -> str:
        (row,) = _rows(browser, f"?search={cash.public_id}")
        return row["Available"]

    assert (cash.balance_minor, shown()) == (0, "380.00")
    assert "380.00" in _text(browser, f"{LIST}/{cash.id}")
    roll_up()
    assert (_asset(cash.id).balance_minor, shown()) == (-380_00, "380.00")


@pytest.mark.checks("W08.56", "W08.61", "W08.62")
def test_an_unused_asset_is_deleted_for_good(house, manager):
    account_id = factories.an_account(house, factories.a_client(house))
    asset_id = factories.an_asset(house, account_id, "USD")
    uid = _asset(asset_id).uid
    page = _text(manager, f"{LIST}/{asset_id}/delete")
    assert "Delete Asset" in page
    assert "This action cannot be undone." in page
    answer = send(manager, f"{LIST}/{asset_id}/delete")
    assert answer.status_code == 303
    assert "Asset deleted" in manager.get(answer.headers["Location"]).get_data(as_text=True)
    assert not _rows(manager, f"?search={uid}")
    with database.reading() as session:
        assert session.get(Asset, asset_id) is None
        assert session.scalar(select(Entry.id).where(Entry.asset_id == asset_id)) is None


@pytest.mark.checks("W08.57", "W08.59")
def test_an_asset_with_transactions_is_kept_posted_or_waiting(house, manager):
    posted = factories.a_funded_asset(house, 5_000)
    perform(Withdraw(posted, 5_000), house.administrator)
    account_id = factories.an_account(house, factories.a_client(house))
    waiting = perform(AddAsset(account_id, "USD", opening_minor=100), house.administrator)
    for asset_id in (posted, waiting):
        answer = send(manager, f"{LIST}/{asset_id}/delete")
        assert answer.status_code == 409
        assert "Asset cannot be deleted: it has transactions" in answer.get_data(as_text=True)
        assert _asset(asset_id)


@pytest.mark.checks("W08.58", "W08.60")
@pytest.mark.parametrize("column", ["balance_minor", "bonus_minor", "held_minor"])
def test_an_asset_with_a_balance_is_kept_though_it_changed_after_the_dialog(house, manager, column):
    asset_id = factories.a_funded_asset(house)
    values = form_of(manager, f"{LIST}/{asset_id}/delete")
    factories.change(house, Asset, asset_id, **({"balance_minor": 1_000} | {column: 500}))
    answer = manager.post(f"{LIST}/{asset_id}/delete", data=values)
    assert answer.status_code == 409
    assert "Asset cannot be deleted: non-zero balance" in answer.get_data(as_text=True)


@pytest.mark.checks("W08.54", "W08.55")
def test_without_the_permission_no_asset_is_deleted(house, client):
    asset_id = factories.a_funded_asset(house)
    teller = _signed_in(house, client, "Teller")
    path = f"{LIST}/{asset_id}/delete"
    for page in (f"{LIST}?search={_asset(asset_id).uid}", f"{LIST}/{asset_id}"):
        assert path not in _text(teller, page)
    assert teller.get(path).status_code == 403
    assert teller.post(path, data={"csrf_token": token_of(teller)}).status_code == 403
    assert _asset(asset_id)


def test_assets_follow_the_scope_of_their_clients(house, client):
    elsewhere = factories.a_house(currencies=("KES",))
    foreign, mine = factories.a_funded_asset(elsewhere, 100), factories.a_funded_asset(house, 100)
    _actor, email, password = factories.a_user(house, "Teller", project_ids=())
    factories.signed_in(client, email, password)
    for path in ("", "/recent", "/deposit", "/withdraw", "/transfer", "/bonus"):
        missing = client.get(f"{LIST}/999999999{path}")
        for asset_id in (foreign, mine):
            assert client.get(f"{LIST}/{asset_id}{path}").status_code == 404, path
        assert missing.status_code == 404
    assert _rows(client) == []


def test_an_asset_of_an_account_in_approval_is_not_funded(house):
    teller = factories.a_user(house, "Teller")[0]
    command = OpenAccount(house.product_id, "KES", client_id=factories.a_client(house))
    account_id = perform(command, teller)
    asset_id = perform(AddAsset(account_id, "USD", opening_minor=100), teller)
    with pytest.raises(Conflict, match="is not authorized"):
        perform(SetAssetActive(asset_id, is_active=True), house.administrator)
    assert not _asset(asset_id).is_active
