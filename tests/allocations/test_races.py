"""Many at once, from real processes: no limit is exceeded, and nothing that is drawn is lost."""

from __future__ import annotations

from collections import Counter

import pytest
from flask import Flask

from app.allocations.commands import TOO_MUCH, LinkAccount
from app.clients.models import Client
from app.controls.commands import perform
from app.credit.limits import OVER_LIMIT
from app.facilities.commands import CreateFacility, Offer
from app.facilities.statuses import SetFacilityAvailability
from app.ledger.models import Asset
from app.transactions.commands import Deposit, Withdraw
from tests import factories
from tests.facilities.scenes import AHEAD, a_borrower, a_class, a_facility, a_link, the_link
from tests.ledger import books
from tests.ledger.contest import at_once


@pytest.fixture(scope="module")
def house(app: Flask) -> factories.House:
    return factories.a_house(currencies=("KES",))


def test_accounts_linked_at_once_share_what_is_advised_and_no_more(house, pool):
    client_id = factories.a_client(house)
    accounts = [factories.an_account(house, client_id) for _ in range(5)]
    facility_id = a_facility(house, client_id, a_class(house, "RACE"), advised_minor=500_00)
    attempts = [
        [(LinkAccount(facility_id, one, 200_00), house.administrator, None)] for one in accounts
    ]
    refusals = Counter(outcome.refusal for outcome in at_once(pool, attempts))
    assert refusals == {"": 2, TOO_MUCH: 3}
    permitted = [books.row(Asset, factories.first_asset(one)).overdraft_minor for one in accounts]
    assert sum(permitted) == 400_00


def test_facilities_opened_at_once_stay_within_the_customers_limit(house, pool):
    client_id = factories.a_client(house)
    factories.change(house, Client, client_id, credit_limit_minor=500_00)
    classes = [a_class(house, f"LIMIT{number}") for number in range(5)]
    offer = Offer("Working capital", 200_00, 200_00, AHEAD)
    attempts = [
        [(CreateFacility(client_id, one, "KES", offer, submit=True), house.administrator, None)]
        for one in classes
    ]
    refusals = Counter(outcome.refusal for outcome in at_once(pool, attempts))
    assert refusals == {"": 2, OVER_LIMIT: 3}


def test_a_facility_blocked_while_it_is_drawn_on_ends_as_its_books_say(house, pool):
    client_id, account_id, asset_id = a_borrower(house)
    facility_id = a_facility(house, client_id, a_class(house, "BLOCK"))
    link_id = a_link(house, facility_id, account_id, 500_00)
    drawing = [(Withdraw(asset_id, 10_00), house.administrator, None)] * 4
    turning = [
        (SetFacilityAvailability(facility_id, is_available=on), house.administrator, None)
        for on in (False, True, False, True, False)
    ]
    at_once(pool, [drawing, turning, drawing, turning, drawing])
    asset, link = books.asset(asset_id), the_link(link_id)
    assert link.outstanding_minor == -asset.balance_minor == link.drawn_minor
    assert asset.overdraft_minor == link.permitted_minor == link.outstanding_minor
    perform(SetFacilityAvailability(facility_id, is_available=True), house.administrator)
    perform(Deposit(asset_id, 1_00), house.administrator)
    assert books.asset(asset_id).overdraft_minor == 500_00
