"""A transaction's panel: parties, settlement, states, gateway, tabs; its list while it waits."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.controls.approvals import ApproveRecord, RejectRecord
from app.controls.commands import door, perform
from app.db.session import database
from app.ledger.models import Asset, Transaction
from app.transactions.amendments import EditTransaction
from app.transactions.commands import Deposit, Transfer, Withdraw
from app.transactions.gateways import RecordOutcome
from app.transactions.kinds import Particulars
from app.transactions.statuses import ChangeStatus
from app.transactions.wallets import CreditEarning, Payout, TopUp
from tests import factories
from tests.due import work_of
from tests.pages import send
from tests.transactions.scenes import AddStatus, status_id

LIST = "/admin/transactions"


@pytest.fixture(scope="module")
def house(app: Flask) -> factories.House:
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def here(house: factories.House, client: FlaskClient) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def _one(key: int) -> Transaction:
    with database.reading() as session:
        found = session.get_one(Transaction, key)
        session.expunge(found)
        return found


def _page(here: FlaskClient, path: str) -> str:
    answer = here.get(path)
    assert answer.status_code == 200, f"{path} answers {answer.status_code}"
    return answer.get_data(as_text=True)


def _facts(page: str) -> dict[str, str]:
    return dict(re.findall(r"<dt>([^<]*)</dt><dd>(.*?)</dd>", page, re.DOTALL))


def _rows(here: FlaskClient, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_page(here, path))))


@pytest.mark.checks(
    "L01.11", "L01.12", "L05.01", "L05.03", "L05.04", "L05.06", "V05.01", "V05.03", "V05.06",
    "V05.07", "V05.08", "V05.09",
)  # fmt: skip
def test_the_panel_tells_parties_settlement_and_the_journal_entry(house, here):
    asset_id = factories.a_funded_asset(house, 100_00)
    with database.reading() as session:
        asset = session.get_one(Asset, asset_id)
        client_id, uid = asset.client_id, asset.uid
    key = perform(
        Deposit(asset_id, 5_00, Particulars("Wages", source="Uchumi Stores", external_id="E-5")),
        house.administrator,
    )
    page = _page(here, f"{LIST}/{key}")
    shown = _facts(page)
    assert f'href="/admin/assets/{asset_id}"' in shown["Subject"]
    assert "Uchumi Stores" in shown["Payer"]
    assert f'href="/admin/clients/{client_id}"' in shown["Payee"]
    assert f'href="/admin/users/{house.administrator.user_id}"' in shown["Initiator"]
    assert uid in shown["Dest wallet"]
    assert uid not in shown["Source wallet"]
    assert "5.00" in shown["Settled amount"]
    assert (shown["Settled currency"].strip(), shown["Exchange rate"].strip()) == ("KES", "1")
    assert re.search(r"\d{4}-\d\d-\d\d", shown["Settled at"])
    assert "E-5" in shown["Entity id"]
    assert {"Status", "Amount", "Kind", "Created at", "Updated at", "Source funding",
            "Dest funding", "Voided at", "Reversed at", "Expires at"} <= set(shown)  # fmt: skip
    subtitle = re.search(r"page-head__subtitle\">([^<]+)<", page)[1]
    assert "Deposit" in subtitle
    assert "5.00" in subtitle
    reference = _one(key).reference
    assert f'href="/admin/entries?transaction={reference}"' in page
    entries = _rows(here, f"/admin/entries.csv?transaction={reference}")
    assert sorted((row["Side"], row["Amount"]) for row in entries) == [
        ("Credit", "5.00"), ("Debit", "5.00"),
    ]  # fmt: skip
    tabs = re.findall(r'class="tabs__tab" href="([^"]+)"', page)
    assert tabs == [f"{LIST}/{key}", f"{LIST}/{key}/changes", f"{LIST}/{key}/logs"]
    assert "Deposit" in _page(here, tabs[1])
    assert "Ada Achieng" in _page(here, tabs[1])
    assert ">Service</th>" in _page(here, tabs[2]) or "No service" in _page(here, tabs[2])


def test_who_may_not_see_a_party_reads_its_name_or_kind_without_a_link(house, here, app: Flask):
    asset_id, other_id = (factories.a_funded_asset(house, 100_00) for _ in range(2))
    key = perform(Transfer(asset_id, other_id, 5_00), house.administrator)
    browser = app.test_client()
    factories.signed_in(browser, factories.a_user(house, "Teller")[1])
    shown = _facts(browser.get(f"{LIST}/{key}").get_data(as_text=True))
    assert "href" not in shown["Initiator"]
    assert "Ada Achieng" in shown["Initiator"]
    assert f'href="/admin/assets/{other_id}"' in shown["Dest wallet"]


@pytest.mark.checks("L05.05", "L05.07", "L01.14")
def test_what_comes_through_the_web_keeps_its_address_and_a_gateway_its_reference(house, here):
    asset_id = factories.a_funded_asset(house)
    platform_id = factories.a_platform(house)
    answer = send(here, f"/admin/assets/{asset_id}/top-up", amount="12.00", expires_hours="2",
                  platform_id=str(platform_id), external_id="pay-12")  # fmt: skip
    assert answer.status_code == 303
    key = int(answer.headers["Location"].rsplit("/", 1)[1])
    shown = _facts(_page(here, f"{LIST}/{key}"))
    assert "127.0.0.1" in shown["IP address"]
    assert "pay-12" in shown["Gateway reference"]
    assert "gateway-" in shown["Gateway"]
    assert re.search(r"\d{4}", shown["Expires at"])


@pytest.mark.checks("L03.08", "L01.18")
def test_what_nobody_confirms_expires_at_its_time(house, here, monkeypatch):
    asset_id = factories.a_funded_asset(house)
    platform_id = factories.a_platform(house)
    key = perform(TopUp(asset_id, 5_00, platform_id, "pay-13", expires_hours=1),
                  house.administrator)  # fmt: skip
    work_of(house.organisation_id)
    assert _one(key).processing == "Pending"
    now = door.clock()
    monkeypatch.setattr(door, "clock", lambda: now + timedelta(hours=1, minutes=1))
    work_of(house.organisation_id)
    one = _one(key)
    assert (one.processing, one.voided_at, one.posted_at) == ("Expired", None, None)
    assert one.expires_at is not None
    with database.reading() as session:
        assert session.get_one(Asset, asset_id).pending_in_minor == 0


@pytest.mark.checks("L03.05", "L03.06", "L05.08")
def test_a_click_voids_or_fails_with_its_reason(house, here):
    asset_id = factories.a_funded_asset(house)
    platform_id = factories.a_platform(house)
    keys = [
        perform(TopUp(asset_id, 5_00, platform_id, f"pay-2{n}"), house.administrator)
        for n in range(2)
    ]
    perform(ChangeStatus(keys[0], status_id(house, "canceled")), house.administrator)
    assert _one(keys[0]).voided_at is not None
    perform(AddStatus(house.project_id, "failed", "Failed"), house.system)
    failed = f"{LIST}/{keys[1]}/status/{status_id(house, 'failed')}"
    assert send(here, failed, failure_reason="").status_code == 422
    answer = send(here, failed, failure_reason="The bank refused it", failure_code="R03")
    assert answer.status_code == 303
    page = _page(here, f"{LIST}/{keys[1]}")
    assert "The bank refused it" in page
    assert "R03" in page
    assert _one(keys[1]).voided_at is None


@pytest.mark.checks("V04.01", "L04.02", "V04.03")
def test_the_list_names_both_wallets_and_is_narrowed_by_kind(house, here):
    asset_id, other_id = (factories.a_funded_asset(house, 100_00) for _ in range(2))
    key = perform(Transfer(asset_id, other_id, 5_00), house.administrator)
    columns = "uid,source-wallet,dest-wallet,amount,type,status,created"
    rows = _rows(here, f"{LIST}.csv?columns={columns}&asset={asset_id}&kind=transfer_out")
    (row,) = rows
    uids = {}
    with database.reading() as session:
        for one in (asset_id, other_id):
            uids[one] = session.get_one(Asset, one).uid
    assert (row["Source wallet"], row["Dest wallet"]) == (uids[asset_id], uids[other_id])
    assert row["UID"] == _one(key).uid
    assert list(row) == ["Amount", "Amount currency", "Type", "Status", "Created", "UID",
                         "Source wallet", "Dest wallet"]  # fmt: skip
    assert _rows(here, f"{LIST}.csv?asset={asset_id}&kind=payout") == []


def test_a_list_asks_after_what_waits_and_only_as_long_as_it_waits(client: Any):
    house = factories.a_house(currencies=("KES",))
    factories.an_approval_rule(house)
    factories.signed_in(client, house.administrator_email)
    asset_id = factories.a_funded_asset(house)
    teller, *_ = factories.a_user(house)
    key = perform(Deposit(asset_id, 5_00), teller)
    href = re.search(r'data-poll="([^"]+)"', _page(client, LIST))[1]
    same = client.get(href)
    assert "HX-Trigger" not in same.headers
    assert href in same.get_data(as_text=True)
    approver, *_ = factories.a_user(house, "Approver L1")
    perform(ApproveRecord("transaction", key, _one(key).version), approver)
    assert "list:refresh" in client.get(href).headers["HX-Trigger"]
    assert "data-poll" not in _page(client, LIST)
    assert client.get(f"{LIST}/live?at=nonsense-1.x-٣.1").status_code == 200


def test_entries_are_those_of_the_assets_in_sight(house, here, app: Flask):
    asset_id = factories.a_funded_asset(house, 50_00)
    perform(Withdraw(asset_id, 3_00), house.administrator)
    rows = _rows(here, f"/admin/entries.csv?asset={asset_id}&sort=id")
    assert [(row["Side"], row["Amount"], row["Balance after"]) for row in rows] == [
        ("Credit", "50.00", "50.00"), ("Debit", "3.00", "47.00"),
    ]  # fmt: skip
    browser = app.test_client()
    factories.signed_in(browser, factories.a_user(house, "Teller", project_ids=())[1])
    assert _rows(browser, f"/admin/entries.csv?asset={asset_id}") == []


@pytest.mark.usefixtures("app")
def test_a_payout_and_a_top_up_that_were_sent_back_are_corrected_as_what_they_are():
    house = factories.a_house(currencies=("KES",))
    asset_id = factories.a_funded_asset(house, 100_00)
    source_id = factories.a_funding_source(house, asset_id)
    platform_id = factories.a_platform(house)
    factories.an_approval_rule(house)
    maker, *_ = factories.a_user(house, "Branch Manager")
    approver, *_ = factories.a_user(house, "Approver L1")
    commands = (
        Payout(asset_id, 10_00, source_id),
        TopUp(asset_id, 10_00, platform_id, "pay-31"),
        CreditEarning(asset_id, 10_00),
    )
    for command in commands:
        key = perform(command, maker)
        before = _one(key).lines
        perform(RejectRecord("transaction", key, _one(key).version, "Too much"), approver)
        perform(EditTransaction(key, _one(key).version, 7_00, submit=True), maker)
        after = _one(key)
        assert [line["asset_id"] for line in after.lines] == [line["asset_id"] for line in before]
        assert {line["amount_minor"] for line in after.lines} == {7_00}
        perform(ApproveRecord("transaction", key, after.version), approver)
        wanted = "Pending" if after.platform_id else "Completed"
        assert _one(key).processing == wanted


@pytest.mark.checks("L03.08")
def test_a_top_up_that_is_corrected_expires_when_it_was_asked_to(client, monkeypatch):
    house = factories.a_house(currencies=("KES",))
    factories.signed_in(client, house.administrator_email)
    asset_id, platform_id = factories.a_funded_asset(house), factories.a_platform(house)
    factories.an_approval_rule(house)
    maker, *_ = factories.a_user(house, "Branch Manager")
    approver, *_ = factories.a_user(house, "Approver L1")
    key = perform(TopUp(asset_id, 10_00, platform_id, "pay-32", expires_hours=720), maker)
    asked, told = door.clock(), _facts(_page(client, f"{LIST}/{key}"))["Expires at"]
    perform(RejectRecord("transaction", key, _one(key).version, "Too much"), approver)
    perform(EditTransaction(key, _one(key).version, 7_00, submit=True), maker)
    assert _facts(_page(client, f"{LIST}/{key}"))["Expires at"] == told
    for hours, processing in ((25, "Pending"), (719, "Pending"), (721, "Expired")):
        monkeypatch.setattr(door, "clock", lambda hours=hours: asked + timedelta(hours=hours))
        work_of(house.organisation_id)
        assert _one(key).processing == processing, hours


@pytest.mark.checks("L01.04", "L01.05", "L01.09", "L01.10", "L01.15", "L01.16")
def test_a_transaction_keeps_what_the_ledger_asks_of_it(house, here):
    asset_id = factories.a_funded_asset(house, 100_00)
    key = perform(Withdraw(asset_id, 30_05, Particulars("School fees")), house.administrator)
    one = _one(key)
    assert (one.direction, one.amount_minor, one.currency) == ("out", 30_05, "KES")
    page = _page(here, f"{LIST}/{key}")
    for shown in (one.reference, "School fees", "30.05", "69.95", "OUT"):
        assert shown in page, shown


@pytest.mark.checks("L04.01", "L04.02", "L04.03", "L04.04", "V04.02", "V03.07", "L04.05")
def test_the_list_is_narrowed_by_direction_kind_status_and_dates(here: Any, client: Any):
    house = factories.a_house(currencies=("KES",))
    browser = client.application.test_client()
    factories.signed_in(browser, house.administrator_email)
    asset_id, other_id = (factories.a_funded_asset(house, 100_00) for _ in range(2))
    perform(Withdraw(asset_id, 1_00), house.administrator)
    platform_id = factories.a_platform(house)
    perform(TopUp(asset_id, 2_00, platform_id, "pay-41"), house.administrator)

    def amounts(query: str) -> list[str]:
        rows = _rows(browser, f"{LIST}.csv?columns=uid,amount&{query}")
        return sorted(row["Amount"] for row in rows)

    assert amounts("") == ["-1.00", "100.00", "100.00", "2.00"]
    assert amounts("type=out") == ["-1.00"]
    assert amounts("type=in") == ["100.00", "100.00", "2.00"]
    assert amounts("kind=withdrawal&kind=payout") == ["-1.00"]
    assert amounts("status=pending") == ["2.00"]
    today = _one(perform(Deposit(other_id, 3_00), house.administrator)).created_at.date()
    tomorrow = today + timedelta(days=2)
    assert amounts(f"created_from={tomorrow}") == []
    assert len(amounts(f"created_from={today - timedelta(days=1)}&created_to={tomorrow}")) == 5
    assert amounts(f"asset={asset_id}") == ["-1.00", "100.00", "2.00"]


@pytest.mark.checks("V04.04", "L03.01")
def test_every_status_has_its_own_ending(house, here):
    asset_id = factories.a_funded_asset(house)
    platform_id = factories.a_platform(house)
    stands = {}
    for status in ("pending", "completed", "failed", "canceled", "expired"):
        key = perform(TopUp(asset_id, 1_00, platform_id, f"end-{status}"), house.administrator)
        told = RecordOutcome(key, status, "C1", "because", amount_minor=1_00, currency="KES")
        perform(told, house.administrator)
        one = _one(key)
        told = (one.settled_at, one.voided_at, one.failure_reason)
        stands[status] = (one.processing, *(bool(value) for value in told))
    assert stands == {
        "pending": ("Pending", False, False, False),
        "completed": ("Completed", True, False, False),
        "failed": ("Failed", False, False, True),
        "canceled": ("Canceled", False, True, False),
        "expired": ("Expired", False, False, False),
    }
    badges = {row["Status"] for row in _rows(here, f"{LIST}.csv?asset={asset_id}")}
    assert badges == {"Pending", "Completed", "Failed", "Canceled", "Expired"}
