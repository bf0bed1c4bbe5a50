"""Incidents, violations and penetration tests: logged, tracked, closed, each in its project."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access.people import SetUserActive
from app.compliance.commands import CloseReport, LogReport, ReportTerms, TrackReport
from app.compliance.models import ComplianceReport
from app.controls.commands import perform
from app.controls.permissions import find
from app.db.session import database
from app.kernel.errors import Conflict, Missing, Refusal
from app.notices.models import Notice
from app.reference.commands import CreateProject
from tests import factories
from tests.pages import send

KINDS = ("incident", "violation", "penetration")


@pytest.fixture(scope="module")
def house(app) -> factories.House:
    return factories.a_house()


@pytest.fixture
def here(house: factories.House, client: FlaskClient) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def _page(browser: FlaskClient, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status, f"{path} answers {answer.status_code}"
    return answer.get_data(as_text=True)


@pytest.mark.checks("M03.20", "M03.21", "M03.22")
def test_a_report_is_logged_tracked_and_closed_with_a_resolution(house, here):
    owner, _, _ = factories.a_user(house, "Branch Manager")
    for number, kind in enumerate(KINDS, start=1):
        path = f"/admin/{kind}-reports"
        page = _page(here, path)
        for other in KINDS:
            assert f'class="tabs__tab" href="/admin/{other}-reports"' in page
        typed = {"project_id": str(house.project_id), "name": f"A {kind}", "severity": "critical",
                 "found_on": "2026-11-18", "owner_id": str(owner.user_id)}  # fmt: skip
        assert send(here, f"{path}/new", **typed).status_code == 422, "it lacks a description"
        late = send(here, f"{path}/new", **typed | {"found_on": "2150-01-01"}, description="x")
        assert "Found on cannot be a day to come" in late.get_data(as_text=True)
        assert (
            send(here, f"{path}/new", **typed, description="A port stood open").status_code == 303
        )
        with database.reading() as session:
            query = select(ComplianceReport).where(ComplianceReport.kind == kind)
            here_alone = query.where(ComplianceReport.organisation_id == house.organisation_id)
            report = session.scalars(here_alone).one()
            told = session.scalars(select(Notice).where(Notice.user_id == owner.user_id)).all()
        assert report.number == f"REP-0000{number}"
        assert told[-1].href == f"{path}/{report.id}"
        one = f"{path}/{report.id}"
        assert send(here, f"{one}/edit", steps_taken="Closed the port").status_code == 303
        assert "In progress" in _page(here, one)
        assert send(here, f"{one}/close", reason=" ").status_code == 422
        assert send(here, f"{one}/close", reason="Nobody came in").status_code == 303
        page = _page(here, one)
        for shown in ("Closed", "Closed the port", "Nobody came in", "Critical"):
            assert shown in page
        with pytest.raises(Conflict, match="This report is closed and cannot be changed"):
            perform(CloseReport(report.id, "again"), house.administrator)
        assert report.number in _page(here, f"{path}?status=closed&severity=critical")
        assert report.number not in _page(here, f"{path}?status=open")
        elsewhere = KINDS[number % len(KINDS)]
        for address in ("", "/edit", "/close"):
            _page(here, f"/admin/{elsewhere}-reports/{report.id}{address}", 404)


@pytest.mark.checks("M03.20", "M03.21", "M03.22")
def test_reports_stay_in_their_project(house):
    other = perform(CreateProject("Other"), house.administrator)
    manager, _, _ = factories.a_user(house, "Branch Manager")
    teller, _, _ = factories.a_user(house, project_ids=(other,))
    terms = ReportTerms("Lost key", "low", date(2026, 11, 18), "It was found again")
    for kind in KINDS:
        report_id = perform(LogReport(kind, house.project_id, terms), manager)
        with database.reading() as session, pytest.raises(Missing):
            find(session, teller, ComplianceReport, report_id)
        perform(TrackReport(report_id, 1, terms), manager)
        with pytest.raises(Conflict, match="Someone else changed this record"):
            perform(TrackReport(report_id, 1, terms), manager)


def test_a_report_is_given_only_to_who_sees_it(house):
    other = perform(CreateProject("Elsewhere"), house.administrator)
    stranger, _, _ = factories.a_user(house, project_ids=(other,))
    inactive, _, _ = factories.a_user(house, "Branch Manager", first_name="Wanja")
    perform(SetUserActive(inactive.user_id, is_active=False), house.administrator)
    terms = ReportTerms("Lost key", "low", date(2026, 11, 18), "It was found again")
    for person, sentence in (
        (stranger, f"{stranger.name} cannot see this record"),
        (inactive, f"{inactive.name} is inactive"),
    ):
        given = replace(terms, owner_id=person.user_id)
        with pytest.raises(Refusal, match=sentence):
            perform(LogReport("incident", house.project_id, given), house.administrator)
    assert perform(LogReport("incident", other, replace(terms, owner_id=stranger.user_id)),
                   house.administrator)  # fmt: skip
