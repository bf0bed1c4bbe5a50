"""A day is closed step by step; nothing is posted into it afterwards, and nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import DBAPIError

from app.closing.commands import ResumeClose, StartClose
from app.closing.running import BeginStep, CutOff
from app.closing.steps import closer
from app.controls.approvals import ApproveRecord
from app.controls.closing_steps import Closing, NotYet
from app.controls.commands import door, perform
from app.controls.due import MAXIMUM_ATTEMPTS, UNFINISHED, sweep
from app.controls.leases import ClaimWork
from app.db.session import database
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.ledger import journal
from app.ledger.models import Entry
from app.notices.models import Notice
from app.reports.snapshot import snapshot
from app.reports.verify import breaches
from app.transactions.commands import Deposit, Withdraw
from app.transactions.kinds import Particulars
from tests import factories
from tests.closing import scenes
from tests.closing.scenes import NEXT_DATE
from tests.factories import BUSINESS_DATE
from tests.statements.books import Happening, post_happenings

EVENING = datetime(2026, 11, 20, 19, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _clock(monkeypatch) -> None:
    monkeypatch.setattr(door, "clock", lambda: EVENING)


@pytest.fixture
def house(app) -> factories.House:
    return factories.a_house(currencies=("KES",))


def told(house: factories.House) -> list[tuple[int, str, str]]:
    """Return whom of the house was told what of closes."""
    with database.reading() as session:
        query = select(Notice.user_id, Notice.title, Notice.text).where(
            Notice.organisation_id == house.organisation_id, Notice.title.like("Close of %")
        )
        return [tuple(row) for row in session.execute(query.order_by(Notice.id))]


def test_a_friday_is_closed_in_order_and_monday_opens(house):
    asked: list[str] = []
    asset_id = factories.a_funded_asset(house, 100_00)
    posted: list[int] = []

    def early(_closing: Closing) -> str:
        asked.append(f"early {scenes.organisation(house).business_date}")
        return "1 thing done"

    def late(closing: Closing) -> str:
        asked.append(f"late {scenes.organisation(house).business_date}")
        key = f"late {closing.business_date}"
        posted.append(perform(Deposit(asset_id, 5_00), house.administrator, key=key))
        closing.report(50)
        return "5.00 of interest posted"

    with scenes.steps(("EARLY", 10, early), ("LATE", 50, late)):
        run = scenes.close(house)
    assert (run.state, run.business_date, run.next_date) == ("completed", BUSINESS_DATE, NEXT_DATE)
    assert asked == ["early 2026-11-20", "late 2026-11-23"]
    taken = scenes.taken(house)
    assert list(taken) == ["CHECK", "EARLY", "CUT_OFF", "LATE", "OPEN_NEXT_DAY"]
    assert {one.state for one in taken.values()} == {"done"}
    assert taken["LATE"].sentence == "5.00 of interest posted"
    assert taken["OPEN_NEXT_DAY"].sentence == "2026-11-23 is open"
    tenant = scenes.organisation(house)
    assert (tenant.business_date, tenant.closed_through) == (NEXT_DATE, NEXT_DATE - DAY)
    assert scenes.transaction(posted[0]).posting_date == BUSINESS_DATE
    after = perform(Deposit(asset_id, 1_00), house.administrator)
    assert scenes.transaction(after).posting_date == NEXT_DATE
    assert [(one[0], one[1]) for one in told(house)] == [
        (house.administrator.user_id, "Close of 2026-11-20 is completed")
    ]


def test_nothing_is_posted_into_a_closed_day_by_any_way(house, database_url):
    asset_id = factories.a_funded_asset(house, 100_00)
    early = BUSINESS_DATE - DAY
    post_happenings(house, asset_id, Happening(1_00, early))
    with scenes.steps():
        scenes.close(house)
    for day in (early, BUSINESS_DATE, NEXT_DATE - DAY):
        with pytest.raises(Refusal, match="The books are closed through 2026-11-22"):
            post_happenings(house, asset_id, Happening(1_00, day))
        back_dated = Deposit(asset_id, 1_00, Particulars(posting_date=day))
        with pytest.raises(Refusal, match="closed through"):
            perform(back_dated, house.administrator)
    post_happenings(house, asset_id, Happening(1_00, NEXT_DATE, value_day=BUSINESS_DATE))
    with database.reading() as session:
        query = select(Entry.__table__).where(Entry.organisation_id == house.organisation_id)
        row = dict(session.execute(query.order_by(Entry.id).limit(1)).mappings().one())
    row |= {"posting_date": BUSINESS_DATE, "sequence": None}
    forged = [row | {"id": 10**9 + n, "line": 98 + n, "side": "DC"[n]} for n in range(2)]
    with pytest.raises(DBAPIError, match="the day is closed"), database.engine.begin() as raw:
        raw.execute(insert(Entry).values(forged))
    with snapshot(database_url) as view:
        assert list(breaches(view, house.organisation_id)) == []


def test_what_waited_past_the_close_is_booked_on_the_day_it_is_approved(app, house, database_url):
    asset_id = factories.a_funded_asset(house, 100_00)
    factories.an_approval_rule(house)
    teller, *_ = factories.a_user(house, "Teller")
    approver, email, _ = factories.a_user(house, "Approver L1")
    waiting = perform(Withdraw(asset_id, 20_00), teller)
    with scenes.steps():
        scenes.close(house)
    one = scenes.transaction(waiting)
    browser = app.test_client()
    factories.signed_in(browser, email)
    asked = browser.get(f"/admin/approvals/transaction/{waiting}/approve").get_data(as_text=True)
    assert NEXT_DATE.isoformat() in asked.split("Booked on, once approved", 1)[1][:400]
    perform(ApproveRecord("transaction", waiting, one.version), approver)
    one = scenes.transaction(waiting)
    assert one.processing == "Completed"
    assert (one.posting_date, one.value_date) == (NEXT_DATE, BUSINESS_DATE)
    assert one.handed_in_for == BUSINESS_DATE
    with snapshot(database_url) as view:
        assert list(breaches(view, house.organisation_id)) == []


def test_a_posting_on_its_way_at_the_cut_off_is_never_booked_behind_it(house, monkeypatch):
    asset_id = factories.a_funded_asset(house, 100_00)
    factories.an_approval_rule(house, minimum_minor=10**12)
    with scenes.steps():
        run_id = scenes.start(house)
    cutting = Thread(target=perform, args=(CutOff(run_id), closer(house.organisation_id)))

    def cut(point: str) -> None:
        if point == "posting worked out" and not cutting.ident:
            cutting.start()
            # SQLite lets one write at a time: there the cut-off waits for the posting.
            cutting.join(None if database.is_postgresql else 0)

    monkeypatch.setattr(journal, "crash_point", cut)
    posted = perform(Deposit(asset_id, 1_00), house.administrator)
    cutting.join()
    expected = NEXT_DATE if database.is_postgresql else BUSINESS_DATE
    assert scenes.transaction(posted).posting_date == expected
    assert scenes.organisation(house).business_date == NEXT_DATE
    with pytest.raises(Refusal, match="2026-11-20 are being closed: what is posted now is booked"):
        post_happenings(house, asset_id, Happening(1_00, BUSINESS_DATE))


def test_a_failed_step_blocks_with_its_sentence_until_somebody_resumes(house):
    broken, asked = [True], []

    def accrue(_closing: Closing) -> str:
        asked.append("accrue")
        if broken:
            raise Refusal("Account ACC-00000007 has no rate")
        return "7 accrued"

    teller, *_ = factories.a_user(house, "Teller")
    manager, *_ = factories.a_user(house, "Branch Manager")
    with scenes.steps(("ACCRUE", 40, accrue)):
        with pytest.raises(Forbidden):
            perform(StartClose(BUSINESS_DATE), teller)
        run = scenes.close(house)
        assert (run.state, run.refusal) == ("blocked", "Accrue: Account ACC-00000007 has no rate")
        assert scenes.taken(house)["OPEN_NEXT_DAY"].state == "waiting"
        people = {one[0] for one in told(house)}
        assert people == {house.administrator.user_id, manager.user_id}
        for _again in range(2):
            with pytest.raises(Conflict, match="2026-11-20 was started already, by Ada Achieng"):
                scenes.start(house)
        with pytest.raises(Conflict, match="has not ended: it is blocked"):
            scenes.start(house, NEXT_DATE)
        with pytest.raises(Forbidden):
            perform(ResumeClose(run.id), teller)
        broken.clear()
        perform(ResumeClose(run.id), manager)
        with pytest.raises(Conflict, match="is not blocked"):
            perform(ResumeClose(run.id), manager)
        scenes.work_off(house)
    assert scenes.run(house).state == "completed"
    assert asked == ["accrue", "accrue"]
    taken = scenes.taken(house)
    assert (taken["ACCRUE"].sentence, taken["ACCRUE"].tries) == ("7 accrued", 2)
    assert taken["CHECK"].tries == 1


def test_a_step_that_waits_for_others_is_asked_again_while_the_worker_does_their_work(house):
    left = [2]

    def wait(_closing: Closing) -> str:
        if left[0]:
            left[0] -= 1
            raise NotYet(f"{left[0] + 1} are still being executed")
        return "All are executed"

    with scenes.steps(("WAIT", 20, wait)):
        scenes.start(house)
        scenes.work_off(house)
        waiting = scenes.taken(house)["WAIT"]
        assert (waiting.state, waiting.sentence) == ("under way", "2 are still being executed")
        scenes.work_off(house, minutes=1)
        scenes.work_off(house, minutes=2)
    assert scenes.run(house).state == "completed"
    assert scenes.taken(house)["WAIT"].tries == 3


def test_an_error_that_nobody_foresaw_blocks_and_tells_no_secrets(house, caplog):
    def fail(_closing: Closing) -> str:
        raise ZeroDivisionError("a secret")

    with scenes.steps(("FAIL", 10, fail)):
        scenes.start(house)
        scenes.work_off(house)
        assert "ZeroDivisionError" in caplog.text
        run = scenes.run(house)
        assert run.state == "blocked"
        assert "nobody foresaw" in run.refusal
        assert "secret" not in run.refusal
        scenes.work_off(house, minutes=5)
    assert scenes.run(house).state == "blocked"


def test_a_day_is_closed_on_it_or_after_it_and_only_the_business_date(house):
    before = datetime(2026, 11, 19, 20, 59, tzinfo=UTC)  # a minute to midnight in Nairobi
    with scenes.at(before), pytest.raises(Conflict, match="2026-11-20 has not come yet"):
        scenes.start(house)
    with pytest.raises(Conflict, match="The business date is 2026-11-20 meanwhile"):
        scenes.start(house, BUSINESS_DATE - DAY)


def test_a_step_that_a_release_has_dropped_blocks(house):
    with scenes.steps(("GONE", 40, lambda _closing: "done")):
        scenes.start(house)
    with scenes.steps():
        scenes.work_off(house)
    assert scenes.run(house).refusal == "Gone: This release knows no such step"


def test_two_workers_with_one_step_take_it_once(house):
    """A worker whose lease ran out ends its step after another took and ended it."""
    asked: list[int] = []

    def slow(closing: Closing) -> str:
        asked.append(closing.run_id)
        if len(asked) == 1:
            with scenes.at(EVENING + timedelta(minutes=10)):
                sweep()
        return f"taken by {len(asked)}"

    with scenes.steps(("SLOW", 10, slow)):
        scenes.start(house)
        scenes.work_off(house)
        scenes.work_off(house, minutes=20)
    assert scenes.run(house).state == "completed"
    assert len(asked) == 2
    assert scenes.taken(house)["SLOW"].sentence == "taken by 2"


def test_a_step_that_kills_its_workers_blocks_and_can_be_resumed(house):
    with scenes.steps():
        scenes.start(house)
        step, begun = scenes.taken(house)["CHECK"], door.clock()
        perform(BeginStep(step.id, step.tries), closer(house.organisation_id))
        for minute in range(MAXIMUM_ATTEMPTS):
            with scenes.at(begun + timedelta(minutes=minute)):
                assert perform(ClaimWork(step.work_id, "killed by it"), house.system)
        scenes.work_off(house, minutes=MAXIMUM_ATTEMPTS)
        run = scenes.run(house)
        assert (run.state, run.refusal) == ("blocked", f"{step.name}: {UNFINISHED}")
        perform(ResumeClose(run.id), house.administrator)
        scenes.work_off(house)
    assert scenes.run(house).state == "completed"


def test_the_close_keeps_its_rows_against_deletion_of_its_run(house):
    with scenes.steps():
        run = scenes.close(house)
    with pytest.raises(DBAPIError), database.engine.begin() as raw:
        raw.execute(delete(type(run).__table__).where(type(run).id == run.id))
