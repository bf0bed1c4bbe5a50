"""Platforms: kept with an encrypted key, asked over HTTP, believed only when they make sense."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.access.commands import CreateRole
from app.assets.terms import EditAsset
from app.controls.commands import door, perform
from app.controls.due import sweep
from app.controls.outgoing import NoAnswer, demand_address, get_json
from app.db.session import database
from app.kernel.errors import Conflict, Refusal
from app.ledger.models import Asset, Transaction
from app.organisation.models import Project
from app.platforms.client import credentials_of
from app.platforms.commands import CreatePlatform, DeletePlatform
from app.platforms.models import Platform
from app.reference.commands import CreateProject
from app.transactions.wallets import TopUp
from tests import factories
from tests.pages import form_of, send, token_of
from tests.platforms.gateway import Gateway, a_gateway

PATH = "/admin/platforms"
PAID = {"status": "completed", "amount_minor": 250_00, "currency": "KES"}


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


@pytest.mark.checks("W06.01", "W06.02", "W06.04", "W06.05", "W06.10")
def test_a_platform_keeps_named_urls_and_credentials_that_nobody_is_shown(house, here):
    page = _page(here, PATH)
    assert re.search(rf'href="{PATH}/new"[^>]*>.*?<span>Add Platform</span>', page)
    typed = {
        "project_id": str(house.project_id), "label": "utip", "name": "Utip",
        "urls-0-key": "tradingUrl", "urls-0-url": "https://trade.utip.example/v1",
        "urls-1-key": "accountUrl", "urls-1-url": "https://accounts.utip.example/v1/",
        "credentials-0-key": "tradingSecretKey", "credentials-0-secret": "a very secret key",
        "credentials-1-key": "accountSecretKey", "credentials-1-secret": "another secret key",
    }  # fmt: skip
    for wrong, sentence in (
        ({"urls-1-key": "reportUrl"}, "Add a URL named url, or both tradingUrl and accountUrl"),
        ({"urls-1-key": "tradingUrl"}, "This name is typed twice"),
        ({"urls-1-url": "http://utip.example"}, "The address must begin with https://"),
        ({"credentials-1-key": "2nd key"}, "A name is letters, digits"),
        ({"credentials-1-secret": ""}, "Type the value of accountSecretKey"),
        ({"label": "U tip"}, "Label must be letters, digits and hyphens"),
    ):
        refused = send(here, f"{PATH}/new", **(typed | wrong))
        assert refused.status_code == 422
        assert sentence in refused.get_data(as_text=True)
    grown = send(here, f"{PATH}/new", **typed, **{"add-line": "credentials"})
    text = grown.get_data(as_text=True)
    assert 'name="credentials-2-key"' in text
    assert "a very secret key" in text, "what was typed and is not kept yet comes back"
    assert send(here, f"{PATH}/new", **typed).status_code == 303
    with database.reading() as session:
        made = session.query(Platform).filter_by(label="utip").one()
        assert "secret" not in made.credentials_token.lower()
    assert made.urls["accountUrl"] == "https://accounts.utip.example/v1"
    path = f"{PATH}/{made.id}"
    for shown in (path, f"{path}/edit", PATH, "/admin/activity"):
        text = _page(here, shown)
        assert "a very secret key" not in text
        assert "another secret key" not in text
    form = form_of(here, f"{path}/edit")
    assert "label" not in form
    assert form["credentials-1-key"] == ["accountSecretKey"]
    changed = send(here, f"{path}/edit", name="Utip Pay", label="other",
                   **{"credentials-1-secret": "the new key", "urls-2-key": "reportUrl",
                      "urls-2-url": "https://reports.utip.example"})  # fmt: skip
    assert changed.status_code == 303
    now = _get(Platform, made.id)
    assert (now.name, now.label, len(now.urls)) == ("Utip Pay", "utip", 3)
    assert credentials_of(now.credentials_token) == {
        "tradingSecretKey": "a very secret key", "accountSecretKey": "the new key",
    }  # fmt: skip
    again = send(here, f"{PATH}/new", **typed)
    assert again.status_code == 409
    assert "A platform with this label exists already" in again.get_data(as_text=True)


def test_the_credentials_of_a_platform_are_typed_again_for_another_server(house, here):
    named = {"tradingUrl": "https://trade.example/v1", "accountUrl": "https://accounts.example"}
    keys = {"tradingSecretKey": "trading secret", "accountSecretKey": "account secret"}
    made = CreatePlatform(house.project_id, "moved", "Moved", named, keys)
    path = f"{PATH}/{(platform_id := perform(made, house.administrator))}"

    def at(trading: str, account: str = named["accountUrl"]) -> dict[str, str]:
        return {"urls-0-key": "tradingUrl", "urls-0-url": trading,
                "urls-1-key": "accountUrl", "urls-1-url": account}  # fmt: skip

    swapped = at(named["accountUrl"], named["tradingUrl"])
    for moved in (at("https://trade.example:8443/v1"), swapped):
        refused = send(here, f"{path}/edit", **moved)
        assert refused.status_code == 422
        assert "Type the value of " in refused.get_data(as_text=True)
    nearby = send(here, f"{path}/edit", **at("https://trade.example/v2"))
    assert nearby.status_code == 303
    assert credentials_of(_get(Platform, platform_id).credentials_token) == keys
    none = {"credentials-0-key": "", "credentials-1-key": ""}
    gone = send(here, f"{path}/edit", **none, **at("https://else.example"))
    assert gone.status_code == 303
    assert not _get(Platform, platform_id).credentials_token
    with pytest.raises(Refusal, match="key must be plain"):
        perform(CreatePlatform(house.project_id, "plain", "Plain", {"url": "https://x.example"},
                               {"key": "100 \u20ac"}), house.administrator)  # fmt: skip


@pytest.mark.checks("W06.02", "W06.03")
def test_a_known_label_fills_urls_and_the_names_of_credentials(house, here):
    urls = {"url": "https://api.binance.example"}
    command = CreatePlatform(house.project_id, "binance", "Binance", urls, {"key": "hush-hush"})
    perform(command, house.administrator)
    listed = _page(here, f"{PATH}/new").split('id="known-labels"')[1].split("</datalist>")[0]
    assert 'value="binance"' in listed
    path = f"{PATH}/new?label=binance&project_id={house.project_id}"
    form = form_of(here, path)
    assert (form["name"], form["urls-0-key"], form["urls-0-url"]) == (
        ["Binance"], ["url"], ["https://api.binance.example"],
    )  # fmt: skip
    assert (form["credentials-0-key"], form["credentials-0-secret"]) == (["key"], [""])
    assert form["project_id"] == [str(house.project_id)]
    assert "hush-hush" not in _page(here, path)


@pytest.mark.checks("W06.07", "W06.08", "W06.09", "W06.17")
def test_a_card_per_platform_shows_label_and_project_and_what_the_person_may_do(house, here):
    ids = [factories.a_platform(house) for _ in range(4)]
    labels = [_get(Platform, one).label for one in ids]
    project = _get(Project, house.project_id).name
    text = _page(here, PATH)
    cards = text.split('<li class="card">')[1:]
    assert len(cards) >= len(ids)
    for label in labels:
        (card,) = (one for one in cards if f">{label}</a>" in one)
        assert "<dt>Label</dt>" in card
        assert re.search(rf"<dt>Project</dt>\s*<dd>[^/]*{re.escape(project)}", card)
    for icon in ("edit", "delete"):
        assert f"{PATH}/{ids[0]}/{icon}" in text
    assert f">{labels[1]}</a>" not in _page(here, f"{PATH}?search={labels[0]}")
    assert labels[0] in _page(here, f"{PATH}.csv?search={labels[0]}")
    for permission, (shown, hidden) in {
        "platforms.edit": ("edit", "delete"), "platforms.delete": ("delete", "edit"),
    }.items():  # fmt: skip
        role = factories.unique("role")
        perform(CreateRole(role, ("platforms.view", permission)), house.administrator)
        _, email, _ = factories.a_user(house, role)
        person = here.application.test_client()
        factories.signed_in(person, email)
        text = _page(person, PATH)
        assert f"{PATH}/{ids[0]}/{shown}" in text
        assert f"{PATH}/{ids[0]}/{hidden}" not in text
        assert "Add Platform" not in text
        assert person.get(f"{PATH}/{ids[0]}/{hidden}").status_code == 403


@pytest.mark.checks("W06.06")
def test_a_platform_with_assets_cannot_be_deleted(house, here):
    platform_id = factories.a_platform(house)
    asset_id = factories.a_funded_asset(house)
    version = _get(Asset, asset_id).version
    perform(EditAsset(asset_id, version, platform_id=platform_id), house.administrator)
    sentence = "Platform cannot be deleted: it has assets"
    asked = _page(here, f"{PATH}/{platform_id}/delete")
    assert sentence in asked
    assert "Used by assets" in asked
    assert "<span>Delete</span>" not in asked
    page = _page(here, f"{PATH}/{platform_id}")
    assert sentence in page.partition("Danger Zone")[2]
    assert f"{PATH}/{platform_id}/delete" not in page
    with pytest.raises(Conflict, match=sentence):
        perform(DeletePlatform(platform_id), house.administrator)


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
    gateway.answers["/v1/transactions/pay%2F1"] = PAID
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


@pytest.mark.checks("L06.01")
@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({}, "confirms no amount"),
        ({"amount_minor": 1_50, "currency": "KES"}, "confirms 1.50 KES"),
        ({"amount_minor": 250_00, "currency": "USD"}, "confirms 250.00 USD"),
        ({"amount_minor": 250_00, "currency": "ZZZ"}, "confirms 25,000 minor units of ZZZ"),
        ({"amount_minor": 250_00}, "confirms 25,000 minor units of no currency"),
        ({"amount_minor": "250.00", "currency": "KES"}, "confirms no amount"),
        ({"amount_minor": 250_00.0, "currency": "KES"}, "confirms no amount"),
        ({"amount_minor": True, "currency": "KES"}, "confirms no amount"),
    ],
)
def test_a_top_up_is_posted_only_where_the_gateway_confirms_what_was_typed(
    house, here, gateway, *, told, named
):
    reference = factories.unique("typed").replace(" ", "-")
    key = _top_up(house, gateway, reference)
    path = f"/admin/transactions/{key}"
    gateway.answers[f"/v1/transactions/{reference}"] = {"status": "completed"} | told
    refused = send(here, f"{path}/sync")
    assert refused.status_code == 409
    sentence = f"{named}, but 250.00 KES was typed: nothing is posted"
    assert sentence in refused.get_data(as_text=True)
    assert sentence in _page(here, f"{path}/logs")
    one = _get(Transaction, key)
    assert (one.processing, _get(Asset, one.asset_id).balance_minor) == ("Pending", 0)
    gateway.answers[f"/v1/transactions/{reference}"] = PAID
    assert send(here, f"{path}/sync").status_code == 303
    assert _get(Asset, one.asset_id).balance_minor == 250_00


def test_a_payment_is_topped_up_once_however_its_reference_is_written(house, gateway):
    asset_id = factories.a_funded_asset(house)
    platform_id = factories.a_platform(house, base_url=gateway.url)
    name = factories.unique("Ref").replace(" ", "-").upper()
    key = perform(TopUp(asset_id, 5_00, platform_id, f" {name}\N{ZERO WIDTH SPACE} "),
                  house.administrator)  # fmt: skip
    assert _get(Transaction, key).external_id == name
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in name)
    unseen = "\N{ZERO WIDTH NO-BREAK SPACE}"
    for again in (name, name.lower(), f"{name}\N{ZERO WIDTH SPACE}", f"{unseen}{name}", wide):
        with pytest.raises(Conflict, match="has this Gateway reference"):
            perform(TopUp(asset_id, 5_00, platform_id, again), house.administrator)
    with pytest.raises(Refusal, match="plain letters"):
        perform(TopUp(asset_id, 5_00, platform_id, "R\N{CYRILLIC CAPITAL LETTER IE}F"),
                house.administrator)  # fmt: skip
    with pytest.raises(Refusal, match="Gateway reference is required"):
        perform(TopUp(asset_id, 5_00, platform_id, "\N{ZERO WIDTH SPACE}"), house.administrator)
    elsewhere = factories.a_platform(house, base_url=gateway.url)
    perform(TopUp(asset_id, 5_00, elsewhere, name.lower()), house.administrator)


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


@pytest.mark.checks("L03.08", "L06.01")
@pytest.mark.parametrize(
    ("answer", "ends"),
    [
        ({"status": "completed", "amount_minor": 250_00, "currency": "KES"}, "Completed"),
        ({"status": "completed", "amount_minor": 2_50, "currency": "KES"}, "Expired"),
        ({"status": "pending"}, "Expired"),
        (500, "Expired"),
    ],
)
def test_before_a_payment_expires_its_platform_is_asked_once_more(
    house, gateway, monkeypatch, *, answer, ends
):
    reference = factories.unique("late").replace(" ", "-")
    key = _top_up(house, gateway, reference)
    gateway.answers[f"/v1/transactions/{reference}"] = answer
    later = door.clock() + timedelta(hours=25)
    monkeypatch.setattr(door, "clock", lambda: later)
    while sweep():
        pass
    one = _get(Transaction, key)
    assert one.processing == ends
    paid = 250_00 if ends == "Completed" else 0
    assert _get(Asset, one.asset_id).balance_minor == paid


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
    factories.change(
        house, Platform, one.platform_id, credentials_token="bm90IGEgdG9rZW4gYXQgYWxsLCBub3Q="
    )
    refused = send(here, f"/admin/transactions/{key}/sync")
    assert refused.status_code == 409
    assert "credentials cannot be read" in refused.get_data(as_text=True)
    assert not gateway.asked


def test_a_platform_is_not_deleted_while_an_asset_is_being_linked_to_it(
    house, monkeypatch: pytest.MonkeyPatch
):
    platform_id = factories.a_platform(house)
    asset_id = factories.a_funded_asset(house)
    version = _get(Asset, asset_id).version
    linked, may_end = Event(), Event()

    def linger(*_call: Any) -> None:
        linked.set()
        assert may_end.wait(timeout=60)

    monkeypatch.setattr("app.assets.terms._demand_no_orders", linger)
    with ThreadPoolExecutor(2) as threads:
        link = EditAsset(asset_id, version, platform_id=platform_id)
        linking = threads.submit(perform, link, house.administrator)
        assert linked.wait(timeout=60)
        deleting = threads.submit(perform, DeletePlatform(platform_id), house.administrator)
        with pytest.raises(TimeoutError):
            deleting.result(timeout=1)
        may_end.set()
        linking.result(timeout=60)
        with pytest.raises(Conflict, match="it has assets"):
            deleting.result(timeout=60)
    assert _get(Asset, asset_id).platform_id == platform_id
    assert _get(Platform, platform_id).retired_at is None


@pytest.mark.checks("E40.06", "E40.07", "E40.09")
def test_a_deleted_platform_is_read_under_inactive_and_gives_its_label_free(house, here):
    platform_id = factories.a_platform(house)
    label, path = _get(Platform, platform_id).label, f"{PATH}/{platform_id}"
    assert send(here, f"{path}/delete").status_code == 303
    assert label not in _page(here, PATH)
    listed = _page(here, f"{PATH}?status=inactive")
    assert label in listed
    page = _page(here, path)
    assert "Inactive" in page
    for text in (listed, page):
        assert f"{path}/edit" not in text
        assert f"{path}/delete" not in text
    for gone in ("edit", "delete"):
        assert here.get(f"{path}/{gone}").status_code == 409
    asset_id = factories.a_funded_asset(house)
    refused = send(here, f"/admin/assets/{asset_id}/edit", platform_id=str(platform_id))
    assert refused.status_code == 422
    again = CreatePlatform(house.project_id, label, "Again", {"url": "https://again.example"})
    assert perform(again, house.administrator) != platform_id
    with pytest.raises(Conflict, match="A platform with this label exists already"):
        perform(again, house.administrator)


@pytest.mark.checks("W06.18")
def test_a_project_without_settings_says_so_in_every_section(house, here):
    factories.a_platform(house)
    assert "No data to display" not in _page(here, PATH)
    new = perform(CreateProject("Bare"), house.administrator)
    sent = here.post("/switch-project", data={"project": str(new), "csrf_token": token_of(here)})
    assert sent.status_code == 303
    for section in ("platforms", "deposit-methods", "withdrawal-methods", "company-fees"):
        assert "No data to display" in _page(here, f"/admin/{section}"), section
