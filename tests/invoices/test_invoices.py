"""Invoices: issued, listed, paid, reversed, expired; their documents, PDF and link."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta

import pypdf
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.clients.models import Client
from app.controls.approvals import ApproveRecord, DenyRecord, RejectRecord, SubmitRecord
from app.controls.audit import Activity
from app.controls.commands import door, perform
from app.controls.due import sweep
from app.controls.identity import Actor
from app.controls.tenant import Organisation
from app.db.session import database
from app.invoices.commands import EditInvoice, InvoiceTerms, IssueInvoice, SetInvoiceStatus
from app.invoices.documents import checked_extension
from app.invoices.models import Invoice
from app.invoices.paying import PayInvoice, PayOwnInvoice
from app.invoices.printing import invoice_pdf
from app.invoices.sending import SendInvoice
from app.kernel.errors import Conflict, Forbidden, Missing, Refusal
from app.ledger.accounts import Account
from app.ledger.models import Asset, Transaction
from app.mail.compose import compose
from app.mail.models import Mail
from app.mail.post import post
from app.transactions.reversal import ReverseTransaction
from app.transactions.statuses import ChangeStatus
from tests import factories
from tests.fees.books import moves
from tests.ledger import books
from tests.pages import form_of, send, token_of
from tests.transactions.scenes import AddStatus, status_id

PATH = "/admin/invoices"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


@pytest.fixture
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES", "USD"))


@pytest.fixture
def here(house: factories.House, client: FlaskClient) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def _page(here: FlaskClient, path: str) -> str:
    answer = here.get(path)
    assert answer.status_code == 200, f"{path} answers {answer.status_code}"
    return answer.get_data(as_text=True)


def _rows(here: FlaskClient, query: str = "", path: str = PATH) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_page(here, f"{path}.csv{query}"))))


def _invoice(invoice_id: int) -> Invoice:
    with database.reading() as session:
        return session.get_one(Invoice, invoice_id)


def _owner(asset_id: int) -> int:
    with database.reading() as session:
        return session.get_one(Asset, asset_id).client_id or 0


def _zone(house: factories.House) -> str:
    with database.reading() as session:
        return session.get_one(Organisation, house.organisation_id).time_zone


def _issued(house: factories.House, client_id: int, minor: int = 100_00, **terms: object) -> int:
    made = IssueInvoice(client_id, "KES", InvoiceTerms(minor, **terms))
    return perform(made, house.administrator)


@pytest.mark.checks(
    "W13.01", "W13.02", "W13.03", "W13.04", "W13.05", "W13.06", "W13.07", "W13.08", "W13.11",
    "W13.14", "W13.15", "W13.16", "W13.17", "W13.18", "W13.19", "W13.20", "W13.21", "W13.22",
)  # fmt: skip
def test_an_invoice_is_added_listed_searched_narrowed_and_edited(house, here):
    client_id = factories.a_client(house, first_name="Amina", surname="Zubeda")
    for missing, sentence in (
        ({}, "Client is required"),
        ({"client_id": str(client_id)}, "Currency is required"),
        ({"client_id": str(client_id), "currency": "USD"}, "Amount is required"),
    ):
        refused = send(here, f"{PATH}/new", **missing)
        assert refused.status_code == 422
        assert sentence in refused.get_data(as_text=True)
    sent = send(
        here, f"{PATH}/new", client_id=str(client_id), currency="USD", amount="1,250.50",
        network="ERC20", wallet_address="0xabc123", external_id="EXT-5",
        expires_at="2036-01-02T10:00", status="Pending", comment="Call first",
        description="Consulting in May",
    )  # fmt: skip
    assert sent.status_code == 303
    again = send(here, f"{PATH}/new", client_id=str(client_id), currency="USD", amount="1",
                 external_id="EXT-5")  # fmt: skip
    assert again.status_code == 409
    assert "Another invoice has this External ID" in again.get_data(as_text=True)
    other = _issued(house, factories.a_client(house, first_name="Brian"), 7_00)
    (row,) = _rows(here, "?search=zubeda")
    shown = {name: row[name] for name in ("Currency", "Amount", "Project", "Client",
                                          "External ID", "Description", "Status")}  # fmt: skip
    assert shown == {
        "Currency": "USD", "Amount": "1250.50", "Project": "Main", "Client": "Amina Zubeda",
        "External ID": "EXT-5", "Description": "Consulting in May", "Status": "Pending",
    }  # fmt: skip
    assert row["Expires At"]
    assert row["Created at"]
    page = _page(here, PATH)
    assert f'href="/admin/clients/{client_id}"' in page
    assert f'href="/admin/projects/{house.project_id}"' in page
    for name in ("Apply", "Drop filters", "Create view", "More"):
        assert name in page
    assert [one["Amount"] for one in _rows(here, "?sort=amount")] == ["7.00", "1250.50"]
    assert [one["Amount"] for one in _rows(here, "?sort=-amount")] == ["1250.50", "7.00"]
    today = door.clock().date()
    for query in (
        "search=ext-5", "search=usd", f"owner={client_id}", "currency=USD", "amount_from=8",
        "wallet=XABC", "comment=call", f"status=Pending&amount_from=100&created_from={today}",
        f"project={house.project_id}&currency=USD",
    ):  # fmt: skip
        assert [one["Client"] for one in _rows(here, f"?{query}")] == ["Amina Zubeda"], query
    for query in ("amount_to=8", "currency=KES"):
        assert [one["Amount"] for one in _rows(here, f"?{query}")] == ["7.00"], query
    assert _rows(here, "?status=Paid") == []
    assert _rows(here, f"?created_to={today - timedelta(days=2)}") == []
    form = form_of(here, f"{PATH}/{other}/edit")
    assert form["amount"] == ["7.00"]
    assert "client_id" not in form
    edited = send(here, f"{PATH}/{other}/edit", amount="9.00", comment="Twice",
                  description="Paper", expires_at="2036-05-05T12:30",
                  status="Underpaid")  # fmt: skip
    assert edited.status_code == 303
    one = _invoice(other)
    assert (one.amount_minor, one.comment, one.description) == (9_00, "Twice", "Paper")
    assert (one.status, one.is_status_by_hand) == ("Underpaid", True)
    assert one.expires_at is not None
    late = send(here, f"{PATH}/{other}/edit", expires_at="2020-01-01T00:00")
    assert "Expires At must be in the future" in late.get_data(as_text=True)


@pytest.mark.checks("W13.12", "W13.13")
def test_a_view_of_invoices_keeps_filters_and_no_search(house, here):
    address = "/admin/lists/invoices/views/new?status=Pending&search=abc"
    assert send(here, address, name="Open ones").status_code == 303
    link = re.search(r'href="([^"]*view=\d+)"[^>]*>Open ones', _page(here, PATH))
    assert link is not None
    assert "status=Pending" in link[1]
    assert "search" not in link[1]
    assert 'id="more-filters"' in _page(here, PATH)


@pytest.mark.checks("W13.09", "W13.10")
def test_a_click_on_the_badge_sets_the_status_by_hand_and_the_log_says_so(house, here):
    invoice_id = _issued(house, factories.a_client(house))
    page = _page(here, PATH)
    for status in ("Pending", "Paid", "Overpaid", "Underpaid", "Expired"):
        assert status in page
    data = {"csrf_token": token_of(here), "value": "Overpaid"}
    assert here.post(f"{PATH}/{invoice_id}/status", data=data).status_code == 303
    assert _rows(here)[0]["Status"] == "Overpaid"
    assert _invoice(invoice_id).is_status_by_hand
    with database.reading() as session:
        query = select(Activity.action).where(
            Activity.entity == "invoice", Activity.entity_id == invoice_id
        )
        assert "Set invoice status" in session.scalars(query).all()
    with pytest.raises(Refusal, match="from the list"):
        perform(SetInvoiceStatus(invoice_id, "Lost"), house.administrator)


@pytest.mark.checks("L06.04", "L02.07", "L01.13", "L02.01", "W13.26")
def test_payments_settle_an_invoice_and_their_reversal_opens_it_again(house, here):
    asset_id = factories.a_funded_asset(house, 500_00)
    invoice_id = _issued(house, _owner(asset_id), 100_00, description="Rent")
    sent = send(here, f"{PATH}/{invoice_id}/pay", asset_id=str(asset_id), amount="40")
    assert sent.status_code == 303
    assert (_invoice(invoice_id).status, _invoice(invoice_id).paid_minor) == ("Underpaid", 40_00)
    assert form_of(here, f"{PATH}/{invoice_id}/pay")["amount"] == ["60.00"]
    paid = perform(PayInvoice(invoice_id, asset_id, 60_00), house.administrator)
    assert _invoice(invoice_id).status == "Paid"
    assert moves(paid) == [("D", 60_00, "customer"), ("C", 60_00, "clearing")]
    assert books.asset(asset_id).balance_minor == 400_00
    found = books.transaction(paid)
    assert (found.kind, found.context_kind, found.context_id) == (
        "invoice_payment", "invoice", invoice_id,
    )  # fmt: skip
    panel = _page(here, f"/admin/transactions/{paid}")
    assert f'href="{PATH}/{invoice_id}"' in panel, "the context leads to the invoice"
    assert f'href="/admin/transactions?invoice={invoice_id}&' in _page(here, f"{PATH}/{invoice_id}")
    related = _rows(here, f"?invoice={invoice_id}", "/admin/transactions")
    assert sorted(row["Amount"] for row in related) == ["-40.00", "-60.00"]
    with pytest.raises(Conflict, match="nothing left to pay"):
        perform(PayInvoice(invoice_id, asset_id, 1_00), house.administrator)
    reversal = perform(ReverseTransaction(paid, "Paid by mistake"), house.administrator)
    assert _invoice(invoice_id).status == "Paid", "the money has not moved yet"
    assert send(here, f"/admin/approvals/transaction/{reversal}/submit").status_code == 303
    assert (_invoice(invoice_id).status, _invoice(invoice_id).paid_minor) == ("Underpaid", 40_00)
    over = perform(PayInvoice(invoice_id, asset_id, 100_00), house.administrator)
    assert _invoice(invoice_id).status == "Overpaid"
    assert books.transaction(over).processing == "Completed"


def test_a_payment_that_waits_settles_nothing_until_it_is_approved(house, here):
    factories.an_approval_rule(house, minimum_minor=50_00, levels=1)
    teller, *_ = factories.a_user(house, "Teller")
    approver, *_ = factories.a_user(house, "Approver L1")
    asset_id = factories.a_funded_asset(house, 500_00)
    invoice_id = _issued(house, _owner(asset_id))
    paid = perform(PayInvoice(invoice_id, asset_id, 100_00), teller)
    assert books.transaction(paid).processing == "Pending"
    assert _invoice(invoice_id).status == "Pending"
    version = books.transaction(paid).version
    perform(ApproveRecord("transaction", paid, version), approver)
    assert _invoice(invoice_id).status == "Paid"


def test_a_client_does_not_pay_again_what_waits_for_approval(house, client):
    factories.an_approval_rule(house, minimum_minor=50_00, levels=1)
    asset_id = factories.a_funded_asset(house, 500_00)
    one = _issued(house, _owner(asset_id))
    who, email, _ = factories.a_user(house, kind="client", client_id=_owner(asset_id))
    first = perform(PayOwnInvoice(one, asset_id, 60_00), who)
    link, path = f"/pay/{_invoice(one).public_id}", f"/portal/invoices/{one}/pay"
    assert "60.00 KES waits for approval" in _page(client, link)
    factories.signed_in(client, email)
    listed = _page(client, "/portal/invoices")
    assert "60.00 KES waits for approval" in listed
    assert f'href="{path}"' in listed
    assert form_of(client, path)["amount"] == ["40.00"]
    sentence = "Only 40.00 KES is left to pay: 60.00 KES waits for approval"
    with pytest.raises(Refusal, match=sentence):
        perform(PayOwnInvoice(one, asset_id, 100_00), who)
    perform(PayOwnInvoice(one, asset_id, 40_00), who)
    assert _invoice(one).status == "Underpaid"
    for page in (link, "/portal/invoices"):
        assert f'href="{path}"' not in _page(client, page)
    refused = client.get(path)
    assert refused.status_code == 409
    assert "nothing more to pay: 60.00 KES waits for approval" in refused.get_data(as_text=True)
    with pytest.raises(Conflict, match=r"nothing more to pay: 60\.00 KES waits for approval"):
        perform(PayOwnInvoice(one, asset_id, 1_00), who)
    office = client.application.test_client()
    factories.signed_in(office, house.administrator_email)
    staff = _page(office, f"{PATH}/{one}/pay")
    assert "60.00 KES is outstanding; 60.00 KES waits for approval; more than that" in staff
    perform(PayInvoice(one, asset_id, 10_00), house.administrator)
    version = books.transaction(first).version
    approver, *_ = factories.a_user(house, "Approver L1")
    perform(DenyRecord("transaction", first, version, "Not this time"), approver)
    perform(PayOwnInvoice(one, asset_id, 50_00), who)


def test_an_edit_leaves_the_expiry_where_it_was_whatever_the_zone(client):
    house = factories.a_house(currencies=("KES",))
    factories.change(house, Organisation, house.organisation_id, time_zone="Africa/Nairobi")
    factories.signed_in(client, house.administrator_email)
    ends = datetime(2036, 5, 5, 22, 30, tzinfo=UTC)
    one = _issued(house, factories.a_client(house), expires_at=ends)
    path = f"{PATH}/{one}/edit"
    assert form_of(client, path)["expires_at"] == ["2036-05-06 01:30:00"]
    assert send(client, path, comment="Twice").status_code == 303
    assert _invoice(one).expires_at == ends


@pytest.mark.parametrize(
    ("status", "sentence"),
    [("Paid", "has nothing left to pay"), ("Overpaid", "has nothing left to pay"),
     ("Expired", "is not to be paid any more")],
)  # fmt: skip
def test_a_client_does_not_pay_what_was_ended_by_hand(house, client, status, sentence):
    asset_id = factories.a_funded_asset(house, 500_00)
    one = _issued(house, _owner(asset_id))
    who, email, _ = factories.a_user(house, kind="client", client_id=_owner(asset_id))
    perform(SetInvoiceStatus(one, status), house.administrator)
    path = f"/portal/invoices/{one}/pay"
    assert "Sign in and pay" not in _page(client, f"/pay/{_invoice(one).public_id}")
    factories.signed_in(client, email)
    assert f'href="{path}"' not in _page(client, "/portal/invoices")
    refused = client.get(path)
    assert refused.status_code == 409
    assert sentence in refused.get_data(as_text=True)
    with pytest.raises(Conflict, match=sentence):
        perform(PayOwnInvoice(one, asset_id, 1_00), who)
    perform(SetInvoiceStatus(one, "Pending"), house.administrator)
    assert f'href="{path}"' in _page(client, "/portal/invoices")


def test_an_invoice_is_paid_out_of_its_clients_assets_in_its_currency_alone(house):
    asset_id, other = factories.a_funded_asset(house, 10_00), factories.a_funded_asset(house, 10_00)
    invoice_id = _issued(house, _owner(asset_id))
    dollars = factories.a_funded_asset(house, 10_00, "USD")
    for wrong in (other, dollars):
        with pytest.raises(Refusal, match="an asset of the client in KES"):
            perform(PayInvoice(invoice_id, wrong, 1_00), house.administrator)
    with pytest.raises(Conflict, match="Insufficient"):
        perform(PayInvoice(invoice_id, asset_id, 99_00), house.administrator)
    assert _invoice(invoice_id).paid_minor == 0


def test_what_nobody_pays_expires_and_what_is_paid_does_not(house, client, monkeypatch):
    asset_id = factories.a_funded_asset(house, 500_00)
    soon = door.clock() + timedelta(hours=1)
    unpaid, paid = (_issued(house, _owner(asset_id), expires_at=soon) for _ in range(2))
    perform(PayInvoice(paid, asset_id, 100_00), house.administrator)
    now = door.clock()
    monkeypatch.setattr(door, "clock", lambda: now + timedelta(hours=2))
    while sweep():
        pass
    assert [_invoice(one).status for one in (unpaid, paid)] == ["Expired", "Paid"]
    for refused in (PayInvoice, PayOwnInvoice):
        who = house.administrator
        if refused is PayOwnInvoice:
            who, *_ = factories.a_user(house, kind="client", client_id=_owner(asset_id))
        with pytest.raises(Conflict, match="has expired and is not to be paid any more"):
            perform(refused(unpaid, asset_id, 1_00), who)
    link = f"/pay/{_invoice(unpaid).public_id}"
    page = _page(client, link)
    assert "has expired and is not to be paid any more" in page
    assert "Sign in and pay" not in page
    assert "Pay by" not in page
    perform(
        EditInvoice(unpaid, 2, InvoiceTerms(100_00, expires_at=now + timedelta(days=2))),
        house.administrator,
    )
    assert _invoice(unpaid).status == "Pending"
    assert "Sign in and pay" in _page(client, link)


def test_what_was_expired_by_hand_stays_so_when_a_payment_is_booked_or_given_back(house):
    asset_id = factories.a_funded_asset(house, 500_00)
    perform(AddStatus(house.project_id, "first", "Pending", is_default=True), house.system)
    one = _issued(house, _owner(asset_id))
    part, rest = (perform(PayInvoice(one, asset_id, minor), house.administrator)
                  for minor in (60_00, 40_00))  # fmt: skip
    perform(SetInvoiceStatus(one, "Expired"), house.administrator)
    completed = status_id(house, "completed")
    perform(ChangeStatus(part, completed), house.administrator)
    assert (_invoice(one).status, _invoice(one).paid_minor) == ("Expired", 60_00)
    assert _invoice(one).is_status_by_hand
    perform(ChangeStatus(rest, completed), house.administrator)
    assert (_invoice(one).status, _invoice(one).is_status_by_hand) == ("Paid", False)


def test_nothing_is_paid_after_the_expiry_though_a_part_was_and_nobody_has_looked(
    house, client, monkeypatch
):
    asset_id = factories.a_funded_asset(house, 500_00)
    soon = door.clock() + timedelta(hours=1)
    unpaid, partly = (_issued(house, _owner(asset_id), expires_at=soon) for _ in range(2))
    perform(PayInvoice(partly, asset_id, 40_00), house.administrator)
    who, *_ = factories.a_user(house, kind="client", client_id=_owner(asset_id))
    later = door.clock() + timedelta(hours=2)
    monkeypatch.setattr(door, "clock", lambda: later)
    factories.signed_in(client, house.administrator_email)
    for one, status in ((unpaid, "Pending"), (partly, "Underpaid")):
        for refused, by in ((PayInvoice, house.administrator), (PayOwnInvoice, who)):
            with pytest.raises(Conflict, match="has expired and is not to be paid any more"):
                perform(refused(one, asset_id, 1_00), by)
        page = _page(client, f"/pay/{_invoice(one).public_id}")
        assert "has expired and is not to be paid any more" in page
        assert "Sign in and pay" not in page
        assert f'href="{PATH}/{one}/pay"' not in _page(client, PATH)
        assert _invoice(one).status == status
    perform(EditInvoice(partly, _invoice(partly).version, InvoiceTerms(
        100_00, expires_at=later + timedelta(days=1))), house.administrator)  # fmt: skip
    perform(PayOwnInvoice(partly, asset_id, 60_00), who)
    assert _invoice(partly).status == "Paid"


@pytest.mark.checks("W13.05", "W13.08", "W13.10")
def test_the_status_is_asked_of_those_who_may_set_it_and_then_is_by_hand(house, here):
    client_id = factories.a_client(house)
    teller, email, _ = factories.a_user(house, "Teller")
    counter = here.application.test_client()
    factories.signed_in(counter, email)
    mine = _issued(house, client_id)
    for path in (f"{PATH}/new", f"{PATH}/{mine}/edit"):
        assert "status" in form_of(here, path)
        assert "status" not in form_of(counter, path)
    asked = {"client_id": str(client_id), "currency": "KES", "amount": "100", "status": "Paid"}
    assert send(counter, f"{PATH}/new", **asked).status_code == 303
    assert send(counter, f"{PATH}/{mine}/edit", status="Overpaid").status_code == 303
    assert {row["Status"] for row in _rows(here)} == {"Pending"}
    with pytest.raises(Forbidden):
        perform(EditInvoice(mine, 1, InvoiceTerms(100_00, status="Overpaid")), teller)
    with pytest.raises(Forbidden):
        perform(IssueInvoice(client_id, "KES", InvoiceTerms(100_00, status="Paid")), teller)
    asset_id = factories.a_funded_asset(house, 500_00)
    asked["client_id"] = str(_owner(asset_id))
    for status in ("Paid", "Expired"):
        sent = send(here, f"{PATH}/new", **(asked | {"status": status}))
        page = _page(here, sent.headers["Location"])
        assert re.search(r"<dt>Status set</dt>\s*<dd>By hand</dd>", page)
        invoice_id = int(sent.headers["Location"].rpartition("/")[2])
        assert _invoice(invoice_id).status == status
        assert "Sign in and pay" not in _page(counter, f"/pay/{_invoice(invoice_id).public_id}")
        with pytest.raises(Conflict):
            perform(PayOwnInvoice(invoice_id, asset_id, 1_00), factories.a_user(
                house, kind="client", client_id=_owner(asset_id))[0])  # fmt: skip
    sent = send(here, f"{PATH}/new", **(asked | {"status": "Pending"}))
    assert "By payments" in _page(here, sent.headers["Location"])


def test_one_place_opens_so_many_invoices_a_minute_and_stops_no_other(house, app, monkeypatch):
    monkeypatch.setitem(app.config, "VISITS_LIMIT", "3 per hour")
    link = f"/pay/{_invoice(_issued(house, factories.a_client(house))).public_id}"
    here, there = app.test_client(), app.test_client()
    here.environ_base["REMOTE_ADDR"], there.environ_base["REMOTE_ADDR"] = "192.0.2.8", "192.0.2.9"
    # Guessing is counted as well.
    answers = [here.get(path).status_code for path in (link, link[:-1] + "x", f"{link}/pdf", link)]
    assert answers == [200, 404, 200, 429]
    stopped = here.get(f"{link}/pdf")
    assert stopped.status_code == 429
    assert 0 < int(stopped.headers["Retry-After"]) <= 3_600
    page = stopped.get_data(as_text=True)
    assert "Too many requests" in page
    assert "Please wait a moment and try again." in page
    assert there.get(link).status_code == 200
    assert here.get("/login").status_code == 200


def test_strangers_print_one_invoice_at_a_time(house, app, monkeypatch):
    link = f"/pay/{_invoice(_issued(house, factories.a_client(house))).public_id}/pdf"
    met = []

    def print_slowly(*_given: object, **_more: object) -> bytes:
        met.append(app.test_client().get(link))
        return b"%PDF-1.7"

    monkeypatch.setattr("app.invoices.views.invoice_pdf", print_slowly)
    assert app.test_client().get(link).status_code == 200
    assert [answer.status_code for answer in met] == [503]
    assert "printed for somebody else" in met[0].get_data(as_text=True)
    assert app.test_client().get(link).status_code == 200


def test_the_payment_link_begins_with_the_address_the_house_was_told(house, client, monkeypatch):
    one = _issued(house, factories.a_client(house))
    factories.signed_in(client, house.administrator_email)
    monkeypatch.setattr(post, "public_url", "https://bank.example")
    shown = _page(client, f"{PATH}/{one}")
    assert f"https://bank.example/pay/{_invoice(one).public_id}" in shown


def test_a_client_pays_in_the_portal_and_by_the_link(house, client):
    asset_id = factories.a_funded_asset(house, 500_00)
    noon = datetime(2026, 12, 31, 9, 0, tzinfo=UTC)
    mine = _issued(house, _owner(asset_id), description="Membership", expires_at=noon)
    stranger = factories.a_funded_asset(house, 500_00)
    theirs = _issued(house, _owner(stranger))
    who, email, _ = factories.a_user(house, kind="client", client_id=_owner(asset_id))
    link = f"/pay/{_invoice(mine).public_id}"
    zone = _zone(house)
    factories.change(house, Organisation, house.organisation_id, time_zone="Africa/Nairobi")
    page = _page(client, link)
    factories.change(house, Organisation, house.organisation_id, time_zone=zone)
    assert house.name in page
    for shown in ("Membership", "100.00", "Sign in and pay", "2026-12-31 12:00"):
        assert shown in page
    assert f'href="/portal/invoices/{mine}/pay"' in page
    assert client.get(link[:-1] + "x").status_code == 404
    assert client.get("/pay/none").status_code == 404
    factories.signed_in(client, email)
    listed = _page(client, "/portal/invoices")
    assert "Membership" in listed
    assert "due 31 Dec 2026<" in listed
    assert _invoice(theirs).number not in listed
    path = f"/portal/invoices/{mine}/pay"
    assert f'value="{stranger}"' not in _page(client, path)
    with database.reading() as session:
        number = session.scalars(
            select(Account.number).join(Asset, Asset.account_id == Account.id)
            .where(Asset.id == asset_id)
        ).one()  # fmt: skip
    assert f" · {number} · 500.00 KES" in _page(client, path), "after its name"
    too_much = send(client, path, asset_id=str(asset_id), amount="1000")
    assert too_much.status_code == 422
    assert "Only 100.00 KES is left to pay" in too_much.get_data(as_text=True)
    assert send(client, path, asset_id=str(asset_id), amount="100").status_code == 303
    assert _invoice(mine).status == "Paid"
    assert "due 31 Dec 2026" not in _page(client, "/portal/invoices")
    paid_already = client.get(path)
    assert paid_already.status_code == 409
    assert "nothing left to pay" in paid_already.get_data(as_text=True)
    with pytest.raises(Missing):
        perform(PayOwnInvoice(theirs, stranger, 1_00), who)
    with database.reading() as session:
        paid = select(Transaction.operator_name).where(
            Transaction.organisation_id == house.organisation_id, Transaction.context_id == mine
        )
        assert session.scalars(paid).one() == who.name


def test_what_a_client_pays_from_is_asked_for_in_a_sentence(house, client):
    asset_id = factories.a_funded_asset(house, 500_00)
    _who, email, _ = factories.a_user(house, kind="client", client_id=_owner(asset_id))
    factories.signed_in(client, email)
    path = f"/portal/invoices/{_issued(house, _owner(asset_id))}/pay"
    answer = send(client, path, amount="1", asset_id=None)
    assert answer.status_code == 422
    assert "Choose the account to pay from" in answer.get_data(as_text=True)


def test_a_payment_says_what_is_overpaid_and_is_offered_while_something_is_left(house, here):
    asset_id = factories.a_funded_asset(house, 500_00)
    one = _issued(house, _owner(asset_id))
    path = f"{PATH}/{one}"
    assert f'href="{path}/pay"' in _page(here, path)
    assert "100.00 KES is outstanding" in _page(here, f"{path}/pay")
    sent = form_of(here, f"{path}/pay") | {"asset_id": str(asset_id), "amount": "120"}
    answer = here.post(f"{path}/pay", data=sent, headers={"HX-Request": "true"})
    assert json.loads(answer.headers["HX-Trigger"])["toast"] == {
        "kind": "success",
        "title": "Payment recorded",
        "text": f"120.00 KES for {_invoice(one).number}: it is overpaid by 20.00 KES now",
    }
    assert _invoice(one).status == "Overpaid"
    assert f'href="{path}/pay"' not in _page(here, path)


def _mails(house: factories.House) -> list[Mail]:
    query = select(Mail).where(
        Mail.organisation_id == house.organisation_id, Mail.letter.startswith("invoice")
    )
    with database.reading() as session:
        return list(session.scalars(query.order_by(Mail.id)))


def test_an_invoice_is_sent_by_mail_and_later_reminded_of(house, here):
    asset_id = factories.a_funded_asset(house, 500_00)
    ends = datetime(2036, 5, 5, 9, 0, tzinfo=UTC)
    one = _issued(house, _owner(asset_id), description="Rent", expires_at=ends)
    path, number = f"{PATH}/{one}", _invoice(one).number
    with database.reading() as session:
        address = session.get_one(Client, _owner(asset_id)).email
    assert f'href="{path}/send"' in _page(here, path)
    perform(PayInvoice(one, asset_id, 40_00), house.administrator)
    asked = _page(here, f"{path}/send")
    for shown in ("Send by mail", address, "60.00"):
        assert shown in asked
    assert not _mails(house)
    for verb in ("Send", "Send reminder"):
        assert f">{verb}<" in _page(here, f"{path}/send")
        assert send(here, f"{path}/send").status_code == 303
    first, second = _mails(house)
    assert (first.recipient, first.client_id) == (address, _owner(asset_id))
    assert (first.subject, second.subject) == (f"Invoice {number}", f"Reminder: Invoice {number}")
    for mail, words in ((first, "you are asked to pay"), (second, "this is a reminder")):
        message = compose(
            mail, organisation=house.name, product="P", public_url="https://bank.example",
            sender="no-reply@bank.example",
        )  # fmt: skip
        for part in ("plain", "html"):
            body = message.get_body((part,))
            assert body is not None
            text = body.get_content()
            link = f"https://bank.example/pay/{_invoice(one).public_id}"
            for shown in (words, "Rent", "60.00 KES", "05 May 2036", link, f"{link}/pdf"):
                assert shown in text, (part, shown)
    page = _page(here, path)
    by = house.administrator.name
    assert f"Sent to {address} by {by}" in page
    assert f"Reminder sent to {address} by {by}" in page
    perform(PayInvoice(one, asset_id, 60_00), house.administrator)
    assert f'href="{path}/send"' not in _page(here, path)
    with pytest.raises(Conflict, match="nothing left to pay"):
        perform(SendInvoice(one), house.administrator)
    silent = _issued(house, factories.a_client(house, email=""))
    refused = here.get(f"{PATH}/{silent}/send")
    assert refused.status_code == 409
    assert "has no email address" in refused.get_data(as_text=True)
    auditor, *_ = factories.a_user(house, "Auditor")
    with pytest.raises(Forbidden):
        perform(SendInvoice(one), auditor)
    assert len(_mails(house)) == 2


def test_an_invoice_is_printed_with_what_is_left_to_pay(house, here):
    asset_id = factories.a_funded_asset(house, 500_00)
    invoice_id = _issued(house, _owner(asset_id), 1_234_50, description="<script>alert(1)</script>")
    perform(PayInvoice(invoice_id, asset_id, 34_50), house.administrator)
    answer = here.get(f"{PATH}/{invoice_id}/pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    text = pypdf.PdfReader(io.BytesIO(answer.data)).pages[0].extract_text()
    number = _invoice(invoice_id).number
    for shown in (number, "1,200.00 KES", "34.50 KES", "<script>alert(1)</script>", house.name):
        assert shown in text
    assert f"{number}.pdf" in answer.headers["Content-Disposition"]


def test_an_invoice_is_printed_with_the_days_of_its_organisation(house):
    zone = _zone(house)
    factories.change(house, Organisation, house.organisation_id, time_zone="Africa/Nairobi")
    late = datetime(2035, 12, 31, 22, 30, tzinfo=UTC)
    one = _issued(house, factories.a_client(house), expires_at=late)
    factories.change(house, Invoice, one, created_at=datetime(2026, 3, 31, 21, 30, tzinfo=UTC))
    with database.reading() as session:
        content = invoice_pdf(
            session, session.get_one(Invoice, one), printed_at=late - timedelta(days=3), link=""
        )
    factories.change(house, Organisation, house.organisation_id, time_zone=zone)
    text = pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text()
    for shown in ("01 Jan 2036", "01 Apr 2026", "29 Dec 2035"):
        assert shown in text


def test_what_expires_at_midnight_is_to_be_paid_the_day_before(house, client):
    zone = _zone(house)
    factories.change(house, Organisation, house.organisation_id, time_zone="Africa/Nairobi")
    midnight = datetime(2036, 1, 9, 21, 0, tzinfo=UTC)
    client_id = factories.a_client(house)
    one = _issued(house, client_id, expires_at=midnight)
    perform(SendInvoice(one), house.administrator)
    with database.reading() as session:
        content = invoice_pdf(
            session, session.get_one(Invoice, one), printed_at=door.clock(), link=""
        )
    _who, email, _ = factories.a_user(house, kind="client", client_id=client_id)
    factories.signed_in(client, email)
    listed = _page(client, "/portal/invoices")
    factories.change(house, Organisation, house.organisation_id, time_zone=zone)
    text = pypdf.PdfReader(io.BytesIO(content)).pages[0].extract_text()
    assert "09 Jan 2036" in text
    assert "due 09 Jan 2036<" in listed
    assert json.loads(_mails(house)[0].content)["until"] == "09 Jan 2036"


@pytest.mark.checks("W13.23", "W13.24", "W13.25")
def test_documents_are_judged_by_their_content_and_handed_out_as_attachments(house, here):
    invoice_id = _issued(house, factories.a_client(house))
    path = f"{PATH}/{invoice_id}/documents"
    assert 'type="file"' in _page(here, path)
    for name, content, sentence in (
        ("script.svg", b"<svg/>", "This format is not supported"),
        ("fake.png", b"MZ not a picture", "This is not a file of the kind png"),
        ("empty.txt", b"", "The file is empty"),
        ("fake.txt", PNG, "This is not a file of the kind txt"),
    ):
        refused = send(here, path, file=(io.BytesIO(content), name))
        assert refused.status_code == 422
        assert sentence in refused.get_data(as_text=True)
    for name, content in (("photo.png", PNG), ("terms & co.txt", b"hello")):
        assert send(here, path, file=(io.BytesIO(content), name)).status_code == 303
    page = _page(here, path)
    for shown in ("photo", "png", "terms _ co", "txt", "Size", "Created"):
        assert shown in page
    href = re.search(r"/admin/invoice-documents/\d+", page)[0]
    file = here.get(href)
    assert file.data == b"hello"
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert send(here, f"{href}/delete").status_code == 303
    assert here.get(href).status_code == 404


@pytest.mark.parametrize("extension", ["pdf", "doc", "docx", "xls", "xlsx", "csv", "jpg", "jpeg"])
def test_each_supported_format_is_taken(extension: str):
    jpeg, container = b"\xff\xd8\xff\xe0", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    begins = {
        "pdf": b"%PDF-1.7", "csv": b"a,b\n1,2\n", "jpg": jpeg, "jpeg": jpeg,
        "doc": container, "xls": container,
        "docx": b"PK\x03\x04 word/", "xlsx": b"PK\x03\x04 xl/",
    }  # fmt: skip
    content = begins[extension] + (b"" if extension == "csv" else b"\0" * 300)
    assert checked_extension(f"A file.{extension.upper()}", content) == extension


def test_a_client_is_told_why_a_payment_was_not_accepted_and_not_by_whom(house, client):
    factories.an_approval_rule(house, minimum_minor=50_00, levels=1)
    asset_id = factories.a_funded_asset(house, 500_00)
    one = _issued(house, _owner(asset_id))
    number = _invoice(one).number
    who, email, _ = factories.a_user(house, kind="client", client_id=_owner(asset_id))
    approver, *_ = factories.a_user(house, "Approver L1")
    first = perform(PayOwnInvoice(one, asset_id, 100_00), who)
    _decide(RejectRecord, first, approver, "Send the paper.")
    second = perform(PayOwnInvoice(one, asset_id, 100_00), who)
    _decide(ApproveRecord, second, approver)
    factories.signed_in(client, email)
    page = _page(client, "/portal")
    sentence = f"Your payment of {number} was not accepted: Send the paper. You can pay again."
    for shown in (sentence, f"Your payment of {number} was accepted."):
        assert shown in page
    assert "Transaction was" not in page
    notice = re.search(r'action="(/portal/notices/\d+)"', page)[1]
    opened = client.post(notice, data={"csrf_token": token_of(client)})
    assert opened.headers["Location"] == "/portal/invoices"


def test_a_client_is_not_told_why_a_payment_was_denied_or_ended(house, client):
    factories.an_approval_rule(house, minimum_minor=50_00, levels=1)
    asset_id = factories.a_funded_asset(house, 500_00)
    one, other = (_issued(house, _owner(asset_id)) for _ in range(2))
    who, email, _ = factories.a_user(house, kind="client", client_id=_owner(asset_id))
    approver, *_ = factories.a_user(house, "Approver L1")
    denied, ended = (perform(PayOwnInvoice(each, asset_id, 100_00), who) for each in (one, other))
    _decide(RejectRecord, denied, approver, "Send the paper")
    _decide(DenyRecord, denied, approver, "Reported to the authority")
    perform(ChangeStatus(ended, status_id(house, "canceled")), house.administrator)
    factories.signed_in(client, email)
    page = _page(client, "/portal")
    for each in (one, other):
        number = _invoice(each).number
        assert f"Your payment of {number} was not accepted. You can pay again." in page
    for internal in ("Reported to the authority", "by its status"):
        assert internal not in page


def test_who_sends_a_clients_payment_back_is_told_that_the_client_reads_why(house, client):
    factories.an_approval_rule(house, minimum_minor=50_00, levels=1)
    asset_id = factories.a_funded_asset(house, 500_00)
    one = _issued(house, _owner(asset_id))
    who, *_ = factories.a_user(house, kind="client", client_id=_owner(asset_id))
    teller, *_ = factories.a_user(house)
    theirs = perform(PayOwnInvoice(one, asset_id, 60_00), who)
    of_staff = perform(PayInvoice(one, asset_id, 60_00), teller)
    _, email, password = factories.a_user(house, "Approver L1")
    factories.signed_in(client, email, password)
    told = "Reason (the client reads this)"
    assert told in _page(client, f"/admin/approvals/transaction/{theirs}/reject")
    assert told not in _page(client, f"/admin/approvals/transaction/{theirs}/deny")
    assert told not in _page(client, f"/admin/approvals/transaction/{of_staff}/reject")


def test_a_client_pays_again_what_was_sent_back(house, client):
    factories.an_approval_rule(house, minimum_minor=50_00, levels=1)
    asset_id = factories.a_funded_asset(house, 500_00)
    one = _issued(house, _owner(asset_id))
    who, email, _ = factories.a_user(house, kind="client", client_id=_owner(asset_id))
    paid = perform(PayOwnInvoice(one, asset_id, 100_00), who)
    approver, *_ = factories.a_user(house, "Approver L1")
    back = RejectRecord("transaction", paid, books.transaction(paid).version, "Send the paper")
    perform(back, approver)
    factories.signed_in(client, email)
    assert "waits for approval" not in _page(client, "/portal/invoices")
    assert form_of(client, f"/portal/invoices/{one}/pay")["amount"] == ["100.00"]
    again = perform(PayOwnInvoice(one, asset_id, 100_00), who)
    assert "100.00 KES waits for approval" in _page(client, "/portal/invoices")
    perform(ApproveRecord("transaction", again, books.transaction(again).version), approver)
    assert _invoice(one).status == "Paid"


def _decide(kind, transaction_id: int, by, *reason: str) -> None:
    perform(kind("transaction", transaction_id, books.transaction(transaction_id).version, *reason),
            by)  # fmt: skip


def _who_pay_and_approve(house) -> tuple[int, Actor, Actor, Actor]:
    """Let what is above 50.00 wait; return an asset, teller, approver and the asset's client."""
    factories.an_approval_rule(house, minimum_minor=50_00, levels=1)
    asset_id = factories.a_funded_asset(house, 500_00)
    teller, *_ = factories.a_user(house, "Teller")
    approver, *_ = factories.a_user(house, "Approver L1")
    who, *_ = factories.a_user(house, kind="client", client_id=_owner(asset_id))
    return asset_id, teller, approver, who


def test_what_was_sent_back_is_not_handed_in_for_what_is_paid_or_expired_meanwhile(house):
    asset_id, teller, approver, who = _who_pay_and_approve(house)
    one, other = (_issued(house, _owner(asset_id)) for _ in range(2))
    first = perform(PayInvoice(one, asset_id, 100_00), teller)
    _decide(RejectRecord, first, approver, "Send the paper")
    again = perform(PayOwnInvoice(one, asset_id, 100_00), who)
    perform(SubmitRecord("transaction", first), teller)
    _decide(ApproveRecord, again, approver)
    with pytest.raises(Conflict, match="has nothing left to pay"):
        _decide(ApproveRecord, first, approver)
    _decide(RejectRecord, first, approver, "Paid already")
    with pytest.raises(Conflict, match="has nothing left to pay"):
        perform(SubmitRecord("transaction", first), teller)
    assert (_invoice(one).status, _invoice(one).paid_minor) == ("Paid", 100_00)
    late = perform(PayInvoice(other, asset_id, 100_00), teller)
    perform(SetInvoiceStatus(other, "Expired"), house.administrator)
    with pytest.raises(Conflict, match="has expired and is not to be paid any more"):
        _decide(ApproveRecord, late, approver)
    assert books.asset(asset_id).balance_minor == 400_00


def test_what_was_paid_in_time_is_approved_after_the_expiry_and_handed_in_no_more(
    house, monkeypatch
):
    asset_id, teller, approver, who = _who_pay_and_approve(house)
    soon = door.clock() + timedelta(hours=1)
    swept, unswept, given_up, back = (
        _issued(house, _owner(asset_id), expires_at=soon) for _ in range(4)
    )
    in_time, unseen, late = (
        perform(PayOwnInvoice(one, asset_id, 100_00), who) for one in (swept, unswept, given_up)
    )
    returned = perform(PayInvoice(back, asset_id, 100_00), teller)
    _decide(RejectRecord, returned, approver, "Send the paper")
    perform(SetInvoiceStatus(given_up, "Expired"), house.administrator)
    later = soon + timedelta(days=2)
    monkeypatch.setattr(door, "clock", lambda: later)
    _decide(ApproveRecord, unseen, approver)
    while sweep():
        pass
    assert [_invoice(one).status for one in (swept, unswept)] == ["Expired", "Paid"]
    _decide(ApproveRecord, in_time, approver)
    assert (_invoice(swept).status, _invoice(swept).paid_minor) == ("Paid", 100_00)
    sentence = "has expired and is not to be paid any more"
    with pytest.raises(Conflict, match=sentence):
        _decide(ApproveRecord, late, approver)
    with pytest.raises(Conflict, match=sentence):
        perform(SubmitRecord("transaction", returned), teller)
    assert books.asset(asset_id).balance_minor == 300_00


def test_a_clients_payment_is_not_approved_above_what_is_left_and_one_sent_back_is_replaced(house):
    asset_id, teller, approver, who = _who_pay_and_approve(house)
    one, other = (_issued(house, _owner(asset_id)) for _ in range(2))
    first = perform(PayOwnInvoice(one, asset_id, 100_00), who)
    _decide(RejectRecord, first, approver, "Send the paper")
    perform(PayOwnInvoice(one, asset_id, 40_00), who)
    assert books.transaction(first).processing == "Canceled"
    with pytest.raises(Conflict, match="This transaction is canceled"):
        perform(SubmitRecord("transaction", first), teller)
    second = perform(PayOwnInvoice(other, asset_id, 100_00), who)
    perform(PayInvoice(other, asset_id, 30_00), teller)
    with pytest.raises(Conflict, match=r"has only 70\.00 KES left to pay"):
        _decide(ApproveRecord, second, approver)
    over = perform(PayInvoice(other, asset_id, 80_00), teller)
    _decide(ApproveRecord, over, approver)
    assert _invoice(other).status == "Overpaid", "staff overpay it, and know that they do"
