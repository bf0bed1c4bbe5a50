"""Customers, classes and facilities for the tests of credit, by the real commands."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.allocations.commands import LinkAccount
from app.allocations.models import FacilityAccount
from app.controls.commands import perform
from app.credit.commands import CreateFacilityClass
from app.credit.facility import Facility
from app.db.session import database
from app.facilities.commands import CreateFacility, Offer
from tests import factories
from tests.factories import House

AHEAD = date(2027, 11, 20)


def a_class(house: House, code: str = "OD", **values: Any) -> int:
    """Authorize a facility class; `percent` is how much of a limit may be used."""
    percent = Decimal(values.pop("percent", 100))
    command = CreateFacilityClass(
        code, f"{code} class", availability_percent=percent, submit=True, **values
    )
    return perform(command, house.administrator)


def a_facility(
    house: House,
    client_id: int,
    class_id: int,
    *,
    approved_minor: int = 1_000_00,
    advised_minor: int = 800_00,
    currency: str = "KES",
    submit: bool = True,
    **offer: Any,
) -> int:
    """Open a facility; the administrator authorises alone. Returns its id."""
    terms = {"expires_on": AHEAD} | offer
    command = CreateFacility(
        client_id,
        class_id,
        currency,
        Offer("Working capital", approved_minor, advised_minor, **terms),
        submit=submit,
    )
    return perform(command, house.administrator)


def a_link(house: House, facility_id: int, account_id: int, allocation_minor: int) -> int:
    """Link an account to a facility. Returns the link's id."""
    return perform(LinkAccount(facility_id, account_id, allocation_minor), house.administrator)


def the_facility(facility_id: int) -> Facility:
    """Return a facility as it is now."""
    with database.reading() as session:
        return session.get_one(Facility, facility_id)


def the_link(link_id: int) -> FacilityAccount:
    """Return a link as it is now."""
    with database.reading() as session:
        return session.scalars(select(FacilityAccount).where(FacilityAccount.id == link_id)).one()


def a_borrower(house: House, currency: str = "KES") -> tuple[int, int, int]:
    """Add a customer with an account; returns the ids of customer, account and asset."""
    client_id = factories.a_client(house)
    account_id = factories.an_account(house, client_id, currency)
    return client_id, account_id, factories.first_asset(account_id)
