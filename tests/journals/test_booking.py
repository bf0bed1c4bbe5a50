"""An organisation says since when its books are open, and how much may be rounded."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from app.controls.tenant import Organisation
from app.db.session import database
from app.kernel.errors import Refusal
from app.transactions.days import demand_open_day
from tests import factories
from tests.factories import BUSINESS_DATE
from tests.pages import form_of, send

PATH = "/admin/booking-settings"


def test_the_first_open_day_and_the_tolerance_are_set_by_an_administrator(app: Flask):
    house = factories.a_house(currencies=("KES",))
    browser = app.test_client()
    factories.signed_in(browser, house.administrator_email)
    form = form_of(browser, PATH)
    assert (form["rounding_tolerance"], form["time_zone"]) == (["1.00"], ["Africa/Nairobi"])
    opened = BUSINESS_DATE.replace(day=1)
    typed = {
        "books_open_from": opened.isoformat(),
        "rounding_tolerance": "0.50",
        "time_zone": "Asia/Tokyo",
    }
    assert send(browser, PATH, **typed).status_code == 303
    with database.reading() as session:
        saved = session.get_one(Organisation, house.organisation_id)
    assert (saved.books_open_from, saved.rounding_tolerance_minor) == (opened, 50)
    assert saved.time_zone == "Asia/Tokyo"
    demand_open_day(saved, opened)
    with pytest.raises(Refusal, match="The books are open from 2026-11-01"):
        demand_open_day(saved, opened - timedelta(days=1))
    for wrong, sentence in (
        ({"books_open_from": "2026-12-01"}, "cannot be closed beyond the business date"),
        ({"rounding_tolerance": "1.005"}, "at most 2 decimals"),
        ({"rounding_tolerance": "5000"}, "The tolerance is too large"),
        ({"time_zone": "Mars/Base"}, "Choose from the list"),
    ):
        page = send(browser, PATH, **(typed | wrong))
        assert (page.status_code, sentence in page.get_data(as_text=True)) == (422, True)
    teller = app.test_client()
    _, email, password = factories.a_user(house, "Teller")
    factories.signed_in(teller, email, password)
    assert teller.get(PATH).status_code == 403
