"""Amendments: a facility in force gets another limit and another end, under approval."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.allocations.commands import ChangeAllocation
from app.amendments.commands import CreateAmendment, NewTerms
from app.amendments.models import FacilityAmendment
from app.clients.credit_limits import SetCreditLimit
from app.clients.models import Client
from app.controls.approvals import ApproveRecord, DenyRecord
from app.controls.closing_steps import Closing
from app.controls.commands import perform
from app.db.session import database
from app.facilities.expiry import expire_facilities
from app.facilities.statuses import ChangeFacilityStatus
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.transactions.commands import Withdraw
from tests import factories
from tests.facilities.scenes import AHEAD, a_borrower, a_class, a_facility, a_link, the_facility
from tests.ledger import books
from tests.pages import form_of, send
from tests.treasury.scenes import set_rates

LIST = "/admin/facility-amendments"
FACILITIES = "/admin/facilities"
LATER = AHEAD + timedelta(days=365)


@pytest.fixture
def house(app: Flask) -> factories.House:
    return factories.a_house(currencies=("KES", "USD"))


@pytest.fixture
def person(client: FlaskClient, house: factories.House) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def amendments(facility_id: int) -> list[FacilityAmendment]:
    with database.reading() as session:
        query = select(FacilityAmendment).where(FacilityAmendment.facility_id == facility_id)
        return list(session.scalars(query.order_by(FacilityAmendment.id)))


def terms(approved: int = 2_000_00, advised: int = 1_500_00, **more: object) -> NewTerms:
    values = {"expires_on": LATER, "review_days": 30, "reason": "Grown since"} | more
    return NewTerms(approved, advised, **values)  # type: ignore[arg-type]


def test_a_limit_is_raised_from_the_facility_s_page_and_drawn_on_at_once(person, house):
    client_id, account_id, asset_id = a_borrower(house)
    facility_id = a_facility(house, client_id, a_class(house))
    link_id = a_link(house, facility_id, account_id, 800_00)
    page = text(person, f"{FACILITIES}/{facility_id}")
    assert "The terms are those that were approved with the facility." in page
    new = f"{LIST}/new?facility={facility_id}"
    assert f'href="{new}"' in page
    began = form_of(person, new)
    assert (began["approved"], began["advised"], began["expires_on"], began["review_days"]) == (
        ["1,000.00"], ["800.00"], [AHEAD.isoformat()], ["30"],
    )  # fmt: skip
    sent = send(person, new, approved="2,000", advised="1,500", reason="A second shop")
    assert sent.status_code == 303
    facility = the_facility(facility_id)
    assert (facility.approved_minor, facility.advised_minor) == (2_000_00, 1_500_00)
    assert facility.expires_on == AHEAD
    assert facility.status == "ACTIVE"
    page = text(person, f"{FACILITIES}/{facility_id}")
    assert "1,000.00 KES → 2,000.00 KES" in page
    assert "800.00 KES → 1,500.00 KES" in page
    assert "A second shop" in page
    perform(ChangeAllocation(link_id, 1, 1_500_00), house.administrator)
    perform(Withdraw(asset_id, 1_500_00), house.administrator)
    assert books.asset(asset_id).balance_minor == -1_500_00
    shown = text(person, LIST)
    assert f'id="row-{amendments(facility_id)[0].id}"' in shown
    assert text(person, f"{LIST}?search=nothing-like-this").count('id="row-') == 0


def test_bad_terms_are_refused_in_words_and_what_was_typed_stays(person, house):
    client_id, account_id, _asset_id = a_borrower(house)
    facility_id = a_facility(house, client_id, a_class(house))
    a_link(house, facility_id, account_id, 500_00)
    new = f"{LIST}/new?facility={facility_id}"
    for wrong, sentence in (
        ({"reason": ""}, "Reason is required"),
        ({"reason": "ab"}, "Reason must have 3 to 500 characters"),
        ({}, "Nothing is changed: the facility has these terms"),
        ({"approved": "12x"}, "Approved Amount must be a number"),
        ({"advised": "1,000.01"}, "Advised amount must not exceed approved amount"),
        ({"advised": "0"}, "Advised Amount must be greater than 0"),
        ({"advised": "499.99"}, "Accounts have 500.00 KES of it: lower their allocations first"),
        ({"expires_on": factories.BUSINESS_DATE.isoformat()}, "Expiry date must be in the future"),
        ({"review_days": "366"}, "Review Frequency must be 1 to 365 days"),
    ):
        answer = send(person, new, **({"reason": "For the season"} | wrong))
        assert answer.status_code == 422, wrong
        page = answer.get_data(as_text=True)
        assert sentence in page, wrong
        assert wrong.get("reason", "For the season") in page
    assert amendments(facility_id) == []
    unknown = send(person, f"{LIST}/new", reference="C-9.OD", reason="For the season")
    assert unknown.status_code == 422
    assert "There is no facility of this reference" in unknown.get_data(as_text=True)


def test_what_is_left_empty_beside_a_typed_reference_stays(person, house):
    client_id, *_ = a_borrower(house)
    facility_id = a_facility(house, client_id, a_class(house))
    reference = the_facility(facility_id).reference
    typed = {"reference": reference, "expires_on": LATER.isoformat(), "reason": "One year more"}
    assert send(person, f"{LIST}/new", **typed).status_code == 303
    facility = the_facility(facility_id)
    assert (facility.approved_minor, facility.advised_minor) == (1_000_00, 800_00)
    assert (facility.expires_on, facility.review_days) == (LATER, 30)


def test_nothing_changes_before_the_last_level_and_a_maker_does_not_approve(app, house):
    manager, email, _ = factories.a_user(house, "Branch Manager")
    approver, *_ = factories.a_user(house, "Approver L1")
    client_id, *_ = a_borrower(house)
    facility_id = a_facility(house, client_id, a_class(house))
    amendment_id = perform(CreateAmendment(facility_id, terms(), submit=True), manager)
    (waiting,) = amendments(facility_id)
    assert waiting.record_status == "PENDING_AUTH_L1"
    assert the_facility(facility_id).approved_minor == 1_000_00
    browser = app.test_client()
    factories.signed_in(browser, email)
    page = text(browser, f"{FACILITIES}/{facility_id}")
    assert "Pending L1" in page
    assert f"{LIST}/new?facility={facility_id}" not in page
    with pytest.raises(Conflict, match="An amendment of this facility is open already"):
        perform(CreateAmendment(facility_id, terms(3_000_00)), manager)
    with pytest.raises(Forbidden):
        perform(ApproveRecord("facility-amendment", amendment_id, 1), manager)
    factories.signed_in(browser, factories.a_user(house, "Approver L1")[1])
    checked = text(browser, f"/admin/approvals/facility-amendment/{amendment_id}")
    for shown in ("1,000.00", "2,000.00", "Grown since", LATER.isoformat(), AHEAD.isoformat()):
        assert shown in checked
    perform(ApproveRecord("facility-amendment", amendment_id, waiting.version), approver)
    facility = the_facility(facility_id)
    assert (facility.approved_minor, facility.expires_on) == (2_000_00, LATER)
    again = perform(CreateAmendment(facility_id, terms(900_00, 900_00), submit=True), manager)
    denied = amendments(facility_id)[-1]
    perform(DenyRecord("facility-amendment", again, denied.version, "Not now"), approver)
    assert the_facility(facility_id).approved_minor == 2_000_00


def test_an_expired_facility_is_renewed_and_its_review_told_again(house):
    client_id, account_id, asset_id = a_borrower(house)
    day = factories.BUSINESS_DATE + timedelta(days=1)
    facility_id = a_facility(
        house, client_id, a_class(house), expires_on=day, expiry_mode="AUTOMATIC"
    )
    a_link(house, facility_id, account_id, 100_00)
    opens = day + timedelta(days=1)
    for on in (factories.BUSINESS_DATE, day):
        expire_facilities(
            Closing(house.organisation_id, 1, on, on + timedelta(days=1), lambda _: None)
        )
    assert the_facility(facility_id).status == "EXPIRED"
    assert books.asset(asset_id).overdraft_minor == 0
    renewed = terms(1_000_00, 800_00, expires_on=opens + timedelta(days=60))
    perform(CreateAmendment(facility_id, renewed, submit=True), house.administrator)
    facility = the_facility(facility_id)
    assert (facility.status, facility.reminded_on) == ("ACTIVE", None)
    assert facility.status_memo == f"Renewed until {renewed.expires_on.isoformat()}"
    assert books.asset(asset_id).overdraft_minor == 100_00


def test_what_is_cancelled_or_not_in_force_is_not_amended(person, house):
    client_id, *_ = a_borrower(house)
    facility_id = a_facility(house, client_id, a_class(house))
    draft = a_facility(house, client_id, a_class(house, "TERM"), submit=False)
    with pytest.raises(Conflict, match="An authorized facility alone can be amended"):
        perform(CreateAmendment(draft, terms()), house.administrator)
    assert 'id="amendments"' not in text(person, f"{FACILITIES}/{draft}")
    open_id = perform(CreateAmendment(facility_id, terms()), house.administrator)
    cancel = ChangeFacilityStatus(facility_id, "CANCELLED", "Closed for good")
    perform(cancel, house.administrator)
    assert f"{LIST}/new?facility=" not in text(person, f"{FACILITIES}/{facility_id}")
    late = send(person, f"{LIST}/{open_id}/edit", reason="Too late")
    assert late.status_code == 409
    assert "The facility is cancelled, which is final" in late.get_data(as_text=True)
    assert send(person, f"{LIST}/{open_id}/delete").status_code == 303


def test_a_raised_or_renewed_limit_stays_within_the_customer_s_credit(house):
    client_id, *_ = a_borrower(house)
    facility_id = a_facility(house, client_id, a_class(house))
    with database.reading() as session:
        version = session.get_one(Client, client_id).version
    perform(SetCreditLimit(client_id, version, 1_500_00), house.administrator)
    with pytest.raises(Refusal, match="Exceeds customer credit limit"):
        perform(CreateAmendment(facility_id, terms(1_500_01)), house.administrator)
    amended = terms(1_500_00)
    perform(CreateAmendment(facility_id, amended, submit=True), house.administrator)
    assert the_facility(facility_id).approved_minor == 1_500_00
    perform(ChangeFacilityStatus(facility_id, "EXPIRED"), house.administrator)
    a_facility(house, client_id, a_class(house, "TERM"), approved_minor=800_00)
    renewed = terms(1_500_00, expires_on=LATER + timedelta(days=1))
    with pytest.raises(Refusal, match="Exceeds customer credit limit"):
        perform(CreateAmendment(facility_id, renewed), house.administrator)
    with pytest.raises(Refusal, match="Exceeds customer credit limit"):
        perform(CreateAmendment(facility_id, terms(700_01, 700_00)), house.administrator)
    perform(CreateAmendment(facility_id, terms(700_00, 700_00), submit=True), house.administrator)
    assert the_facility(facility_id).status == "ACTIVE"


def test_who_approves_reads_that_an_amendment_puts_an_expired_facility_in_force_again(
    person, house
):
    client_id, *_ = a_borrower(house)
    facility_id = a_facility(house, client_id, a_class(house))
    ended = ChangeFacilityStatus(facility_id, "EXPIRED", "Closed for cause")
    perform(ended, house.administrator)
    later = terms(1_000_00, 800_00, expires_on=LATER)
    amendment_id = perform(CreateAmendment(facility_id, later), house.administrator)
    page = text(person, f"{LIST}/{amendment_id}")
    for words in ("Expired → Active", "Closed for cause", f"1,000.00 KES, until {LATER}"):
        assert words in page


def test_a_status_click_does_not_take_a_customer_over_their_credit(person, house):
    client_id, *_ = a_borrower(house)
    facility_id = a_facility(house, client_id, a_class(house))
    with database.reading() as session:
        version = session.get_one(Client, client_id).version
    perform(SetCreditLimit(client_id, version, 1_000_00), house.administrator)
    perform(ChangeFacilityStatus(facility_id, "EXPIRED"), house.administrator)
    other_id = a_facility(house, client_id, a_class(house, "TERM"), approved_minor=800_00)
    for status in ("ACTIVE", "SUSPENDED"):
        with pytest.raises(Refusal, match="Exceeds customer credit limit"):
            perform(ChangeFacilityStatus(facility_id, status, "Again"), house.administrator)
    refused = send(person, f"{FACILITIES}/{facility_id}/status", status="ACTIVE")
    assert refused.status_code == 422
    assert "Exceeds customer credit limit" in refused.get_data(as_text=True)
    perform(ChangeFacilityStatus(other_id, "CANCELLED", "Given back"), house.administrator)
    perform(ChangeFacilityStatus(facility_id, "ACTIVE"), house.administrator)
    assert the_facility(facility_id).status == "ACTIVE"


def test_what_lends_more_or_longer_is_judged_at_the_day_s_rate_and_what_does_not_is_not(house):
    client_id, *_ = a_borrower(house)
    facility_id = a_facility(house, client_id, a_class(house), currency="USD")
    factories.change(house, Client, client_id, credit_limit_minor=150_000_00)
    set_rates(house, "USD", ("200", "200", "200"))
    for longer_or_more in (terms(1_000_00, 800_00), terms(1_000_01, 800_00, expires_on=AHEAD)):
        with pytest.raises(Refusal, match="Exceeds customer credit limit"):
            perform(CreateAmendment(facility_id, longer_or_more), house.administrator)
    sooner = terms(1_000_00, 800_00, expires_on=AHEAD, review_days=60)
    perform(CreateAmendment(facility_id, sooner, submit=True), house.administrator)
    assert the_facility(facility_id).base_minor == 130_000_00
    less = terms(700_00, 700_00, expires_on=AHEAD)
    perform(CreateAmendment(facility_id, less, submit=True), house.administrator)
    assert the_facility(facility_id).base_minor == 130_000_00
    longer = terms(700_00, 700_00)
    manager, *_ = factories.a_user(house, "Branch Manager")
    approver, *_ = factories.a_user(house, "Approver L1")
    amendment_id = perform(CreateAmendment(facility_id, longer, submit=True), manager)
    version = amendments(facility_id)[-1].version
    set_rates(house, "USD", ("220", "220", "220"))
    with pytest.raises(Refusal, match="Exceeds customer credit limit"):
        perform(ApproveRecord("facility-amendment", amendment_id, version), approver)
    set_rates(house, "USD", ("210", "210", "210"))
    perform(ApproveRecord("facility-amendment", amendment_id, version), approver)
    assert the_facility(facility_id).base_minor == 147_000_00
