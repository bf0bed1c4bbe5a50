"""A colleague approves in an absent person's place: some days, some levels, never twice."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access.commands import CreateRole
from app.access.delegations import DelegateApproval, Delegation, RevokeDelegation
from app.access.models import User
from app.access.queries import actor_of
from app.approvals.queries import inbox, waiting_for
from app.clients.models import Client
from app.controls.approvals import ApproveRecord, RejectRecord
from app.controls.commands import door, perform
from app.controls.deciding import OWN_WORK
from app.controls.identity import Actor, RequestContext
from app.controls.permissions import scoped
from app.controls.review import review_kinds, steps_of
from app.db.session import database
from app.kernel.errors import Conflict, Forbidden, Missing, Refusal
from app.reference.commands import CreateProject
from app.transactions.commands import Withdraw
from tests import factories
from tests.factories import BUSINESS_DATE, House
from tests.pages import send, token_of

DAY = timedelta(days=1)


def noon(days: int = 0) -> datetime:
    """Return noon of the day that the tests' business date is, or of one so many days later."""
    return datetime.combine(BUSINESS_DATE + days * DAY, time(12), UTC)


@pytest.fixture(autouse=True)
def _clock(monkeypatch) -> None:
    monkeypatch.setattr(door, "clock", noon)


@pytest.fixture
def house(app) -> House:
    return factories.a_house(currencies=("KES",))


def now(who: Actor) -> Actor:
    """Return the actor as the next request would make it."""
    with database.reading() as session:
        user = session.get_one(User, who.user_id)
        return actor_of(
            session, user, organisation_id=user.organisation_id, context=RequestContext()
        )


def lend(lender: Actor, to: Actor, *levels: int, **more: object) -> int:
    days = {"first_day": BUSINESS_DATE, "last_day": BUSINESS_DATE + DAY} | more
    return perform(DelegateApproval(to.user_id, levels=levels, **days), lender)


def approve(client_id: int, who: Actor) -> str:
    with database.reading() as session:
        version = session.get_one(Client, client_id).version
    return perform(ApproveRecord("client", client_id, version), now(who))


def waits(who: Actor) -> int:
    with database.reading() as session:
        return waiting_for(session, now(who))


def test_a_stand_in_approves_for_the_absent_and_the_history_says_so(
    client: FlaskClient, house: House
):
    maker, _, _ = factories.a_user(house, "Teller")
    absent, _, _ = factories.a_user(house, "Approver L1", first_name="Abel", last_name="Away")
    colleague, email, password = factories.a_user(
        house, "Auditor", first_name="Stella", last_name="Stays"
    )
    factories.an_approval_rule(house, "client", levels=1)
    client_id = factories.a_client(house, actor=maker)
    with pytest.raises(Forbidden, match="higher permission level"):
        approve(client_id, colleague)
    assert waits(colleague) == 0
    lend(absent, colleague, 1)
    assert waits(colleague) == 1
    factories.signed_in(client, email, password)
    answer = send(client, f"/admin/approvals/client/{client_id}/approve")
    assert answer.status_code == 303
    page = client.get(f"/admin/clients/{client_id}").get_data(as_text=True)
    assert "Stella Stays for Abel Away" in page
    with database.reading() as session:
        record = session.get_one(Client, client_id)
        last = steps_of(session, "client", record)[-1]
    assert record.is_authorised
    assert (last.user_id, last.for_user_id) == (colleague.user_id, absent.user_id)


def test_who_stands_in_is_told_of_being_named(client: FlaskClient, house: House):
    absent, _, _ = factories.a_user(house, "Approver L1", first_name="Abel", last_name="Away")
    colleague, email, _ = factories.a_user(house, "Branch Manager")
    lend(absent, colleague, 1)
    factories.signed_in(client, email)
    page = client.get("/admin/notices").get_data(as_text=True)
    assert "You stand in for Abel Away" in page
    assert f"Approval L1 from {BUSINESS_DATE} to {BUSINESS_DATE + DAY}" in page
    key = int(page.split("/open")[0].rpartition("/")[2])
    opened = client.post(f"/admin/notices/{key}/open", data={"csrf_token": token_of(client)})
    assert opened.headers["Location"] == "/admin/approvals"
    assert client.get("/admin/approvals").status_code == 200


def test_a_transaction_says_in_whose_place_it_was_approved(client: FlaskClient, house: House):
    maker, _, _ = factories.a_user(house, "Teller")
    absent, _, _ = factories.a_user(house, "Approver L1", first_name="Abel", last_name="Away")
    colleague, email, _ = factories.a_user(house, "Auditor", first_name="Stella", last_name="Stays")
    asset_id = factories.a_funded_asset(house, 50_00)
    factories.an_approval_rule(house, "transaction", levels=1)
    waiting = perform(Withdraw(asset_id, 5_00), maker)
    lend(absent, colleague, 1)
    factories.signed_in(client, email)
    assert send(client, f"/admin/approvals/transaction/{waiting}/approve").status_code == 303
    for tab in ("", "/history"):
        page = client.get(f"/admin/transactions/{waiting}{tab}").get_data(as_text=True)
        assert "Stella Stays for Abel Away" in page, tab


def test_the_right_is_lent_for_its_days_and_until_it_is_revoked(house: House, monkeypatch):
    maker, _, _ = factories.a_user(house, "Teller")
    absent, _, _ = factories.a_user(house, "Approver L1", "Approver L2")
    colleague, _, _ = factories.a_user(house, "Auditor")
    factories.an_approval_rule(house, "client", levels=1)
    factories.a_client(house, actor=maker)
    lend(absent, colleague, 2)
    assert waits(colleague) == 0
    lend(absent, colleague, 1, first_day=BUSINESS_DATE + 5 * DAY, last_day=BUSINESS_DATE + 9 * DAY)
    # The calendar counts, whatever the business date: a close that is late prolongs nothing.
    for days, waiting in ((4, 0), (5, 1), (9, 1), (10, 0)):
        monkeypatch.setattr(door, "clock", lambda days=days: noon(days))
        assert waits(colleague) == waiting
    monkeypatch.setattr(door, "clock", noon)
    with pytest.raises(Conflict, match="some of these days"):
        lend(absent, colleague, 1)
    other, _, _ = factories.a_user(house, "Auditor")
    delegation_id = lend(absent, other, 1)
    assert waits(other) == 1
    with pytest.raises(Forbidden, match="lent yourself"):
        perform(RevokeDelegation(delegation_id), other)
    perform(RevokeDelegation(delegation_id), absent)
    assert waits(other) == 0
    with pytest.raises(Conflict, match="ended already"):
        perform(RevokeDelegation(delegation_id), absent)


def test_lender_and_stand_in_are_never_two_and_never_judge_their_own_work(house: House):
    maker, _, _ = factories.a_user(house, "Branch Manager")
    both, _, _ = factories.a_user(house, "Approver L2", "Approver L1", first_name="Lena")
    colleague, _, _ = factories.a_user(house, "Auditor")
    helper, _, _ = factories.a_user(house, "Approver L1")
    lend(both, colleague, 1, 2)
    lend(maker, helper, 1)
    factories.an_approval_rule(house, "client", levels=2)
    first = factories.a_client(house, actor=maker)
    assert approve(first, both) == "PENDING_AUTH_L1"
    assert waits(colleague) == 0
    with pytest.raises(Forbidden, match="approved another level"):
        approve(first, colleague)
    second = factories.a_client(house, actor=maker)
    assert approve(second, colleague) == "PENDING_AUTH_L1"
    for one in (both, colleague):
        with pytest.raises(Forbidden, match="another level"):
            approve(second, one)
    # A helper approves in their own right what their lender made, and nobody by the lender's.
    assert approve(second, helper) == "AUTHORIZED"
    idle, _, _ = factories.a_user(house, "Auditor")
    lend(maker, idle, 1)
    assert waits(idle) == 0
    with pytest.raises(Forbidden, match="who worked on this record"):
        approve(first, idle)
    lend(helper, maker, 1)
    with pytest.raises(Forbidden, match=OWN_WORK):
        approve(first, maker)


def test_every_decision_that_a_lent_right_does_not_allow_says_why(
    client: FlaskClient, house: House
):
    maker, _, _ = factories.a_user(house, "Branch Manager", first_name="Mary", last_name="Made")
    idle, email, password = factories.a_user(house, "Auditor")
    factories.an_approval_rule(house, "client", levels=1)
    client_id = factories.a_client(house, actor=maker)
    lend(maker, idle, 1)
    factories.signed_in(client, email, password)
    page = client.get(f"/admin/clients/{client_id}").get_data(as_text=True)
    for verb in ("Approve", "Reject", "Deny"):
        told = f"<strong>{verb}:</strong> You stand in for Mary Made, who worked on this record"
        assert told in page
        assert client.get(f"/admin/approvals/client/{client_id}/{verb.lower()}").status_code == 403


def test_a_stand_in_reaches_the_records_of_the_lender_s_scope_only(house: House):
    other_id = perform(CreateProject("Elsewhere"), house.administrator)
    maker, _, _ = factories.a_user(house, "Branch Manager")
    wide, _, _ = factories.a_user(house, "Approver L1")
    teller, _, _ = factories.a_user(house, "Teller")
    factories.an_approval_rule(house, "client", levels=1)
    there = factories.a_client(house, actor=maker, project_id=other_id)
    with pytest.raises(Missing):
        approve(there, teller)
    lend(wide, teller, 1)
    with database.reading() as session:
        (row,), _more = inbox(session, now(teller), "mine", 1)
        assert row.record.id == there
        assert session.scalars(scoped(now(teller), Client).where(Client.id == there)).all() == []
    with database.reading() as session:
        version = session.get_one(Client, there).version
    perform(RejectRecord("client", there, version, "Not readable"), now(teller))
    with database.reading() as session:
        record = session.get_one(Client, there)
        assert steps_of(session, review_kinds["client"].key, record)[-1].for_user_id == wide.user_id


def test_who_may_lend_what_to_whom(house: House):
    lender, _, _ = factories.a_user(house, "Approver L1")
    colleague, _, _ = factories.a_user(house, "Auditor")
    stranger, _, _ = factories.a_user(factories.a_house(currencies=()), "Auditor")
    boss = house.administrator
    for wrong, sentence in (
        ({"to": lender}, "nobody stands in for themselves"),
        ({"levels": (2,)}, "level 2 is not held"),
        ({"levels": ()}, "at least one level"),
        ({"last_day": BUSINESS_DATE - DAY}, "before the first"),
        ({"first_day": BUSINESS_DATE - 3 * DAY, "last_day": BUSINESS_DATE - DAY}, "in the past"),
        ({"last_day": BUSINESS_DATE + 400 * DAY}, "at most 366 days"),
    ):
        values = {"to": colleague, "levels": (1,)} | wrong
        to, levels = values.pop("to"), values.pop("levels")
        with pytest.raises(Refusal, match=sentence):
            lend(lender, to, *levels, **values)
    with pytest.raises(Missing):
        lend(lender, stranger, 1)
    with pytest.raises(Forbidden, match="only who approves in your own place"):
        lend(colleague, boss, 1, from_user_id=lender.user_id)
    lend(boss, colleague, 1, from_user_id=lender.user_id)
    assert [one.user_id for one in now(colleague).stands_in_for] == [lender.user_id]
    # What was lent is not lent on, and a lender who left lends nothing.
    lend(lender, boss, 1, first_day=BUSINESS_DATE + DAY)
    assert now(boss).stands_in_for == ()
    factories.change(house, User, lender.user_id, is_active=False)
    assert now(colleague).stands_in_for == ()
    with database.reading() as session:
        query = select(Delegation).where(Delegation.organisation_id == house.organisation_id)
        assert len(session.scalars(query).all()) == 2
    assert now(colleague).permissions.isdisjoint({"clients.approve-l1"})


def test_a_stand_in_is_named_by_who_has_a_level_to_lend(client: FlaskClient, house: House):
    new = "/admin/delegations/new"
    offered = {"Teller": None, "Approver L2": ["2"], "Tenant Administrator": ["1", "2", "3"]}
    for role, levels in offered.items():
        _, email, _ = factories.a_user(house, role)
        factories.signed_in(client, email)
        is_offered = f'href="{new}"' in client.get("/admin/delegations").get_data(as_text=True)
        assert is_offered is (levels is not None), role
        page = client.get(new).get_data(as_text=True)
        named = [one for one in ("1", "2", "3") if f"Level {one}" in page]
        assert named == (levels or []), role
        client.post("/logout", data={"csrf_token": token_of(client)})


def test_nobody_names_themselves_for_a_colleague_who_works_elsewhere(house):
    rights = ("clients.view-all", "projects.view-own", "desks.view-all", "clients.approve-l1")
    for name, more in (
        ("Local", ("users.edit",)), ("Far", ()), ("Everywhere", ("projects.view-all",)),
    ):  # fmt: skip
        perform(CreateRole(name, (*rights, *more)), house.system)
    elsewhere = perform(CreateProject("Elsewhere"), house.administrator)
    local, _, _ = factories.a_user(house, "Local")
    far, _, _ = factories.a_user(house, "Far", project_ids=(elsewhere,))
    everywhere, _, _ = factories.a_user(house, "Everywhere", project_ids=())
    for lender in (far, everywhere):
        with pytest.raises(Forbidden, match="that you do not see"):
            lend(local, local, 1, from_user_id=lender.user_id)
    beside, _, _ = factories.a_user(house, "Far")
    assert lend(local, local, 1, from_user_id=beside.user_id)
