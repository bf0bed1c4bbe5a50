"""Platforms: kept with an encrypted key, asked over HTTP, believed only when they make sense."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.assets.terms import EditAsset
from app.controls.commands import perform
from app.controls.outgoing import NoAnswer, demand_address, get_json
from app.db.session import database
from app.kernel.errors import Refusal
from app.ledger.models import Asset, Transaction
from app.platforms.models import Platform
from app.transactions.wallets import TopUp
from tests import factories
from tests.pages import form_of, send
from tests.platforms.gateway import Gateway, a_gateway

PATH = "/admin/platforms"


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES", "USD"))


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    monkeypatch.setenv("COUNTINGHOUSE_OUTGOING_HOSTS", "127.0.0.1")
    with a_gateway() as served:
        yield served


@pytest.fixture
def here(house: factories.House, client: FlaskClient) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def _get(model: type[Any], record_id: int) -> Any:
    with database.reading() as session:
        found = session.get_one(model, record_id)
        session.expunge(found)
        return found


def _page(here: FlaskClient, path: str) -> str:
    answer = here.get(path)
    assert answer.status_code == 200, f"{path} answers {answer.status_code}"
    return answer.get_data(as_text=True)


def _top_up(house: factories.House, gateway: Gateway, external_id: str) -> int:
    asset_id = factories.a_funded_asset(house)
    platform_id = factories.a_platform(house, base_url=gateway.url)
    command = TopUp(asset_id, 250_00, platform_id, external_id)
    return perform(command, house.administrator)


@pytest.mark.checks("W06.10")
def test_a_platform_is_kept_for_a_project_and_its_key_is_shown_to_nobody(house, here):
    answer = send(
        here, f"{PATH}/new", project_id=str(house.project_id), label="utip", name="Utip",
        base_url="https://api.utip.example/v1", api_key="a very secret key",
    )  # fmt: skip
    assert answer.status_code == 303
    with database.reading() as session:
        made = session.query(Platform).filter_by(label="utip").one()
        assert "secret" not in made.key_token
    for path in (f"{PATH}/{made.id}", f"{PATH}/{made.id}/edit", PATH, "/admin/activity"):
        assert "a very secret key" not in _page(here, path)
    assert "label" not in form_of(here, f"{PATH}/{made.id}/edit")
    assert send(here, f"{PATH}/{made.id}/edit", name="Utip Pay").status_code == 303
    assert _get(Platform, made.id).key_token == made.key_token
    again = send(here, f"{PATH}/new", project_id=str(house.project_id), label="utip", name="x",
                 base_url="https://api.utip.example")  # fmt: skip
    assert again.status_code == 409
    assert "A platform with this label exists already" in again.get_data(as_text=True)


@pytest.mark.checks("W06.06")
def test_a_platform_with_assets_cannot_be_deleted(house, here):
    platform_id = factories.a_platform(house)
    asset_id = factories.a_funded_asset(house)
    version = _get(Asset, asset_id).version
    perform(EditAsset(asset_id, version, platform_id=platform_id), house.administrator)
    answer = send(here, f"{PATH}/{platform_id}/delete")
    assert answer.status_code == 409
    assert "Platform cannot be deleted: it has assets" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    "url",
    ["ftp://x.example", "http://x.example", "https://", "https://a@x.example", "https://x:99999"],
)
def test_an_address_that_nobody_may_ask_is_refused(url: str):
    with pytest.raises(Refusal):
        demand_address(url)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254"])
def test_a_private_address_is_not_asked(host: str):
    with pytest.raises(NoAnswer, match="private network"):
        get_json(f"https://{host}/", headers={})


@pytest.mark.checks("L06.01", "V05.02", "L03.03", "L03.04")
def test_a_top_up_waits_for_the_platform_and_is_completed_by_its_word(house, here, gateway):
    key = _top_up(house, gateway, "pay/1")
    path = f"/admin/transactions/{key}"
    one = _get(Transaction, key)
    assert (one.kind, one.direction, one.processing) == ("deposit", "in", "Pending")
    asset = _get(Asset, one.asset_id)
    assert (asset.balance_minor, asset.virtual_minor) == (0, 250_00)
    gateway.answers["/v1/transactions/pay%2F1"] = {"status": "pending"}
    assert send(here, f"{path}/sync").status_code == 303
    assert _get(Transaction, key).processing == "Pending"
    gateway.answers["/v1/transactions/pay%2F1"] = {"status": "completed"}
    assert send(here, f"{path}/sync").status_code == 303
    one = _get(Transaction, key)
    assert one.processing == "Completed"
    assert one.settled_at is not None
    assert _get(Asset, one.asset_id).balance_minor == 250_00
    assert gateway.asked[-1] == ("/v1/transactions/pay%2F1", "Bearer a key")
    page = _page(here, path)
    assert "pay/1" in page
    assert "can no longer be changed" in page
    logs = _page(here, f"{path}/logs")
    assert "answered pending" in logs
    assert "answered completed" in logs
    assert "answered" not in _page(here, f"{path}/changes")


@pytest.mark.checks("L01.17", "L03.05", "L05.08")
def test_a_payment_that_failed_there_fails_here_with_its_reason_and_code(house, here, gateway):
    key = _top_up(house, gateway, "pay-2")
    gateway.answers["/v1/transactions/pay-2"] = {
        "status": "failed", "failure_code": "E51", "failure_reason": "Card was declined",
    }  # fmt: skip
    assert send(here, f"/admin/transactions/{key}/sync").status_code == 303
    one = _get(Transaction, key)
    assert (one.processing, one.failure_code, one.voided_at) == ("Failed", "E51", None)
    asset = _get(Asset, one.asset_id)
    assert (asset.balance_minor, asset.pending_in_minor) == (0, 0)
    page = _page(here, f"/admin/transactions/{key}")
    assert "Card was declined" in page
    assert "E51" in page


@pytest.mark.parametrize(
    "answer", [500, 302, b"not json", {"status": "who knows"}, ["a list"], b"x" * 70_000]
)
def test_what_makes_no_sense_changes_nothing_and_is_told(house, here, gateway, answer):
    key = _top_up(house, gateway, "pay-3" + str(abs(hash(str(answer)))))
    external_id = _get(Transaction, key).external_id
    gateway.answers[f"/v1/transactions/{external_id}"] = answer
    refused = send(here, f"/admin/transactions/{key}/sync")
    assert refused.status_code == 409
    assert "answered" in refused.get_data(as_text=True)
    assert _get(Transaction, key).processing == "Pending"
    assert "answered" in _page(here, f"/admin/transactions/{key}/logs")


def test_without_a_platform_there_is_nobody_to_ask(house, here):
    asset_id = factories.a_funded_asset(house, 5_00)
    with database.reading() as session:
        key = session.query(Transaction.id).filter_by(asset_id=asset_id).scalar()
    page = _page(here, f"/admin/transactions/{key}")
    assert "No platform processes this transaction" in page
    assert send(here, f"/admin/transactions/{key}/sync").status_code == 409


@pytest.mark.checks("W08.44", "W08.45")
def test_the_balance_of_a_linked_asset_is_read_from_its_platform(house, here, gateway):
    asset_id = factories.a_funded_asset(house, 10_00)
    platform_id = factories.a_platform(house, base_url=gateway.url)
    path = f"/admin/assets/{asset_id}"
    assert send(here, f"{path}/edit", platform_id=str(platform_id)).status_code == 303
    assert send(here, f"{path}/refresh").status_code == 409
    sent = send(here, f"{path}/edit", external_balance_id="bal-9", external_id="cus-9")
    assert sent.status_code == 303
    gateway.answers["/v1/balances/bal-9"] = {"available": "1,234.50", "currency": "KES"}
    assert send(here, f"{path}/refresh").status_code == 303
    shown = here.get(f"/admin/assets.csv?columns=available&search={_get(Asset, asset_id).uid}")
    assert shown.get_data(as_text=True).split() == ["Available", "1234.50"]
    assert "cus-9" in _page(here, path)
    gateway.answers["/v1/balances/bal-9"] = {"available": "7", "currency": "USD"}
    assert send(here, f"{path}/refresh").status_code == 409
    assert "Available is 1,234.50 KES" in _page(here, f"{path}/logs")


def test_a_key_that_cannot_be_read_is_told_and_nobody_is_asked(house, here, gateway):
    key = _top_up(house, gateway, "pay-9")
    one = _get(Transaction, key)
    factories.change(house, Platform, one.platform_id, key_token="bm90IGEgdG9rZW4gYXQgYWxsLCBub3Q=")
    refused = send(here, f"/admin/transactions/{key}/sync")
    assert refused.status_code == 409
    assert "API key cannot be read" in refused.get_data(as_text=True)
    assert not gateway.asked
