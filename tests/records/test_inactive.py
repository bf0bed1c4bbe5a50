"""What was deleted is found by one filter of every list, and its own page can do nothing more."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.access.commands import CreateRole
from app.calendars.commands import CreateWorkDayYear
from app.controls.commands import perform
from app.db.base import Retirable
from app.funding.models import FundingSource
from app.ledger.accounts import Product
from app.ledger.models import Transaction
from app.payment_methods.commands import CreatePaymentMethod, MethodTerms
from app.web.filters import INLINE
from app.web.listing import listings
from tests import factories

# Products are never deleted, a source is unlinked, and a transaction's draft leaves its list.
_OTHERWISE = {Product, FundingSource, Transaction}


@pytest.mark.checks("E40.05", "E40.06")
def test_every_list_of_what_can_be_deleted_has_inactive_under_its_status(app: Flask):
    found = 0
    for listing in listings.values():
        model = listing.key.class_
        if not issubclass(model, Retirable) or model in _OTHERWISE:
            continue
        found += 1
        shown = [one for one in listing.filters[:INLINE] if one.name == "status"]
        assert len(shown) == 1, f"{listing.name} has no status beside its search"
        assert "Status" in shown[0].label
        assert shown[0].default is not None, f"{listing.name} begins with what was deleted"
        assert shown[0].options is not None
        assert ("inactive", "Inactive") in tuple(shown[0].options(None, None)), listing.name
    assert found > 30


@pytest.mark.checks("E40.02", "E40.03")
def test_the_page_of_what_can_be_deleted_has_a_danger_zone(client: FlaskClient):
    house = factories.a_house()
    factories.signed_in(client, house.administrator_email)
    holder = factories.a_client(house)
    method = CreatePaymentMethod(
        house.project_id, "withdrawal", "Wire", MethodTerms("wire", "auto", "internal")
    )
    opened = factories.an_account(house, holder)
    for path in (
        f"/admin/roles/{perform(CreateRole('Cashier', ('assets.view',)), house.administrator)}",
        f"/admin/work-day-years/{perform(CreateWorkDayYear(2027), house.administrator)}",
        f"/admin/withdrawal-methods/{perform(method, house.administrator)}",
        f"/admin/platforms/{factories.a_platform(house)}",
        f"/admin/accounts/{opened}",
        f"/admin/assets/{factories.first_asset(opened)}",
    ):
        page = client.get(path).text
        head, _, zone = page.partition('id="danger-zone">Danger Zone<')
        assert f'class="button button--danger" href="{path}/delete"' in zone, path
        assert f"{path}/delete" not in head, path
