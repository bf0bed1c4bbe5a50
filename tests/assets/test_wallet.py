"""The wallet's side of an asset: head, tabs, lifetime sums, operations, history apart from logs."""

from __future__ import annotations

import csv
import io
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.assets.refreshing import RefreshBalance
from app.assets.terms import EditAsset
from app.controls.audit import Activity
from app.controls.commands import perform
from app.controls.service_log import ServiceEntry
from app.db.session import database
from app.kernel.errors import Conflict, Refusal
from app.ledger.models import Asset, Transaction
from app.reports.snapshot import snapshot
from app.reports.verify import breaches
from app.transactions.commands import CreditBonus, Deposit, Transfer, Withdraw
from app.transactions.wallets import CreditEarning, Payout
from tests import factories
from tests.journals.scenes import OpenHouseAccount
from tests.pages import form_of, send

LIST = "/admin/assets"
ACCOUNTS = "/admin/accounts"
IBAN = "GB82 WEST 1234 5698 7654 32"


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES", "BTC"))


@pytest.fixture
def here(house: factories.House, client: FlaskClient) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def _asset(asset_id: int) -> Asset:
    with database.reading() as session:
        asset = session.get_one(Asset, asset_id)
        session.expunge(asset)
        return asset


def _page(here: FlaskClient, path: str) -> str:
    answer = here.get(path)
    assert answer.status_code == 200, f"{path} answers {answer.status_code}"
    return answer.get_data(as_text=True)


def _figures(page: str) -> dict[str, str]:
    """Return the lines of a page's cards as text."""
    lines = re.findall(r"<dt>([^<]*)</dt><dd>(.*?)</dd>", page, re.DOTALL)
    return {label: " ".join(re.sub(r"<[^>]+>", " ", value).split()) for label, value in lines}


@pytest.mark.checks("V02.05", "V02.06", "L02.05", "L06.02", "W08.50", "V01.04")
def test_lifetime_sums_count_what_came_from_outside_and_what_left(house):
    asset_id = factories.a_funded_asset(house, 100_00)
    other_id = factories.a_funded_asset(house, 1_00)
    source_id = factories.a_funding_source(house, asset_id)
    for command in (
        Deposit(asset_id, 200_00, bonus_minor=50_00),
        CreditEarning(asset_id, 40_00),
        CreditBonus(asset_id, 7_00),
        Withdraw(asset_id, 30_00),
        Payout(asset_id, 20_00, source_id),
        Transfer(asset_id, other_id, 60_00),
        Transfer(other_id, asset_id, 5_00),
    ):
        perform(command, house.administrator)
    asset = _asset(asset_id)
    assert asset.balance_minor == 235_00
    assert (asset.deposited_minor, asset.withdrawn_minor) == (340_00, 50_00)
    with database.reading() as session:
        query = select(Transaction.kind).where(Transaction.asset_id == asset_id)
        recorded = session.scalars(query.order_by(Transaction.id)).all()
    assert recorded == ["deposit", "deposit", "earning", "bonus", "withdrawal", "payout",
                        "transfer_out", "transfer_in"]  # fmt: skip


@pytest.mark.checks(
    "V01.01", "V02.04", "V02.07", "V03.01", "V03.02", "V03.03", "V03.04", "V03.05", "V03.07",
    "L04.05", "L06.06",
)  # fmt: skip
def test_the_page_has_its_head_its_tabs_and_the_wallets_operations(house, here):
    asset_id = factories.a_funded_asset(house, 100_00)
    other_id = factories.a_funded_asset(house, 9_00)
    perform(Withdraw(asset_id, 30_00), house.administrator)
    path = f"{LIST}/{asset_id}"
    sent = send(here, f"{path}/edit", external_id="cus-1", external_balance_id="bal-1")
    assert sent.status_code == 303
    assert form_of(here, f"{path}/edit").keys().isdisjoint({"created_at", "updated_at"})
    page = _page(here, path)
    shown = _figures(page)
    assert shown["Balance"] == "70.00 KES"
    assert shown["Inc balance"] == "100.00 KES"
    assert shown["Out balance"] == "30.00 KES"
    assert shown["Entity id"] == "cus-1"
    assert shown["Entity balance id"] == "bal-1"
    assert {"Created at", "Updated at", "Profile", "Virtual balance", "Available"} <= set(shown)
    assert shown["Profile type"] == "Individual"
    assert "Individual profile" in page
    assert ">Active<" in page
    tabs = re.findall(r'class="tabs__tab" href="([^"]+)"[^>]*>([^<]+)<', page)
    assert [label.strip() for _href, label in tabs] == [
        "General", "Funding sources", "Transactions", "History", "Logs",
    ]  # fmt: skip
    for href, _label in tabs:
        assert "Out balance" in _page(here, href), "the head stands on every tab"
    for end in ("deposit", "top-up", "transfer", "payout"):
        assert f'href="{path}/{end}"' in page
    references = re.findall(r"TXN-\d+", _page(here, f"{path}/transactions"))
    assert len(set(references)) == 2
    assert set(references).isdisjoint(
        re.findall(r"TXN-\d+", _page(here, f"{LIST}/{other_id}/transactions"))
    )


@pytest.mark.checks("V02.01", "V02.02")
def test_the_list_has_the_wallets_columns(house, here):
    asset = _asset(factories.a_funded_asset(house, 12_50))
    columns = "id,owner,owner-type,virtual,ledger,incoming,withdrawn,status,created"
    text = _page(here, f"{LIST}.csv?columns={columns}&search={asset.uid}")
    (row,) = csv.DictReader(io.StringIO(text))
    created = row.pop("Created at")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", created)
    assert row == {
        "ID": str(asset.id), "Owner's full name": "Amina Wanjiru", "Owner's type": "Individual",
        "Virtual balance": "12.50", "Balance": "12.50", "Inc balance": "12.50",
        "Out balance": "0.00", "Status": "Active",
    }  # fmt: skip


@pytest.mark.checks("V02.03")
def test_the_virtual_balance_counts_what_is_pending():
    house = factories.a_house(currencies=("KES",))
    asset_id = factories.a_funded_asset(house, 100_00)
    factories.an_approval_rule(house)
    teller, *_ = factories.a_user(house)
    perform(Deposit(asset_id, 30_00), teller)
    perform(Withdraw(asset_id, 20_00), teller)
    asset = _asset(asset_id)
    assert (asset.balance_minor, asset.virtual_minor) == (100_00, 110_00)


@pytest.mark.checks("V03.08", "V03.09", "V03.10", "V03.11")
def test_history_tells_what_people_changed_and_logs_what_services_did(house, here):
    asset_id = factories.a_funded_asset(house, 10_00)
    perform(EditAsset(asset_id, _asset(asset_id).version, external_id="cus-77"),
            house.administrator)  # fmt: skip
    perform(RefreshBalance(asset_id), house.administrator)
    history, logs = (_page(here, f"{LIST}/{asset_id}/{tab}") for tab in ("history", "logs"))
    for heading in ("Date/Time", "User", "Action", "Fields changed"):
        assert f">{heading}</th>" in history
    for shown in ("Edit asset", "cus-77", "Ada Achieng"):
        assert shown in history
    said = "The sum of the entries, 10.00 KES, is the balance"
    assert said in logs
    assert said not in history
    assert "cus-77" not in logs
    for heading in ("Timestamp", "Service", "Message"):
        assert f">{heading}</th>" in logs
    for model in (Activity, ServiceEntry):
        with database.engine.connect() as connection:
            for statement in (model.__table__.delete(), model.__table__.update().values(id=1)):
                with pytest.raises(Exception, match="immutable"):
                    connection.execute(statement)
                connection.rollback()


@pytest.mark.checks("W01.05")
def test_an_iban_is_checked_and_belongs_to_one_asset(house, here):
    asset_id, other_id = (factories.a_funded_asset(house) for _ in range(2))
    path = f"{LIST}/{asset_id}"
    wrong = send(here, f"{path}/edit", iban="GB82 WEST 1234 5698 7654 33")
    assert wrong.status_code == 422
    assert "This is not a valid IBAN" in wrong.get_data(as_text=True)
    assert send(here, f"{path}/edit", iban=IBAN).status_code == 303
    assert "GB82WEST12345698765432" in _page(here, path)
    assert "GB82WEST12345698765432" in _page(here, f"{LIST}.csv?columns=iban&search=GB82WEST")
    with pytest.raises(Conflict, match="Another asset has this IBAN"):
        perform(EditAsset(other_id, _asset(other_id).version, iban=IBAN), house.administrator)
    account_id = _asset(other_id).account_id
    coins = factories.an_asset(house, account_id, "BTC")
    with pytest.raises(Refusal, match="for fiat currencies"):
        perform(EditAsset(coins, _asset(coins).version, iban=IBAN), house.administrator)


def test_refresh_rolls_up_what_waits_on_an_asset_of_the_house(house, here, database_url):
    factories.a_funded_asset(house, 10_00)
    with database.reading() as session:
        query = session.query(Asset.id).filter_by(
            organisation_id=house.organisation_id, is_limited=False, currency="KES"
        )
        ids = [row.id for row in query]
    for asset_id in ids:
        assert send(here, f"{LIST}/{asset_id}/refresh").status_code == 303
    assert sum(_asset(asset_id).balance_minor for asset_id in ids) < 0
    assert "The movements were rolled up" in _page(here, f"{LIST}/{ids[0]}/logs")
    with snapshot(database_url) as view:
        assert not list(breaches(view, house.organisation_id))


@pytest.mark.parametrize("end", ["holds/new", "bonus"])
def test_what_only_an_asset_with_a_limit_can_have_is_offered_on_no_asset_of_the_house(
    house, here, end
):
    of_house = perform(OpenHouseAccount("clearing", "KES", house.branch_id), house.system)
    for asset_id, is_offered in ((factories.a_funded_asset(house), True), (of_house, False)):
        account = f"{ACCOUNTS}/{_asset(asset_id).account_id}"
        shown = [_page(here, path) for path in (f"{LIST}/{asset_id}", LIST, account,
                                                f"{account}/assets")]  # fmt: skip
        assert all(f"{LIST}/{asset_id}/deposit" in page for page in shown[:2])
        assert any(f"{LIST}/{asset_id}/{end}" in page for page in shown) == is_offered
