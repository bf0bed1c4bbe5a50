"""Requests of projects and of their clients, from the question to its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access.commands import SetUserActive
from app.controls.commands import door, perform
from app.controls.permissions import find
from app.db.session import database
from app.kernel.errors import Conflict, Missing, Refusal
from app.mail.models import Mail
from app.notices.commands import ReadNotice
from app.notices.models import Notice
from app.projects.commands import CreateInProject
from app.reference.commands import CreateProject
from app.requests.commands import (
    AnswerOwnRequest,
    AnswerRequest,
    AskTheHouse,
    OpenRequest,
    SetRequestStatus,
)
from app.requests.models import ServiceRequest
from tests import factories
from tests.pages import form_of, send

PATH = "/admin/requests"


@pytest.fixture
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


def _newest(house: factories.House) -> ServiceRequest:
    query = select(ServiceRequest).where(ServiceRequest.organisation_id == house.organisation_id)
    with database.reading() as session:
        found = session.scalars(query.order_by(ServiceRequest.id.desc())).first()
        assert found is not None
        session.expunge(found)
        return found


def _letters(house: factories.House) -> list[Mail]:
    query = select(Mail).where(
        Mail.organisation_id == house.organisation_id, Mail.letter == "request-answered"
    )
    with database.reading() as session:
        return list(session.scalars(query))


def _notices(house: factories.House, user_id: int | None, path: str = PATH) -> list[Notice]:
    query = select(Notice).where(
        Notice.organisation_id == house.organisation_id, Notice.user_id == user_id
    )
    with database.reading() as session:
        return [one for one in session.scalars(query) if one.href.startswith(path)]


def _unread(house: factories.House, user_id: int | None, path: str) -> list[Notice]:
    return [one for one in _notices(house, user_id, path) if one.read_at is None]


@pytest.mark.checks("M03.01", "M03.02")
def test_a_request_is_about_a_whole_project_or_one_client_and_is_followed(house, here):
    client_id = factories.a_client(house)
    teller, _, _ = factories.a_user(house)
    assert set(form_of(here, f"{PATH}/new")) >= {"project_id", "client_id", "assignee_id"}
    empty = send(here, f"{PATH}/new", subject="Slow screens", body="Since Monday.")
    assert empty.status_code == 422
    assert "Choose a project or a customer" in empty.get_data(as_text=True)
    whole = send(here, f"{PATH}/new", project_id=str(house.project_id), subject="Slow screens",
                 priority="high", body="Since Monday.",
                 assignee_id=str(teller.user_id))  # fmt: skip
    assert whole.status_code == 303
    about_project = _newest(house)
    assert (about_project.number, about_project.client_id) == ("REQ-00001", None)
    (told,) = _notices(house, teller.user_id)
    assert told.title == "Assigned to you: Slow screens"
    of_client = send(here, f"{PATH}/new", client_id=str(client_id), subject="New card",
                     kind="service", body="Hers is lost.")  # fmt: skip
    assert of_client.status_code == 303
    page = _page(here, PATH)
    for shown in ("REQ-00001", "REQ-00002", "Whole project", "Amina Wanjiru", "Tessa Otieno"):
        assert shown in page
    narrowed = _page(here, f"{PATH}?status=open&priority=high&assignee={teller.user_id}")
    assert "Slow screens" in narrowed
    assert "New card" not in narrowed
    one = f"{PATH}/{about_project.id}"
    assert send(here, f"{one}/answer", body="We look into it.\nSoon.").status_code == 303
    assert send(here, f"{one}/edit", priority="urgent").status_code == 303
    page = _page(here, one)
    for shown in ("Since Monday.", "We look into it.\nSoon.", "In progress", "Urgent"):
        assert shown in page
    assert send(here, f"{one}/status", status="closed").status_code == 303
    assert _newest(house).status == "open", "the other one stays as it was"
    with pytest.raises(Conflict, match="This request is closed"):
        perform(AnswerRequest(about_project.id, "More"), house.administrator)
    with pytest.raises(Refusal, match="Choose a status from the list"):
        perform(SetRequestStatus(_newest(house).id, "lost"), house.administrator)


@pytest.mark.checks("M03.02")
def test_a_client_asks_and_answers_in_their_own_area_and_reads_no_notes(house, here):
    manager, _, _ = factories.a_user(house, first_name="Daniel")
    client_id = factories.a_client(house, manager_id=manager.user_id)
    _, email, _ = factories.a_user(house, kind="client", client_id=client_id, project_ids=())
    theirs = here.application.test_client()
    factories.signed_in(theirs, email)
    portal = "/portal/requests"
    typed = {"kind": "support", "subject": "Where is my card?", "key": "once"}
    token = _page(theirs, portal).split('name="csrf_token" value="')[1].split('"')[0]
    refused = theirs.post(portal, data=typed | {"csrf_token": token, "body": ""})
    assert refused.status_code == 422
    assert "Message is required" in refused.get_data(as_text=True)
    asked = typed | {"csrf_token": token, "body": "Ordered last week."}
    for _twice in range(2):
        assert theirs.post(portal, data=asked).status_code == 303
    one = _newest(house)
    assert one.number == "REQ-00001", "a double click asks once"
    (told,) = _notices(house, manager.user_id)
    assert told.title == "Amina Wanjiru asks: Where is my card?"
    perform(AnswerRequest(one.id, "The courier has it <b>"), house.administrator)
    perform(AnswerRequest(one.id, "He is a difficult one", is_note=True), house.administrator)
    assert _newest(house).status == "waiting"
    assert all(told.read_at for told in _notices(house, manager.user_id)), "it was seen to"
    page = _page(theirs, f"{portal}/{one.id}")
    assert "The courier has it &lt;b&gt;" in page
    assert "Awaiting your reply" in page
    assert "Awaiting your reply" in _page(theirs, portal)
    assert "difficult" not in page
    assert "difficult" in _page(here, f"{PATH}/{one.id}")
    answer = {"csrf_token": token, "body": "Thank you"}
    assert theirs.post(f"{portal}/{one.id}", data=answer).status_code == 303
    assert _newest(house).status == "in-progress"
    assert len(_notices(house, manager.user_id)) == 2
    neighbour = factories.a_client(house, first_name="Omar")
    other = perform(OpenRequest("support", "Other", "x", client_id=neighbour), house.administrator)
    whole = OpenRequest("support", "All", "x", project_id=house.project_id)
    for request_id in (other, perform(whole, house.administrator)):
        assert _page(theirs, f"{portal}/{request_id}", 404)
    perform(SetRequestStatus(one.id, "closed"), house.administrator)
    assert "This request is closed" in _page(theirs, f"{portal}/{one.id}")


@pytest.mark.checks("M03.02")
def test_a_client_is_told_of_an_answer_in_their_own_area_and_by_a_mail_without_it(house, here):
    client_id = factories.a_client(house)
    login, email, _ = factories.a_user(house, kind="client", client_id=client_id, project_ids=())
    theirs = here.application.test_client()
    factories.signed_in(theirs, email)
    portal = "/portal/requests"
    one = perform(AskTheHouse("support", "Where is my card?", "Ordered"), login)
    perform(AnswerRequest(one, "He is a difficult one", is_note=True), house.administrator)
    assert not _notices(house, login.user_id, portal), "a note is for the house alone"
    perform(AnswerRequest(one, "The courier has it"), house.administrator)
    (told,) = _notices(house, login.user_id, portal)
    page = _page(theirs, "/portal")
    assert "Your request was answered" in page
    assert f'action="/portal/notices/{told.id}"' in page
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    opened = theirs.post(f"/portal/notices/{told.id}", data={"csrf_token": token})
    assert opened.headers["Location"] == f"{portal}/{one}"
    assert "Your request was answered" not in _page(theirs, "/portal")
    (letter,) = _letters(house)
    assert (letter.recipient, letter.client_id) == (email, client_id)
    assert f"{portal}/{one}" in letter.content
    assert "courier" not in letter.content
    for more in ("It comes today", "It comes tomorrow"):
        perform(AnswerRequest(one, more), house.administrator)
    assert len(_unread(house, login.user_id, portal)) == 1, "one request is told of once"
    other, *_ = factories.a_user(house, kind="client", client_id=factories.a_client(house))
    with pytest.raises(Missing):
        perform(ReadNotice(_unread(house, login.user_id, portal)[0].id), other)
    perform(AnswerOwnRequest(one, "Thank you"), login)
    assert not _unread(house, login.user_id, portal)


def test_every_message_moves_when_a_request_last_changed(house, here, monkeypatch):
    client_id = factories.a_client(house)
    theirs, _, _ = factories.a_user(house, kind="client", client_id=client_id, project_ids=())
    first, second = (
        perform(OpenRequest("support", subject, "x", client_id=client_id), house.administrator)
        for subject in ("The first one", "The second one")
    )
    perform(SetRequestStatus(first, "in-progress"), house.administrator)
    steps = (
        (AnswerRequest(first, "Only for us", is_note=True), house.administrator),
        (AnswerOwnRequest(second, "Please hurry"), theirs),
        (AnswerRequest(first, "It is done"), house.administrator),
        (AnswerRequest(second, "So is this"), house.administrator),
        (AnswerOwnRequest(first, "Thank you"), theirs),
        (AnswerOwnRequest(second, "Thanks"), theirs),
        # Nothing but the message changes now.
        (AnswerOwnRequest(first, "Again"), theirs),
    )
    now = door.clock()
    for minutes, (command, who) in enumerate(steps, start=1):
        later = now + timedelta(minutes=minutes)
        monkeypatch.setattr(door, "clock", lambda later=later: later)
        perform(command, who)
        listed = _page(here, f"{PATH}?sort=-updated").split("<tbody")[1]
        subjects = sorted(("The first one", "The second one"), key=listed.index)
        expected = "The first one" if command.request_id == first else "The second one"
        assert subjects[0] == expected, command


@pytest.mark.checks("M03.01")
def test_requests_are_seen_by_those_who_see_their_project(house, here):
    other = perform(CreateProject("Other"), house.administrator)
    teller, _, _ = factories.a_user(house, project_ids=(other,))
    mine = perform(
        OpenRequest("support", "Here", "x", project_id=house.project_id), house.administrator
    )
    values = {"kind": "request", "prefix": "oth/", "next_number": "70"}
    perform(CreateInProject("project-numbering", other, values), house.administrator)
    theirs = perform(OpenRequest("support", "There", "x", project_id=other), teller)
    assert _newest(house).number == "OTH/00070", "each project counts under its own prefix"
    with database.reading() as session:
        assert find(session, teller, ServiceRequest, theirs)
        with pytest.raises(Missing):
            find(session, teller, ServiceRequest, mine)
    with pytest.raises(Missing):
        perform(OpenRequest("support", "x", "x", project_id=house.project_id), teller)


def test_a_request_is_assigned_only_to_who_sees_it(house):
    other = perform(CreateProject("Other"), house.administrator)
    stranger, _, _ = factories.a_user(house, project_ids=(other,))
    asked = OpenRequest("support", "Slow", "Very", house.project_id, assignee_id=stranger.user_id)
    with pytest.raises(Refusal, match=f"{stranger.name} cannot see this record") as refused:
        perform(asked, house.administrator)
    assert refused.value.field == "assignee_id"
    assert perform(replace(asked, project_id=other), house.administrator)


def test_a_question_whose_manager_left_reaches_all_who_may_answer_it(house):
    left, *_ = factories.a_user(house)
    there, *_ = factories.a_user(house)
    client_id = factories.a_client(house, manager_id=left.user_id)
    login, *_ = factories.a_user(house, kind="client", client_id=client_id, project_ids=())
    perform(SetUserActive(left.user_id, is_active=False), house.administrator)
    one = perform(AskTheHouse("support", "Where is my card?", "Ordered"), login)
    assert not _notices(house, left.user_id)
    for person in (there, house.administrator):
        (told,) = _notices(house, person.user_id)
        assert told.href == f"{PATH}/{one}"
