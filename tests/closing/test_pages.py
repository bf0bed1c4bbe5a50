"""Close of Business on the screen: configuration, trigger, runs, progress, the dashboard."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.closing.models import ClosingConfiguration, ClosingRun
from app.closing.queries import in_force
from app.controls.closing_steps import FAILED_DUE_FDT, NotYet
from app.controls.commands import door, perform
from app.db.session import database
from app.kernel.errors import Refusal
from app.transactions.commands import Withdraw
from tests import factories
from tests.closing import scenes
from tests.pages import form_of, send, send_locked

LIST = "/admin/closing-configurations"
TRIGGER = "/admin/close-of-business"
RUNS = "/admin/closing-runs"


@pytest.fixture(autouse=True)
def _clock(monkeypatch) -> None:
    monkeypatch.setattr(door, "clock", lambda: datetime(2026, 11, 20, 19, tzinfo=UTC))


@pytest.fixture
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def person(client: FlaskClient, house: factories.House) -> FlaskClient:
    factories.signed_in(client, house.administrator_email)
    return client


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def configurations(house: factories.House) -> list[ClosingConfiguration]:
    with database.reading() as session:
        query = select(ClosingConfiguration).where(
            ClosingConfiguration.organisation_id == house.organisation_id
        )
        return list(session.scalars(query.order_by(ClosingConfiguration.id)))


@pytest.mark.checks("E42.38", "E43.52", "E43.55")
def test_configurations_are_reviewed_and_one_is_in_force(app, person, house):
    _maker, email, _ = factories.a_user(house, "Branch Manager", first_name="Maria")
    approver, approver_email, _ = factories.a_user(house, "Approver L1", first_name="Abel")
    managers, approvers = app.test_client(), app.test_client()
    factories.signed_in(managers, email)
    factories.signed_in(approvers, approver_email)
    assert "days are closed by hand" in text(managers, LIST)
    fresh = form_of(managers, f"{LIST}/new")
    assert fresh["blocks_on_failed_fdt"] == ["y"]
    typed = {"name": "Every day", "is_automatic": "y", "closes_at": "22:30"}
    with scenes.steps(("CHARGE_FEES", 60, lambda _closing: "done")):
        for wrong, sentence in (
            ({"name": ""}, "Name is required"),
            ({"closes_at": ""}, "an automatic close needs one"),
            ({"closes_at": "25:00"}, "Type the time as 22:30"),
            ({"left_out": ["CUT_OFF"]}, "valid choice"),
            ({"left_out": ["SNAPSHOT_BALANCES"]}, "valid choice"),
            ({"notified_ids": ["999999"]}, "valid choice"),
        ):
            answer = send(managers, f"{LIST}/new", **(typed | wrong))
            assert answer.status_code == 422
            assert sentence in answer.get_data(as_text=True)
        chosen = {"left_out": ["CHARGE_FEES"], "notified_ids": [str(approver.user_id)]}
        assert send(managers, f"{LIST}/new", **typed, **chosen).status_code == 303
        (first,) = configurations(house)
        assert (first.record_status, first.is_in_force) == ("PENDING_AUTH_L1", False)
        path = f"/admin/approvals/closing-configuration/{first.id}/approve"
        assert send(approvers, path).status_code == 303
        page = text(managers, f"{LIST}/{first.id}")
        for shown in ("22:30", "Block on Due FDT Failure", "Charge_fees", "Abel", "Authorized"):
            assert shown in page
    # A new one begins with what is in force, and takes its place once it is approved.
    fresh = form_of(managers, f"{LIST}/new")
    assert (fresh["closes_at"], fresh["name"]) == (["22:30"], ["Every day"])
    send(person, f"{LIST}/new", name="By hand", is_automatic=None, closes_at="")
    first, second = configurations(house)
    assert (first.is_in_force, second.is_in_force) == (False, True)
    assert "Edit" not in text(person, f"{LIST}/{second.id}").split("<main")[1].split("History")[0]
    late = form_of(person, f"{LIST}/new") | {"name": "Other", "version": second.version}
    send_locked(person, f"{LIST}/{second.id}/edit", **late)
    _teller, teller_email, _ = factories.a_user(house, "Teller")
    tellers = app.test_client()
    factories.signed_in(tellers, teller_email)
    for address in (LIST, TRIGGER, RUNS):
        assert tellers.get(address).status_code == 403


@pytest.mark.checks("E43.55")
def test_the_trigger_says_what_will_happen_and_the_run_what_did(app, person, house):
    left = [1]

    def wait(_closing) -> str:
        if left:
            left.pop()
            raise NotYet("1 is still being executed")
        return "All are executed"

    with scenes.steps(("WAIT", 20, wait)):
        page = text(person, TRIGGER)
        for shown in ("20 Nov 2026", "Friday", "23 Nov 2026", "Monday", "None yet", "By hand",
                      "Cut off the day", "Wait", "Open the next day", "Nothing waits"):  # fmt: skip
            assert shown in page
        dialog = text(person, f"{TRIGGER}/start")
        assert "Close 2026-11-20?" in dialog
        assert "2026-11-23" in dialog
        key = form_of(person, f"{TRIGGER}/start")
        assert person.post(f"{TRIGGER}/start", data=key).status_code == 303
        assert person.post(f"{TRIGGER}/start", data=key).status_code == 303
        again = send(person, f"{TRIGGER}/start")
        assert again.status_code == 409
        assert "The close of 2026-11-20 was started already, by Ada Achieng." in again.get_data(
            as_text=True
        )
        run = scenes.run(house)
        scenes.work_off(house)
        page = text(person, TRIGGER)
        assert f'data-poll="{RUNS}/{run.id}/progress"' in page
        assert "1 is still being executed" in page
        assert "1 of 4 steps" in page
        progress = person.get(f"{RUNS}/{run.id}/progress")
        assert "HX-Refresh" not in progress.headers
        assert "the close of 20 Nov 2026 is running" in text(person, "/admin/dashboard")
        scenes.work_off(house, minutes=1)
    progress = person.get(f"{RUNS}/{run.id}/progress")
    assert progress.headers["HX-Refresh"] == "true"
    assert "data-poll" not in progress.get_data(as_text=True)
    page = text(person, f"{RUNS}/{run.id}")
    for shown in ("Completed", "All are executed", "2026-11-23 is open", "Ada Achieng"):
        assert shown in page
    assert "last closed 20 Nov 2026" in text(person, "/admin/dashboard")
    page = text(person, TRIGGER)
    assert "2026-11-23 has not come yet." in page
    assert re.search(r"took [\d:]+ ", page)
    assert f'href="{TRIGGER}/start"' not in page


def test_runs_are_listed_filtered_and_resumed(app, person, house):
    broken = [True]

    def accrue(_closing) -> str:
        if broken:
            raise Refusal("A rate is missing")
        return "3 accrued"

    with scenes.steps(("ACCRUE", 40, accrue)):
        run = scenes.close(house)
        assert "Accrue: A rate is missing" in text(person, f"{RUNS}?state=blocked")
        assert "Accrue" not in text(person, f"{RUNS}?state=completed")
        assert "2026-11-20" not in text(person, f"{RUNS}.csv?date_from=2026-11-21")
        assert "Accrue: A rate is missing" in text(person, TRIGGER)
        _auditor, email, _ = factories.a_user(house, "Auditor")
        auditors = app.test_client()
        factories.signed_in(auditors, email)
        assert "/resume" not in text(auditors, f"{RUNS}/{run.id}")
        assert auditors.get(f"{RUNS}/{run.id}/resume").status_code == 403
        broken.clear()
        assert f"{RUNS}/{run.id}/resume" in text(person, f"{RUNS}/{run.id}")
        assert send(person, f"{RUNS}/{run.id}/resume").status_code == 303
        scenes.work_off(house)
    assert "Completed" in text(person, RUNS)
    assert send(person, f"{RUNS}/{run.id}/resume").status_code == 409


def test_what_stands_against_a_close_warns_or_blocks_as_configured(person, house):
    asset_id = factories.a_funded_asset(house, 100_00)
    factories.an_approval_rule(house)
    teller, *_ = factories.a_user(house, "Teller")
    perform(Withdraw(asset_id, 20_00), teller)
    page = text(person, TRIGGER)
    assert "1 waits; what is not decided today is booked on the next day" in page
    assert f'href="{TRIGGER}/start"' in page
    scenes.configured(house, on_pending="block")
    page = text(person, TRIGGER)
    assert "Blocked by: Transactions waiting for approval." in page
    assert f'href="{TRIGGER}/start"' not in page
    answer = send(person, f"{TRIGGER}/start")
    assert answer.status_code == 409
    assert "Transactions waiting for approval: 1 waits" in answer.get_data(as_text=True)
    scenes.configured(house, on_pending="warn")
    # What failed in the steps before the cut-off stops it there, while the day is still open.
    failed = [0]

    def execute(_closing) -> str:
        failed[0] = 2
        return "2 failed"

    with scenes.steps(("TRIGGER", 10, execute)), scenes.check(FAILED_DUE_FDT, lambda: failed[0]):
        run = scenes.close(house)
        assert run.refusal == "Cut off the day: Failed_due_fdt: 2 found"
        assert scenes.organisation(house).closed_through is None
        scenes.configured(house, blocks_on_failed_fdt=False)
        assert "when the one that is open has ended" in text(person, TRIGGER)
        assert send(person, f"{RUNS}/{run.id}/resume").status_code == 303
        scenes.work_off(house)
    closed = scenes.run(house)
    assert closed.state == "completed"
    # The rules that judged the rest of it are named, and who let it go on.
    with database.reading() as session:
        rules = in_force(session, house.organisation_id)
    assert rules is not None
    assert closed.configuration_id == rules.id
    page = text(person, f"{RUNS}/{run.id}")
    assert f'href="/admin/closing-configurations/{rules.id}"' in page
    assert f"{house.administrator.name} · " in page.split("Resumed by", 1)[1]


@pytest.mark.checks("E43.55")
def test_a_configuration_names_every_step_that_its_closes_leave_out(person, house):
    key = scenes.configured(house, left_out=(), blocks_on_breaches=False)
    shown = text(person, f"{LIST}/{key}").split("Steps left out", 1)[1][:200]
    assert "Verify the books" in shown
    scenes.close(house)
    assert scenes.taken(house)["VERIFY_BOOKS"].state == "left out"
    key = scenes.configured(house, left_out=(), blocks_on_breaches=True)
    assert "None" in text(person, f"{LIST}/{key}").split("Steps left out", 1)[1][:200]


def test_a_step_is_left_out_and_the_books_are_verified_as_configured(person, house):
    asked = []
    scenes.configured(house, left_out=(), blocks_on_breaches=True)
    run = scenes.close(house)
    assert scenes.taken(house)["VERIFY_BOOKS"].sentence == "Every row is as it must be"
    with scenes.steps(("SPARE", 60, lambda closing: asked.append(closing) or "done")):
        scenes.configured(house, left_out=("SPARE",))
        with scenes.at(datetime(2026, 11, 23, 19, tzinfo=UTC)):
            second = scenes.close(house, run.next_date)
    assert (second.state, asked) == ("completed", [])
    assert scenes.taken(house, run.next_date)["SPARE"].state == "left out"
    with database.reading() as session:
        query = select(ClosingRun).where(ClosingRun.organisation_id == house.organisation_id)
        assert len(session.scalars(query).all()) == 2
