"""Facilities: opened within their limits, approved, changed in status, ended, deleted."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access.models import Role
from app.clients.credit_limits import SetCreditLimit
from app.clients.models import Client
from app.controls.approvals import ApproveRecord, DenyRecord, RejectRecord, SubmitRecord
from app.controls.audit import Activity
from app.controls.closing_steps import Closing, closing_steps
from app.controls.commands import perform
from app.credit.commands import CreateFacilityClass
from app.credit.facility import Facility
from app.db.session import database
from app.facilities.commands import EditFacility, Offer
from app.facilities.expiry import expire_facilities
from app.facilities.stages import MoveFacility
from app.facilities.statuses import ChangeFacilityStatus
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.notices.models import Notice
from app.records.commands import CreateCode
from app.workflows.commands import CreateWorkflowStage, CreateWorkflowType
from tests import factories
from tests.facilities.scenes import AHEAD, a_borrower, a_class, a_facility, a_link, the_facility
from tests.ledger import books
from tests.pages import form_of, send
from tests.treasury.scenes import set_rates

LIST = "/admin/facilities"
TYPED = {
    "description": "Working capital of the shop",
    "approved": "1,000",
    "advised": "800",
    "expires_on": AHEAD.isoformat(),
}


@pytest.fixture
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES", "USD"))


@pytest.fixture
def person(client: FlaskClient, house: factories.House) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def newest(house: factories.House) -> Facility:
    with database.reading() as session:
        query = select(Facility).where(Facility.organisation_id == house.organisation_id)
        return session.scalars(query.order_by(Facility.id.desc())).first()


@pytest.mark.checks(
    "E24.04", "E24.18", "E27.01", "E27.02", "E27.03", "E27.04", "E27.05", "E27.06", "E27.07",
    "E27.08", "E27.09", "E27.10", "E27.11", "E27.12", "E27.13", "E27.14", "E27.15", "E27.17",
    "E27.19", "E27.20", "E27.21",
)  # fmt: skip
def test_a_facility_is_drafted_within_its_bounds(person, house):
    page = text(person, LIST)
    section = page.split("Ledger Operations", 1)[1].split("sidebar__label", 1)[0]
    assert f'href="{LIST}"' in section
    assert "Create Facility" in page
    new = f"{LIST}/new"
    client_id = factories.a_client(house)
    unapproved = factories.a_client(house, submit=False)
    assert send(person, new, **TYPED, client_id=str(client_id)).status_code == 422
    class_id = a_class(house)
    draft = perform(CreateFacilityClass("DRAFT", "Not yet approved"), house.administrator)
    purpose = perform(CreateCode("loan-purpose", "STOCK", "Stock of a shop", {}),
                      house.administrator)  # fmt: skip
    page = text(person, new)
    assert f'<option value="{class_id}">' in page
    assert "DRAFT Not yet approved" not in page
    assert f'value="{purpose}">Stock of a shop' in page
    with database.reading() as session:
        numbers = {one: session.get_one(Client, one).number for one in (client_id, unapproved)}
    assert numbers[client_id] in page
    assert numbers[unapproved] not in page
    fresh = form_of(person, new)
    assert [fresh[key] for key in ("review_days", "expiry_mode", "revolving", "availability")] == [
        ["30"], ["MANUAL"], ["INHERIT"], ["YES"],
    ]  # fmt: skip
    for name in ("Inherit from class", "Manual", "Automatic", "YES: available", "NO: blocked"):
        assert name in page
    typed = TYPED | {"client_id": str(client_id), "facility_class_id": str(class_id),
                     "currency": "KES", "loan_purpose_id": str(purpose)}  # fmt: skip
    past = factories.BUSINESS_DATE.isoformat()
    for wrong, sentence in (
        ({"client_id": ""}, "Customer is required"),
        ({"client_id": str(unapproved)}, "Customer is not authorized"),
        ({"facility_class_id": str(draft)}, "Facility class is not authorized"),
        ({"description": "ab"}, "Description must have 3 to 500 characters"),
        ({"description": "a" * 501}, "Description can have at most 500 characters"),
        ({"approved": ""}, "Approved Amount is required"),
        ({"approved": " "}, "Approved Amount is required"),
        ({"approved": "12x"}, "Approved Amount must be a number"),
        ({"advised": "1000.01"}, "Advised amount must not exceed approved amount"),
        ({"advised": "0"}, "Advised Amount must be greater than 0"),
        ({"expires_on": past}, "Expiry date must be in the future"),
        ({"review_days": "0"}, "Review Frequency must be 1 to 365 days"),
        ({"review_days": "366"}, "Review Frequency must be 1 to 365 days"),
        ({"currency": "JPY"}, "Choose a currency of this organisation"),
    ):
        answer = send(person, new, **(typed | wrong), draft="1")
        assert answer.status_code == 422, wrong
        assert sentence in answer.get_data(as_text=True), wrong
    assert send(person, new, **typed, draft="1").status_code == 303
    made = newest(house)
    assert made.reference == f"{numbers[client_id]}.OD"
    assert (made.record_status, made.status, made.version) == ("CAPTURED", None, 1)
    assert (made.approved_minor, made.advised_minor) == (1_000_00, 800_00)


@pytest.mark.checks("E27.04", "E27.05", "E27.07", "E27.22", "E27.29", "E27.30")
def test_a_draft_is_edited_and_keeps_its_parties(person, house):
    client_id, other = factories.a_client(house), factories.a_client(house)
    typed = TYPED | {"client_id": str(client_id), "facility_class_id": str(a_class(house))}
    assert send(person, f"{LIST}/new", **typed, draft="1").status_code == 303
    made = newest(house)
    again = send(person, f"{LIST}/new", **typed, draft="1")
    assert again.status_code == 409
    assert "That Facility Ref already exists" in again.get_data(as_text=True)
    edit = f"{LIST}/{made.id}/edit"
    assert not {"client_id", "facility_class_id", "currency"} & form_of(person, edit).keys()
    sent = send(person, edit, description="Stock for the season", advised="1,000",
                revolving="NO", expiry_mode="AUTOMATIC", availability="NO", review_days="60",
                client_id=str(other), currency="USD", draft="1")  # fmt: skip
    assert sent.status_code == 303
    made = the_facility(made.id)
    assert (made.client_id, made.currency, made.version) == (client_id, "KES", 2)
    page = text(person, f"{LIST}/{made.id}")
    for shown in ("Stock for the season", "1,000.00", "60", "Automatic"):
        assert shown in page


@pytest.mark.checks(
    "E27.16", "E27.18", "E27.27", "E27.28", "E27.31", "E27.32", "E27.41", "E27.42", "E40.25",
    "E40.30",
)  # fmt: skip
def test_what_was_handed_in_is_neither_edited_nor_deleted(app, person, house):
    client_id, class_id = factories.a_client(house), a_class(house)
    typed = TYPED | {"client_id": str(client_id), "facility_class_id": str(class_id)}
    assert send(person, f"{LIST}/new", **typed).status_code == 303
    made = newest(house)
    assert (made.record_status, made.status) == ("AUTHORIZED", "ACTIVE")
    assert made.approved_on == factories.BUSINESS_DATE
    page = text(person, f"{LIST}/{made.id}")
    for shown in ("Record Info", "Version", "Date Approved", "2026-11-20", ">Collateral<",
                  ">Facility Accounts<", "Availability Marker", "Revolving Limit"):  # fmt: skip
        assert shown in page
    assert f"{LIST}/{made.id}/edit" not in page
    assert f"{LIST}/{made.id}/delete" not in page
    assert send(person, f"{LIST}/{made.id}/delete").status_code == 409
    _, email, _ = factories.a_user(house, "Branch Manager")
    manager = app.test_client()
    factories.signed_in(manager, email)
    other = typed | {"facility_class_id": str(a_class(house, "TERM"))}
    assert send(manager, f"{LIST}/new", **other).status_code == 303
    waiting = newest(house)
    assert waiting.record_status == "PENDING_AUTH_L1"
    assert f"{LIST}/{waiting.id}/edit" not in text(manager, f"{LIST}/{waiting.id}")
    assert send(manager, f"{LIST}/{waiting.id}/delete").status_code == 409
    approver, *_ = factories.a_user(house, "Approver L1")
    perform(DenyRecord("facility", waiting.id, waiting.version, "Too risky"), approver)
    denied = text(manager, f"{LIST}/{waiting.id}")
    assert f"{LIST}/{waiting.id}/delete" not in denied
    assert f"{LIST}/{waiting.id}/edit" not in denied


@pytest.mark.checks("E27.24", "E27.25", "E27.26", "E27.39", "E27.40", "E40.25")
def test_the_list_shows_what_is_authorized_and_deletes_what_is_open(person, house):
    client_id = factories.a_client(house)
    made = the_facility(a_facility(house, client_id, a_class(house)))
    draft = a_facility(house, client_id, a_class(house, "GUARANTEE"), submit=False)
    shown = text(person, LIST)
    for heading in ("Facility Ref", "Customer", "Facility Class", "Approved Amount",
                    "Facility Status", "Approval Status", "Expiry Date", "Created"):  # fmt: skip
        assert heading in shown
    for listed, query in (
        ((made.id,), ""),
        ((draft,), "?status=CAPTURED"),
        ((), "?status=DENIED"),
        ((made.id,), "?facility-status=ACTIVE"),
        ((), "?facility-status=SUSPENDED"),
        ((made.id,), f"?search={made.reference[-8:]}"),
        ((), "?search=nothing-like-this"),
    ):
        found = text(person, f"{LIST}{query}")
        for one in (made.id, draft):
            assert (f'id="row-{one}"' in found) is (one in listed), query
    path = f"{LIST}/{draft}"
    assert "Danger Zone" in text(person, path)
    assert "Delete" in text(person, f"{path}/delete")
    gone = send(person, f"{path}/delete")
    assert gone.status_code == 303
    assert gone.headers["Location"].endswith(LIST)
    for query, is_there in (("?status=CAPTURED", False), ("?status=inactive", True), ("", False)):
        assert (f'id="row-{draft}"' in text(person, f"{LIST}{query}")) is is_there, query
    page = text(person, path)
    assert "Inactive" in page
    assert "Danger Zone" not in page
    with database.reading() as session:
        actions = select(Activity.action).where(
            Activity.organisation_id == house.organisation_id, Activity.entity == "facility",
            Activity.entity_id == draft,
        )  # fmt: skip
        assert list(session.scalars(actions)).count("facility.delete") == 1


@pytest.mark.checks("E27.33", "E27.34", "E27.36", "E27.37", "E27.38")
def test_the_status_changes_at_once_with_a_memo_where_it_takes_credit_away(person, house):
    client_id, class_id = factories.a_client(house), a_class(house)
    facility_id = a_facility(house, client_id, class_id)
    path = f"{LIST}/{facility_id}/status"
    assert f'href="{path}"' in text(person, f"{LIST}/{facility_id}")
    for status in ("SUSPENDED", "CANCELLED"):
        for memo in ("", "four"):
            answer = send(person, path, status=status, memo=memo)
            assert answer.status_code == 422
            assert "Status memo is required (min 5 characters)" in answer.get_data(as_text=True)
    for status, name in (
        ("SUSPENDED", "Suspended"), ("EXPIRED", "Expired"), ("ACTIVE", "Active"),
    ):  # fmt: skip
        assert send(person, path, status=status, memo="Late papers").status_code == 303
        assert the_facility(facility_id).status == status
        assert f">{name}<" in text(person, f"{LIST}/{facility_id}")
    made = the_facility(facility_id)
    assert made.record_status == "AUTHORIZED"
    assert send(person, path, status="CANCELLED", memo="Closed for good").status_code == 303
    final = send(person, path, status="ACTIVE")
    assert final.status_code == 409
    assert "The facility is cancelled, which is final" in final.get_data(as_text=True)
    draft = a_facility(house, client_id, a_class(house, "TERM"), submit=False)
    assert f"{LIST}/{draft}/status" not in text(person, f"{LIST}/{draft}")
    assert person.get(f"{LIST}/{draft}/status").status_code == 409
    marker = f"{LIST}/{a_facility(house, client_id, a_class(house, 'THIRD'))}/availability"
    assert send(person, marker).status_code == 303
    assert "The availability marker is NO" in text(person, marker.removesuffix("/availability"))


@pytest.mark.checks("E27.23")
def test_a_customers_facilities_together_stay_within_the_credit_limit(app, person, house):
    client_id, class_id = factories.a_client(house), a_class(house)
    limit = f"/admin/clients/{client_id}/credit-limit"
    assert send(person, limit, limit="200,000").status_code == 303
    page = text(person, f"/admin/clients/{client_id}")
    assert "200,000.00" in page
    # 1,000 dollars are 130,000 shillings.
    first = a_facility(house, client_id, class_id, currency="USD")
    second = a_class(house, "TERM")
    with pytest.raises(Refusal, match="Exceeds customer credit limit"):
        a_facility(house, client_id, second, approved_minor=70_000_01)
    draft = a_facility(house, client_id, second, approved_minor=70_000_00, submit=False)
    offer = Offer("Working capital", 70_000_01, 1, AHEAD)
    with pytest.raises(Refusal, match="Exceeds customer credit limit"):
        perform(EditFacility(draft, 1, offer), house.administrator)
    typed = TYPED | {"client_id": str(client_id), "approved": "1", "advised": "1",
                     "facility_class_id": str(a_class(house, "THIRD"))}  # fmt: skip
    answer = send(person, f"{LIST}/new", **typed)
    assert answer.status_code == 422
    assert "Exceeds customer credit limit" in answer.get_data(as_text=True)
    with database.reading() as session:
        version = session.get_one(Client, client_id).version
    perform(SetCreditLimit(client_id, version, 100_000_00), house.administrator)
    with pytest.raises(Refusal, match="Exceeds customer credit limit"):
        perform(EditFacility(draft, 1, Offer("Working capital", 1_00, 1_00, AHEAD), submit=True),
                house.administrator)  # fmt: skip
    assert the_facility(first).status == "ACTIVE"
    _, email, _ = factories.a_user(house, "Teller")
    teller = app.test_client()
    factories.signed_in(teller, email)
    assert limit not in text(teller, f"/admin/clients/{client_id}")
    assert teller.get(limit).status_code == 403


@pytest.mark.checks("E27.43", "E27.11", "E27.35")
def test_what_ends_by_itself_expires_at_the_close_and_reviews_are_told_once(house):
    client_id, account_id, asset_id = a_borrower(house)
    day = factories.BUSINESS_DATE + timedelta(days=1)
    class_ids = [a_class(house, code) for code in ("AUTO", "HAND", "LATER", "FAR")]
    automatic = a_facility(house, client_id, class_ids[0], expires_on=day,
                           expiry_mode="AUTOMATIC")  # fmt: skip
    manual = a_facility(house, client_id, class_ids[1], expires_on=day)
    later = a_facility(house, client_id, class_ids[2], expires_on=day + timedelta(days=31))
    far = a_facility(house, client_id, class_ids[3], expires_on=day + timedelta(days=400))
    a_link(house, automatic, account_id, 100_00)
    step = next(one for one in closing_steps() if one.key == "EXPIRE_FACILITIES")
    assert (step.order, step.is_essential) == (70, True)

    def run(on: date) -> str:
        opens = on + timedelta(days=1)
        return expire_facilities(Closing(house.organisation_id, 1, on, opens, lambda _: None))

    assert run(factories.BUSINESS_DATE) == "0 facilities expired, 2 reviews due"
    assert the_facility(automatic).status == "ACTIVE"
    assert run(day) == "1 facility expired, 1 review due"
    assert [the_facility(one).status for one in (automatic, manual, later, far)] == [
        "EXPIRED", "ACTIVE", "ACTIVE", "ACTIVE",
    ]  # fmt: skip
    assert books.asset(asset_id).overdraft_minor == 0
    assert run(day) == "0 facilities expired, 0 reviews due"
    with database.reading() as session:
        told = select(Notice.title).where(
            Notice.organisation_id == house.organisation_id, Notice.kind == "reminder"
        )
        titles = list(session.scalars(told))
    for one, times in ((automatic, 1), (manual, 1), (later, 1), (far, 0)):
        reference = the_facility(one).reference
        assert sum(reference in title for title in titles) == times


def test_a_facility_is_approved_only_while_it_is_sound(house):
    manager, *_ = factories.a_user(house, "Branch Manager")
    approver, *_ = factories.a_user(house, "Approver L1")
    client_id, class_id = factories.a_client(house), a_class(house)
    waiting = a_facility(house, client_id, class_id, submit=False)
    offer = Offer("Working capital", 900_00, 900_00, AHEAD)
    perform(EditFacility(waiting, 1, offer, submit=True), manager)
    factories.change(house, Client, client_id, credit_limit_minor=100_00)
    version = the_facility(waiting).version
    with pytest.raises(Refusal, match="Exceeds customer credit limit"):
        perform(ApproveRecord("facility", waiting, version), approver)
    factories.change(house, Client, client_id, credit_limit_minor=None)
    perform(ApproveRecord("facility", waiting, version), approver)
    assert the_facility(waiting).status == "ACTIVE"
    other = a_facility(house, client_id, a_class(house, "TERM"), submit=False)
    perform(EditFacility(other, 1, offer, submit=True), manager)
    perform(RejectRecord("facility", other, the_facility(other).version, "Papers are missing"),
            approver)  # fmt: skip
    assert the_facility(other).is_editable


@pytest.mark.checks("E27.23")
def test_a_facility_is_handed_in_and_approved_at_the_rate_of_that_day(house):
    manager, *_ = factories.a_user(house, "Branch Manager")
    approver, *_ = factories.a_user(house, "Approver L2")
    factories.an_approval_rule(house, "facility", minimum_minor=200_000_00, levels=2)
    factories.an_approval_rule(house, "facility", levels=1)
    client_id, class_id = factories.a_client(house), a_class(house)
    facility_id = a_facility(house, client_id, class_id, currency="USD", submit=False)
    assert the_facility(facility_id).base_minor == 130_000_00
    factories.change(house, Client, client_id, credit_limit_minor=250_000_00)
    set_rates(house, "USD", ("300", "300", "300"))
    with pytest.raises(Refusal, match="Exceeds customer credit limit"):
        perform(SubmitRecord("facility", facility_id), manager)
    set_rates(house, "USD", ("220", "220", "220"))
    assert perform(SubmitRecord("facility", facility_id), manager) == "PENDING_AUTH_L2"
    facility = the_facility(facility_id)
    assert (facility.base_minor, facility.levels_required) == (220_000_00, 2)
    perform(ApproveRecord("facility", facility_id, facility.version), approver)
    second, *_ = factories.a_user(house, "Approver L1")
    version = the_facility(facility_id).version
    set_rates(house, "USD", ("251", "251", "251"))
    with pytest.raises(Refusal, match="Exceeds customer credit limit"):
        perform(ApproveRecord("facility", facility_id, version), second)
    set_rates(house, "USD", ("250", "250", "250"))
    perform(ApproveRecord("facility", facility_id, version), second)
    facility = the_facility(facility_id)
    assert (facility.status, facility.base_minor) == ("ACTIVE", 250_000_00)


def test_a_facility_goes_through_its_stages_moved_by_those_who_act_in_them(person, house):
    teller, *_ = factories.a_user(house, "Teller")
    manager, *_ = factories.a_user(house, "Branch Manager")
    with database.reading() as session:
        roles = {
            one.name: one.id
            for one in session.scalars(
                select(Role).where(Role.organisation_id == house.organisation_id)
            )
        }
    type_id = perform(CreateWorkflowType("SME", "Small firms", submit=True), house.administrator)
    stages = [
        perform(CreateWorkflowStage(type_id, code, name, place, role_ids, submit=True),
                house.administrator)
        for code, name, place, role_ids in (
            ("APPLY", "Application", 1, ()),
            ("JUDGE", "Credit committee", 2, (roles["Auditor"],)),
            ("PAY", "Disbursed", 3, ()),
        )
    ]  # fmt: skip
    facility_id = a_facility(house, factories.a_client(house), a_class(house),
                             workflow_type_id=type_id, submit=False)  # fmt: skip
    page = text(person, f"{LIST}/{facility_id}")
    assert page.index("Application") < page.index("Credit committee") < page.index("Disbursed")
    assert send(person, f"{LIST}/{facility_id}/stage", remark="Papers are whole").status_code == 303
    assert the_facility(facility_id).stage_id == stages[0]
    assert "Papers are whole" in text(person, f"{LIST}/{facility_id}")
    perform(MoveFacility(facility_id, stages[1]), manager)
    with pytest.raises(Forbidden, match="do not act in the present stage"):
        perform(MoveFacility(facility_id, stages[2]), manager)
    with pytest.raises(Forbidden):
        perform(MoveFacility(facility_id, stages[2]), teller)
    with pytest.raises(Conflict, match="already"):
        perform(MoveFacility(facility_id, stages[1]), house.administrator)
    with pytest.raises(Refusal, match="of the facility's workflow"):
        perform(MoveFacility(facility_id, 987_654_321), house.administrator)


@pytest.mark.parametrize("ending", ["cancelled", "denied"])
def test_a_facility_at_its_end_is_moved_no_more(person, house, ending):
    type_id = perform(CreateWorkflowType("SME", "Small firms", submit=True), house.administrator)
    for place, name in enumerate(("Application", "Disbursed"), start=1):
        stage_id = perform(
            CreateWorkflowStage(type_id, name.upper(), name, place, (), submit=True),
            house.administrator,
        )
    facility_id = a_facility(house, factories.a_client(house), a_class(house),
                             workflow_type_id=type_id)  # fmt: skip
    path = f"{LIST}/{facility_id}/stage"
    assert path in text(person, f"{LIST}/{facility_id}")
    if ending == "cancelled":
        change = ChangeFacilityStatus(facility_id, "CANCELLED", "Repaid early")
        perform(change, house.administrator)
    else:
        factories.change(house, Facility, facility_id, record_status="DENIED", status=None)
    assert path not in text(person, f"{LIST}/{facility_id}")
    with pytest.raises(Conflict, match=f"{ending}, which is final"):
        perform(MoveFacility(facility_id, stage_id), house.administrator)
    refused = person.get(path)
    assert refused.status_code == 409
    assert f"{ending}, which is final" in refused.get_data(as_text=True)
    assert the_facility(facility_id).stage_id is None


def test_dates_of_a_facility_are_days_of_the_calendar():
    facility = Facility(expires_on=date(2027, 3, 1), review_days=30)
    assert facility.review_on == date(2027, 1, 30)
