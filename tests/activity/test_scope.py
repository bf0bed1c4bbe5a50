"""Who sees only some clients reads of the log what concerns them, and what they did themselves."""

from __future__ import annotations

from flask import Flask

from app.access.roles import CreateRole
from app.activity.queries import activity_select
from app.configuration.commands import CreateProjectLike
from app.controls.commands import perform
from app.db.session import database
from tests import factories


def test_the_log_is_narrowed_to_the_records_one_may_see(app: Flask):
    house = factories.a_house(currencies=("KES",))
    other_id = perform(CreateProjectLike("Elsewhere", house.project_id), house.administrator)
    inside = factories.a_client(house, first_name="Inside")
    outside = factories.a_client(house, first_name="Outside", project_id=other_id)
    factories.an_account(house, outside, "KES")
    permissions = ("activity.view", "clients.view-all", "projects.view-own", "desks.view-all")
    perform(CreateRole("Reader", permissions), house.administrator)
    reader, email, password = factories.a_user(house, "Reader")
    browser = app.test_client()
    factories.signed_in(browser, email, password)
    page = browser.get("/admin/activity").get_data(as_text=True)
    assert "Inside" in page
    assert "Outside" not in page
    # Configuration and people have no client: they are read as before.
    assert "Role Reader" in page
    with database.reading() as session:
        mine = {row.id for row in session.execute(activity_select(reader))}
        rows = list(session.execute(activity_select(house.administrator)))
        hidden = [row for row in rows if row.id not in mine]
    assert {(row.entity, row.entity_id) for row in hidden} >= {("client", outside)}
    assert not {(row.entity, row.entity_id) for row in hidden} & {("client", inside)}
    assert "account" in {row.entity for row in hidden}
    for row in hidden:
        assert browser.get(f"/admin/activity/{row.id}").status_code == 404
        assert browser.get(f"/admin/activity/{row.id}/changes").status_code == 404
    for row_id in list(mine)[:3]:
        assert browser.get(f"/admin/activity/{row_id}").status_code == 200
    answer = browser.get("/admin/activity.csv").get_data(as_text=True)
    assert "Inside" in answer
    assert "Outside" not in answer
