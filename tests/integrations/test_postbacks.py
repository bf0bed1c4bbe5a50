"""Other systems are told of banking events: signed, by project, again until they answer."""

from __future__ import annotations

import base64
import hmac
import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.commands import SetAccountActive
from app.configuration.commands import CreateProjectLike
from app.controls.approvals import ApproveRecord
from app.controls.commands import door, perform
from app.controls.due import sweep
from app.controls.outgoing import Answer, NoAnswer, ask
from app.db.session import database
from app.integrations import sending, systems
from app.integrations.catalogue import EVENT_NAMES
from app.integrations.hooks import CreateHook
from app.integrations.models import Delivery, HookConfig, ThirdPartySystem
from app.integrations.running import Redeliver, RenewSecret, ResumeHook
from app.integrations.sending import MOST_ATTEMPTS, MOST_FAILED, PAUSES_SECONDS
from app.integrations.systems import CreateSystem, ReplaceCredentials
from app.invoices.commands import InvoiceTerms, IssueInvoice
from app.invoices.paying import PayInvoice
from app.kernel.errors import Conflict, Refusal
from app.ledger.models import Asset, Transaction
from app.statements.commands import RequestStatement
from app.transactions.commands import Deposit, Withdraw
from app.transactions.gateways import RecordOutcome
from app.transactions.reversal import ReverseTransaction
from app.transactions.wallets import TopUp
from tests import factories
from tests.due import work_of
from tests.integrations.receiver import Receiver, a_receiver
from tests.ledger.contest import PROCESSES, at_once
from tests.pages import form_of, send, send_locked
from tests.program import a_program

SYSTEMS, HOOKS, POSTBACKS = (
    "/admin/third-party-systems", "/admin/hook-configs", "/admin/postbacks",
)  # fmt: skip


@pytest.fixture
def house(app: Flask) -> factories.House:
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("COUNTINGHOUSE_OUTGOING_HOSTS", "127.0.0.1")
    with a_receiver() as served:
        yield served


@pytest.fixture
def here(house: factories.House, client: FlaskClient) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def a_hook(house: factories.House, receiver: Receiver, *events: str, **more: Any) -> int:
    """Authorise a system and a hook to it; returns the hook's id."""
    system = CreateSystem(
        "Postbacks", "other", f"{receiver.url}/in", credentials="a bearer token", submit=True
    )
    system_id = perform(system, house.administrator)
    hook = CreateHook("Core", system_id, events or EVENT_NAMES, path="/hook", submit=True, **more)
    return perform(hook, house.administrator)


def _deliveries(house: factories.House) -> list[Delivery]:
    with database.reading() as session:
        query = session.query(Delivery).filter_by(organisation_id=house.organisation_id)
        found = query.order_by(Delivery.id).all()
        session.expunge_all()
        return found


def _hook(hook_id: int) -> HookConfig:
    with database.reading() as session:
        found = session.get_one(HookConfig, hook_id)
        session.expunge(found)
        return found


def _all() -> None:
    """Do what is due until nothing is left: a sweep does at most twenty."""
    while sweep():
        pass


@pytest.mark.checks("W01.31")
def test_a_system_is_told_of_every_banking_event_and_can_tell_who_sent_it(
    house, receiver, client, here
):
    hook_id = a_hook(house, receiver)
    secret = perform(RenewSecret(hook_id), house.administrator)
    factories.an_approval_rule(house, minimum_minor=800_00)
    client_id = factories.a_client(house)
    account_id = factories.an_account(house, client_id)
    asset_id = factories.first_asset(account_id)
    deposited = perform(Deposit(asset_id, 500_00), house.administrator)
    perform(ReverseTransaction(deposited, "Paid in by mistake"), house.administrator)
    manager, _, _ = factories.a_user(house, "Branch Manager")
    perform(Deposit(asset_id, 900_00), manager)
    for is_active in (False, True):
        perform(SetAccountActive(account_id, is_active=is_active), house.administrator)
    day = factories.BUSINESS_DATE
    perform(RequestStatement("asset", asset_id, day, day), house.administrator)
    _all()
    assert set(receiver.types()) == set(EVENT_NAMES) - {
        "settlement.finished", "transaction.failed", "account.status-changed", "invoice.issued",
        "invoice.status-changed",
    }  # fmt: skip
    one = next(told for told in receiver.told if told.message["type"] == "transaction.completed")
    assert one.path == "/in/hook"
    assert one.headers["authorization"] == "Bearer a bearer token"
    assert one.message["data"]["id"] == deposited
    assert (one.message["data"]["amount_minor"], one.message["data"]["currency"]) == (500_00, "KES")
    signed = f"{one.headers['webhook-id']}.{one.headers['webhook-timestamp']}.".encode() + one.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    made = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    assert one.headers["webhook-signature"] == f"v1,{made}"
    assert all(one.state == "delivered" for one in _deliveries(house))
    page = client.get(f"/admin/transactions/{deposited}").get_data(as_text=True)
    assert f"{POSTBACKS}?record=transaction-{deposited}" in page
    related = here.get(f"{POSTBACKS}.csv?record=transaction-{deposited}&columns=event")
    assert set(related.get_data(as_text=True).split()) == {
        "Event", "transaction.completed", "transaction.reversed",
    }  # fmt: skip
    delivery = next(one for one in _deliveries(house) if one.entity_id == deposited)
    shown = here.get(f"{POSTBACKS}/{delivery.id}").get_data(as_text=True)
    assert "webhook-signature" in shown
    assert "a bearer token" not in shown
    reference = client.get("/api-reference").get_data(as_text=True)
    assert all(name in reference for name in EVENT_NAMES)


def test_what_is_refused_is_told_to_nobody(house, receiver):
    a_hook(house, receiver, "transaction.completed")
    asset_id = factories.a_funded_asset(house, 10_00)
    with pytest.raises(Conflict):
        perform(Withdraw(asset_id, 99_00), house.administrator)
    _all()
    assert [one.message["data"]["amount_minor"] for one in receiver.told] == [10_00]


@pytest.mark.checks("M03.13")
def test_an_event_reaches_the_hooks_of_its_project_and_no_other(app, house, receiver, here):
    other = perform(CreateProjectLike("Other", house.project_id), house.administrator)
    here_only = a_hook(house, receiver, "client.approved", project_id=house.project_id)
    elsewhere = a_hook(house, receiver, "client.approved", project_id=other)
    factories.a_client(house)
    assert [one.hook_id for one in _deliveries(house)] == [here_only]
    factories.a_client(house, project_id=other)
    assert [one.hook_id for one in _deliveries(house)] == [here_only, elsewhere]
    seen = a_program(app, house.administrator).get("/webhooks/postbacks").json["items"]
    assert len(seen) == 2
    data = {"csrf_token": form_of(here, f"{SYSTEMS}/new")["csrf_token"], "project": str(other)}
    assert here.post("/switch-project", data=data).status_code in {302, 303}
    rows = here.get(f"{POSTBACKS}.csv?columns=record").get_data(as_text=True).split()
    assert len(rows) == 2, "the heading and the other project's own"
    draft = perform(CreateSystem("Draft", "other", receiver.url), house.administrator)
    with pytest.raises(Refusal, match="authorised system"):
        perform(CreateHook("Hook", draft, ("client.approved",)), house.administrator)


def test_a_system_that_does_not_answer_is_tried_again_later_and_given_up_in_the_end(
    house, receiver, here, monkeypatch
):
    hook_id = a_hook(house, receiver, "client.approved")
    receiver.status, receiver.answer = 500, b"out of order \x00" + b"x" * 9_000
    now = door.clock()
    monkeypatch.setattr(door, "clock", lambda: now)
    for _ in range(3):
        factories.a_client(house)
    for number in range(MOST_ATTEMPTS):
        _all()
        assert len(receiver.told) == 3 * (number + 1)
        _all()
        assert len(receiver.told) == 3 * (number + 1), "nothing is sent before its time"
        now += timedelta(seconds=[*PAUSES_SECONDS, 0][number] + 1)
    assert [one.state for one in _deliveries(house)] == ["failed"] * 3
    assert len({one.headers["webhook-id"] for one in receiver.told}) == 3
    hook = _hook(hook_id)
    assert hook.paused_reason == "3 postbacks in a row failed; the last answer was: 500"
    # Hours have passed: whoever looks signs in again.
    factories.signed_in(here, house.administrator_email)
    assert "was paused" in here.get("/admin/notices").get_data(as_text=True)
    factories.a_client(house)
    assert _deliveries(house)[-1].state == "held"
    receiver.status = 200
    first = _deliveries(house)[0]
    refused = send(here, f"{POSTBACKS}/{first.id}/redeliver")
    assert refused.status_code == 409
    assert send(here, f"{HOOKS}/{hook_id}/resume").status_code == 303
    _all()
    assert _deliveries(house)[-1].state == "delivered"
    assert send(here, f"{POSTBACKS}/{first.id}/redeliver").status_code == 303
    _all()
    assert _deliveries(house)[0].state == "delivered"
    assert receiver.told[-1].headers["webhook-id"] == first.message_id
    assert "out of order" in here.get(f"{POSTBACKS}/{first.id}").get_data(as_text=True)


def test_a_postback_that_several_send_again_at_once_is_sent_once_more(house, receiver, pool):
    a_hook(house, receiver, "client.approved")
    factories.a_client(house)
    _all()
    (first,) = _deliveries(house)
    attempts = [[(Redeliver(first.id), house.administrator, None)] for _ in range(PROCESSES)]
    refusals = Counter(one.refusal for one in at_once(pool, attempts))
    assert refusals == {"": 1, "This postback waits to be sent already": PROCESSES - 1}
    _all()
    assert [one.headers["webhook-id"] for one in receiver.told] == [first.message_id] * 2


def test_a_receiver_that_is_silent_is_asked_by_one_postback_a_step_and_then_told_in_order(
    house, receiver, monkeypatch
):
    a_hook(house, receiver, "client.approved")
    now = door.clock()
    monkeypatch.setattr(door, "clock", lambda: now)
    asked: list[str] = []
    is_silent = True

    def ask_it(url: str, **more: Any) -> Answer:
        asked.append(more["headers"]["webhook-id"])
        if is_silent:
            raise NoAnswer("It takes too long to answer")
        return ask(url, **more)

    monkeypatch.setattr(sending, "ask", ask_it)
    for _ in range(3):
        factories.a_client(house)
    ids = [one.message_id for one in _deliveries(house)]
    for number, pause in enumerate(PAUSES_SECONDS[:3]):
        work_of(house.organisation_id)
        assert asked == ids[:1] * (number + 1), "the first one asks, and nobody else"
        # What happens meanwhile waits as well.
        factories.a_client(house)
        work_of(house.organisation_id)
        assert len(asked) == number + 1
        now += timedelta(seconds=pause + 1)
    assert [one.attempts for one in _deliveries(house)] == [3, 0, 0, 0, 0, 0]
    is_silent = False
    work_of(house.organisation_id)
    assert [one.state for one in _deliveries(house)] == ["delivered"] * 6
    told = [one.headers["webhook-id"] for one in receiver.told]
    assert told == [one.message_id for one in _deliveries(house)], "each once, the oldest first"


@pytest.mark.parametrize("many", [2, 3])
def test_a_dead_receiver_is_paused_as_soon_as_one_that_refuses_and_nothing_that_waits_is_lost(
    house, receiver, monkeypatch, many
):
    hook_id = a_hook(house, receiver, "client.approved")
    now = door.clock()
    monkeypatch.setattr(door, "clock", lambda: now)

    def no_answer(_url: str, **_more: Any) -> Answer:
        raise NoAnswer("It takes too long to answer")

    monkeypatch.setattr(sending, "ask", no_answer)
    for _ in range(many):
        factories.a_client(house)
    for pause in (*PAUSES_SECONDS, 0):
        assert not _hook(hook_id).paused_reason
        work_of(house.organisation_id)
        now += timedelta(seconds=pause + 1)
    if many < MOST_FAILED:
        assert not _hook(hook_id).paused_reason, "two are not three"
        return
    assert [one.state for one in _deliveries(house)] == ["failed", "held", "held"]
    assert _hook(hook_id).paused_reason == (
        "A postback failed and 2 waited behind it; the last answer was: It takes too long to answer"
    )
    monkeypatch.setattr(sending, "ask", ask)
    perform(ResumeHook(hook_id), house.administrator)
    work_of(house.organisation_id)
    assert [one.state for one in _deliveries(house)] == ["failed", "delivered", "delivered"]


def test_a_private_address_is_told_nothing_and_the_reason_stands_beside_it(house, here):
    with a_receiver() as served:
        with pytest.raises(Refusal, match="must begin with https"):
            a_hook(house, served)
        served.url = "https://127.0.0.1:9"
        a_hook(house, served, "client.approved")
        factories.a_client(house)
        _all()
        (one,) = _deliveries(house)
        assert one.state == "waiting"
        assert "private network" in one.last_answer
        assert not served.told


@pytest.mark.checks("E42.33")
def test_a_system_is_drafted_approved_by_another_and_tested(app, house, receiver, here):
    manager, email, _ = factories.a_user(house, "Branch Manager")
    checker, _, _ = factories.a_user(house, "Approver L1")
    maker = app.test_client()
    factories.signed_in(maker, email)
    made = send(
        maker, f"{SYSTEMS}/new", name="Fireblocks", kind="custody", base_url=receiver.url,
        credentials="a very secret token",
    )  # fmt: skip
    path = made.headers["Location"]
    system_id = int(path.rpartition("/")[2])
    page = maker.get(path).get_data(as_text=True)
    assert "Pending L1" in page
    assert "a very secret token" not in page
    late = {"name": "Other", "kind": "custody", "base_url": receiver.url, "version": "1"}
    send_locked(maker, f"{path}/edit", **late)
    with pytest.raises(Refusal):
        perform(ApproveRecord("third-party-system", system_id, 1), manager)
    perform(ApproveRecord("third-party-system", system_id, 1), checker)
    receiver.status = 418
    assert send(maker, f"{path}/test").status_code == 303
    assert receiver.told[-1].headers["authorization"] == "Bearer a very secret token"
    assert "It answered 418" in maker.get(path).get_data(as_text=True)
    assert send(maker, f"{path}/credentials", credentials="another").status_code == 303
    send(maker, f"{path}/test")
    assert receiver.told[-1].headers["authorization"] == "Bearer another"
    with database.reading() as session:
        assert "another" not in session.get_one(ThirdPartySystem, system_id).credentials_token
    for address in (path, f"/admin/approvals/third-party-system/{system_id}", "/admin/activity"):
        assert "a very secret token" not in here.get(address).get_data(as_text=True)


def test_credentials_are_typed_again_for_another_server(app, house, receiver):
    drafted = CreateSystem("Custody", "custody", receiver.url, credentials="a secret token")
    path = f"{SYSTEMS}/{perform(drafted, house.administrator)}"
    _, email, _ = factories.a_user(house, "Branch Manager")
    manager = app.test_client()
    factories.signed_in(manager, email)
    with a_receiver() as theirs:
        refused = send(manager, f"{path}/edit", base_url=theirs.url)
        assert refused.status_code == 422
        assert "Type the credentials again" in refused.get_data(as_text=True)
        send(manager, f"{path}/test")
        assert not theirs.told
        nearby = {"base_url": f"{receiver.url}/v2", "draft": "1"}
        assert send(manager, f"{path}/edit", **nearby).status_code == 303
        send(manager, f"{path}/test")
        assert receiver.told[-1].headers["authorization"] == "Bearer a secret token"
        typed = {"base_url": theirs.url, "credentials": "their own"}
        assert send(manager, f"{path}/edit", **typed).status_code == 303
        send(manager, f"{path}/test")
        assert theirs.told[-1].headers["authorization"] == "Bearer their own"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"base_url": "https://example.com/caf\u00e9"}, "This is not an address"),
        ({"credentials": "100 \u20ac"}, "Credentials must be plain"),
        ({"credentials": "two\nlines"}, "Credentials must be plain"),
    ],
)
def test_an_address_and_a_token_are_plain_signs(house, here, typed, sentence):
    given = {"name": "Custody", "kind": "custody", "base_url": "https://example.com"} | typed
    refused = send(here, f"{SYSTEMS}/new", **given)
    assert refused.status_code == 422
    assert sentence in refused.get_data(as_text=True)
    with pytest.raises(Refusal, match=sentence):
        perform(CreateSystem(**given), house.administrator)


def test_a_token_that_no_header_carries_counts_as_an_attempt(house, receiver, here, monkeypatch):
    hook_id = a_hook(house, receiver, "client.approved")
    system_id = _hook(hook_id).system_id
    with monkeypatch.context() as before:
        before.setattr(systems, "demand_token", lambda *_given, **_named: None)
        perform(ReplaceCredentials(system_id, "100 \u20ac"), house.administrator)
    path = f"{SYSTEMS}/{system_id}"
    factories.a_client(house)
    _all()
    (one,) = _deliveries(house)
    assert (one.state, one.attempts) == ("waiting", 1)
    assert "does not answer" in one.last_answer
    assert send(here, f"{path}/test").status_code == 303
    assert "does not answer" in here.get(path).get_data(as_text=True)


@pytest.mark.checks("E42.34")
def test_a_hook_speaks_once_it_is_approved_until_it_is_paused(app, house, receiver, here):
    _, email, _ = factories.a_user(house, "Branch Manager")
    checker, _, _ = factories.a_user(house, "Approver L1")
    system = CreateSystem("Receiver", "other", receiver.url, submit=True)
    system_id = perform(system, house.administrator)
    maker = app.test_client()
    factories.signed_in(maker, email)
    form = form_of(maker, f"{HOOKS}/new") | {
        "name": "Customers", "system_id": str(system_id), "events": ["client.approved"],
        "path": "hooks",
    }  # fmt: skip
    assert "A path begins with /" in maker.post(f"{HOOKS}/new", data=form).get_data(as_text=True)
    for wrong in ("/../x", "/a/./b", "/a/..", "/%2e%2E/x", "/a\\..\\x"):
        refused = maker.post(f"{HOOKS}/new", data=form | {"path": wrong})
        assert refused.status_code == 422, wrong
        assert "leave out . and .." in refused.get_data(as_text=True)
    path = maker.post(f"{HOOKS}/new", data=form | {"path": "/hooks"}).headers["Location"]
    hook_id = int(path.rpartition("/")[2])
    factories.a_client(house)
    assert not _deliveries(house), "it waits for approval and hears nothing"
    perform(ApproveRecord("hook-config", hook_id, 1), checker)
    factories.a_client(house)
    assert len(_deliveries(house)) == 1
    told = maker.post(f"{path}/secret", data={"csrf_token": form["csrf_token"]})
    secret = re.search(r"<code data-secret>(whsec_[^<]+)</code>", told.get_data(as_text=True))[1]
    assert secret not in _hook(hook_id).secret_token
    assert send(maker, f"{path}/test").status_code == 303
    assert send(maker, f"{path}/pause").status_code == 303
    factories.a_client(house)
    _all()
    assert receiver.types() == []
    assert send(maker, f"{path}/resume").status_code == 303
    _all()
    assert receiver.types() == ["client.approved", "test.ping", "client.approved"]
    assert "Delivered" in maker.get(path).get_data(as_text=True)


def test_a_transaction_that_fails_is_told_as_well(house, receiver):
    a_hook(house, receiver, "transaction.failed")
    top_up = TopUp(factories.a_funded_asset(house), 5_00, factories.a_platform(house), "pay-7")
    key = perform(top_up, house.administrator)
    perform(RecordOutcome(key, "failed", "E1", "Declined"), house.administrator)
    (one,) = _deliveries(house)
    assert one.payload["data"]["id"] == key
    with database.reading() as session:
        assert session.get_one(Transaction, key).processing == one.payload["data"]["status"]


@pytest.mark.checks("W13.27")
def test_an_invoice_leads_to_what_other_systems_were_told_of_it(house, receiver, here):
    a_hook(house, receiver, "invoice.issued", "invoice.status-changed")
    asset_id = factories.a_funded_asset(house, 90_00)
    with database.reading() as session:
        client_id = session.get_one(Asset, asset_id).client_id
    issued = IssueInvoice(client_id, "KES", InvoiceTerms(40_00))
    invoice_id = perform(issued, house.administrator)
    perform(PayInvoice(invoice_id, asset_id, 40_00), house.administrator)
    other = perform(issued, house.administrator)
    _all()
    assert receiver.types() == ["invoice.issued", "invoice.status-changed", "invoice.issued"]
    assert receiver.told[1].message["data"]["status"] == "Paid"
    page = here.get("/admin/invoices").get_data(as_text=True)
    for one, told in ((invoice_id, 2), (other, 1)):
        href = f"{POSTBACKS}?record=invoice-{one}"
        assert href in page
        assert "Related postbacks" in page
        rows = here.get(href.replace("?", ".csv?")).get_data(as_text=True).splitlines()
        assert len(rows) == 1 + told
