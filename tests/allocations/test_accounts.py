"""Accounts of a facility: the capacity strip, the overdraft they are permitted, and its end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from app.accounts.commands import OpenAccount
from app.accounts.ending.commands import CloseAccount
from app.allocations.commands import ChangeAllocation, LinkAccount, UnlinkAccount
from app.allocations.models import FacilityAccount
from app.controls.approvals import ApproveRecord
from app.controls.audit import Activity
from app.controls.commands import perform
from app.credit.commands import ChooseEligibleProducts
from app.credit.facility import Facility
from app.db.session import database
from app.facilities.statuses import (
    ChangeFacilityStatus,
    ExpireFacility,
    SetFacilityAvailability,
)
from app.holds.commands import PlaceHold, ReleaseHold
from app.kernel.errors import Conflict, Refusal
from app.ledger.accounts import Account
from app.ledger.models import Asset
from app.products.commands import CreateProduct
from app.transactions.commands import Deposit, Withdraw
from tests import factories
from tests.facilities.scenes import (
    a_borrower,
    a_class,
    a_facility,
    a_link,
    the_facility,
    the_link,
)
from tests.ledger import books
from tests.pages import send

PATH = "/admin/facilities"


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


def strip(page: str) -> list[str]:
    """Return the four figures of the capacity strip."""
    part = page.split('aria-label="Capacity"', 1)[1].split("</dl>", 1)[0]
    return [one.split("<", 1)[0] for one in part.split('class="money__amount">')[1:]]


def withdraw(house, asset_id: int, minor: int) -> None:
    perform(Withdraw(asset_id, minor), house.administrator)


@pytest.mark.checks(
    "E30.01", "E30.02", "E30.03", "E30.06", "E30.07", "E30.08", "E30.09", "E30.10", "E30.11",
    "E30.12", "E30.13", "E30.14",
)  # fmt: skip
def test_accounts_share_what_is_advised_and_no_more(person, house):
    client_id, account_id, _ = a_borrower(house)
    second = factories.an_account(house, client_id)
    dollars = factories.an_account(house, client_id, "USD")
    _, strangers, _ = a_borrower(house)
    draft = perform(
        OpenAccount(house.product_id, "KES", client_id=client_id, submit=False),
        house.administrator,
    )
    class_id = a_class(house)
    facility_id = a_facility(house, client_id, class_id)
    page = text(person, f"{PATH}/{facility_id}")
    assert page.index(">Collateral<") < page.index(">Facility Accounts<")
    assert strip(page) == ["800.00", "0.00", "800.00", "0.00"]
    new = f"{PATH}/{facility_id}/accounts/new"
    offered = text(person, new)
    for one, is_there in (
        (account_id, True), (second, True), (strangers, False), (draft, False), (dollars, False),
    ):  # fmt: skip
        assert (f'<option value="{one}"' in offered) is is_there
    for typed, sentence in (
        ({"account_id": str(account_id), "allocation": "0"}, "must be greater than 0"),
        ({"account_id": str(account_id), "allocation": ""}, "Allocation Amount is required"),
        ({"account_id": "", "allocation": "1"}, "Account is required"),
        ({"account_id": str(strangers), "allocation": "1"}, "of the facility&#39;s customer"),
        ({"account_id": str(draft), "allocation": "1"}, "Choose an authorized, active account"),
        ({"account_id": str(dollars), "allocation": "1"}, "has no asset in KES"),
        ({"account_id": str(account_id), "allocation": "800.01"},
         "Total allocation would exceed the facility advised amount"),
    ):  # fmt: skip
        answer = send(person, new, **typed)
        assert answer.status_code == 422, typed
        assert sentence in answer.get_data(as_text=True)
    assert send(person, new, account_id=str(account_id), allocation="500").status_code == 303
    page = text(person, f"{PATH}/{facility_id}")
    assert strip(page) == ["800.00", "500.00", "300.00", "0.00"]
    for shown in (
        books.row(Account, account_id).number,
        books.row(Account, account_id).name,
        "2026-11-20",
    ):
        assert shown in page
    offered = text(person, new)
    assert f'<option value="{account_id}"' not in offered, "it draws already"
    assert f'<option value="{second}"' in offered
    again = send(person, new, account_id=str(account_id), allocation="1")
    assert again.status_code == 409
    assert "Account is already linked to this facility" in again.get_data(as_text=True)
    waiting = a_facility(house, client_id, a_class(house, "TERM"), submit=False)
    assert "Link Account" not in text(person, f"{PATH}/{waiting}")
    assert person.get(f"{PATH}/{waiting}/accounts/new").status_code == 409


@pytest.mark.checks("E30.04")
def test_more_allocated_than_advised_is_red_and_said(person, house):
    """The commands let nobody come here; rows that were written by hand are shown as they are."""
    client_id, account_id, _ = a_borrower(house)
    facility_id = a_facility(house, client_id, a_class(house))
    link_id = a_link(house, facility_id, account_id, 500_00)
    assert "Over limit" not in text(person, f"{PATH}/{facility_id}")
    over = update(FacilityAccount).where(FacilityAccount.id == link_id)
    with database.engine.begin() as raw:
        raw.execute(over.values(allocation_minor=900_00))
    page = text(person, f"{PATH}/{facility_id}")
    assert strip(page) == ["800.00", "900.00", "\N{MINUS SIGN}100.00", "0.00"]
    remaining = page.split("<dt>Remaining</dt>")[1].split("</dd>")[0]
    assert "Over limit" in remaining
    assert 'strip__one--danger"><dt>Remaining' in page


@pytest.mark.checks("E30.15", "E30.16", "E30.17", "E30.18", "E30.19", "E30.20")
def test_an_allocation_is_changed_and_given_back_and_the_account_stays(person, house):
    client_id, account_id, asset_id = a_borrower(house)
    second = factories.an_account(house, client_id)
    facility_id = a_facility(house, client_id, a_class(house))
    a_link(house, facility_id, account_id, 500_00)
    link_id = a_link(house, facility_id, second, 300_00)
    edit = f"{PATH}/accounts/{link_id}/edit"
    assert 'name="account_id"' not in text(person, edit)
    refused = send(person, edit, allocation="300.01")
    assert refused.status_code == 422
    assert "Total allocation would exceed the facility advised amount" in refused.get_data(
        as_text=True
    )
    assert send(person, edit, allocation="100").status_code == 303
    assert strip(text(person, f"{PATH}/{facility_id}")) == ["800.00", "600.00", "200.00", "0.00"]
    unlink = f"{PATH}/accounts/{link_id}/unlink"
    asked = text(person, unlink)
    assert books.row(Account, second).number in asked
    assert "100.00" in asked
    assert send(person, unlink).status_code == 303
    page = text(person, f"{PATH}/{facility_id}")
    assert strip(page) == ["800.00", "500.00", "300.00", "0.00"]
    assert books.row(Account, second).number not in page
    assert text(person, f"/admin/accounts/{second}")
    assert books.asset(asset_id).overdraft_minor == 500_00
    assert books.asset(factories.first_asset(second)).overdraft_minor == 0


@pytest.mark.checks("E30.05", "E24.11", "E27.35")
def test_what_is_drawn_follows_the_postings_and_ends_at_the_usable_share(person, house):
    client_id, account_id, asset_id = a_borrower(house)
    facility_id = a_facility(house, client_id, a_class(house, percent=80))
    link_id = a_link(house, facility_id, account_id, 500_00)
    with pytest.raises(Conflict, match="Insufficient available balance"):
        withdraw(house, asset_id, 400_01)
    withdraw(house, asset_id, 400_00)
    assert strip(text(person, f"{PATH}/{facility_id}"))[3] == "400.00"
    perform(Deposit(asset_id, 150_00), house.administrator)
    assert the_link(link_id).outstanding_minor == 250_00
    withdraw(house, asset_id, 150_00)
    perform(
        ChangeFacilityStatus(facility_id, "SUSPENDED", "Accounts are late"), house.administrator
    )
    assert books.asset(asset_id).available_minor == 0
    perform(Deposit(asset_id, 100_00), house.administrator)
    assert books.asset(asset_id).available_minor == 0
    with pytest.raises(Conflict, match="Insufficient"):
        withdraw(house, asset_id, 1)
    assert "What is drawn stays permitted until it is repaid" in text(
        person, f"{PATH}/{facility_id}"
    )
    with pytest.raises(Conflict, match=r"300\.00 KES of this allocation is drawn"):
        perform(UnlinkAccount(link_id), house.administrator)
    perform(ChangeFacilityStatus(facility_id, "ACTIVE"), house.administrator)
    assert books.asset(asset_id).available_minor == 100_00
    perform(SetFacilityAvailability(facility_id, is_available=False), house.administrator)
    assert books.asset(asset_id).available_minor == 0
    perform(Deposit(asset_id, 300_00), house.administrator)
    perform(UnlinkAccount(link_id), house.administrator)
    asset = books.asset(asset_id)
    assert (asset.balance_minor, asset.overdraft_minor) == (0, 0)
    with database.reading() as session:
        changed = session.query(Activity).filter_by(
            organisation_id=house.organisation_id, entity="asset", entity_id=asset_id
        )
        fields = {one["field"] for row in changed for one in row.changes}
    assert "overdraft_minor" in fields


def test_a_term_facility_is_not_drawn_again_when_it_is_repaid(house):
    client_id, account_id, asset_id = a_borrower(house)
    facility_id = a_facility(house, client_id, a_class(house, is_revolving=False))
    link_id = a_link(house, facility_id, account_id, 500_00)
    withdraw(house, asset_id, 300_00)
    perform(Deposit(asset_id, 200_00), house.administrator)
    link = the_link(link_id)
    assert (link.permitted_minor, link.outstanding_minor, link.drawn_minor) == (
        300_00, 100_00, 300_00,
    )  # fmt: skip
    assert books.asset(asset_id).available_minor == 200_00
    withdraw(house, asset_id, 200_00)
    perform(Deposit(asset_id, 300_00), house.administrator)
    assert books.asset(asset_id).available_minor == 0
    with pytest.raises(Conflict, match="Insufficient"):
        withdraw(house, asset_id, 1)


def test_a_term_facility_is_not_drawn_again_through_a_new_link(house):
    client_id, account_id, asset_id = a_borrower(house)
    facility_id = a_facility(house, client_id, a_class(house, is_revolving=False))
    link_id = a_link(house, facility_id, account_id, 600_00)
    withdraw(house, asset_id, 300_00)
    perform(Deposit(asset_id, 300_00), house.administrator)
    perform(UnlinkAccount(link_id), house.administrator)
    with database.reading() as session:
        advised = session.get_one(Facility, facility_id).advised_minor
    with pytest.raises(Refusal, match=r"300\.00 \w+ of this term facility was drawn before"):
        a_link(house, facility_id, account_id, advised - 300_00 + 1)
    a_link(house, facility_id, account_id, advised - 300_00)


def test_a_hold_on_a_blocked_facility_stays_covered_until_it_is_released(house):
    client_id, account_id, asset_id = a_borrower(house)
    facility_id = a_facility(house, client_id, a_class(house))
    link_id = a_link(house, facility_id, account_id, 500_00)
    hold_id = perform(PlaceHold(asset_id, 200_00, "Guarantee given"), house.administrator)
    perform(SetFacilityAvailability(facility_id, is_available=False), house.administrator)
    assert the_link(link_id).permitted_minor == 200_00
    with pytest.raises(Conflict, match="on hold"):
        perform(UnlinkAccount(link_id), house.administrator)
    perform(ReleaseHold(hold_id, "Guarantee returned"), house.administrator)
    assert books.asset(asset_id).overdraft_minor == 0


def test_one_debt_belongs_to_one_facility_and_other_overdrafts_stay(house):
    client_id, account_id, asset_id = a_borrower(house)
    other = a_facility(house, client_id, a_class(house, "OTHER"))
    facility_id = a_facility(house, client_id, a_class(house))
    factories.change(house, Asset, asset_id, overdraft_minor=50_00)
    link_id = a_link(house, facility_id, account_id, 100_00)
    with pytest.raises(Conflict, match="already"):
        perform(LinkAccount(other, account_id, 1_00), house.administrator)
    assert books.asset(asset_id).available_minor == 150_00
    perform(UnlinkAccount(link_id), house.administrator)
    assert books.asset(asset_id).overdraft_minor == 50_00
    assert perform(LinkAccount(other, account_id, 1_00), house.administrator)


def test_a_stale_allocation_a_cancelled_facility_and_a_person_without_the_right_are_refused(
    app, house
):
    client_id, account_id, asset_id = a_borrower(house)
    facility_id = a_facility(house, client_id, a_class(house))
    link_id = a_link(house, facility_id, account_id, 100_00)
    version = the_link(link_id).version
    perform(ChangeAllocation(link_id, version, 200_00), house.administrator)
    with pytest.raises(Conflict, match="Someone else changed"):
        perform(ChangeAllocation(link_id, version, 300_00), house.administrator)
    perform(
        ChangeFacilityStatus(facility_id, "CANCELLED", "Customer has left"), house.administrator
    )
    assert books.asset(asset_id).overdraft_minor == 0
    with pytest.raises(Conflict, match="cancelled"):
        perform(LinkAccount(facility_id, account_id, 1_00), house.administrator)
    _, email, _ = factories.a_user(house, "Teller")
    teller = app.test_client()
    factories.signed_in(teller, email)
    assert "Unlink" not in text(teller, f"{PATH}/{facility_id}")
    assert teller.get(f"{PATH}/accounts/{link_id}/unlink").status_code == 403
    with pytest.raises(Refusal):
        perform(UnlinkAccount(987_654_321), house.administrator)


@pytest.mark.checks("E24.15")
def test_a_class_with_eligible_products_lets_only_their_accounts_draw(person, house):
    client_id, account_id, _asset_id = a_borrower(house)
    class_id = a_class(house)
    facility_id = a_facility(house, client_id, class_id)
    by = house.administrator
    loans = perform(CreateProduct("asset", "Loans to members", is_contract=True, submit=True), by)
    perform(ChooseEligibleProducts(class_id, (loans,)), by)
    with database.reading() as session:
        number = session.get_one(Account, account_id).number
    assert number not in text(person, f"{PATH}/{facility_id}/accounts/new")
    with pytest.raises(Refusal, match=f"Accounts like {number} are not eligible"):
        perform(LinkAccount(facility_id, account_id, 1_00), by)
    perform(ChooseEligibleProducts(class_id, (loans, house.product_id)), by)
    assert number in text(person, f"{PATH}/{facility_id}/accounts/new")
    assert perform(LinkAccount(facility_id, account_id, 1_00), by)


def test_an_expired_facility_takes_no_more_accounts(person, house):
    client_id, account_id, _asset_id = a_borrower(house)
    facility_id = a_facility(house, client_id, a_class(house))
    perform(ChangeFacilityStatus(facility_id, "EXPIRED", "Its time is over"), house.administrator)
    assert "Link Account" not in text(person, f"{PATH}/{facility_id}")
    with pytest.raises(Conflict, match="has expired"):
        perform(LinkAccount(facility_id, account_id, 1_00), house.administrator)


def test_a_linked_account_is_closed_once_it_is_given_back(house):
    client_id, account_id, _asset_id = a_borrower(house)
    facility_id = a_facility(house, client_id, a_class(house))
    link_id = a_link(house, facility_id, account_id, 500_00)
    close = CloseAccount(account_id, "Moved away")
    reference = the_facility(facility_id).reference
    with pytest.raises(Conflict, match=f"linked to facility {reference}. Unlink it there first"):
        perform(close, house.administrator)
    perform(UnlinkAccount(link_id), house.administrator)
    perform(close, house.administrator)


@pytest.mark.checks("E27.43")
def test_past_the_day_it_ends_by_itself_no_more_is_drawn_though_the_close_is_to_come(house):
    client_id, account_id, asset_id = a_borrower(house)
    day = factories.BUSINESS_DATE + timedelta(days=1)
    class_id = a_class(house)
    facility_id = a_facility(house, client_id, class_id, expires_on=day, expiry_mode="AUTOMATIC")
    a_link(house, facility_id, account_id, 500_00)
    factories.move_on(house, day)
    withdraw(house, asset_id, 100_00)
    hold_id = perform(PlaceHold(asset_id, 150_00, "Reserved that day"), house.administrator)
    factories.move_on(house, day + timedelta(days=1))
    ended = f"{the_facility(facility_id).reference} ended on {day.isoformat()}"
    with pytest.raises(Conflict, match=ended):
        withdraw(house, asset_id, 100_00)
    with pytest.raises(Conflict, match=ended):
        perform(PlaceHold(asset_id, 1_00, "Reserved too late"), house.administrator)
    perform(ReleaseHold(hold_id, "Not needed any more"), house.administrator)
    perform(Deposit(asset_id, 130_00), house.administrator)
    with pytest.raises(Refusal, match="Insufficient"):
        withdraw(house, asset_id, 30_01)
    withdraw(house, asset_id, 30_00)
    assert books.asset(asset_id).balance_minor == 0


def test_what_else_an_account_is_permitted_stays_when_its_facility_has_ended(house):
    client_id, account_id, asset_id = a_borrower(house)
    day = factories.BUSINESS_DATE + timedelta(days=1)
    class_id = a_class(house)
    facility_id = a_facility(house, client_id, class_id, expires_on=day, expiry_mode="AUTOMATIC")
    factories.change(house, Asset, asset_id, overdraft_minor=100_00)
    a_link(house, facility_id, account_id, 500_00)
    withdraw(house, asset_id, 50_00)
    factories.move_on(house, day + timedelta(days=1))
    with pytest.raises(Conflict, match="no more can be drawn on it"):
        withdraw(house, asset_id, 100_01)
    withdraw(house, asset_id, 80_00)
    with pytest.raises(Refusal, match="Insufficient"):
        withdraw(house, asset_id, 20_01)
    perform(ExpireFacility(facility_id), house.system)
    withdraw(house, asset_id, 20_00)
    assert books.asset(asset_id).balance_minor == -150_00


def test_what_was_held_on_the_last_day_is_paid_after_it(house):
    client_id, account_id, asset_id = a_borrower(house)
    day = factories.BUSINESS_DATE + timedelta(days=1)
    class_id = a_class(house)
    facility_id = a_facility(house, client_id, class_id, expires_on=day, expiry_mode="AUTOMATIC")
    a_link(house, facility_id, account_id, 500_00)
    factories.an_approval_rule(house)
    manager, *_ = factories.a_user(house, "Branch Manager")
    approver, *_ = factories.a_user(house, "Approver L1")
    paid = perform(Withdraw(asset_id, 400_00), manager)
    factories.move_on(house, day + timedelta(days=1))
    perform(ApproveRecord("transaction", paid, books.transaction(paid).version), approver)
    assert books.asset(asset_id).balance_minor == -400_00
