"""Long lists are written by the worker, as their reader sees them, and handed out as one file."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.access.models import User
from app.configuration.commands import CreateProjectLike
from app.controls.commands import door, perform
from app.db.session import database
from app.exports.commands import KEPT_DAYS
from app.exports.models import Export, ExportPart
from app.transactions.commands import Deposit
from app.transactions.kinds import Particulars
from tests import factories
from tests.due import work_of
from tests.factories import House
from tests.pages import form_of, send

LIST = "/admin/transactions"
EXPORTS = "/admin/exports"


@pytest.fixture
def house(app: Flask) -> House:
    return factories.a_house(currencies=("KES",))


@pytest.fixture
def browser(app: Flask, house: House) -> FlaskClient:
    found = app.test_client()
    factories.signed_in(found, house.administrator_email)
    return found


@pytest.fixture
def long_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a list of three rows be a long one, and a part of the file a short one."""
    monkeypatch.setattr("app.db.counting.COUNTED_ROWS", 2)
    monkeypatch.setattr("app.web.paging.PAGE_ROWS", 2)
    monkeypatch.setattr("app.exports.tasks.PART_BYTES", 40)
    monkeypatch.setattr("app.web.listpage.CSV_BATCH", 1)


def newest(house: House) -> Export:
    with database.reading() as session:
        query = select(Export).where(Export.organisation_id == house.organisation_id)
        return session.scalars(query.order_by(Export.id.desc())).first()


def parts(export: Export) -> int:
    with database.reading() as session:
        query = select(func.count()).where(ExportPart.export_id == export.id)
        return session.scalar(query)


@pytest.mark.usefixtures("long_list")
def test_a_long_list_is_exported_by_the_worker_as_it_is_narrowed(app, house, browser):
    asset_id = factories.a_funded_asset(house)
    for number in range(5):
        text = Particulars(description="rent" if number % 2 else "food, =1+1\nand more")
        perform(Deposit(asset_id, 100 + number, text), house.administrator)
    address = f"{LIST}?asset={asset_id}&columns=reference,amount,description&sort=amount"
    page = browser.get(address).get_data(as_text=True)
    assert f"{EXPORTS}/new?list=transactions&amp;" in page
    ask = f"{EXPORTS}/new?list=transactions&{address.partition('?')[2]}"
    assert "kept 7 days" in browser.get(ask).get_data(as_text=True)
    assert send(browser, ask).status_code == 303
    assert "Waiting" in browser.get(EXPORTS).get_data(as_text=True)
    work_of(house.organisation_id)
    export = newest(house)
    assert (export.state, export.row_count, parts(export) > 2) == ("ready", 5, True)
    answer = browser.get(f"{EXPORTS}/{export.id}/file")
    told = answer.get_data(as_text=True)
    assert told == browser.get(address.replace("?", ".csv?")).get_data(as_text=True)
    assert len(list(csv.reader(io.StringIO(told)))) == 6
    assert answer.content_length == len(told.encode())
    assert "Ready" in browser.get(EXPORTS).get_data(as_text=True)


@pytest.mark.usefixtures("long_list")
def test_an_export_is_its_requester_s_alone_and_needs_the_list_s_permission(app, house, browser):
    asset_id = factories.a_funded_asset(house, 5_00)
    send(browser, f"{EXPORTS}/new?list=transactions&asset={asset_id}")
    export = newest(house)
    assert browser.get(f"{EXPORTS}/{export.id}/file").status_code == 409
    work_of(house.organisation_id)
    other = app.test_client()
    _, email, password = factories.a_user(house, "Teller")
    factories.signed_in(other, email, password)
    assert other.get(f"{EXPORTS}/{export.id}/file").status_code == 404
    assert "Transactions" not in other.get(EXPORTS).get_data(as_text=True).split("<main")[1]
    assert other.get(f"{EXPORTS}/new?list=activity").status_code == 403
    assert other.get(f"{EXPORTS}/new?list=nothing").status_code == 404
    # The teller's own export holds what the teller may see: permission is asked for again.
    send(other, f"{EXPORTS}/new?list=transactions&asset={asset_id}")
    mine = newest(house)
    with database.reading() as session:
        teller = session.scalars(select(User).where(User.email == email)).one()
    factories.change(house, User, teller.id, is_active=False)
    work_of(house.organisation_id)
    failed = newest(house)
    assert (failed.id, failed.state, failed.refusal) == (
        mine.id, "failed", "You may no longer see this list",
    )  # fmt: skip


@pytest.mark.usefixtures("long_list")
def test_an_export_holds_the_project_that_was_chosen_and_no_other(house, browser):
    other = perform(CreateProjectLike("Other", house.project_id), house.administrator)
    for project_id in (house.project_id, other, other, other):
        factories.a_client(house, project_id=project_id)
    data = {"csrf_token": form_of(browser, "/admin/clients/new")["csrf_token"]}
    assert browser.post("/switch-project", data=data | {"project": str(other)}).status_code == 303
    listed = browser.get("/admin/clients.csv").get_data(as_text=True)
    assert send(browser, f"{EXPORTS}/new?list=clients").status_code == 303
    # The choice is the session's: it may be another one when the file is written.
    browser.post("/switch-project", data=data | {"project": str(house.project_id)})
    work_of(house.organisation_id)
    export = newest(house)
    assert export.row_count == 3
    assert browser.get(f"{EXPORTS}/{export.id}/file").get_data(as_text=True) == listed


@pytest.mark.usefixtures("long_list")
def test_a_file_is_dropped_after_its_week(app, house, browser, monkeypatch):
    factories.a_funded_asset(house, 5_00)
    send(browser, f"{EXPORTS}/new?list=transactions")
    work_of(house.organisation_id)
    export = newest(house)
    assert parts(export)
    later = door.clock() + timedelta(days=KEPT_DAYS, minutes=1)
    monkeypatch.setattr(door, "clock", lambda: later)
    work_of(house.organisation_id)
    assert (newest(house).state, parts(export)) == ("expired", 0)
