"""Submit, approve, reject, deny and hand in again: the same for every reviewed kind."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

import app.jobs  # noqa: F401  every kind is known
from app.controls.approvals import ApproveRecord, RejectRecord, SubmitRecord
from app.controls.commands import door, perform
from app.controls.review import review_kinds
from app.db.session import database
from app.ledger.models import Entry
from tests.approvals.records import AT_ONCE, BY_MANAGERS, DRAFTS, INBOX, Scene, a_scene, scenes
from tests.factories import PASSWORD
from tests.pages import form_of, send

KINDS = sorted(review_kinds)


@pytest.fixture(scope="module")
def scene_of(app: Flask) -> dict[str, Scene]:
    """One house for every kind, whose records ask for three levels."""
    return scenes(app, *KINDS)


@pytest.fixture
def scene(scene_of: dict[str, Scene], key: str) -> Scene:
    return replace(scene_of[key])


def pending(scene: Scene) -> int:
    """Make a record that waits at the first level."""
    record_id = scene.draft()
    if scene.kind.key not in AT_ONCE:
        assert send(scene.browser("maker"), scene.path(record_id, "submit")).status_code == 303
    assert scene.record(record_id).is_pending
    return record_id


def test_every_kind_is_tested_here():
    assert set(KINDS) <= set(DRAFTS)


@pytest.mark.checks(
    "E37.01", "E37.04", "E37.05", "E42.01", "E42.02", "E42.03", "E42.07", "E42.08", "E42.10",
    "E42.14", "E42.25", "E42.39", "E37.10",
)  # fmt: skip
@pytest.mark.parametrize("key", KINDS)
def test_approval_runs_from_level_three_to_authorized(scene: Scene, key: str):
    record_id = pending(scene)
    for level, following in ((3, "PENDING_AUTH_L2"), (2, "PENDING_AUTH_L1"), (1, "AUTHORIZED")):
        here = scene.browser(f"l{level}")
        page = here.get(scene.path(record_id)).get_data(as_text=True)
        assert scene.record(record_id).record_status == f"PENDING_AUTH_L{level}"
        assert f"Waiting for Level {level} approval" in page
        assert f"Pending L{level}" in page
        for word in ("Approve", "Reject", "Deny"):
            assert re.search(rf"<a[^>]*>{word}<", page), word
        answer = send(here, scene.path(record_id, "approve"))
        assert answer.status_code == 303
        toast = here.get(answer.headers["Location"], follow_redirects=True)
        if toast.status_code == 200:
            assert f"{scene.kind.name} approved" in toast.get_data(as_text=True)
        assert scene.record(record_id).record_status == following
    here = scene.browser("l1")
    page = here.get(scene.path(record_id)).get_data(as_text=True)
    assert "This record is already finalized" in page
    for word in ("Approve", "Reject", "Deny"):
        assert not re.search(rf">{word}<", page), word
        assert here.get(scene.path(record_id, word.lower())).status_code == 409
    assert "/edit" not in page
    assert "/amend" not in page


@pytest.mark.checks(
    "E42.04", "E42.15", "E42.16", "E42.17", "E42.18", "E42.19", "E42.20", "E42.29", "E42.30",
    "E37.06",
)  # fmt: skip
@pytest.mark.parametrize("key", KINDS)
def test_a_rejected_record_goes_back_and_comes_again_to_the_first_level(scene: Scene, key: str):
    record_id = pending(scene)
    checker, path = scene.browser("l3"), scene.path(record_id, "reject")
    page = checker.get(path).get_data(as_text=True)
    assert "Reject Record" in page
    assert "This record will be returned to the maker for correction. A reason is required." in page
    assert 'data-reason="5"' in page
    assert 'maxlength="500"' in page
    for short in ("", "four", "    a    ", "x" * 501):
        answer = send(checker, path, reason=short)
        assert answer.status_code == 422
        assert "A reason of 5 to 500 characters is required" in answer.get_data(as_text=True)
    assert send(checker, path, reason="Illegible").status_code == 303
    rejected = scene.record(record_id)
    assert (rejected.record_status, rejected.rejection_reason) == ("REJECTED", "Illegible")
    maker = scene.browser("maker")
    assert "Illegible" in maker.get(scene.path(record_id)).get_data(as_text=True)
    scene.edit(record_id)
    before = scene.record(record_id)
    assert send(maker, scene.path(record_id, "submit")).status_code == 303
    after = scene.record(record_id)
    assert after.record_status == "PENDING_AUTH_L3"
    assert after.version == before.version + 1
    assert "Illegible" in maker.get(scene.path(record_id)).get_data(as_text=True)


@pytest.mark.checks("E37.07", "E37.12", "E42.22", "E42.23", "E42.24", "E42.27")
@pytest.mark.parametrize("key", KINDS)
@pytest.mark.parametrize("first", ["pending", "rejected"])
def test_a_denied_record_is_final(scene: Scene, key: str, first: str):
    record_id = pending(scene)
    checker, path = scene.browser("l3"), scene.path(record_id, "deny")
    if first == "rejected":
        send(checker, scene.path(record_id, "reject"), reason="Illegible")
    page = checker.get(path).get_data(as_text=True)
    assert "Deny Record Permanently" in page
    assert (
        "This record will be permanently denied and cannot be resubmitted. A reason is required."
        in page
    )
    assert send(checker, path, reason="four").status_code == 422
    assert send(checker, path, reason="Forged papers").status_code == 303
    assert scene.record(record_id).record_status == "DENIED"
    maker = scene.browser("maker")
    page = maker.get(scene.path(record_id)).get_data(as_text=True)
    assert "Forged papers" in page
    for word in ("Submit", "Approve", "Reject", "Deny", "Edit", "Delete"):
        assert not re.search(rf"<a[^>]*>(<[^>]+>)*{word}<", page), word
    assert maker.get(scene.path(record_id, "submit")).status_code == 409
    assert checker.get(path).status_code == 409


def test_denial_asks_again_who_sits_there(app: Flask, monkeypatch: pytest.MonkeyPatch):
    scene = a_scene(app, KINDS[0])
    record_id = pending(scene)
    checker, path = scene.browser("l3"), scene.path(record_id, "deny")
    asked = form_of(checker, path)
    now = door.clock()
    monkeypatch.setattr(door, "clock", lambda: now + timedelta(minutes=6))
    sent = checker.post(path, data=asked | {"reason": "Forged papers"})
    assert sent.status_code == 409
    question = sent.get_data(as_text=True)
    assert 'name="reason" value="Forged papers"' in question
    assert scene.record(record_id).is_pending
    assert "Is it you?" not in checker.get(scene.path(record_id, "reject")).get_data(as_text=True)
    carried = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', question))
    assert checker.post(path, data=carried | {"proof-password": "nonsense"}).status_code == 422
    assert scene.record(record_id).is_pending
    assert checker.post(path, data=carried | {"proof-password": PASSWORD}).status_code == 303
    assert scene.record(record_id).record_status == "DENIED"


@pytest.mark.checks("E42.11", "E42.21", "E42.26")
@pytest.mark.parametrize("key", KINDS)
def test_nobody_acts_on_their_own_work(scene: Scene, key: str):
    both = _maker_and_checker(scene)
    record_id = scene.draft() if key in AT_ONCE else _submitted(scene)
    here = scene.browser(both)
    page = here.get(scene.path(record_id)).get_data(as_text=True)
    assert page.count("You cannot act on your own work") == 3
    for word in ("Approve", "Reject", "Deny"):
        assert re.search(rf"<button[^>]* disabled[^>]*>{word}<", page), word
        answer = here.get(scene.path(record_id, word.lower()))
        assert answer.status_code == 403
        assert "You cannot act on your own work" in answer.get_data(as_text=True)


@pytest.mark.checks("E42.09", "E42.12")
@pytest.mark.parametrize("key", KINDS)
def test_a_missing_level_disables_approve_and_says_why(scene: Scene, key: str):
    record_id = pending(scene)
    here = scene.browser("l1")
    page = here.get(scene.path(record_id)).get_data(as_text=True)
    assert re.search(r"<button[^>]* disabled[^>]*>Approve<", page)
    assert "A higher permission level is needed: approval of level 3" in page
    assert here.get(scene.path(record_id, "approve")).status_code == 403
    nobody = scene.browser("maker" if key not in BY_MANAGERS else "administrator")
    if key not in BY_MANAGERS:
        page = nobody.get(scene.path(record_id)).get_data(as_text=True)
        assert not re.search(r">(Approve|Reject|Deny)<", page)


@pytest.mark.checks("E37.03", "E37.09", "E42.13")
@pytest.mark.parametrize("key", sorted(set(KINDS) - AT_ONCE))
def test_a_draft_must_be_handed_in_first(scene: Scene, key: str):
    record_id = scene.draft()
    assert scene.record(record_id).record_status == "CAPTURED"
    here = scene.browser("l3")
    page = here.get(scene.path(record_id)).get_data(as_text=True)
    assert "Record must be submitted for approval first" in page
    for word in ("Approve", "Reject", "Deny"):
        assert not re.search(rf">{word}<", page), word
        assert here.get(scene.path(record_id, word.lower())).status_code == 409


@pytest.mark.checks("E37.08", "E42.06")
@pytest.mark.parametrize("key", sorted(set(KINDS) - AT_ONCE))
def test_an_administrator_s_submit_authorizes_at_once(scene: Scene, key: str):
    record_id = scene.draft()
    here = scene.browser("administrator")
    page = here.get(scene.path(record_id, "submit")).get_data(as_text=True)
    assert "becomes Authorized at once" in page
    assert send(here, scene.path(record_id, "submit")).status_code == 303
    assert scene.record(record_id).record_status == "AUTHORIZED"


def test_a_decision_on_an_older_version_is_refused_and_says_so(app: Flask):
    scene = a_scene(app, "transaction", levels=1)
    record_id = pending(scene)
    here, path = scene.browser("l1"), scene.path(record_id, "approve")
    old = form_of(here, path)
    seen = scene.record(record_id).version
    perform(RejectRecord("transaction", record_id, seen, "Once more"), _approver(scene, "l1"))
    scene.edit(record_id)
    perform(SubmitRecord("transaction", record_id), scene.maker)
    answer = here.post(path, data=old)
    assert answer.status_code == 409
    assert "Someone else changed this record" in answer.get_data(as_text=True)
    page = here.get(f"{path}?version={seen}").get_data(as_text=True)
    assert "has changed since you opened it" in page
    assert scene.record(record_id).is_pending


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("charge", ("25.00", "Ledger fee")),
        ("account-condition", ("12 % a year", "Credit Min Interest", "Balance Type")),
        ("work-day-year", ("January", "Sat, Sun", "Jamhuri Day", "2026-12-12")),
        ("payments", ("Post all or none", "Balances after posting")),
        ("facility", ("Approved Amount", "100.00", "Expiry Date")),
        ("facility-amendment", ("100.00 KES → 200.00 KES", "A second shop")),
        ("client", ("National ID", "Cared for by", "Date of Birth")),
        ("commission-type", ("Bands", "and above")),
        ("forward-dated", ("Working Day Policy", "Roll Forward")),
        ("standing-order", ("Day of Month", "Open-ended")),
    ],
)
def test_the_checker_reads_what_the_record_s_own_page_tells(
    app: Flask, kind: str, told: tuple[str, ...]
):
    scene = a_scene(app, kind, levels=1)
    record_id = pending(scene)
    for path in (scene.path(record_id), scene.path(record_id, "approve")):
        page = scene.browser("l1").get(path).get_data(as_text=True)
        for words in told:
            assert words in page, (path, words)


@pytest.mark.checks("E37.13")
def test_the_checker_sees_what_changed_and_the_balances_after_posting(app: Flask):
    scene = a_scene(app, "transaction", levels=1)
    record_id = pending(scene)
    here, path = scene.browser("l1"), scene.path(record_id, "approve")
    assert "del>" not in here.get(path).get_data(as_text=True).split("After posting")[0]
    send(here, scene.path(record_id, "reject"), reason="Too little")
    scene.edit(record_id)
    send(scene.browser("maker"), scene.path(record_id, "submit"))
    for address in (path, scene.path(record_id)):
        page = here.get(address).get_data(as_text=True)
        assert "<del>100.00 KES</del>" in page
        assert "<ins>120.00 KES</ins>" in page
        assert "After posting" in page
        assert ">900.00 KES</td>" in page
        assert page.count("<strong>780.00 KES</strong>") == 2
    assert send(here, path).status_code == 303
    with database.reading() as session:
        query = select(func.count()).where(Entry.transaction_id == record_id)
        assert session.scalar(query) == 2


@pytest.mark.checks("E37.13")
def test_personal_fields_among_the_changes_stay_encrypted(app: Flask):
    scene = a_scene(app, "client", levels=1)
    record_id = pending(scene)
    send(scene.browser("l1"), scene.path(record_id, "reject"), reason="Wrong name")
    scene.edit(record_id)
    send(scene.browser("maker"), scene.path(record_id, "submit"))
    page = scene.browser("l1").get(scene.path(record_id, "approve")).get_data(as_text=True)
    assert "<del>New</del>" in page
    assert "<ins>Newer</ins>" in page
    assert page.count("Encrypted") == 2


def test_records_out_of_scope_and_unknown_kinds_are_not_there(app: Flask):
    scene, other = a_scene(app, "client"), a_scene(app, "client")
    record_id = pending(scene)
    here = other.browser("l3")
    for path in (
        other.path(record_id), other.path(record_id, "approve"), f"{INBOX}/nothing/1/approve",
        scene.path(record_id, "burn"),
    ):  # fmt: skip
        assert here.get(path).status_code == 404


def _submitted(scene: Scene) -> int:
    record_id = scene.draft()
    perform(SubmitRecord(scene.kind.key, record_id), scene.maker)
    return record_id


def _maker_and_checker(scene: Scene) -> str:
    """Let the maker hold an approver's role as well; returns their name in the scene."""
    from tests.factories import a_user

    role = "Branch Manager" if scene.kind.key in BY_MANAGERS else "Teller"
    scene.maker, scene.emails["both"], _ = a_user(scene.house, role, "Approver L3")
    return "both"


def _approver(scene: Scene, who: str):  # noqa: ANN202
    from app.access.models import User
    from app.access.queries import actor_of
    from app.controls.identity import RequestContext

    with database.reading() as session:
        user = session.scalars(select(User).where(User.email == scene.emails[who])).one()
        tenant = scene.house.organisation_id
        return actor_of(session, user, organisation_id=tenant, context=RequestContext())


def test_what_is_approved_is_what_was_handed_in(app: Flask):
    scene = a_scene(app, "transaction", levels=1)
    record_id = pending(scene)
    version = scene.record(record_id).version
    perform(ApproveRecord("transaction", record_id, version), _approver(scene, "l1"))
    assert scene.record(record_id).processing == "Completed"
