"""A statement is made once, kept byte for byte and handed only to those who may see its client."""

from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import func, select, update

from app.assets.commands import SetAssetActive
from app.controls import due
from app.controls.audit import Activity
from app.controls.commands import door, perform
from app.controls.due import SettleWork
from app.controls.due_work import DueWork
from app.controls.identity import Actor, system_actor
from app.controls.leases import ClaimWork
from app.db.session import database
from app.kernel.errors import Conflict, Missing, Unavailable
from app.statements import queries, tasks
from app.statements.commands import StoreStatement
from app.statements.models import StoredFile
from tests import factories
from tests.factories import Change, House
from tests.statements.books import (
    Happening,
    downloaded,
    due_work_of,
    page_of,
    post_happenings,
    request,
    work_until_settled,
)


def files_of(house: House) -> int:
    with database.reading() as session:
        query = select(func.count()).where(StoredFile.organisation_id == house.organisation_id)
        return session.scalars(query).one()


def do_again(statement_id: int) -> None:
    """Deliver the due work once more, as a worker does that was woken twice."""
    work = due_work_of(statement_id)
    system = system_actor(work.organisation_id, frozenset(), "T")
    perform(Change(DueWork, work.id, {"state": "waiting", "due_at": door.clock()}), system)
    assert perform(ClaimWork(work.id, "again"), system)
    due._do(work.id, "again")


def a_statement(house: House, actor: Actor | None = None) -> int:
    actor = actor or house.administrator
    return request(actor, "asset", factories.a_funded_asset(house, 100_00))


def test_a_download_is_byte_for_byte_what_was_printed(house: House):
    statement_id = a_statement(house)
    page = work_until_settled(house.administrator, statement_id)
    content = downloaded(house.administrator, statement_id)
    assert (page.state, page.progress_percent, page.is_ready) == ("ready", 100, True)
    assert content.startswith(b"%PDF-")
    assert hashlib.sha256(content).hexdigest() == page.statement.sha256
    assert len(content) == page.statement.size_bytes
    assert downloaded(house.administrator, statement_id) == content
    with database.reading() as session:
        _, name = queries.download(session, house.administrator, statement_id)
    assert name.startswith("statement-ACC-")
    assert name.endswith("-KES-2026-01-01-to-2026-11-20.pdf")


def test_a_job_done_twice_makes_one_file(house: House):
    statement_id = a_statement(house)
    work_until_settled(house.administrator, statement_id)
    content = downloaded(house.administrator, statement_id)
    do_again(statement_id)
    assert files_of(house) == 1
    assert downloaded(house.administrator, statement_id) == content


def test_two_workers_that_print_at_once_keep_the_first_file(house: House):
    statement_id = a_statement(house)
    worker = system_actor(house.organisation_id, frozenset({"statements.create"}), "Worker")
    first = perform(StoreStatement(statement_id, b"%PDF-first"), worker)
    second = perform(StoreStatement(statement_id, b"%PDF-second"), worker)
    assert first == second
    assert files_of(house) == 1
    assert downloaded(house.administrator, statement_id) == b"%PDF-first"


@pytest.mark.parametrize("line", ["find", "sections_of", "statement_values", "print_page"])
def test_a_crash_while_it_is_made_leaves_one_statement_in_the_end(
    house: House, monkeypatch: pytest.MonkeyPatch, line: str
):
    def crash(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("the worker was killed")

    statement_id = a_statement(house)
    with monkeypatch.context() as broken:
        broken.setattr(tasks, line, crash)
        with pytest.raises(RuntimeError):
            do_again(statement_id)
    page = page_of(house.administrator, statement_id)
    assert (page.state, page.message) == (
        "waiting",
        "This could not be finished. It will be tried again.",
    )
    do_again(statement_id)
    assert page_of(house.administrator, statement_id).state == "ready"
    assert files_of(house) == 1


def test_a_crash_after_the_file_is_kept_leaves_it_as_it_is(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    statement_id = a_statement(house)
    with monkeypatch.context() as broken:
        store = tasks.perform

        def store_and_crash(command: object, actor: Actor) -> object:
            answer = store(command, actor)
            assert not isinstance(command, StoreStatement), "the worker was killed"
            return answer

        broken.setattr(tasks, "perform", store_and_crash)
        with pytest.raises(AssertionError):
            do_again(statement_id)
    content = downloaded(house.administrator, statement_id)
    do_again(statement_id)
    assert downloaded(house.administrator, statement_id) == content
    assert due_work_of(statement_id).state == "done"
    assert files_of(house) == 1


def test_a_database_that_rests_is_no_refusal(house: House, monkeypatch: pytest.MonkeyPatch):
    def rest(*_arguments: object, **_options: object) -> None:
        raise Unavailable("The database does not answer.")

    statement_id = a_statement(house)
    with monkeypatch.context() as broken:
        broken.setattr(tasks, "sections_of", rest)
        do_again(statement_id)
    assert page_of(house.administrator, statement_id).state == "waiting"


def test_a_job_that_gave_up_shows_as_failed_with_its_sentence(house: House):
    statement_id = a_statement(house)
    worker = system_actor(house.organisation_id, frozenset(), "Worker")
    work_id = due_work_of(statement_id).id
    assert perform(ClaimWork(work_id, "a worker"), worker)
    perform(SettleWork(work_id, "a worker", "failed", "It could not be done."), worker)
    page = page_of(house.administrator, statement_id)
    assert (page.state, page.message) == ("failed", "It could not be done.")


def test_progress_is_shown_while_the_worker_prints(house: House, monkeypatch: pytest.MonkeyPatch):
    statement_id = a_statement(house)
    seen = []
    report = due.Job.report

    def watch(job: due.Job, percent: int) -> None:
        report(job, percent)
        if job.organisation_id != house.organisation_id:
            return
        page = page_of(house.administrator, statement_id)
        seen.append((page.state, page.progress_percent))

    monkeypatch.setattr(due.Job, "report", watch)
    work_until_settled(house.administrator, statement_id)
    assert seen == [("running", 5), ("running", 15), ("running", 80), ("running", 95)]


def test_a_statement_that_is_not_ready_is_not_handed_out(house: House):
    with pytest.raises(Conflict, match="not ready yet"):
        downloaded(house.administrator, a_statement(house))


def test_bytes_that_were_changed_in_the_database_are_not_handed_out(house: House):
    statement_id = a_statement(house)
    work_until_settled(house.administrator, statement_id)
    with database.engine.begin() as connection:
        connection.execute(
            update(StoredFile)
            .where(StoredFile.organisation_id == house.organisation_id)
            .values(content=b"%PDF-forged")
        )
    with pytest.raises(Conflict, match="was changed"):
        downloaded(house.administrator, statement_id)


def test_another_clients_statement_is_missing(house: House):
    own, other = (factories.a_client(house) for _ in range(2))
    login = factories.a_user(house, kind="client", client_id=own)[0]
    asset_id = factories.first_asset(factories.an_account(house, other))
    post_happenings(house, asset_id, Happening(100_00))
    statement_id = request(house.administrator, "client", other)
    work_until_settled(house.administrator, statement_id)
    stranger = factories.a_house().administrator
    for actor in (login, stranger):
        with pytest.raises(Missing):
            page_of(actor, statement_id)
        with pytest.raises(Missing):
            downloaded(actor, statement_id)
        with database.reading() as session:
            assert queries.statements_of(session, actor) == []


def test_a_client_finds_no_statement_over_a_deactivated_asset(house: House):
    client_id = factories.a_client(house)
    account_id = factories.an_account(house, client_id)
    post_happenings(house, factories.first_asset(account_id), Happening(100_00))
    dollars = factories.an_asset(house, account_id, "USD")
    perform(SetAssetActive(dollars, is_active=False), house.administrator)
    login = factories.a_user(house, kind="client", client_id=client_id)[0]
    by_staff = request(house.administrator, "client", client_id)
    by_client = request(login, "client", client_id)
    with database.reading() as session:
        seen = [page.statement.id for page in queries.statements_of(session, login)]
        all_of_them = queries.statements_of(session, house.administrator, client_id=client_id)
    assert seen == [by_client]
    assert [page.statement.id for page in all_of_them] == [by_client, by_staff]
    assert len(all_of_them[0].statement.asset_ids) == 1
    assert len(all_of_them[1].statement.asset_ids) == 2


def test_statements_are_listed_newest_first_a_page_at_a_time(house: House):
    ids = [a_statement(house) for _ in range(3)]
    with database.reading() as session:
        first = queries.statements_of(session, house.administrator, limit=2)
        rest = queries.statements_of(session, house.administrator, before_id=first[-1].statement.id)
    assert [page.statement.id for page in first] == [ids[2], ids[1]]
    assert [page.statement.id for page in rest] == [ids[0]]


def test_the_log_names_the_file_by_its_hash_and_not_by_its_bytes(house: House):
    statement_id = a_statement(house)
    page = work_until_settled(house.administrator, statement_id)
    with database.reading() as session:
        rows = session.scalars(
            select(Activity)
            .where(
                Activity.organisation_id == house.organisation_id,
                Activity.entity == "statement",
            )
            .order_by(Activity.id)
        ).all()
    assert [row.action for row in rows] == ["Request statement", "Store statement"]
    changed = {change["field"]: change.get("new") for change in rows[1].changes}
    assert changed["sha256"] == page.statement.sha256
    assert all(len(str(row.changes)) < 5_000 for row in rows)


def test_what_waits_for_a_worker_is_one_row_of_due_work(house: House):
    statement_id = a_statement(house)
    with database.reading() as session:
        kinds = session.scalars(
            select(DueWork.kind).where(DueWork.organisation_id == house.organisation_id)
        ).all()
    assert kinds == ["statement"]
    assert page_of(house.administrator, statement_id).statement.work_id is not None
