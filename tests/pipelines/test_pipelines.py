"""CI/CD servers of projects report their runs with a token of their own."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.controls.commands import perform
from app.controls.permissions import find
from app.controls.retiring import RetireRecord
from app.db.session import database
from app.kernel.errors import Missing
from app.pipelines.models import PipelineRun, PipelineServer
from app.projects.commands import CreateInProject
from app.reference.commands import CreateProject
from tests import factories
from tests.pages import send

SERVERS, RUNS, HOOK = "/admin/pipeline-servers", "/admin/pipelines", "/hooks/pipelines"
TOLD = {"run": "1042", "pipeline": "release", "branch": "main", "status": "running",
        "started_at": "2025-11-20T09:30:00Z", "url": "https://ci.example/1042"}  # fmt: skip


def _token(here: FlaskClient, server_id: int) -> str:
    shown = send(here, f"{SERVERS}/{server_id}/token")
    assert shown.status_code == 200
    found = re.findall(r"[\w-]{43}", shown.get_data(as_text=True).split(">Token<")[1])
    return found[0]


@pytest.mark.checks("M03.23")
def test_a_server_reports_its_runs_once_each_with_a_token_that_is_shown_once(app, client):
    house = factories.a_house()
    factories.signed_in(client, house.administrator_email)
    typed = {"project_id": str(house.project_id), "name": "Build server", "system": "gitlab"}
    assert send(client, f"{SERVERS}/new", **typed).status_code == 303
    with database.reading() as session:
        server = session.scalars(select(PipelineServer).where(
            PipelineServer.organisation_id == house.organisation_id)).one()  # fmt: skip
    token = _token(client, server.id)
    with database.reading() as session:
        kept = session.get_one(PipelineServer, server.id).token_hash
        assert kept
        assert token not in kept
    assert token not in client.get(f"{SERVERS}/{server.id}").get_data(as_text=True)
    outside = app.test_client()

    def post(told: object, key: str = token) -> tuple[int, dict[str, object]]:
        answer = outside.post(HOOK, json=told, headers={"Authorization": f"Bearer {key}"})
        return answer.status_code, answer.get_json()

    assert post(TOLD, "x" * 43) == (401, {"error": "The token is not known"})
    assert outside.post(HOOK, json=TOLD).status_code == 401
    for wrong, sentence in (
        ({"status": "lost"}, "Choose a status from the list"),
        ({"run": ""}, "run is required"),
        ({"url": "javascript:alert(1)"}, "url must be an address of the web"),
        ({"url": "http://["}, "url must be an address of the web"),
        ({"branch": "a\x00b"}, "branch holds a character that cannot be kept"),
        ({"started_at": "yesterday"}, "started_at must be an instant"),
        ({"started_at": "0001-01-01T00:00:00+23:59"}, "started_at must be an instant"),
        ({"started_at": "2999-01-01T00:00:00Z"}, "started_at must not be in the future"),
        ({"duration_seconds": 1.5}, "duration_seconds must be whole seconds"),
        ({"pipeline": ["a"]}, "pipeline must be a text"),
        ({"branch": {"name": "main"}}, "branch must be a text"),
        ({"run": True}, "run must be a text"),
        ({"url": []}, "url must be a text"),
    ):
        status, answer = post(TOLD | wrong)
        assert status == 422
        assert sentence in str(answer["error"])
    assert post([1])[0] == 422
    for body, sentence in (
        ("[" * 50_000, "The body is nested too deeply"),
        ("{", "The body is no JSON: it cannot be read from line 1, column 2"),
    ):
        answer = outside.post(HOOK, data=body, content_type="application/json",
                              headers={"Authorization": f"Bearer {token}"})  # fmt: skip
        assert (answer.status_code, answer.get_json()) == (400, {"error": sentence})
    first = post(TOLD)
    assert first == post(TOLD), "told twice, it is there once"
    ended = TOLD | {"status": "passed", "duration_seconds": 312}
    assert post(ended) == first
    assert post(TOLD)[0] == 200, "late news of a run that has ended changes nothing"
    page = client.get(RUNS).get_data(as_text=True)
    for shown in ("release", "1042", "main", "Passed", "5 min 12 s", "https://ci.example/1042"):
        assert shown in page
    assert client.get(f"{RUNS}?status=failed").get_data(as_text=True).count("1042") == 0
    assert _token(client, server.id) != token
    assert post(TOLD)[0] == 401, "a new token ends the one before"
    token = _token(client, server.id)
    perform(RetireRecord("pipeline-server", server.id), house.administrator)
    assert post(TOLD, token)[0] == 401


@pytest.mark.checks("M03.23")
def test_runs_are_seen_in_their_project_alone(app, client):
    house = factories.a_house()
    factories.signed_in(client, house.administrator_email)
    values = {"name": "Build server", "system": "jenkins"}
    command = CreateInProject("pipeline-server", house.project_id, values)
    token = _token(client, perform(command, house.administrator))
    answer = app.test_client().post(HOOK, json=TOLD, headers={"Authorization": f"Bearer {token}"})
    other = perform(CreateProject("Other"), house.administrator)
    stranger, _, _ = factories.a_user(house, project_ids=(other,))
    with database.reading() as session:
        assert find(session, house.administrator, PipelineRun, answer.get_json()["id"])
        with pytest.raises(Missing):
            find(session, stranger, PipelineRun, answer.get_json()["id"])
