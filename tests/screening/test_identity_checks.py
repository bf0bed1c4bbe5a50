"""Services are asked who an approved customer is, by a real client of a server on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access.commands import SetUserActive
from app.clients.commands import CreateClient
from app.clients.company.details import Company, Member
from app.clients.documents import Document
from app.clients.models import Client
from app.controls.approvals import ApproveRecord
from app.controls.commands import door, perform
from app.controls.due import sweep
from app.db.session import database
from app.integrations.systems import CreateSystem
from app.kernel.errors import Conflict, Refusal
from app.notices.models import Notice
from app.reference.commands import CreateProject
from app.reports.snapshot import snapshot
from app.reports.verify import breaches
from app.screening.commands import CheckIdentity
from app.screening.models import IdentityCheck
from tests import factories
from tests.dying import in_a_process_that_dies
from tests.ledger.books import seal
from tests.pages import send
from tests.platforms.gateway import Gateway, a_gateway

CHECKS = "/v1/identity"


@pytest.fixture
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    monkeypatch.setenv("COUNTINGHOUSE_OUTGOING_HOSTS", "127.0.0.1")
    with a_gateway() as served:
        served.answers[CHECKS] = {"status": "passed"}
        yield served


@pytest.fixture
def later() -> Iterator[Callable[..., None]]:
    """Work off what is due, after some time."""
    kept, passed = door.clock, timedelta()

    def wait(**time: float) -> None:
        nonlocal passed
        passed += timedelta(**time)
        door.clock = lambda: kept() + passed
        while sweep():
            pass

    yield wait
    door.clock = kept


def link(house: factories.House, service: Gateway, name: str = "Huntli", **more: object) -> int:
    """Authorise a system that checks identities; returns its id."""
    given = {"checks_path": "/identity", "credentials": "a token"} | more
    command = CreateSystem(name, "compliance", service.url, submit=True, **given)
    return perform(command, house.administrator)


def checks(client_id: int) -> list[IdentityCheck]:
    with database.reading() as session:
        query = select(IdentityCheck).where(IdentityCheck.client_id == client_id)
        found = list(session.scalars(query.order_by(IdentityCheck.id)))
        session.expunge_all()
        return found


def states(client_id: int) -> list[tuple[str, str]]:
    return [(one.state, one.reason) for one in checks(client_id)]


def told(house: factories.House, client_id: int) -> list[tuple[str, str]]:
    """Return what people were told of a customer."""
    with database.reading() as session:
        query = select(Notice.title, Notice.text).where(
            Notice.organisation_id == house.organisation_id,
            Notice.href == f"/admin/clients/{client_id}",
            Notice.kind == "failed",
        )
        return [tuple(row) for row in session.execute(query.order_by(Notice.id))]


@pytest.fixture
def here(house: factories.House, client: FlaskClient) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def page_of(here: FlaskClient, client_id: int) -> str:
    return here.get(f"/admin/clients/{client_id}/identity-checks").get_data(as_text=True)


@pytest.mark.checks("W02.02")
def test_an_approval_lets_the_service_check_who_the_customer_is(house, service, later, here):
    link(house, service)
    link(house, service, "Only hears of events", checks_path=None)
    factories.an_approval_rule(house, kind="client", minimum_minor=0)
    teller, *_ = factories.a_user(house, "Teller")
    manager, *_ = factories.a_user(house, "Branch Manager")
    client_id = factories.a_client(house, actor=teller, date_of_birth=None, city="Nakuru")
    later()
    assert checks(client_id) == []
    with database.reading() as session:
        version = session.get_one(Client, client_id).version
    perform(ApproveRecord("client", client_id, version), manager)
    assert states(client_id) == [("waiting", "")]
    later()
    assert states(client_id) == [("passed", "")]
    (body,) = service.posted
    (check,) = checks(client_id)
    assert body["reference"] == check.reference
    assert list(service.orders) == [check.reference]
    assert service.asked == [(CHECKS, "Bearer a token")]
    assert (body["customer"]["surname"], body["customer"]["city"]) == ("Wanjiru", "Nakuru")
    assert body["documents"][0]["type"] == "National ID"
    assert len(body["documents"][0]["reference"]) == 8
    page = page_of(here, client_id)
    assert "Huntli" in page
    assert "Passed" in page
    assert "Only hears" not in page
    assert f'hx-get="/admin/clients/{client_id}/identity-checks"' in here.get(
        f"/admin/clients/{client_id}"
    ).get_data(as_text=True)


def test_a_company_is_told_with_its_people(house, service, later, database_url):
    link(house, service)
    members = (
        Member("director", "Halima Said", identity_number="27001144"),
        Member("shareholder", "Omar Said", share_percent=Decimal(60)),
        Member("contact", "Joyce Muthoni", email="joyce@tana.example"),
    )
    company = Company("Tana Traders Ltd", date(2015, 3, 2), members)
    papers = (Document(house.identity_type_id, "12345678"),)
    perform(CreateClient(company, papers, house.project_id, submit=True), house.administrator)
    later()
    (body,) = service.posted
    assert body["customer"]["corporate_name"] == "Tana Traders Ltd"
    assert body["customer"]["incorporated_on"] == "2015-03-02"
    assert [(one["role"], one["identity_number"]) for one in body["people"]] == [
        ("director", "27001144"), ("shareholder", ""), ("contact", ""),
    ]  # fmt: skip
    seal(house.organisation_id)
    with snapshot(database_url) as view:
        assert list(breaches(view, house.organisation_id)) == []


def test_it_is_asked_again_until_the_service_has_decided(house, service, later, here):
    link(house, service)
    service.answers[CHECKS] = {"status": "pending", "reason": "Waiting for the registry"}
    client_id = factories.a_client(house)
    later()
    assert states(client_id) == [("pending", "Waiting for the registry")]
    refused = send(here, f"/admin/clients/{client_id}/identity-checks/new")
    assert refused.status_code == 409
    assert "being checked already" in refused.get_data(as_text=True)
    service.answers[CHECKS] = {"status": "review", "reason": "Same name on a list"}
    later(seconds=6)
    later(seconds=11)
    service.answers[CHECKS] = {"status": "failed", "reason": "The document is not theirs"}
    later(minutes=1)
    assert states(client_id) == [("failed", "The document is not theirs")]
    assert len(service.orders) == 1
    assert len(service.posted) == 4
    name = "Identity check of Amina Wanjiru"
    assert told(house, client_id) == [
        (f"{name} is looked at by people", "Huntli: Same name on a list"),
        (f"{name} failed", "Huntli: The document is not theirs"),
    ]
    service.answers[CHECKS] = {"status": "passed"}
    assert "Check identity" in page_of(here, client_id)
    assert send(here, f"/admin/clients/{client_id}/identity-checks/new").status_code == 303
    later()
    assert [state for state, _ in states(client_id)] == ["failed", "passed"]
    assert len(service.orders) == 2


@pytest.mark.parametrize(
    "told",
    [
        (503, "127.0.0.1 answered 503"),
        (b"<html>", "127.0.0.1 answered something other than JSON"),
        ({"status": "fine"}, "The service answered with a status that is not known"),
        ([], "The service answered with a status that is not known"),
    ],
)
def test_what_makes_no_sense_settles_nothing_and_is_asked_again(house, service, later, told):
    answer, reason = told
    link(house, service)
    service.answers[CHECKS] = answer
    client_id = factories.a_client(house)
    later()
    assert states(client_id) == [("waiting", reason)]
    service.answers[CHECKS] = {"status": "passed", "reason": 7}
    later(seconds=6)
    assert states(client_id) == [("passed", "")]


def test_a_service_that_never_answers_is_given_up(house, service, later):
    link(house, service)
    service.answers[CHECKS] = 500
    client_id = factories.a_client(house)
    later()
    later(days=31)
    assert states(client_id) == [("stopped", "No service settled it within 30 days")]
    assert "was given up" in told(house, client_id)[0][0]


def test_a_service_is_stopped_and_resumed(house, service, later, here):
    path = f"/admin/third-party-systems/{link(house, service)}"
    service.answers[CHECKS] = 500
    during = factories.a_client(house)
    later()
    assert send(here, f"{path}/checks/resume").status_code == 409
    assert "Stop identity checks" in here.get(path).get_data(as_text=True)
    assert send(here, f"{path}/checks/stop").status_code == 303
    assert send(here, f"{path}/checks/stop").status_code == 409
    later(seconds=6)
    assert states(during) == [("stopped", "The service is not used any more")]
    after = factories.a_client(house)
    assert "Checks stopped" in here.get(path).get_data(as_text=True)
    assert send(here, f"{path}/checks/resume").status_code == 303
    later()
    assert checks(after) == []
    service.answers[CHECKS] = {"status": "passed"}
    assert perform(CheckIdentity(after), house.administrator) == 1
    later()
    assert states(after) == [("passed", "")]


def test_only_services_of_the_customers_project_are_asked(house, service, later):
    other = perform(CreateProject("Other"), house.administrator)
    link(house, service, "Elsewhere", project_id=other)
    client_id = factories.a_client(house)
    draft = factories.a_client(house, submit=False)
    later()
    assert checks(client_id) == []
    with pytest.raises(Conflict, match="No service checks"):
        perform(CheckIdentity(client_id), house.administrator)
    with pytest.raises(Conflict, match="once they are approved"):
        perform(CheckIdentity(draft), house.administrator)
    with pytest.raises(Refusal, match="begins with /"):
        link(house, service, "Wrong", checks_path="identity")


def test_a_worker_that_dies_asks_once_more_under_the_same_reference(
    house, service, later, database_url
):
    link(house, service)
    for point in ("identity asked", "before commit", "after commit"):
        client_id = factories.a_client(house)
        assert in_a_process_that_dies(point, sweep, database_url) == 86, point
        later(minutes=16)
        assert states(client_id) == [("passed", "")], point
    assert len(service.orders) == 3


def test_a_failed_check_is_told_to_those_who_look_after_compliance_where_the_customer_is(
    house, service, later
):
    link(house, service)
    left, *_ = factories.a_user(house)
    there, *_ = factories.a_user(house, "Branch Manager")
    client_id = factories.a_client(house, manager_id=left.user_id)
    perform(SetUserActive(left.user_id, is_active=False), house.administrator)
    service.answers[CHECKS] = {"status": "failed", "reason": "On a list of sanctions"}
    later()
    query = select(Notice.user_id).where(Notice.href == f"/admin/clients/{client_id}")
    with database.reading() as session:
        people = set(session.scalars(query.where(Notice.kind == "failed")))
    assert people == {there.user_id, house.administrator.user_id}
