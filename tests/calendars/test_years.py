"""Work day years: created from a year, configured month by month, in force once approved."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.calendars.models import WorkDayYear
from app.calendars.queries import is_working_day
from app.controls.audit import Activity
from app.controls.tenant import Organisation
from app.db.session import database
from tests.factories import BUSINESS_DATE, House, a_house, a_user, change, signed_in
from tests.pages import form_of, send

YEARS = "/admin/work-day-years"


@pytest.fixture
def house(app: Flask) -> House:
    return a_house()


def _browser(app: Flask, email: str) -> FlaskClient:
    browser = app.test_client()
    signed_in(browser, email)
    return browser


def _works(house: House, *days: date) -> list[bool]:
    with database.reading() as session:
        return [is_working_day(session, house.organisation_id, day) for day in days]


@pytest.mark.checks("E14.01", "E14.02", "E14.03", "E14.04", "E14.05")
def test_a_year_is_drafted_configured_and_counts_from_its_approval(app: Flask, house: House):
    here = _browser(app, house.administrator_email)
    assert "Calendar &amp; Operations" in here.get(YEARS).get_data(as_text=True)
    path = send(here, f"{YEARS}/new", year="2027").headers["Location"]
    page = here.get(path).get_data(as_text=True)
    assert "Work day year 2027" in page
    assert re.search(r"badge--neutral[^>]*>\s*Draft<", page)
    assert "Jamhuri Day" in page
    again = send(here, f"{YEARS}/new", year="2027")
    assert again.status_code == 409
    assert "Work day year 2027 already exists" in again.get_data(as_text=True)
    form = form_of(here, f"{path}/edit")
    assert {"1-5", "1-6", "12-5"} <= set(form["weekends"])
    assert "2027-12-12" in form["holidays"]
    friday, holiday, plain = date(2027, 3, 5), date(2027, 8, 17), date(2027, 12, 13)
    weekends = [one for one in form["weekends"] if one != "3-6"] + ["3-4"]
    holidays = [one for one in form["holidays"] if one != "2027-12-13"] + ["2027-08-17"]
    typed = form | {"weekends": weekends, "holidays": holidays, "draft": "1"}
    assert here.post(f"{path}/edit", data=typed).status_code == 303
    sunday = date(2027, 3, 7)
    # A draft says nothing yet: Monday to Friday are worked.
    assert _works(house, friday, holiday, sunday, plain) == [True, True, False, True]
    send(here, f"/admin/approvals/work-day-year/{path.rsplit('/', 1)[1]}/submit")
    assert "Authorized" in here.get(path).get_data(as_text=True)
    assert _works(house, friday, holiday, sunday, plain) == [False, False, True, True]
    assert _works(house, date(2028, 3, 3), date(2028, 3, 4)) == [True, False]
    refused = here.post(f"{path}/edit", data=typed | {"key": "another"})
    assert refused.status_code == 409
    assert "Work day year is already finalized and cannot be changed" in refused.get_data(
        as_text=True
    )


@pytest.mark.checks("E14.04", "E40.02", "E40.06", "E40.08", "E40.24", "E40.31")
def test_a_year_is_approved_by_another_and_deleted_only_as_a_draft(app: Flask, house: House):
    _, maker_email, _ = a_user(house, "Teller")
    _, checker_email, _ = a_user(house, "Approver L1", first_name="Chege")
    here, checker = _browser(app, house.administrator_email), _browser(app, checker_email)
    assert _browser(app, maker_email).get(f"{YEARS}/new").status_code == 403
    assert checker.get(YEARS).status_code == 200
    path = send(here, f"{YEARS}/new", year="2026").headers["Location"]
    year_id = int(path.rsplit("/", 1)[1])
    assert "Danger Zone" in here.get(path).text
    assert ">Submit<" in here.get(path).text
    assert send(here, f"{path}/delete").status_code == 303
    assert "2026" not in here.get(f"{YEARS}.csv").get_data(as_text=True)
    assert "2026" in here.get(f"{YEARS}.csv?status=inactive").text
    page = here.get(path).text
    assert '<span class="badge badge--danger">Inactive</span>' in page
    assert "Public holidays" in page
    for gone in ("Danger Zone", ">Submit<", ">Draft<", f"{path}/edit"):
        assert gone not in page, gone
    with database.reading() as session:
        logged = session.scalars(
            select(Activity.status).where(
                Activity.organisation_id == house.organisation_id,
                Activity.action == "work-day-year.delete",
            )
        ).all()
        assert session.get_one(WorkDayYear, year_id).retired_at is not None
    assert logged == ["Success"]
    path = send(here, f"{YEARS}/new", year="2026").headers["Location"]
    send(here, f"/admin/approvals/work-day-year/{path.rsplit('/', 1)[1]}/submit")
    page = here.get(path).get_data(as_text=True)
    assert f"{path}/delete" not in page
    asked = here.get(f"{path}/delete").get_data(as_text=True)
    assert "can only be deleted in Draft or Rejected" in asked
    assert "<span>Delete</span>" not in asked


def test_a_month_without_a_working_day_and_a_day_of_another_year_are_refused(
    app: Flask, house: House
):
    here = _browser(app, house.administrator_email)
    path = send(here, f"{YEARS}/new", year="2027").headers["Location"]
    every = [f"2-{day}" for day in range(7)]
    refused = send(here, f"{path}/edit", weekends=every)
    assert refused.status_code == 422
    assert "A month needs at least one weekday that is worked" in refused.get_data(as_text=True)
    refused = send(here, f"{path}/edit", holidays=["2026-01-01"])
    assert refused.status_code == 422
    march = [date(2027, 3, number).isoformat() for number in range(1, 32)]
    refused = send(here, f"{path}/edit", holidays=march)
    assert refused.status_code == 422
    assert "A month needs at least one day that is worked" in refused.get_data(as_text=True)
    assert send(here, f"{path}/edit", holidays=march[1:]).status_code == 303


def test_a_first_year_makes_no_holiday_of_a_day_that_has_begun(app: Flask, house: House):
    change(house, Organisation, house.organisation_id,
           created_at=datetime(2026, 11, 18, tzinfo=UTC))  # fmt: skip
    here = _browser(app, house.administrator_email)
    path = send(here, f"{YEARS}/new", year=str(BUSINESS_DATE.year)).headers["Location"]
    before = form_of(here, f"{path}/edit")["holidays"]
    # The day of setting up may have been a holiday.
    may_be = {"holidays": [*before, "2026-11-18"], "draft": "1"}
    assert send(here, f"{path}/edit", **may_be).status_code == 303
    answer = send(here, f"{path}/edit", holidays=[*before, BUSINESS_DATE.isoformat()])
    assert answer.status_code == 409
    assert "Days up to 2026-11-20 have begun and stay as they were" in answer.get_data(as_text=True)
    assert _works(house, BUSINESS_DATE) == [True]
    jamhuri = date(2026, 12, 12)
    other = a_house()
    change(other, Organisation, other.organisation_id, business_date=jamhuri,
           created_at=datetime(2026, 12, 1, tzinfo=UTC))  # fmt: skip
    path = send(_browser(app, other.administrator_email), f"{YEARS}/new", year="2026").headers
    page = _browser(app, other.administrator_email).get(path["Location"]).get_data(as_text=True)
    assert "Jamhuri Day" not in page, "it was begun as a day like any other"
    assert "Christmas Day" in page


def test_a_first_year_makes_no_weekend_of_a_day_that_has_begun(app: Flask, house: House):
    change(house, Organisation, house.organisation_id, country="EG",
           created_at=datetime(2026, 11, 9, tzinfo=UTC))  # fmt: skip
    here = _browser(app, house.administrator_email)
    path = send(here, f"{YEARS}/new", year=str(BUSINESS_DATE.year)).headers["Location"]
    weekends = form_of(here, f"{path}/edit")["weekends"]
    # Egypt rests on Friday and Saturday, but the Fridays of November were worked.
    assert {"10-4", "10-5", "11-5", "11-6", "12-4", "12-5"} <= set(weekends)
    assert not {"10-6", "11-4", "12-6"} & set(weekends)
    answer = send(here, f"{path}/edit", weekends=[*weekends, "11-4"], draft="1")
    assert answer.status_code == 303, "what is kept may still be put right"
    answer = send(here, f"/admin/approvals/work-day-year/{path.rsplit('/', 1)[1]}/submit")
    assert "Days up to 2026-11-20 have begun and stay as they were" in answer.get_data(as_text=True)
    assert _works(house, date(2026, 11, 13), BUSINESS_DATE) == [True, True]
    assert send(here, f"{path}/edit", weekends=weekends).status_code == 303
    days = date(2026, 11, 13), date(2026, 11, 15), date(2026, 12, 4), date(2026, 12, 6)
    assert _works(house, *days) == [True, False, False, True]


@pytest.mark.checks("E14.03", "E14.04")
def test_a_holiday_that_is_gazetted_late_comes_in_by_an_amendment(app: Flask, house: House):
    here = _browser(app, house.administrator_email)
    today, late = BUSINESS_DATE, date(2026, 11, 25)
    path = send(here, f"{YEARS}/new", year=str(today.year)).headers["Location"]
    assert send(here, f"{path}/edit").status_code == 303
    assert _works(house, late) == [True]
    answer = send(here, f"{path}/amend")
    assert answer.status_code == 303
    page = here.get(path).get_data(as_text=True)
    amendment = re.search(rf'href="({YEARS}/\d+)"[^>]*>\s*Open<', page).group(1)
    assert answer.headers["Location"] == amendment
    assert f"{today.year} (amendment)" in here.get(YEARS).get_data(as_text=True)
    # One at a time.
    assert send(here, f"{path}/amend").status_code == 409
    form = form_of(here, f"{amendment}/edit")
    begun = [*form["holidays"], today.isoformat()]
    answer = here.post(f"{amendment}/edit", data=form | {"holidays": begun})
    assert answer.status_code == 409
    assert "have begun and stay as they were" in answer.get_data(as_text=True)
    form = form_of(here, f"{amendment}/edit")
    change(house, Organisation, house.organisation_id, may_self_authorise=False)
    typed = form | {"holidays": [*form["holidays"], late.isoformat()]}
    assert here.post(f"{amendment}/edit", data=typed).status_code == 303
    assert f"{late.isoformat()} off" in here.get(amendment).get_data(as_text=True)
    assert _works(house, late) == [True]
    _actor, email, _password = a_user(house, "Approver L1")
    decided = f"/admin/approvals/work-day-year/{amendment.rsplit('/', 1)[1]}/approve"
    answer = send(_browser(app, email), decided)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert _works(house, late) == [False]
    assert "(amendment)" not in here.get(YEARS).get_data(as_text=True)
    # It is the year in force now, and may be amended as that was.
    assert send(here, f"{path}/amend").status_code == 409
    assert send(here, f"{amendment}/amend").status_code == 303


def test_a_year_that_was_denied_may_be_drafted_anew(app: Flask, house: House):
    here = _browser(app, house.administrator_email)
    path = send(here, f"{YEARS}/new", year="2027").headers["Location"]
    change(house, WorkDayYear, int(path.rsplit("/", 1)[1]), record_status="DENIED")
    assert send(here, f"{YEARS}/new", year="2027").status_code == 303
