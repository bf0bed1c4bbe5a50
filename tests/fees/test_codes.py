"""Financial Config > Transaction Codes: drafted, approved, used only then, deleted only before."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.controls.approvals import RejectRecord, SubmitRecord
from app.controls.commands import perform
from app.db.session import database
from app.fees.commands import CreateTransactionCode
from app.fees.models import TransactionCode
from app.fees.queries import usable_codes
from app.kernel.errors import Conflict
from tests import factories
from tests.pages import send, send_locked

LIST = "/admin/transaction-codes"
NEW = f"{LIST}/new"


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def manager(house: factories.House, client: FlaskClient) -> FlaskClient:
    _actor, email, password = factories.a_user(house, "Branch Manager")
    factories.signed_in(client, email, password)
    return client


@pytest.fixture
def administrator(house: factories.House, client: FlaskClient) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def _code(code: str) -> TransactionCode:
    with database.reading() as session:
        query = select(TransactionCode).where(TransactionCode.code == code)
        return session.scalars(query.order_by(TransactionCode.id.desc())).first()


def _usable(house: factories.House, side: str | None = None) -> set[str]:
    with database.reading() as session:
        return {one.code for one in usable_codes(session, house.organisation_id, side)}


@pytest.mark.checks("E17.01", "E17.02", "E17.05")
def test_a_code_is_drafted_and_usable_once_it_is_approved(app, house, manager):
    answer = send(manager, NEW, code="csh-in", description="Cash in", side="credit", draft="1")
    assert answer.status_code == 303
    made = _code("CSH-IN")
    assert (made.record_status, made.description, made.side) == ("CAPTURED", "Cash in", "credit")
    page = manager.get(f"{LIST}/{made.id}").get_data(as_text=True)
    for shown in ("CSH-IN", "Cash in", "Credit", "Draft", "Edit", "Submit"):
        assert shown in page
    assert "CSH-IN" in manager.get(f"{LIST}?search=cash&side=credit").get_data(as_text=True)
    assert "CSH-IN" not in _usable(house)
    send(manager, f"/admin/approvals/transaction-code/{made.id}/submit")
    assert _code("CSH-IN").record_status == "PENDING_AUTH_L1"
    assert "CSH-IN" not in _usable(house)
    _actor, email, password = factories.a_user(house, "Approver L1")
    approver = app.test_client()
    factories.signed_in(approver, email, password)
    shown = approver.get(f"/admin/approvals/transaction-code/{made.id}").get_data(as_text=True)
    assert "Cash in" in shown
    send(approver, f"/admin/approvals/transaction-code/{made.id}/approve")
    assert _code("CSH-IN").record_status == "AUTHORIZED"
    assert "CSH-IN" in _usable(house)
    assert "CSH-IN" in _usable(house, "credit")
    assert "CSH-IN" not in _usable(house, "debit")


@pytest.mark.checks("E17.03")
def test_a_code_that_exists_is_refused_whatever_its_case(house, manager):
    perform(CreateTransactionCode("FEE", "both", "Fees"), house.administrator)
    answer = send(manager, NEW, code="fee", description="Once more", side="debit", draft="1")
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "This transaction code already exists" in page
    assert "Once more" in page
    for typed, sentence in (
        ({"code": ""}, "Code is required"),
        ({"code": "x" * 21}, "Code can have at most 20 characters"),
        ({"side": "sideways"}, "Choose from the list"),
        ({"description": ""}, "Description is required"),
    ):
        values = {"code": "NEW", "description": "New", "side": "both"} | typed
        answer = send(manager, NEW, **values)
        assert answer.status_code == 422
        assert sentence in answer.get_data(as_text=True)


@pytest.mark.checks("E17.04")
def test_a_code_in_the_approval_process_cannot_be_edited(house, manager):
    maker = factories.a_user(house, "Branch Manager")[0]
    waiting = perform(CreateTransactionCode("WAITS", "both", "Waits", submit=True), maker)
    done = perform(CreateTransactionCode("DONE", "both", "D", submit=True), house.administrator)
    for code_id, sentence in (
        (waiting, "Records in the approval process cannot be edited"),
        (done, "Transaction code is already finalized and cannot be changed"),
    ):
        assert f"{LIST}/{code_id}/edit" not in manager.get(f"{LIST}/{code_id}").get_data(
            as_text=True
        )
        typed = {"code": "WAITS", "description": "Changed", "side": "both", "version": 2}
        answer = send_locked(manager, f"{LIST}/{code_id}/edit", **typed)
        assert sentence in answer.get_data(as_text=True)
    assert _code("WAITS").description == "Waits"


@pytest.mark.checks("E40.22")
def test_a_code_is_deleted_as_draft_or_rejected_and_never_after(house, administrator):
    maker = factories.a_user(house, "Branch Manager")[0]
    draft = perform(CreateTransactionCode("DRAFT", "both", "D"), house.administrator)
    rejected = perform(CreateTransactionCode("BACK", "both", "B", submit=True), maker)
    version = _code("BACK").version
    perform(
        RejectRecord("transaction-code", rejected, version, "not this one"), house.administrator
    )
    waiting = perform(CreateTransactionCode("WAIT2", "both", "W", submit=True), maker)
    approved = perform(CreateTransactionCode("OK", "both", "O", submit=True), house.administrator)
    for code_id in (draft, rejected):
        path = f"{LIST}/{code_id}/delete"
        assert path in administrator.get(f"{LIST}/{code_id}").get_data(as_text=True)
        assert send(administrator, path).status_code == 303
    for code_id in (waiting, approved):
        path = f"{LIST}/{code_id}/delete"
        assert path not in administrator.get(f"{LIST}/{code_id}").get_data(as_text=True)
        answer = send(administrator, path)
        assert answer.status_code == 409
        assert "can be deleted only in Draft or Rejected state" in answer.get_data(as_text=True)
    page = administrator.get(f"{LIST}/{draft}").get_data(as_text=True)
    assert "Inactive" in page
    assert f"{LIST}/{draft}/edit" not in page
    assert "DRAFT" in administrator.get(f"{LIST}?status=inactive").get_data(as_text=True)
    with pytest.raises(Conflict, match="inactive"):
        perform(SubmitRecord("transaction-code", draft), house.administrator)
    listed = administrator.get(LIST).get_data(as_text=True)
    assert "DRAFT" not in listed
    assert "WAIT2" in listed
    assert perform(CreateTransactionCode("DRAFT", "both", "Again"), house.administrator)


def test_a_teller_reads_codes_and_writes_none(house, client):
    _actor, email, password = factories.a_user(house, "Teller")
    factories.signed_in(client, email, password)
    assert "Create transaction code" not in client.get(LIST).get_data(as_text=True)
    assert client.get(NEW).status_code == 403
