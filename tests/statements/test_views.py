"""Statements on the screen of staff: the request, its progress, the list and the file."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from app.controls.due import sweep
from tests import factories
from tests.factories import House
from tests.pages import form_of, send
from tests.statements.books import downloaded, request, work_until_settled

LIST = "/admin/statements"
POLL = {
    "HX-Request": "true",
    "HX-Request-Type": "partial",
    "HX-Target": "div#statement-progress",
}


@pytest.fixture
def asset_id(house: House) -> int:
    return factories.a_funded_asset(house, 1_000_00)


@pytest.fixture
def teller(house: House, client: FlaskClient) -> FlaskClient:
    _actor, email, password = factories.a_user(house, "Teller")
    factories.signed_in(client, email, password)
    return client


def _new(asset_id: int, subject: str = "asset") -> str:
    return f"{LIST}/new?subject={subject}&id={asset_id}"


def test_the_form_names_its_subject_and_offers_months_and_days(teller, asset_id):
    page = teller.get(_new(asset_id)).get_data(as_text=True)
    assert re.search(r"cbas\w{6} KES", page)
    assert "This month: November 2026" in page
    assert "Last month: October 2026" in page
    assert "Other days" in page
    form = form_of(teller, _new(asset_id))
    assert form["period"] == ["2026-11"]
    assert form["first_day"] == ["2026-11-01"]
    assert form["last_day"] == ["2026-11-20"]


def test_a_statement_is_requested_made_and_downloaded_byte_for_byte(house, teller, asset_id):
    answer = send(teller, _new(asset_id))
    assert answer.status_code == 303
    path = answer.headers["Location"]
    waiting = teller.get(path).get_data(as_text=True)
    assert f'data-poll="{path}"' in waiting
    assert "The statement is being made" in waiting
    assert teller.get(f"{path}/download").status_code == 409
    part = teller.get(path, headers=POLL)
    assert part.get_data(as_text=True).lstrip().startswith("<div")
    assert "HX-Trigger" not in part.headers
    while sweep():
        pass
    settled = teller.get(path, headers=POLL)
    assert "data-poll" not in settled.get_data(as_text=True)
    assert "panel:done" in settled.headers["HX-Trigger"]
    ready = teller.get(path).get_data(as_text=True)
    assert "The statement is ready." in ready
    file = teller.get(f"{path}/download")
    assert file.mimetype == "application/pdf"
    assert file.data == downloaded(house.administrator, int(path.rsplit("/", 1)[1]))


def test_the_list_says_whose_which_days_by_whom_and_how_far(house, teller, asset_id):
    statement_id = request(house.administrator, "asset", asset_id)
    page = teller.get(LIST).get_data(as_text=True)
    assert f"STM-{statement_id:08d}" in page
    assert "01 Jan 2026 to 20 Nov 2026" in page
    assert "Ada Achieng" in page
    assert "Waiting" in page
    assert f"{LIST}/{statement_id}/download" not in page
    work_until_settled(house.administrator, statement_id)
    page = teller.get(LIST).get_data(as_text=True)
    assert f"{LIST}/{statement_id}/download" in page
    assert re.search(r"\d+ KB", page)
    assert f"STM-{statement_id:08d}" in teller.get(f"{LIST}?state=ready").get_data(as_text=True)
    assert f"STM-{statement_id:08d}" not in teller.get(f"{LIST}?state=waiting").get_data(
        as_text=True
    )
    csv = teller.get(f"{LIST}.csv").get_data(as_text=True)
    assert "Ready" in csv
    assert "Ada Achieng" in csv


def test_what_is_beyond_the_limits_is_refused_in_the_forms_own_words(teller, asset_id):
    for typed, sentence in (
        (
            {"first_day": "2026-11-01", "last_day": "2026-11-21"},
            "The period cannot go beyond the business date, 20 Nov 2026.",
        ),
        (
            {"first_day": "2025-11-01", "last_day": "2026-11-20"},
            "A statement covers 366 days at most. Choose a shorter period.",
        ),
        (
            {"first_day": "2026-11-20", "last_day": "2026-11-01"},
            "The last day cannot be before the first day.",
        ),
        ({"first_day": "", "last_day": "2026-11-01"}, "First day is required"),
    ):
        answer = send(teller, _new(asset_id), period="days", **typed)
        text = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert sentence in text
        assert "<title>Error: " in text
        assert f'value="{typed["last_day"]}"' in text
    nothing = send(teller, _new(asset_id), period="2026-10")
    assert nothing.status_code == 422
    assert "Nothing was booked up to 31 Oct 2026" in nothing.get_data(as_text=True)


def test_a_double_click_makes_one_statement(teller, asset_id):
    form = form_of(teller, _new(asset_id))
    first = teller.post(_new(asset_id), data=form).headers["Location"]
    assert teller.post(_new(asset_id), data=form).headers["Location"] == first


def test_what_is_out_of_sight_is_missing_and_a_reader_may_not_ask(app, house, teller, asset_id):
    elsewhere = factories.a_house()
    theirs = factories.a_funded_asset(elsewhere, 100)
    statement_id = request(elsewhere.administrator, "asset", theirs)
    for path in (
        _new(theirs),
        _new(asset_id, "branch"),
        f"{LIST}/new",
        f"{LIST}/new?subject=asset&id=x",
        f"{LIST}/{statement_id}",
        f"{LIST}/{statement_id}/download",
    ):
        assert teller.get(path).status_code == 404, path
    auditor = app.test_client()
    _actor, email, password = factories.a_user(house, "Auditor")
    factories.signed_in(auditor, email, password)
    assert auditor.get(LIST).status_code == 200
    assert auditor.get(_new(asset_id)).status_code == 403
